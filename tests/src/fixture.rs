//! Three small elections, run once with real proofs: one of equal weights (`fixture/equal.rs`), and one of hidden weights
//! (`fixture/hidden.rs`) with each kind of ballot proof.
//!
//! Their records are kept in the directory for the tests' files, so that test processes share them. A kept one that no longer
//! verifies is made again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken fixture is a failed test")]

mod equal;
mod hidden;
mod role;

use std::{
    fs::{self, File},
    path::Path,
    sync::OnceLock,
};

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::SigningKey;
use rand_chacha::ChaCha20Rng;
use rand_core::{OsRng, RngCore, SeedableRng};
use tabella_election::{
    authority::{Draft, close_election, open_election, publish_result},
    rehearsal::hold_ceremony,
    trustee::combine_result,
    voter::{Holding, PreparedBallot, ProvingKeys, Voter},
};
use tabella_ledger::signer::CheckpointSigner;
use tabella_protocol::{
    ballot::{BallotOpening, BallotProof, BallotProofKind, BallotTerms, WeightOpening},
    decryption::{CanaryProof, PartialDecryption},
    election::{
        ElectionAction, ElectionId, ElectionRecord, OpenedBallot, Question, QuestionKind, QuestionOption,
        RegistrationId, Roll, Rules, Weights,
    },
    keys::{Address, Seed},
    note::Timestamp,
    transaction::{LedgerId, LoggedTransaction, Transaction, TransactionDigest, VerifyingKeyId},
    transcript::ProofContext,
    tree::Position,
};
use tabella_prover::{ballot::prove, cores::each, parameters::Parameters, trustee::TrusteeKey};
use tabella_verifier::{
    ceremony,
    election::{ElectionPool, open},
    groth16::VerifyingKeys,
    log::Origin,
    obligations::Obligations,
    record::verify_record,
    report::Report,
};

use crate::forger::sign_record;
pub use role::{Role, Standing, roles};

/// When the election takes ballots from.
pub const OPENS: u64 = 1_000_020;
/// When it stops to take them.
pub const CLOSES: u64 = 1_003_620;
/// Length of an epoch.
pub const EPOCH: u32 = 60;
/// Name of the ledger.
pub const LEDGER: &str = "tests.tabella";

/// The entries of the record, by index.
pub mod entry {
    /// The opening.
    pub const OPENING: usize = 0;
    /// The first of three delegations, by voters 3, 4 and 5 to voter 0.
    pub const DELEGATION: usize = 1;
    /// The recall by voter 3.
    pub const RECALL: usize = 4;
    /// Voter 0 casts a right of his own.
    pub const OWN_BALLOT: usize = 5;
    /// Voter 0 casts the right of voter 4, who overrides this later.
    pub const OVERRIDDEN: usize = 6;
    /// Voter 0 casts the right of voter 5.
    pub const DELEGATED: usize = 7;
    /// Voter 1 casts, and votes again later.
    pub const FIRST_VOTE: usize = 8;
    /// Voter 2 casts.
    pub const BALLOT: usize = 9;
    /// Voter 3 casts the right that was recalled.
    pub const RECALLED: usize = 10;
    /// Voter 4 casts over the delegate.
    pub const OVERRIDE: usize = 11;
    /// Voter 1 votes again.
    pub const REVOTE: usize = 12;
    /// The close.
    pub const CLOSE: usize = 13;
    /// The result.
    pub const PUBLICATION: usize = 14;
    /// How many there are.
    pub const COUNT: usize = 15;
}

/// The election, with every key that signs in it.
#[derive(BorshSerialize, BorshDeserialize)]
pub struct Fixture {
    /// Secret key of the ledger.
    pub ledger_secret: [u8; 32],
    /// Secret key of the authority.
    pub authority_secret: [u8; 32],
    /// The record.
    pub record: ElectionRecord,
    /// The tally's partial decryptions by all three trustees.
    pub partials: Vec<PartialDecryption>,
    /// The first two trustees' decryptions of the same ciphertexts, said to be of another election.
    pub foreign_partials: Vec<PartialDecryption>,
    /// The canaries of all three trustees for another election.
    pub foreign_canaries: Vec<CanaryProof>,
    /// The first ballot proved at its place in the other way than the manifest asks for.
    pub proved_otherwise: BallotProof,
}

impl std::fmt::Debug for Fixture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fixture").finish_non_exhaustive()
    }
}

