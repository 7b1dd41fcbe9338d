//! A ledger's state in memory, a viewer and a provider. Groth16 proofs are left out and forgiven; everything else is verified.

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_catalogue::catalogue;
use tabella_payments::{
    holder::{Holder, Moment, Next},
    issuer::{next_issue, sign_issue},
};
use tabella_protocol::{
    account::Amount,
    asset::{AssetClass, AssetDescription},
    bridge::BridgeProof,
    jubjub::JubjubPoint,
    keys::Seed,
    note::{AssetId, NoteValue},
    transaction::{LedgerId, LoggedTransaction, SignatureBytes, Transaction, TransferStatement},
    transcript::ProofContext,
};
use tabella_prover::{
    account::AmountOpening,
    builder::{Blinding, TransactionBuilder, UnprovenTransfer, ValueOpening},
};
pub(crate) use tabella_stage::testing::time;
use tabella_stage::testing::{no_proof, proving_keys};
use tabella_streaming::{
    Offer, OfferOrder, SignedTick, StreamingKeys,
    build::{action, blinding, proof_bytes},
    rules::{Party, Session, SessionId, Stage, StreamingAction, StreamingProof, StreamingRejection, Streams},
};
use tabella_verifier::{
    groth16::VerifyingKeys,
    obligations::{Culprits, Obligations},
    shielded::ShieldedRejection,
    state::{LedgerRejection, LedgerState},
};

pub(crate) const NOW: u64 = 1_800_000_000;
/// Seconds until the sessions here expire.
pub(crate) const WATCHING: u64 = 7_200;
/// The dispute delay of the sessions here.
pub(crate) const DISPUTE: u64 = 600;
/// Ticks that are prepaid, and what one costs.
pub(crate) const MAX: u32 = 60;
pub(crate) const RATE: u64 = 5;

/// The seed of a party.
pub(crate) fn seed(party: Party) -> Seed {
    Seed::new([if party == Party::Viewer { 1 } else { 2 }; 32])
}

fn issuer() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn asset(name: &str) -> AssetDescription {
    AssetDescription {
        issuer: issuer().verifying_key().to_bytes(),
        name: name.into(),
        decimals: 2,
        cap: 12_000,
        class: AssetClass::Ordinary,
        uid: None,
        body: [0; 32],
    }
}

pub(crate) struct Scene {
    pub(crate) state: LedgerState,
    pub(crate) now: u64,
    pub(crate) asset: AssetId,
    /// The other asset of the ledger.
    pub(crate) other: AssetId,
    pub(crate) viewer: StreamingKeys,
    pub(crate) provider: StreamingKeys,
    holder: Holder,
    /// What was accepted.
    pub(crate) log: Vec<LoggedTransaction>,
}

/// What an author of proofs is given: the place of the first action.
pub(crate) type At = ProofContext;

/// The transfer's C, and what opens it.
#[derive(Clone)]
pub(crate) struct Crossing(JubjubPoint, ValueOpening);

impl Crossing {
    pub(crate) fn of(transfer: &UnprovenTransfer) -> Self {
        let TransferStatement::Transfer { instance, .. } = &transfer.effects().statement else { panic!("a Cast") };
        Self(instance.value_commitment, transfer.opening().unwrap())
    }

    /// A bridge to what an opening commits to, for the action of an index.
    pub(crate) fn bridge(&self, at: &At, index: u32, opening: &AmountOpening) -> Option<BridgeProof> {
        Some(opening.bridge(&ProofContext { index, ..*at }, self.0, &self.1, &mut OsRng).unwrap())
    }
}

/// The rule that refused.
pub(crate) fn rule(outcome: Result<Culprits, LedgerRejection>) -> StreamingRejection {
    match outcome {
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))) => *rejection.reason().unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Nothing is wrong but a bridge.
pub(crate) fn only_the_bridge(outcome: Result<Culprits, LedgerRejection>) {
    assert_eq!(outcome, Ok(Culprits { bridges: [7].into(), ..Culprits::default() }));
}

pub(crate) fn accepted(outcome: Result<Culprits, LedgerRejection>) {
    assert_eq!(outcome, Ok(Culprits::default()));
}

pub(crate) fn wrong_signature() -> SignatureBytes {
    SignatureBytes([7; 64])
}

