//! A buyer, two banks, a seller, a carrier, an examiner and a stranger over one ledger.

use rand_core::OsRng;
use tabella_ledger::node::Accepted;
use tabella_payments::holder::{Holder, LockOrder, PaymentError};
use tabella_protocol::{
    keys::Seed,
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::Memo,
    transaction::{LedgerId, Transaction},
};
use tabella_prover::{
    account::AmountOpening,
    builder::{PreparedTransaction, Settlement, SpendPath, Unproven, UnprovenTransfer},
    wallet::NoteKind,
};
pub(crate) use tabella_stage::testing::{no_proof, refused_as, refused_by_pool, time};
use tabella_stage::{Person, Stage, StageError, reason};
use tabella_trade::{
    documents::{SignedDocument, endorse},
    keys::TradeKeys,
    letters::{LetterFile, LetterRequest, OnLedger, SignedConsent, WithTransfer, alone},
    reading::escrows,
};
use tabella_trade_rules::{
    TradeFinance, TradeRejection,
    action::{Consent, TradeAction, TradeProof},
    letter::{DocumentKind, LetterId, Parties, Requirement},
    state::Letter,
};
use tabella_verifier::{application::Catalogue, log::Origin};

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const DAY: u64 = 86_400;
pub(crate) const AMOUNT: u64 = 95_000;

pub(crate) fn day(days: u64) -> Timestamp {
    time(NOW + days * DAY)
}

/// Somebody with a wallet and a party's keys.
pub(crate) struct Party {
    pub(crate) person: Person,
    pub(crate) keys: TradeKeys,
}

impl Party {
    fn new(name: &str, number: u8) -> Self {
        let keys = TradeKeys::of_seed(&Seed::new([number; 32]), 0);
        Self { person: Person::new(name, &mut OsRng), keys }
    }

    pub(crate) fn key(&self) -> [u8; 32] {
        self.keys.party()
    }
}

pub(crate) struct Scene {
    pub(crate) stage: Stage,
    pub(crate) buyer: Party,
    pub(crate) bank: Party,
    pub(crate) adviser: Party,
    pub(crate) seller: Party,
    pub(crate) carrier: Party,
    pub(crate) examiner: Party,
    pub(crate) stranger: Party,
    pub(crate) euro: AssetId,
    pub(crate) crown: AssetId,
    _folder: tempfile::TempDir,
}

/// Whether transfers are proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proofs {
    Real,
    /// For what is refused before proofs are looked at.
    None,
}

impl Proofs {
    pub(crate) fn authorize(
        self,
        holder: &Holder,
        transaction: PreparedTransaction<Unproven>,
        stage: &Stage,
        actions: Vec<Vec<u8>>,
    ) -> Result<Transaction, PaymentError> {
        match self {
            Self::Real => holder.authorize_with(transaction, stage.parameters(), &mut OsRng, |_| actions),
            Self::None => holder.authorize_with(transaction, &no_proof, &mut OsRng, |_| actions),
        }
    }
}

pub(crate) type Outcome = Result<Accepted, StageError>;