impl Fixture {
    /// The election of equal weights; it is kept in the directory.
    pub fn shared(directory: &str) -> &'static Self {
        static SHARED: OnceLock<Fixture> = OnceLock::new();
        Self::shared_in(&SHARED, directory, "election", equal::make)
    }

    /// The election of hidden weights; it is kept in the directory.
    pub fn hidden(directory: &str) -> &'static Self {
        static SHARED: OnceLock<Fixture> = OnceLock::new();
        Self::shared_in(&SHARED, directory, "hidden", || hidden::make(BallotProofKind::Compressed))
    }

    /// The same election with disjunctive proofs of its ballots; it is kept in the directory.
    pub fn disjunctive(directory: &str) -> &'static Self {
        static SHARED: OnceLock<Fixture> = OnceLock::new();
        Self::shared_in(&SHARED, directory, "disjunctive", || hidden::make(BallotProofKind::Disjunctive))
    }

    fn shared_in(shared: &'static OnceLock<Self>, directory: &str, name: &str, make: fn() -> Self) -> &'static Self {
        shared.get_or_init(|| {
            // In a thread and a pool of its own: a worker of the common pool that waited for its parts here could take up
            // another part of the test meanwhile, which would ask for the fixture again and wait for itself.
            let load = || {
                let pool = rayon::ThreadPoolBuilder::new().build().unwrap();
                pool.install(|| Self::load_or_make(Path::new(directory), name, make))
            };
            std::thread::scope(|scope| scope.spawn(load).join()).unwrap()
        })
    }

    fn load_or_make(directory: &Path, name: &str, make: fn() -> Self) -> Self {
        fs::create_dir_all(directory).unwrap();
        let path = directory.join(format!("{name}.fixture"));
        let lock = File::create(directory.join(format!("{name}.fixture.lock"))).unwrap();
        lock.lock().unwrap();
        let kept = fs::read(&path).ok().and_then(|bytes| borsh::from_slice::<Self>(&bytes).ok());
        if let Some(kept) = kept.filter(|kept| kept.report().valid) {
            return kept;
        }
        let made = make();
        let report = made.report();
        assert!(report.valid, "the record of an honest election verifies: {:?}", report.first_failure());
        fs::write(&path, borsh::to_vec(&made).unwrap()).unwrap();
        made
    }

    fn report(&self) -> Report {
        verify_record(&self.record.encode(), &VerifyingKeys::development(), &mut OsRng, |_| ()).report
    }

    /// The ledger's signer.
    pub fn signer(&self) -> CheckpointSigner {
        CheckpointSigner::new(Origin::new(LEDGER).unwrap(), SigningKey::from_bytes(&self.ledger_secret))
    }

    /// The authority's key.
    pub fn authority(&self) -> SigningKey {
        SigningKey::from_bytes(&self.authority_secret)
    }

    /// The ledger.
    pub fn ledger(&self) -> LedgerId {
        LedgerId::derive(&self.record.ledger_name, &self.record.ledger_key)
    }

    /// The entries.
    pub fn entries(&self) -> &[LoggedTransaction] {
        &self.record.entries
    }

    /// The index of the first ballot.
    pub fn first_ballot(&self) -> usize {
        roles(&self.record).iter().position(|role| matches!(role, Role::Ballot(_))).unwrap()
    }

    /// The election after its first entries.
    pub fn pool_after(&self, entries: usize) -> ElectionPool {
        let keys = VerifyingKeys::development();
        let mut pool = open(&self.entries()[0], self.ledger(), &keys).unwrap();
        for entry in &self.entries()[1..entries] {
            let checked = pool.check(entry, &keys, 0, &mut Obligations::new()).unwrap();
            pool.execute(checked).unwrap();
        }
        pool
    }

    /// Runs an election to its end.
    fn make_with(begin: impl for<'a> FnOnce(&'a Parameters, [[u8; 32]; 2]) -> Run<'a>) -> Self {
        let parameters = Parameters::development().unwrap();
        let [ledger_secret, authority_secret] = [random(), random()];
        let mut run = begin(&parameters, [ledger_secret, authority_secret]);
        let (partials, foreign_partials) = run.tally();
        let foreign_canaries = run
            .trustees
            .iter()
            .map(|trustee| trustee.rehearse(run.ledger, &[7; 32], &run.pool.manifest().key, &mut OsRng).unwrap())
            .collect();
        // Those that a transfer names, and no others.
        let named = |id: &VerifyingKeyId| {
            let mut transfers = run.entries.iter().flat_map(|entry| &entry.transaction.effects.transfers);
            transfers.any(|transfer| transfer.verifying_key == *id)
        };
        let keys = VerifyingKeys::development();
        let verifying_keys = keys.iter().filter(|file| named(&file.key.id())).map(|file| file.to_bytes()).collect();
        let signer = CheckpointSigner::new(Origin::new(LEDGER).unwrap(), SigningKey::from_bytes(&ledger_secret));
        let mut record = ElectionRecord {
            ledger_name: LEDGER.into(),
            ledger_key: signer.verifier().key().to_bytes(),
            verifying_keys,
            entries: run.entries,
            checkpoint: String::new(),
        };
        sign_record(&mut record, &signer, run.pool.id());
        let proved_otherwise = run.proved_otherwise.unwrap();
        Self { ledger_secret, authority_secret, record, partials, foreign_partials, foreign_canaries, proved_otherwise }
    }
}

