//! An election with a question of each kind, with real proofs: the result is the sum of what was given, the record verifies,
//! and the result cannot be altered.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_election::{
    authority::{Draft, close_election, open_election, publish_result},
    rehearsal::hold_ceremony,
    trustee::{TallyJournal, combine_result, decrypt_pool},
    voter::{Holding, ProvingKeys, Voter, VoterError},
};
use tabella_ledger::{
    clock::ManualClock,
    node::{Ledger, Refusal},
};
use tabella_protocol::{
    election::{
        ElectionId, Question, QuestionKind, QuestionOption, RegistrationId, Roll, RollEntry, RollError, Rules, Weights,
    },
    keys::Seed,
    note::Timestamp,
    transaction::Transaction,
};
use tabella_prover::{ballot::EncryptError, parameters::Parameters, trustee::TrusteeKey};
use tabella_verifier::{election::ElectionPool, groth16::VerifyingKeys, log::Origin, record::verify_record};

const OPENS: u64 = 1_000_000;
const CLOSES: u64 = 1_010_000;

fn time(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

fn questions() -> Vec<Question> {
    let question = |title: &str, ids: &[&str], kind| Question {
        title: title.into(),
        options: ids.iter().map(|id| QuestionOption { id: (*id).into(), name: (*id).into() }).collect(),
        kind,
    };
    vec![
        question("Who shall lead?", &["anna", "jan", "blank"], QuestionKind::Choose { min: 1, max: 1 }),
        question("How good is each plan?", &["park", "school"], QuestionKind::Score { most: 5, blank: true }),
        question(
            "What shall the money be for?",
            &["roads", "trees"],
            QuestionKind::Split { most: 8, min: 10, max: 10 },
        ),
    ]
}

struct Meeting {
    ledger: Ledger,
    clock: Arc<ManualClock>,
    election: ElectionId,
    authority: SigningKey,
    trustees: Vec<TrusteeKey>,
    voters: Vec<Voter>,
    _directory: tempfile::TempDir,
}

impl Meeting {
    fn new(voters: u8) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(time(OPENS)));
        let keys = VerifyingKeys::development();
        let name = Origin::new("points").unwrap();
        let ledger = Ledger::create(&directory.path().join("ledger"), name, keys, clock.clone()).unwrap();
        let registration = RegistrationId([8; 32]);
        let voters: Vec<Voter> = (0..voters).map(|index| Voter::new(&Seed::new([index; 32]), registration)).collect();
        let owner = |voter: &Voter| RollEntry { owner: voter.registered_address().owner(), weight: 1 };
        let roll = Roll::Public(voters.iter().map(owner).collect());
        let (trustees, ceremony) = hold_ceremony("Meeting", 2, &["Anna", "Jan", "Ewa"], &mut OsRng).unwrap();
        let outcome = tabella_verifier::ceremony::verify(&ceremony).unwrap();
        let authority = SigningKey::generate(&mut OsRng);
        let rules =
            Rules { delegation: false, revoting: true, weights: Weights::One, smallest_group: 1, epoch_seconds: 60 };
        let (opens, closes) = (time(OPENS), time(CLOSES));
        let draft = Draft { registration, title: "Meeting".into(), questions: questions(), opens, closes, rules };
        let manifest = draft.manifest(ledger.id(), &authority, &outcome, &roll).unwrap();
        let election = manifest.id();
        let canaries = trustees
            .iter()
            .map(|trustee| trustee.rehearse(ledger.id(), election.as_bytes(), &manifest.key, &mut OsRng).unwrap())
            .collect();
        let opening = open_election(&authority, manifest, ceremony, canaries, roll);
        let mut meeting = Self { ledger, clock, election, authority, trustees, voters, _directory: directory };
        meeting.submit(opening).unwrap();
        meeting
    }

    fn submit(&mut self, transaction: Transaction) -> Result<(), Refusal> {
        self.ledger.submit(vec![transaction]).unwrap().remove(0).map(|_| ())
    }

    fn pool(&self) -> ElectionPool {
        self.ledger.state().election(&self.election).unwrap().clone()
    }

    fn cast(&mut self, voter: usize, points: &[Vec<u16>], engine: &Parameters) -> Result<(), VoterError> {
        let (log, pool) = (self.ledger.election_entries(self.election).unwrap(), self.pool());
        let (keys, now) = (ProvingKeys::of(|shape| engine.verifying_key(shape).id()), self.ledger.now().unwrap());
        let voter = &mut self.voters[voter];
        voter.read(&pool, &log)?;
        let right = voter.held(&pool, Holding::Own)?;
        let ballot = voter.prepare_ballot(&pool, keys, right, points, now, &mut OsRng)?;
        let transaction = voter.cast(&pool, ballot, engine, &mut OsRng)?;
        self.submit(transaction).unwrap();
        Ok(())
    }
}

