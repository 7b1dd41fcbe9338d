//! A ledger's state in memory, with a seller, two holders and a buyer. Groth16 proofs are left out and forgiven; everything else is
//! verified. (`story` has them.)

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_market::{
    account,
    history::{MarketHistory, OwnAccount},
    keys::MarketKeys,
    order::{self, Order, Wanted},
    price::Priced,
    work::Registration,
};
use tabella_market_rules::{
    Market, MarketRejection,
    action::{MarketAction, MarketProof},
    work::{Holder as Share, ListingId, Work, WorkId},
};
use tabella_payments::{
    holder::{Holder, Moment, Next},
    issuer::{next_issue, sign_issue},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription, Issue},
    keys::Seed,
    note::{AssetId, NoteValue},
    transaction::{LedgerId, LoggedTransaction, SignatureBytes, Transaction, TransactionEffects},
    transcript::ProofContext,
};
use tabella_prover::builder::{Blinding, TransactionBuilder, UnprovenTransfer};
pub(crate) use tabella_stage::testing::{no_proof, proving_keys, time};
use tabella_verifier::{
    groth16::VerifyingKeys,
    obligations::{Culprits, Obligations},
    shielded::ShieldedRejection,
    state::{LedgerRejection, LedgerState, standard_applications},
};

pub(crate) const NOW: u64 = 1_800_000_000;
/// As entry of the log under check.
pub(crate) const ENTRY: u64 = 7;

pub(crate) type Outcome = Result<Culprits, LedgerRejection>;

pub(crate) fn keys(byte: u8) -> MarketKeys {
    MarketKeys::of_seed(&Seed::new([byte; 32]), 0)
}

/// The rule of the market that refused.
pub(crate) fn rule(outcome: Outcome) -> MarketRejection {
    match outcome {
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))) => {
            rejection.reason::<MarketRejection>().unwrap_or_else(|| panic!("{rejection:?}")).clone()
        }
        other => panic!("{other:?}"),
    }
}

pub(crate) fn only(set: impl FnOnce(&mut Culprits)) -> Outcome {
    let mut culprits = Culprits::default();
    set(&mut culprits);
    Ok(culprits)
}

pub(crate) fn only_equations() -> Outcome {
    only(|culprits| _ = culprits.equations.insert(ENTRY))
}

pub(crate) fn only_bridges() -> Outcome {
    only(|culprits| _ = culprits.bridges.insert(ENTRY))
}

pub(crate) fn only_ranges() -> Outcome {
    only(|culprits| _ = culprits.ranges.insert(ENTRY))
}

pub(crate) fn context(effects: &TransactionEffects) -> ProofContext {
    ProofContext { ledger: effects.ledger, digest: effects.digest(), index: 0 }
}

/// A proof of an action, altered.
pub(crate) fn altered(transaction: &Transaction, action: usize, alter: impl FnOnce(&mut MarketProof)) -> Transaction {
    let mut transaction = transaction.clone();
    let mut proof = borsh::from_slice(&transaction.action_proofs[action]).unwrap();
    alter(&mut proof);
    transaction.action_proofs[action] = borsh::to_vec(&proof).unwrap();
    transaction
}

pub(crate) struct Shop {
    pub(crate) state: LedgerState,
    pub(crate) log: Vec<LoggedTransaction>,
    pub(crate) now: u64,
    pub(crate) seller: SigningKey,
    pub(crate) ann: MarketKeys,
    pub(crate) ben: MarketKeys,
    pub(crate) buyer: Holder,
    pub(crate) crown: AssetId,
}

impl Shop {
    /// Without works. The buyer has ten notes of 1,000 crowns.
    pub(crate) fn empty() -> Self {
        let applications = standard_applications().with(Market::default()).unwrap();
        let id = LedgerId([9; 32]);
        let state = LedgerState::with_applications(id, VerifyingKeys::development(), applications);
        let mut shop = Self {
            state,
            log: Vec::new(),
            now: NOW,
            seller: SigningKey::from_bytes(&[3; 32]),
            ann: keys(1),
            ben: keys(2),
            buyer: Holder::new(&Seed::new([4; 32]), 0),
            crown: AssetId::from_bytes(&[0; 32]).unwrap(),
        };
        shop.crown = shop.issue_crowns("Crown");
        shop
    }