/// A time in seconds.
pub fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

/// The id that no election has.
pub const OTHER_ELECTION: ElectionId = ElectionId([7; 32]);

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

/// The parties and the election as it goes on.
struct Run<'a> {
    parameters: &'a Parameters,
    keys: ProvingKeys,
    ledger: LedgerId,
    authority: SigningKey,
    trustees: Vec<TrusteeKey>,
    voters: Vec<Voter>,
    pool: ElectionPool,
    entries: Vec<LoggedTransaction>,
    totals: Vec<Vec<u64>>,
    proved_otherwise: Option<BallotProof>,
}

/// What elections differ in.
struct Plan {
    questions: Vec<Question>,
    weights: Weights,
    proofs: BallotProofKind,
    voters: usize,
    /// What the tally must be, of questions with points.
    totals: Vec<Vec<u64>>,
}

impl<'a> Run<'a> {
    fn open(
        parameters: &'a Parameters,
        [ledger_secret, authority_secret]: [[u8; 32]; 2],
        Plan { questions, weights, proofs, voters, totals }: Plan,
        roll: impl FnOnce(RegistrationId, &[Voter]) -> Roll,
    ) -> Self {
        let ledger_key = SigningKey::from_bytes(&ledger_secret).verifying_key().to_bytes();
        let ledger = LedgerId::derive(LEDGER, &ledger_key);
        let authority = SigningKey::from_bytes(&authority_secret);
        let (trustees, ceremony) = hold_ceremony("A test", 2, &["Anna", "Boleslaw", "Celina"], &mut OsRng).unwrap();
        let outcome = ceremony::verify(&ceremony).unwrap();
        let registration = RegistrationId(random());
        let voters: Vec<Voter> = (0..voters).map(|_| Voter::new(&Seed::new(random()), registration)).collect();
        let roll = roll(registration, &voters);
        let draft = Draft {
            registration,
            title: "A test".into(),
            questions,
            opens: at(OPENS),
            closes: at(CLOSES),
            rules: Rules {
                delegation: true,
                revoting: true,
                weights,
                ballot_proofs: proofs,
                smallest_group: 3,
                epoch_seconds: EPOCH,
            },
        };
        let manifest = draft.manifest(ledger, &authority, &outcome, &roll).unwrap();
        let election = manifest.id();
        let canaries = trustees
            .iter()
            .map(|trustee| trustee.rehearse(ledger, election.as_bytes(), &manifest.key, &mut OsRng).unwrap())
            .collect();
        let transaction = open_election(&authority, manifest, ceremony, canaries, roll);
        let opening = LoggedTransaction { time: at(OPENS - 1_000), transaction };
        let pool = open(&opening, ledger, &VerifyingKeys::development()).unwrap();
        let keys = ProvingKeys::of(|shape| parameters.verifying_key(shape).id());
        Self {
            parameters,
            keys,
            ledger,
            authority,
            trustees,
            voters,
            pool,
            entries: vec![opening],
            totals,
            proved_otherwise: None,
        }
    }

