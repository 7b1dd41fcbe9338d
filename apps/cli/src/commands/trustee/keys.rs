//! Copies of a trustee's key.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;
use tabella_protocol::ceremony::CeremonyId;
use tabella_prover::trustee::TrusteeKey;

use super::{Folder, folder::refuse_existing};
use crate::{
    cli::Context,
    elections::{files::read_bytes, keys},
    paths::{Readers, write_new},
};

/// The longest key file that is copied.
const MAX_BYTES: u64 = 16 << 20;

/// Arguments of `trustee backup`.
#[derive(Args, Debug)]
pub struct Backup {
    /// File of the copy
    #[arg(value_name = "COPY")]
    copy: PathBuf,
    /// Id of the ceremony that made the key
    #[arg(long, value_name = "CEREMONY_ID")]
    ceremony: CeremonyId,
    #[command(flatten)]
    folder: Folder,
}

/// Arguments of `trustee restore`.
#[derive(Args, Debug)]
pub struct Restore {
    /// File of the copy
    #[arg(value_name = "COPY")]
    copy: PathBuf,
    #[command(flatten)]
    folder: Folder,
}

impl Backup {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let source = self.folder.open(context)?.key(self.ceremony);
        refuse_existing(&self.copy)?;
        let remedy = "`tabella trustee ceremony finish` makes it";
        let (_, passphrase) = keys::ask_and_open::<TrusteeKey>(&source, remedy, context)?;
        write_new(&self.copy, &read_bytes(&source, MAX_BYTES)?, Readers::Owner)?;
        // Read back from where it will lie: a copy that was never opened is none.
        let tried = keys::open::<TrusteeKey>(&self.copy, &passphrase);
        match tried {
            Ok(key) => context.output.show(&Copied::new(&key, &source, self.copy)),
            Err(error) => {
                let removed = fs::remove_file(&self.copy);
                let state = if removed.is_ok() { "it was removed" } else { "remove it" };
                Err(error.context(format!("the copy {} cannot be opened, and {state}", self.copy.display())))
            }
        }
    }
}

impl Restore {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open(context)?;
        let bytes = read_bytes(&self.copy, MAX_BYTES)?;
        let (key, passphrase) = keys::ask_and_open::<TrusteeKey>(&self.copy, "check its name", context)?;
        let place = folder.key(key.ceremony());
        write_new(&place, &bytes, Readers::Owner).with_context(|| {
            format!("the copy is good; move a damaged {} aside before you put the copy in its place", place.display())
        })?;
        if keys::open::<TrusteeKey>(&place, &passphrase).is_err() {
            bail!("{} cannot be opened after it was written: is the medium damaged?", place.display());
        }
        context.output.show(&Copied::new(&key, &self.copy, place))
    }
}

#[derive(Serialize)]
struct Copied {
    ceremony: String,
    trustee: u16,
    from: PathBuf,
    to: PathBuf,
}

impl Copied {
    fn new(key: &TrusteeKey, from: &Path, to: PathBuf) -> Self {
        Self { ceremony: key.ceremony().to_string(), trustee: key.trustee().get(), from: from.to_owned(), to }
    }
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "key of trustee {} in ceremony {}", self.trustee, self.ceremony)?;
        writeln!(f, "from  {}\nto    {} (opened, and good)", self.from.display(), self.to.display())
    }
}
