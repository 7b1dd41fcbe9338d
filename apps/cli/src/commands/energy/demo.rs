//! The demonstration: a street that sells its sun over four hours, on a ledger of its own that is gone afterwards, and some who lie.

mod street;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use clap::Args;
use serde::Serialize;
use tabella_catalogue::catalogue;
use tabella_energy::{
    EnergyKeys, OwnBid, SignedReading, build, reading,
    rules::{EnergyAction, EnergyMarkets, EnergyProof, EnergyRejection, IntervalRow, MarketRow, Side, action::Traded},
};
use tabella_protocol::{
    note::Timestamp,
    range::RangeProofBytes,
    transaction::{Transaction, TransactionEffects},
};
use tabella_stage::{reason, replay};
use tabella_verifier::application::{InstanceId, Readable as _};

use self::street::{HOUR, Hour, Street};
use super::chart::draw;
use crate::{
    assets::AssetLabel,
    cli::Context,
    commands::demonstration::{Steps, folder},
    output::Table,
    paths::{Readers, write_new},
};

/// Arguments of `energy demo`.
#[derive(Args, Debug)]
pub struct Demo {
    /// File for the chart of the four hours, SVG
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

/// What happens from 9 to 13 o'clock: Wh produced and consumed by each household but Anna, whose supplier gives her a file of quarters
/// of an hour; and bids as lots of 100 Wh and cents for one.
const DAY: [Hour; 4] = [
    Hour { wh: [[400, 250], [0, 800], [0, 500]], bids: [(6, 2), (1, 4), (5, 9), (4, 6)] },
    Hour { wh: [[1_150, 300], [0, 900], [0, 700]], bids: [(17, 2), (8, 3), (9, 8), (7, 6)] },
    Hour { wh: [[1_900, 300], [0, 600], [0, 650]], bids: [(30, 1), (16, 2), (6, 7), (6, 5)] },
    Hour { wh: [[1_400, 800], [0, 2_400], [0, 1_900]], bids: [(17, 3), (6, 4), (24, 12), (19, 10)] },
];

impl Demo {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = folder(context)?;
        if let Some(path) = &self.chart {
            crate::paths::refuse_existing(path)?;
        }
        let task = context.progress.count("a street sells its sun", "hours", DAY.len() as u64);
        let (mut account, svg) = play(&folder.path().join("ledger"), |hours| task.set(hours))?;
        task.finish();
        if let Some(path) = self.chart {
            write_new(&path, svg.as_bytes(), Readers::Default)?;
            account.chart = Some(path);
        }
        context.output.show(&account)
    }
}

fn play(directory: &Path, progress: impl Fn(u64)) -> anyhow::Result<(Account, String)> {
    let mut street = Street::new(directory)?;
    let mut account = Account::default();
    account.steps.add("Grid", "opens the market of Elm Street: hours, lots of 100 Wh, prices in cents");
    account.steps.add("Anna, Ben", "have the sun on their roofs; Clara and David have money: 10.00 Crown each");
    account.steps.add("Anna", street.file_of_anna()?);
    let money = street.money()?;
    for (number, hour) in (0..).zip(&DAY) {
        street.read_and_mint(number, hour)?;
        if number == 0 {
            cloned(&mut street, &mut account)?;
        }
        street.place_bids(number, hour)?;
        if number == 0 {
            early(&mut street, &mut account)?;
        }
        street.close()?;
        // On the last hour David goes shopping, and forgets his bid.
        let forgets = number == 3;
        street.reveal(number, forgets)?;
        street.over()?;
        if number == 0 {
            false_price(&mut street, &mut account)?;
        }
        // On the last hour nobody does it: who takes first clears the auction in the same transaction.
        if !forgets {
            street.clear(number)?;
        }
        street.take(number)?;
        if number == 0 {
            twice(&mut street, &mut account)?;
            false_total(&mut street, &mut account)?;
        }
        street.tell_totals(number)?;
        account.steps.add("Everybody", street.said(number)?);
        if forgets {
            let lost = street.reclaim(number)?;
            account
                .steps
                .add("David", format!("did not reveal his bid: it was left out, and he gets it back less {lost}"));
        }
        progress(u64::from(number) + 1);
    }
    let (after, penalties) = (street.money()?, street.penalties()?);
    ensure!(after + u128::from(penalties) == money, "no money is made or lost");
    ensure!(street.energy_held()? == street.energy_minted(), "no energy is made or lost");
    account.balances = street.balances()?;
    let again = replay(&street.stage.ledger, catalogue().applications())?;
    account.entries = again.entries;
    let state = again.state.application::<EnergyMarkets>().context("the ledger has the application")?;
    account.public = state.row(&InstanceId(street.market.0), street.stage.now()?);
    ensure!(account.public.as_ref().is_some_and(|row| row.stopped.len() == 1), "the clone is shown to everybody");
    let label = AssetLabel::of(again.state.assets(), &street.terms.payment);
    let (_, svg) = draw(state, (street.market, &street.terms), &label);
    Ok((account, svg))
}

