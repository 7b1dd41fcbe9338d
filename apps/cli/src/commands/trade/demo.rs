//! The demonstration: a letter of credit from the order to the payment, one that expires, and an invoice that is sold once; with
//! those who lie. Everything is real but the calendar.

use std::fmt;

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_catalogue::catalogue;
use tabella_ledger::clock::{Clock as _, SystemClock};
use tabella_payments::holder::PaymentOrder;
use tabella_protocol::{
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::Memo,
};
use tabella_prover::{
    builder::{Settlement, SpendPath, TransactionBuilder, UnprovenTransfer},
    wallet::NoteKind,
};
use tabella_stage::{Person, Stage, StageError, replay};
use tabella_trade::{
    debtor,
    documents::{SignedDocument, endorse},
    exchange::Offer,
    keys::TradeKeys,
    letters::{LetterFile, LetterRequest, OnLedger},
    reading::{acknowledge, escrows},
};
use tabella_trade_rules::{
    TradeFinance,
    action::{Discrepancy, DiscrepancyCode},
    invoice::{Invoice, InvoiceIdentity, document_digest},
    letter::{DocumentKind, LetterId, Parties, Requirement},
    state::Letter,
};
use tabella_verifier::log::Origin;

use crate::{
    assets::AssetLabel,
    cli::Context,
    output::{Table, visible},
};

const DAY: u64 = 86_400;
const PRICE_OF_GOODS: NoteValue = NoteValue(9_500_000);
const PRICE_OF_INVOICE: NoteValue = NoteValue(9_300_000);

/// Arguments of `trade demo`.
#[derive(Args, Debug)]
pub struct Demo {}

/// Somebody on the stage.
struct Actor {
    person: Person,
    keys: TradeKeys,
}

impl Actor {
    fn new(name: &str) -> Self {
        let person = Person::new(name, &mut OsRng);
        Self { keys: TradeKeys::of_seed(&person.seed, 0), person }
    }
}

/// One line of the account: who did what, and what the public saw of it.
#[derive(Serialize)]
struct Step {
    who: &'static str,
    did: String,
    public: &'static str,
    refused: bool,
}

struct Play<'a> {
    context: &'a Context,
    stage: Stage,
    euro: AssetId,
    label: AssetLabel,
    start: u64,
    steps: Vec<Step>,
    buyer: Actor,
    bank: Actor,
    adviser: Actor,
    seller: Actor,
    carrier: Actor,
    examiner: Actor,
}

impl Demo {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        context.output.remark(
            "Trade finance with real keys and proofs, under development parameters, on a ledger in a temporary folder.\n\
             Only the calendar is set by hand.\n",
        );
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let mut play = Play::new(context, folder.path())?;
        play.letter_that_is_paid()?;
        play.letter_that_expires()?;
        play.invoice()?;
        play.end()
    }
}

impl<'a> Play<'a> {
    fn new(context: &'a Context, folder: &std::path::Path) -> anyhow::Result<Self> {
        let task = context.progress.spin("making a ledger, banks and money");
        let start = SystemClock.now().seconds();
        let now = Timestamp::new(start).context("no such time")?;
        let name = Origin::new("demo.trade.test")?;
        let mut stage = Stage::new(&folder.join("ledger"), name, catalogue().applications(), now)?;
        let (bank, adviser) = (Actor::new("bank"), Actor::new("adviser"));
        let of = |actor: &Actor, units| (actor.person.address(0), NoteValue(units));
        let money = [of(&bank, PRICE_OF_GOODS.0), of(&bank, 20_000_000), of(&adviser, 20_000_000)];
        let euro = stage.issue(&bank.person.key, ("EUR", 2), &money)?;
        let label = AssetLabel::of(stage.ledger.state().assets(), &euro);
        task.finish();
        let [buyer, seller, carrier, examiner] = ["buyer", "seller", "carrier", "examiner"].map(Actor::new);
        let steps = Vec::new();
        Ok(Self { context, stage, euro, label, start, steps, buyer, bank, adviser, seller, carrier, examiner })
    }

