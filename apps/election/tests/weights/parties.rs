//! The parties of an election, a ledger's state in memory, and ballots put together by hand.

use std::convert::Infallible;

use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::SigningKey;
use rand_chacha::ChaCha20Rng;
use rand_core::OsRng;
use tabella_election::{
    authority::{Draft, open_election},
    distribution::{Distributor, Recipient},
    rehearsal::hold_ceremony,
    voter::{ProvingKeys, Voter},
};
use tabella_protocol::{
    ballot::{BallotProofKind, BallotTerms, WeightOpening},
    bridge::{BridgeProof, BridgeStatement},
    election::{
        APPLICATION, BallotCast, CastProof, ElectionAction, ElectionId, Question, QuestionKind, QuestionOption,
        RegistrationId, Roll, RollEntry, Rules, Weights,
    },
    jubjub::JubjubScalar,
    keys::{Account, Diversifier, Seed, SpendingKey},
    note::Timestamp,
    statement::Shape,
    transaction::{Action, LedgerId, LoggedTransaction, ProofBytes, Transaction, TransferStatement},
    transcript::ProofContext,
};
use tabella_prover::{
    ballot,
    builder::{Blinding, Payer, PoolSetting, ProvingEngine, ProvingJob, SpendPath, SpendableNote, TransactionBuilder},
    trustee::TrusteeKey,
    wallet::ReceivedNote,
};
use tabella_verifier::{
    election::{ElectionPool, Rejection},
    groth16::VerifyingKeys,
    obligations::{Culprits, Obligations},
    state::{LedgerRejection, LedgerState},
};

/// When the opening is accepted, ballots are accepted from, and until.
pub(crate) const BEGINNING: u64 = 1_000_000;
pub(crate) const OPENS: u64 = 1_001_000;
pub(crate) const CLOSES: u64 = 1_010_000;

/// The authority's seed for the distribution.
pub(crate) const DISTRIBUTOR: [u8; 32] = [0xaa; 32];

/// A ledger whose operator signs nothing.
pub(crate) const LEDGER_NAME: &str = "memory";

pub(crate) fn ledger_key() -> [u8; 32] {
    SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes()
}

