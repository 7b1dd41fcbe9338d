//! A sender with euros, a provider with won, a receiver and a stranger over one ledger, and a corridor between the two assets.

use rand_core::OsRng;
use serde_json::json;
use tabella_ledger::node::Accepted;
use tabella_payments::holder::{LockOrder, PaymentError};
use tabella_protocol::{
    keys::Seed,
    note::{AssetId, NoteValue},
    note_encryption::Memo,
    transaction::{LedgerId, Transaction},
};
use tabella_prover::{
    builder::{Settlement, SpendPath, TransactionBuilder, UnprovenTransfer},
    wallet::NoteKind,
};
use tabella_remittance::{
    Agreed, Answer, Notice, Order, OrderError, Payee, Price, QuoteError, QuoteRequest, Rate, RemittanceKeys,
    SignedQuote,
    notice::{NoticeError, escrow},
    rules::{Corridor, RemittanceId, RemittanceRejection, Remittances},
    travel::Particulars,
};
pub(crate) use tabella_stage::testing::{no_proof, refused_as, refused_by_pool, time};
use tabella_stage::{Person, Stage, StageError, reason};
use tabella_verifier::{application::Catalogue, log::Origin};

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const HOUR: u64 = 3_600;
/// A quote holds for a quarter of an hour, is answered within a day, and claimed within two more.
pub(crate) const EXPIRES: u64 = NOW + 900;
pub(crate) const ANSWER: u32 = 86_400;
pub(crate) const CLAIM: u32 = 2 * 86_400;
/// 1,000.00 euros: payments are below this.
pub(crate) const BELOW: u64 = 100_000;
pub(crate) const EUROS: u64 = 250_000;
pub(crate) const WON: u64 = 5_000_000;

/// 1.50 and half a percent; a euro is 1,560 won, so a cent is 15.6.
pub(crate) const PRICE: Price =
    Price { rate: Rate { delivered: 156, exchanged: 10 }, fixed_fee: NoteValue(150), fee_points: 50 };

pub(crate) struct Party {
    pub(crate) person: Person,
    pub(crate) keys: RemittanceKeys,
}

impl Party {
    fn new(name: &str, number: u8) -> Self {
        Self { person: Person::new(name, &mut OsRng), keys: RemittanceKeys::of_seed(&Seed::new([number; 32]), 0) }
    }
}

/// One of the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Sender,
    Provider,
    Receiver,
    Stranger,
}

pub(crate) struct Scene {
    pub(crate) stage: Stage,
    pub(crate) sender: Party,
    pub(crate) provider: Party,
    pub(crate) receiver: Party,
    pub(crate) stranger: Party,
    pub(crate) euro: AssetId,
    pub(crate) won: AssetId,
    pub(crate) corridor: Corridor,
    _folder: tempfile::TempDir,
}

pub(crate) type Outcome = Result<Accepted, StageError>;

/// Refused by exactly this rule of the application.
#[track_caller]
pub(crate) fn refused(outcome: &Outcome, rule: RemittanceRejection) {
    assert_eq!(reason::<RemittanceRejection>(outcome), Some(&rule), "{outcome:?}");
}

pub(crate) fn told() -> Particulars {
    let name = |first: &str, family: &str| json!({"nameIdentifier": [{"primaryIdentifier": family, "secondaryIdentifier": first, "nameIdentifierType": "LEGL"}]});
    let ivms101 = serde_json::from_value(json!({
        "originator": {"originatorPersons": [{"naturalPerson": {"name": name("Anna", "Nowak"), "customerIdentification": "A-17"}}]},
        "beneficiary": {"beneficiaryPersons": [{"naturalPerson": {"name": name("Minji", "Kim")}}]},
    }))
    .unwrap();
    Particulars { reference: "INV-17".into(), information: Some("Invoice 17".into()), ivms101 }
}