    fn day(&self, days: u64) -> anyhow::Result<Timestamp> {
        Timestamp::new(self.start + days * DAY).context("no such time")
    }

    fn tell(&mut self, who: &'static str, did: impl Into<String>, public: &'static str) {
        self.steps.push(Step { who, did: did.into(), public, refused: false });
    }

    /// What must be refused, and why it was.
    fn tell_refused<T>(
        &mut self,
        who: &'static str,
        tried: &str,
        outcome: Result<T, impl fmt::Display>,
    ) -> anyhow::Result<()> {
        let Err(error) = outcome else { bail!("{who} {tried}, and nobody refused it") };
        let did = format!("{tried}: {error}");
        self.steps.push(Step { who, did, public: "nothing", refused: true });
        Ok(())
    }

    fn trade(&self) -> anyhow::Result<&TradeFinance> {
        self.stage.ledger.state().application().context("the ledger has trade finance")
    }

    fn letter(&self, id: LetterId) -> anyhow::Result<Letter> {
        self.trade()?.letter(&id).cloned().context("the letter is on the ledger")
    }

    fn request(&self, description: &str) -> anyhow::Result<LetterRequest> {
        Ok(LetterRequest {
            parties: Parties {
                applicant: self.buyer.keys.party(),
                issuing_bank: self.bank.keys.party(),
                advising_bank: self.adviser.keys.party(),
                beneficiary: self.seller.keys.party(),
                examiner: self.examiner.keys.party(),
            },
            asset: self.euro,
            amount: PRICE_OF_GOODS,
            claimant: self.seller.person.address(7),
            claim_until: self.day(90)?,
            refund_from: self.day(90)?,
            latest_shipment: Some(self.day(30)?),
            expiry: self.day(50)?,
            documents: vec![
                Requirement { kind: DocumentKind::BillOfLading, signer: self.carrier.keys.party() },
                Requirement { kind: DocumentKind::CommercialInvoice, signer: self.seller.keys.party() },
            ],
            description: description.into(),
            silence: Some(7 * 86_400),
        })
    }

    /// Draft and issue.
    fn issue(&mut self, request: LetterRequest) -> anyhow::Result<LetterId> {
        let ledger = self.stage.ledger.id();
        let letter = LetterFile::draft(&self.buyer.keys, ledger, request, &mut OsRng)?;
        let task = self.context.progress.spin("the bank locks the amount");
        let order = letter.lock_order(Memo::empty())?;
        let Self { stage, bank, euro, .. } = self;
        let transfer =
            stage.ready(&mut bank.person, |person, at| person.holder.prepare_lock(at, *euro, &order, &mut OsRng))?;
        let with = letter.issue(&bank.keys, transfer, &mut OsRng)?;
        let proof = with.proof;
        let transaction =
            bank.person.holder.authorize_with(with.transaction, stage.parameters(), &mut OsRng, |_| vec![proof])?;
        stage.submit(transaction)?;
        task.finish();
        Ok(letter.id())
    }

    fn documents(&self, id: LetterId, bags: u32) -> anyhow::Result<Vec<SignedDocument>> {
        let ledger = self.stage.ledger.id();
        let bill = format!("Shipped on board MV Aurora, Santos to Hamburg: {bags} bags of coffee");
        let shipped = Some(self.day(20)?);
        Ok(vec![
            endorse(&self.carrier.keys, ledger, id, DocumentKind::BillOfLading, shipped, bill.as_bytes()),
            endorse(
                &self.seller.keys,
                ledger,
                id,
                DocumentKind::CommercialInvoice,
                None,
                b"Invoice 2026-117: 400 bags",
            ),
        ])
    }

    fn present(&mut self, id: LetterId, bags: u32) -> anyhow::Result<()> {
        let (letter, documents) = (self.letter(id)?, self.documents(id, bags)?);
        let on = OnLedger { ledger: self.stage.ledger.id(), id, letter: &letter };
        self.stage.submit(on.present(&self.seller.keys, &documents)?)?;
        Ok(())
    }

