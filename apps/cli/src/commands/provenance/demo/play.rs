//! What happens.

use std::{path::Path, time::Instant};

use anyhow::{Context as _, bail, ensure};
use ed25519_dalek::SigningKey;
use rand_core::{OsRng, RngCore as _};
use tabella_catalogue::catalogue;
use tabella_ledger::node::Refusal;
use tabella_payments::holder::PaymentOrder;
use tabella_protocol::{
    note::{AssetId, NoteValue},
    note_encryption::Memo,
    transaction::{LedgerId, Transaction},
};
use tabella_provenance::{
    Ask, Certificate, ProvenanceKeys, Wanted,
    batch::{Setting, prepare},
    build::{self, ClaimRequest},
    custody::Custody,
    epcis::{Subject, document},
    identity::{lacks_measures, normal_text},
    rules::{
        Provenance,
        action::{Authority, Batch, MAX_STONES, Role},
        attribute::Value,
        presentation::{Bounds, Challenge},
        registry::RegistryId,
        schema::Schema,
    },
    sight::{Part, Viewer, is_in, sightings},
};
use tabella_prover::builder::{TransactionBuilder, UnprovenTransfer};
use tabella_stage::{Person, Stage, StageError, replay};
use tabella_trade::exchange::Offer;
use tabella_verifier::log::Origin;

use super::{super::present::words, account::Account};
use crate::{
    cli::Context,
    commands::demonstration::{seed, time},
    paths::{Readers, write_new},
};

/// 1 December 2026, 09:00 UTC.
const MORNING: u64 = 1_796_115_600;
const PRICE: NoteValue = NoteValue(600_000);

struct Play<'a> {
    context: &'a Context,
    stage: Stage,
    account: Account,
    registrar: ProvenanceKeys,
    antwerp: ProvenanceKeys,
    mumbai: ProvenanceKeys,
    /// Mira's key to claim with.
    holder: ProvenanceKeys,
    mira: Person,
    bruno: Person,
    registry: RegistryId,
    crown: AssetId,
}

fn keys() -> ProvenanceKeys {
    ProvenanceKeys::of_seed(&seed(), 0)
}

pub(super) fn play(
    context: &Context,
    directory: &Path,
    things: Vec<Vec<Value>>,
    events: Option<&Path>,
) -> anyhow::Result<Account> {
    let start = time(MORNING)?;
    let mut stage = Stage::new(directory, Origin::new("provenance.demo")?, catalogue().applications(), start)?;
    let (mira, bruno) = (Person::new("Mira", &mut OsRng), Person::new("Bruno", &mut OsRng));
    let notes = [(bruno.address(0), NoteValue(1_000_000))];
    let crown = stage.issue(&SigningKey::generate(&mut OsRng), ("Crown", 2), &notes)?;
    let (registrar, antwerp, mumbai, holder) = (keys(), keys(), keys(), keys());
    let (terms, foundation) = build::found(&registrar, stage.ledger.id(), "Diamonds of the world", &mut OsRng);
    stage.submit(foundation)?;
    let registry = terms.id(stage.ledger.id());
    let account = Account::default();
    let mut play = Play { context, stage, account, registrar, antwerp, mumbai, holder, mira, bruno, registry, crown };
    play.account.step("Rosa", "founds the registry, and authorises Antwerp and Mumbai to issue certificates");
    for (version, name, issuer) in [(0, "Antwerp", &play.antwerp), (1, "Mumbai", &play.mumbai)] {
        let issuer = (issuer.public(Role::Issuer), name);
        let act = build::set_issuer(&play.registrar, play.stage.ledger.id(), (registry, version), issuer, true);
        play.stage.submit(act)?;
    }
    let certificate = play.register(things)?;
    play.lies_of_issuers(&certificate)?;
    let asset = play.claim(&certificate)?;
    play.show(&certificate)?;
    play.sell(asset)?;
    play.theft(asset)?;
    play.custody(asset, events)?;
    play.insure(asset)?;
    let began = Instant::now();
    let task = context.progress.spin("reading the ledger again");
    let again = replay(&play.stage.ledger, catalogue().applications())?;
    task.finish();
    play.account.replay_seconds = began.elapsed().as_secs_f64();
    play.account.entries = again.entries;
    let state = again.state.application::<Provenance>().context("the ledger has the application")?;
    ensure!(state.stones().count() == play.account.registered, "all stones are there");
    Ok(play.account)
}

