//! The demonstration: payments from issue to custody, on a ledger of its own that is gone afterwards.

mod treasury;

use std::{fmt, path::Path};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use serde::Serialize;
use tabella_catalogue::catalogue;
use tabella_payments::{
    amount,
    holder::PaymentOrder,
    log::read_pool,
    outgoing::{OutgoingViewingKey, outgoing_notes},
    request::{Decimal, PaymentRequest, RequestedPayment},
    viewing::incoming_notes,
};
use tabella_protocol::{
    asset::AssetClass,
    disclosure::PaymentDisclosure,
    keys::Address,
    note::{AssetId, NoteValue},
    note_encryption::Memo,
    transaction::{Transaction, TransactionDigest},
};
use tabella_stage::{Person, Stage};
use tabella_verifier::log::Origin;

use crate::{
    cli::Context,
    commands::demonstration::{Steps, hundredths, perform, time},
    output::Table,
};

/// 1 December 2026, 9:00 UTC.
const MORNING: u64 = 1_796_115_600;

/// Arguments of `wallet demo`.
#[derive(Args, Debug)]
pub struct Demo {}

impl Demo {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let Self {} = self;
        perform(context, "payments from issue to custody", play)
    }
}

struct Play {
    stage: Stage,
    alice: Person,
    bob: Person,
    carol: Person,
    asset: AssetId,
    account: Account,
}

fn play(folder: &Path) -> anyhow::Result<Account> {
    let name = Origin::new("payments.demo")?;
    let mut stage = Stage::new(&folder.join("ledger"), name, catalogue().applications(), time(MORNING)?)?;
    let [alice, bob, carol] = ["Alice", "Bob", "Carol"].map(|name| Person::new(name, &mut OsRng));
    let notes = [(alice.address(0), NoteValue(100_000))];
    let asset = stage.issue(&SigningKey::generate(&mut OsRng), ("Crown", 2), &notes)?;
    let mut play = Play { stage, alice, bob, carol, asset, account: Account::default() };
    play.account.steps.add("Issuer", "issues 1,000.00 Crown to Alice: everybody sees to which address, and how much");
    play.shield()?;
    let paid = play.request()?;
    play.many()?;
    play.disclose(paid)?;
    play.view()?;
    play.custody()?;
    play.end()?;
    Ok(play.account)
}

impl Play {
    fn order(&self, to: Address, value: u64, memo: &str) -> anyhow::Result<PaymentOrder> {
        Ok(PaymentOrder { to, asset: self.asset, amount: NoteValue(value), memo: Memo::from_text(memo)? })
    }

    /// Alice pays, in as many transactions as it takes; the last one.
    fn pay(&mut self, orders: Vec<PaymentOrder>) -> anyhow::Result<(Transaction, Vec<usize>)> {
        self.alice.read(&self.stage)?;
        let mut sending = self.alice.holder.plan(&self.stage.moment()?, orders)?;
        loop {
            let at = self.stage.moment()?;
            let round = self.alice.holder.prepare_next(&mut sending, &at, &mut OsRng)?.context("a payment follows")?;
            let transaction = self.alice.holder.authorize(round.transaction, self.stage.parameters(), &mut OsRng)?;
            self.stage.submit(transaction.clone())?;
            if round.pays {
                return Ok((transaction, sending.transfers()));
            }
            self.alice.read(&self.stage)?;
        }
    }

    fn shield(&mut self) -> anyhow::Result<()> {
        let to_herself = self.order(self.alice.address(1), 100_000, "")?;
        self.pay(vec![to_herself])?;
        self.account.steps.add("Alice", "sends them to herself: from now on nobody sees who holds how much");
        Ok(())
    }

    fn request(&mut self) -> anyhow::Result<TransactionDigest> {
        let payment = RequestedPayment {
            to: self.bob.address(0),
            asset: self.asset,
            amount: Decimal::new("12.50")?,
            memo: Memo::from_text("invoice 7")?,
            label: Some("Bob's bakery".into()),
            message: None,
        };
        let text = PaymentRequest::new(Some(self.stage.ledger.id()), vec![payment])?.to_string();
        self.account.steps.add("Bob", format!("asks for 12.50, as text or QR code:\n{:12}{}…", "", &text[..60]));
        for (tampered, what) in [
            (text.replace("amount=12.50", "amount=12.505"), "12.505"),
            (format!("{text}&amount=99"), "a second amount"),
            (format!("{text}&req-tip=1"), "something that wallets must know"),
        ] {
            let refused = tampered.parse::<PaymentRequest>().map_err(anyhow::Error::from).and_then(|request| {
                let [payment] = request.payments() else { bail!("one payment") };
                Ok(payment.amount.units(2)?)
            });
            let error = refused.err().context("a tampered request is refused")?;
            self.account.steps.add("Mallory", format!("changes it to ask for {what}\n{:12}refused: {error}", ""));
        }
        let request: PaymentRequest = text.parse()?;
        let [wanted] = request.payments() else { bail!("one payment") };
        let order = PaymentOrder {
            to: wanted.to,
            asset: wanted.asset,
            amount: wanted.amount.units(2)?,
            memo: wanted.memo.clone(),
        };
        let (transaction, _) = self.pay(vec![order])?;
        self.account.steps.add("Alice", "pays the request; its memo comes back to Bob with the money");
        Ok(transaction.effects.digest())
    }

