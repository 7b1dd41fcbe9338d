//! Labels of this application: BLAKE2b personalisations, exactly 16 bytes each, used once. Changing one is a breaking change.

/// Id of a registry: ledger and terms.
pub const REGISTRY: &[u8; 16] = b"Tabella_OriRegis";
/// Digest of the key of a registry's marks.
pub const MARK_KEY: &[u8; 16] = b"Tabella_OriMkKey";
/// What identifies a thing, under the key of the registry's marks.
pub const MARK: &[u8; 16] = b"Tabella_OriMark_";
/// Id of a batch.
pub const BATCH: &[u8; 16] = b"Tabella_OriBatch";
/// A leaf: one attribute.
pub const LEAF: &[u8; 16] = b"Tabella_OriLeaf_";
/// A node of the tree of attributes.
pub const NODE: &[u8; 16] = b"Tabella_OriNode_";
/// What the asset id commits to: registry, schema and root.
pub const BODY: &[u8; 16] = b"Tabella_OriBody_";
/// What registrars, issuers and holders sign.
pub const SIGN: &[u8; 16] = b"Tabella_OriSign_";
/// Keys of a party, from a seed.
pub const KEYS: &[u8; 16] = b"Tabella_OriKeys_";
/// Salts and blinding factors of a thing's attributes, from the secret of its certificate.
pub const SALT: &[u8; 16] = b"Tabella_OriSalt_";
/// Secrets of the certificates of a batch, from the issuer's.
pub const SECRET: &[u8; 16] = b"Tabella_OriSecrt";
/// What a verifier asks a presentation for.
pub const CHALLENGE: &[u8; 16] = b"Tabella_OriChall";
