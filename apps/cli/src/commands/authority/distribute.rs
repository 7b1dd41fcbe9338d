//! The distribution of rights of hidden weight. Spec § 6.7.

use std::{fmt, path::PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use serde::Serialize;
use tabella_election::distribution::{DistributionError, Distributor, Recipient, distribution_seed};
use tabella_ledger::node::Ledger;
use tabella_protocol::{
    election::{ElectionId, RegistrationId, Weights},
    transaction::Transaction,
};

use super::{ElectionFolder, Folder, roll};
use crate::{
    cli::Context,
    commands::voter::proving_keys,
    elections::{
        files::{self, ViewingKeyFile},
        ledger,
        time::Time,
    },
    paths::{Readers, write_new},
    progress::Task,
};

/// Transfers of one block: what an interruption can lose.
const BLOCK: usize = 16;

/// Arguments of `authority distribute`.
#[derive(Args, Debug)]
pub struct Distribute {
    #[command(flatten)]
    folder: Folder,
}

/// Arguments of `authority viewing-key`.
#[derive(Args, Debug)]
pub struct ViewingKey {
    #[command(flatten)]
    folder: Folder,
    /// File of the viewing key
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Who distributes the roll of a folder.
pub(super) fn distributor(
    folder: &ElectionFolder,
    key: &SigningKey,
    registration: RegistrationId,
) -> anyhow::Result<Distributor> {
    let entries = roll::entries(folder, Weights::Hidden)?;
    let recipients = entries.iter().map(|entry| Recipient { address: entry.address, weight: entry.weight }).collect();
    Ok(Distributor::new(&distribution_seed(key, registration), registration, recipients)?)
}

impl Distribute {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open()?;
        let manifest = folder.manifest()?.manifest;
        require_hidden(manifest.rules.weights)?;
        let election = manifest.id();
        let mut ledger = ledger::open(context)?;
        ledger::election(&ledger, election)?;
        let mut distributor = distributor(&folder, &folder.key(context)?, manifest.registration)?;
        read(&mut distributor, &ledger, election)?;
        let pool = ledger::election(&ledger, election)?;
        let (transfers, left) = (distributor.transfers(), distributor.transfers_left(pool));
        if left > 0 {
            let now = ledger.now()?;
            if now >= manifest.opens {
                bail!(
                    "rights are distributed before the election opens, and it opened at {}: {} of the total weight never reached the voters. Begin another election",
                    Time(manifest.opens),
                    distributor.remaining(pool)
                );
            }
            run_rounds(&mut distributor, &mut ledger, election, left, context)?;
        }
        let (log, pool) = (ledger.election_entries(election)?, ledger::election(&ledger, election)?);
        distributor.check_sent(pool, &log).context(
            "not everybody was sent what roll.txt says: restore it as it was when the manifest was made, from a backup",
        )?;
        context.output.show(&Distributed {
            election: election.to_string(),
            voters: pool.voters(),
            total: pool.total_weight(),
            transfers,
            made_now: left,
            opens: Time(manifest.opens),
        })
    }
}

/// Round after round, until nothing is left.
fn run_rounds(
    distributor: &mut Distributor,
    ledger: &mut Ledger,
    election: ElectionId,
    left: usize,
    context: &Context,
) -> anyhow::Result<()> {
    context.parameters.warn(context)?;
    let engine = context.parameters.load_for_many(context)?;
    let keys = proving_keys(context)?;
    // Asked for while the terminal is free.
    ledger.unlock()?;
    let task = context.progress.count("distributing", "transfers", left as u64);
    loop {
        let (pool, now) = (ledger::election(ledger, election)?, ledger.now()?);
        let mut round = distributor.next_round(pool, keys, now, &mut OsRng)?;
        if round.is_empty() {
            break;
        }
        while !round.is_empty() {
            let rest = round.split_off(round.len().min(BLOCK));
            let transfers = distributor.authorize(round, &engine, &mut OsRng)?;
            submit(ledger, transfers, &task)?;
            round = rest;
        }
        read(distributor, ledger, election)?;
    }
    task.finish();
    Ok(())
}

fn submit(ledger: &mut Ledger, transfers: Vec<Transaction>, task: &Task) -> anyhow::Result<()> {
    for outcome in ledger.submit(transfers)? {
        outcome.context(
            "a transfer of the distribution was refused. If the election has not opened yet, run `tabella authority distribute` again: it goes on from what was accepted",
        )?;
        task.advance(1);
    }
    Ok(())
}

fn read(distributor: &mut Distributor, ledger: &Ledger, election: ElectionId) -> anyhow::Result<()> {
    let log = ledger.election_entries(election)?;
    distributor.read(ledger::election(ledger, election)?, &log).map_err(|error| match error {
        DistributionError::OtherRoll => {
            anyhow!(error).context("roll.txt is not what it was when the manifest was made: restore it from a backup")
        }
        other => other.into(),
    })
}

fn require_hidden(weights: Weights) -> anyhow::Result<()> {
    match weights {
        Weights::Hidden => Ok(()),
        Weights::One => {
            bail!("in this election every voter has one vote, from the opening on: there is nothing to distribute")
        }
    }
}

impl ViewingKey {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open()?;
        let manifest = folder.manifest()?.manifest;
        require_hidden(manifest.rules.weights)?;
        let distributor = distributor(&folder, &folder.key(context)?, manifest.registration)?;
        let file = ViewingKeyFile { election: manifest.id(), key: *distributor.viewing_key().to_bytes() };
        write_new(&self.output, &files::encode(&file), Readers::Owner)?;
        context.output.show(&WrittenKey { election: manifest.id().to_string(), file: self.output })
    }
}

#[derive(Serialize)]
struct Distributed {
    election: String,
    voters: usize,
    total: u64,
    /// Of the whole distribution.
    transfers: usize,
    /// By this command.
    made_now: usize,
    opens: Time,
}

impl fmt::Display for Distributed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Everything is distributed: a weight of {} to {} voters.", self.total, self.voters)?;
        writeln!(f, "transfers  {}, {} of them now", self.transfers, self.made_now)?;
        writeln!(f, "opens      {}\n", self.opens)?;
        writeln!(f, "Every voter now looks before the opening whether the right weight is his own:")?;
        writeln!(f, "`tabella voter rights --election {}`", self.election)?;
        writeln!(f, "An auditor checks the whole: `tabella authority viewing-key` writes what it takes.")
    }
}

#[derive(Serialize)]
struct WrittenKey {
    election: String,
    file: PathBuf,
}

impl fmt::Display for WrittenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "viewing key  {}\n", self.file.display())?;
        writeln!(
            f,
            "Whoever has this file learns the weight of every voter, and nothing about ballots. Give it to the auditor:"
        )?;
        writeln!(f, "`tabella authority audit-distribution {} --election {}`", self.file.display(), self.election)
    }
}