impl Scene {
    /// The viewer has twelve notes of 1000 of each of two assets.
    pub(crate) fn new() -> Self {
        let id = LedgerId::derive("ledger.test", &[4; 32]);
        let state = LedgerState::with_applications(id, VerifyingKeys::development(), catalogue().applications());
        let mut scene = Self {
            state,
            now: NOW,
            asset: asset("Crown").id().unwrap(),
            other: asset("Florin").id().unwrap(),
            viewer: StreamingKeys::of_seed(&seed(Party::Viewer), 0),
            provider: StreamingKeys::of_seed(&seed(Party::Provider), 0),
            holder: Holder::new(&seed(Party::Viewer), 0),
            log: Vec::new(),
        };
        for name in ["Crown", "Florin"] {
            let notes = vec![(scene.holder.wallet().address(0), NoteValue(1_000)); 12];
            let (_, issue) = next_issue(scene.state.assets(), asset(name), &notes, true, &mut OsRng).unwrap();
            let issue = sign_issue(&issuer(), scene.ledger(), &issue).unwrap();
            accepted(scene.submit(issue));
        }
        scene.holder.read_log(&scene.state, &scene.log).unwrap();
        scene
    }

    pub(crate) fn ledger(&self) -> LedgerId {
        self.state.id()
    }

    pub(crate) fn keys(&self, party: Party) -> &StreamingKeys {
        match party {
            Party::Viewer => &self.viewer,
            Party::Provider => &self.provider,
        }
    }

    pub(crate) fn order(&self, public: bool) -> OfferOrder {
        OfferOrder {
            viewer: self.viewer.public(),
            asset: self.asset,
            rate: NoteValue(RATE),
            public,
            max_ticks: MAX,
            tick_seconds: 60,
            expires: time(NOW + WATCHING),
            dispute_seconds: DISPUTE as u32,
        }
    }

    pub(crate) fn offer(&self, public: bool) -> (Offer, AmountOpening) {
        let offer = Offer::new(&self.provider, self.ledger(), &self.order(public), &mut OsRng).unwrap();
        let rate = offer.check(&self.viewer, self.ledger(), time(self.now)).unwrap();
        (offer, rate)
    }

    /// The viewer's transfer out of the pool.
    pub(crate) fn exit(&mut self, asset: AssetId, amount: u64, blinding: Blinding) -> UnprovenTransfer {
        let at = Moment { state: &self.state, keys: proving_keys(), now: time(self.now) };
        match self.holder.prepare_exit(&at, asset, NoteValue(amount), blinding, &mut OsRng).unwrap() {
            Next::Transfer(transfer) => *transfer,
            Next::Merge(_) => panic!("one note suffices"),
        }
    }

    /// A transfer into the pool.
    pub(crate) fn entry(&mut self, asset: AssetId, amount: u64, blinding: Blinding) -> UnprovenTransfer {
        let at = Moment { state: &self.state, keys: proving_keys(), now: time(self.now) };
        let to = self.holder.wallet().address(0);
        self.holder.prepare_entry(&at, asset, to, NoteValue(amount), blinding, &mut OsRng).unwrap()
    }

    /// A transaction of these transfers and actions, with the proofs that its author makes of its digest.
    pub(crate) fn transaction(
        &self,
        transfers: Vec<UnprovenTransfer>,
        actions: &[StreamingAction],
        proofs: impl FnOnce(&At) -> Vec<StreamingProof>,
    ) -> Transaction {
        let mut builder = TransactionBuilder::new(self.ledger());
        for transfer in transfers {
            builder.add(transfer);
        }
        for one in actions {
            builder.add_action(action(one));
        }
        let at = ProofContext { ledger: self.ledger(), digest: builder.effects().digest(), index: 0 };
        let proofs = proofs(&at).iter().map(proof_bytes).collect();
        self.holder.authorize_with(builder.build().unwrap(), &no_proof, &mut OsRng, |_| proofs).unwrap()
    }

