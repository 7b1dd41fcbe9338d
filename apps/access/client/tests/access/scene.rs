//! A ledger's state in memory, a renter, an owner and an arbiter. Groth16 proofs are left out and forgiven; everything else is
//! verified.

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_access::{
    AccessKeys, Decision, Division, Offer, OfferOrder, OwnRentals, Prices, WithTransfers,
    build::{self, Payment, action, proof_bytes},
    rules::{AccessAction, AccessProof, AccessRejection, Party, Rental, RentalId, Rentals, Stage, Standing, UsedRight},
};
use tabella_catalogue::catalogue;
use tabella_payments::{
    holder::{Holder, Moment, Next},
    issuer::{next_issue, sign_issue},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    bridge::BridgeProof,
    jubjub::JubjubPoint,
    keys::Seed,
    note::{AssetId, NoteValue},
    transaction::{Action, LedgerId, LoggedTransaction, SignatureBytes, Transaction, TransferStatement},
    transcript::ProofContext,
};
use tabella_prover::{
    account::AmountOpening,
    builder::{
        Blinding, Payer, PoolSetting, SpendPath, SpendableNote, TransactionBuilder, UnprovenTransfer, ValueOpening,
        WindowPolicy,
    },
};
use tabella_stage::testing::proving_keys;
pub(crate) use tabella_stage::testing::{no_proof, time};
use tabella_verifier::{
    groth16::VerifyingKeys,
    obligations::{Culprits, Obligations},
    shielded::ShieldedRejection,
    state::{LedgerRejection, LedgerState},
};

pub(crate) const NOW: u64 = 1_800_000_000;
/// Seconds in which the right can be used.
pub(crate) const USABLE: u64 = 86_400;
/// The delay of the rentals here.
pub(crate) const DELAY: u64 = 600;
pub(crate) const UNITS: u32 = 4;
pub(crate) const UNIT_SECONDS: u32 = 900;
pub(crate) const SECONDS: u64 = UNITS as u64 * UNIT_SECONDS as u64;
pub(crate) const PRICE: u64 = 25;
pub(crate) const PARTS: u32 = 10;
pub(crate) const PART: u64 = 30;

pub(crate) type Outcome = Result<Culprits, LedgerRejection>;

/// The seed of a party: 1 the renter, 2 the owner, 3 the arbiter, 4 somebody else.
pub(crate) fn seed(party: u8) -> Seed {
    Seed::new([party; 32])
}

fn issuer() -> SigningKey {
    SigningKey::from_bytes(&[33; 32])
}

fn asset(name: &str) -> AssetDescription {
    AssetDescription {
        issuer: issuer().verifying_key().to_bytes(),
        name: name.into(),
        decimals: 2,
        cap: 100_000,
        class: AssetClass::Ordinary,
        uid: None,
        body: [0; 32],
    }
}

pub(crate) struct Scene {
    pub(crate) state: LedgerState,
    pub(crate) now: u64,
    pub(crate) asset: AssetId,
    pub(crate) other: AssetId,
    pub(crate) renter: AccessKeys,
    pub(crate) owner: AccessKeys,
    pub(crate) arbiter: AccessKeys,
    pub(crate) holder: Holder,
    pub(crate) owner_holder: Holder,
    pub(crate) log: Vec<LoggedTransaction>,
    /// The device of the next offer.
    pub(crate) device: [u8; 32],
}

/// The place of an action.
pub(crate) type At = ProofContext;

/// The transfer's C, and what opens it.
#[derive(Clone)]
pub(crate) struct Crossing(JubjubPoint, ValueOpening);

impl Crossing {
    pub(crate) fn of(transfer: &UnprovenTransfer) -> Self {
        let TransferStatement::Transfer { instance, .. } = &transfer.effects().statement else { panic!("a Cast") };
        Self(instance.value_commitment, transfer.opening().unwrap())
    }

    pub(crate) fn bridge(&self, at: &At, index: u32, opening: &AmountOpening) -> BridgeProof {
        opening.bridge(&ProofContext { index, ..*at }, self.0, &self.1, &mut OsRng).unwrap()
    }
}

