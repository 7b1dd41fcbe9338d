//! Labels of this application: BLAKE2b personalisations, exactly 16 bytes each, used once. Changing one is a breaking change. The
//! lock has three more of its own.

/// Id of a rental: ledger and terms.
pub const RENTAL: &[u8; 16] = b"Access_Rental_Id";
/// That the owner agrees to the terms of a rental.
pub const CONSENT: &[u8; 16] = b"Access_Offer____";
/// That a party agrees to how the deposit is divided.
pub const DIVISION: &[u8; 16] = b"Access_Division_";
/// How the arbiter divides the deposit.
pub const DECISION: &[u8; 16] = b"Access_Decision_";
/// What a party signs for an action of its own.
pub const PARTY: &[u8; 16] = b"Access_Party____";
/// Keys of a party, from a seed.
pub const KEYS: &[u8; 16] = b"Access_Keys_____";
