//! Payment requests as text: who asks for how much of what, in one line that can be sent, clicked or shown as a QR code.
//!
//! The form is that of ZIP 321, with scheme `tabella`, the asset's id beside each amount, and the ledger:
//!
//! ```text
//! tabella:ADDRESS?amount=12.34&asset=ID&memo=BASE64URL&label=TEXT&message=TEXT&address.1=…&amount.1=…&asset.1=…&req-ledger=ID
//! ```
//!
//! Whoever reads one trusts it for nothing: it can come from anybody, and whose address it names it does not say.

use std::{collections::BTreeMap, fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tabella_protocol::{
    hash::blake2b_256,
    keys::{Address, AddressError},
    note::{AssetId, NoteValue},
    note_encryption::{Memo, MemoContent},
    transaction::LedgerId,
};
use thiserror::Error;

use crate::{
    amount::{self, AmountError},
    domain::personal,
};

/// Most payments of a request, and of one order to pay.
pub const MAX_PAYMENTS: usize = 64;
/// Longest label or message, in bytes.
pub const MAX_TEXT: usize = 512;
/// Longest request, in bytes.
pub const MAX_BYTES: usize = 1 << 17;

const SCHEME: &str = "tabella:";

/// A request for one or more payments, all or none of which are to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRequest {
    ledger: Option<LedgerId>,
    payments: Vec<RequestedPayment>,
}

/// One payment of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedPayment {
    /// To whom.
    pub to: Address,
    /// Of which asset.
    pub asset: AssetId,
    /// How much, at least the smallest unit.
    pub amount: Decimal,
    /// What the recipient will find with the payment.
    pub memo: Memo,
    /// What the payee calls the address. Not sent.
    pub label: Option<String>,
    /// What the payee tells the payer. Not sent.
    pub message: Option<String>,
}

/// An amount as a request writes it: digits with at most one point, not 0. How many digits may follow the point only the
/// asset tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal(String);

/// Why a text is no request that can be paid.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// Another scheme.
    #[error("a payment request begins with \"{SCHEME}\"")]
    Scheme,
    /// Longer than any request.
    #[error("a payment request has at most {MAX_BYTES} bytes")]
    TooLong,
    /// A part that is no parameter.
    #[error("\"{0}\" is no parameter of a payment request")]
    Parameter(String),
    /// The same parameter of the same payment twice: which one counts?
    #[error("the request gives {0} twice")]
    Duplicate(String),
    /// A parameter that whoever pays has to understand.
    #[error("the request demands \"{0}\", which this wallet does not know: it cannot be paid here")]
    Unknown(String),
    /// A percent sign without two hexadecimal digits, or text that is not UTF-8.
    #[error("the value of {0} is not text in percent encoding")]
    Encoding(String),
    /// A label or message beyond [`MAX_TEXT`].
    #[error("{0} has more than {MAX_TEXT} bytes")]
    TextTooLong(String),
    /// Something that a payment cannot do without.
    #[error("payment {payment} of the request has no {what}")]
    Missing {
        /// Number of the payment, from 0 as in the text.
        payment: u16,
        /// What is missing.
        what: &'static str,
    },
    /// Not an address of payments.
    #[error("payment {payment} of the request: {error}")]
    Address {
        /// Number of the payment.
        payment: u16,
        /// What is wrong.
        error: AddressError,
    },
    /// Not an amount, or 0.
    #[error("payment {payment} of the request: {error}")]
    Amount {
        /// Number of the payment.
        payment: u16,
        /// What is wrong.
        error: DecimalError,
    },
    /// Not the id of an asset.
    #[error("payment {0} of the request: an asset is named by its id of 64 hexadecimal digits")]
    Asset(u16),
    /// Not a memo: base64url without padding, at most 512 bytes.
    #[error("payment {0} of the request: the memo is not base64url without padding of at most 512 bytes")]
    Memo(u16),
    /// Not the id of a ledger.
    #[error("the request's ledger is not an id of 64 hexadecimal digits")]
    Ledger,
    /// No payment, or too many.
    #[error("a request is of 1 to {MAX_PAYMENTS} payments")]
    Count,
}

/// Why a text is no [`Decimal`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecimalError {
    /// Not digits with at most one point between them, or more of either than an asset can have.
    #[error(transparent)]
    Form(#[from] AmountError),
    /// Nothing.
    #[error("an amount of 0 cannot be asked for")]
    Zero,
}

impl Decimal {
    /// Reads an amount.
    ///
    /// # Errors
    /// [`DecimalError`].
    pub fn new(text: &str) -> Result<Self, DecimalError> {
        // With no more decimals than it has itself: whether the asset has as many is seen by `units`.
        let fraction = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let too_many = || AmountError::Decimals { text: text.into(), found: fraction, decimals: amount::MAX_DECIMALS };
        let decimals = u8::try_from(fraction).ok().filter(|digits| *digits <= amount::MAX_DECIMALS);
        if amount::parse(text, decimals.ok_or_else(too_many)?)? == 0 {
            return Err(DecimalError::Zero);
        }
        Ok(Self(text.to_owned()))
    }

