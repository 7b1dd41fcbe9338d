//! Provenance of unique things (stones, bottles, paintings): what the ledger checks. Docs: `docs/applications/provenance.md`.
//!
//! A thing is a note of supply 1 whose asset id commits to its attributes. Issuers whom a registrar has authorised register
//! things in batches, each thing once; the note of a thing is made later, when its first owner claims it. Reading order:
//! [`schema`] (which attributes there are), [`attribute`] (how they are committed to), [`registry`], [`action`], [`state`] (the
//! rules), then [`presentation`] (what whoever is shown some attributes checks, off the ledger).

pub mod action;
pub mod attribute;
mod check;
pub mod domain;
pub mod presentation;
pub mod registry;
pub mod rejection;
pub mod row;
pub mod schema;
pub mod state;

use tabella_protocol::transaction::ApplicationId;

pub use rejection::{ProvenanceRejection, StoneError};
pub use state::Provenance;

/// The application's name in actions.
pub const APPLICATION: ApplicationId = ApplicationId(*b"origin\0\0");
/// The application's name in URLs and commands.
pub const NAME: &str = "provenance";
