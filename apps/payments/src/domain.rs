//! Every label of this crate, each used once. Changing one is a breaking change.

/// BLAKE2b personalisations: exactly 16 bytes each.
pub mod personal {
    /// What two people compare who read one request.
    pub const REQUEST: &[u8; 16] = b"Tabella_Request_";
}