/// The rule that refused.
#[track_caller]
pub(crate) fn rule(outcome: Outcome) -> AccessRejection {
    match outcome {
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))) => *rejection.reason().unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The pool's rule that refused.
#[track_caller]
pub(crate) fn pool_rule(outcome: Outcome) -> ShieldedRejection {
    match outcome {
        Err(LedgerRejection::Shielded(rejection)) => rejection,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub(crate) fn only_the_bridge(outcome: Outcome) {
    assert_eq!(outcome, Ok(Culprits { bridges: [7].into(), ..Culprits::default() }));
}

#[track_caller]
pub(crate) fn accepted(outcome: Outcome) {
    assert_eq!(outcome, Ok(Culprits::default()));
}

/// A rental's pieces before it is submitted, for whoever changes one.
pub(crate) struct Draft {
    pub(crate) offer: Offer,
    pub(crate) prices: Prices,
    pub(crate) payment: Payment,
}

impl Scene {
    /// The renter has twenty-four notes of 1000 of each of two assets.
    pub(crate) fn new() -> Self {
        let id = LedgerId::derive("ledger.test", &[4; 32]);
        let state = LedgerState::with_applications(id, VerifyingKeys::development(), catalogue().applications());
        let mut scene = Self {
            state,
            now: NOW,
            asset: asset("Crown").id().unwrap(),
            other: asset("Florin").id().unwrap(),
            renter: AccessKeys::of_seed(&seed(1), 0),
            owner: AccessKeys::of_seed(&seed(2), 0),
            arbiter: AccessKeys::of_seed(&seed(3), 0),
            holder: Holder::new(&seed(1), 0),
            owner_holder: Holder::new(&seed(2), 0),
            log: Vec::new(),
            device: SigningKey::from_bytes(&[9; 32]).verifying_key().to_bytes(),
        };
        for name in ["Crown", "Florin"] {
            let notes = vec![(scene.holder.wallet().address(0), NoteValue(1_000)); 24];
            let (_, issue) = next_issue(scene.state.assets(), asset(name), &notes, true, &mut OsRng).unwrap();
            let issue = sign_issue(&issuer(), scene.ledger(), &issue).unwrap();
            accepted(scene.submit(issue));
        }
        scene.read();
        scene
    }

    pub(crate) fn read(&mut self) {
        self.holder.read_log(&self.state, &self.log).unwrap();
        self.owner_holder.read_log(&self.state, &self.log).unwrap();
    }

    pub(crate) fn ledger(&self) -> LedgerId {
        self.state.id()
    }

    pub(crate) fn keys(&self, party: Party) -> &AccessKeys {
        match party {
            Party::Renter => &self.renter,
            Party::Owner => &self.owner,
        }
    }

    pub(crate) fn at(&self) -> Moment<'_> {
        Moment { state: &self.state, keys: proving_keys(), now: time(self.now) }
    }

    pub(crate) fn order(&self, public: bool) -> OfferOrder {
        OfferOrder {
            renter: self.renter.public(),
            payee: self.owner_holder.wallet().address(3),
            arbiter: self.arbiter.signer(),
            device: self.device,
            asset: self.asset,
            price: NoteValue(PRICE),
            units: UNITS,
            unit_seconds: UNIT_SECONDS,
            part: NoteValue(PART),
            parts: PARTS,
            public,
            use_until: time(self.now + USABLE),
            delay_seconds: DELAY as u32,
        }
    }

    pub(crate) fn offer(&self, public: bool) -> (Offer, Prices) {
        let offer = Offer::new(&self.owner, self.ledger(), &self.order(public), &mut OsRng).unwrap();
        let prices = offer.check(&self.renter, self.ledger(), time(self.now)).unwrap();
        (offer, prices)
    }

    /// The renter's transfers of a rental.
    pub(crate) fn draft(&mut self, public: bool) -> Draft {
        let (offer, prices) = self.offer(public);
        let order = prices.lock_order(&offer.terms, offer.rental()).unwrap();
        let rent = self.lock(offer.terms.asset, &order);
        let all = prices.share(offer.terms.parts).unwrap().value().0;
        let deposit = self.exit(offer.terms.asset, all);
        Draft { offer, prices, payment: Payment { rent, deposit } }
    }

    pub(crate) fn lock(&mut self, asset: AssetId, order: &tabella_payments::holder::LockOrder) -> UnprovenTransfer {
        let at = Moment { state: &self.state, keys: proving_keys(), now: time(self.now) };
        match self.holder.prepare_lock(&at, asset, order, &mut OsRng).unwrap() {
            Next::Transfer(transfer) => *transfer,
            Next::Merge(_) => panic!("one note suffices"),
        }
    }

    pub(crate) fn exit(&mut self, asset: AssetId, amount: u64) -> UnprovenTransfer {
        let at = Moment { state: &self.state, keys: proving_keys(), now: time(self.now) };
        match self.holder.prepare_exit(&at, asset, NoteValue(amount), Blinding::Random, &mut OsRng).unwrap() {
            Next::Transfer(transfer) => *transfer,
            Next::Merge(_) => panic!("one note suffices"),
        }
    }

    pub(crate) fn entry(&mut self, asset: AssetId, amount: u64) -> UnprovenTransfer {
        let at = Moment { state: &self.state, keys: proving_keys(), now: time(self.now) };
        let to = self.holder.wallet().address(0);
        self.holder.prepare_entry(&at, asset, to, NoteValue(amount), Blinding::Random, &mut OsRng).unwrap()
    }

    /// Proved (but for Groth16) and signed.
    pub(crate) fn finish(&self, with: WithTransfers) -> Transaction {
        self.holder.authorize_with(with.transaction, &no_proof, &mut OsRng, |_| with.proofs).unwrap()
    }

    /// Rents as the client does it.
    pub(crate) fn rent_draft(&mut self, draft: Draft) -> Outcome {
        let right = self.holder.wallet().address(1);
        let Draft { offer, prices, payment } = draft;
        let with = build::rent(&self.renter, &self.at(), (&offer, &prices), payment, right, &mut OsRng).unwrap();
        self.submit(self.finish(with))
    }

    /// A transaction of these transfers and actions, with the proofs that its author makes of its digest.
    pub(crate) fn attempt(
        &mut self,
        transfers: Vec<UnprovenTransfer>,
        actions: Vec<Action>,
        proofs: impl FnOnce(&Self, &At) -> Vec<Vec<u8>>,
    ) -> Outcome {
        let mut builder = TransactionBuilder::new(self.ledger());
        for transfer in transfers {
            builder.add(transfer);
        }
        for one in actions {
            builder.add_action(one);
        }
        let at = ProofContext { ledger: self.ledger(), digest: builder.effects().digest(), index: 0 };
        let proofs = proofs(self, &at);
        let prepared = builder.build().unwrap();
        let transaction = self.holder.authorize_with(prepared, &no_proof, &mut OsRng, |_| proofs).unwrap();
        self.submit(transaction)
    }

    /// An attempt without transfers, of one action.
    pub(crate) fn act(&mut self, one: AccessAction, proof: impl FnOnce(&Self, &At) -> AccessProof) -> Outcome {
        self.attempt(Vec::new(), vec![action(&one)], |scene, at| vec![proof_bytes(&proof(scene, at))])
    }

    /// Executes a transaction unless something but a missing Groth16 proof is wrong with it.
    pub(crate) fn submit(&mut self, transaction: Transaction) -> Outcome {
        let mut obligations = Obligations::new();
        let entry = LoggedTransaction { time: time(self.now), transaction };
        let checked = self.state.check(&entry, 7, &mut obligations)?;
        let mut culprits = obligations.verify(self.state.keys(), &mut OsRng, |_, _, _| ());
        culprits.proofs.clear();
        if culprits.is_empty() {
            self.state.execute(checked)?;
            self.log.push(entry);
        }
        Ok(culprits)
    }

    /// A rental that was paid.
    pub(crate) fn rented(&mut self, public: bool) -> RentalId {
        let draft = self.draft(public);
        let id = draft.offer.rental();
        accepted(self.rent_draft(draft));
        self.read();
        id
    }

    /// A rental that the owner has accepted.
    pub(crate) fn accepted_rental(&mut self, public: bool) -> RentalId {
        let id = self.rented(public);
        accepted(self.submit(build::accept(&self.owner, self.ledger(), id)));
        id
    }

    /// A rental whose right was used.
    pub(crate) fn used(&mut self, public: bool) -> RentalId {
        let id = self.accepted_rental(public);
        accepted(self.use_as(id, |_| ()));
        id
    }

    /// What an honest holder of the right says.
    pub(crate) fn use_of(&self, id: RentalId) -> UsedRight {
        let terms = self.stored(&id).terms();
        UsedRight {
            rental: id.0,
            owner: terms.owner,
            device: terms.device,
            key: self.renter.use_key(id),
            seconds: terms.seconds(),
            transfer: 0,
        }
    }

    /// Consumes the note of a rental's right.
    pub(crate) fn consume(&self, id: RentalId) -> UnprovenTransfer {
        let right = self.stored(&id).terms().right(id).id().unwrap();
        self.consume_asset(right)
    }

    /// Consumes any note of an asset by the smallest proof, whatever it is worth.
    pub(crate) fn consume_asset(&self, asset: AssetId) -> UnprovenTransfer {
        let (at, wallet) = (self.at(), self.holder.wallet());
        let pool = at.state.pool(AssetClass::Ordinary);
        // Notes that were spent as well: whoever uses a right twice does not ask the wallet.
        let of_asset = wallet.notes().filter(|note| note.note().asset == asset);
        let note = of_asset.max_by_key(|note| note.spent().is_none()).unwrap().clone();
        let path = pool.tree().path(note.position()).unwrap();
        let setting = PoolSetting {
            pool: pool.id(),
            anchor: pool.tree().root(),
            window: WindowPolicy::default().window(at.now).unwrap(),
            transfer_key: at.keys.transfer,
            cast_key: at.keys.cast,
            reveal: true,
        };
        let change = wallet.address(0).diversifier();
        let payer = Payer { key: wallet.key(), setting: &setting, change };
        payer.cast(&SpendableNote { note, path }, SpendPath::Own, &mut OsRng).unwrap()
    }

    /// Uses a right, with what its author makes of the honest words.
    pub(crate) fn use_as(&mut self, id: RentalId, twist: impl FnOnce(&mut UsedRight)) -> Outcome {
        self.read();
        let mut used = self.use_of(id);
        twist(&mut used);
        let transfer = self.consume(id);
        let body = AccessAction::Use(used);
        self.attempt(vec![transfer], vec![action(&body)], |_, _| vec![proof_bytes(&AccessProof::Use)])
    }

    pub(crate) fn settle(&mut self, id: RentalId, parts: u32) -> Outcome {
        let standing = self.standing(&id);
        let divisions = [&self.renter, &self.owner].map(|keys| Division::new(keys, id, parts, standing));
        self.submit(build::settle(self.ledger(), &divisions[0], &divisions[1]).unwrap())
    }

    pub(crate) fn claim(&mut self, id: RentalId, parts: u32) -> Outcome {
        self.submit(build::claim(&self.owner, self.ledger(), id, parts))
    }

    pub(crate) fn dispute(&mut self, id: RentalId) -> Outcome {
        self.submit(build::dispute(&self.renter, self.ledger(), id))
    }

    pub(crate) fn decide(&mut self, id: RentalId, parts: u32) -> Outcome {
        let decision = Decision::new(&self.arbiter, id, parts);
        self.submit(build::decide(self.ledger(), &decision))
    }

    /// A party withdraws a number of parts, by a transfer of exactly that.
    pub(crate) fn withdraw(&mut self, id: RentalId, by: Party, parts: u32) -> Outcome {
        let amount = AmountOpening::times(&self.prices(id).part, u64::from(parts)).unwrap();
        self.withdraw_as(id, by, parts, &amount, |scene, at| scene.keys(by).sign(at.digest))
    }

    /// A withdrawal of some amount, signed by somebody.
    pub(crate) fn withdraw_as(
        &mut self,
        rental: RentalId,
        by: Party,
        parts: u32,
        amount: &AmountOpening,
        sign: impl FnOnce(&Self, &At) -> SignatureBytes,
    ) -> Outcome {
        let asset = self.stored(&rental).terms().asset;
        let entry = self.entry(asset, amount.value().0.max(1));
        let crossing = Crossing::of(&entry);
        let body = AccessAction::Withdraw { rental, by, parts, transfer: 0 };
        let zero = AmountOpening::public(NoteValue(1));
        let amount = if amount.value() == NoteValue(0) { &zero } else { amount };
        self.attempt(vec![entry], vec![action(&body)], |scene, at| {
            let bridge = crossing.bridge(at, 0, amount);
            vec![proof_bytes(&AccessProof::Withdraw { party: sign(scene, at), bridge })]
        })
    }

    /// The prices of a rental, as the owner finds them on the ledger.
    pub(crate) fn prices(&self, id: RentalId) -> Prices {
        let mut own = OwnRentals::new(&self.owner);
        for (number, entry) in (0..).zip(&self.log) {
            own.read(number, &entry.transaction).unwrap();
        }
        own.get(&id).unwrap().prices.clone().unwrap()
    }

    pub(crate) fn stored(&self, id: &RentalId) -> &Rental {
        self.state.application::<Rentals>().unwrap().rental(id).unwrap()
    }

    /// What a division that is signed now is for.
    pub(crate) fn standing(&self, id: &RentalId) -> Standing {
        self.stored(id).standing(time(self.now))
    }

    pub(crate) fn stage_of(&self, id: &RentalId) -> Stage {
        self.stored(id).stage(time(self.now))
    }
}
