//! pain.001: what a customer orders.

use serde::Deserialize;

use super::{CurrencyAmount, MessageError, identifier};

/// The versions that are read. What is read of them is the same in all.
const VERSIONS: [&str; 4] = ["pain.001.001.03", "pain.001.001.09", "pain.001.001.10", "pain.001.001.11"];
const SPACE: &str = "urn:iso:std:iso:20022:tech:xsd:";
/// Longest message, in bytes.
const MAX_BYTES: usize = 1 << 22;

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Name.
    pub name: String,
    /// IBAN or another number.
    pub account: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
}

/// Which amount is ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstructedAmount {
    /// So much arrives, or is paid, by its currency.
    Instructed(CurrencyAmount),
    /// So much is paid, and arrives in another currency.
    Equivalent {
        /// What is paid.
        paid: CurrencyAmount,
        /// In which currency it arrives.
        arrives_in: String,
    },
}

/// One credit transfer that is ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The message.
    pub message: String,
    /// The customer's reference, which goes all the way.
    pub end_to_end: String,
    /// How much.
    pub amount: InstructedAmount,
    /// Who pays.
    pub debtor: Party,
    /// Who receives.
    pub creditor: Party,
    /// For the receiver.
    pub information: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "@xmlns")]
    space: Option<String>,
    #[serde(rename = "CstmrCdtTrfInitn")]
    initiation: Initiation,
}

#[derive(Deserialize)]
struct Initiation {
    #[serde(rename = "GrpHdr")]
    header: Header,
    #[serde(rename = "PmtInf")]
    payments: Vec<PaymentInformation>,
}

#[derive(Deserialize)]
struct Header {
    #[serde(rename = "MsgId")]
    message: String,
    #[serde(rename = "NbOfTxs")]
    transactions: String,
    #[serde(rename = "CtrlSum")]
    control_sum: Option<String>,
}

#[derive(Deserialize)]
struct PaymentInformation {
    #[serde(rename = "NbOfTxs")]
    count: Option<String>,
    #[serde(rename = "CtrlSum")]
    control_sum: Option<String>,
    #[serde(rename = "Dbtr")]
    debtor: PartyXml,
    #[serde(rename = "DbtrAcct")]
    account: Option<AccountXml>,
    #[serde(rename = "CdtTrfTxInf")]
    transactions: Vec<TransactionXml>,
}

#[derive(Deserialize)]
struct TransactionXml {
    #[serde(rename = "PmtId")]
    id: IdXml,
    #[serde(rename = "Amt")]
    amount: AmountXml,
    #[serde(rename = "Cdtr")]
    creditor: Option<PartyXml>,
    #[serde(rename = "CdtrAcct")]
    account: Option<AccountXml>,
    #[serde(rename = "RmtInf")]
    information: Option<InformationXml>,
}

#[derive(Deserialize)]
struct IdXml {
    #[serde(rename = "EndToEndId")]
    end_to_end: String,
}

#[derive(Deserialize)]
struct AmountXml {
    #[serde(rename = "InstdAmt")]
    instructed: Option<MoneyXml>,
    #[serde(rename = "EqvtAmt")]
    equivalent: Option<EquivalentXml>,
}

#[derive(Deserialize)]
struct EquivalentXml {
    #[serde(rename = "Amt")]
    amount: MoneyXml,
    #[serde(rename = "CcyOfTrf")]
    currency: String,
}

#[derive(Deserialize)]
struct MoneyXml {
    #[serde(rename = "@Ccy")]
    currency: String,
    #[serde(rename = "$text")]
    amount: String,
}

#[derive(Deserialize)]
struct PartyXml {
    #[serde(rename = "Nm")]
    name: Option<String>,
    #[serde(rename = "PstlAdr")]
    address: Option<AddressXml>,
}

#[derive(Deserialize)]
struct AddressXml {
    #[serde(rename = "Ctry")]
    country: Option<String>,
}

#[derive(Deserialize)]
struct AccountXml {
    #[serde(rename = "Id")]
    id: AccountIdXml,
}

#[derive(Deserialize)]
struct AccountIdXml {
    #[serde(rename = "IBAN")]
    iban: Option<String>,
    #[serde(rename = "Othr")]
    other: Option<OtherXml>,
}

#[derive(Deserialize)]
struct OtherXml {
    #[serde(rename = "Id")]
    id: String,
}

#[derive(Deserialize)]
struct InformationXml {
    #[serde(rename = "Ustrd", default)]
    lines: Vec<String>,
}

