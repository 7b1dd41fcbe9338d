//! Labels of this application: BLAKE2b personalisations, exactly 16 bytes each, used once. Changing one is a breaking change.

/// A blinded digest.
pub const STAMP: &[u8; 16] = b"Notary_Stamp____";
/// Id of a work: ledger and attributes.
pub const WORK: &[u8; 16] = b"Notary_Work_____";
/// What an author signs for the transaction that registers a work.
pub const REGISTER: &[u8; 16] = b"Notary_Register_";
/// A verifier's question.
pub const CHALLENGE: &[u8; 16] = b"Notary_Challenge";
/// What an author signs in answer to a question.
pub const AUTHOR: &[u8; 16] = b"Notary_Author___";
/// Serial number of a token: ledger and stamp.
pub const TOKEN: &[u8; 16] = b"Notary_Token____";
/// Keys of an author, from a seed.
pub const KEYS: &[u8; 16] = b"Notary_Keys_____";
