//! Notary and copyright: what authors, owners and verifiers do. `docs/applications/notary.md`.
//!
//! Reading order: [`content`] and [`picture`] (digests), [`keys`], [`entry`] (an entry of the log that verifies offline),
//! [`log`] (such an entry from the entries that were read), [`certificate`], [`token`] (RFC 3161), [`work`], [`proof`], [`desk`].

pub mod certificate;
pub mod content;
pub mod desk;
pub mod entry;
pub mod keys;
pub mod log;
pub mod picture;
pub mod proof;
pub mod token;
pub mod work;

pub use certificate::{CertificateError, ProvedStamp, StampCertificate};
pub use entry::{ConsistencyFile, EntryError, ForkError, LoggedEntry};
pub use keys::AuthorKeys;
pub use log::{SignedLog, SignedLogError};
pub use proof::{AuthorshipProof, OwnershipProof, ProofError};
pub use tabella_notary_rules as rules;
pub use token::{TimeStamper, Token, TokenError};