impl Play<'_> {
    fn ledger(&self) -> LedgerId {
        self.stage.ledger.id()
    }

    fn state(&self) -> anyhow::Result<&Provenance> {
        self.stage.ledger.state().application().context("the ledger has the application")
    }

    fn setting(&self) -> Setting {
        let holder = self.holder.public(Role::Holder);
        Setting { ledger: self.ledger(), registry: self.registry, schema: Schema::Diamond, holder }
    }

    /// Registers all of them; gives the certificate of the first that weighs a carat or more. Those that lack measures are in batches of
    /// their own, which the registrar approves.
    fn register(&mut self, things: Vec<Vec<Value>>) -> anyhow::Result<Certificate> {
        let total = things.len();
        self.account
            .step("Antwerp", format!("reads the table: {total} diamonds, with what it says of each, and nothing else"));
        let task = self.context.progress.count("registering", "diamonds", total as u64);
        let began = Instant::now();
        let (unmeasured, measured): (Vec<_>, Vec<_>) =
            things.into_iter().partition(|values| lacks_measures(Schema::Diamond, values));
        self.account.unmeasured = unmeasured.len();
        let mut chosen = None;
        for mut rest in [measured, unmeasured] {
            while !rest.is_empty() {
                let next = rest.split_off(rest.len().min(MAX_STONES));
                let count = rest.len();
                let certificates = self.register_batch(std::mem::replace(&mut rest, next))?;
                let is_large =
                    |one: &Certificate| matches!(one.value("carat"), Some(Value::Number(carat)) if *carat >= 1_000);
                chosen = chosen.or_else(|| certificates.into_iter().find(is_large));
                task.advance(count as u64);
            }
        }
        let seconds = began.elapsed().as_secs_f64();
        task.finish();
        (self.account.seconds, self.account.per_second) = (seconds, total as f64 / seconds.max(1e-9));
        let Account { batches, look_alikes, per_second, .. } = self.account;
        self.account.step(
            "Antwerp",
            format!("registers them in {batches} batches: {seconds:.1} s, {per_second:.0} a second; {look_alikes} have the measures of others before them"),
        );
        if self.account.unmeasured > 0 {
            let text =
                format!("approves {} of them: the table does not say how large they are", self.account.unmeasured);
            self.account.step("Rosa", text);
        }
        chosen.context("the table has no stone of one carat or more")
    }

    /// Registers a batch, which the registrar approves if that is needed; gives the certificates.
    fn register_batch(&mut self, things: Vec<Vec<Value>>) -> anyhow::Result<Vec<Certificate>> {
        let prepared = prepare(&self.antwerp, self.registrar.mark_key(), self.state()?, &self.setting(), things)?;
        let (count, is_approved) = (prepared.batch.stones.len(), prepared.batch.is_approved);
        let mut transaction = build::register(&self.antwerp, self.ledger(), prepared.batch);
        if is_approved {
            build::approve(&self.registrar, &mut transaction)?;
        }
        self.stage.submit(transaction)?;
        self.account.batches += 1;
        self.account.registered += count;
        self.account.look_alikes += prepared.look_alikes;
        Ok(prepared.certificates)
    }

    fn lies_of_issuers(&mut self, certificate: &Certificate) -> anyhow::Result<()> {
        let original: Vec<Value> = certificate.attributes().map(|(_, value)| value.clone()).collect();
        // Mumbai writes the same certificate otherwise, and a little heavier.
        let mut altered = original.clone();
        let mut set = |name: &str, value| {
            if let Some(place) = Schema::Diamond.index(name).and_then(|index| altered.get_mut(usize::from(index))) {
                *place = value;
            }
        };
        set("laboratory", normal_text("  ANTWERP ").context("text")?);
        set("carat", Value::Number(1_490));
        set("colour", normal_text("D").context("text")?);
        // Of other measures, so that nothing needs the registrar's approval.
        set("height", Value::Number(9_990));
        let prepared = prepare(&self.mumbai, self.registrar.mark_key(), self.state()?, &self.setting(), vec![altered])?;
        let transaction = build::register(&self.mumbai, self.ledger(), prepared.batch);
        self.refused("Mumbai", "registers the same stone, spelled otherwise, heavier and whiter", transaction)?;
        let transaction = self.disguised(&original)?;
        let what = "registers the same stone under another inscription and number, and does not say how large it is";
        self.refused("Mumbai", what, transaction)?;

        let stranger = keys();
        let mut batch = {
            let mut other = original;
            if let Some(place) = Schema::Diamond.index("certificate").and_then(|at| other.get_mut(usize::from(at))) {
                *place = normal_text("99999999").context("text")?;
            }
            prepare(&self.antwerp, self.registrar.mark_key(), self.state()?, &self.setting(), vec![other])?.batch
        };
        batch.issuer = stranger.public(Role::Issuer);
        batch.number = 0;
        let transaction = build::register(&stranger, self.ledger(), batch);
        self.refused("Stranger", "registers a stone without being an issuer", transaction)
    }

    /// A stone without what it is known by: another inscription, another certificate, no measures, and no approval.
    fn disguised(&self, original: &[Value]) -> anyhow::Result<Transaction> {
        let mut altered = original.to_vec();
        let new = [("inscription", "MUM 1"), ("laboratory", "Mumbai"), ("certificate", "1")];
        let new = new.map(|(name, text)| (name, normal_text(text).unwrap_or(Value::Empty)));
        let measures = Schema::Diamond.identity().measures.iter().map(|name| (*name, Value::Empty));
        for (name, value) in new.into_iter().chain(measures) {
            if let Some(place) = Schema::Diamond.index(name).and_then(|index| altered.get_mut(usize::from(index))) {
                *place = value;
            }
        }
        let things = vec![altered];
        let prepared = prepare(&self.mumbai, self.registrar.mark_key(), self.state()?, &self.setting(), things)?;
        let batch = Batch { is_approved: false, ..prepared.batch };
        Ok(build::register(&self.mumbai, self.ledger(), batch))
    }

    fn claim(&mut self, certificate: &Certificate) -> anyhow::Result<AssetId> {
        let asset = certificate.check(self.state()?, self.ledger())?;
        let claimed = self.claim_of(asset)?;
        self.stage.submit(claimed)?;
        let text =
            |name: &str| certificate.attributes().find(|(one, _)| one.name == name).map(|(one, value)| value.show(one));
        let weight = text("carat").unwrap_or_default();
        self.account.step(
            "Mira",
            format!("claims the note of one stone, of {weight} ct; Antwerp signs the one unit there will ever be"),
        );
        let second = self.claim_of(asset)?;
        self.refused("Mira", "claims a second note of it, and Antwerp signs", second)?;
        Ok(asset)
    }

    /// Mira's claim, granted by Antwerp.
    fn claim_of(&self, asset: AssetId) -> anyhow::Result<Transaction> {
        let known = (self.state()?, self.stage.ledger.state().assets());
        let claims = [(asset, self.mira.address(0))];
        let request = ClaimRequest::new(&self.holder, self.ledger(), known, &claims, &mut OsRng)?;
        Ok(request.grant(&self.antwerp, self.ledger(), self.state()?)?)
    }

    fn show(&mut self, certificate: &Certificate) -> anyhow::Result<()> {
        let mut question = [0; 32];
        OsRng.fill_bytes(&mut question);
        let (bruno, ines) = (Challenge::new(&question, "Bruno"), Challenge::new(&question, "Ines"));
        let asks = [
            Ask { attribute: "cut".into(), wanted: Wanted::Value },
            Ask { attribute: "clarity".into(), wanted: Wanted::Value },
            Ask { attribute: "carat".into(), wanted: Wanted::Within(Bounds { at_least: Some(1_000), at_most: None }) },
        ];
        let presentation = certificate.present(&asks, bruno, &mut OsRng)?;
        let findings = presentation.check(self.state()?, self.ledger(), bruno, &mut OsRng)?;
        let learned = findings.attributes.iter().map(|(one, learned)| format!("{} {}", one.name, words(one, learned)));
        let learned = learned.collect::<Vec<_>>().join(", ");
        self.account.step(
            "Mira",
            format!(
                "shows Bruno: {learned}; and none of the other {} attributes",
                certificate.attributes().count() - asks.len()
            ),
        );
        let passed_on = presentation.check(self.state()?, self.ledger(), ines, &mut OsRng);
        let rule = passed_on.err().context("a proof convinces the one who asked alone")?;
        self.account.lie("Bruno", "passes the proof on to Ines as an answer to her question", rule);
        let too_much = Bounds { at_least: Some(9_000), at_most: None };
        let asks = [Ask { attribute: "carat".into(), wanted: Wanted::Within(too_much) }];
        let rule = certificate.present(&asks, bruno, &mut OsRng).err().context("it does not weigh nine carats")?;
        self.account.lie("Mira", "proves that it weighs nine carats or more", rule);
        Ok(())
    }

    fn send(&mut self, asset: AssetId, amount: NoteValue, from_mira: bool) -> anyhow::Result<UnprovenTransfer> {
        let (from, to) = if from_mira { (&mut self.mira, &self.bruno) } else { (&mut self.bruno, &self.mira) };
        let order = PaymentOrder { to: to.address(0), asset, amount, memo: Memo::empty() };
        Ok(self.stage.ready(from, |person, at| person.holder.prepare_send(at, &order, &mut OsRng))?)
    }

    fn sell(&mut self, asset: AssetId) -> anyhow::Result<()> {
        let ledger = self.ledger();
        let payment = self.send(self.crown, PRICE, false)?;
        let offer = Offer {
            ledger,
            payment: payment.effects().clone(),
            asset: self.crown,
            price: PRICE,
            wanted: asset,
            quantity: NoteValue(1),
            deliver_to: self.bruno.address(0),
        };
        let delivery = self.send(asset, NoteValue(1), true)?;
        let parameters = self.stage.parameters();
        let task = self.context.progress.spin("proving the sale");
        let answer = offer.answer(&self.mira.holder, ledger, delivery, parameters, &mut OsRng)?;
        let sale = offer.complete(&self.bruno.holder, payment, &answer, parameters, &mut OsRng)?;
        task.finish();
        self.stage.submit(sale)?;
        self.bruno.read(&self.stage)?;
        ensure!(self.stage.balance(&self.bruno, asset)? == 1, "the buyer has the stone");
        self.account.step(
            "Bruno",
            "buys it for 6,000.00 Crown: stone and money change hands in one transaction, price and names hidden",
        );
        Ok(())
    }

    fn hand_back(&mut self, asset: AssetId) -> anyhow::Result<Transaction> {
        let transfer = self.send(asset, NoteValue(1), false)?;
        let mut builder = TransactionBuilder::new(self.ledger());
        builder.add(transfer);
        let holder = &mut self.bruno.holder;
        let transaction = holder.authorize(builder.build()?, self.stage.parameters(), &mut OsRng)?;
        holder.release(&transaction.effects);
        Ok(transaction)
    }

    fn theft(&mut self, asset: AssetId) -> anyhow::Result<()> {
        let ledger = self.ledger();
        let false_report = build::report(&keys(), ledger, asset, 0, Authority::Issuer);
        self.refused("Stranger", "reports the stone as stolen", false_report)?;
        self.stage.submit(build::report(&self.antwerp, ledger, asset, 0, Authority::Issuer))?;
        self.account.step("Antwerp", "reports it as stolen, as Bruno has told them");
        let moved = self.hand_back(asset)?;
        self.refused("Thief", "hands it on, with Bruno's own keys", moved.clone())?;
        self.refused("Thief", "lifts the report", build::lift(&keys(), ledger, asset, 1, Authority::Issuer))?;
        self.stage.submit(build::lift(&self.registrar, ledger, asset, 1, Authority::Registrar))?;
        self.account.step("Rosa", "lifts the report: the stone was found");
        let again = build::report(&self.antwerp, ledger, asset, 0, Authority::Issuer);
        self.refused("Thief", "has the old report taken again", again)?;
        self.stage.submit(moved)?;
        self.account
            .step("Bruno", "hands it to Mira, for a new setting: the very transaction that was refused is good now");
        Ok(())
    }

    fn custody(&mut self, asset: AssetId, path: Option<&Path>) -> anyhow::Result<()> {
        let history = super::super::custody::history(&self.stage.ledger, asset)?;
        let mut custody = Custody::new(self.ledger(), asset);
        for person in [&mut self.mira, &mut self.bruno] {
            person.read(&self.stage)?;
            let own = [person.address(0)];
            custody.add_own(person.holder.wallet().key(), &own, &history);
        }
        let chain = custody.check(self.ledger(), &history)?;
        ensure!(chain.iter().all(|custodian| custodian.to.is_some()), "every hand-over is disclosed");
        self.account.step(
            "Mira",
            format!(
                "discloses to Ines, her insurer, all {} times that it came to somebody, and nothing else of her wallet",
                chain.len()
            ),
        );
        let subject = Subject::of(self.state()?, asset).context("the stone is registered")?;
        let made = document(&subject, &history, &chain, "https://registry.example", self.stage.now()?)?;
        if let Some(path) = path {
            write_new(path, made.to_json().as_bytes(), Readers::Default)?;
        }
        self.account.events = made.events().iter().map(|event| event.id().to_owned()).collect();
        self.account.step(
            "Ines",
            format!("keeps the history as {} EPCIS 2.0 events, each under its hash", made.events().len()),
        );
        Ok(())
    }

    /// Ines is given viewing keys of Mira's wallet, and no more.
    fn insure(&mut self, asset: AssetId) -> anyhow::Result<()> {
        let history = super::super::custody::history(&self.stage.ledger, asset)?;
        let wallet = self.mira.holder.wallet();
        let seen = sightings(Viewer::Full(wallet), asset, &history);
        let arrivals = sightings(Viewer::Incoming(wallet.key().incoming()), asset, &history);
        let went_out = seen.iter().filter(|sighting| sighting.part == Part::WentOut).count();
        ensure!(went_out == 1 && is_in(wallet, asset), "the stone went out once, and came back");
        ensure!(arrivals.len() + went_out == seen.len(), "an incoming key sees the arrivals");
        self.account.step(
            "Ines",
            format!(
                "sees by Mira's viewing key that it came in {} times and went out {went_out}, and that it is there; a key of what comes in \
                 shows her the {} arrivals alone",
                arrivals.len(),
                arrivals.len()
            ),
        );
        let transfer = self.send(asset, NoteValue(1), true)?;
        let mut builder = TransactionBuilder::new(self.ledger());
        builder.add(transfer);
        let prepared = builder.build()?;
        let effects = prepared.effects().clone();
        let ines = Person::new("Ines", &mut OsRng);
        let rule = ines.holder.authorize(prepared, self.stage.parameters(), &mut OsRng).err();
        self.account.lie(
            "Ines",
            "moves it, by all that the viewing key tells",
            rule.context("a viewing key signs nothing")?,
        );
        self.mira.holder.release(&effects);
        Ok(())
    }

    /// A lie, and the rule that refuses it.
    fn refused(&mut self, who: &'static str, what: &str, transaction: Transaction) -> anyhow::Result<()> {
        let rule = match self.stage.submit(transaction) {
            Err(StageError::Refused(rule @ Refusal::Rule(_))) => rule,
            Err(error) => return Err(error.into()),
            Ok(_) => bail!("the ledger accepts that {who} {what}"),
        };
        self.account.lie(who, what, rule);
        Ok(())
    }
}
