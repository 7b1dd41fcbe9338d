//! Provenance of unique things: registries and their issuers, batches from tables, notes for owners, attributes shown one by one,
//! hand-overs, thefts, and events for others.

mod custody;
mod demo;
mod issue;
mod own;
mod present;
mod registry;
mod review;
mod sale;
mod show;
mod theft;

use anyhow::Context as _;
use clap::Subcommand;
use tabella_ledger::node::Ledger;
use tabella_protocol::note::AssetId;
use tabella_provenance::{
    ProvenanceKeys,
    rules::{Provenance, registry::RegistryId, state::RegistryState},
};

use super::work;
use crate::{
    bytes::{asset_id, bytes32},
    cli::Context,
    output::ExitKind,
};

/// What registrars, issuers, owners and buyers do.
#[derive(Debug, Subcommand)]
pub enum ProvenanceCommand {
    /// Everybody: show the keys of this wallet as registrar, issuer and holder
    Keys(registry::Keys),
    /// Registrar: found a registry, and write the key of its marks for its issuers
    Found(registry::Found),
    /// Registrar: authorise an issuer of certificates
    Authorise(registry::Authorise),
    /// Registrar: dismiss an issuer of certificates
    Dismiss(registry::Dismiss),
    /// Registrar: look at a batch before it is approved
    ReviewBatch(review::ReviewBatch),
    /// Registrar: approve a batch of which things look like those of other issuers or were not measured, by its digest
    Approve(review::Approve),
    /// Anyone: list the attributes of a kind of things
    Schema(show::ShowSchema),
    /// Issuer: register the things of a table in batches, and write their certificates
    Import(Box<issue::Import>),
    /// Issuer: look at a claim before it is granted
    ReviewClaim(review::ReviewClaim),
    /// Issuer: grant a claim by its digest, so that the notes of its things are made
    Grant(review::Grant),
    /// Owner: take one certificate out of a batch's
    Certificate(own::Extract),
    /// Owner: check a certificate against the ledger, and read it
    Read(own::Read),
    /// Owner: ask the issuer for the notes of things
    Claim(own::Claim),
    /// Buyer: make a question for a seller
    Ask(present::AskCommand),
    /// Owner: show some attributes to whoever asked, or prove that a number is within bounds
    Present(Box<present::Present>),
    /// Buyer: check what is shown
    Check(present::Check),
    /// Buyer: offer a price, wait for the owner's answer, and pay only if the thing comes in the same transaction
    Buy(Box<sale::Buy>),
    /// Owner: sell a thing to a buyer who has made an offer
    Sell(Box<sale::Sell>),
    /// Registrar and issuer: report a theft, which stops the thing
    Report(theft::Report),
    /// Registrar and issuer: lift a report
    Lift(theft::Lift),
    /// Owner: disclose the hand-overs that this wallet took part in, for whom it chooses. Insurer: see them by a viewing key
    Custody(custody::Disclose),
    /// Anyone: check disclosed hand-overs, and see who had a thing
    CheckCustody(custody::CheckCustody),
    /// Anyone: write the history of a thing as EPCIS 2.0 events
    Epcis(custody::Epcis),
    /// Anyone: show a registry or a thing as the ledger has it
    Show(show::ShowOne),
    /// Anyone: list the registries
    List(show::List),
    /// Try out: a table of diamonds, a sale, a proof, and everybody who lies
    Demo(demo::Demo),
}

impl ProvenanceCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Keys(keys) => keys.run(context),
            Self::Found(found) => found.run(context),
            Self::Authorise(authorise) => authorise.run(context),
            Self::Dismiss(dismiss) => dismiss.run(context),
            Self::ReviewBatch(review) => review.run(context),
            Self::Approve(approve) => approve.run(context),
            Self::Schema(schema) => schema.run(context),
            Self::Import(import) => import.run(context),
            Self::ReviewClaim(review) => review.run(context),
            Self::Grant(grant) => grant.run(context),
            Self::Certificate(extract) => extract.run(context),
            Self::Read(read) => read.run(context),
            Self::Claim(claim) => claim.run(context),
            Self::Ask(ask) => ask.run(context),
            Self::Present(present) => present.run(context),
            Self::Check(check) => check.run(context),
            Self::Buy(buy) => buy.run(context),
            Self::Sell(sell) => sell.run(context),
            Self::Report(report) => report.run(context),
            Self::Lift(lift) => lift.run(context),
            Self::Custody(disclose) => disclose.run(context),
            Self::CheckCustody(check) => check.run(context),
            Self::Epcis(epcis) => epcis.run(context),
            Self::Show(show) => show.run(context),
            Self::List(list) => list.run(context),
            Self::Demo(demo) => demo.run(context),
        }
    }
}

/// Whose keys.
type Owner = work::Owner<ProvenanceKeys>;

/// A party at work.
type Work<'a> = work::Work<'a, ProvenanceKeys>;

/// The application's state on a ledger.
fn rules(node: &Ledger) -> anyhow::Result<&Provenance> {
    node.state().application().context("this ledger has no provenance: it was made by another version")
}

/// A registry on the ledger.
fn known(node: &Ledger, registry: RegistryId) -> anyhow::Result<&RegistryState> {
    rules(node)?
        .registry(&registry)
        .ok_or_else(|| ExitKind::missing(format!("there is no registry {registry} on this ledger")))
}

/// A key on the command line: 64 hexadecimal digits.
fn key(text: &str) -> Result<[u8; 32], String> {
    let form = "a key is 64 hexadecimal digits: `tabella provenance keys` shows a wallet's";
    bytes32(text).ok_or_else(|| form.to_owned())
}

/// A thing on the command line: the id of its asset.
fn thing(text: &str) -> Result<AssetId, String> {
    asset_id(text).ok_or_else(|| "a thing is named by the id of its asset, 64 hexadecimal digits".to_owned())
}
