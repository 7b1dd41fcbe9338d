//! Drafting a letter of credit, as its applicant.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use rand_core::OsRng;
use tabella_payments::amount;
use tabella_protocol::{
    keys::Address,
    note::{NoteValue, Timestamp},
};
use tabella_trade::letters::{LetterFile, LetterRequest};
use tabella_trade_rules::letter::{DocumentKind, Parties, Requirement};

use super::{Me, Written, key, moment, write_file};
use crate::{assets::resolve, cli::Context};

/// Arguments of `trade lc draft`.
#[derive(Args, Debug)]
pub struct Draft {
    #[command(flatten)]
    me: Me,
    /// Key of the bank that will issue the letter
    #[arg(long, value_name = "KEY", value_parser = key)]
    issuing_bank: [u8; 32],
    /// Key of the bank that tells the beneficiary that it is genuine
    #[arg(long, value_name = "KEY", value_parser = key)]
    advising_bank: [u8; 32],
    /// Key of the seller
    #[arg(long, value_name = "KEY", value_parser = key)]
    beneficiary: [u8; 32],
    /// Key of whoever examines documents [default: the issuing bank]
    #[arg(long, value_name = "KEY", value_parser = key)]
    examiner: Option<[u8; 32]>,
    /// Address of the seller, made for this letter alone: it becomes public
    #[arg(long, value_name = "ADDRESS")]
    pay_to: Address,
    /// Id of the asset, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// Amount, as in 950.00
    #[arg(long, value_name = "AMOUNT")]
    amount: String,
    /// A document that must be presented, and the key of who must sign it; again for each
    #[arg(long = "document", value_name = "KIND=KEY", required = true, value_parser = requirement)]
    documents: Vec<Requirement>,
    /// The last moment of shipment: needed if a transport document is
    #[arg(long, value_name = "TIME", value_parser = moment)]
    latest_shipment: Option<Timestamp>,
    /// Documents are presented before this
    #[arg(long, value_name = "TIME", value_parser = moment)]
    expiry: Timestamp,
    /// The seller claims before this
    #[arg(long, value_name = "TIME", value_parser = moment)]
    claim_until: Timestamp,
    /// Whoever locks the amount takes it back from this on [default: the end of claims]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    refund_from: Option<Timestamp>,
    /// Days after which documents count as accepted if the examiner has said nothing
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=365))]
    silence_accepts_after: Option<u32>,
    /// Goods and documents, in words; only a digest is public
    #[arg(long, value_name = "TEXT")]
    description: String,
    /// Where the letter is written: for the banks, the seller and the examiner
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// `bill-of-lading=KEY`.
pub(super) fn requirement(text: &str) -> Result<Requirement, String> {
    let names = DocumentKind::ALL.map(DocumentKind::name).join(", ");
    let form = || format!("a document is KIND=KEY, and KIND is one of {names}");
    let (kind, signer) = text.split_once('=').ok_or_else(form)?;
    let kind = DocumentKind::ALL.into_iter().find(|known| known.name() == kind.trim()).ok_or_else(form)?;
    Ok(Requirement { kind, signer: key(signer)? })
}

impl Draft {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.me.begin(context)?;
        let (asset, known) = resolve(work.node.state().assets(), &self.asset)?;
        let units = NoteValue(amount::parse(&self.amount, known.description.decimals)?);
        if units == NoteValue(0) {
            bail!("an amount is at least 1 unit");
        }
        let request = LetterRequest {
            parties: Parties {
                applicant: work.keys.party(),
                issuing_bank: self.issuing_bank,
                advising_bank: self.advising_bank,
                beneficiary: self.beneficiary,
                examiner: self.examiner.unwrap_or(self.issuing_bank),
            },
            asset,
            amount: units,
            claimant: self.pay_to,
            claim_until: self.claim_until,
            refund_from: self.refund_from.unwrap_or(self.claim_until),
            latest_shipment: self.latest_shipment,
            expiry: self.expiry,
            documents: self.documents,
            description: self.description,
            silence: self.silence_accepts_after.map(|days| days * 86_400),
        };
        let letter = LetterFile::draft(&work.keys, work.node.id(), request, &mut OsRng)?;
        write_file(&self.out, &letter)?;
        context.output.show(&Written {
            file: self.out,
            what: "letter in",
            then: "It holds the amount and your consent: give it to the issuing bank, the advising bank, the seller and the examiner, \
                   and to nobody else. The bank reads it by `tabella trade lc review` and issues it by `tabella trade lc issue`.",
            letter: Some(letter.id().to_string()),
            digest: None,
        })
    }
}
