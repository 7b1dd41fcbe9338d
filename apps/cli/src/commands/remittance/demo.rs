//! The demonstration: one remittance that arrives, one that comes back, and some who lie, on a ledger of its own that is gone
//! afterwards.

use std::{fmt, path::Path};

use anyhow::{Context as _, ensure};
use clap::Args;
use ed25519_dalek::SigningKey;
use rand_core::{OsRng, RngCore as _};
use serde::Serialize;
use serde_json::json;
use tabella_catalogue::catalogue;
use tabella_protocol::{
    note::{AssetId, NoteValue},
    note_encryption::Memo,
    transaction::Transaction,
};
use tabella_prover::{
    builder::{Settlement, SpendPath, TransactionBuilder},
    wallet::NoteKind,
};
use tabella_remittance::{
    Agreed, Notice, Payee, Price, QuoteRequest, Rate, RemittanceKeys, SignedQuote,
    notice::escrow,
    rules::{Corridor, RemittanceId, RemittanceRejection, Remittances},
    travel::Particulars,
};
use tabella_stage::{Person, Stage, reason};
use tabella_verifier::log::Origin;

use super::provide::names;
use crate::{
    cli::Context,
    commands::demonstration::{Steps, hundredths, perform, time},
    output::Table,
};

/// 30 November 2026, 09:00 UTC.
const MORNING: u64 = 1_796_029_200;
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
/// A euro is 1,560 won; 1.50 and half a percent are the fee.
const PRICE: Price = Price { rate: Rate { delivered: 78, exchanged: 5 }, fixed_fee: NoteValue(150), fee_points: 50 };

/// Arguments of `remittance demo`.
#[derive(Args, Debug)]
pub struct Demo {}

struct Role {
    person: Person,
    number: u32,
    keys: RemittanceKeys,
}

impl Role {
    fn new(name: &str) -> Self {
        let person = Person::new(name, &mut OsRng);
        Self { keys: RemittanceKeys::of_seed(&person.seed, 0), person, number: 0 }
    }

    /// Takes the keys of another remittance.
    fn take(&mut self, number: u32) {
        (self.number, self.keys) = (number, RemittanceKeys::of_seed(&self.person.seed, number));
    }

    fn next(&mut self) {
        self.take(self.number + 1);
    }
}

struct Play {
    stage: Stage,
    anna: Role,
    exchange: Role,
    hankang: Role,
    euro: AssetId,
    won: AssetId,
    corridor: Corridor,
    account: Account,
}

impl Demo {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let Self {} = self;
        perform(context, "two remittances", play)
    }
}

fn play(folder: &Path) -> anyhow::Result<Account> {
    let name = Origin::new("remittance.demo")?;
    let mut stage = Stage::new(&folder.join("ledger"), name, catalogue().applications(), time(MORNING)?)?;
    let (anna, exchange, hankang) = (Role::new("Anna"), Role::new("Exchange"), Role::new("Hankang"));
    let mint = SigningKey::generate(&mut OsRng);
    let euro = stage.issue(&mint, ("EUR", 2), &[(anna.person.address(0), NoteValue(250_000))])?;
    let won = stage.issue(&mint, ("KRW", 0), &[(exchange.person.address(0), NoteValue(2_000_000))])?;
    let corridor = Corridor {
        operator: exchange.keys.signer(),
        name: "Poland to Korea".into(),
        pays: euro,
        receives: won,
        below: NoteValue(100_000),
    };
    let mut play = Play { stage, anna, exchange, hankang, euro, won, corridor, account: Account::default() };
    play.account.steps.add("Anna", "has 2,500.00 EUR in her wallet; the Exchange 2,000,000 KRW");
    let open = play.exchange.keys.open(play.stage.ledger.id(), play.corridor.clone());
    play.stage.submit(open)?;
    play.account.steps.add("Exchange", "opens the corridor from EUR to KRW: each payment is below 1,000.00 EUR");
    play.arrives()?;
    play.comes_back()?;
    play.sum_up()?;
    Ok(play.account)
}

