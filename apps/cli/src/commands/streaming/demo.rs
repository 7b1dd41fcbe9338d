//! The demonstration: one session from offer to payout, on a ledger of its own that is gone afterwards.

use std::{fmt, path::Path};

use anyhow::{Context as _, ensure};
use clap::Args;
use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use serde::Serialize;
use tabella_catalogue::catalogue;
use tabella_protocol::{
    note::{AssetId, NoteValue},
    transaction::Transaction,
};
use tabella_stage::{Person, Stage, reason, replay};
use tabella_streaming::{
    Meter, Offer, OfferOrder, OwnSessions, SignedTick, StreamingKeys, build,
    rules::{Party, SessionId, SessionRow, StreamingRejection, Streams},
};
use tabella_verifier::{
    application::{InstanceId, Readable as _},
    log::Origin,
};

use crate::{
    cli::Context,
    commands::demonstration::{Steps, hundredths, perform, time},
    output::Table,
};

/// 1 December 2026, 20:00 UTC.
const EVENING: u64 = 1_796_155_200;
/// The film is 90 minutes long, at 0.07 for each.
const MINUTES: u32 = 90;
const RATE: u64 = 7;
const HOUR: u64 = 3_600;

/// Arguments of `streaming demo`.
#[derive(Args, Debug)]
pub struct Demo {}

/// A viewer or a provider.
struct Role {
    person: Person,
    keys: StreamingKeys,
    party: Party,
}

impl Role {
    fn new(name: &str, party: Party) -> Self {
        let person = Person::new(name, &mut OsRng);
        Self { keys: StreamingKeys::of_seed(&person.seed, 0), person, party }
    }
}

struct Play {
    stage: Stage,
    vera: Role,
    cinema: Role,
    asset: AssetId,
    account: Account,
}

impl Demo {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let Self {} = self;
        perform(context, "a session from offer to payout", play)
    }
}

fn play(folder: &Path) -> anyhow::Result<Account> {
    let name = Origin::new("streaming.demo")?;
    let mut stage = Stage::new(&folder.join("ledger"), name, catalogue().applications(), time(EVENING)?)?;
    let (vera, cinema) = (Role::new("Vera", Party::Viewer), Role::new("Cinema", Party::Provider));
    let notes = [(vera.person.address(0), NoteValue(2_000))];
    let asset = stage.issue(&SigningKey::generate(&mut OsRng), ("Crown", 2), &notes)?;
    let mut play = Play { stage, vera, cinema, asset, account: Account::default() };
    play.account.steps.add("Vera", "has 20.00 Crown in her wallet");

    let session = play.open()?;
    let meter = play.watch(session)?;
    play.close(session, &meter)?;
    play.pay(session)?;
    play.check(session)?;
    Ok(play.account)
}

impl Play {
    fn open(&mut self) -> anyhow::Result<SessionId> {
        let ledger = self.stage.ledger.id();
        let order = OfferOrder {
            viewer: self.vera.keys.public(),
            asset: self.asset,
            rate: NoteValue(RATE),
            public: false,
            max_ticks: MINUTES,
            tick_seconds: 60,
            expires: time(EVENING + 24 * HOUR)?,
            dispute_seconds: 3_600,
        };
        let offer = Offer::new(&self.cinema.keys, ledger, &order, &mut OsRng)?;
        self.account.steps.add("Cinema", "offers Vera 90 minutes at 0.07 each; the price is sealed to her");
        let rate = offer.check(&self.vera.keys, ledger, self.stage.now()?)?;
        let prepayment = build::prepayment(&offer.terms, &rate).context("the price is too high")?;
        let (asset, blinding) = (self.asset, build::blinding(&offer.terms));
        let exit = self.stage.ready(&mut self.vera.person, |person, at| {
            person.holder.prepare_exit(at, asset, prepayment, blinding, &mut OsRng)
        })?;
        let with = build::open(&self.vera.keys, &offer, &rate, exit, &mut OsRng)?;
        self.prove(Party::Viewer, with)?;
        self.account.steps.add("Vera", "checks the offer and prepays all of it: 6.30 leave her wallet, hidden");
        Ok(offer.session())
    }

    /// She watches for 42 minutes.
    fn watch(&mut self, session: SessionId) -> anyhow::Result<Meter> {
        let terms = {
            let own = OwnSessions::of_ledger(&self.cinema.keys, &self.stage.ledger)?;
            own.get(&session).context("the provider finds its session")?.terms.clone()
        };
        let mut meter = Meter::new(session, &terms);
        let before = self.stage.ledger.entries();
        for minute in 1..=42 {
            self.stage.advance(60);
            meter.count(SignedTick::new(&self.vera.keys, session, minute))?;
        }
        ensure!(self.stage.ledger.entries() == before, "ticks stay off the ledger");
        self.account.steps.add("Vera", "watches 42 minutes, and signs each: 42 signatures, none on the ledger");
        let forged = SignedTick { ticks: 50, ..SignedTick::new(&self.vera.keys, session, 42) };
        let claim = build::close(&self.cinema.keys, self.stage.ledger.id(), session, Party::Provider, Some(&forged));
        self.refused("Cinema", "claims 50 minutes", claim)?;
        Ok(meter)
    }