    /// Executes a transaction unless something but a missing Groth16 proof is wrong with it.
    pub(crate) fn submit(&mut self, transaction: Transaction) -> Result<Culprits, LedgerRejection> {
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

    pub(crate) fn attempt(
        &mut self,
        transfers: Vec<UnprovenTransfer>,
        actions: &[StreamingAction],
        proofs: impl FnOnce(&Self, &At) -> Vec<StreamingProof>,
    ) -> Result<Culprits, LedgerRejection> {
        let transaction = self.transaction(transfers, actions, |at| proofs(self, at));
        self.submit(transaction)
    }

    /// An attempt without transfers, of one action.
    pub(crate) fn act(
        &mut self,
        action: StreamingAction,
        proof: impl FnOnce(&Self, &At) -> StreamingProof,
    ) -> Result<Culprits, LedgerRejection> {
        self.attempt(Vec::new(), &[action], |scene, at| vec![proof(scene, at)])
    }

    /// Opens a session by an offer, with what its author makes of the honest proof.
    pub(crate) fn open_with(
        &mut self,
        (offer, rate): &(Offer, AmountOpening),
        twist: impl FnOnce(&Self, &At, &mut StreamingProof),
    ) -> Result<Culprits, LedgerRejection> {
        let prepaid = rate.times(u64::from(offer.terms.max_ticks)).unwrap();
        let exit = self.exit(offer.terms.asset, prepaid.value().0, blinding(&offer.terms));
        let crossing = Crossing::of(&exit);
        let body = StreamingAction::Open { terms: Box::new(offer.terms.clone()), transfer: 0 };
        self.attempt(vec![exit], &[body], |scene, at| {
            let mut proof = scene.open_proof(offer, &prepaid, &crossing, at, 0);
            twist(scene, at, &mut proof);
            vec![proof]
        })
    }

    pub(crate) fn open_proof(
        &self,
        offer: &Offer,
        prepaid: &AmountOpening,
        crossing: &Crossing,
        at: &At,
        index: u32,
    ) -> StreamingProof {
        let bridge = match offer.terms.rate {
            Amount::Public(_) => None,
            Amount::Hidden(_) => crossing.bridge(at, index, prepaid),
        };
        StreamingProof::Open { viewer: self.viewer.sign(at.digest), provider: offer.consent, bridge }
    }

    /// A session that is open, and its rate.
    pub(crate) fn session(&mut self, public: bool) -> (SessionId, AmountOpening) {
        let offered = self.offer(public);
        accepted(self.open_with(&offered, |_, _, _| ()));
        (offered.0.session(), offered.1)
    }

    pub(crate) fn tick(&self, session: SessionId, ticks: u32) -> Option<SignatureBytes> {
        (ticks > 0).then(|| SignedTick::new(&self.viewer, session, ticks).signature)
    }

    /// One party closes, or answers.
    pub(crate) fn close(&mut self, session: SessionId, by: Party, ticks: u32) -> Result<Culprits, LedgerRejection> {
        let watched = self.tick(session, ticks);
        self.act(StreamingAction::Close { session, by, ticks }, |scene, at| StreamingProof::Close {
            party: scene.keys(by).sign(at.digest),
            watched,
        })
    }

    pub(crate) fn settle_proof(&self, session: SessionId, ticks: u32) -> StreamingProof {
        StreamingProof::Settle {
            viewer: self.viewer.sign_final(session, ticks),
            provider: self.provider.sign_final(session, ticks),
        }
    }

    /// Both settle.
    pub(crate) fn settle(&mut self, session: SessionId, ticks: u32) -> Result<Culprits, LedgerRejection> {
        self.act(StreamingAction::Settle { session, ticks }, |scene, _| scene.settle_proof(session, ticks))
    }

    /// A party withdraws the price of a number of ticks, by a transfer of exactly that.
    pub(crate) fn withdraw(
        &mut self,
        (session, rate): &(SessionId, AmountOpening),
        by: Party,
        ticks: u32,
    ) -> Result<Culprits, LedgerRejection> {
        let owed = rate.times(u64::from(ticks)).unwrap();
        self.withdraw_as(*session, by, ticks, &owed, |scene, at| scene.keys(by).sign(at.digest))
    }

    /// A withdrawal of some amount, signed by somebody.
    pub(crate) fn withdraw_as(
        &mut self,
        session: SessionId,
        by: Party,
        ticks: u32,
        amount: &AmountOpening,
        sign: impl FnOnce(&Self, &At) -> SignatureBytes,
    ) -> Result<Culprits, LedgerRejection> {
        let terms = self.stored(&session).terms().clone();
        // Whoever is owed nothing tries with the smallest amount that a transfer moves.
        let entry = self.entry(terms.asset, amount.value().0.max(1), blinding(&terms));
        let crossing = Crossing::of(&entry);
        let body = StreamingAction::Withdraw { session, by, ticks, transfer: 0 };
        self.attempt(vec![entry], &[body], |scene, at| {
            let bridge = match terms.rate {
                Amount::Public(_) => None,
                Amount::Hidden(_) if amount.value() == NoteValue(0) => {
                    crossing.bridge(at, 0, &AmountOpening::public(NoteValue(1)))
                }
                Amount::Hidden(_) => crossing.bridge(at, 0, amount),
            };
            vec![StreamingProof::Withdraw { party: sign(scene, at), bridge }]
        })
    }

    pub(crate) fn stored(&self, session: &SessionId) -> &Session {
        self.state.application::<Streams>().unwrap().session(session).unwrap()
    }

    pub(crate) fn stage_of(&self, session: &SessionId) -> Stage {
        self.stored(session).stage(time(self.now))
    }
}
