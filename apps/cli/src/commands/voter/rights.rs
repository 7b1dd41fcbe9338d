//! Addresses, rights, delegation and recall.

use std::fmt;

use anyhow::Context as _;
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_election::voter::{Holding, Right, Voter};
use tabella_protocol::{
    election::Weights,
    keys::{Address, AddressKind},
    tree::Position,
};
use tabella_verifier::election::{BallotState, Level};

use super::{
    Place, Registration,
    session::{Session, explain, parameters, proving_keys},
};
use crate::{
    cli::Context,
    commands::wallet::read_key,
    elections::{ledger, time::Time},
    output::Table,
};

/// Arguments of `voter register`.
#[derive(Args, Debug)]
pub struct Register {
    #[command(flatten)]
    place: Registration,
}

/// Arguments of `voter delegate-address`.
#[derive(Args, Debug)]
pub struct DelegateAddress {
    #[command(flatten)]
    place: Registration,
    /// Which address; they cannot be linked to one another, nor to the one that you registered
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    index: u32,
}

/// Arguments of `voter rights`.
#[derive(Args, Debug)]
pub struct Rights {
    #[command(flatten)]
    place: Place,
}

/// Arguments of `voter delegate`.
#[derive(Args, Debug)]
pub struct Delegate {
    /// Position of the right
    #[arg(value_name = "POSITION")]
    position: u32,
    /// The delegate's address (tabvote1…)
    #[arg(value_name = "ADDRESS", value_parser = |text: &str| Address::decode(text, AddressKind::Election))]
    address: Address,
    #[command(flatten)]
    place: Place,
}

/// Arguments of `voter recall`.
#[derive(Args, Debug)]
pub struct Recall {
    /// Position of the right
    #[arg(value_name = "POSITION")]
    position: u32,
    #[command(flatten)]
    place: Place,
}

impl Registration {
    fn voter(&self, context: &Context) -> anyhow::Result<Voter> {
        let key = read_key(&self.key.path(context)?, context)?;
        Ok(Voter::new(key.seed(), self.registration))
    }

    fn show(&self, address: Address, context: &Context) -> anyhow::Result<()> {
        let address = address.encode(AddressKind::Election);
        context.output.show(&ShownAddress { registration: self.registration.to_string(), address })
    }
}

impl Register {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let address = self.place.voter(context)?.registered_address();
        self.place.show(address, context)
    }
}

impl DelegateAddress {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let address = self.place.voter(context)?.delegate_address(self.index);
        self.place.show(address, context)
    }
}

impl Rights {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let session = Session::open(&self.place, context)?;
        let rights = session.rights()?.iter().map(ShownRight::of).collect();
        let manifest = session.manifest()?;
        let hidden_weights = manifest.rules.weights == Weights::Hidden;
        let is_before = session.ledger.now()? < manifest.opens;
        context.output.show(&ShownRights {
            election: session.election.to_string(),
            title: manifest.title.clone(),
            opens: Time(manifest.opens),
            closes: Time(manifest.closes),
            hidden_weights,
            is_before,
            rights,
        })
    }
}

impl Delegate {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut session = Session::open(&self.place, context)?;
        let (now, keys) = (session.ledger.now()?, proving_keys(context)?);
        let right = Position(self.position);
        let Session { ledger, voter, election } = &mut session;
        let pool = ledger::election(ledger, *election)?;
        let transaction = voter.delegate(pool, keys, right, self.address, now, &mut OsRng).map_err(explain)?;
        let engine = parameters(context)?;
        let task = context.progress.spin("proving the delegation");
        let transaction = voter.authorize(transaction, &engine, &mut OsRng)?;
        task.finish();
        let accepted = ledger::submit(ledger, "the delegation", transaction)?;
        session.read()?;
        let given = newest(&session, Holding::GivenAway)?;
        context.output.show(&Moved {
            what: "delegated",
            transaction: accepted.digest.to_string(),
            at: Time(accepted.time),
            position: given,
            development_parameters: context.parameters.is_development()?,
        })
    }
}

impl Recall {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut session = Session::open(&self.place, context)?;
        let (now, keys) = (session.ledger.now()?, proving_keys(context)?);
        let Session { ledger, voter, election } = &mut session;
        let pool = ledger::election(ledger, *election)?;
        let transaction = voter.recall(pool, keys, Position(self.position), now, &mut OsRng).map_err(explain)?;
        let engine = parameters(context)?;
        let task = context.progress.spin("proving the recall");
        let transaction = voter.authorize(transaction, &engine, &mut OsRng)?;
        task.finish();
        let accepted = ledger::submit(ledger, "the recall", transaction)?;
        session.read()?;
        let own = newest(&session, Holding::Own)?;
        context.output.show(&Moved {
            what: "recalled",
            transaction: accepted.digest.to_string(),
            at: Time(accepted.time),
            position: own,
            development_parameters: context.parameters.is_development()?,
        })
    }
}

