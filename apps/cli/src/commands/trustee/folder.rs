//! A trustee's key files.

use std::path::PathBuf;

use tabella_protocol::ceremony::CeremonyId;
use tabella_prover::trustee::TrusteeIdentity;

use crate::{cli::Context, elections::keys, passphrase::Passphrase};

/// The folder: one identity, and for each ceremony its state and the key that it made.
#[derive(Clone, Debug)]
pub(super) struct TrusteeFolder(PathBuf);

impl TrusteeFolder {
    pub(super) const fn new(directory: PathBuf) -> Self {
        Self(directory)
    }

    pub(super) fn identity(&self) -> PathBuf {
        self.0.join("identity.age")
    }

    pub(super) fn ceremony(&self, id: CeremonyId) -> PathBuf {
        self.0.join(format!("ceremony-{}.age", short(id)))
    }

    pub(super) fn key(&self, id: CeremonyId) -> PathBuf {
        self.0.join(format!("key-{}.age", short(id)))
    }

    /// The identity, and the passphrase that opens it and all other files of the trustee.
    pub(super) fn open_identity(&self, context: &Context) -> anyhow::Result<(TrusteeIdentity, Passphrase)> {
        keys::ask_and_open(&self.identity(), "`tabella trustee card` makes one", context)
    }
}

fn short(id: CeremonyId) -> String {
    hex::encode(id.as_bytes().get(..8).unwrap_or_default())
}
