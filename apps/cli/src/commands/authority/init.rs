//! The beginning of an election, and its manifest.

use std::{fmt, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use ed25519_dalek::SigningKey;
use rand_core::{OsRng, RngCore as _};
use serde::Serialize;
use tabella_protocol::election::{RegistrationId, Roll, RollEntry, Weights};
use tabella_verifier::ceremony;

use super::{ElectionFolder, Folder, distribute::distributor, roll};
use crate::{
    ballot_proofs::BallotProofs,
    cli::Context,
    elections::{
        draft,
        files::{self, ManifestFile},
        keys::{self, AuthorityKey},
        ledger,
        time::Time,
    },
    paths::refuse_existing,
};

/// Arguments of `authority init`.
#[derive(Args, Debug)]
pub struct Init {
    #[command(flatten)]
    folder: Folder,
    /// Draft of the election, in TOML; `tabella authority template` prints one
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Name of the ledger, if it is made now
    #[arg(long, value_name = "NAME", default_value = "tabella")]
    ledger_name: String,
}

/// Arguments of `authority manifest`.
#[derive(Args, Debug)]
pub struct Manifest {
    #[command(flatten)]
    folder: Folder,
}

impl Init {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut registration = [0; 32];
        OsRng.fill_bytes(&mut registration);
        let registration = RegistrationId(registration);
        let draft = draft::read(&self.from, registration)?;
        let folder = ElectionFolder::at(&self.folder.directory);
        for path in [folder.draft_path(), folder.key_path()] {
            refuse_existing(&path)?;
        }
        let passphrase = context.passphrase.fresh(&format!("the key file {}", folder.key_path().display()))?;
        let (ledger, made) = ledger::open_or_create(&self.ledger_name, context)?;
        // The draft comes last: a folder without one is no election, and nothing rests on its key.
        keys::create(&folder.key_path(), &AuthorityKey(SigningKey::generate(&mut OsRng)), &passphrase, context)?;
        files::write(&folder.draft_path(), &draft)?;
        context.output.show(&NewElection {
            registration: registration.to_string(),
            title: draft.title,
            opens: Time(draft.opens),
            closes: Time(draft.closes),
            directory: folder.directory().to_owned(),
            ledger: ledger.store().directory().to_owned(),
            ledger_id: ledger.id().to_string(),
            ledger_made: made,
        })
    }
}

impl Manifest {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open()?;
        refuse_existing(&folder.manifest_path())?;
        let (draft, ceremony) = (folder.draft()?, folder.ceremony()?);
        let outcome = ceremony::verify(&ceremony)
            .with_context(|| format!("{} does not verify", folder.ceremony_path().display()))?;
        let ledger = ledger::open(context)?;
        let _lock = folder.lock()?;
        let weights = draft.rules.weights;
        let entries = roll::entries(&folder, weights)?;
        if entries.is_empty() {
            bail!("the roll is empty: `tabella authority roll add` adds voters' addresses");
        }
        let key = folder.key(context)?;
        let roll = match weights {
            Weights::One => Roll::Public(
                entries.iter().map(|entry| RollEntry { owner: entry.address.owner(), weight: 1 }).collect(),
            ),
            Weights::Hidden => distributor(&folder, &key, draft.registration)?.roll().clone(),
        };
        let manifest = draft.manifest(ledger.id(), &key, &outcome, &roll)?;
        let frozen = FrozenElection {
            election: manifest.id().to_string(),
            title: manifest.title.clone(),
            opens: Time(manifest.opens),
            closes: Time(manifest.closes),
            voters: roll.voters(),
            total: (weights == Weights::Hidden).then(|| entries.iter().map(|entry| entry.weight).sum()),
            warning: (weights == Weights::Hidden).then_some(draft::INFERRED_WEIGHTS),
            trustees: outcome.names().to_vec(),
            threshold: outcome.threshold(),
            ballot_proofs: manifest.rules.ballot_proofs.into(),
            manifest: folder.manifest_path(),
        };
        files::write(&folder.manifest_path(), &ManifestFile { manifest, ceremony, roll })?;
        context.output.show(&frozen)
    }
}

#[derive(Serialize)]
struct NewElection {
    registration: String,
    title: String,
    opens: Time,
    closes: Time,
    directory: PathBuf,
    ledger: PathBuf,
    ledger_id: String,
    ledger_made: bool,
}

impl fmt::Display for NewElection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = if self.ledger_made { "made" } else { "was there" };
        writeln!(f, "{}", self.title)?;
        writeln!(f, "open             {} to {}", self.opens, self.closes)?;
        writeln!(f, "folder           {}", self.directory.display())?;
        writeln!(f, "ledger           {} ({made})", self.ledger.display())?;
        writeln!(f, "registration id  {}\n", self.registration)?;
        writeln!(f, "Publish the registration id. Voters answer with the address that")?;
        writeln!(f, "`tabella voter register --registration ID` shows them.")
    }
}

#[derive(Serialize)]
struct FrozenElection {
    election: String,
    title: String,
    opens: Time,
    closes: Time,
    voters: usize,
    /// The sum of all weights, where they are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    /// What hidden weights do not hide.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'static str>,
    trustees: Vec<String>,
    threshold: u16,
    ballot_proofs: BallotProofs,
    manifest: PathBuf,
}

impl fmt::Display for FrozenElection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        writeln!(f, "open         {} to {}", self.opens, self.closes)?;
        writeln!(f, "voters       {}", self.voters)?;
        if let Some(total) = self.total {
            writeln!(f, "weight       {total} in all; how much each voter has is hidden")?;
        }
        if let Some(warning) = self.warning {
            writeln!(f, "             {warning}")?;
        }
        writeln!(f, "ballots      with {} proofs", self.ballot_proofs)?;
        writeln!(
            f,
            "trustees     {} ({} of {} decrypt)",
            self.trustees.join(", "),
            self.threshold,
            self.trustees.len()
        )?;
        writeln!(f, "manifest     {}", self.manifest.display())?;
        writeln!(f, "election id  {}\n", self.election)?;
        writeln!(f, "Publish the manifest and its id. Every trustee now rehearses on it:")?;
        writeln!(f, "`tabella trustee rehearse {}`", self.manifest.display())
    }
}

#[cfg(test)]
mod tests {
    use tabella_protocol::note::Timestamp;

    use super::*;

    #[test]
    fn manifest_says_how_ballots_are_proved_and_that_distinctive_hidden_weights_can_be_inferred() {
        let mut frozen = FrozenElection {
            election: "00".repeat(32),
            title: "A general meeting".into(),
            opens: Time(Timestamp::new(1).unwrap()),
            closes: Time(Timestamp::new(2).unwrap()),
            voters: 3,
            total: Some(1_012),
            warning: Some(draft::INFERRED_WEIGHTS),
            trustees: vec!["Anna".into(), "Bolek".into()],
            threshold: 2,
            ballot_proofs: BallotProofs::Disjunctive,
            manifest: "manifest.tabella".into(),
        };
        assert!(frozen.to_string().contains("distinctive weights can be inferred"), "{frozen}");
        frozen.warning = None;
        assert!(!frozen.to_string().contains("inferred"), "{frozen}");
        assert!(frozen.to_string().contains("with disjunctive proofs"), "{frozen}");
    }
}
