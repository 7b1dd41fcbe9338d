//! Copies of a trustee's key.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use clap::Args;
use serde::Serialize;
use tabella_protocol::ceremony::CeremonyId;
use tabella_prover::trustee::TrusteeKey;

use super::Folder;
use crate::{cli::Context, elections::keys};

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
        let remedy = "`tabella trustee ceremony finish` makes it";
        let key = keys::back_up(&source, &self.copy, remedy, context)?;
        context.output.show(&Copied::new(&key, &source, self.copy))
    }
}

impl Restore {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open(context)?;
        let place = |key: &TrusteeKey| Ok(folder.key(key.ceremony()));
        let (key, place) = keys::put_back(&self.copy, place, context)?;
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
