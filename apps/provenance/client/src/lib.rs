//! Provenance of unique things: what registrars, issuers, owners and buyers do. `docs/applications/provenance.md`.
//!
//! Reading order: [`keys`], [`identity`] (what makes a thing the same thing), [`certificate`] (its attributes and what opens them),
//! [`table`] (things from a table), [`batch`], [`build`] (transactions), [`custody`] (who had it), [`sight`] (what a viewing key shows of that), [`epcis`] (the same, as events of
//! GS1's standard), [`desk`].

pub mod batch;
pub mod build;
pub mod certificate;
pub mod custody;
pub mod desk;
pub mod epcis;
pub mod files;
pub mod identity;
pub mod keys;
pub mod sight;
pub mod table;

pub use certificate::{Ask, Certificate, Wanted};
pub use identity::MarkKey;
pub use keys::ProvenanceKeys;
pub use tabella_provenance_rules as rules;