pub(crate) fn time(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

/// For what is refused, or tested, before any proof is looked at.
pub(crate) fn no_proofs(_: ProvingJob<'_>, _: &mut ChaCha20Rng) -> Result<ProofBytes, Infallible> {
    Ok(ProofBytes([0; 192]))
}

pub(crate) fn proving_keys() -> ProvingKeys {
    let keys = VerifyingKeys::development();
    ProvingKeys::of(|shape| keys.of_shape(shape).next().unwrap().id())
}

pub(crate) fn rules(weights: Weights, delegation: bool) -> Rules {
    let ballot_proofs = BallotProofKind::Compressed;
    Rules { delegation, revoting: false, weights, ballot_proofs, smallest_group: 1, epoch_seconds: 60 }
}

/// What the ballots of an election are proved against.
pub(crate) fn terms<'a>(election: &'a ElectionId, pool: &'a ElectionPool) -> BallotTerms<'a> {
    BallotTerms { election: election.as_bytes(), ..pool.ballot_terms() }
}

/// A voter, and the same person's key for what a program of theirs would not do.
pub(crate) struct Person {
    pub(crate) key: SpendingKey,
    pub(crate) voter: Voter,
}

pub(crate) struct Parties {
    pub(crate) people: Vec<Person>,
    pub(crate) weights: Vec<u64>,
    pub(crate) registration: RegistrationId,
    pub(crate) authority: SigningKey,
    pub(crate) trustees: Vec<TrusteeKey>,
    pub(crate) opening: Transaction,
    pub(crate) election: ElectionId,
}

impl Parties {
    /// An election of one question with three options, of which one or two are chosen.
    pub(crate) fn new(ledger: LedgerId, weights: &[u64], rules: Rules, opens: Timestamp, closes: Timestamp) -> Self {
        let registration = RegistrationId([5; 32]);
        let people: Vec<Person> = (0..weights.len())
            .map(|index| {
                let seed = Seed::new([u8::try_from(index).unwrap(); 32]);
                let key = seed.account(&Account::Election(registration.0));
                Person { key, voter: Voter::new(&seed, registration) }
            })
            .collect();
        let authority = SigningKey::generate(&mut OsRng);
        let roll = match rules.weights {
            Weights::Hidden => distributor(registration, &people, weights).roll().clone(),
            Weights::One => Roll::Public(
                people
                    .iter()
                    .map(|person| RollEntry { owner: person.voter.registered_address().owner(), weight: 1 })
                    .collect(),
            ),
        };
        let (trustees, ceremony) =
            hold_ceremony("General meeting", 2, &["Anna", "Boleslaw", "Celina"], &mut OsRng).unwrap();
        let outcome = tabella_verifier::ceremony::verify(&ceremony).unwrap();
        let option = |id: &str| QuestionOption { id: id.into(), name: id.into() };
        let draft = Draft {
            registration,
            title: "General meeting".into(),
            questions: vec![Question {
                title: "Shall we buy the mill?".into(),
                options: vec![option("yes"), option("no"), option("blank")],
                kind: QuestionKind::Choose { min: 1, max: 2 },
            }],
            opens,
            closes,
            rules,
        };
        let manifest = draft.manifest(ledger, &authority, &outcome, &roll).unwrap();
        let election = manifest.id();
        let canaries = trustees
            .iter()
            .map(|trustee| trustee.rehearse(ledger, election.as_bytes(), &manifest.key, &mut OsRng).unwrap())
            .collect();
        let opening = open_election(&authority, manifest, ceremony, canaries, roll);
        Self { people, weights: weights.to_vec(), registration, authority, trustees, opening, election }
    }

    pub(crate) fn distributor(&self) -> Distributor {
        distributor(self.registration, &self.people, &self.weights)
    }
}

fn distributor(registration: RegistrationId, people: &[Person], weights: &[u64]) -> Distributor {
    let recipients = people
        .iter()
        .zip(weights)
        .map(|(person, weight)| Recipient { address: person.voter.registered_address(), weight: *weight })
        .collect();
    Distributor::new(&Seed::new(DISTRIBUTOR), registration, recipients).unwrap()
}

/// An election on a ledger in memory that verifies no proofs: the tests ask for that where they want it.
pub(crate) struct Run {
    pub(crate) parties: Parties,
    pub(crate) state: LedgerState,
    pub(crate) log: Vec<LoggedTransaction>,
    pub(crate) now: Timestamp,
}

impl Run {
    /// An election that was opened, and in which nothing is distributed.
    pub(crate) fn opened(weights: &[u64], rules: Rules) -> Self {
        let ledger = LedgerId::derive(LEDGER_NAME, &ledger_key());
        let parties = Parties::new(ledger, weights, rules, time(OPENS), time(CLOSES));
        let state = LedgerState::new(ledger, VerifyingKeys::development());
        let opening = parties.opening.clone();
        let mut run = Self { parties, state, log: Vec::new(), now: time(BEGINNING) };
        run.accept(opening);
        run
    }

    /// An election in which everybody holds a right and may vote now.
    pub(crate) fn voting(weights: &[u64], rules: Rules) -> Self {
        let mut run = Self::opened(weights, rules);
        if rules.weights == Weights::Hidden {
            let mut distributor = run.parties.distributor();
            while run.distribute_round(&mut distributor) > 0 {}
        }
        run.now = time(OPENS + 1);
        run.read();
        run
    }

    /// One round; the number of its transfers.
    pub(crate) fn distribute_round(&mut self, distributor: &mut Distributor) -> usize {
        distributor.read(self.pool(), &self.log).unwrap();
        let round = distributor.next_round(self.pool(), proving_keys(), self.now, &mut OsRng).unwrap();
        let transactions = distributor.authorize(round, &no_proofs, &mut OsRng).unwrap();
        let count = transactions.len();
        transactions.into_iter().for_each(|transaction| self.accept(transaction));
        count
    }

    /// Everybody reads the log.
    pub(crate) fn read(&mut self) {
        let pool = self.state.election(&self.parties.election).unwrap();
        for person in &mut self.parties.people {
            person.voter.read(pool, &self.log).unwrap();
        }
    }

    pub(crate) fn pool(&self) -> &ElectionPool {
        self.state.election(&self.parties.election).unwrap()
    }

    pub(crate) fn accept(&mut self, transaction: Transaction) {
        let entry = LoggedTransaction { time: self.now, transaction };
        let checked = self.state.check(&entry, 0, &mut Obligations::new()).unwrap();
        self.state.execute(checked).unwrap();
        self.log.push(entry);
    }

    /// Why the election refuses a transaction before any proof is verified.
    pub(crate) fn rejection(&self, transaction: Transaction) -> Rejection {
        let entry = LoggedTransaction { time: self.now, transaction };
        match self.state.check(&entry, 0, &mut Obligations::new()) {
            Err(LedgerRejection::Election(rejection)) => rejection,
            other => panic!("refused by the election's rules, got {other:?}"),
        }
    }

    /// What of a transaction that the rules accept does not verify; it is entry 7.
    pub(crate) fn culprits(&self, transaction: Transaction) -> Culprits {
        let entry = LoggedTransaction { time: self.now, transaction };
        let mut obligations = Obligations::new();
        self.state.check(&entry, 7, &mut obligations).unwrap();
        obligations.verify(self.state.keys(), &mut OsRng, |_, _, _| ())
    }

    /// A person's right and the path to it.
    pub(crate) fn right(&self, person: usize) -> SpendableNote {
        let note: ReceivedNote = self.parties.people[person].voter.wallet().unspent().next().unwrap().clone();
        let path = self.pool().tree().path_at(note.position(), self.pool().anchor_at(self.now).size).unwrap();
        SpendableNote { note, path }
    }

    pub(crate) fn setting(&self) -> PoolSetting {
        let pool = self.pool();
        PoolSetting {
            pool: pool.pool(),
            anchor: pool.anchor_at(self.now).anchor,
            window: *pool.window(),
            transfer_key: proving_keys().transfer,
            cast_key: proving_keys().cast,
            reveal: false,
        }
    }

    /// A ballot for the first option, by hand.
    pub(crate) fn ballot_by_hand<E: ProvingEngine>(
        &self,
        person: usize,
        kind: Kind,
        engine: &E,
        bridge: impl FnOnce(&Bridging) -> Option<BridgeProof>,
    ) -> Transaction {
        self.ballots_by_hand(person, kind, engine, &[0], |all| vec![bridge(&all[0])]).remove(0)
    }

    /// Ballots of several revisions around the same transfer and the same ciphertexts.
    pub(crate) fn ballots_by_hand<E: ProvingEngine>(
        &self,
        person: usize,
        kind: Kind,
        engine: &E,
        revisions: &[u32],
        bridges: impl FnOnce(&[Bridging]) -> Vec<Option<BridgeProof>>,
    ) -> Vec<Transaction> {
        let (pool, right, setting) = (self.pool(), self.right(person), self.setting());
        let key = &self.parties.people[person].key;
        let payer = Payer { key: key.full_viewing_key(), setting: &setting, change: Diversifier::from_index(1 << 20) };
        let transfer = match kind.shape {
            Shape::Cast => payer.cast(&right, SpendPath::Own, &mut OsRng).unwrap(),
            _ => payer.consume(right, SpendPath::Own, Blinding::Random, &mut OsRng).unwrap(),
        };
        let r = transfer.opening().map(|opening| *opening.r.expose());
        let weight = kind.weight.map(|weight| WeightOpening::new(weight, Scalar::random(&mut OsRng)));
        let choice = [vec![1, 0, 0]];
        let (rules, election_key) = (pool.question_rules(), &pool.manifest().key);
        let (body, opening) = ballot::encrypt(rules, election_key, weight.clone(), &choice, &mut OsRng).unwrap();

        let prepared: Vec<_> = revisions
            .iter()
            .map(|revision| {
                let cast =
                    BallotCast { election: pool.id(), revision: *revision, ballot: body.clone(), rankings: Vec::new() };
                let mut builder = TransactionBuilder::new(pool.manifest().ledger);
                builder.add(transfer.clone());
                let body = borsh::to_vec(&ElectionAction::Cast(cast)).unwrap();
                builder.add_action(Action { application: APPLICATION, body });
                builder.build().unwrap()
            })
            .collect();
        let bridging: Vec<Bridging> = prepared
            .iter()
            .map(|prepared| {
                let context = ProofContext { ledger: pool.manifest().ledger, digest: prepared.digest(), index: 0 };
                let jubjub = match &transfer.effects().statement {
                    TransferStatement::Transfer { instance, .. } => Some(instance.value_commitment),
                    TransferStatement::Cast(_) => None,
                };
                let statement =
                    jubjub.zip(weight.as_ref()).map(|(c, weight)| BridgeStatement::of_one(c, weight.commitment()));
                Bridging { context, statement, r, weight: weight.clone() }
            })
            .collect();
        let bridges = bridges(&bridging);
        prepared
            .into_iter()
            .zip(bridging.iter().zip(bridges))
            .map(|(prepared, (Bridging { context, .. }, bridge))| {
                let id = pool.id();
                let ballot = ballot::prove(context, terms(&id, pool), &body, &opening, &mut OsRng).unwrap();
                let proof = borsh::to_vec(&CastProof { ballot, bridge, rankings: Vec::new() }).unwrap();
                let proven = prepared.prove(engine, &mut OsRng).unwrap();
                proven.sign(&key.spend_authorizing_key(), &mut OsRng).unwrap().finish(vec![proof]).unwrap()
            })
            .collect()
    }
}

/// Which shape uses the right up, and the weight that the ballot states in hiding, if any.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) shape: Shape,
    pub(crate) weight: Option<u64>,
}

/// What a bridge is made of.
pub(crate) struct Bridging {
    pub(crate) context: ProofContext,
    /// `C` and `C'`, where there are both.
    pub(crate) statement: Option<BridgeStatement>,
    /// `r` of `C`.
    pub(crate) r: Option<JubjubScalar>,
    /// Opening of `C'`.
    pub(crate) weight: Option<WeightOpening>,
}