    /// Each of these voters delegates.
    fn delegate(&mut self, voters: &[usize], delegate: Address, now: Timestamp) {
        self.read();
        let delegations = voters.iter().map(|voter| {
            let Self { pool, keys, voters, .. } = self;
            let right = voters[*voter].held(pool, Holding::Own).unwrap();
            (*voter, voters[*voter].delegate(pool, *keys, right, delegate, now, &mut OsRng).unwrap())
        });
        let delegations: Vec<_> = delegations.collect();
        let proven = each(delegations, |(voter, transaction)| {
            self.voters[voter].authorize(transaction, self.parameters, &mut OsRng).unwrap()
        });
        self.submit(now, proven);
    }

    fn tally(&mut self) -> (Vec<PartialDecryption>, Vec<PartialDecryption>) {
        self.submit(at(CLOSES), vec![close_election(&self.authority, &self.pool)]);
        let (context, ciphertexts) = self.pool.tally_statement();
        let decrypt = |trustee: &TrusteeKey, election: &[u8; 32]| {
            trustee.decrypt_tally(context.ledger, election, &context.key, &ciphertexts, &mut OsRng).unwrap()
        };
        let partials: Vec<_> = self.trustees.iter().map(|trustee| decrypt(trustee, &context.election)).collect();
        let foreign = self.trustees[..2].iter().map(|trustee| decrypt(trustee, &OTHER_ELECTION.0)).collect();
        let present = vec![partials[0].clone(), partials[2].clone()];
        let results = combine_result(&self.pool, &present, &mut OsRng).unwrap();
        assert_eq!(results.totals, self.totals);
        self.submit(at(CLOSES + 10), vec![publish_result(&self.authority, &self.pool, present, results)]);
        (partials, foreign)
    }

    fn prepare(&mut self, voter: usize, right: Position, answers: &[Vec<u16>], now: Timestamp) -> PreparedBallot {
        let seed = random();
        let prepare = |run: &mut Self| {
            let Self { voters, pool, keys, .. } = run;
            let mut rng = ChaCha20Rng::from_seed(seed);
            voters[voter].prepare_ballot(pool, *keys, right, answers, now, &mut rng).unwrap()
        };
        if self.proved_otherwise.is_none() {
            // The same ballot a first time, to be opened.
            self.proved_otherwise = Some(self.prove_otherwise(prepare));
            self.read();
        }
        prepare(self)
    }

    fn prove_otherwise(&mut self, prepare: impl FnOnce(&mut Self) -> PreparedBallot) -> BallotProof {
        let OpenedBallot { effects, opening, .. } = prepare(self).audit();
        let ElectionAction::Cast(cast) = borsh::from_slice(&effects.actions[0].body).unwrap() else {
            panic!("not a ballot")
        };
        let (id, manifest) = (self.pool.id(), self.pool.manifest());
        let proofs = match manifest.rules.ballot_proofs {
            BallotProofKind::Compressed => BallotProofKind::Disjunctive,
            BallotProofKind::Disjunctive => BallotProofKind::Compressed,
        };
        let rules = self.pool.question_rules();
        let terms = BallotTerms { election: id.as_bytes(), key: &manifest.key, rules, proofs };
        let context = ProofContext { ledger: self.ledger, digest: effects.digest(), index: 0 };
        let randomness = opening.randomness.iter().map(|row| row.iter().map(|r| r.0).collect()).collect();
        let weight = opening.weight.map(|opened| WeightOpening::new(opened.weight, opened.blinding.0));
        let opening = BallotOpening::new(opening.points, randomness, weight);
        prove(&context, terms, &cast.ballot, &opening, &mut OsRng).unwrap()
    }

    fn read(&mut self) {
        for voter in &mut self.voters {
            voter.read(&self.pool, &self.entries).unwrap();
        }
    }

    fn submit(&mut self, time: Timestamp, transactions: Vec<Transaction>) {
        for transaction in transactions {
            let entry = LoggedTransaction { time, transaction };
            let checked = self.pool.check(&entry, &VerifyingKeys::development(), 0, &mut Obligations::new()).unwrap();
            self.pool.execute(checked).unwrap();
            self.entries.push(entry);
        }
    }
}

fn question(title: &str, options: &[&str], min: u16, max: u16) -> Question {
    let options = options.iter().map(|id| QuestionOption { id: (*id).into(), name: (*id).into() }).collect();
    Question { title: title.into(), options, kind: QuestionKind::Choose { min, max } }
}

/// The digest of an entry.
pub fn digest(entry: &LoggedTransaction) -> TransactionDigest {
    entry.transaction.effects.digest()
}
