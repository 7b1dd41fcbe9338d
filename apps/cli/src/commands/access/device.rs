//! The right and the device: accepting a rental, using the right, answering the lock; and the rent.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use tabella_access::{
    Evidence, build,
    lock::{Challenge, message::MAX_MESSAGE_BYTES},
    rules::Party,
};
use tabella_protocol::{keys::Address, note_encryption::Memo};
use tabella_prover::builder::{Settlement, SpendPath, TransactionBuilder};

use super::{
    OfRental,
    show::{Answered, Paid},
    stored,
};
use crate::{
    cli::Context,
    elections::files::read_bytes,
    paths::{Readers, write_new},
};

/// Arguments of `access accept`.
#[derive(Args, Debug)]
pub struct Accept {
    #[command(flatten)]
    of: OfRental,
}

/// Arguments of `access use`.
#[derive(Args, Debug)]
pub struct UseRight {
    #[command(flatten)]
    of: OfRental,
}

/// Arguments of `access answer`.
#[derive(Args, Debug)]
pub struct Answer {
    #[command(flatten)]
    of: OfRental,
    /// File of the device's challenge, as `tabella-lock challenge` prints it
    #[arg(long, value_name = "FILE")]
    challenge: PathBuf,
    /// File of the answer, for `tabella-lock open`
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `access collect`.
#[derive(Args, Debug)]
pub struct Collect {
    #[command(flatten)]
    of: OfRental,
    /// Address of the recipient [default: the wallet's own]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

impl Accept {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.of.owner.begin(context)?;
        let own = work.own(self.of.rental)?;
        if own.party != Party::Owner {
            bail!("the owner accepts a rental: these keys are the renter's");
        }
        let holder = work.holder()?;
        let rental = stored(&work.node, self.of.rental)?;
        let expected = own.prices.as_ref().and_then(|prices| prices.rent(&own.terms)).map(|rent| rent.value());
        match build::find_rent(holder.wallet(), rental) {
            Some((_, _, found)) if Some(found) == expected => {}
            _ => bail!(
                "this wallet finds no escrow of the rent that it could claim: do not accept; the renter has it back by itself"
            ),
        }
        let transaction = build::accept(&work.keys, work.node.id(), self.of.rental);
        let accepted = work.submit(transaction)?;
        work.show_stage(self.of.rental, &accepted)
    }
}

impl UseRight {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.of.owner.begin(context)?;
        let terms = stored(&work.node, self.of.rental)?.terms().clone();
        let holder = work.holder()?;
        let with = build::use_right(&work.keys, &holder, &work.moment()?, (self.of.rental, &terms), &mut OsRng)?;
        let accepted = work.settle(&holder, with)?;
        work.show_stage(self.of.rental, &accepted)
    }
}

impl Answer {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.of.owner.begin(context)?;
        stored(&work.node, self.of.rental)?;
        let challenge = read_bytes(&self.challenge, MAX_MESSAGE_BYTES as u64)?;
        let challenge = Challenge::from_json(&challenge)
            .with_context(|| format!("{} is no challenge of a device", self.challenge.display()))?;
        let rentals = work.rentals()?;
        let unused = || format!("the right of rental {} was not used with these keys", self.of.rental);
        let (number, used) = rentals.own_use(&self.of.rental).with_context(unused)?;
        let evidence = Evidence::of_ledger(&work.node, number, &challenge.seen)?;
        let opening = evidence.answer(&work.keys, work.node.id(), used, &challenge)?;
        write_new(&self.output, opening.to_json().as_bytes(), Readers::Default)?;
        context.output.show(&Answered {
            rental: self.of.rental.to_string(),
            from: opening.interval.from,
            until: opening.interval.until,
            file: self.output,
        })
    }
}

impl Collect {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.of.owner.begin(context)?;
        let own = work.own(self.of.rental)?;
        let label = work.label(&own.terms.asset);
        let mut holder = work.holder()?;
        let rental = stored(&work.node, self.of.rental)?;
        let (path, found) = match own.party {
            Party::Owner if rental.used().is_none() => bail!("the rent is yours once the right was used"),
            Party::Owner => (SpendPath::Claim, build::find_rent(holder.wallet(), rental)),
            Party::Renter => (SpendPath::Refund, build::find_refund(holder.wallet(), rental)),
        };
        let (pool, position, value) = found.context("the rent is no longer there: it was collected")?;
        let to = self.to.unwrap_or_else(|| holder.wallet().address(0));
        let settlement = Settlement::To(to, Memo::empty());
        let window = "the owner claims the rent until the rental closes, and the renter takes it back from then on";
        let at = work.moment()?;
        let transfer = holder.prepare_settlement(&at, (pool, position), path, settlement, &mut OsRng);
        let mut builder = TransactionBuilder::new(work.node.id());
        builder.add(transfer.context(window)?);
        let transaction = work.prove(&holder, builder.build()?, Vec::new())?;
        let accepted = work.submit(transaction).context(window)?;
        context.output.show(&Paid {
            rental: self.of.rental.to_string(),
            party: own.party.to_string(),
            amount: label.amount(u128::from(value.0)),
            label,
            transaction: accepted.digest.to_string(),
        })
    }
}
