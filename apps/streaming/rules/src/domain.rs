//! Labels of this application: BLAKE2b personalisations, exactly 16 bytes each, used once. Changing one is a breaking change.

/// Id of a session: ledger and terms.
pub const SESSION: &[u8; 16] = b"Streaming_SessId";
/// That the provider agrees to the terms of a session.
pub const CONSENT: &[u8; 16] = b"Streaming_Offer_";
/// That the viewer has watched so many ticks.
pub const TICK: &[u8; 16] = b"Streaming_Tick__";
/// That a party agrees to the number of ticks with which a session ends.
pub const FINAL: &[u8; 16] = b"Streaming_Final_";
/// What a party signs for an action of its own.
pub const PARTY: &[u8; 16] = b"Streaming_Party_";
/// Keys of a viewer or provider, from a seed.
pub const KEYS: &[u8; 16] = b"Streaming_Keys__";
