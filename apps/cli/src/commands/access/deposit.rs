//! The deposit: claim, dispute, decision, agreement, payout.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use tabella_access::{
    Decision, Division, build,
    deposit::whole_parts,
    rules::{Party, Stage},
};
use tabella_payments::amount;
use tabella_protocol::{keys::Address, note::NoteValue};
use tabella_prover::builder::Blinding;

use super::{
    OfRental,
    show::{Paid, Proposed},
    stored,
};
use crate::{cli::Context, elections::files};

/// Arguments of `access claim`.
#[derive(Args, Debug)]
pub struct Claim {
    #[command(flatten)]
    of: OfRental,
    /// The damage, as in 3.50; it is rounded down to whole parts of the deposit
    #[arg(long, value_name = "AMOUNT")]
    damage: String,
}

/// Arguments of `access dispute`.
#[derive(Args, Debug)]
pub struct Dispute {
    #[command(flatten)]
    of: OfRental,
}

/// Arguments of `access decide`.
#[derive(Args, Debug)]
pub struct Decide {
    #[command(flatten)]
    of: OfRental,
    /// How many parts of the deposit the owner keeps
    #[arg(long, value_name = "N")]
    parts: u32,
}

/// Arguments of `access settle`.
#[derive(Args, Debug)]
pub struct Settle {
    #[command(flatten)]
    of: OfRental,
    /// How many parts of the deposit the owner keeps
    #[arg(long, value_name = "N")]
    parts: u32,
    /// Write a file with which the other party can divide the deposit at once
    #[arg(long, value_name = "FILE", conflicts_with = "agreed", required_unless_present = "agreed")]
    propose: Option<PathBuf>,
    /// Divide it at once, with the file that the other party has proposed
    #[arg(long, value_name = "FILE")]
    agreed: Option<PathBuf>,
}

/// Arguments of `access withdraw`.
#[derive(Args, Debug)]
pub struct Withdraw {
    #[command(flatten)]
    of: OfRental,
    /// Address of the recipient [default: the wallet's own]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

impl Claim {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.of.owner.begin(context)?;
        let own = work.own(self.of.rental)?;
        let label = work.label(&own.terms.asset);
        let part = own.prices.as_ref().context("the deposit's value is sealed to other keys")?.part.value();
        let damage = NoteValue(amount::parse(&self.damage, label.decimals)?);
        let parts = whole_parts(damage, part, own.terms.parts)?;
        let transaction = build::claim(&work.keys, work.node.id(), self.of.rental, parts);
        let accepted = work.submit(transaction)?;
        work.show_stage(self.of.rental, &accepted)
    }
}

impl Dispute {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.of.owner.begin(context)?;
        work.own(self.of.rental)?;
        let transaction = build::dispute(&work.keys, work.node.id(), self.of.rental);
        let accepted = work.submit(transaction)?;
        work.show_stage(self.of.rental, &accepted)
    }
}

impl Decide {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.of.owner.begin(context)?;
        let decision = Decision::new(&work.keys, self.of.rental, self.parts);
        if !decision.is_of(self.of.rental, stored(&work.node, self.of.rental)?.terms()) {
            bail!("rental {} has another arbiter than these keys", self.of.rental);
        }
        let transaction = build::decide(work.node.id(), &decision);
        let accepted = work.submit(transaction)?;
        work.show_stage(self.of.rental, &accepted)
    }
}

impl Settle {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.of.owner.begin(context)?;
        let own = work.own(self.of.rental)?;
        if self.parts > own.terms.parts {
            bail!("the deposit has {} parts", own.terms.parts);
        }
        let standing = stored(&work.node, self.of.rental)?.standing(work.node.now()?);
        let ours = Division::new(&work.keys, self.of.rental, self.parts, standing);
        if let Some(path) = self.propose {
            files::write(&path, &ours)?;
            let (rental, parts) = (self.of.rental.to_string(), self.parts);
            return context.output.show(&Proposed { rental, parts, file: path });
        }
        let path = self.agreed.context("either --propose or --agreed")?;
        let theirs: Division = files::read(&path)?;
        let other = if own.party == Party::Renter { Party::Owner } else { Party::Renter };
        if !theirs.is_by((self.of.rental, &own.terms), standing, other) {
            bail!(
                "{} is not signed by the {other} for the rental as it stands now: have it proposed anew",
                path.display()
            );
        }
        if theirs.parts != self.parts {
            bail!("{} proposes {} parts, and --parts says {}", path.display(), theirs.parts, self.parts);
        }
        let (renter, owner) = if own.party == Party::Renter { (&ours, &theirs) } else { (&theirs, &ours) };
        let transaction = build::settle(work.node.id(), renter, owner)?;
        let accepted = work.submit(transaction)?;
        work.show_stage(self.of.rental, &accepted)
    }
}

impl Withdraw {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.of.owner.begin(context)?;
        let own = work.own(self.of.rental)?;
        let label = work.label(&own.terms.asset);
        let rental = stored(&work.node, self.of.rental)?;
        let now = work.node.now()?;
        if rental.is_paid(own.party) {
            bail!("the {} has withdrawn already", own.party);
        }
        if !matches!(rental.stage(now), Stage::Settled { .. }) {
            bail!("the deposit is not divided yet: `tabella access show` says when it is");
        }
        let due = own.due(rental, now);
        let (parts, value) = due.with_context(|| format!("the {} is owed nothing of the deposit", own.party))?;
        let mut holder = work.holder()?;
        let to = self.to.unwrap_or_else(|| holder.wallet().address(0));
        let at = work.moment()?;
        let transfer = holder.prepare_entry(&at, own.terms.asset, to, value, Blinding::Random, &mut OsRng)?;
        let with = build::withdraw(&work.keys, work.node.id(), (&own, own.party), parts, transfer, &mut OsRng)?;
        let accepted = work.settle(&holder, with)?;
        context.output.show(&Paid {
            rental: self.of.rental.to_string(),
            party: own.party.to_string(),
            amount: label.amount(u128::from(value.0)),
            label,
            transaction: accepted.digest.to_string(),
        })
    }
}
