//! Writes a pacs.008 and a camt.054 into a folder, for validators that are not ours: `scripts/iso20022.sh`.

use std::{error::Error, fs, path::PathBuf};

use tabella_remittance::{
    iso20022::{CurrencyAmount, Party, Told},
    rules::RemittanceId,
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args().nth(1).ok_or("usage: bank_messages FOLDER")?.into();
    let party = |name: &str, account: Option<&str>, country: Option<&str>| Party {
        name: name.into(),
        account: account.map(str::to_owned),
        country: country.map(str::to_owned),
    };
    let full = Told {
        id: RemittanceId([0xab; 32]),
        end_to_end: "INV-2026-17".into(),
        paid: CurrencyAmount::new("EUR", "100.00")?,
        fee: Some(CurrencyAmount::new("EUR", "2.00")?),
        delivered: CurrencyAmount::new("KRW", "152880")?,
        rate: Some("1560".into()),
        debtor: party("Anna Nowak & <Sons>", Some("PL61109010140000071219812874"), Some("PL")),
        debtor_agent: "Bank of the West".into(),
        creditor: party(&"김민지 ".repeat(40), Some("110-234-567890"), Some("KR")),
        creditor_agent: "Hankang Bank".into(),
        information: Some("Invoice 17".into()),
    };
    // As little as there can be.
    let least = Told {
        fee: None,
        rate: None,
        debtor: party("A", None, None),
        creditor: party("B", None, None),
        information: None,
        ..full.clone()
    };
    let now = "2026-11-30T12:00:00Z".parse()?;
    for (name, told) in [("full", full), ("least", least)] {
        fs::write(folder.join(format!("{name}.pacs.008.001.08.xml")), told.pacs008(now)?)?;
        fs::write(folder.join(format!("{name}.camt.054.001.08.xml")), told.camt054(now)?)?;
    }
    Ok(())
}
