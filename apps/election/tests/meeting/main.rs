//! Elections with questions of every kind, with real proofs: the result is what was given, the record verifies, and neither
//! ballots nor results that the rules exclude are accepted.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod points;
mod ranked;

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_election::{
    authority::{Draft, close_election, open_election, publish_result},
    rehearsal::hold_ceremony,
    trustee::{TallyJournal, decrypt_pool},
    voter::{Holding, ProvingKeys, Voter, VoterError},
};
use tabella_ledger::{
    clock::ManualClock,
    node::{Ledger, Refusal},
};
use tabella_protocol::{
    ballot::BallotProofKind,
    decryption::PartialDecryption,
    election::{
        ElectionId, Question, QuestionKind, QuestionOption, RegistrationId, Results, Roll, RollEntry, Rules, Weights,
    },
    keys::Seed,
    note::Timestamp,
    transaction::{LoggedTransaction, Transaction},
};
use tabella_prover::{parameters::Parameters, trustee::TrusteeKey};
use tabella_verifier::{
    election::{ElectionPool, Rejection, TallyError},
    groth16::VerifyingKeys,
    log::Origin,
    obligations::Obligations,
};

const REGISTRATION: RegistrationId = RegistrationId([8; 32]);
const OPENS: u64 = 1_000_000;
const CLOSES: u64 = 1_010_000;

fn time(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).unwrap()
}

fn question(title: &str, ids: &[&str], kind: QuestionKind) -> Question {
    let options = ids.iter().map(|id| QuestionOption { id: (*id).into(), name: (*id).into() }).collect();
    Question { title: title.into(), options, kind }
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
    fn new(voters: u8, questions: Vec<Question>) -> Self {
        Self::proved_by(BallotProofKind::Compressed, voters, questions)
    }

    fn proved_by(ballot_proofs: BallotProofKind, voters: u8, questions: Vec<Question>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(time(OPENS)));
        let keys = VerifyingKeys::development();
        let name = Origin::new("points").unwrap();
        let ledger = Ledger::create(&directory.path().join("ledger"), name, keys, clock.clone()).unwrap();
        let registration = REGISTRATION;
        let voters: Vec<Voter> = (0..voters).map(|index| Voter::new(&Seed::new([index; 32]), registration)).collect();
        let owner = |voter: &Voter| RollEntry { owner: voter.registered_address().owner(), weight: 1 };
        let roll = Roll::Public(voters.iter().map(owner).collect());
        let (trustees, ceremony) = hold_ceremony("Meeting", 2, &["Anna", "Jan", "Ewa"], &mut OsRng).unwrap();
        let outcome = tabella_verifier::ceremony::verify(&ceremony).unwrap();
        let authority = SigningKey::generate(&mut OsRng);
        let rules = Rules {
            delegation: false,
            revoting: true,
            weights: Weights::One,
            ballot_proofs,
            smallest_group: 1,
            epoch_seconds: 60,
        };
        let (opens, closes) = (time(OPENS), time(CLOSES));
        let draft = Draft { registration, title: "Meeting".into(), questions, opens, closes, rules };
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

    /// Closes the election and decrypts it, without the first trustee.
    fn close(&mut self) -> (ElectionPool, Vec<PartialDecryption>) {
        self.clock.set(time(CLOSES));
        let close = close_election(&self.authority, &self.pool());
        self.submit(close).unwrap();
        let closed = self.pool();
        let decrypt =
            |trustee| decrypt_pool(trustee, &mut TallyJournal::new(), closed.id(), &closed, &mut OsRng).unwrap();
        let partials = self.trustees[1..].iter().map(decrypt).collect();
        (closed, partials)
    }

    /// Why a result is refused.
    fn refusal_of_result(&self, closed: &ElectionPool, partials: &[PartialDecryption], results: Results) -> TallyError {
        let transaction = publish_result(&self.authority, closed, partials.to_vec(), results);
        let entry = LoggedTransaction { time: time(CLOSES), transaction };
        match closed.check(&entry, &VerifyingKeys::development(), 0, &mut Obligations::new()) {
            Err(Rejection::Tally(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    fn cast(&mut self, voter: usize, answers: &[Vec<u16>], engine: &Parameters) -> Result<(), VoterError> {
        let (log, pool) = (self.ledger.election_entries(self.election).unwrap(), self.pool());
        let (keys, now) = (ProvingKeys::of(|shape| engine.verifying_key(shape).id()), self.ledger.now().unwrap());
        let voter = &mut self.voters[voter];
        voter.read(&pool, &log)?;
        let right = voter.held(&pool, Holding::Own)?;
        let ballot = voter.prepare_ballot(&pool, keys, right, answers, now, &mut OsRng)?;
        let transaction = voter.cast(&pool, ballot, engine, &mut OsRng)?;
        self.submit(transaction).unwrap();
        Ok(())
    }
}
