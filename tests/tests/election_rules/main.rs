//! Each rule of an election is broken by somebody, and exactly that rule refuses it.
//!
//! The rules are looked at before any proof, so entries without valid proofs reach each of them; that proofs are demanded as
//! well is shown by `record_tampering.rs`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod authority;
mod entries;
mod ledger;
mod opening;
mod table;

use ark_bls12_381::Fr;
use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_election::{
    authority::{CloseError, Draft, close_election, open_election, publish_result, replay_for_close},
    rehearsal::hold_ceremony,
    trustee::{TallyJournal, TrusteeError, decrypt_pool, decrypt_tally},
};
use tabella_protocol::{
    asset::{self, AssetClass, AssetDescription, Issue, IssuedNote, issuer_message},
    ballot::{BallotBody, BallotProofKind, Weight},
    ceremony::{CeremonyRecord, TrusteeIndex},
    election::{
        APPLICATION, BallotCast, CastProof, Close, ElectionAction, ElectionId, ElectionManifest, ElectionRecord,
        ManifestError, Opening, Question, QuestionKind, QuestionOption, RegistrationId, Roll, RollEntry, RollError,
        Rules, Weights,
    },
    elgamal::ElectionKey,
    jubjub::{JubjubPoint, value_base},
    keys::OwnerCommitment,
    note::{
        AssetId, Contract, Guard, LockCommitment, NoteCommitment, NoteCommitmentTrapdoor, NoteValue, Nullifier, Terms,
    },
    ristretto::{Element, blinding_base},
    statement::{CastInstance, Mode, Shape, TransferInstance, Window},
    transaction::{
        Action, ApplicationId, LedgerId, LoggedTransaction, MAX_TRANSACTION_BYTES, PoolId, ProofBytes, SignatureBytes,
        Transaction, TransactionEffects, TransferAuthorization, TransferEffects, TransferStatement, VerifyingKeyId,
    },
    tree::Anchor,
};
use tabella_prover::trustee::TrusteeKey;
use tabella_tests::{
    fixture::{CLOSES, EPOCH, Fixture, OPENS, OTHER_ELECTION, at, entry},
    forger::{action, cast, edit_action, edit_ballot, edit_close, edit_opening, edit_publication, sign, transfer},
};
use tabella_verifier::{
    assets::IssueRejection,
    ceremony::{self, CeremonyError},
    decryption::{CombineError, DecryptionError, RehearsalError, TotalError},
    election::{ElectionPool, OpenError, Refusal, Rejection, Stage, TallyError, open},
    groth16::VerifyingKeys,
    obligations::{Counts, Obligations},
    report::CheckId,
    shielded::ShieldedRejection,
    state::{LedgerRejection, LedgerState},
    transaction::StructureError,
};

const LEDGER: LedgerId = LedgerId([3; 32]);

/// When the elections of these tests are opened, before they take ballots.
const BEFORE: u64 = OPENS - 1_000;

fn fixture() -> &'static Fixture {
    Fixture::shared(env!("CARGO_TARGET_TMPDIR"))
}

/// An election that nobody has proved anything in.
struct Election {
    authority: SigningKey,
    trustees: Vec<TrusteeKey>,
    opening: LoggedTransaction,
}

impl Election {
    fn new(alter: impl FnOnce(&mut Draft)) -> Self {
        Self::with(public_roll(4), alter)
    }

    fn with(roll: Roll, alter: impl FnOnce(&mut Draft)) -> Self {
        let (trustees, record) = hold_ceremony("rules", 2, &["Anna", "Boleslaw", "Celina"], &mut OsRng).unwrap();
        let authority = SigningKey::generate(&mut OsRng);
        let mut draft = draft();
        alter(&mut draft);
        let manifest = draft.manifest(LEDGER, &authority, &ceremony::verify(&record).unwrap(), &roll).unwrap();
        let opening = opening(&authority, &trustees, manifest, record, roll);
        Self { authority, trustees, opening: logged(BEFORE, opening) }
    }

