//! Each rule of an election is broken by somebody, and exactly that rule refuses it.
//!
//! The rules are looked at before any proof, so entries without valid proofs reach each of them; that proofs are demanded as
//! well is shown by `record_tampering.rs`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use ark_bls12_381::Fr;
use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_election::{
    authority::{Draft, close_election, open_election, publish_result},
    rehearsal::hold_ceremony,
    trustee::{TallyJournal, TrusteeError, decrypt_pool, decrypt_tally},
};
use tabella_protocol::{
    asset::{self, AssetDescription, Issue, IssuedNote, issuer_message},
    ballot::{BallotBody, Weight},
    ceremony::{CeremonyRecord, TrusteeIndex},
    election::{
        APPLICATION, BallotCast, CastProof, Close, ElectionAction, ElectionManifest, ManifestError, Opening, Question,
        QuestionOption, RegistrationId, Roll, RollEntry, RollError, Rules, Weights,
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
    forger::{action, cast, edit_action, edit_ballot, edit_opening, edit_publication, sign, transfer},
};
use tabella_verifier::{
    ceremony::{self, CeremonyError},
    decryption::{CombineError, DecryptionError, RehearsalError, TotalError},
    election::{ElectionPool, OpenError, Refusal, Rejection, Stage, TallyError, open},
    groth16::VerifyingKeys,
    obligations::Obligations,
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
        min: 1,
        max: 1,
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
    pool.check(entry, &keys(), 1, &mut Obligations::new()).map(|_| ())
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
    let cast = BallotCast { election: pool.id(), revision, ballot: choice() };
    let action = Action { application: APPLICATION, body: borsh::to_vec(&ElectionAction::Cast(cast)).unwrap() };
    let proof = fixture().entries()[entry::BALLOT].transaction.action_proofs.clone();
    logged(seconds, unproved(pool.pool(), TransferStatement::Cast(instance), vec![action], proof))
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

#[test]
fn transaction_that_is_wrong_by_itself_is_refused() {
    let pool = Election::new(|_| ()).pool();
    let refused = |entry: LoggedTransaction| match check(&pool, &entry) {
        Err(Rejection::Structure(error)) => error,
        other => panic!("{other:?}"),
    };
    let vote = || ballot(&pool, OPENS, 1, 0, 0);
    let moves = || moved(&pool, OPENS, [1, 2]);
    assert_eq!(refused(edited(vote(), |e| e.transaction.effects.version = 9)), StructureError::Version(9));
    let found = LedgerId([9; 32]);
    assert_eq!(
        refused(edited(vote(), |e| e.transaction.effects.ledger = found)),
        StructureError::Ledger { expected: LEDGER, found }
    );
    let unknown = VerifyingKeyId([9; 32]);
    assert_eq!(
        refused(edited(vote(), |e| effects(e).verifying_key = unknown)),
        StructureError::VerifyingKey { transfer: 0, shape: Shape::Cast, key: unknown }
    );
    assert_eq!(refused(edited(vote(), |e| cast(e).rk = JubjubPoint::identity())), StructureError::SmallOrderKey(0));
    assert_eq!(refused(edited(vote(), |e| cast(e).weight = 0)), StructureError::ZeroWeight(0));
    assert_eq!(refused(edited(vote(), |e| cast(e).contract_revealed = Fr::from(1u8))), StructureError::Contract(0));
    assert_eq!(refused(edited(moves(), |e| transfer(e).mode = Mode::Tag)), StructureError::TagWithoutContract(0));
    assert_eq!(refused(edited(moves(), |e| transfer(e).mode = Mode::Consume)), StructureError::Ciphertexts(0));
    // Attack 15.
    assert_eq!(refused(moved(&pool, OPENS, [1, 1])), StructureError::RepeatedNullifier(0));
    for alter in [
        (|e| e.transaction.transfers.clear()) as fn(&mut LoggedTransaction),
        |e| e.transaction.action_proofs.push(Vec::new()),
        |e| {
            e.transaction = Transaction {
                effects: TransactionEffects::new(LEDGER, Vec::new(), Vec::new()),
                transfers: Vec::new(),
                action_proofs: Vec::new(),
            }
        },
        |e| e.transaction.effects.actions = vec![e.transaction.effects.actions[0].clone(); 65],
    ] {
        assert!(matches!(refused(edited(vote(), alter)), StructureError::Count(_)));
    }
    // Attack 43.
    let long = edited(vote(), |e| e.transaction.action_proofs[0] = vec![0; MAX_TRANSACTION_BYTES]);
    assert!(matches!(refused(long), StructureError::Length(length) if length > MAX_TRANSACTION_BYTES));
}

#[test]
fn entry_of_another_form_is_refused() {
    let election = Election::new(|_| ());
    let pool = election.pool();
    let vote = || ballot(&pool, OPENS, 1, 0, 0);
    let close = close_election(&election.authority, &pool);
    let form = |entry: LoggedTransaction| assert!(matches!(check(&pool, &entry), Err(Rejection::Form(_))), "{entry:?}");
    form(edited(vote(), |e| effects(e).pool = PoolId([9; 32])));
    form(edited(moved(&pool, OPENS, [1, 2]), |e| effects(e).pool = asset::shielded_pool(LEDGER)));
    form(edited(vote(), |e| {
        e.transaction.effects.actions.clear();
        e.transaction.action_proofs.clear();
    }));
    form(edited(vote(), |e| e.transaction.effects.actions[0].application = ApplicationId(*b"asset\0\0\0")));
    form(edited(vote(), |e| e.transaction.effects.actions = close.effects.actions.clone()));
    form(edited(vote(), |e| {
        let mut second = moved(&pool, OPENS, [2, 3]).transaction;
        e.transaction.effects.transfers.append(&mut second.effects.transfers);
        e.transaction.transfers.append(&mut second.transfers);
    }));
    form(edited(vote(), |e| {
        e.transaction.effects.transfers.clear();
        e.transaction.transfers.clear();
        sign(&mut e.transaction, &election.authority);
    }));
    for alter in [
        (|e| e.transaction.effects.actions[0].body.push(0)) as fn(&mut LoggedTransaction),
        |e| e.transaction.effects.actions[0].body.clear(),
        |e| e.transaction.action_proofs[0].push(0),
    ] {
        assert!(matches!(check(&pool, &edited(vote(), alter)), Err(Rejection::Decode(_))));
    }
}

// Attack 23.
#[test]
fn ballot_of_another_election_is_refused() {
    let election = Election::new(|_| ());
    let pool = election.pool();
    let elsewhere = edited(ballot(&pool, OPENS, 1, 0, 0), |e| edit_ballot(e, |cast| cast.election = OTHER_ELECTION));
    assert_eq!(check(&pool, &elsewhere), Err(Rejection::OtherElection));
    let foreign = Close { election: OTHER_ELECTION, entries: 1, counted: 0 };
    let mut close = close_election(&election.authority, &pool);
    edit_action(&mut close, Some(&election.authority), |action| *action = ElectionAction::Close(foreign));
    assert_eq!(check(&pool, &logged(CLOSES, close)), Err(Rejection::OtherElection));
    let other = Election::new(|draft| draft.title = "Another".into()).pool();
    assert!(matches!(check(&pool, &ballot(&other, OPENS, 1, 0, 0)), Err(Rejection::Form(_))));
}

#[test]
fn time_decides_what_is_accepted() {
    let election = Election::new(|_| ());
    let pool = election.pool();
    let last = BEFORE;
    assert_eq!(check(&pool, &moved(&pool, last - 1, [1, 2])), Err(Rejection::Time { time: last - 1, last }));
    assert_eq!(check(&pool, &ballot(&pool, OPENS - 1, 1, 0, 0)), Err(Rejection::Window(OPENS - 1)));
    assert_eq!(check(&pool, &ballot(&pool, CLOSES - 1, 1, 0, 0)), Ok(()));
    assert_eq!(check(&pool, &ballot(&pool, CLOSES, 1, 0, 0)), Err(Rejection::Frozen(CLOSES)));
    assert_eq!(check(&pool, &moved(&pool, CLOSES, [1, 2])), Err(Rejection::Frozen(CLOSES)));
    let narrow = edited(moved(&pool, OPENS, [1, 2]), |e| transfer(e).window = Window::new(at(0), at(OPENS)).unwrap());
    assert_eq!(check(&pool, &narrow), Err(Rejection::Window(OPENS)));
    for window in [Window::new(at(OPENS), at(CLOSES - 1)), Window::new(at(OPENS - 1), at(CLOSES))] {
        let other = edited(ballot(&pool, OPENS, 1, 0, 0), |e| cast(e).window = window.unwrap());
        assert_eq!(check(&pool, &other), Err(Rejection::BallotWindow));
    }
}

// The roots that prove a right: those at the beginning of epochs; a note is not usable before the next one.
#[test]
fn anchor_is_a_root_of_this_election_from_the_start_of_an_epoch() {
    let election = Election::new(|_| ());
    let mut pool = election.pool();
    let roll = pool.tree().root();
    accept(&mut pool, &moved(&election.pool(), BEFORE, [1, 2]));
    let distributed = pool.tree().root();
    let vote = |pool: &ElectionPool, seconds: u64, anchor: Anchor| {
        edited(ballot(pool, seconds, 9, 0, 0), |e| cast(e).anchor = anchor)
    };
    let shift = |pool: &ElectionPool, seconds: u64, anchor: Anchor| {
        edited(moved(pool, seconds, [8, 9]), |e| transfer(e).anchor = anchor)
    };
    let empty = tabella_protocol::tree::NoteCommitmentTree::new().root();
    for foreign in [empty, Anchor::new(Fr::from(0u8)), fixture().pool_after(1).tree().root()] {
        assert_eq!(check(&pool, &vote(&pool, OPENS, foreign)), Err(Rejection::Anchor));
        assert_eq!(check(&pool, &shift(&pool, OPENS, foreign)), Err(Rejection::Anchor));
    }
    // Roots from before the opening serve transfers and no ballots.
    assert_eq!(check(&pool, &vote(&pool, OPENS, roll)), Err(Rejection::Anchor));
    assert_eq!(check(&pool, &shift(&pool, OPENS, roll)), Ok(()));
    assert_eq!(check(&pool, &vote(&pool, OPENS, distributed)), Ok(()));
    // Within an epoch the tree grows, and its new root is none to prove against, at the same second or later.
    let present = pool.clone();
    accept(&mut pool, &moved(&present, OPENS + 5, [3, 4]));
    let grown = pool.tree().root();
    for seconds in [OPENS + 5, OPENS + 6, next_epoch(OPENS) - 1] {
        assert_eq!(check(&pool, &vote(&pool, seconds, grown)), Err(Rejection::Anchor), "at {seconds}");
        assert_eq!(check(&pool, &shift(&pool, seconds, grown)), Err(Rejection::Anchor), "at {seconds}");
        assert_eq!(check(&pool, &vote(&pool, seconds, distributed)), Ok(()));
    }
    // In the next epoch it is, also after it has grown again in that epoch.
    assert_eq!(check(&pool, &vote(&pool, next_epoch(OPENS), grown)), Ok(()));
    let present = pool.clone();
    accept(&mut pool, &moved(&present, next_epoch(OPENS), [5, 6]));
    assert_eq!(check(&pool, &vote(&pool, next_epoch(OPENS), grown)), Ok(()));
    assert_eq!(check(&pool, &vote(&pool, next_epoch(OPENS), pool.tree().root())), Err(Rejection::Anchor));
}

fn next_epoch(seconds: u64) -> u64 {
    (seconds / u64::from(EPOCH) + 1) * u64::from(EPOCH)
}

#[test]
fn rights_move_only_where_delegation_is_allowed_and_only_within_the_pool() {
    let pool = Election::new(|_| ()).pool();
    for mode in [Mode::Exit, Mode::Entry] {
        let out = edited(moved(&pool, OPENS, [1, 2]), |e| transfer(e).mode = mode);
        assert!(matches!(check(&pool, &out), Err(Rejection::Mode(_))), "{mode:?}");
    }
    let consumed = edited(moved(&pool, OPENS, [1, 2]), |e| {
        transfer(e).mode = Mode::Consume;
        if let TransferStatement::Transfer { ciphertexts, .. } = &mut effects(e).statement {
            ciphertexts.clear();
        }
    });
    assert!(matches!(check(&pool, &consumed), Err(Rejection::Mode(_))), "a right used up without a ballot");
    let tagged = edited(moved(&pool, OPENS, [1, 2]), |e| {
        transfer(e).mode = Mode::Tag;
        transfer(e).contract_revealed = contract().hash().element();
        effects(e).contract = Some(contract());
    });
    assert!(matches!(check(&pool, &tagged), Err(Rejection::Mode(_))));
    let guarded = edited(moved(&pool, OPENS, [1, 2]), |e| {
        transfer(e).contract_revealed = contract().hash().element();
        effects(e).contract = Some(contract());
    });
    assert!(matches!(check(&pool, &guarded), Err(Rejection::Mode(_))));
    let guarded = edited(ballot(&pool, OPENS, 1, 0, 0), |e| {
        cast(e).contract_revealed = contract().hash().element();
        effects(e).contract = Some(contract());
    });
    assert!(matches!(check(&pool, &guarded), Err(Rejection::Mode(_))));
    let strict = Election::new(|draft| draft.rules.delegation = false).pool();
    assert_eq!(check(&strict, &moved(&strict, OPENS, [1, 2])), Err(Rejection::Delegation));
    assert_eq!(check(&strict, &moved(&strict, BEFORE, [1, 2])), Err(Rejection::Delegation));
}

#[test]
fn ballot_of_another_kind_asset_weight_or_shape_is_refused() {
    let pool = Election::new(|_| ()).pool();
    let vote = || ballot(&pool, OPENS, 1, 0, 0);
    let body = |questions: Vec<_>, weight| BallotBody::new(questions, weight).unwrap();
    let questions = choice().questions().to_vec();
    assert_eq!(check(&pool, &edited(vote(), |e| cast(e).asset = AssetId::new(Fr::from(5u8)))), Err(Rejection::Asset));
    assert_eq!(check(&pool, &edited(vote(), |e| cast(e).weight = 2)), Err(Rejection::Weight));
    let hidden = body(questions.clone(), Weight::Hidden { commitment: point() });
    assert_eq!(
        check(&pool, &edited(vote(), |e| edit_ballot(e, |cast| cast.ballot = hidden.clone()))),
        Err(Rejection::BallotKind)
    );
    for alter in [
        (|questions| questions.truncate(1)) as fn(&mut Vec<Vec<_>>),
        |questions| questions[0].truncate(2),
        |questions| questions.swap(0, 1),
        |questions| questions.push(questions[1].clone()),
    ] {
        let mut other = questions.clone();
        alter(&mut other);
        let other = body(other, Weight::Unit);
        let vote = edited(vote(), |e| edit_ballot(e, |cast| cast.ballot = other));
        assert_eq!(check(&pool, &vote), Err(Rejection::BallotShape));
    }
    // A ballot by a transfer, as elections of hidden weights have it.
    let by_transfer = edited(moved(&pool, OPENS, [1, 2]), |e| {
        transfer(e).mode = Mode::Consume;
        if let TransferStatement::Transfer { ciphertexts, .. } = &mut effects(e).statement {
            ciphertexts.clear();
        }
        let vote = vote();
        e.transaction.effects.actions = vote.transaction.effects.actions;
        e.transaction.action_proofs = vote.transaction.action_proofs;
    });
    assert_eq!(check(&pool, &by_transfer), Err(Rejection::BallotKind));

    // With hidden weights: a plain cast, and a ballot that does not say where its weight comes from.
    let roll = Roll::Hidden { distributor: owner(9), total: 10, voters: vec![owner(1), owner(2)] };
    let hidden_pool = Election::with(roll, |draft| draft.rules.weights = Weights::Hidden).pool();
    assert_eq!(check(&hidden_pool, &ballot(&hidden_pool, OPENS, 1, 0, 0)), Err(Rejection::BallotKind));
    let without_bridge = edited(by_transfer, |e| {
        effects(e).pool = hidden_pool.pool();
        transfer(e).anchor = hidden_pool.anchor_at(at(OPENS)).anchor;
        transfer(e).window = *hidden_pool.window();
        transfer(e).asset_revealed = hidden_pool.asset().element();
        edit_ballot(e, |cast| {
            cast.election = hidden_pool.id();
            cast.ballot = hidden;
        });
    });
    assert_eq!(check(&hidden_pool, &without_bridge), Err(Rejection::Bridge));
    let internal = edited(without_bridge, |e| {
        transfer(e).mode = Mode::Internal;
        let moved = moved(&hidden_pool, OPENS, [1, 2]).transaction.effects.transfers.remove(0).statement;
        let (TransferStatement::Transfer { ciphertexts: to, .. }, TransferStatement::Transfer { ciphertexts, .. }) =
            (&mut effects(e).statement, moved)
        else {
            panic!("transfers")
        };
        *to = ciphertexts;
    });
    assert!(matches!(check(&hidden_pool, &internal), Err(Rejection::Mode(_))), "a ballot that keeps its right");
    let proof: CastProof = borsh::from_slice(&fixture().entries()[entry::BALLOT].transaction.action_proofs[0]).unwrap();
    assert!(proof.bridge.is_none());
}

/// T, V0 and V1 with its revision, each on nullifier 1.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Try {
    T,
    V(u8, u32),
}

// The whole table of which ballot counts, by transactions: every pair of entries on one nullifier.
#[test]
fn second_use_of_a_right_follows_the_table() {
    use Refusal::{AlreadyCast, Moved, NoRevoting, Overridden, StaleRevision};
    use Try::{T, V};
    let tries = [T, V(0, 3), V(0, 4), V(1, 3), V(1, 4)];
    for revoting in [false, true] {
        let election = Election::new(|draft| draft.rules.revoting = revoting);
        let make = |pool: &ElectionPool, what: Try, other: u64| match what {
            T => moved(pool, OPENS, [1, other]),
            V(level, revision) => ballot(pool, OPENS, 1, level, revision),
        };
        for first in tries {
            for second in tries {
                let start = election.pool();
                let mut pool = start.clone();
                accept(&mut pool, &make(&start, first, 50));
                let expected = match (first, second) {
                    _ if first == second && first != T => Err(Rejection::Replayed),
                    (T, _) => Err(Rejection::Refused(Moved)),
                    (V(..), T) => Err(Rejection::Refused(AlreadyCast)),
                    (V(1, _), V(0, _)) => Err(Rejection::Refused(Overridden)),
                    (V(0, _), V(1, _)) => Ok(()),
                    (V(..), V(..)) if !revoting => Err(Rejection::Refused(NoRevoting)),
                    (V(_, held), V(_, new)) if new <= held => Err(Rejection::Refused(StaleRevision { held })),
                    _ => Ok(()),
                };
                let entry = make(&start, second, 51);
                assert_eq!(check(&pool, &entry), expected, "{first:?} then {second:?}");

                // In one block: both were checked before either was executed.
                let mut pool = start.clone();
                let one = start.check(&make(&start, first, 50), &keys(), 1, &mut Obligations::new()).unwrap();
                let other = start.check(&entry, &keys(), 2, &mut Obligations::new()).unwrap();
                pool.execute(one).unwrap();
                assert_eq!(pool.execute(other), expected, "{first:?} and {second:?} in one block");
                assert!(pool.counted() <= 1);
            }
        }
    }
}

#[test]
fn second_nullifier_of_a_transfer_is_used_too() {
    let election = Election::new(|_| ());
    let start = election.pool();
    let mut pool = start.clone();
    accept(&mut pool, &moved(&start, OPENS, [1, 2]));
    assert_eq!(check(&pool, &ballot(&start, OPENS, 2, 0, 0)), Err(Rejection::Refused(Refusal::Moved)));
    assert_eq!(check(&pool, &moved(&start, OPENS, [3, 2])), Err(Rejection::Refused(Refusal::Moved)));
    assert_eq!(check(&pool, &moved(&start, OPENS, [3, 4])), Ok(()));
}

#[test]
fn only_the_authority_closes_once_in_time_and_over_the_right_state() {
    let election = Election::new(|_| ());
    let mut pool = election.pool();
    let start = pool.clone();
    accept(&mut pool, &ballot(&start, OPENS, 1, 0, 0));
    let early = close_election(&election.authority, &pool);
    assert!(matches!(check(&pool, &logged(CLOSES - 1, early.clone())), Err(Rejection::Stage(_))));
    let stranger = SigningKey::generate(&mut OsRng);
    assert_eq!(check(&pool, &logged(CLOSES, close_election(&stranger, &pool))), Err(Rejection::AuthoritySignature));
    let before = close_election(&election.authority, &start);
    assert_eq!(
        check(&pool, &logged(CLOSES, before)),
        Err(Rejection::CloseMismatch { found: 0, entries: 1, counted: 1, expected: 2 })
    );
    // An opening is not repeated inside an election.
    assert!(matches!(check(&pool, &election.opening), Err(Rejection::Replayed)));
    let mut again = election.opening.clone();
    edit_opening(&mut again.transaction, Some(&election.authority), |opening| opening.canaries.clear());
    again.time = at(OPENS);
    assert!(matches!(check(&pool, &again), Err(Rejection::Stage(_))));

    // A close and a last ballot, both checked before either is executed: the close no longer tells the truth.
    let vote = pool.check(&ballot(&start, CLOSES - 1, 2, 0, 0), &keys(), 2, &mut Obligations::new()).unwrap();
    let stale = pool.check(&logged(CLOSES, early.clone()), &keys(), 2, &mut Obligations::new()).unwrap();
    let mut both = pool.clone();
    both.execute(vote).unwrap();
    assert!(matches!(both.execute(stale), Err(Rejection::Stage(_))));
    // The other way round, the ballot comes too late.
    let vote = pool.check(&ballot(&start, CLOSES - 1, 2, 0, 0), &keys(), 2, &mut Obligations::new()).unwrap();
    accept(&mut pool, &logged(CLOSES, early.clone()));
    assert_eq!(pool.execute(vote), Err(Rejection::Time { time: CLOSES - 1, last: CLOSES }));
    assert_eq!(check(&pool, &logged(CLOSES, early)), Err(Rejection::Replayed));
    assert!(matches!(
        check(&pool, &logged(CLOSES, close_election(&election.authority, &pool))),
        Err(Rejection::Stage(_))
    ));
    assert_eq!(check(&pool, &ballot(&start, CLOSES, 3, 0, 0)), Err(Rejection::Frozen(CLOSES)));
}

// Attacks 35 and 40, and a count that is not the ballots'.
#[test]
fn only_the_right_result_is_published_by_the_authority_and_once() {
    let fixture = fixture();
    let (open, closed) = (fixture.pool_after(entry::CLOSE), fixture.pool_after(entry::PUBLICATION));
    let honest = &fixture.entries()[entry::PUBLICATION];
    let authority = fixture.authority();
    let by = |key: &SigningKey, alter: &dyn Fn(&mut tabella_protocol::election::Publication)| {
        edited(honest.clone(), |e| edit_publication(e, Some(key), alter))
    };
    let tally =
        |alter: &dyn Fn(&mut tabella_protocol::election::Publication)| match check(&closed, &by(&authority, alter)) {
            Err(Rejection::Tally(error)) => error,
            other => panic!("{other:?}"),
        };
    assert_eq!(check(&closed, honest), Ok(()));
    assert!(matches!(check(&open, honest), Err(Rejection::Stage(_))), "before the close");
    let stranger = SigningKey::from_bytes(&[1; 32]);
    assert_eq!(check(&closed, &by(&stranger, &|_| ())), Err(Rejection::AuthoritySignature));
    assert_eq!(check(&closed, &by(&authority, &|p| p.election = OTHER_ELECTION)), Err(Rejection::OtherElection));
    assert_eq!(tally(&|p| p.results[0].push(0)), TallyError::Shape);
    for index in 0..5 {
        let wrong = tally(&|p| *p.results.iter_mut().flatten().nth(index).unwrap() += 1);
        assert_eq!(wrong, TallyError::Total(TotalError::Wrong { index }));
    }
    assert!(matches!(
        tally(&|p| drop(p.partials.remove(1))),
        TallyError::Combine(CombineError::TooFew { found: 1, threshold: 2 })
    ));
    assert!(matches!(
        tally(&|p| p.partials[1] = p.partials[0].clone()),
        TallyError::Decryption(DecryptionError::Duplicate(_))
    ));
    assert!(matches!(
        tally(&|p| p.partials[1].trustee = TrusteeIndex::new(9).unwrap()),
        TallyError::Decryption(DecryptionError::UnknownTrustee(_))
    ));
    assert!(matches!(
        tally(&|p| {
            p.partials[1].shares.pop();
        }),
        TallyError::Decryption(DecryptionError::Count { .. })
    ));
    assert!(matches!(
        tally(&|p| p.partials.clone_from(&fixture.foreign_partials)),
        TallyError::Decryption(DecryptionError::Proof(_))
    ));
    let mut published = closed.clone();
    accept(&mut published, honest);
    assert_eq!(check(&published, honest), Err(Rejection::Replayed));
    let again =
        edited(honest.clone(), |e| edit_publication(e, Some(&authority), |p| p.partials.clone_from(&fixture.partials)));
    assert!(matches!(check(&published, &again), Err(Rejection::Stage(_))), "published twice");

    let small = Election::new(|_| ());
    let closed = small.closed(1);
    let result = logged(CLOSES, publish_result(&small.authority, &closed, Vec::new(), Vec::new()));
    assert_eq!(check(&closed, &result), Err(Rejection::SmallGroup { counted: 1, smallest: 2 }));
}

// Attack 39, and what else a trustee is asked for that it must not give.
#[test]
fn trustee_decrypts_nothing_but_the_tally_of_a_closed_election() {
    let election = Election::new(|_| ());
    let trustee = &election.trustees[0];
    let decrypt = |pool: &ElectionPool| decrypt_pool(trustee, &mut TallyJournal::new(), pool.id(), pool, &mut OsRng);
    let start = election.pool();
    assert!(matches!(decrypt(&start), Err(TrusteeError::Stage)));
    let mut pool = start.clone();
    accept(&mut pool, &ballot(&start, OPENS, 1, 0, 0));
    assert!(matches!(decrypt(&pool), Err(TrusteeError::Stage)));
    assert!(matches!(decrypt(&election.closed(1)), Err(TrusteeError::SmallGroup { counted: 1, smallest: 2 })));
    let closed = election.closed(2);
    assert!(decrypt(&closed).is_ok());
    // Two closes of one election that differ by a ballot: the difference of their results would be that vote.
    let mut journal = TallyJournal::new();
    let mut ask_again = |pool: &ElectionPool| decrypt_pool(trustee, &mut journal, pool.id(), pool, &mut OsRng);
    assert!(ask_again(&closed).is_ok() && ask_again(&closed).is_ok());
    assert!(matches!(ask_again(&election.closed(3)), Err(TrusteeError::SecondTally)));
    let other = decrypt_pool(trustee, &mut TallyJournal::new(), OTHER_ELECTION, &closed, &mut OsRng);
    assert!(matches!(other, Err(TrusteeError::OtherElection { .. })));
    let elsewhere = Election::new(|_| ()).closed(2);
    assert!(matches!(decrypt(&elsewhere), Err(TrusteeError::Share(_))), "another ceremony's election");

    // From a record: one that is closed and verifies, and whose closing time has come on the trustee's own clock.
    let id = fixture().pool_after(1).id();
    let closed = fixture().forged_by_ledger(|record| drop(record.entries.pop()));
    let ask = |record: &tabella_protocol::election::ElectionRecord, now: u64| {
        decrypt_tally(trustee, &mut TallyJournal::new(), id, &record.encode(), &keys(), at(now), &mut OsRng, |_| ())
    };
    assert!(
        matches!(ask(&closed, CLOSES - 1), Err(TrusteeError::TooEarly { closes: CLOSES, now }) if now == CLOSES - 1)
    );
    assert!(matches!(ask(&closed, CLOSES), Err(TrusteeError::Share(_))), "all is right but the trustee");
    assert!(matches!(ask(&fixture().record, CLOSES), Err(TrusteeError::Stage)), "the result is out");
    let open = fixture().forged_by_ledger(|record| record.entries.truncate(entry::CLOSE));
    assert!(matches!(ask(&open, CLOSES), Err(TrusteeError::Record(_))));
    let unsigned = edited_record(closed, |record| drop(record.entries.remove(entry::BALLOT)));
    assert!(matches!(ask(&unsigned, CLOSES), Err(TrusteeError::Record(_))));
}

fn edited_record(
    mut record: tabella_protocol::election::ElectionRecord,
    alter: impl FnOnce(&mut tabella_protocol::election::ElectionRecord),
) -> tabella_protocol::election::ElectionRecord {
    alter(&mut record);
    record
}

#[test]
fn opening_that_breaks_a_rule_is_refused() {
    let election = Election::new(|_| ());
    let refused = |alter: &dyn Fn(&mut Opening)| {
        let mut entry = election.opening.clone();
        edit_opening(&mut entry.transaction, Some(&election.authority), alter);
        open(&entry, LEDGER, &keys()).unwrap_err()
    };
    let edited = |alter: &dyn Fn(&mut LoggedTransaction)| {
        let mut entry = election.opening.clone();
        alter(&mut entry);
        open(&entry, LEDGER, &keys()).unwrap_err()
    };
    assert!(matches!(edited(&|e| e.transaction.effects.version = 9), OpenError::Structure(StructureError::Version(9))));
    assert!(matches!(edited(&|e| e.transaction.effects.ledger = LedgerId([9; 32])), OpenError::Structure(_)));
    assert_eq!(
        edited(&|e| e.transaction.effects.actions[0].application = ApplicationId(*b"payments")),
        OpenError::Form
    );
    let pool = election.pool();
    let close = close_election(&election.authority, &pool);
    assert_eq!(edited(&|e| e.transaction = close.clone()), OpenError::Form);
    assert_eq!(edited(&|e| *e = ballot(&pool, OPENS, 1, 0, 0)), OpenError::Form);
    assert!(matches!(edited(&|e| e.transaction.effects.actions[0].body.push(0)), OpenError::Decode(_)));
    assert_eq!(edited(&|e| sign(&mut e.transaction, &SigningKey::from_bytes(&[1; 32]))), OpenError::Signature);
    assert_eq!(edited(&|e| e.transaction.action_proofs[0].push(0)), OpenError::Signature);
    assert_eq!(edited(&|e| e.time = at(CLOSES)), OpenError::TooLate);
    // Attack 20: under a key of small order anybody signs.
    let mut small = [0; 32];
    small[0] = 1;
    assert_eq!(refused(&|o| o.manifest.authority = small), OpenError::Signature);

    assert_eq!(refused(&|o| o.manifest.version = 9), OpenError::Manifest(ManifestError::Version(9)));
    assert!(matches!(refused(&|o| o.manifest.title.clear()), OpenError::Manifest(ManifestError::Text { .. })));
    assert_eq!(refused(&|o| o.manifest.questions.clear()), OpenError::Manifest(ManifestError::QuestionCount));
    assert_eq!(refused(&|o| o.manifest.questions[0].max = 9), OpenError::Manifest(ManifestError::Limits(1)));
    assert_eq!(refused(&|o| o.manifest.questions[1].max = 0), OpenError::Manifest(ManifestError::Limits(2)));
    assert!(matches!(
        refused(&|o| o.manifest.questions[0].options[1].id = "a".into()),
        OpenError::Manifest(ManifestError::DuplicateOption { question: 1, .. })
    ));
    let many = |o: &mut Opening| {
        let option = |index: usize| QuestionOption { id: index.to_string(), name: "x".into() };
        let question = Question { options: (0..1024).map(option).collect(), ..o.manifest.questions[0].clone() };
        o.manifest.questions = vec![question; 5];
    };
    assert_eq!(refused(&many), OpenError::Manifest(ManifestError::OptionCount));
    assert_eq!(refused(&|o| o.manifest.closes = at(OPENS)), OpenError::Manifest(ManifestError::Window));
    assert_eq!(refused(&|o| o.manifest.rules.epoch_seconds = 0), OpenError::Manifest(ManifestError::Epoch));
    assert_eq!(refused(&|o| o.manifest.ledger = LedgerId([9; 32])), OpenError::Ledger);
    assert!(matches!(refused(&|o| o.manifest.ceremony.0[0] ^= 1), OpenError::CeremonyHash { .. }));
    let swapped = |o: &mut Opening| {
        o.ceremony.confirmations.swap(0, 1);
        o.manifest.ceremony = o.ceremony.hash();
    };
    assert!(matches!(refused(&swapped), OpenError::Ceremony(CeremonyError::Message(_))));
    assert_eq!(refused(&|o| o.manifest.key = ElectionKey::new(point()).unwrap()), OpenError::Key);
    // Attack 38.
    assert!(matches!(
        refused(&|o| { o.canaries.remove(1); }),
        OpenError::Canary(RehearsalError::Missing(who)) if who.len() == 1 && who[0].name == "Boleslaw"
    ));
    assert!(matches!(
        refused(&|o| o.canaries.clone_from(&fixture().foreign_canaries)),
        OpenError::Canary(RehearsalError::Proof(_))
    ));
    assert!(matches!(refused(&|o| o.manifest.title.push('!')), OpenError::Canary(RehearsalError::Proof(_))));
}

// Attack 37: rights that no voter asked for.
#[test]
fn roll_that_is_not_the_announced_one_or_does_not_add_up_is_refused() {
    let election = Election::new(|_| ());
    let mut entry = election.opening.clone();
    edit_opening(&mut entry.transaction, Some(&election.authority), |opening| {
        let Roll::Public(entries) = &mut opening.roll else { panic!("public") };
        entries.push(RollEntry { owner: owner(99), weight: 1 });
    });
    assert!(matches!(open(&entry, LEDGER, &keys()), Err(OpenError::RollDigest { .. })));

    // A roll that the manifest names, and that is wrong by itself. The canaries are of that manifest.
    let (trustees, record) = hold_ceremony("roll", 2, &["Anna", "Boleslaw", "Celina"], &mut OsRng).unwrap();
    let authority = SigningKey::generate(&mut OsRng);
    let outcome = ceremony::verify(&record).unwrap();
    let refused = |roll: Roll, weights: Weights| {
        let draft = draft();
        let mut manifest = draft.manifest(LEDGER, &authority, &outcome, &public_roll(1)).unwrap();
        manifest.rules.weights = weights;
        manifest.roll = roll.digest();
        let entry = logged(BEFORE, opening(&authority, &trustees, manifest, record.clone(), roll));
        match open(&entry, LEDGER, &keys()) {
            Err(OpenError::Roll(error)) => error,
            other => panic!("{:?}", other.map(|_| ())),
        }
    };
    let public = |weights: &[(u64, u64)]| {
        Roll::Public(
            weights.iter().map(|(number, weight)| RollEntry { owner: owner(*number), weight: *weight }).collect(),
        )
    };
    let hidden = |total: u64, voters: &[u64]| Roll::Hidden {
        distributor: owner(50),
        total,
        voters: voters.iter().map(|number| owner(*number)).collect(),
    };
    use Weights::{Hidden, One};
    assert_eq!(refused(public(&[]), One), RollError::Empty);
    assert_eq!(refused(public(&[(1, 1), (2, 1), (1, 1)]), One), RollError::DuplicateOwner { first: 1, second: 3 });
    assert_eq!(refused(public(&[(1, 1), (2, 2)]), One), RollError::Weight(2));
    assert_eq!(refused(public(&[(1, 0)]), One), RollError::Weight(1));
    assert_eq!(refused(public(&[(1, 1)]), Hidden), RollError::Kind);
    assert_eq!(refused(hidden(5, &[1]), One), RollError::Kind);
    assert_eq!(refused(hidden(1, &[1, 2]), Hidden), RollError::Total);
    assert_eq!(refused(hidden((1 << 40) + 1, &[1, 2]), Hidden), RollError::Total);
    assert_eq!(refused(hidden(9, &[1, 50]), Hidden), RollError::Distributor);

    // Rights of hidden weight cannot be distributed once the election is open.
    let hidden = Election::with(hidden(9, &[1, 2]), |draft| draft.rules.weights = Hidden);
    let mut late = hidden.opening.clone();
    late.time = at(OPENS);
    assert!(matches!(open(&late, LEDGER, &keys()), Err(OpenError::NoDistribution)));
}

// Attack 37 after the opening: nothing that a ledger accepts adds a right to the election's pool.
#[test]
fn no_right_is_made_after_the_opening() {
    let election = Election::new(|_| ());
    let mut state = LedgerState::new(LEDGER, keys());
    let apply = |state: &mut LedgerState, entry: &LoggedTransaction| {
        let checked = state.check(entry, 0, &mut Obligations::new())?;
        state.execute(checked)
    };
    apply(&mut state, &election.opening).unwrap();
    let pool = election.pool();
    let rights = |state: &LedgerState| state.election(&pool.id()).unwrap().tree().len();
    assert_eq!(rights(&state), 4);

    // The authority issues an asset, under whatever name: its notes are in the pool of ordinary assets.
    let issued = issue(&election.authority, 0, 5);
    apply(&mut state, &logged(OPENS, issued.clone())).unwrap();
    assert_eq!((rights(&state), state.shielded().tree().len()), (4, 1));
    // An issue together with a transfer in the election's pool is no entry of an election.
    let mut both = moved(&pool, OPENS, [1, 2]);
    both.transaction.effects.actions.clone_from(&issued.effects.actions);
    both.transaction.action_proofs.clone_from(&issued.action_proofs);
    assert!(matches!(apply(&mut state, &both), Err(LedgerRejection::Election(Rejection::Form(_)))));
    // Value enters from nowhere.
    let entered = edited(moved(&pool, OPENS, [1, 2]), |e| transfer(e).mode = Mode::Entry);
    assert!(matches!(apply(&mut state, &entered), Err(LedgerRejection::Election(Rejection::Mode(_)))));
    // From the pool of ordinary assets to the election's, in one transaction.
    let mut across = moved(&pool, OPENS, [1, 2]);
    let mut second = moved(&pool, OPENS, [3, 4]).transaction;
    second.effects.transfers[0].pool = state.shielded().id();
    across.transaction.effects.transfers.append(&mut second.effects.transfers);
    across.transaction.transfers.append(&mut second.transfers);
    assert!(matches!(apply(&mut state, &across), Err(LedgerRejection::Election(Rejection::Form(_)))));
    assert_eq!(rights(&state), 4);

    // An election opens once, also under other signatures; one that never opened has no ballots.
    assert_eq!(apply(&mut state, &logged(OPENS, election.opening.transaction.clone())), Err(LedgerRejection::Replayed));
    let mut again = election.opening.clone();
    again.time = at(OPENS);
    edit_opening(&mut again.transaction, Some(&election.authority), |opening| {
        let key = &opening.manifest.key;
        let canary = election.trustees[0].rehearse(LEDGER, pool.id().as_bytes(), key, &mut OsRng).unwrap();
        opening.canaries[0] = canary;
    });
    assert_eq!(apply(&mut state, &again), Err(LedgerRejection::AlreadyOpen(pool.id())));
    let other = Election::new(|draft| draft.title = "Another".into());
    let unknown = edited(ballot(&other.pool(), OPENS, 1, 0, 0), |_| ());
    assert_eq!(apply(&mut state, &unknown), Err(LedgerRejection::UnknownElection(other.pool().id())));
    let past = logged(OPENS - 1, issue(&election.authority, 1, 5));
    assert_eq!(apply(&mut state, &past), Err(LedgerRejection::Time { time: OPENS - 1, last: OPENS }));
}

/// An issue of one note of an asset of the cap 10.
fn issue(issuer: &SigningKey, sequence: u64, value: u64) -> Transaction {
    let description = AssetDescription {
        issuer: issuer.verifying_key().to_bytes(),
        name: "rights".into(),
        decimals: 0,
        cap: 10,
        body: [0; 32],
    };
    let note = IssuedNote {
        lock: LockCommitment::new(Fr::from(1u8)),
        value: NoteValue(value),
        rcm: NoteCommitmentTrapdoor::new(Fr::from(sequence + 1)),
    };
    let issue = Issue { asset: description, sequence, notes: vec![note], seal: false };
    let action = Action { application: asset::APPLICATION, body: borsh::to_vec(&issue).unwrap() };
    let effects = TransactionEffects::new(LEDGER, Vec::new(), vec![action]);
    let signature = ed25519_dalek::Signer::sign(issuer, &issuer_message(effects.digest()));
    Transaction { effects, transfers: Vec::new(), action_proofs: vec![signature.to_bytes().to_vec()] }
}

// Two issues that were both checked before either was executed: the second would count from a total that is no longer.
#[test]
fn issue_checked_before_another_was_executed_does_not_exceed_the_cap() {
    let issuer = SigningKey::from_bytes(&[5; 32]);
    let mut state = LedgerState::new(LEDGER, keys());
    let check = |state: &LedgerState, value| {
        state.check(&logged(OPENS, issue(&issuer, 0, value)), 0, &mut Obligations::new()).unwrap()
    };
    let (one, other) = (check(&state, 7), check(&state, 8));
    state.execute(one).unwrap();
    assert_eq!(
        state.execute(other),
        Err(LedgerRejection::Shielded(ShieldedRejection::Sequence { index: 0, expected: 1, found: 0 }))
    );
    let beyond = state.check(&logged(OPENS, issue(&issuer, 1, 4)), 0, &mut Obligations::new());
    assert!(matches!(beyond, Err(LedgerRejection::Shielded(ShieldedRejection::Cap { index: 0, cap: 10 }))));
    assert_eq!(state.shielded().tree().len(), 1);
}