impl PartyXml {
    fn party(&self, field: &'static str, account: Option<&AccountXml>) -> Result<Party, MessageError> {
        let name = self.name.clone().unwrap_or_default();
        if name.trim().is_empty() || name.chars().count() > 140 {
            return Err(MessageError::Field { field, value: name });
        }
        let account = account.and_then(|account| {
            let other = || account.id.other.as_ref().map(|other| other.id.clone());
            account.id.iban.clone().or_else(other)
        });
        if let Some(iban) = account.as_ref().filter(|_| self.name.is_some())
            && iban.chars().count() > 34
        {
            return Err(MessageError::Field { field: "account", value: iban.clone() });
        }
        let country = self.address.as_ref().and_then(|address| address.country.clone());
        Ok(Party { name, account, country })
    }
}

/// Reads the orders of a message.
///
/// # Errors
/// [`MessageError`] names what is wrong. Nothing is passed over that the header counts.
pub fn read_pain001(text: &str) -> Result<Vec<Instruction>, MessageError> {
    if text.len() > MAX_BYTES {
        return Err(MessageError::Read(format!("it is longer than {MAX_BYTES} bytes")));
    }
    let document: Document = quick_xml::de::from_str(text).map_err(|error| MessageError::Read(error.to_string()))?;
    let space = document.space.unwrap_or_default();
    if !space.strip_prefix(SPACE).is_some_and(|version| VERSIONS.contains(&version)) {
        return Err(MessageError::Version(space));
    }
    let Initiation { header, payments } = document.initiation;
    let mut instructions = Vec::new();
    for payment in &payments {
        let debtor = payment.debtor.party("Dbtr", payment.account.as_ref())?;
        let first = instructions.len();
        for transaction in &payment.transactions {
            instructions.push(instruction(&header.message, &debtor, transaction)?);
        }
        let batch = instructions.get(first..).unwrap_or_default();
        control(batch, payment.count.as_deref(), payment.control_sum.as_deref())?;
    }
    control(&instructions, Some(&header.transactions), header.control_sum.as_deref())?;
    Ok(instructions)
}

/// What a header says of its orders.
fn control(orders: &[Instruction], count: Option<&str>, control_sum: Option<&str>) -> Result<(), MessageError> {
    let found = orders.len().to_string();
    if let Some(said) = count.filter(|said| said.trim() != found) {
        return Err(MessageError::Control { what: "the number of transactions is", said: said.to_owned(), found });
    }
    let found = sum(orders);
    if let Some(said) = control_sum.filter(|said| found.is_none() || hundred_thousandths(said.trim()) != found) {
        let found = found.map_or_else(|| "too large".into(), |sum| format!("{sum} hundred-thousandths"));
        return Err(MessageError::Control { what: "the sum of amounts is", said: said.to_owned(), found });
    }
    Ok(())
}

fn instruction(message: &str, debtor: &Party, transaction: &TransactionXml) -> Result<Instruction, MessageError> {
    let money = |money: &MoneyXml| CurrencyAmount::new(&money.currency, money.amount.trim());
    let amount = match (&transaction.amount.instructed, &transaction.amount.equivalent) {
        (Some(instructed), None) => InstructedAmount::Instructed(money(instructed)?),
        (None, Some(EquivalentXml { amount, currency })) => {
            InstructedAmount::Equivalent { paid: money(amount)?, arrives_in: currency.clone() }
        }
        _ => return Err(MessageError::Read("an amount is InstdAmt or EqvtAmt".into())),
    };
    let creditor = transaction.creditor.as_ref().ok_or_else(|| MessageError::Read("there is no Cdtr".into()))?;
    let lines = transaction.information.as_ref().map(|information| information.lines.join(" "));
    Ok(Instruction {
        message: identifier("MsgId", message)?,
        end_to_end: identifier("EndToEndId", &transaction.id.end_to_end)?,
        amount,
        debtor: debtor.clone(),
        creditor: creditor.party("Cdtr", transaction.account.as_ref())?,
        information: lines.filter(|lines| !lines.is_empty()),
    })
}

/// The control sum adds amounts of whatever currency, as the standard has it.
fn sum(instructions: &[Instruction]) -> Option<u128> {
    instructions.iter().try_fold(0u128, |sum, instruction| {
        let amount = match &instruction.amount {
            InstructedAmount::Instructed(amount) => amount,
            InstructedAmount::Equivalent { paid, .. } => paid,
        };
        sum.checked_add(hundred_thousandths(amount.amount())?)
    })
}