/// A fifth household has a second device with the key of its meter.
fn cloned(street: &mut Street, account: &mut Account) -> anyhow::Result<()> {
    let (keys, [honest, cloned]): (EnergyKeys, [SignedReading; 2]) = street.clone_of_mallory()?;
    let ledger = street.stage.ledger.id();
    street.attest(&keys, &honest)?;
    let mut moved = honest.clone();
    moved.reading.interval = 1;
    let body = EnergyAction::Attest(Box::new(moved.reading));
    let proof = EnergyProof::Reading([moved.signature; 2], RangeProofBytes(Vec::new()));
    let moved = alone(street, &body, &proof);
    refused(street, account, ("Mallory", "shows the reading once more, for the next hour"), moved)?;
    let lie = "a clone of his meter signs 9.999 kWh for the same hour";
    let attest = street.attestation(&keys, &cloned)?;
    refused(street, account, ("Mallory", lie), attest)?;
    street.stage.submit(build::expose(ledger, &[honest, cloned]))?;
    account.steps.add("Grid", "shows both signatures: Mallory's meter is stopped for good, and everybody sees why");
    Ok(())
}

fn early(street: &mut Street, account: &mut Account) -> anyhow::Result<()> {
    let own = street.bid_of(0, 2)?;
    let reveal = build::reveal(street.stage.ledger.id(), &own)?;
    refused(street, account, ("Clara", "reveals her bid before the close"), reveal)
}

fn false_price(street: &mut Street, account: &mut Account) -> anyhow::Result<()> {
    let traded = Some(Traded { price: 9, lots: 7 });
    let body = EnergyAction::Clear { market: street.market, interval: 0, traded };
    let lie = alone(street, &body, &EnergyProof::None);
    refused(street, account, ("Grid", "says that the price was 0.09"), lie)
}

fn twice(street: &mut Street, account: &mut Account) -> anyhow::Result<()> {
    let own: OwnBid = street.bid_of(0, 0)?;
    let again = street.take_of(0, &own)?;
    refused(street, account, ("Anna", "takes what her bid came to a second time"), again)
}

fn false_total(street: &mut Street, account: &mut Account) -> anyhow::Result<()> {
    let (collector, mut sums) = street.subtotal(0, 0)?;
    let [produced, _] = &mut sums;
    *produced = produced.plus(produced);
    let lie = street.tell(0, 0, (collector, sums))?;
    refused(street, account, ("Collector", "tells twice what was produced"), lie)?;
    let told = reading::subtotal(street.keys(0)?, street.state()?, &street.readings()?, 0, Timestamp::MAX);
    ensure!(told.is_err(), "a household is no collector");
    Ok(())
}

fn alone(street: &Street, body: &EnergyAction, proof: &EnergyProof) -> Transaction {
    let effects = TransactionEffects::new(street.stage.ledger.id(), Vec::new(), vec![body.action()]);
    Transaction { effects, transfers: Vec::new(), action_proofs: vec![build::proof_bytes(proof)] }
}

/// A lie, and the rule that refuses it.
fn refused(
    street: &mut Street,
    account: &mut Account,
    (who, what): (&str, &str),
    lie: Transaction,
) -> anyhow::Result<()> {
    let outcome = street.stage.submit(lie);
    account.steps.refused(who, what, reason::<EnergyRejection>(&outcome))
}

/// Who did what, and what it came to.
#[derive(Default, Serialize)]
struct Account {
    steps: Steps<11>,
    balances: Vec<[String; 3]>,
    entries: u64,
    /// What everybody sees of the market.
    public: Option<MarketRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chart: Option<PathBuf>,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "A street sells its sun\n\n{}\nIn the end\n", self.steps)?;
        let mut table = Table::new(&["", ">kWh", ">Crown"]);
        for row in &self.balances {
            table.row(row.clone());
        }
        writeln!(f, "{table}")?;
        writeln!(f, "What everybody sees\n")?;
        let mut table = Table::new(&[
            ">hour",
            ">meters",
            ">Wh produced",
            ">Wh consumed",
            ">bids",
            ">revealed",
            ">cents for 100 Wh",
            ">lots",
        ]);
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        for row in self.public.iter().flat_map(|row| &row.intervals) {
            let IntervalRow { interval, readings, produced, consumed, bids, revealed, price, lots, .. } = row;
            table.row([
                (9 + u64::from(*interval)).to_string(),
                readings.to_string(),
                text(produced),
                text(consumed),
                bids.to_string(),
                revealed.to_string(),
                text(price),
                text(lots),
            ]);
        }
        writeln!(f, "{table}")?;
        writeln!(f, "Who saw what\n")?;
        let mut table =
            Table::new(&["", "a household's readings", "totals", "a bid before the close", "after it", "whose it is"]);
        table.row(["the household", "its own", "yes", "its own", "all", "its own"]);
        table.row(["a collector", "no; all together, yes", "yes", "no", "all", "no"]);
        table.row(["the grid", "no", "yes", "no", "all", "no"]);
        table.row(["everybody", "no", "yes", "no", "all", "no"]);
        writeln!(f, "{table}")?;
        writeln!(
            f,
            "Anybody who reads the ledger's {} entries again, and verifies every proof, finds the same totals and prices:\n\
             nothing made, and nothing lost.",
            self.entries
        )?;
        match &self.chart {
            Some(path) => writeln!(f, "\nchart        {}", path.display()),
            None => Ok(()),
        }
    }
}

/// The sides of the four households' bids.
const SIDES: [Side; 4] = [Side::Sell, Side::Sell, Side::Buy, Side::Buy];
/// How long an hour is taken bids for, and revealed for.
const WINDOW: u64 = HOUR / 4;
