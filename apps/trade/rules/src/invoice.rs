//! An invoice, in the one form that it has.

use std::{fmt, io, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    hash::blake2b_256,
    list::read_list,
    note::{AssetId, NoteValue, Timestamp},
    ristretto::{Element, hash_to_ristretto},
    transaction::LedgerId,
};
use thiserror::Error;

use crate::{
    domain::{INVOICE_ASSET, INVOICE_POINT, personal},
    encoding::bytes,
};

/// Longest number or identifier, in bytes.
pub const MAX_REFERENCE_BYTES: usize = 40;

/// A number or identifier with one spelling: 1 to 40 of `0-9 A-Z . / -`, the first and the last of them a digit or letter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, Serialize)]
#[serde(transparent)]
pub struct Reference(String);

/// A text is no [`Reference`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "numbers of invoices and identifiers of sellers have 1 to {MAX_REFERENCE_BYTES} characters of 0-9, A-Z, '.', '/' and '-', \
     and begin and end with a digit or letter: write it so, without spaces and small letters"
)]
pub struct NotAReference;

impl Reference {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Reference {
    type Err = NotAReference;

    /// Nothing is corrected: what is written otherwise is refused, so that nobody is led to believe that two spellings are two
    /// invoices.
    fn from_str(text: &str) -> Result<Self, NotAReference> {
        let is_plain = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        let ends = |byte: Option<&u8>| byte.is_some_and(is_plain);
        let bytes = text.as_bytes();
        let allowed = bytes.iter().all(|byte| is_plain(byte) || b"./-".contains(byte));
        if !allowed || bytes.len() > MAX_REFERENCE_BYTES || !ends(bytes.first()) || !ends(bytes.last()) {
            return Err(NotAReference);
        }
        Ok(Self(text.to_owned()))
    }
}

impl BorshDeserialize for Reference {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let refused = |_| io::Error::new(io::ErrorKind::InvalidData, NotAReference);
        let bytes = read_list::<MAX_REFERENCE_BYTES, u8, R>(reader)?;
        std::str::from_utf8(&bytes).map_err(|_| NotAReference).and_then(str::parse).map_err(refused)
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What tells an invoice from every other: nothing that could be written differently on a second copy of it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct InvoiceIdentity {
    /// Ed25519 key of whoever owes.
    pub debtor: [u8; 32],
    /// The seller, by the identifier that the law knows it by (VAT number, LEI): a seller may have many keys.
    pub seller: Reference,
    /// The seller's number of the invoice; sellers number each invoice once.
    pub number: Reference,
}

impl InvoiceIdentity {
    /// The point of the invoice on a ledger: hash to Ristretto, label `trade invoice`, of ledger id and borsh of the identity.
    ///
    /// Whoever can guess an invoice can compute it, so it is never on the ledger.
    #[must_use]
    pub fn point(&self, ledger: LedgerId) -> Element {
        hash_to_ristretto(INVOICE_POINT, &[ledger.as_bytes(), &bytes(self)]).into()
    }
}

/// An invoice.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Invoice {
    /// Which.
    pub identity: InvoiceIdentity,
    /// In which asset it is to be paid.
    pub asset: AssetId,
    /// How much is owed.
    pub amount: NoteValue,
    /// When it was written.
    pub issued: Timestamp,
    /// When it is due.
    pub due: Timestamp,
    /// Digest of the document itself ([`document_digest`]).
    pub document: [u8; 32],
}

impl Invoice {
    /// The commitment that the asset's description holds: `BLAKE2b-256("Trade_InvoiceBdy", blinding factor || borsh of the invoice)`.
    #[must_use]
    pub fn commitment(&self, blinding: &[u8; 32]) -> [u8; 32] {
        blake2b_256(personal::INVOICE_BODY, &[blinding, &bytes(self)])
    }

    /// The asset that this invoice is once its debtor has confirmed it under a tag: one unit, issued by the debtor.
    #[must_use]
    pub fn asset(&self, tag: &Element, blinding: &[u8; 32]) -> AssetDescription {
        AssetDescription {
            issuer: self.identity.debtor,
            name: INVOICE_ASSET.to_owned(),
            decimals: 0,
            cap: 1,
            class: AssetClass::Ordinary,
            uid: Some(uid(&self.identity.debtor, tag)),
            body: self.commitment(blinding),
        }
    }
}

/// `BLAKE2b-256("Trade_InvoiceUid", debtor || tag)`: no two assets of a ledger have the same uid.
#[must_use]
pub fn uid(debtor: &[u8; 32], tag: &Element) -> [u8; 32] {
    blake2b_256(personal::INVOICE_UID, &[debtor, tag.as_bytes()])
}

/// `BLAKE2b-256("Trade_InvoiceDoc", content)`: not blinded, for it stands only where the whole invoice is blinded.
#[must_use]
pub fn document_digest(content: &[u8]) -> [u8; 32] {
    blake2b_256(personal::INVOICE_DOCUMENT, &[content])
}