impl Scene {
    /// People and assets, and no corridor yet.
    pub(crate) fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let applications = Catalogue::standard().with(Remittances::default()).unwrap().applications();
        let name = Origin::new("remittance.test").unwrap();
        let mut stage = Stage::new(&folder.path().join("ledger"), name, applications, time(NOW)).unwrap();
        let (sender, provider) = (Party::new("sender", 1), Party::new("provider", 2));
        let euros = [50_000, EUROS - 50_000].map(|units| (sender.person.address(0), NoteValue(units)));
        let euro = stage.issue(&sender.person.key, ("EUR", 2), &euros).unwrap();
        let won = [(provider.person.address(0), NoteValue(WON))];
        let won = stage.issue(&sender.person.key, ("KRW", 0), &won).unwrap();
        let corridor = Corridor {
            operator: provider.keys.signer(),
            name: "Poland to Korea".into(),
            pays: euro,
            receives: won,
            below: NoteValue(BELOW),
        };
        let (receiver, stranger) = (Party::new("receiver", 3), Party::new("stranger", 4));
        Self { stage, sender, provider, receiver, stranger, euro, won, corridor, _folder: folder }
    }

    pub(crate) fn new() -> Self {
        let mut scene = Self::bare();
        let open = scene.provider.keys.open(scene.id(), scene.corridor.clone());
        scene.stage.submit(open).unwrap();
        scene
    }

    pub(crate) fn party(&self, who: Who) -> &Party {
        match who {
            Who::Sender => &self.sender,
            Who::Provider => &self.provider,
            Who::Receiver => &self.receiver,
            Who::Stranger => &self.stranger,
        }
    }

    fn party_mut(&mut self, who: Who) -> &mut Party {
        match who {
            Who::Sender => &mut self.sender,
            Who::Provider => &mut self.provider,
            Who::Receiver => &mut self.receiver,
            Who::Stranger => &mut self.stranger,
        }
    }

    pub(crate) fn id(&self) -> LedgerId {
        self.stage.ledger.id()
    }

    pub(crate) fn state(&self) -> &Remittances {
        self.stage.ledger.state().application().unwrap()
    }

    pub(crate) fn request(&self, pay: u64) -> QuoteRequest {
        QuoteRequest {
            corridor: self.corridor.id(self.id()),
            price: PRICE,
            priced: PRICE.paying(NoteValue(pay)).unwrap(),
            claim: self.provider.person.address(5),
            expires: time(EXPIRES),
            answer_seconds: ANSWER,
            claim_seconds: CLAIM,
        }
    }

    pub(crate) fn try_quote(&self, request: &QuoteRequest) -> Result<SignedQuote, QuoteError> {
        SignedQuote::new(&self.provider.keys, self.id(), &self.corridor, request, &mut OsRng)
    }

    /// A quote for 100.00 euros.
    pub(crate) fn quote(&self) -> SignedQuote {
        self.try_quote(&self.request(10_000)).unwrap()
    }

    pub(crate) fn payee(&self) -> Payee {
        Payee::new(&self.receiver.keys, self.id(), self.corridor.id(self.id()), self.receiver.person.address(2))
    }

    pub(crate) fn agree(&self, quote: SignedQuote) -> Result<Agreed, OrderError> {
        let at = (self.id(), &self.corridor, self.stage.now().unwrap());
        Agreed::new(quote, at, &self.payee(), told(), &mut OsRng)
    }

    pub(crate) fn agreed(&self) -> Agreed {
        self.agree(self.quote()).unwrap()
    }

    /// A leg: of the sender's euros or of the provider's won.
    pub(crate) fn leg(&mut self, asset: AssetId, order: &LockOrder) -> UnprovenTransfer {
        let Self { stage, sender, provider, euro, .. } = self;
        let party = if asset == *euro { sender } else { provider };
        stage.ready(&mut party.person, |person, at| person.holder.prepare_lock(at, asset, order, &mut OsRng)).unwrap()
    }

    pub(crate) fn payment(&mut self, agreed: &Agreed) -> UnprovenTransfer {
        let (order, euro) = (agreed.lock_order(Memo::empty()).unwrap(), self.euro);
        self.leg(euro, &order)
    }

    /// The provider checks an order.
    pub(crate) fn check(&self, order: &Order) -> Result<(), OrderError> {
        let at = (self.id(), &self.corridor, self.stage.now().unwrap());
        order.check(&self.provider.keys, at, self.state(), &self.provider.person.holder).map(|_| ())
    }

    pub(crate) fn answer(&mut self, order: &Order, is_proved: bool) -> Answer {
        let (lock, won) = (order.lock_order(Memo::empty()).unwrap(), self.won);
        let delivery = self.leg(won, &lock);
        let holder = &self.provider.person.holder;
        if is_proved {
            order.answer(&self.provider.keys, holder, delivery, self.stage.parameters(), &mut OsRng).unwrap()
        } else {
            order.answer(&self.provider.keys, holder, delivery, &no_proof, &mut OsRng).unwrap()
        }
    }

    /// The sender completes an order.
    pub(crate) fn complete(
        &self,
        agreed: &Agreed,
        payment: UnprovenTransfer,
        answer: &Answer,
        is_proved: bool,
    ) -> Result<Transaction, OrderError> {
        let holder = &self.sender.person.holder;
        if is_proved {
            agreed.complete(&self.corridor, holder, payment, answer, self.stage.parameters(), &mut OsRng)
        } else {
            agreed.complete(&self.corridor, holder, payment, answer, &no_proof, &mut OsRng)
        }
    }

    /// The transaction of an honest exchange under an agreement, and not submitted.
    pub(crate) fn exchange(&mut self, agreed: &Agreed, is_proved: bool) -> Transaction {
        let payment = self.payment(agreed);
        let order = agreed.order(&payment);
        self.check(&order).unwrap();
        let answer = self.answer(&order, is_proved);
        self.complete(agreed, payment, &answer, is_proved).unwrap()
    }

    /// A remittance that is locked.
    pub(crate) fn locked() -> (Self, RemittanceId, Notice) {
        let mut scene = Self::new();
        let agreed = scene.agreed();
        let transaction = scene.exchange(&agreed, true);
        scene.stage.submit(transaction).unwrap();
        scene.read_all();
        (scene, agreed.id(), agreed.notice())
    }

    /// What the receiver's institution says to a notice.
    pub(crate) fn believe(&self, notice: &Notice) -> Result<(), NoticeError> {
        let wallet = self.receiver.person.holder.wallet();
        notice.check(&self.receiver.keys, &self.payee(), self.state(), wallet).map(|_| ())
    }

    /// The receiver's institution, or whoever's keys these are, answers.
    pub(crate) fn say(&mut self, by: Who, id: RemittanceId, accepts: bool) -> Outcome {
        let answer = self.party(by).keys.answer(self.id(), id, accepts);
        self.stage.submit(answer)
    }

    /// A party settles its side of a remittance.
    pub(crate) fn settle(&mut self, by: Who, id: RemittanceId, path: SpendPath, is_proved: bool) -> Outcome {
        self.read_all();
        let kind = if path == SpendPath::Refund { NoteKind::EscrowToRefund } else { NoteKind::EscrowToClaim };
        let escrow = {
            let remittance = self.state().remittance(&id).unwrap();
            escrow(self.party(by).person.holder.wallet(), remittance, kind)
                .map(|note| (note.pool(), note.position()))
                .unwrap()
        };
        let to = Settlement::To(self.party(by).person.address(0), Memo::empty());
        let transfer = {
            let keys = self.stage.keys();
            let (now, state) = (self.stage.now()?, self.stage.ledger.state().clone());
            let at = tabella_payments::holder::Moment { state: &state, keys, now };
            self.party_mut(by).person.holder.prepare_settlement(&at, escrow, path, to, &mut OsRng)?
        };
        let mut builder = TransactionBuilder::new(self.id());
        builder.add(transfer);
        let prepared = builder.build()?;
        let parameters = tabella_prover::parameters::Parameters::development()?;
        let holder = &self.party(by).person.holder;
        let transaction = if is_proved {
            holder.authorize(prepared, &parameters, &mut OsRng)?
        } else {
            holder.authorize(prepared, &no_proof, &mut OsRng)?
        };
        self.stage.submit(transaction)
    }

    pub(crate) fn read_all(&mut self) {
        let Self { stage, sender, provider, receiver, stranger, .. } = self;
        for party in [sender, provider, receiver, stranger] {
            party.person.read(stage).unwrap();
        }
    }

    /// What a party can spend.
    pub(crate) fn balance(&mut self, of: Who, asset: AssetId) -> u128 {
        self.read_all();
        self.stage.balance(&self.party(of).person, asset).unwrap()
    }

    /// Everything that all have of an asset, escrows included, each once.
    pub(crate) fn total(&mut self, asset: AssetId) -> u128 {
        self.read_all();
        let parties = [&self.sender, &self.provider, &self.receiver, &self.stranger];
        let plain: u128 = parties.iter().map(|party| self.stage.balance(&party.person, asset).unwrap()).sum();
        // An escrow is in the wallets of both its parties: counted where it can be taken back.
        let locked = parties.iter().flat_map(|party| party.person.escrows(NoteKind::EscrowToRefund, asset));
        plain + locked.map(|(_, _, value)| u128::from(value.0)).sum::<u128>()
    }
}

/// The wallet does not even try.
#[track_caller]
pub(crate) fn refused_by_wallet(outcome: &Outcome) {
    assert!(matches!(outcome, Err(StageError::Payment(PaymentError::Window(_)))), "{outcome:?}");
}