/// The right that a transfer has just made.
fn newest(session: &Session, holding: Holding) -> anyhow::Result<u32> {
    let rights = session.rights()?;
    let newest = rights.iter().filter(|right| right.holding == holding).map(|right| right.position.0).max();
    newest.context("the ledger accepted the transfer, and its new right is not found in the log")
}

#[derive(Serialize)]
struct ShownAddress {
    registration: String,
    address: String,
}

impl fmt::Display for ShownAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

#[derive(Serialize)]
struct ShownRights {
    election: String,
    title: String,
    opens: Time,
    closes: Time,
    hidden_weights: bool,
    /// Whether there is time left to complain.
    #[serde(skip)]
    is_before: bool,
    rights: Vec<ShownRight>,
}

#[derive(Serialize)]
struct ShownRight {
    position: u32,
    weight: u64,
    holding: &'static str,
    /// Whether it is the voter's own: not under an escrow that somebody else made, and could cast over.
    own: bool,
    state: String,
    /// Why no ballot can be cast with it, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    unusable: Option<String>,
}

impl ShownRight {
    fn of(right: &Right) -> Self {
        let holding = match right.holding {
            Holding::Own => "own",
            Holding::Delegated => "delegated to you",
            Holding::GivenAway => "delegated by you",
        };
        let state = match right.state {
            None => "not used".to_owned(),
            Some(BallotState::Spent) => "moved".to_owned(),
            Some(BallotState::Holds(ballot)) => {
                let by = match (right.holding, ballot.level) {
                    (Holding::GivenAway, Level::Plain) => "cast by the delegate",
                    (_, Level::Override) => "cast over the delegate",
                    _ => "cast",
                };
                let revision =
                    if ballot.revision > 0 { format!(", revision {}", ballot.revision) } else { String::new() };
                format!("{by} (entry {}{revision})", ballot.entry)
            }
        };
        let own = right.holding == Holding::Own;
        Self {
            position: right.position.0,
            weight: right.weight,
            holding,
            own,
            state,
            unusable: right.unusable.map(|reason| reason.to_string()),
        }
    }
}

impl fmt::Display for ShownRights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\nopen {} to {}\n", self.title, self.opens, self.closes)?;
        if self.rights.is_empty() {
            writeln!(f, "This wallet holds no right in this election.")?;
            if self.hidden_weights && self.is_before {
                writeln!(
                    f,
                    "The authority hands rights out until {}: look again, and complain before then.",
                    self.opens
                )?;
            }
            return Ok(());
        }
        let mut table = Table::new(&[">position", ">weight", "right", "state"]);
        for right in &self.rights {
            table.row([
                right.position.to_string(),
                right.weight.to_string(),
                right.holding.to_owned(),
                right.state.clone(),
            ]);
        }
        write!(f, "{table}")?;
        for right in &self.rights {
            if let Some(reason) = &right.unusable {
                writeln!(f, "No ballot can be cast with right {}: {reason}.", right.position)?;
            }
        }
        if !self.hidden_weights {
            return Ok(());
        }
        let own: u64 = self.rights.iter().filter(|right| right.own).map(|right| right.weight).sum();
        writeln!(f, "\nCompare: rights of your own weigh {own}. Is that what is due to you?")?;
        if self.rights.iter().any(|right| right.holding == "delegated to you") {
            writeln!(f, "A right that was delegated to you is not your own: whoever made it can cast over you.")?;
        }
        if self.is_before {
            writeln!(f, "If it is not, tell everybody before {}: after that nothing can be done.", self.opens)?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Moved {
    what: &'static str,
    transaction: String,
    at: Time,
    /// Where the right now is.
    position: u32,
    /// Whether proofs are under development parameters, under which anybody can forge.
    development_parameters: bool,
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} at {}; the right is now at position {}", self.what, self.at, self.position)?;
        writeln!(f, "transaction {}", self.transaction)?;
        if self.what == "delegated" {
            writeln!(
                f,
                "`tabella voter recall {0}` takes it back until it is cast; `tabella voter cast {0}` casts over the delegate.",
                self.position
            )?;
        }
        Ok(())
    }
}