    /// With the work of [`Self::work`].
    pub(crate) fn new() -> (Self, WorkId) {
        let mut shop = Self::empty();
        let work = shop.work();
        let id = shop.register(work);
        (shop, id)
    }

    /// Ann has 70 % and Ben 30 %; 5 % of a resale.
    pub(crate) fn work(&self) -> Work {
        Work {
            title: "Song of the Marsh".into(),
            metadata: [5; 32],
            holders: vec![
                Share { party: self.ann.party(), share: 7_000 },
                Share { party: self.ben.party(), share: 3_000 },
            ],
            licence: self.licence("Song of the Marsh"),
            payment: self.crown,
            royalty: 500,
            minimum: 0,
            resale_minimum: 0,
            nonce: [6; 32],
        }
    }

    pub(crate) fn licence(&self, name: &str) -> AssetDescription {
        AssetDescription {
            issuer: self.seller.verifying_key().to_bytes(),
            name: name.into(),
            decimals: 0,
            cap: 1_000,
            class: AssetClass::Named,
            uid: None,
            body: [0; 32],
        }
    }

    pub(crate) fn issue_crowns(&mut self, name: &str) -> AssetId {
        let mint = SigningKey::from_bytes(&[8; 32]);
        let description = AssetDescription {
            issuer: mint.verifying_key().to_bytes(),
            name: name.into(),
            decimals: 2,
            cap: 1_000_000,
            class: AssetClass::Ordinary,
            uid: None,
            body: [0; 32],
        };
        let notes = [(self.buyer.wallet().address(0), NoteValue(1_000)); 10];
        let (id, issue) = next_issue(self.state.assets(), description, &notes, false, &mut OsRng).unwrap();
        self.honest(sign_issue(&mint, self.state.id(), &issue).unwrap());
        id
    }

    pub(crate) fn issue_licence(&self, work: &Work, units: u64) -> Issue {
        let notes = [(self.buyer.wallet().address(0), NoteValue(units))];
        next_issue(self.state.assets(), work.licence.clone(), &notes, false, &mut OsRng).unwrap().1
    }

    pub(crate) fn registration(&self, work: Work) -> Transaction {
        let mut registration = Registration::new(self.state.id(), work).unwrap();
        registration.sign(&self.ann).unwrap();
        registration.sign(&self.ben).unwrap();
        registration.sign_as_seller(&self.seller).unwrap();
        registration.finish().unwrap()
    }

    pub(crate) fn register(&mut self, work: Work) -> WorkId {
        let id = work.id(self.state.id());
        self.honest(self.registration(work));
        id
    }

    pub(crate) fn market(&self) -> &Market {
        self.state.application().unwrap()
    }

    /// Executes a transaction unless something but a missing Groth16 proof is wrong with it.
    pub(crate) fn submit(&mut self, transaction: Transaction) -> Outcome {
        let mut obligations = Obligations::new();
        let entry = LoggedTransaction { time: time(self.now), transaction };
        let checked = self.state.check(&entry, ENTRY, &mut obligations)?;
        let mut culprits = obligations.verify(self.state.keys(), &mut OsRng, |_, _, _| ());
        culprits.proofs.clear();
        if culprits.is_empty() {
            self.state.execute(checked)?;
            self.log.push(entry);
            self.buyer.read_log(&self.state, &self.log).unwrap();
        }
        Ok(culprits)
    }

    pub(crate) fn honest(&mut self, transaction: Transaction) {
        assert_eq!(self.submit(transaction), Ok(Culprits::default()));
    }

    pub(crate) fn exit(&mut self, asset: AssetId, amount: u64, blinding: Blinding) -> UnprovenTransfer {
        let at = Moment { state: &self.state, keys: proving_keys(), now: time(self.now) };
        match self.buyer.prepare_exit(&at, asset, NoteValue(amount), blinding, &mut OsRng).unwrap() {
            Next::Transfer(transfer) => *transfer,
            Next::Merge(_) => panic!("one or two notes suffice"),
        }
    }

    pub(crate) fn entry(&mut self, asset: AssetId, amount: u64, blinding: Blinding) -> UnprovenTransfer {
        let at = Moment { state: &self.state, keys: proving_keys(), now: time(self.now) };
        let to = self.buyer.wallet().address(0);
        self.buyer.prepare_entry(&at, asset, to, NoteValue(amount), blinding, &mut OsRng).unwrap()
    }