/// Refused by exactly this rule of the application.
#[track_caller]
pub(crate) fn refused(outcome: &Outcome, rule: TradeRejection) {
    assert_eq!(reason::<TradeRejection>(outcome), Some(&rule), "{outcome:?}");
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let applications = Catalogue::standard().with(TradeFinance::default()).unwrap().applications();
        let name = Origin::new("trade.test").unwrap();
        let mut stage = Stage::new(&folder.path().join("ledger"), name, applications, time(NOW)).unwrap();
        let (bank, adviser) = (Party::new("bank", 2), Party::new("adviser", 3));
        let notes = |units: &[u64], party: &Party| -> Vec<_> {
            units.iter().map(|units| (party.person.address(0), NoteValue(*units))).collect()
        };
        let euros = [notes(&[AMOUNT, 500_000], &bank), notes(&[300_000, 200_000], &adviser)].concat();
        let euro = stage.issue(&bank.person.key, ("Euro", 2), &euros).unwrap();
        let crown = stage.issue(&bank.person.key, ("Crown", 2), &notes(&[AMOUNT], &bank)).unwrap();
        Self {
            stage,
            buyer: Party::new("buyer", 1),
            bank,
            adviser,
            seller: Party::new("seller", 4),
            carrier: Party::new("carrier", 5),
            examiner: Party::new("examiner", 6),
            stranger: Party::new("stranger", 7),
            euro,
            crown,
            _folder: folder,
        }
    }

    pub(crate) fn id(&self) -> LedgerId {
        self.stage.ledger.id()
    }

    pub(crate) fn trade(&self) -> &TradeFinance {
        self.stage.ledger.state().application().unwrap()
    }

    pub(crate) fn letter(&self, id: LetterId) -> &Letter {
        self.trade().letter(&id).unwrap()
    }

    pub(crate) fn on(&self, id: LetterId) -> OnLedger<'_> {
        OnLedger { ledger: self.id(), id, letter: self.letter(id) }
    }

    /// Ship within 20 days, present within 30, claim within 60, back from then on.
    pub(crate) fn request(&self) -> LetterRequest {
        LetterRequest {
            parties: Parties {
                applicant: self.buyer.key(),
                issuing_bank: self.bank.key(),
                advising_bank: self.adviser.key(),
                beneficiary: self.seller.key(),
                examiner: self.examiner.key(),
            },
            asset: self.euro,
            amount: NoteValue(AMOUNT),
            claimant: self.seller.person.address(3),
            claim_until: day(60),
            refund_from: day(60),
            latest_shipment: Some(day(20)),
            expiry: day(30),
            documents: vec![
                Requirement { kind: DocumentKind::BillOfLading, signer: self.carrier.key() },
                Requirement { kind: DocumentKind::CommercialInvoice, signer: self.seller.key() },
            ],
            description: "400 bags of coffee, Santos to Hamburg".into(),
            silence: None,
        }
    }

    pub(crate) fn draft(&self, request: LetterRequest) -> LetterFile {
        LetterFile::draft(&self.buyer.keys, self.id(), request, &mut OsRng).unwrap()
    }

    /// The bank's transfer under an order.
    pub(crate) fn lock(&mut self, asset: AssetId, order: &LockOrder) -> UnprovenTransfer {
        self.stage
            .ready(&mut self.bank.person, |bank, at| bank.holder.prepare_lock(at, asset, order, &mut OsRng))
            .unwrap()
    }

    pub(crate) fn authorize(&self, with: WithTransfer, proofs: Proofs) -> Transaction {
        let (holder, proof) = (&self.bank.person.holder, vec![with.proof]);
        proofs.authorize(holder, with.transaction, &self.stage, proof).unwrap()
    }

    pub(crate) fn issue(&mut self, letter: &LetterFile) -> Outcome {
        self.issue_by(letter, Proofs::Real)
    }

    pub(crate) fn issue_by(&mut self, letter: &LetterFile, proofs: Proofs) -> Outcome {
        let order = letter.lock_order(Memo::empty()).unwrap();
        let transfer = self.lock(letter.terms.asset, &order);
        let with = letter.issue(&self.bank.keys, transfer, &mut OsRng).unwrap();
        let transaction = self.authorize(with, proofs);
        self.stage.submit(transaction)
    }

    /// A letter on the ledger.
    pub(crate) fn issued(request: impl FnOnce(&mut LetterRequest)) -> (Self, LetterId) {
        let mut scene = Self::new();
        let mut wanted = scene.request();
        request(&mut wanted);
        let letter = scene.draft(wanted);
        scene.issue(&letter).unwrap();
        (scene, letter.id())
    }

    /// An action without a transfer, signed by one party.
    pub(crate) fn send(&mut self, by: &TradeKeys, action: &TradeAction) -> Outcome {
        let transaction = alone(self.id(), action, |context| TradeProof::signed(by.sign(context.digest)));
        self.stage.submit(transaction)
    }

    pub(crate) fn consent(&self, by: &TradeKeys, consent: Consent) -> SignedConsent {
        SignedConsent::new(by, self.id(), consent)
    }

    /// Bill of lading and invoice, as the letter asks for them.
    pub(crate) fn documents(&self, id: LetterId, shipped: Timestamp) -> Vec<SignedDocument> {
        let bill = endorse(&self.carrier.keys, self.id(), id, DocumentKind::BillOfLading, Some(shipped), BILL);
        let invoice = endorse(&self.seller.keys, self.id(), id, DocumentKind::CommercialInvoice, None, INVOICE);
        vec![bill, invoice]
    }

    pub(crate) fn present(&mut self, id: LetterId, shipped: Timestamp) -> Outcome {
        let documents = self.documents(id, shipped);
        let transaction = self.on(id).present(&self.seller.keys, &documents).unwrap();
        self.stage.submit(transaction)
    }

    pub(crate) fn accept(&mut self, id: LetterId) -> Outcome {
        let transaction = self.on(id).accept(&self.examiner.keys).unwrap();
        self.stage.submit(transaction)
    }

    /// Settles the first escrow of a letter that is in a party's wallet.
    pub(crate) fn settle(&mut self, id: LetterId, path: SpendPath, proofs: Proofs) -> Outcome {
        let (party, kind) = match path {
            SpendPath::Refund => (&mut self.bank.person, NoteKind::EscrowToRefund),
            _ => (&mut self.seller.person, NoteKind::EscrowToClaim),
        };
        party.read(&self.stage)?;
        let escrow =
            escrows(party.holder.wallet(), id, kind).next().map(|note| (note.pool(), note.position())).unwrap();
        let to = Settlement::To(party.address(0), Memo::empty());
        let transfer = party.holder.prepare_settlement(&self.stage.moment()?, escrow, path, to, &mut OsRng)?;
        let mut builder = tabella_prover::builder::TransactionBuilder::new(self.stage.ledger.id());
        builder.add(transfer);
        let transaction = proofs.authorize(&party.holder, builder.build()?, &self.stage, Vec::new())?;
        self.stage.submit(transaction)
    }

    pub(crate) fn claim(&mut self, id: LetterId) -> Outcome {
        self.settle(id, SpendPath::Claim, Proofs::Real)
    }

    /// What a party can spend, in euros.
    pub(crate) fn balance(&mut self, of: fn(&Self) -> &Party) -> u128 {
        self.read_all();
        self.stage.balance(&of(self).person, self.euro).unwrap()
    }

    pub(crate) fn read_all(&mut self) {
        let Self { stage, buyer, bank, adviser, seller, carrier, examiner, stranger, .. } = self;
        for party in [buyer, bank, adviser, seller, carrier, examiner, stranger] {
            party.person.read(stage).unwrap();
        }
    }
}

pub(crate) const BILL: &[u8] = b"Shipped on board MV Aurora, Santos: 400 bags";
pub(crate) const INVOICE: &[u8] = b"Invoice 2026-117: 400 bags, 950.00";

pub(crate) fn opening(units: u64) -> AmountOpening {
    AmountOpening::hidden(NoteValue(units), &mut OsRng)
}
