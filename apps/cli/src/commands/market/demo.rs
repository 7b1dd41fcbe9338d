//! The demonstration: a song with three holders, from its registration to a statement that anybody checks, with all proofs.

use std::{fmt, time::Instant};

use anyhow::Context as _;
use clap::Args;
use rand_core::{OsRng, RngCore as _};
use serde::Serialize;
use tabella_market::{
    account,
    history::{OwnAccount, read_credits, read_history},
    income::state_income,
    keys::MarketKeys,
    licence::{order_address, present},
    order::{self, Wanted},
    price::Priced,
    report::format_parts,
    work::Registration,
};
use tabella_market_rules::{
    Market,
    metadata::{Metadata, PartyName},
    work::{Holder, ListingId, Work, WorkId},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    note::{AssetId, NoteValue, Timestamp},
    transaction::Transaction,
};
use tabella_prover::builder::Blinding;
use tabella_stage::{Person, Stage};
use tabella_verifier::{groth16::VerifyingKeys, log::Origin};

use crate::{
    cli::Context,
    commands::demonstration::{seed, time},
};

/// Digits after the point of the demonstration's currency.
const DECIMALS: u8 = 2;
/// 2027-01-15, 08:00.
const START: u64 = 1_800_000_000;

/// Arguments of `market demo`.
#[derive(Args, Debug)]
pub struct Demo {}

/// Who did what.
#[derive(Serialize)]
struct Step {
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<&'static str>,
    what: String,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.who {
            Some(who) => writeln!(f, "{who:<8} {}", self.what),
            None => writeln!(f, "\n{}", self.what),
        }
    }
}

/// The cast.
struct Cast<'a> {
    context: &'a Context,
    stage: Stage,
    shop: Person,
    ann: Person,
    mia: Person,
    noah: Person,
    /// Keys of Ann, Ben, the label, and Mia as a reseller.
    keys: [MarketKeys; 4],
    crown: AssetId,
    work: WorkId,
}

fn keys() -> MarketKeys {
    MarketKeys::of_seed(&seed(), 0)
}

fn crowns(units: u128) -> String {
    format!("{} crowns", tabella_payments::amount::format(units, DECIMALS))
}

fn parts(parts: u128) -> String {
    format!("{} crowns", format_parts(parts, DECIMALS))
}

impl Demo {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let begin = Instant::now();
        let folder = std::env::temp_dir().join(format!("tabella-market-demo-{:08x}", OsRng.next_u32()));
        let outcome = play(context, &folder);
        // Whatever happened, nothing is left behind.
        let removed = std::fs::remove_dir_all(&folder);
        outcome?;
        removed.with_context(|| format!("cannot remove {}", folder.display()))?;
        context.output.remark(&format!("\nIn {:.1} s, with all proofs.", begin.elapsed().as_secs_f64()));
        Ok(())
    }
}

fn play(context: &Context, folder: &std::path::Path) -> anyhow::Result<()> {
    let start = time(START)?;
    let applications = tabella_catalogue::catalogue().applications();
    let mut stage = Stage::new(&folder.join("ledger"), Origin::new("market.demo")?, applications, start)?;
    let [shop, ann, mia, noah] = ["Shop", "Ann", "Mia", "Noah"].map(|name| Person::new(name, &mut OsRng));
    let notes = [(mia.address(0), NoteValue(5_000)), (noah.address(0), NoteValue(3_000))];
    let crown = stage.issue(&Person::new("Bank", &mut OsRng).key, ("Crown", DECIMALS), &notes)?;
    let (keys, work) = ([keys(), keys(), keys(), keys()], WorkId([0; 32]));
    let mut cast = Cast { context, stage, shop, ann, mia, noah, keys, crown, work };
    cast.chapter("A song is registered")?;
    cast.register()?;
    cast.chapter("Licences are sold; the ledger credits every holder in the same transaction")?;
    for price in [1_299, 999] {
        cast.sell(price)?;
        cast.stage.advance(3_600);
    }
    cast.chapter("The artist takes her share")?;
    cast.withdraw()?;
    cast.chapter("A licence is shown, and sold again")?;
    cast.show_licence()?;
    cast.resell(800)?;
    cast.chapter("What everybody can check")?;
    cast.check()
}