    fn many(&mut self) -> anyhow::Result<()> {
        let orders = vec![
            self.order(self.bob.address(1), 2_000, "wages, November")?,
            self.order(self.carol.address(0), 3_000, "wages, November")?,
            self.order(self.carol.address(1), 150, "the bus")?,
        ];
        let (_, rounds) = self.pay(orders)?;
        ensure!(rounds.len() == 2, "one transaction before the one that pays");
        self.account.steps.add(
            "Alice",
            "pays three at once: 20.00, 30.00 and 1.50, by one transaction, all or none. One before it\n            \
             divided her own note, and paid nobody",
        );
        Ok(())
    }

    fn disclose(&mut self, paid: TransactionDigest) -> anyhow::Result<()> {
        let entry = self.stage.ledger.store().entry_by_digest(paid)?.context("the payment is on the ledger")?;
        let logged: tabella_protocol::transaction::LoggedTransaction = borsh::from_slice(&entry.bytes)?;
        let effects = &logged.transaction.effects;
        let disclosure = PaymentDisclosure::new(self.alice.holder.wallet().key(), effects)?;
        let seen = disclosure.check(effects)?;
        ensure!(seen.note.value == NoteValue(1_250) && seen.recipient == self.bob.address(0), "what was paid");
        let text = format!(
            "shows one payment to an auditor: {} to Bob's address, memo \"{}\", and nothing else",
            hundredths(seen.note.value.0),
            seen.memo.text().unwrap_or_default()
        );
        self.account.steps.add("Alice", text);
        Ok(())
    }

    fn view(&mut self) -> anyhow::Result<()> {
        let entries = [read_pool(&self.stage.ledger, AssetClass::Ordinary)?];
        let key = self.alice.holder.wallet().key();
        let incoming = incoming_notes(key.incoming(), &entries);
        let from_others = incoming.iter().filter(|note| !note.change).count();
        let sent = outgoing_notes(&OutgoingViewingKey::of(key), &entries[0]);
        let paid = sent.iter().filter(|note| !note.change);
        let paid: u64 = paid.filter(|note| note.to != self.alice.address(1)).map(|note| note.value.0).sum();
        ensure!(paid == 1_250 + 2_000 + 3_000 + 150, "an outgoing key sees all that was paid");
        self.account
            .steps
            .add("Auditor", format!("with Alice's incoming key sees {from_others} receipts, and no payment"));
        self.account
            .steps
            .add("Auditor", format!("with her outgoing key sees {} paid, to whom and why", hundredths(paid)));
        Ok(())
    }

    fn end(&mut self) -> anyhow::Result<()> {
        let mut sum = 0;
        for person in [&mut self.alice, &mut self.bob, &mut self.carol] {
            person.read(&self.stage)?;
            let balance = self.stage.balance(person, self.asset)?;
            sum += balance;
            self.account.balances.push((person.name().to_owned(), amount::format(balance, 2)));
        }
        let treasury = self.account.treasury;
        self.account.balances.push(("Treasury".into(), hundredths(treasury)));
        ensure!(sum + u128::from(treasury) == 100_000, "everybody together holds what was issued");
        self.account.entries = self.stage.ledger.entries();
        Ok(())
    }
}

/// Who did what, and what it came to.
#[derive(Default, Serialize)]
struct Account {
    steps: Steps<10>,
    balances: Vec<(String, String)>,
    entries: u64,
    #[serde(skip)]
    treasury: u64,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Payments, from issue to custody\n\n{}\nIn the end", self.steps)?;
        for (who, amount) in &self.balances {
            writeln!(f, "  {who:10}holds {amount} Crown")?;
        }
        writeln!(f, "\nWho sees what\n")?;
        let mut table = Table::new(&["", "amounts", "recipients", "memos", "can spend"]);
        table.row(["everybody", "of issues only", "of issues only", "no", "no"]);
        table.row(["recipient", "its own", "itself", "its own", "what it got"]);
        table.row(["auditor, one disclosure", "of one payment", "of one payment", "of one payment", "no"]);
        table.row(["auditor, incoming key", "what came in", "no", "what came in", "no"]);
        table.row(["auditor, outgoing key", "what was sent", "what was sent", "what was sent", "no"]);
        table.row(["auditor, full key", "all", "all", "all", "no"]);
        table.row(["each custodian", "all of the account", "all", "all", "two together"]);
        writeln!(f, "{table}\nEverybody together holds what was issued. The ledger has {} entries.", self.entries)
    }
}