    fn close(&mut self, session: SessionId, meter: &Meter) -> anyhow::Result<()> {
        let ledger = self.stage.ledger.id();
        let early = SignedTick::new(&self.vera.keys, session, 10);
        let close = build::close(&self.vera.keys, ledger, session, Party::Viewer, Some(&early));
        self.stage.submit(close)?;
        self.account.steps.add("Vera", "closes alone, and says 10 minutes: an hour to answer begins");
        let own = OwnSessions::of_ledger(&self.vera.keys, &self.stage.ledger)?;
        let own = own.get(&session).context("the viewer finds her session")?.clone();
        let at = self.stage.moment()?;
        let (to, rest) = (self.vera.person.address(0), MINUTES - 10);
        let amount = own.price(rest).context("the price is known")?;
        let blinding = build::blinding(&own.terms);
        let entry = self.vera.person.holder.prepare_entry(&at, self.asset, to, amount.value(), blinding, &mut OsRng)?;
        let with = build::withdraw(&self.vera.keys, ledger, &own, rest, entry, &mut OsRng)?;
        let early =
            self.vera
                .person
                .holder
                .authorize_with(with.transaction, self.stage.parameters(), &mut OsRng, |_| vec![with.proof])?;
        self.refused("Vera", "withdraws the price of 80 minutes before the hour is over", early)?;
        self.stage.advance(30 * 60);
        let claim = build::close(&self.cinema.keys, ledger, session, Party::Provider, meter.highest());
        self.stage.submit(claim)?;
        self.account.steps.add("Cinema", "answers with the 42 minutes that she has signed: one claim for all of them");
        self.stage.advance(30 * 60);
        self.account.steps.add("", "an hour after Vera's close the session is settled, by itself");
        Ok(())
    }

    fn pay(&mut self, session: SessionId) -> anyhow::Result<()> {
        for party in [Party::Provider, Party::Viewer] {
            let role = if party == Party::Viewer { &mut self.vera } else { &mut self.cinema };
            // From the keys and the ledger alone.
            let own = OwnSessions::of_ledger(&role.keys, &self.stage.ledger)?;
            let own = own.get(&session).context("a party finds its session")?;
            let streams = self.stage.ledger.state().application::<Streams>();
            let state = streams.and_then(|streams| streams.session(&session)).context("the session is there")?;
            let (ticks, value) = own.due(state, self.stage.now()?).context("something is owed")?;
            role.person.read(&self.stage)?;
            let (at, to) = (self.stage.moment()?, role.person.address(0));
            let blinding = build::blinding(&own.terms);
            let entry = role.person.holder.prepare_entry(&at, self.asset, to, value, blinding, &mut OsRng)?;
            let with = build::withdraw(&role.keys, self.stage.ledger.id(), own, ticks, entry, &mut OsRng)?;
            let text = format!("withdraws {}, hidden: the price of {ticks} minutes", hundredths(value.0));
            self.prove(party, with)?;
            self.account.steps.add(if party == Party::Viewer { "Vera" } else { "Cinema" }, text);
        }
        for (role, expected) in [(&mut self.vera, 2_000 - 42 * RATE), (&mut self.cinema, 42 * RATE)] {
            role.person.read(&self.stage)?;
            let balance = self.stage.balance(&role.person, self.asset)?;
            ensure!(balance == u128::from(expected), "the {} holds what is theirs", role.party);
            self.account.balances.push((role.person.name().to_owned(), hundredths(expected)));
        }
        Ok(())
    }

    /// Somebody who knows no key reads the ledger from its first entry, and verifies all of it.
    fn check(&mut self, session: SessionId) -> anyhow::Result<()> {
        let again = replay(&self.stage.ledger, catalogue().applications())?;
        let streams = again.state.application::<Streams>().context("the ledger has the application")?;
        let row = streams.row(&InstanceId(session.0), self.stage.now()?).context("the session is there")?;
        ensure!(
            row.stage == "settled" && row.ticks == Some(42) && row.rate.is_none(),
            "the public sees the ticks alone"
        );
        ensure!(row.viewer_paid && row.provider_paid, "both were paid");
        self.account.entries = again.entries;
        self.account.public = Some(row);
        Ok(())
    }

    fn prove(&mut self, party: Party, with: build::WithTransfer) -> anyhow::Result<()> {
        let role = if party == Party::Viewer { &self.vera } else { &self.cinema };
        let parameters = self.stage.parameters();
        let proved =
            role.person.holder.authorize_with(with.transaction, parameters, &mut OsRng, |_| vec![with.proof])?;
        self.stage.submit(proved)?;
        Ok(())
    }

    /// A lie, and the rule that refuses it.
    fn refused(&mut self, who: &str, what: &str, transaction: Transaction) -> anyhow::Result<()> {
        let outcome = self.stage.submit(transaction);
        self.account.steps.refused(who, what, reason::<StreamingRejection>(&outcome))
    }
}

/// Who did what, and what it came to.
#[derive(Default, Serialize)]
struct Account {
    steps: Steps<8>,
    balances: Vec<(String, String)>,
    entries: u64,
    /// What everybody sees of the session.
    public: Option<SessionRow>,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "A film by the minute\n\n{}\nIn the end", self.steps)?;
        for (who, amount) in &self.balances {
            writeln!(f, "  {who:8}holds {amount} Crown")?;
        }
        writeln!(f, "\nWho saw what\n")?;
        let mut table =
            Table::new(&["", "that there is a session", "minutes watched", "price of a minute", "whose wallets"]);
        table.row(["Vera", "yes", "as she watches", "yes", "her own"]);
        table.row(["Cinema", "yes", "as she watches", "yes", "its own"]);
        table.row(["everybody", "yes, under fresh keys", "the last number", "no", "no"]);
        writeln!(f, "{table}")?;
        writeln!(
            f,
            "Anybody who reads the ledger's {} entries again, and verifies every proof, finds: {} of {} minutes watched,\n\
             both paid out, nothing made and nothing lost.",
            self.entries,
            self.public.as_ref().and_then(|row| row.ticks).unwrap_or(0),
            self.public.as_ref().map_or(0, |row| row.max_ticks),
        )
    }
}
