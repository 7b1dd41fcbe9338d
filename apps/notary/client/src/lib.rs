//! Notary and copyright: what authors, owners and verifiers do. `docs/applications/notary.md`.
//!
//! Reading order: [`content`] and [`picture`] (digests), [`keys`], [`entry`] (an entry of the log that verifies offline),
//! [`certificate`], [`token`] (RFC 3161), [`work`], [`proof`].

pub mod certificate;
pub mod content;
pub mod entry;
pub mod keys;
pub mod picture;
pub mod proof;
pub mod token;
pub mod work;

pub use certificate::{CertificateError, ProvedStamp, StampCertificate};
pub use entry::{ConsistencyFile, EntryError, ForkError, LoggedEntry};
pub use keys::AuthorKeys;
pub use proof::{AuthorshipProof, OwnershipProof, ProofError};
pub use tabella_notary_rules as rules;
pub use token::{TimeStamper, Token, TokenError};