    pub(crate) fn wanted(&self, work: WorkId, licences: u32) -> Wanted {
        Wanted { work, licences, to: self.buyer.wallet().address(0), invoice: [0; 32] }
    }

    /// An order of the buyer's, hidden.
    pub(crate) fn order(&mut self, work: WorkId, licences: u32, price: u64) -> Order {
        let priced = Priced::new(NoteValue(price), false, &mut OsRng);
        self.order_priced(work, licences, &priced)
    }

    pub(crate) fn order_priced(&mut self, work: WorkId, licences: u32, priced: &Priced) -> Order {
        let payment = self.exit(self.crown, priced.value().0, priced.blinding());
        let wanted = self.wanted(work, licences);
        order::order(&self.state, &self.buyer, &wanted, (payment, priced), &no_proof, &mut OsRng).unwrap()
    }

    pub(crate) fn sale(&mut self, work: WorkId, licences: u32, price: u64) -> Transaction {
        let order = self.order(work, licences, price);
        order.approve(&self.state, &self.seller).unwrap()
    }

    pub(crate) fn sell(&mut self, work: WorkId, licences: u32, price: u64) {
        let sale = self.sale(work, licences, price);
        self.honest(sale);
    }

    /// The buyer offers licences.
    pub(crate) fn offer(&mut self, work: WorkId, licences: u32, ask: Option<u64>) -> ListingId {
        let licence = order::licence_of(&self.state, &work).unwrap();
        let transfer = self.exit(licence, licences.into(), Blinding::Public);
        let ask = ask.map(NoteValue);
        let (prepared, proof) =
            order::offer(self.state.id(), keys(5).party(), (work, licences), ask, transfer).unwrap();
        let id = ListingId::derive(prepared.digest(), 0);
        let transaction = self.buyer.authorize_with(prepared, &no_proof, &mut OsRng, |_| vec![proof]).unwrap();
        self.honest(transaction);
        id
    }

    pub(crate) fn history<'k>(&self, keys: &'k MarketKeys) -> MarketHistory<'k> {
        let mut history = MarketHistory::new(keys, 20);
        for entry in &self.log {
            history.read(entry).unwrap();
        }
        history.compare(self.market()).unwrap();
        history
    }

    pub(crate) fn own(&self, keys: &MarketKeys, work: WorkId) -> OwnAccount {
        self.history(keys).account(&work).unwrap().clone()
    }

    pub(crate) fn collect(&mut self, keys: &MarketKeys, work: WorkId) {
        let transaction = account::collect(keys, self.state.id(), &self.own(keys, work));
        self.honest(transaction);
    }

    /// Withdraws to the buyer's wallet, who proves the transfers of all.
    pub(crate) fn withdrawal(&mut self, keys: &MarketKeys, own: &OwnAccount, amount: &Priced) -> Transaction {
        let transfer = self.entry(self.crown, amount.value().0, amount.blinding());
        let held = *self.market().account(own.work, own.id).unwrap();
        let with = account::withdraw(keys, self.state.id(), own, &held, transfer, amount, &mut OsRng).unwrap();
        self.buyer.authorize_with(with.transaction, &no_proof, &mut OsRng, |_| vec![with.proof]).unwrap()
    }

    /// Any transfers and actions, with whatever proofs.
    pub(crate) fn transaction(
        &self,
        transfers: Vec<UnprovenTransfer>,
        actions: &[MarketAction],
        proofs: impl FnOnce(&TransactionEffects) -> Vec<MarketProof>,
    ) -> Transaction {
        let mut builder = TransactionBuilder::new(self.state.id());
        for transfer in transfers {
            builder.add(transfer);
        }
        for action in actions {
            builder.add_action(action.action());
        }
        let proofs = proofs(builder.effects()).iter().map(|proof| borsh::to_vec(proof).unwrap()).collect();
        self.buyer.authorize_with(builder.build().unwrap(), &no_proof, &mut OsRng, |_| proofs).unwrap()
    }

    pub(crate) fn sign_as_seller(&self, effects: &TransactionEffects) -> Vec<SignatureBytes> {
        vec![tabella_market::keys::sign(&self.seller, effects.digest())]
    }
}
