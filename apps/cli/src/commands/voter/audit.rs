//! Cast or audit: the other half. An opened ballot shows that the device encrypts what it is told to.

use std::{fmt, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_election::voter::PreparedBallot;
use tabella_protocol::election::{ElectionId, ElectionManifest, OpenedBallot};

use super::{
    Place,
    choice::{ChoiceText, ShownQuestion, in_words},
    session::{Session, proving_keys},
};
use crate::{
    cli::Context,
    elections::{
        files::{self, AuditFile},
        ledger,
    },
};

/// Arguments of `voter audit`.
#[derive(Args, Debug)]
pub struct Audit {
    /// Position of the right [default: your own]
    #[arg(value_name = "POSITION")]
    position: Option<u32>,
    #[command(flatten)]
    choice: ChoiceText,
    #[command(flatten)]
    place: Place,
    /// File of the opened ballot
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `voter check-audit`.
#[derive(Args, Debug)]
pub struct CheckAudit {
    /// File of the opened ballot
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Id of the election, as it was announced
    #[arg(long, value_name = "ELECTION_ID")]
    election: Option<ElectionId>,
}

impl Audit {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        if self.output.exists() {
            bail!("{} exists already; nothing was written", self.output.display());
        }
        let mut session = Session::open(&self.place, context)?;
        let choice = self.choice.read(&session.manifest()?.questions)?;
        let right = session.right(self.position)?;
        let (now, keys) = (session.ledger.now()?, proving_keys(context)?);
        let Session { ledger, voter, election } = &mut session;
        let pool = ledger::election(ledger, *election)?;
        let ballot = voter.prepare_ballot(pool, keys, right, &choice.answers, now, &mut OsRng)?;
        let opened = open(ballot, pool.manifest(), self.output, choice.shown)?;
        context.output.show(&opened)
    }
}

/// Opens a prepared ballot to a file. The ballot is used up: it was never signed, and never will be.
pub(super) fn open(
    ballot: PreparedBallot,
    manifest: &ElectionManifest,
    output: PathBuf,
    choice: Vec<ShownQuestion>,
) -> anyhow::Result<Opened> {
    let tracker = ballot.tracker();
    let OpenedBallot { effects, opening, rankings } = ballot.audit();
    files::write(&output, &AuditFile { manifest: manifest.clone(), tracker, effects, opening, rankings })?;
    Ok(Opened { audited: tracker.to_string(), choice, file: output })
}

impl CheckAudit {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let file: AuditFile = files::read(&self.file)?;
        let election = file.manifest.id();
        let checked = check(&file, self.election)
            .with_context(|| format!("{} FAILS: do not trust the device that made it", self.file.display()))?;
        context.output.show(&Checked {
            valid: true,
            election: election.to_string(),
            title: file.manifest.title,
            tracker: file.tracker.to_string(),
            choice: checked,
        })
    }
}

/// Checks an opened ballot, and gives the choice in words.
fn check(file: &AuditFile, expected: Option<ElectionId>) -> anyhow::Result<Vec<ShownQuestion>> {
    let election = file.manifest.id();
    if let Some(expected) = expected
        && expected != election
    {
        bail!("the ballot is of election {election}, and not of {expected}");
    }
    Ok(in_words(&file.manifest.questions, &file.check()?))
}

/// A ballot that was opened.
#[derive(Serialize)]
pub(super) struct Opened {
    audited: String,
    choice: Vec<ShownQuestion>,
    file: PathBuf,
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "The ballot is opened and can never be cast.\ntracker  {}\nfile     {}\n",
            self.audited,
            self.file.display()
        )?;
        self.choice.iter().try_for_each(|question| write!(f, "{question}"))?;
        writeln!(f, "\nOn another device, which you trust: `tabella voter check-audit {}`", self.file.display())?;
        writeln!(
            f,
            "Compare the tracker there with the one above, and the choice with yours. Keep the file to yourself: it"
        )?;
        writeln!(
            f,
            "shows which entry of the log your ballot will be. Then prepare another ballot: it is not this one."
        )
    }
}

#[derive(Serialize)]
struct Checked {
    valid: bool,
    election: String,
    title: String,
    tracker: String,
    choice: Vec<ShownQuestion>,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The ballot encrypts exactly this choice:\n")?;
        self.choice.iter().try_for_each(|question| write!(f, "{question}"))?;
        writeln!(f, "\n{}\nelection id  {}\ntracker      {}\n", self.title, self.election, self.tracker)?;
        writeln!(f, "Compare the tracker with the one that was shown before you chose to audit.")
    }
}
