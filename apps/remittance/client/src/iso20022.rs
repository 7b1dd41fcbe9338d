//! What banks' programs read and write: ISO 20022. A customer's order comes in as pain.001; to the receiver's institution goes a
//! pacs.008, and to its customer, once the payment is claimed, a camt.054.
//!
//! Currencies are three letters (ISO 4217), so an asset that has another name cannot be told in these messages; amounts have at
//! most 18 digits, five of them after the point.

mod pain001;
mod xml;

use jiff::Timestamp;
use tabella_remittance_rules::RemittanceId;
use thiserror::Error;

use xml::Element;

pub use pain001::{InstructedAmount, Instruction, Party, read_pain001};

/// Why a message is not read or not written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageError {
    /// No XML, or another document.
    #[error("it is no pain.001 that can be read: {0}")]
    Read(String),
    /// A version that is not known.
    #[error("the document is \"{0}\": pain.001.001.03, .09, .10 and .11 are read")]
    Version(String),
    /// The message contradicts itself.
    #[error("the message says {what} {said}, and it is {found}")]
    Control {
        /// Of what.
        what: &'static str,
        /// What the header says.
        said: String,
        /// What is there.
        found: String,
    },
    /// A currency that is none.
    #[error("\"{0}\" is no currency of three capital letters, as ISO 20022 has them: the asset would need such a name")]
    Currency(String),
    /// An amount that the message cannot hold.
    #[error("{0} has more digits than an amount of ISO 20022: 18 in all, 5 after the point")]
    Amount(String),
    /// A field of the wrong form.
    #[error("{field}: \"{value}\" is not what ISO 20022 has there")]
    Field {
        /// Which field.
        field: &'static str,
        /// Its value.
        value: String,
    },
}

/// An amount of a currency, as people write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencyAmount {
    currency: String,
    amount: String,
}

impl CurrencyAmount {
    /// An amount as in 12.34 of a currency as in EUR.
    ///
    /// # Errors
    /// [`MessageError::Currency`], [`MessageError::Amount`].
    pub fn new(currency: &str, amount: &str) -> Result<Self, MessageError> {
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(MessageError::Currency(currency.to_owned()));
        }
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let is_amount = !whole.is_empty()
            && is_digits(whole)
            && is_digits(fraction)
            && fraction.len() <= 5
            && whole.len() + fraction.len() <= 18;
        if is_amount {
            Ok(Self { currency: currency.to_owned(), amount: amount.to_owned() })
        } else {
            Err(MessageError::Amount(amount.to_owned()))
        }
    }

    /// The currency.
    #[must_use]
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The amount.
    #[must_use]
    pub fn amount(&self) -> &str {
        &self.amount
    }

    fn element(&self, name: &'static str) -> Element {
        Element::text(name, &self.amount).attribute("Ccy", &self.currency)
    }
}

/// A remittance, as banks tell each other of it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Which.
    pub id: RemittanceId,
    /// The customer's order, if it came in one.
    pub end_to_end: String,
    /// What the sender paid in all.
    pub paid: CurrencyAmount,
    /// The fee in it; the receiver's side does not know it.
    pub fee: Option<CurrencyAmount>,
    /// What is delivered.
    pub delivered: CurrencyAmount,
    /// The rate, delivered for one exchanged, if eleven digits tell it.
    pub rate: Option<String>,
    /// Who pays.
    pub debtor: Party,
    /// The sender's institution.
    pub debtor_agent: String,
    /// Who receives.
    pub creditor: Party,
    /// The receiver's institution.
    pub creditor_agent: String,
    /// For the receiver.
    pub information: Option<String>,
}

/// A text of a field that has at most so many characters: longer ones are cut off, which ISO 20022 asks for of names that are too
/// long; control characters become spaces.
fn limited(text: &str, most: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}

fn identifier(field: &'static str, value: &str) -> Result<String, MessageError> {
    let is_one = !value.trim().is_empty() && value.chars().count() <= 35 && !value.chars().any(char::is_control);
    if is_one { Ok(value.to_owned()) } else { Err(MessageError::Field { field, value: value.to_owned() }) }
}

/// The reference of a message about a remittance: at most 35 characters.
fn reference(id: RemittanceId) -> String {
    id.to_string().chars().take(32).collect()
}