    /// The amount in the smallest unit of an asset.
    ///
    /// # Errors
    /// [`AmountError`]: more digits after the point than the asset has, or more than there can be.
    pub fn units(&self, decimals: u8) -> Result<NoteValue, AmountError> {
        amount::parse(&self.0, decimals).map(NoteValue)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PaymentRequest {
    /// A request.
    ///
    /// # Errors
    /// [`RequestError::Count`], [`RequestError::TextTooLong`].
    pub fn new(ledger: Option<LedgerId>, payments: Vec<RequestedPayment>) -> Result<Self, RequestError> {
        if payments.is_empty() || payments.len() > MAX_PAYMENTS {
            return Err(RequestError::Count);
        }
        for payment in &payments {
            for (name, text) in [("label", &payment.label), ("message", &payment.message)] {
                if text.as_ref().is_some_and(|text| text.len() > MAX_TEXT) {
                    return Err(RequestError::TextTooLong(name.into()));
                }
            }
        }
        Ok(Self { ledger, payments })
    }

    /// The ledger on which it is to be paid, if it says so.
    #[must_use]
    pub const fn ledger(&self) -> Option<LedgerId> {
        self.ledger
    }

    /// The payments, at least one.
    #[must_use]
    pub fn payments(&self) -> &[RequestedPayment] {
        &self.payments
    }

    /// The digest of all that it says: of its text as it is written here.
    #[must_use]
    pub fn digest(&self) -> RequestDigest {
        let hash = blake2b_256(personal::REQUEST, &[self.to_string().as_bytes()]);
        let mut digest = [0; RequestDigest::BYTES];
        for (byte, of_hash) in digest.iter_mut().zip(hash) {
            *byte = of_hash;
        }
        RequestDigest(digest)
    }
}

/// So long that nobody makes two requests of one digest, of which one is shown and the other paid (2^80 steps), and no longer. Written
/// in groups of four hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestDigest([u8; Self::BYTES]);

/// A text that is no digest of a request.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the digest of a request has {} digits, 0 to 9 and a to f", 2 * RequestDigest::BYTES)]
pub struct DigestError;

impl RequestDigest {
    const BYTES: usize = 20;
}

impl fmt::Display for RequestDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            let space = if place > 0 && place % 2 == 0 { " " } else { "" };
            write!(f, "{space}{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for RequestDigest {
    type Err = DigestError;

    /// In either case, with or without spaces.
    fn from_str(text: &str) -> Result<Self, DigestError> {
        let digits: String = text.split_whitespace().collect();
        let mut digest = [0; Self::BYTES];
        hex::decode_to_slice(digits, &mut digest).map_err(|_| DigestError)?;
        Ok(Self(digest))
    }
}

impl fmt::Display for PaymentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        let mut separator = "?";
        for (index, payment) in self.payments.iter().enumerate() {
            let suffix = if index == 0 { String::new() } else { format!(".{index}") };
            if index == 0 {
                write!(f, "{}", payment.to)?;
            } else {
                write!(f, "{separator}address{suffix}={}", payment.to)?;
            }
            write!(f, "{separator}amount{suffix}={}", payment.amount)?;
            separator = "&";
            write!(f, "&asset{suffix}={}", payment.asset)?;
            let memo = memo_bytes(&payment.memo);
            if !memo.is_empty() {
                write!(f, "&memo{suffix}={}", URL_SAFE_NO_PAD.encode(memo))?;
            }
            for (name, text) in [("label", &payment.label), ("message", &payment.message)] {
                if let Some(text) = text {
                    write!(f, "&{name}{suffix}={}", Encoded(text))?;
                }
            }
        }
        match self.ledger {
            Some(ledger) => write!(f, "&req-ledger={ledger}"),
            None => Ok(()),
        }
    }
}

/// A memo without the zeros that fill it up; nothing for no memo.
fn memo_bytes(memo: &Memo) -> &[u8] {
    match memo.content() {
        MemoContent::Empty => &[],
        MemoContent::Text(text) => text.as_bytes(),
        _ => memo.as_bytes(),
    }
}

/// What a request says of one payment, as it is read.
#[derive(Default)]
struct Draft {
    to: Option<Address>,
    asset: Option<AssetId>,
    amount: Option<Decimal>,
    memo: Option<Memo>,
    label: Option<String>,
    message: Option<String>,
}