impl Play {
    fn quote(&self, pay: u64) -> anyhow::Result<SignedQuote> {
        let ledger = self.stage.ledger.id();
        let request = QuoteRequest {
            corridor: self.corridor.id(ledger),
            price: PRICE,
            priced: PRICE.paying(NoteValue(pay))?,
            claim: self.exchange.person.address(OsRng.next_u32() | 1 << 31),
            expires: time(self.stage.now()?.seconds() + 900)?,
            answer_seconds: 86_400,
            claim_seconds: 2 * 86_400,
        };
        Ok(SignedQuote::new(&self.exchange.keys, ledger, &self.corridor, &request, &mut OsRng)?)
    }

    /// A payee whose keys are of this remittance alone, and what Anna agrees to with it.
    fn agree(&mut self, quote: SignedQuote) -> anyhow::Result<(Agreed, Payee)> {
        self.hankang.next();
        let name = |first: &str, family: &str| json!({"nameIdentifier": [{"primaryIdentifier": family, "secondaryIdentifier": first, "nameIdentifierType": "LEGL"}]});
        let ivms101 = serde_json::from_value(json!({
            "originator": {"originatorPersons": [{"naturalPerson": {"name": name("Anna", "Nowak"), "customerIdentification": "A-17"}}]},
            "beneficiary": {"beneficiaryPersons": [{"naturalPerson": {"name": name("Minji", "Kim")}}]},
        }))?;
        let told = Particulars { reference: "INV-17".into(), information: Some("Invoice 17".into()), ivms101 };
        let ledger = self.stage.ledger.id();
        let address = self.hankang.person.address(OsRng.next_u32() | 1 << 31);
        let payee = Payee::new(&self.hankang.keys, ledger, self.corridor.id(ledger), address);
        let at = (ledger, &self.corridor, self.stage.now()?);
        Ok((Agreed::new(quote, at, &payee, told, &mut OsRng)?, payee))
    }

    /// Order, answer, completion: the transaction that locks both legs.
    fn exchange(&mut self, agreed: &Agreed) -> anyhow::Result<Transaction> {
        let Self { stage, anna, exchange, euro, won, corridor, account, .. } = self;
        let lock = agreed.lock_order(Memo::empty())?;
        let payment =
            stage.ready(&mut anna.person, |anna, at| anna.holder.prepare_lock(at, *euro, &lock, &mut OsRng))?;
        let order = agreed.order(&payment);
        exchange.person.read(stage)?;
        let at = (stage.ledger.id(), &*corridor, stage.now()?);
        let state = stage.ledger.state().application::<Remittances>().context("the ledger has the application")?;
        let told = order.check(&exchange.keys, at, state, &exchange.person.holder)?;
        let sender = names(&told.ivms101.originator.originator_persons);
        account.steps.add("Exchange", format!("checks the order, reads that {sender} sends, and signs its own leg"));
        let lock = order.lock_order(Memo::empty())?;
        let delivery = stage
            .ready(&mut exchange.person, |exchange, at| exchange.holder.prepare_lock(at, *won, &lock, &mut OsRng))?;
        let answer = order.answer(&exchange.keys, &exchange.person.holder, delivery, stage.parameters(), &mut OsRng)?;
        let holder = &anna.person.holder;
        Ok(agreed.complete(corridor, holder, payment, &answer, stage.parameters(), &mut OsRng)?)
    }