#[test]
fn election_with_a_question_of_each_kind_is_counted_and_verified() {
    let engine = Parameters::development().unwrap();
    let mut meeting = Meeting::new(3);
    // What the rules exclude is not even encrypted.
    let refused = |meeting: &mut Meeting, points: [Vec<u16>; 3]| match meeting.cast(0, &points, &engine) {
        Err(VoterError::Choice(error)) => error,
        other => panic!("{other:?}"),
    };
    let above = refused(&mut meeting, [vec![1, 0, 0], vec![6, 0], vec![5, 5]]);
    assert_eq!(above, EncryptError::Points { question: 1, option: 0, most: 5 });
    let short = refused(&mut meeting, [vec![1, 0, 0], vec![5, 0], vec![5, 4]]);
    assert_eq!(short, EncryptError::Sum { question: 2, min: 10, max: 10 });

    meeting.cast(0, &[vec![1, 0, 0], vec![5, 0], vec![8, 2]], &engine).unwrap();
    meeting.cast(1, &[vec![0, 0, 1], vec![0, 0], vec![5, 5]], &engine).unwrap();
    meeting.cast(2, &[vec![1, 0, 0], vec![5, 5], vec![2, 8]], &engine).unwrap();
    // The last one thinks again.
    meeting.cast(2, &[vec![0, 1, 0], vec![4, 3], vec![3, 7]], &engine).unwrap();

    meeting.clock.set(time(CLOSES));
    let close = close_election(&meeting.authority, &meeting.pool());
    meeting.submit(close).unwrap();
    let closed = meeting.pool();
    let decrypt = |trustee| decrypt_pool(trustee, &mut TallyJournal::new(), closed.id(), &closed, &mut OsRng).unwrap();
    let partials: Vec<_> = meeting.trustees[1..].iter().map(decrypt).collect();
    let results = combine_result(&closed, &partials, &mut OsRng).unwrap();
    assert_eq!(results, [vec![1, 1, 1], vec![9, 3], vec![16, 14]]);

    // A point moved from one option to the other is seen.
    let mut moved = results.clone();
    (moved[2][0], moved[2][1]) = (15, 15);
    let forged = publish_result(&meeting.authority, &closed, partials.clone(), moved);
    let refusal = meeting.submit(forged).unwrap_err().to_string();
    assert!(refusal.contains("total 5 is not what its ciphertext decrypts to"), "{refusal}");
    meeting.submit(publish_result(&meeting.authority.clone(), &closed, partials, results)).unwrap();

    let record = meeting.ledger.record(meeting.election).unwrap().encode();
    let report = verify_record(&record, &VerifyingKeys::development(), &mut OsRng, |_| {}).report;
    assert!(report.valid, "{report:#?}");
}

#[test]
fn points_that_no_tally_could_decrypt_are_refused_with_the_roll() {
    let rules: Vec<_> = questions().iter().map(|question| question.rule().unwrap()).collect();
    assert_eq!(Roll::check_points((1 << 40) / 8, &rules), Ok(()));
    let total = (1 << 40) / 8 + 1;
    assert_eq!(Roll::check_points(total, &rules), Err(RollError::Points { total, most: 8 }));
}
