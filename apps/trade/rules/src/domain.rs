//! Every label of this application, each used once. Changing one is a breaking change.

use tabella_protocol::transaction::ApplicationId;

/// The application's name in actions and in guards.
pub const APPLICATION: ApplicationId = ApplicationId(*b"trade\0\0\0");
/// Its name in URLs and commands.
pub const NAME: &str = "trade";
/// Hash-to-group label of the point of an invoice.
pub const INVOICE_POINT: &str = "trade invoice";
/// Name of every asset that is a confirmed invoice.
pub const INVOICE_ASSET: &str = "confirmed invoice";

/// BLAKE2b personalisations: exactly 16 bytes each.
pub mod personal {
    /// Id of a letter of credit: the digest that its guard commits to.
    pub const LETTER: &[u8; 16] = b"Trade_Letter__Id";
    /// What the sender of an action signs.
    pub const SIGNATURE: &[u8; 16] = b"Trade_Signature_";
    /// What another party signs who agrees to an action.
    pub const CONSENT: &[u8; 16] = b"Trade_Consent___";
    /// Digest of a document, blinded.
    pub const DOCUMENT: &[u8; 16] = b"Trade_Document__";
    /// What the issuer of a document signs.
    pub const ENDORSEMENT: &[u8; 16] = b"Trade_Endorsemnt";
    /// Digest of amended conditions.
    pub const AMENDMENT: &[u8; 16] = b"Trade_Amendment_";
    /// Uid of the asset that is an invoice.
    pub const INVOICE_UID: &[u8; 16] = b"Trade_InvoiceUid";
    /// Commitment to what an invoice says.
    pub const INVOICE_BODY: &[u8; 16] = b"Trade_InvoiceBdy";
    /// Digest of the document that an invoice is.
    pub const INVOICE_DOCUMENT: &[u8; 16] = b"Trade_InvoiceDoc";
    /// A party's keys, from the wallet's seed; never seen by others.
    pub const KEYS: &[u8; 16] = b"Trade_PartyKeys_";
    /// Blinding factors that a party derives from its keys; never seen by others.
    pub const BLINDING: &[u8; 16] = b"Trade_Blinding__";
}

/// merlin transcript labels.
pub mod proof {
    /// A tag is made with the debtor's registered key (equality of two discrete logarithms).
    pub const CONFIRMATION: &[u8] = b"tabella/v1/trade/confirmation";
    /// Whoever registers a key knows its secret.
    pub const REGISTRATION: &[u8] = b"tabella/v1/trade/registration";
}
