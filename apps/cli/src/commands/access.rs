//! Access and rentals: a device that is let for a time, a right that is used once, a deposit that is divided. Nothing is kept of a
//! rental but the wallet's seed; the device itself is `tabella-lock`'s.

mod demo;
mod deposit;
mod device;
mod offer;
mod show;

use anyhow::bail;
use clap::{Args, Subcommand};
use tabella_access::{
    AccessKeys, OwnRental, OwnRentals, WithTransfers,
    rules::{Rental, RentalId, Rentals},
};
use tabella_ledger::node::{Accepted, Ledger};
use tabella_payments::holder::Holder;

use super::work;
use crate::{bytes::bytes32, cli::Context, output::ExitKind};

/// What owners, renters, holders of rights and arbiters do.
#[derive(Debug, Subcommand)]
pub enum Access {
    /// Everybody: show the keys that others need of you
    Key(offer::Key),
    /// Owner: show the ledger's key, with which a device is set up by `tabella-lock init`
    LedgerKey(offer::LedgerKey),
    /// Owner: offer a device to a renter, in a file
    Offer(Box<offer::MakeOffer>),
    /// Renter: check an offer, and show what it costs
    CheckOffer(offer::CheckOffer),
    /// Renter: take an offer: lock the rent, leave the deposit, and have the right. With a new --number nobody links it to another rental
    Rent(Box<offer::Rent>),
    /// Owner: accept a rental whose rent is yours to claim
    Accept(device::Accept),
    /// Holder of the right: use it, from now on
    Use(device::UseRight),
    /// Holder of the right: answer the device's challenge
    Answer(device::Answer),
    /// Owner: claim the rent of a right that was used; renter: take back that of one that was not
    Collect(device::Collect),
    /// Owner: claim damage from the deposit
    Claim(deposit::Claim),
    /// Renter: dispute the owner's claim
    Dispute(deposit::Dispute),
    /// Arbiter: decide a disputed claim
    Decide(deposit::Decide),
    /// Both: propose a division of the deposit, or agree to one, which divides it at once
    Settle(deposit::Settle),
    /// Both: withdraw what is owed of the deposit once it is divided
    Withdraw(Box<deposit::Withdraw>),
    /// Both: list the rentals of these keys
    List(show::List),
    /// Anyone: show a rental as the ledger has it
    Show(show::ShowRental),
    /// Try out: a charging point, its lock, and some who lie
    Demo(demo::Demo),
}

impl Access {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Key(key) => key.run(context),
            Self::LedgerKey(key) => key.run(context),
            Self::Offer(offer) => offer.run(context),
            Self::CheckOffer(check) => check.run(context),
            Self::Rent(rent) => rent.run(context),
            Self::Accept(accept) => accept.run(context),
            Self::Use(use_right) => use_right.run(context),
            Self::Answer(answer) => answer.run(context),
            Self::Collect(collect) => collect.run(context),
            Self::Claim(claim) => claim.run(context),
            Self::Dispute(dispute) => dispute.run(context),
            Self::Decide(decide) => decide.run(context),
            Self::Settle(settle) => settle.run(context),
            Self::Withdraw(withdraw) => withdraw.run(context),
            Self::List(list) => list.run(context),
            Self::Show(show) => show.run(context),
            Self::Demo(demo) => demo.run(context),
        }
    }
}

/// Whose keys.
type Owner = work::Owner<AccessKeys>;

/// Whose keys, and which rental.
#[derive(Args, Debug)]
struct OfRental {
    #[command(flatten)]
    owner: Owner,
    /// Id of the rental
    #[arg(value_name = "RENTAL")]
    rental: RentalId,
}

/// A party at work.
type Work<'a> = work::Work<'a, AccessKeys>;

impl Work<'_> {
    fn rentals(&self) -> anyhow::Result<OwnRentals<'_>> {
        Ok(OwnRentals::of_ledger(&self.keys, &self.node)?)
    }

    /// A rental of these keys.
    fn own(&self, id: RentalId) -> anyhow::Result<OwnRental> {
        stored(&self.node, id)?;
        let Some(own) = self.rentals()?.get(&id).cloned() else {
            bail!("rental {id} is of other keys than these: --key-file and --number name those it was made with")
        };
        Ok(own)
    }

    /// Proves, signs and submits.
    fn settle(&mut self, holder: &Holder, with: WithTransfers) -> anyhow::Result<Accepted> {
        let transaction = self.prove(holder, with.transaction, with.proofs)?;
        self.submit(transaction)
    }

    /// Shows where a rental stands after a transaction.
    fn show_stage(&self, id: RentalId, accepted: &Accepted) -> anyhow::Result<()> {
        self.context.output.show(&show::Stands::new(&self.node, id, accepted)?)
    }
}

/// A rental on the ledger.
fn stored(node: &Ledger, id: RentalId) -> anyhow::Result<&Rental> {
    let rental = node.state().application::<Rentals>().and_then(|rentals| rentals.rental(&id));
    rental.ok_or_else(|| ExitKind::missing(format!("there is no rental {id} on this ledger")))
}

/// An Ed25519 key: 64 hexadecimal digits.
fn parse_key(text: &str) -> Result<[u8; 32], String> {
    bytes32(text).ok_or_else(|| "a key is 64 hexadecimal digits".to_owned())
}
