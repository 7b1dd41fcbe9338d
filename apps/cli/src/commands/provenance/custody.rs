//! Hand-overs, disclosed and checked, and the history of a thing as events for others.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use tabella_ledger::node::Ledger;
use tabella_payments::{
    holder::read_wallet,
    log::{LogError, read_entries},
    viewing::ViewingKey,
};
use tabella_protocol::note::AssetId;
use tabella_provenance::{
    custody::{Custodian, Custody, Event, Step, read_entry},
    epcis::{Subject, document},
    sight::{Part, Sighting, Viewer, is_in, own_addresses, sightings},
};
use tabella_prover::wallet::Wallet;

use super::{Owner, rules, thing};
use crate::{
    cli::Context,
    commands::{ledger, wallet::viewing_key},
    elections::{files, time::Time},
    output::{ExitKind, Table},
    paths::{Readers, refuse_existing, write_new},
};

/// Arguments of `provenance custody`.
#[derive(Args, Debug)]
pub struct Disclose {
    /// The thing, by the id of its asset
    #[arg(value_name = "THING", value_parser = thing)]
    thing: AssetId,
    /// Hand-overs that others have disclosed, to which this wallet's are added
    #[arg(long, value_name = "FILE")]
    add_to: Option<PathBuf>,
    /// File of the disclosed hand-overs: for whoever is to know
    #[arg(long, short, value_name = "FILE", required_unless_present = "viewing_key")]
    output: Option<PathBuf>,
    /// Insurer: show what a viewing key, full or incoming, sees of the thing, and write no file; `-` reads it from standard input
    #[arg(long, value_name = "KEY", conflicts_with_all = ["output", "add_to", "key_file", "number"])]
    viewing_key: Option<String>,
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `provenance check-custody`.
#[derive(Args, Debug)]
pub struct CheckCustody {
    /// The disclosed hand-overs
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Arguments of `provenance epcis`.
#[derive(Args, Debug)]
pub struct Epcis {
    /// The thing, by the id of its asset
    #[arg(value_name = "THING", value_parser = thing)]
    thing: AssetId,
    /// Address under which the registry names things, as in https://registry.example
    #[arg(long, value_name = "URL")]
    base: String,
    /// Disclosed hand-overs, whose recipients the events name
    #[arg(long, value_name = "FILE")]
    custody: Option<PathBuf>,
    /// File of the events, in JSON-LD
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// What happened to a thing, from the ledger's first entry on.
pub(super) fn history(node: &Ledger, asset: AssetId) -> anyhow::Result<Vec<Event>> {
    let state = rules(node)?;
    if state.stone(&asset).is_none() {
        return Err(ExitKind::missing(format!("no thing is registered as asset {asset}")));
    }
    let mut history = Vec::new();
    read_entries::<LogError>(node, |entry, logged| {
        read_entry(state, asset, entry, &logged, &mut history);
        Ok(())
    })?;
    Ok(history)
}

/// One step of a thing's history.
#[derive(Serialize)]
struct StepRow {
    time: Time,
    what: &'static str,
    to: Option<String>,
    transaction: String,
}

#[derive(Serialize)]
struct Chain {
    thing: String,
    steps: Vec<StepRow>,
    disclosed: usize,
    undisclosed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl Chain {
    fn new(asset: AssetId, history: &[Event], chain: &[Custodian], file: Option<PathBuf>) -> Self {
        let to =
            |index: usize| chain.iter().find(|custodian| custodian.event == index).and_then(|custodian| custodian.to);
        let steps = history.iter().enumerate().map(|(index, event)| StepRow {
            time: Time(event.time),
            what: match &event.step {
                Step::Registered => "registered",
                Step::Claimed(_) => "claimed",
                Step::Moved { is_exchange: false, .. } => "handed over",
                Step::Moved { is_exchange: true, .. } => "handed over in exchange",
                Step::Reported(_) => "reported as stolen",
                Step::Lifted(_) => "report lifted",
            },
            to: to(index).map(|address| address.to_string()),
            transaction: event.transaction.to_string(),
        });
        let disclosed = chain.iter().filter(|custodian| custodian.to.is_some()).count();
        let undisclosed = chain.len() - disclosed;
        Self { thing: asset.to_string(), steps: steps.collect(), disclosed, undisclosed, file }
    }
}

fn write_steps(f: &mut fmt::Formatter<'_>, thing: &str, steps: &[StepRow]) -> fmt::Result {
    writeln!(f, "thing        {thing}\n")?;
    let mut table = Table::new(&["time", "what", "to"]);
    for StepRow { time, what, to, .. } in steps {
        table.row([time.to_string(), (*what).to_owned(), to.clone().unwrap_or_default()]);
    }
    writeln!(f, "{table}")
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_steps(f, &self.thing, &self.steps)?;
        writeln!(f, "{} disclosed, {} not", self.disclosed, self.undisclosed)?;
        match &self.file {
            Some(file) => writeln!(f, "file         {}", file.display()),
            None => writeln!(f, "Whose the addresses are it does not say: compare them whole."),
        }
    }
}

impl Disclose {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        if let Some(key) = &self.viewing_key {
            return see(context, self.thing, &viewing_key(key)?);
        }
        let output = self.output.context("say by --output where the hand-overs are written")?;
        refuse_existing(&output)?;
        let work = self.owner.begin(context)?;
        let holder = work.holder()?;
        let history = history(&work.node, self.thing)?;
        let mut custody = match &self.add_to {
            Some(path) => checked(path, &work.node, self.thing, &history)?.0,
            None => Custody::new(work.node.id(), self.thing),
        };
        let own = own_addresses(holder.wallet(), self.thing);
        if custody.add_own(holder.wallet().key(), &own, &history) == 0 {
            anyhow::bail!("this wallet took part in no hand-over of the thing that is not disclosed already");
        }
        let chain = custody.check(work.node.id(), &history)?;
        write_new(&output, &files::encode(&custody), Readers::Owner)?;
        context.output.show(&Chain::new(self.thing, &history, &chain, Some(output)))
    }
}

/// What a viewing key shows of a thing.
#[derive(Serialize)]
struct Sight {
    thing: String,
    /// Which key.
    key: &'static str,
    steps: Vec<StepRow>,
    /// Whether the thing is in the key's wallet; `null` where the key does not tell.
    is_here: Option<bool>,
    stolen_since: Option<Time>,
}

impl fmt::Display for Sight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_steps(f, &self.thing, &self.steps)?;
        match self.is_here {
            Some(true) => writeln!(f, "It is in this wallet now."),
            Some(false) => writeln!(f, "It is not in this wallet any more."),
            None => writeln!(f, "An incoming key shows what came in, and not whether it is still there."),
        }?;
        match self.stolen_since {
            Some(since) => writeln!(f, "STOLEN       reported at {since}: it does not move"),
            None => Ok(()),
        }
    }
}