impl FromStr for PaymentRequest {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        if text.len() > MAX_BYTES {
            return Err(RequestError::TooLong);
        }
        // Schemes are read in either case (RFC 3986, section 3.1).
        let rest = match text.split_at_checked(SCHEME.len()) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => rest,
            _ => return Err(RequestError::Scheme),
        };
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut reading = Reading::default();
        if !address.is_empty() {
            reading.take("address", address)?;
        }
        if !query.is_empty() {
            for parameter in query.split('&') {
                let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
                reading.take(name, value)?;
            }
        }
        reading.finish()
    }
}

#[derive(Default)]
struct Reading {
    ledger: Option<LedgerId>,
    drafts: BTreeMap<u16, Draft>,
    seen: BTreeMap<String, ()>,
}

impl Reading {
    fn take(&mut self, full: &str, value: &str) -> Result<(), RequestError> {
        let bad = || RequestError::Parameter(full.to_owned());
        let (name, payment) = match full.split_once('.') {
            None => (full, 0),
            Some((name, index)) => (name, read_index(index).ok_or_else(bad)?),
        };
        let mut letters = name.bytes();
        let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic());
        if !begins || !letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-')) {
            return Err(bad());
        }
        if self.seen.insert(full.to_owned(), ()).is_some() {
            return Err(RequestError::Duplicate(full.to_owned()));
        }
        if !is_value(value) {
            return Err(RequestError::Encoding(full.to_owned()));
        }
        if full == "req-ledger" {
            self.ledger = Some(LedgerId(read_hex(value).ok_or(RequestError::Ledger)?));
            return Ok(());
        }
        if name.starts_with("req-") {
            return Err(RequestError::Unknown(full.to_owned()));
        }
        if !matches!(name, "address" | "amount" | "asset" | "memo" | "label" | "message") {
            // What is not demanded may be left aside (ZIP 321).
            return Ok(());
        }
        if self.drafts.len() >= MAX_PAYMENTS && !self.drafts.contains_key(&payment) {
            return Err(RequestError::Count);
        }
        let draft = self.drafts.entry(payment).or_default();
        match name {
            "address" => {
                draft.to = Some(value.parse().map_err(|error| RequestError::Address { payment, error })?);
            }
            "amount" => {
                let amount = Decimal::new(value).map_err(|error| RequestError::Amount { payment, error })?;
                draft.amount = Some(amount);
            }
            "asset" => {
                let id = read_hex(value).and_then(|bytes| AssetId::from_bytes(&bytes));
                draft.asset = Some(id.ok_or(RequestError::Asset(payment))?);
            }
            "memo" => draft.memo = Some(read_memo(value).ok_or(RequestError::Memo(payment))?),
            _ => {
                let text = decode(value).ok_or_else(|| RequestError::Encoding(full.to_owned()))?;
                if text.len() > MAX_TEXT {
                    return Err(RequestError::TextTooLong(full.to_owned()));
                }
                *(if name == "label" { &mut draft.label } else { &mut draft.message }) = Some(text);
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<PaymentRequest, RequestError> {
        let payments = self.drafts.into_iter().map(|(payment, draft)| {
            let missing = |what| RequestError::Missing { payment, what };
            Ok(RequestedPayment {
                to: draft.to.ok_or_else(|| missing("address"))?,
                amount: draft.amount.ok_or_else(|| missing("amount"))?,
                asset: draft.asset.ok_or_else(|| missing("asset"))?,
                memo: draft.memo.unwrap_or_default(),
                label: draft.label,
                message: draft.message,
            })
        });
        PaymentRequest::new(self.ledger, payments.collect::<Result<_, _>>()?)
    }
}

/// 1 to 9999, without leading zeros: 0 is the payment without a number.
fn read_index(text: &str) -> Option<u16> {
    let plain = (1..=4).contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn read_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).is_ok().then_some(bytes)
}

fn read_memo(text: &str) -> Option<Memo> {
    let read = URL_SAFE_NO_PAD.decode(text).ok()?;
    let mut bytes = [0; Memo::BYTES];
    bytes.get_mut(..read.len())?.copy_from_slice(&read);
    Some(if read.is_empty() { Memo::empty() } else { Memo::from_bytes(bytes) })
}

/// `qchar` of ZIP 321, so that nothing else slips in: unreserved, percent encoding, and some delimiters.
fn is_value(text: &str) -> bool {
    text.bytes().all(|byte| is_unreserved(byte) || b"%!$'()*+,;:@".contains(&byte))
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Percent encoding (RFC 3986, section 2.1): strict.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let (digits, tail) = tail.split_at_checked(2)?;
            let mut byte = [0];
            hex::decode_to_slice(digits, &mut byte).ok()?;
            bytes.extend(byte);
            rest = tail;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

struct Encoded<'a>(&'a str);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            if is_unreserved(byte) {
                write!(f, "{}", char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