    fn arrives(&mut self) -> anyhow::Result<()> {
        let quote = self.quote(10_000)?;
        let priced = quote.quote.priced;
        ensure!((priced.fee.0, priced.deliver.0) == (200, 152_880), "the price is exact");
        self.account.steps.add("Exchange", "quotes: 100.00 EUR in all, of which 2.00 are the fee, for 152,880 KRW");
        let mut forged = quote.clone();
        forged.quote.priced.deliver.0 += 1;
        let refused = self.agree(forged).err().context("a forged quote was taken")?;
        self.account.steps.lie("somebody", "changes a number of the quote", refused);
        let (agreed, payee) = self.agree(quote.clone())?;
        let keys = self.hankang.number;
        let transaction = self.exchange(&agreed)?;
        self.stage.submit(transaction)?;
        self.account.steps.add("Anna", "completes it: one transaction locks 100.00 EUR and 152,880 KRW, or nothing");

        let (second, _) = self.agree(quote)?;
        self.hankang.take(keys);
        let again = self.exchange(&second).err().context("a quote was used twice")?;
        self.account.steps.lie("Anna", "uses the quote a second time", again);
        self.anna.person.read(&self.stage)?;

        let id = agreed.id();
        let notice = agreed.notice();
        self.claim_refused("Exchange", id)?;
        self.check(&notice, &payee)?;
        let stranger = self.exchange.keys.answer(self.stage.ledger.id(), id, true);
        let outcome = self.stage.submit(stranger);
        let rule = reason::<RemittanceRejection>(&outcome).context("a stranger accepts")?.to_string();
        self.account.steps.lie("Exchange", "accepts in the receiver's place", rule);
        let accept = self.hankang.keys.answer(self.stage.ledger.id(), id, true);
        self.stage.submit(accept)?;
        self.account
            .steps
            .add("Hankang", "accepts: both legs can be claimed, and neither goes back before the end of claims");
        self.settle("Exchange", id, SpendPath::Claim)?;
        self.settle("Hankang", id, SpendPath::Claim)
    }

    fn check(&mut self, notice: &Notice, payee: &Payee) -> anyhow::Result<()> {
        let Self { stage, hankang, account, .. } = self;
        hankang.person.read(stage)?;
        let state = stage.ledger.state().application::<Remittances>().context("the ledger has the application")?;
        let told = notice.check(&hankang.keys, payee, state, hankang.person.holder.wallet())?;
        let (from, to) = (&told.ivms101.originator.originator_persons, &told.ivms101.beneficiary.beneficiary_persons);
        let text = format!(
            "is told: from {}, to {}, {} KRW, and its wallet opens them",
            names(from),
            names(to),
            notice.delivered.0
        );
        account.steps.add("Hankang", text);
        Ok(())
    }

    fn comes_back(&mut self) -> anyhow::Result<()> {
        // What Anna's wallet had reserved for the second use of the quote is free again.
        self.stage.advance(2 * HOUR);
        let over = self.quote(100_000).err().context("a quote over the threshold")?;
        self.account.steps.lie("Anna", "asks for 1,000.00 EUR", over);
        let quote = self.quote(50_000)?;
        self.account.steps.add("Exchange", "quotes 500.00 EUR");
        let (agreed, _) = self.agree(quote)?;
        let transaction = self.exchange(&agreed)?;
        self.stage.submit(transaction)?;
        self.account.steps.add("Anna", "completes it, and nobody answers");
        self.stage.advance(3 * DAY + HOUR);
        let id = agreed.id();
        let late = self.hankang.keys.answer(self.stage.ledger.id(), id, true);
        let outcome = self.stage.submit(late);
        let rule = reason::<RemittanceRejection>(&outcome).context("an answer comes too late")?.to_string();
        self.account.steps.lie("Hankang", "accepts three days later", rule);
        self.settle("Anna", id, SpendPath::Refund)?;
        self.settle("Exchange", id, SpendPath::Refund)
    }