/// Shows what a viewing key sees of a thing.
fn see(context: &Context, thing: AssetId, key: &ViewingKey) -> anyhow::Result<()> {
    let node = ledger::open(context)?;
    let history = history(&node, thing)?;
    let (name, seen, is_here) = match key {
        ViewingKey::Full(full) => {
            let mut wallet = Wallet::new(full.clone());
            read_wallet(&mut wallet, &node)?;
            ("full", sightings(Viewer::Full(&wallet), thing, &history), Some(is_in(&wallet, thing)))
        }
        ViewingKey::Incoming(key) => ("incoming", sightings(Viewer::Incoming(key), thing, &history), None),
    };
    if seen.is_empty() && is_here != Some(true) {
        anyhow::bail!("the wallet of this viewing key had no part in any hand-over of {thing} that the key could show");
    }
    let row = |sighting: &Sighting| {
        let event = history.get(sighting.event)?;
        Some(StepRow {
            time: Time(event.time),
            what: match sighting.part {
                Part::Made => "note made here",
                Part::CameIn => "came in",
                Part::WentOut => "handed on",
            },
            to: Some(sighting.to.to_string()),
            transaction: event.transaction.to_string(),
        })
    };
    let steps = seen.iter().filter_map(row).collect();
    let theft = rules(&node)?.stone(&thing).and_then(|stone| stone.theft);
    let stolen_since = theft.map(|theft| Time(theft.since));
    context.output.show(&Sight { thing: thing.to_string(), key: name, steps, is_here, stolen_since })
}

/// Reads a file of hand-overs of a thing, and checks it.
fn checked(path: &Path, node: &Ledger, asset: AssetId, history: &[Event]) -> anyhow::Result<(Custody, Vec<Custodian>)> {
    let custody: Custody = files::read(path)?;
    let refused = || format!("{} proves no custody", path.display());
    if custody.asset != asset {
        return Err(anyhow::anyhow!("it is of another thing, {}", custody.asset).context(refused()));
    }
    let chain = custody.check(node.id(), history).with_context(refused)?;
    Ok((custody, chain))
}

impl CheckCustody {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let custody: Custody = files::read(&self.file)?;
        let node = ledger::open(context)?;
        let history = history(&node, custody.asset)?;
        let (custody, chain) = checked(&self.file, &node, custody.asset, &history)?;
        context.output.show(&Chain::new(custody.asset, &history, &chain, None))
    }
}

#[derive(Serialize)]
struct Written {
    thing: String,
    events: Vec<String>,
    file: PathBuf,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "thing        {}\nevents       {}\nfile         {}",
            self.thing,
            self.events.len(),
            self.file.display()
        )?;
        self.events.iter().try_for_each(|id| writeln!(f, "  {id}"))
    }
}

impl Epcis {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let node = ledger::open(context)?;
        let history = history(&node, self.thing)?;
        let chain = match &self.custody {
            Some(path) => checked(path, &node, self.thing, &history)?.1,
            None => Vec::new(),
        };
        let subject = Subject::of(rules(&node)?, self.thing).context("the thing is registered")?;
        let made = document(&subject, &history, &chain, &self.base, node.now()?)?;
        write_new(&self.output, made.to_json().as_bytes(), Readers::Owner)?;
        let events = made.events().iter().map(|event| event.id().to_owned()).collect();
        context.output.show(&Written { thing: self.thing.to_string(), events, file: self.output })
    }
}
