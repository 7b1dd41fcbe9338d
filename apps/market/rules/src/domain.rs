//! Every label of this application, each used once. Changing one is a breaking change.

/// BLAKE2b personalisations: exactly 16 bytes each.
pub mod personal {
    /// Digest of what is said of a work beside the ledger.
    pub const METADATA: &[u8; 16] = b"Tabella_MktMeta_";
    /// Identifier of a work.
    pub const WORK_ID: &[u8; 16] = b"Tabella_MktWork_";
    /// Identifier of an account of a work.
    pub const ACCOUNT_ID: &[u8; 16] = b"Tabella_MktAcct_";
    /// Identifier of licences that are offered again.
    pub const LISTING_ID: &[u8; 16] = b"Tabella_MktList_";
    /// What holders, sellers and resellers sign.
    pub const SIGN: &[u8; 16] = b"Tabella_MktSign_";
    /// Mask of a price for one party.
    pub const SEAL: &[u8; 16] = b"Tabella_MktSeal_";
    /// Keys of a party, from a seed.
    pub const KEYS: &[u8; 16] = b"Tabella_MktKeys_";
}

/// merlin labels of proofs.
pub mod proof {
    /// A price and its handles (Schnorr).
    pub const CREDIT: &[u8] = b"tabella/market/v1/credit";
    /// What remains of a balance, divided (Schnorr).
    pub const REST: &[u8] = b"tabella/market/v1/rest";
    /// A total of credits (Chaum-Pedersen).
    pub const STATEMENT: &[u8] = b"tabella/market/v1/statement";
    /// Randomness of the seal of a price, in a transcript that nobody else sees.
    pub const SEAL_RANDOMNESS: &[u8] = b"tabella/market/v1/seal-randomness";
}
