//! Labels of this application: BLAKE2b personalisations, exactly 16 bytes each, used once. Changing one is a breaking change.

/// Id of a market: ledger and terms.
pub const MARKET: &[u8; 16] = b"Energy_MarketId_";
/// That a certifier, and the device, agree to what a meter is.
pub const METER: &[u8; 16] = b"Energy_Meter____";
/// What a meter signs for an interval.
pub const READING: &[u8; 16] = b"Energy_Reading__";
/// First bytes of the purpose of the range proof that a reading is not above its meter's ceiling.
pub const CEILING: &[u8; 16] = b"Energy_Ceiling__";
/// What a bid says, until it is opened.
pub const SEAL: &[u8; 16] = b"Energy_BidSeal__";
/// What a party signs for an action of its own.
pub const PARTY: &[u8; 16] = b"Energy_Party____";
/// Keys of a household, a collector or a meter, from a seed.
pub const KEYS: &[u8; 16] = b"Energy_Keys_____";
/// Keys of one bid, from a seed.
pub const BID_KEYS: &[u8; 16] = b"Energy_BidKeys__";
/// What a meter hides a reading with, from a secret that it shares with whom it is for.
pub const MASK: &[u8; 16] = b"Energy_Mask_____";