    /// The transaction that settles somebody's side.
    fn settlement(&mut self, who: &str, id: RemittanceId, path: SpendPath) -> anyhow::Result<(Transaction, NoteValue)> {
        let Self { stage, anna, exchange, hankang, .. } = self;
        let role = match who {
            "Anna" => anna,
            "Exchange" => exchange,
            _ => hankang,
        };
        role.person.read(stage)?;
        let kind = if path == SpendPath::Refund { NoteKind::EscrowToRefund } else { NoteKind::EscrowToClaim };
        let state = stage.ledger.state().application::<Remittances>().context("the ledger has the application")?;
        let remittance = state.remittance(&id).context("the remittance is there")?;
        let found = escrow(role.person.holder.wallet(), remittance, kind);
        let found = found.map(|note| ((note.pool(), note.position()), note.note().value));
        let (place, value) = found.context("a party finds its escrow")?;
        let to = Settlement::To(role.person.address(0), Memo::empty());
        let transfer = role.person.holder.prepare_settlement(&stage.moment()?, place, path, to, &mut OsRng)?;
        let mut builder = TransactionBuilder::new(stage.ledger.id());
        builder.add(transfer);
        let transaction = role.person.holder.authorize(builder.build()?, stage.parameters(), &mut OsRng)?;
        Ok((transaction, value))
    }

    fn settle(&mut self, who: &str, id: RemittanceId, path: SpendPath) -> anyhow::Result<()> {
        let (transaction, value) = self.settlement(who, id, path)?;
        self.stage.submit(transaction)?;
        let is_euro = (who == "Exchange") == (path == SpendPath::Claim);
        let shown = if is_euro { format!("{} EUR", hundredths(value.0)) } else { format!("{} KRW", value.0) };
        let verb = if path == SpendPath::Refund { "takes back" } else { "claims" };
        self.account.steps.add(who, format!("{verb} {shown}"));
        Ok(())
    }

    fn claim_refused(&mut self, who: &str, id: RemittanceId) -> anyhow::Result<()> {
        let (transaction, _) = self.settlement(who, id, SpendPath::Claim)?;
        let effects = transaction.effects.clone();
        let refused = self.stage.submit(transaction).err().context("a claim before the answer")?;
        self.exchange.person.holder.release(&effects);
        self.account.steps.lie(who, "claims before anybody has accepted", refused);
        Ok(())
    }

    fn sum_up(&mut self) -> anyhow::Result<()> {
        let Self { stage, anna, exchange, hankang, euro, won, account, .. } = self;
        let expected = [
            (anna, NoteValue(240_000), NoteValue(0)),
            (exchange, NoteValue(10_000), NoteValue(2_000_000 - 152_880)),
            (hankang, NoteValue(0), NoteValue(152_880)),
        ];
        for (role, euros_held, won_held) in expected {
            role.person.read(stage)?;
            let held = (stage.balance(&role.person, *euro)?, stage.balance(&role.person, *won)?);
            ensure!(held == (euros_held.0.into(), won_held.0.into()), "{} holds what is theirs", role.person.name());
            let balance = (role.person.name().to_owned(), hundredths(euros_held.0), won_held.0.to_string());
            account.balances.push(balance);
        }
        account.entries = stage.ledger.entries();
        Ok(())
    }
}

/// Who did what, and what it came to.
#[derive(Default, Serialize)]
struct Account {
    steps: Steps<10>,
    balances: Vec<(String, String, String)>,
    entries: u64,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Money from Poland to Korea\n\n{}\nIn the end\n", self.steps)?;
        let mut table = Table::new(&["", "EUR", "KRW"]);
        for (who, euros, won) in &self.balances {
            table.row([who, euros, won]);
        }
        writeln!(f, "{table}\nWho learned what\n")?;
        let mut table = Table::new(&["", "corridor, times, stage", "amounts, fee", "who sends, who receives"]);
        table.row(["Anna", "yes", "yes", "yes"]);
        table.row(["Exchange", "yes", "yes", "yes: sealed to it"]);
        table.row(["Hankang", "yes", "what arrives and what was paid", "yes: sealed to it"]);
        table.row(["everybody", "yes", "no; that it is below 1,000.00 EUR", "no"]);
        writeln!(f, "{table}")?;
        writeln!(f, "The ledger has {} entries; all of both assets is where it should be.", self.entries)
    }
}