/// A decimal number with at most five digits after the point, exactly.
fn hundred_thousandths(text: &str) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > 5 {
        return None;
    }
    format!("{whole}{fraction:0<5}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">
  <CstmrCdtTrfInitn>
    <GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-11-30T10:00:00Z</CreDtTm><NbOfTxs>2</NbOfTxs><CtrlSum>150.5</CtrlSum>
      <InitgPty><Nm>Anna Nowak</Nm></InitgPty></GrpHdr>
    <PmtInf><PmtInfId>P-1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-11-30</Dt></ReqdExctnDt>
      <Dbtr><Nm>Anna Nowak</Nm><PstlAdr><Ctry>PL</Ctry></PstlAdr></Dbtr>
      <DbtrAcct><Id><IBAN>PL61109010140000071219812874</IBAN></Id></DbtrAcct>
      <DbtrAgt><FinInstnId><BICFI>BREXPLPW</BICFI></FinInstnId></DbtrAgt>
      <CdtTrfTxInf><PmtId><EndToEndId>E2E-1</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">100.00</InstdAmt></Amt>
        <Cdtr><Nm>Minji &amp; Co</Nm></Cdtr><CdtrAcct><Id><Othr><Id>110-234</Id></Othr></Id></CdtrAcct>
        <RmtInf><Ustrd>Invoice</Ustrd><Ustrd>17</Ustrd></RmtInf></CdtTrfTxInf>
      <CdtTrfTxInf><PmtId><EndToEndId>E2E-2</EndToEndId></PmtId>
        <Amt><EqvtAmt><Amt Ccy="EUR">50.50</Amt><CcyOfTrf>KRW</CcyOfTrf></EqvtAmt></Amt>
        <Cdtr><Nm>Minji</Nm></Cdtr></CdtTrfTxInf>
    </PmtInf>
  </CstmrCdtTrfInitn>
</Document>"#;

    #[test]
    fn orders_are_read() {
        let read = read_pain001(ORDER).unwrap();
        assert_eq!(read.len(), 2);
        let amount = |amount| CurrencyAmount::new("EUR", amount).unwrap();
        assert_eq!(read[0].amount, InstructedAmount::Instructed(amount("100.00")));
        assert_eq!(read[0].creditor.name, "Minji & Co");
        assert_eq!(read[0].creditor.account.as_deref(), Some("110-234"));
        assert_eq!(read[0].information.as_deref(), Some("Invoice 17"));
        assert_eq!(read[0].debtor.country.as_deref(), Some("PL"));
        let equivalent = InstructedAmount::Equivalent { paid: amount("50.50"), arrives_in: "KRW".into() };
        assert_eq!((&read[1].amount, &*read[1].end_to_end), (&equivalent, "E2E-2"));
    }

    #[test]
    fn messages_that_contradict_themselves_are_refused() {
        let refused = |from: &str, to: &str| {
            assert!(ORDER.contains(from), "{from}");
            read_pain001(&ORDER.replace(from, to)).expect_err(to).to_string()
        };
        assert!(refused("<NbOfTxs>2", "<NbOfTxs>3").contains("number of transactions"));
        assert!(refused("150.5<", "150.51<").contains("sum of amounts"));
        let batch = |text: &str| refused("<PmtMtd>", &format!("{text}<PmtMtd>"));
        assert!(batch("<NbOfTxs>1</NbOfTxs>").contains("number of transactions"));
        assert!(batch("<CtrlSum>1</CtrlSum>").contains("sum of amounts"));
        assert!(refused("pain.001.001.09", "pain.001.001.99").contains("pain.001.001.99"));
        assert!(refused("<Nm>Minji</Nm>", "").contains("Cdtr"));
        assert!(refused(r#"Ccy="EUR">100.00"#, r#"Ccy="euro">100.00"#).contains("euro"));
        assert!(refused(">100.00<", ">1e2<").contains("1e2"));
        assert!(refused("E2E-1", &"x".repeat(36)).contains("EndToEndId"));
        assert!(read_pain001("").is_err());
        assert!(read_pain001("<Document/>").is_err());
    }

    // An entity that stands for something else is not expanded, and nothing is fetched.
    #[test]
    fn entities_of_the_document_are_not_expanded() {
        let bomb = ORDER.replacen(
            "<Document",
            "<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\"><!ENTITY e SYSTEM \"file:///etc/passwd\">]><Document",
            1,
        );
        let with = |entity: &str| read_pain001(&bomb.replace("Minji &amp; Co", entity));
        assert!(with("&a;").is_err());
        assert!(with("&e;").is_err());
    }
}