    /// The seller claims, or the bank takes back.
    fn settle(&mut self, id: LetterId, path: SpendPath) -> anyhow::Result<()> {
        let task = self.context.progress.spin("a claim is proved");
        let Self { stage, seller, bank, .. } = self;
        let (person, kind) = match path {
            SpendPath::Refund => (&mut bank.person, NoteKind::EscrowToRefund),
            _ => (&mut seller.person, NoteKind::EscrowToClaim),
        };
        person.read(stage)?;
        let note = escrows(person.holder.wallet(), id, kind).next().context("there is an escrow")?;
        let place = (note.pool(), note.position());
        let to = Settlement::To(person.address(0), Memo::empty());
        let transfer = person.holder.prepare_settlement(&stage.moment()?, place, path, to, &mut OsRng)?;
        let mut builder = TransactionBuilder::new(stage.ledger.id());
        builder.add(transfer);
        let transaction = person.holder.authorize(builder.build()?, stage.parameters(), &mut OsRng)?;
        if let Err(error) = stage.submit(transaction.clone()) {
            person.holder.release(&transaction.effects);
            return Err(error.into());
        }
        task.finish();
        Ok(())
    }

    fn letter_that_is_paid(&mut self) -> anyhow::Result<()> {
        let id = self.issue(self.request("400 bags of coffee, Santos to Hamburg")?)?;
        let amount = self.label.amount_and_name(u128::from(PRICE_OF_GOODS.0));
        self.tell(
            "buyer, bank",
            format!("issue a letter of credit over {amount}, payable against bill of lading and invoice"),
            "parties' keys, dates, kinds of documents; not the amount",
        );
        let letter = self.letter(id)?;
        let on = OnLedger { ledger: self.stage.ledger.id(), id, letter: &letter };
        self.stage.submit(on.advise(&self.adviser.keys)?)?;
        self.tell("adviser", "tells the seller that the letter is genuine", "that it did");
        self.seller.person.read(&self.stage)?;
        let seen = acknowledge(self.seller.person.holder.wallet(), id, &letter)?;
        let seen = self.label.amount_and_name(seen);
        self.tell("seller", format!("sees {seen} locked for it in its own wallet, and ships"), "nothing");
        let outcome = self.settle(id, SpendPath::Claim);
        self.tell_refused("seller", "claims before any document is accepted", outcome)?;
        self.stage.advance(25 * DAY);
        self.present(id, 390)?;
        self.tell("carrier, seller", "sign and present documents", "blinded digests, signatures, day of shipment");
        let letter = self.letter(id)?;
        let on = OnLedger { ledger: self.stage.ledger.id(), id, letter: &letter };
        let wrong = Discrepancy { document: 1, code: DiscrepancyCode::Amount };
        self.stage.submit(on.refuse(&self.examiner.keys, vec![wrong])?)?;
        self.tell("examiner", "reads 390 bags where the letter says 400, and refuses", "document 2, code: amount");
        self.stage.advance(3 * DAY);
        self.present(id, 400)?;
        let letter = self.letter(id)?;
        let on = OnLedger { ledger: self.stage.ledger.id(), id, letter: &letter };
        let forged = on.accept(&self.seller.keys);
        self.tell_refused("seller", "accepts its own documents", forged)?;
        self.stage.submit(on.accept(&self.examiner.keys)?)?;
        self.tell("examiner", "accepts the corrected documents", "that the lock is open");
        self.settle(id, SpendPath::Claim)?;
        let paid = self.balance(Who::Seller)?;
        self.tell("seller", format!("claims, and holds {paid}"), "that the letter was paid");
        Ok(())
    }