impl Cast<'_> {
    fn chapter(&self, what: &str) -> anyhow::Result<()> {
        self.context.output.show(&Step { who: None, what: what.to_owned() })
    }

    fn say(&self, who: &'static str, what: impl Into<String>) -> anyhow::Result<()> {
        self.context.output.show(&Step { who: Some(who), what: what.into() })
    }

    fn register(&mut self) -> anyhow::Result<()> {
        let names = [("Ann", "MainArtist", 6_000), ("Ben", "Composer", 2_500), ("Label", "Producer", 1_500)];
        let name = |(name, role, _): &(&str, &str, u16)| PartyName {
            name: (*name).into(),
            role: (*role).into(),
            id: String::new(),
        };
        let metadata = Metadata {
            title: "Song of the Marsh".into(),
            artist: "Ann".into(),
            isrc: String::new(),
            release: String::new(),
            parties: names.iter().map(name).collect(),
            salt: hex::encode(self.stage.ledger.id().as_bytes()),
        };
        let holders = self.keys.iter().zip(names).map(|(keys, (.., share))| Holder { party: keys.party(), share });
        let licence = AssetDescription {
            issuer: self.shop.verifying_key(),
            name: "Song of the Marsh, licence".into(),
            decimals: 0,
            cap: 1_000,
            class: AssetClass::Named,
            uid: None,
            body: [0; 32],
        };
        let work = Work {
            title: metadata.title.clone(),
            metadata: metadata.digest(),
            holders: holders.collect(),
            licence,
            payment: self.crown,
            royalty: 1_000,
            minimum: 500,
            resale_minimum: 100,
            nonce: [7; 32],
        };
        let mut registration = Registration::new(self.stage.ledger.id(), work)?;
        registration.sign_as_seller(&self.shop.key)?;
        self.say(
            "Shop",
            "drafts \"Song of the Marsh\": Ann 60 %, Ben 25 %, Label 15 %; 10 % of a resale; at least 5.00 crowns",
        )?;
        for (keys, who) in self.keys.iter().zip(["Ann", "Ben", "Label"]) {
            let share = registration.sign(keys)?;
            self.say(who, format!("signs for {}.{:02} %", share / 100, share % 100))?;
        }
        self.work = registration.id();
        self.stage.submit(registration.finish()?)?;
        self.say("Ledger", "holds shares, terms and a digest of the names; the names themselves are not on it")
    }

    fn sell(&mut self, value: u64) -> anyhow::Result<()> {
        let (crown, price) = (self.crown, Priced::new(NoteValue(value), false, &mut OsRng));
        let transfer = self.stage.ready(&mut self.mia, |mia, at| {
            mia.holder.prepare_exit(at, crown, price.value(), price.blinding(), &mut OsRng)
        })?;
        let to = order_address(self.mia.holder.wallet(), &transfer)?;
        let wanted = Wanted { work: self.work, licences: 1, to, invoice: [0; 32] };
        let begin = Instant::now();
        let state = self.stage.ledger.state();
        let payment = (transfer, &price);
        let order = order::order(state, &self.mia.holder, &wanted, payment, self.stage.parameters(), &mut OsRng)?;
        let proved = begin.elapsed().as_millis();
        self.say("Mia", format!("orders a licence for {}, hidden ({proved} ms to prove)", crowns(value.into())))?;
        let sale = order.approve(state, &self.shop.key)?;
        let (transfers, bytes) = (sale.effects.transfers.len(), borsh::to_vec(&sale)?.len());
        let begin = Instant::now();
        self.stage.submit(sale)?;
        let verified = begin.elapsed().as_millis();
        self.say("Shop", format!("reads the order, finds the price right and signs: {transfers} transfer, {bytes} bytes, accepted in {verified} ms"))?;
        for (keys, who) in self.keys.iter().zip(["Ann", "Ben", "Label"]) {
            let history = read_history(keys, &self.stage.ledger, 32)?;
            let last = history.credits().last().context("she was credited")?;
            self.say(who, format!("reads: price {}, credited {}", crowns(last.price.0.into()), parts(last.parts())))?;
        }
        self.say("Public", "sees that one licence was sold, and not for how much or to whom")
    }

    fn withdraw(&mut self) -> anyhow::Result<()> {
        let (id, ledger) = (self.work, self.stage.ledger.id());
        let [ann, ..] = &self.keys;
        let own = read_history(ann, &self.stage.ledger, 32)?.account(&id).cloned().context("Ann has an account")?;
        self.stage.submit(account::collect(ann, ledger, &own))?;
        let own = read_history(ann, &self.stage.ledger, 32)?.account(&id).cloned().context("Ann has an account")?;
        let amount = Priced::new(NoteValue(OwnAccount::whole(own.settled)), false, &mut OsRng);
        let to = self.ann.address(0);
        let at = self.stage.moment()?;
        let entry =
            self.ann.holder.prepare_entry(&at, self.crown, to, amount.value(), amount.blinding(), &mut OsRng)?;
        let held = self.stage.ledger.state().application::<Market>().and_then(|market| market.account(id, own.id));
        let held = *held.context("the account is on the ledger")?;
        let with = account::withdraw(ann, ledger, &own, &held, entry, &amount, &mut OsRng)?;
        let parameters = self.stage.parameters();
        let transaction =
            self.ann.holder.authorize_with(with.transaction, parameters, &mut OsRng, |_| vec![with.proof])?;
        self.stage.submit(transaction)?;
        let rest = read_history(ann, &self.stage.ledger, 32)?.account(&id).map_or(0, OwnAccount::total);
        self.say(
            "Ann",
            format!("withdraws {}, hidden; {} stay until more comes", crowns(amount.value().0.into()), parts(rest)),
        )?;
        let outcome = self.stage.submit(greedy(&self.stage, &mut self.ann, ann, &own, self.crown)?);
        anyhow::ensure!(outcome.is_err(), "a withdrawal of what is not there was accepted");
        self.say("Ann", "tries to withdraw the same once more: the ledger refuses")
    }

    fn show_licence(&mut self) -> anyhow::Result<()> {
        self.mia.read(&self.stage)?;
        let mut challenge = [0; 32];
        OsRng.fill_bytes(&mut challenge);
        let state = self.stage.ledger.state();
        let licence = order::licence_of(state, &self.work)?;
        let at = (state, self.stage.keys());
        let parameters = self.stage.parameters();
        let shown = present(&mut self.mia.holder, at, (self.work, licence), challenge, parameters, &mut OsRng)?;
        shown.check(state, &VerifyingKeys::development(), self.work, challenge, &mut OsRng)?;
        self.say("Mia", "shows a player that she holds a licence: the player learns that, and no name")?;
        let other = shown.check(state, &VerifyingKeys::development(), self.work, [0; 32], &mut OsRng);
        anyhow::ensure!(other.is_err(), "the answer to another challenge was accepted");
        self.say("Player", "shows the same file to another player as its own: refused, it answers another challenge")
    }

    fn resell(&mut self, value: u64) -> anyhow::Result<()> {
        let licence = order::licence_of(self.stage.ledger.state(), &self.work)?;
        let one = NoteValue(1);
        let out = self
            .stage
            .ready(&mut self.mia, |mia, at| mia.holder.prepare_exit(at, licence, one, Blinding::Public, &mut OsRng))?;
        let [.., reseller] = &self.keys;
        let ledger = self.stage.ledger.id();
        let (prepared, proof) = order::offer(ledger, reseller.party(), (self.work, 1), Some(NoteValue(value)), out)?;
        let listing = ListingId::derive(prepared.digest(), 0);
        let offer = self.mia.holder.authorize_with(prepared, self.stage.parameters(), &mut OsRng, |_| vec![proof])?;
        self.stage.submit(offer)?;
        self.say("Mia", format!("offers a licence to anybody for {}", crowns(value.into())))?;
        let (crown, price) = (self.crown, Priced::Public(NoteValue(value)));
        let payment = self.stage.ready(&mut self.noah, |noah, at| {
            noah.holder.prepare_exit(at, crown, price.value(), price.blinding(), &mut OsRng)
        })?;
        let at = self.stage.moment()?;
        let to = self.noah.address(0);
        let entry = self.noah.holder.prepare_entry(&at, licence, to, one, Blinding::Public, &mut OsRng)?;
        let (state, parameters) = (self.stage.ledger.state(), self.stage.parameters());
        let bought =
            order::order_offered(state, &self.noah.holder, listing, (payment, &price), entry, parameters, &mut OsRng)?;
        self.stage.submit(bought.into_transaction())?;
        self.say("Noah", "buys it: payment, royalty and licence change hands at once, or not at all")?;
        for (keys, who) in self.keys.iter().zip(["Ann", "Ben", "Label", "Mia"]) {
            let history = read_history(keys, &self.stage.ledger, 32)?;
            let last = history.credits().last().context("everybody was credited")?;
            self.say(who, format!("is credited with {}", parts(last.parts())))?;
        }
        Ok(())
    }

    fn check(&mut self) -> anyhow::Result<()> {
        let (state, id) = (self.stage.ledger.state(), self.work);
        let market = state.application::<Market>().context("the market is on the ledger")?;
        let (work, audit) = (market.work(&id).context("registered")?, market.audit(&id).context("registered")?);
        let licence = work.work.licence_id()?;
        let issued = state.assets().get(&licence).map_or(0, |asset| asset.issued);
        anyhow::ensure!(audit.holds && issued == work.licences, "the accounts do not add up");
        self.say("Public", format!("{} licences were sold, and {issued} exist", work.licences))?;
        self.say(
            "Public",
            format!(
                "{} accounts hold all that was paid and not withdrawn, to 1/10^8 of the smallest unit",
                audit.accounts
            ),
        )?;
        let [ann, ..] = &self.keys;
        let history = read_history(ann, &self.stage.ledger, 32)?;
        let ledger = self.stage.ledger.id();
        let statement = state_income(ann, ledger, &history, id, (Timestamp::ZERO, Timestamp::MAX), &mut OsRng);
        let (_, credits) = read_credits(&self.stage.ledger)?;
        statement.check(ledger, &credits)?;
        self.say(
            "Ann",
            format!("states an income of {} in {} credits", parts(statement.income.parts), statement.income.credits),
        )?;
        self.say("Public", "checks the proof: the total is right; no single price was shown")?;
        let mut lie = statement;
        lie.income.parts += 1;
        anyhow::ensure!(lie.check(ledger, &credits).is_err(), "a false statement was believed");
        self.say("Public", "checks a statement of 1/10^8 more: refused")
    }
}

/// A withdrawal by somebody who says that the account is as it was before the last one.
fn greedy(
    stage: &Stage,
    person: &mut Person,
    keys: &MarketKeys,
    before: &OwnAccount,
    crown: AssetId,
) -> anyhow::Result<Transaction> {
    let market = stage.ledger.state().application::<Market>().context("the market is on the ledger")?;
    let held = *market.account(before.work, before.id).context("the account is on the ledger")?;
    let boast = OwnAccount { version: held.version, ..before.clone() };
    let amount = Priced::new(NoteValue(OwnAccount::whole(boast.settled)), false, &mut OsRng);
    let (at, to) = (stage.moment()?, person.address(0));
    let entry = person.holder.prepare_entry(&at, crown, to, amount.value(), amount.blinding(), &mut OsRng)?;
    let with = account::withdraw(keys, stage.ledger.id(), &boast, &held, entry, &amount, &mut OsRng)?;
    Ok(person.holder.authorize_with(with.transaction, stage.parameters(), &mut OsRng, |_| vec![with.proof])?)
}
