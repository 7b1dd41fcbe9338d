//! The files in an authority's folder.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use ed25519_dalek::SigningKey;
use tabella_election::authority::Draft;
use tabella_protocol::{
    ceremony::{CeremonyRecord, CeremonySetup, Round},
    election::ElectionId,
};

use crate::{
    cli::Context,
    elections::{
        files::{self, ManifestFile},
        keys::{self, AuthorityKey},
    },
    paths::{Readers, create},
};

/// The folder of one election. A file is there once its step is done, and never changes then; but for the roll, which
/// grows until the manifest is made.
#[derive(Clone, Debug)]
pub(super) struct ElectionFolder {
    directory: PathBuf,
}

impl ElectionFolder {
    /// A folder that `authority init` made.
    pub(super) fn open(directory: &Path) -> anyhow::Result<Self> {
        let folder = Self::at(directory);
        fs::metadata(folder.draft_path()).with_context(|| {
            format!("there is no election in {}: `tabella authority init` makes one", directory.display())
        })?;
        Ok(folder)
    }

    /// A folder that is yet to be made.
    pub(super) fn at(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn draft_path(&self) -> PathBuf {
        self.directory.join("draft.tabella")
    }

    pub(super) fn key_path(&self) -> PathBuf {
        self.directory.join("authority.age")
    }

    pub(super) fn roll_path(&self) -> PathBuf {
        self.directory.join("roll.txt")
    }

    pub(super) fn setup_path(&self) -> PathBuf {
        self.directory.join("ceremony-setup.tabella")
    }

    /// The collected messages of a round.
    pub(super) fn round_path(&self, round: Round) -> PathBuf {
        let name = match round {
            Round::Commit => "0-commitments",
            Round::Reveal => "1-packages",
            Round::Confirm => "2-confirmations",
            Round::Share => "3-shares",
            Round::Finish => "4-acknowledgements",
        };
        self.directory.join(format!("ceremony-{name}.tabella"))
    }

    pub(super) fn ceremony_path(&self) -> PathBuf {
        self.directory.join("ceremony.tabella")
    }

    pub(super) fn manifest_path(&self) -> PathBuf {
        self.directory.join("manifest.tabella")
    }

    /// The record of the closed election, before its result.
    pub(super) fn closed_path(&self) -> PathBuf {
        self.directory.join("closed.tabella")
    }

    /// The whole record.
    pub(super) fn record_path(&self) -> PathBuf {
        self.directory.join("election.tabella")
    }

    pub(super) fn draft(&self) -> anyhow::Result<Draft> {
        files::read(&self.draft_path())
    }

    pub(super) fn setup(&self) -> anyhow::Result<CeremonySetup> {
        self.made(&self.setup_path(), "`tabella authority ceremony setup` makes it from the trustees' cards")
    }

    pub(super) fn ceremony(&self) -> anyhow::Result<CeremonyRecord> {
        self.made(&self.ceremony_path(), "`tabella authority ceremony assemble` makes it")
    }

    pub(super) fn manifest(&self) -> anyhow::Result<ManifestFile> {
        self.made(&self.manifest_path(), "`tabella authority manifest` makes it")
    }

    pub(super) fn election(&self) -> anyhow::Result<ElectionId> {
        Ok(self.manifest()?.manifest.id())
    }

    fn made<T: files::PublicFile>(&self, path: &Path, remedy: &str) -> anyhow::Result<T> {
        fs::metadata(path).with_context(|| format!("{} is not there yet: {remedy}", path.display()))?;
        files::read(path)
    }

    /// The authority's key; asks for its passphrase.
    pub(super) fn key(&self, context: &Context) -> anyhow::Result<SigningKey> {
        let remedy = "restore it from a backup; without it this election cannot go on";
        let (key, _) = keys::ask_and_open::<AuthorityKey>(&self.key_path(), remedy, context)?;
        Ok(key.0)
    }

    /// The entries of the roll, one a line, in order: an address, and where weights are hidden its weight.
    pub(super) fn roll_lines(&self) -> anyhow::Result<Vec<String>> {
        let path = self.roll_path();
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(anyhow::Error::new(error).context(format!("cannot read {}", path.display()))),
        }
    }

    /// Replaces the roll, whole or not at all. Weights are nobody else's business: its owner alone can read the file.
    pub(super) fn replace_roll(&self, lines: &[String]) -> anyhow::Result<()> {
        let path = self.roll_path();
        let draft = self.directory.join(format!("roll.txt.{}.new", std::process::id()));
        let write = || -> io::Result<()> {
            let mut file = create(&draft, Readers::Owner)?;
            for line in lines {
                writeln!(file, "{line}")?;
            }
            file.sync_all()?;
            fs::rename(&draft, &path)
        };
        let written = write();
        if written.is_err() {
            // It may never have come to be; the first error is the one to report.
            let _ = fs::remove_file(&draft);
        }
        written.with_context(|| format!("cannot write {}", path.display()))
    }

    /// Keeps other processes from changing the roll or freezing it, for as long as the result lives.
    pub(super) fn lock(&self) -> anyhow::Result<File> {
        let path = self.draft_path();
        let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(file)
    }

    /// The roll may only change before the manifest is made.
    pub(super) fn require_not_frozen(&self) -> anyhow::Result<()> {
        let path = self.manifest_path();
        if path.exists() {
            bail!("the roll is frozen: {} names it; begin another election to change it", path.display());
        }
        Ok(())
    }
}