    fn pool(&self) -> ElectionPool {
        open(&self.opening, LEDGER, &keys()).unwrap()
    }

    /// A closed election in which so many ballots count.
    fn closed(&self, ballots: u64) -> ElectionPool {
        let mut pool = self.pool();
        for nullifier in 0..ballots {
            accept(&mut pool, &ballot(&self.pool(), OPENS, nullifier, 0, 0));
        }
        let close = close_election(&self.authority, &pool);
        accept(&mut pool, &logged(CLOSES, close));
        pool
    }
}

fn draft() -> Draft {
    let option = |id: &str| QuestionOption { id: id.into(), name: id.into() };
    let question = |ids: &[&str]| Question {
        title: "Which?".into(),
        options: ids.iter().map(|id| option(id)).collect(),
        kind: QuestionKind::Choose { min: 1, max: 1 },
    };
    Draft {
        registration: RegistrationId([4; 32]),
        title: "Rules".into(),
        questions: vec![question(&["a", "b", "c"]), question(&["d", "e"])],
        opens: at(OPENS),
        closes: at(CLOSES),
        rules: Rules {
            delegation: true,
            revoting: true,
            weights: Weights::One,
            ballot_proofs: BallotProofKind::Compressed,
            smallest_group: 2,
            epoch_seconds: EPOCH,
        },
    }
}

fn public_roll(voters: u64) -> Roll {
    Roll::Public((1..=voters).map(|voter| RollEntry { owner: owner(voter), weight: 1 }).collect())
}

fn owner(number: u64) -> OwnerCommitment {
    OwnerCommitment::new(Fr::from(number))
}

fn opening(
    authority: &SigningKey,
    trustees: &[TrusteeKey],
    manifest: ElectionManifest,
    ceremony: CeremonyRecord,
    roll: Roll,
) -> Transaction {
    let canary = |trustee: &TrusteeKey| {
        trustee.rehearse(manifest.ledger, manifest.id().as_bytes(), &manifest.key, &mut OsRng).unwrap()
    };
    let canaries = trustees.iter().map(canary).collect();
    open_election(authority, manifest, ceremony, canaries, roll)
}

fn keys() -> VerifyingKeys {
    VerifyingKeys::development()
}

fn key(shape: Shape) -> VerifyingKeyId {
    keys().of_shape(shape).next().unwrap().id()
}

fn logged(seconds: u64, transaction: Transaction) -> LoggedTransaction {
    LoggedTransaction { time: at(seconds), transaction }
}

fn check(pool: &ElectionPool, entry: &LoggedTransaction) -> Result<(), Rejection> {
    let mut obligations = Obligations::new();
    let outcome = pool.check(entry, &keys(), 1, &mut obligations).map(|_| ());
    if outcome.is_err() {
        assert_eq!(
            obligations.counts(),
            Counts::default(),
            "nothing that costs time is done for what is refused anyway"
        );
    }
    outcome
}

fn accept(pool: &mut ElectionPool, entry: &LoggedTransaction) {
    let checked = pool.check(entry, &keys(), 1, &mut Obligations::new()).unwrap();
    pool.execute(checked).unwrap();
}

fn point() -> Element {
    Element::new(*blinding_base())
}

fn contract() -> Contract {
    let terms = Terms { claim_until: at(CLOSES), refund_from: at(0), burn_only: true };
    Contract { claimant: owner(7), terms, guard: Guard::new(Fr::from(9u8)) }
}

/// A transaction of one transfer, with an authorization that proves nothing.
fn unproved(pool: PoolId, statement: TransferStatement, actions: Vec<Action>, proofs: Vec<Vec<u8>>) -> Transaction {
    let shape = if matches!(statement, TransferStatement::Cast(_)) { Shape::Cast } else { Shape::Transfer };
    let transfer = TransferEffects { pool, verifying_key: key(shape), statement, contract: None };
    Transaction {
        effects: TransactionEffects::new(LEDGER, vec![transfer], actions),
        transfers: vec![TransferAuthorization { proof: ProofBytes([0; 192]), signature: SignatureBytes([0; 64]) }],
        action_proofs: proofs,
    }
}