    fn letter_that_expires(&mut self) -> anyhow::Result<()> {
        let mut request = self.request("a second delivery")?;
        (request.latest_shipment, request.expiry) = (Some(self.day(60)?), self.day(70)?);
        let id = self.issue(request)?;
        self.tell("buyer, bank", "issue a second letter; the seller never ships", "as before");
        let early = self.settle(id, SpendPath::Refund);
        self.tell_refused("bank", "takes the money back before its time", early)?;
        self.stage.advance(62 * DAY + DAY / 2);
        self.settle(id, SpendPath::Refund)?;
        let held = self.balance(Who::Bank)?;
        self.tell(
            "bank",
            format!("takes it back, asks nobody, and holds {held}"),
            "one transfer that hides everything",
        );
        Ok(())
    }

    fn invoice(&mut self) -> anyhow::Result<()> {
        let ledger = self.stage.ledger.id();
        self.stage.submit(debtor::register(&self.buyer.keys, ledger, &mut OsRng))?;
        let now = self.stage.now()?;
        let invoice = Invoice {
            identity: InvoiceIdentity {
                debtor: self.buyer.keys.party(),
                seller: "BR12345678000195".parse()?,
                number: "2026-204".parse()?,
            },
            asset: self.euro,
            amount: PRICE_OF_GOODS,
            issued: now,
            due: Timestamp::new(now.seconds() + 90 * DAY).context("no such time")?,
            document: document_digest(b"Invoice 2026-204: 400 bags, due in 90 days"),
        };
        let confirm = |play: &Self, invoice: Invoice| {
            let known = (play.trade()?, play.stage.ledger.state().assets());
            let to = play.seller.person.address(0);
            anyhow::Ok(debtor::confirm(&play.buyer.keys, ledger, known, invoice, to, &mut OsRng)?)
        };
        let confirmed = confirm(self, invoice.clone())?;
        self.stage.submit(confirmed.transaction.context("the first confirmation")?)?;
        let unit = confirmed.confirmation.check(ledger, self.trade()?, self.stage.ledger.state().assets())?;
        self.tell(
            "buyer",
            "confirms to the seller an invoice that is due in 90 days",
            "that it confirmed one, of whatever",
        );
        let again = confirm(self, Invoice { amount: NoteValue(PRICE_OF_GOODS.0 + 1), ..invoice });
        self.tell_refused("buyer", "confirms it again, with another amount", again.map(|_| ()))?;
        let mut forged = confirmed.confirmation.clone();
        forged.invoice.identity.number = "2026-205".parse()?;
        let lie = forged.check(ledger, self.trade()?, self.stage.ledger.state().assets());
        self.tell_refused("seller", "shows a bank the same confirmation under another number", lie.map(|_| ()))?;

        let task = self.context.progress.spin("the invoice is sold");
        let (first, payment) = self.offer(Who::Bank, unit)?;
        let (second, other_payment) = self.offer(Who::Adviser, unit)?;
        let to_first = self.answer(&first, Who::Bank)?;
        let alone =
            tabella_protocol::transaction::TransactionEffects::new(ledger, vec![to_first.delivery.clone()], Vec::new());
        self.seller.person.holder.release(&alone);
        let to_second = self.answer(&second, Who::Adviser)?;
        let parameters = self.stage.parameters();
        let sale = first.complete(&self.bank.person.holder, payment, &to_first, parameters, &mut OsRng)?;
        let twice = second.complete(&self.adviser.person.holder, other_payment, &to_second, parameters, &mut OsRng)?;
        self.stage.submit(sale)?;
        task.finish();
        let price = self.label.amount_and_name(u128::from(PRICE_OF_INVOICE.0));
        self.tell(
            "seller, bank",
            format!("exchange the invoice for {price}, in one transaction"),
            "two transfers that hide asset and amount",
        );
        let outcome = self.stage.submit(twice);
        self.tell_refused("seller", "sells the same invoice to the other bank", outcome.map(|_| ()))?;
        self.bank.person.read(&self.stage)?;
        self.adviser.person.read(&self.stage)?;
        let held = [&self.bank, &self.adviser].map(|actor| self.stage.balance(&actor.person, unit));
        let [Ok(1), Ok(0)] = held else { bail!("the invoice is not where it should be") };
        self.tell("bank", "holds the invoice; the other bank has paid nothing", "nothing");
        Ok(())
    }

