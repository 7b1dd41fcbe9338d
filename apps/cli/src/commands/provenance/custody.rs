//! Hand-overs, disclosed and checked, and the history of a thing as events for others.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use tabella_ledger::node::Ledger;
use tabella_payments::log::{LogError, read_entries};
use tabella_protocol::note::AssetId;
use tabella_provenance::{
    custody::{Custodian, Custody, Event, Step, read_entry},
    epcis::{Subject, document},
};

use super::{Owner, missing, rules, thing};
use crate::{
    cli::Context,
    commands::ledger,
    elections::{files, time::Time},
    output::Table,
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
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
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
        return Err(missing(format!("no thing is registered as asset {asset}")));
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

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "thing        {}\n", self.thing)?;
        let mut table = Table::new(&["time", "what", "to"]);
        for StepRow { time, what, to, .. } in &self.steps {
            table.row([time.to_string(), (*what).to_owned(), to.clone().unwrap_or_default()]);
        }
        writeln!(f, "{table}")?;
        writeln!(f, "{} disclosed, {} not", self.disclosed, self.undisclosed)?;
        match &self.file {
            Some(file) => writeln!(f, "file         {}", file.display()),
            None => writeln!(f, "Whose the addresses are it does not say: compare them whole."),
        }
    }
}

impl Disclose {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let work = self.owner.begin(context)?;
        let holder = work.holder()?;
        let history = history(&work.node, self.thing)?;
        let mut custody = match &self.add_to {
            Some(path) => checked(path, &work.node, self.thing, &history)?.0,
            None => Custody::new(work.node.id(), self.thing),
        };
        let own: Vec<_> = (0..16).map(|index| holder.wallet().address(index)).collect();
        if custody.add_own(holder.wallet().key(), &own, &history) == 0 {
            anyhow::bail!("this wallet took part in no hand-over of the thing that is not disclosed already");
        }
        let chain = custody.check(work.node.id(), &history)?;
        write_new(&self.output, &files::encode(&custody), Readers::Owner)?;
        context.output.show(&Chain::new(self.thing, &history, &chain, Some(self.output)))
    }
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
