//! Digests by which things are named. Text form: 64 hexadecimal digits.

use tabella_protocol::hash_newtype;

hash_newtype! {
    /// SHA-256 of a file's bytes: the digest that RFC 3161 tokens of this application have too.
    ContentDigest
}
hash_newtype! {
    /// A stamp, as it stands in the log: a digest that is hidden by its blinding.
    StampId
}
hash_newtype! {
    /// Which work: hash of its ledger and its attributes.
    WorkId
}