/// The unique end-to-end transaction reference: a UUID of version 4 made of the first half of the id.
#[must_use]
pub fn uetr(id: RemittanceId) -> String {
    let mut bytes = [0; 16];
    for (target, source) in bytes.iter_mut().zip(id.0) {
        *target = source;
    }
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

fn agent(name: &'static str, institution: &str) -> Element {
    Element::of(name, [Element::of("FinInstnId", [Element::text("Nm", &limited(institution, 140))])])
}

impl Party {
    fn element(&self, name: &'static str) -> Element {
        Element::of(name, self.parts())
    }

    fn parts(&self) -> Vec<Element> {
        let mut parts = vec![Element::text("Nm", &limited(&self.name, 140))];
        if let Some(country) = &self.country {
            parts.push(Element::of("PstlAdr", [Element::text("Ctry", country)]));
        }
        parts
    }

    fn account_element(&self, name: &'static str) -> Option<Element> {
        let account = self.account.as_ref()?;
        let id = if is_iban(account) {
            Element::text("IBAN", account)
        } else {
            Element::of("Othr", [Element::text("Id", &limited(account, 34))])
        };
        Some(Element::of(name, [Element::of("Id", [id])]))
    }
}

/// Two letters, two digits, up to 30 letters and digits, by which all is 1 modulo 97 (ISO 13616).
#[must_use]
pub fn is_iban(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_form = (5..=34).contains(&bytes.len())
        && bytes.iter().take(2).all(u8::is_ascii_uppercase)
        && bytes.iter().skip(2).take(2).all(u8::is_ascii_digit)
        && bytes.iter().skip(4).all(u8::is_ascii_alphanumeric);
    let rest =
        bytes.iter().skip(4).chain(bytes.iter().take(4)).fold(0u32, |rest, byte| match byte.to_ascii_uppercase() {
            digit @ b'0'..=b'9' => (rest * 10 + u32::from(digit - b'0')) % 97,
            letter => (rest * 100 + u32::from(letter.saturating_sub(b'A')) + 10) % 97,
        });
    is_form && rest == 1
}

impl Told {
    /// The customer credit transfer between institutions: pacs.008.001.08.
    ///
    /// # Errors
    /// [`MessageError::Field`].
    pub fn pacs008(&self, now: Timestamp) -> Result<String, MessageError> {
        let header = Element::of(
            "GrpHdr",
            [
                Element::text("MsgId", &reference(self.id)),
                Element::text("CreDtTm", &time(now)),
                Element::text("NbOfTxs", "1"),
                // Each leg is settled on the ledger, by gross.
                Element::of(
                    "SttlmInf",
                    [Element::text("SttlmMtd", "CLRG"), Element::of("ClrSys", [Element::text("Prtry", "TABELLA")])],
                ),
            ],
        );
        let mut parts = vec![
            self.references("PmtId")?,
            self.delivered.element("IntrBkSttlmAmt"),
            Element::text("IntrBkSttlmDt", &date(now)),
            self.paid.element("InstdAmt"),
        ];
        parts.extend(self.rate.as_ref().map(|rate| Element::text("XchgRate", rate)));
        parts.push(Element::text("ChrgBr", "DEBT"));
        if let Some(fee) = &self.fee {
            parts.push(Element::of("ChrgsInf", [fee.element("Amt"), agent("Agt", &self.debtor_agent)]));
        }
        parts.push(self.debtor.element("Dbtr"));
        parts.extend(self.debtor.account_element("DbtrAcct"));
        parts.push(agent("DbtrAgt", &self.debtor_agent));
        parts.push(agent("CdtrAgt", &self.creditor_agent));
        parts.push(self.creditor.element("Cdtr"));
        parts.extend(self.creditor.account_element("CdtrAcct"));
        parts.extend(self.remittance_information());
        let transfer = Element::of("CdtTrfTxInf", parts);
        Ok(Element::of("FIToFICstmrCdtTrf", [header, transfer]).document("pacs.008.001.08"))
    }

    /// The credit notification to the receiver: camt.054.001.08.
    ///
    /// # Errors
    /// [`MessageError::Field`].
    pub fn camt054(&self, now: Timestamp) -> Result<String, MessageError> {
        let reference = reference(self.id);
        let header = Element::of("GrpHdr", [Element::text("MsgId", &reference), Element::text("CreDtTm", &time(now))]);
        let account = self.creditor.account_element("Acct").unwrap_or_else(|| {
            let id = Element::of("Othr", [Element::text("Id", &reference)]);
            Element::of("Acct", [Element::of("Id", [id])])
        });
        let related = Element::of(
            "RltdPties",
            [Element::of("Dbtr", [self.debtor.element("Pty")]), Element::of("Cdtr", [self.creditor.element("Pty")])],
        );
        let mut details = vec![
            self.references("Refs")?,
            self.delivered.element("Amt"),
            Element::text("CdtDbtInd", "CRDT"),
            Element::of("AmtDtls", [Element::of("InstdAmt", [self.paid.element("Amt")])]),
            related,
        ];
        details.extend(self.remittance_information());
        let code = Element::of(
            "BkTxCd",
            [Element::of(
                "Domn",
                [
                    Element::text("Cd", "PMNT"),
                    Element::of("Fmly", [Element::text("Cd", "RCDT"), Element::text("SubFmlyCd", "XBCT")]),
                ],
            )],
        );
        let entry = Element::of(
            "Ntry",
            [
                self.delivered.element("Amt"),
                Element::text("CdtDbtInd", "CRDT"),
                Element::of("Sts", [Element::text("Cd", "BOOK")]),
                Element::of("BookgDt", [Element::text("DtTm", &time(now))]),
                code,
                Element::of("NtryDtls", [Element::of("TxDtls", details)]),
            ],
        );
        let notification = Element::of(
            "Ntfctn",
            [Element::text("Id", &reference), Element::text("CreDtTm", &time(now)), account, entry],
        );
        Ok(Element::of("BkToCstmrDbtCdtNtfctn", [header, notification]).document("camt.054.001.08"))
    }

    /// By which both sides and both customers name the payment.
    fn references(&self, name: &'static str) -> Result<Element, MessageError> {
        Ok(Element::of(
            name,
            [
                Element::text("InstrId", &reference(self.id)),
                Element::text("EndToEndId", &identifier("EndToEndId", &self.end_to_end)?),
                Element::text("UETR", &uetr(self.id)),
            ],
        ))
    }

    fn remittance_information(&self) -> Option<Element> {
        let text = limited(self.information.as_ref()?, 140);
        (!text.trim().is_empty()).then(|| Element::of("RmtInf", [Element::text("Ustrd", &text)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn told() -> Told {
        let party = |name: &str, account: &str, country: &str| Party {
            name: name.into(),
            account: Some(account.into()),
            country: Some(country.into()),
        };
        let amount = |currency, amount| CurrencyAmount::new(currency, amount).unwrap();
        Told {
            id: RemittanceId([0xab; 32]),
            end_to_end: "INV-2026-17".into(),
            paid: amount("EUR", "100.00"),
            fee: Some(amount("EUR", "2.00")),
            delivered: amount("KRW", "152880"),
            rate: Some("1560".into()),
            debtor: party("Anna Nowak & <Sons>", "PL61109010140000071219812874", "PL"),
            debtor_agent: "Bank of the West".into(),
            creditor: party("김민지", "110-234-567890", "KR"),
            creditor_agent: "Hankang Bank".into(),
            information: Some("Invoice 17".into()),
        }
    }

    fn now() -> Timestamp {
        "2026-11-30T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn messages_escape_what_they_are_given_and_name_one_reference() {
        let (pacs, camt) = (told().pacs008(now()).unwrap(), told().camt054(now()).unwrap());
        for text in [&pacs, &camt] {
            assert!(text.contains("Anna Nowak &amp; &lt;Sons&gt;"), "{text}");
            assert!(text.contains("<UETR>abababab-abab-4bab-abab-abababababab</UETR>"), "{text}");
            assert!(text.contains("<EndToEndId>INV-2026-17</EndToEndId>"), "{text}");
        }
        assert!(pacs.contains("urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"));
        assert!(pacs.contains(r#"<IntrBkSttlmAmt Ccy="KRW">152880</IntrBkSttlmAmt>"#));
        assert!(pacs.contains("<DbtrAcct><Id><IBAN>PL61109010140000071219812874</IBAN></Id></DbtrAcct>"));
        assert!(camt.contains("<Othr><Id>110-234-567890</Id></Othr>"));
    }

    #[test]
    fn what_the_standard_cannot_say_is_refused() {
        assert_eq!(CurrencyAmount::new("Euro", "1"), Err(MessageError::Currency("Euro".into())));
        assert_eq!(CurrencyAmount::new("EUR", "1.234567"), Err(MessageError::Amount("1.234567".into())));
        assert_eq!(CurrencyAmount::new("EUR", "-1"), Err(MessageError::Amount("-1".into())));
        let long = Told { end_to_end: "x".repeat(36), ..told() };
        assert!(matches!(long.pacs008(now()), Err(MessageError::Field { field: "EndToEndId", .. })));
    }

    #[test]
    fn iban_is_known_by_its_check_digits() {
        assert!(is_iban("PL61109010140000071219812874"));
        assert!(is_iban("GB82WEST12345698765432"));
        assert!(!is_iban("GB82WEST12345698765433"));
        assert!(!is_iban("110-234-567890"));
    }
}