/// The proof of a ballot of the fixture, as it is without ranked questions.
fn unranked_proof() -> Vec<u8> {
    let proof = &fixture().entries()[entry::BALLOT].transaction.action_proofs[0];
    let proof: CastProof = borsh::from_slice(proof).unwrap();
    borsh::to_vec(&CastProof { rankings: Vec::new(), ..proof }).unwrap()
}

/// A ballot on a nullifier, as of the election's present state.
fn ballot(pool: &ElectionPool, seconds: u64, nullifier: u64, level: u8, revision: u32) -> LoggedTransaction {
    let instance = CastInstance {
        anchor: pool.anchor_at(at(seconds)).anchor,
        nullifier: Nullifier::new(Fr::from(nullifier)),
        rk: JubjubPoint::new(*value_base()),
        asset: pool.asset(),
        contract_revealed: Fr::from(0u8),
        weight: 1,
        level: level == 1,
        window: *pool.window(),
    };
    let cast = BallotCast { election: pool.id(), revision, ballot: choice(), rankings: Vec::new() };
    let action = Action { application: APPLICATION, body: borsh::to_vec(&ElectionAction::Cast(cast)).unwrap() };
    logged(seconds, unproved(pool.pool(), TransferStatement::Cast(instance), vec![action], vec![unranked_proof()]))
}

/// Somebody's encrypted choice, of three and two options.
fn choice() -> BallotBody {
    match action(&fixture().entries()[entry::BALLOT].transaction) {
        ElectionAction::Cast(cast) => cast.ballot,
        _ => panic!("not a ballot"),
    }
}

/// A transfer that spends two nullifiers.
fn moved(pool: &ElectionPool, seconds: u64, nullifiers: [u64; 2]) -> LoggedTransaction {
    let fixture = &fixture().entries()[entry::DELEGATION].transaction.effects.transfers[0].statement;
    let TransferStatement::Transfer { ciphertexts, .. } = fixture else { panic!("not a transfer") };
    let instance = TransferInstance {
        anchor: pool.anchor_at(at(seconds)).anchor,
        nullifiers: nullifiers.map(|number| Nullifier::new(Fr::from(number))),
        commitments: nullifiers.map(|number| NoteCommitment::new(Fr::from(number + 1_000))),
        rk: JubjubPoint::new(*value_base()),
        value_commitment: JubjubPoint::identity(),
        asset_revealed: Fr::from(0u8),
        contract_revealed: Fr::from(0u8),
        window: Window::new(at(0), at(CLOSES)).unwrap(),
        mode: Mode::Internal,
        reveal: false,
        level: false,
    };
    let statement = TransferStatement::Transfer { instance, ciphertexts: ciphertexts.clone() };
    logged(seconds, unproved(pool.pool(), statement, Vec::new(), Vec::new()))
}

fn effects(entry: &mut LoggedTransaction) -> &mut TransferEffects {
    &mut entry.transaction.effects.transfers[0]
}

fn edited(mut entry: LoggedTransaction, alter: impl FnOnce(&mut LoggedTransaction)) -> LoggedTransaction {
    alter(&mut entry);
    entry
}

#[test]
fn entries_that_break_no_rule_are_accepted() {
    let election = Election::new(|_| ());
    let mut pool = election.pool();
    accept(&mut pool, &moved(&election.pool(), BEFORE, [1, 2]));
    let present = pool.clone();
    accept(&mut pool, &ballot(&present, OPENS, 3, 0, 0));
    let present = pool.clone();
    accept(&mut pool, &moved(&present, OPENS + 1, [4, 5]));
    let close = close_election(&election.authority, &pool);
    accept(&mut pool, &logged(CLOSES, close));
    assert_eq!((pool.ballots(), pool.transfers(), pool.stage()), (1, 2, &Stage::Closed));
}