    fn offer(&mut self, by: Who, wanted: AssetId) -> anyhow::Result<(Offer, UnprovenTransfer)> {
        let Self { stage, bank, adviser, seller, euro, .. } = self;
        let actor = if by == Who::Bank { bank } else { adviser };
        let order =
            PaymentOrder { to: seller.person.address(0), asset: *euro, amount: PRICE_OF_INVOICE, memo: Memo::empty() };
        let payment = send(stage, &mut actor.person, &order)?;
        let offer = Offer {
            ledger: stage.ledger.id(),
            payment: payment.effects().clone(),
            asset: *euro,
            price: PRICE_OF_INVOICE,
            wanted,
            quantity: NoteValue(1),
            deliver_to: actor.person.address(0),
        };
        Ok((offer, payment))
    }

    fn answer(&mut self, offer: &Offer, of: Who) -> anyhow::Result<tabella_trade::exchange::Answer> {
        let Self { stage, bank, adviser, seller, .. } = self;
        let buyer = if of == Who::Bank { &bank.person } else { &adviser.person };
        let order =
            PaymentOrder { to: buyer.address(0), asset: offer.wanted, amount: NoteValue(1), memo: Memo::empty() };
        let delivery = send(stage, &mut seller.person, &order)?;
        Ok(offer.answer(&seller.person.holder, stage.ledger.id(), delivery, stage.parameters(), &mut OsRng)?)
    }

    fn balance(&mut self, of: Who) -> anyhow::Result<String> {
        let Self { stage, bank, adviser, seller, euro, label, .. } = self;
        let actor = match of {
            Who::Bank => bank,
            Who::Adviser => adviser,
            Who::Seller => seller,
        };
        actor.person.read(stage)?;
        Ok(label.amount_and_name(stage.balance(&actor.person, *euro)?))
    }

    /// The public reads everything again.
    fn end(self) -> anyhow::Result<()> {
        let task = self.context.progress.spin("the public verifies everything again");
        let replayed = replay(&self.stage.ledger, catalogue().applications())?;
        let took = task.finish();
        let verified = replayed.verified;
        let letters = replayed.state.application::<TradeFinance>().map_or(0, |trade| trade.letters().count());
        self.context.output.show(&Account {
            steps: self.steps,
            public: Public {
                entries: replayed.entries,
                letters,
                proofs: verified.proofs,
                signatures: verified.signatures,
                bridges: verified.bridges,
                equations: verified.equations,
                milliseconds: took.as_millis(),
            },
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Bank,
    Adviser,
    Seller,
}

fn send(stage: &mut Stage, from: &mut Person, order: &PaymentOrder) -> Result<UnprovenTransfer, StageError> {
    stage.ready(from, |person, at| person.holder.prepare_send(at, order, &mut OsRng))
}

#[derive(Serialize)]
struct Account {
    steps: Vec<Step>,
    public: Public,
}

#[derive(Serialize)]
struct Public {
    entries: u64,
    letters: usize,
    proofs: usize,
    signatures: usize,
    bridges: usize,
    equations: usize,
    milliseconds: u128,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["who", "does", "what the public sees"]);
        for step in &self.steps {
            let did = if step.refused { format!("tries: {}", visible(&step.did)) } else { step.did.clone() };
            let public = if step.refused { "REFUSED" } else { step.public };
            table.row([step.who, &did, public]);
        }
        let Public { entries, letters, proofs, signatures, bridges, equations, milliseconds } = &self.public;
        write!(f, "{table}")?;
        writeln!(
            f,
            "\nThe public has read all {entries} entries again, {letters} letters of credit among them, and verified in {milliseconds} ms"
        )?;
        writeln!(
            f,
            "{proofs} zero-knowledge proofs, {signatures} signatures of transfers, {bridges} hidden amounts that are those of their letters, and"
        )?;
        writeln!(
            f,
            "{equations} proof that a debtor knows its key: nobody was paid who should not be, and no invoice was sold twice."
        )
    }
}
