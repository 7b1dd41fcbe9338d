//! Labels of this application: BLAKE2b personalisations, exactly 16 bytes each, used once. Changing one is a breaking change.

/// Id of a corridor: ledger and corridor.
pub const CORRIDOR: &[u8; 16] = b"Remit_Corridor__";
/// Id of a remittance: ledger and terms.
pub const REMITTANCE: &[u8; 16] = b"Remit_Remittance";
/// Digest of a quote, and what its provider signs.
pub const QUOTE: &[u8; 16] = b"Remit_Quote_____";
/// Digest of a sealed travel-rule message.
pub const TRAVEL: &[u8; 16] = b"Remit_TravelRule";
/// What a party signs for an action of its own.
pub const PARTY: &[u8; 16] = b"Remit_Party_____";
/// Keys of an institution, from a seed.
pub const KEYS: &[u8; 16] = b"Remit_Keys______";
/// First bytes of the purpose of the range proof that a payment is below its corridor's threshold.
pub const LIMIT: &[u8; 16] = b"Remit_Limit_____";
