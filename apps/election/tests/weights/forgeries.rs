//! Ballots whose weight is not that of their right, with real proofs: what exactly catches them.

use std::{collections::BTreeSet, num::NonZeroU32};

use curve25519_dalek::scalar::Scalar;
use rand_core::OsRng;
use reddsa::{Randomizer, sapling::SpendAuth};
use tabella_protocol::{
    ballot::{BallotBody, BallotOpening, Weight, WeightOpening},
    bridge::BridgeStatement,
    election::{APPLICATION, BallotCast, CastProof, ElectionAction, ElectionRecord, Weights},
    elgamal::Ciphertext,
    hash::bytes_to_field,
    jubjub::{JubjubScalar, scalar_to_bytes},
    keys::Diversifier,
    note::{NoteCommitmentTrapdoor, NoteValue},
    statement::{
        InputWitness, Mode, OutputWitness, Shape, Signer, Spend, TransferRelationError, TransferWitness, transfer,
    },
    transaction::{
        Action, ProofBytes, SignatureBytes, Transaction, TransactionEffects, TransferAuthorization, TransferEffects,
        TransferStatement,
    },
    transcript::ProofContext,
};
use tabella_prover::{
    ballot::{self, EncryptError},
    bridge::{BridgeOpening, BridgeProveError, prove_bridge},
    parameters::Parameters,
};
use tabella_verifier::{groth16::VerifyingKeyFile, obligations::Culprits, record::verify_record, report::CheckId};

use crate::parties::{Bridging, Kind, LEDGER_NAME, Run, ledger_key, no_proofs, rules, terms};

const OWN: u64 = 7;
const OTHER: u64 = 1_000;

fn run() -> Run {
    Run::voting(&[OWN, 250], rules(Weights::Hidden, true))
}

fn only_the_bridge() -> Culprits {
    Culprits { bridges: BTreeSet::from([7]), ..Culprits::default() }
}

// Everything else about these ballots is right: the right is the voter's, the ballot is well formed for its weight.
#[test]
fn weight_other_than_the_rights_is_caught_by_the_bridge_and_by_nothing_else() {
    let (run, parameters) = (run(), Parameters::development().unwrap());
    let honest = Kind { shape: Shape::Transfer, weight: Some(OWN) };
    let accepted = run.ballot_by_hand(0, honest, &parameters, |of| {
        let opening = BridgeOpening::of_weight(of.weight.as_ref()?, of.r?);
        prove_bridge(&of.context, &of.statement?, &opening, &mut OsRng).ok()
    });
    assert_eq!(run.culprits(accepted), Culprits::default());

    let lying = Kind { shape: Shape::Transfer, weight: Some(OTHER) };
    // The prover makes no such bridge.
    let honest_prover = |of: &Bridging| {
        let opening = BridgeOpening::of_weight(of.weight.as_ref().unwrap(), of.r.unwrap());
        let refused = prove_bridge(&of.context, &of.statement.unwrap(), &opening, &mut OsRng);
        assert_eq!(refused, Err(BridgeProveError::Opening));
    };
    // The best that a forger has: true bridges of C to another C', and of another C to C'.
    let from_c = run.ballot_by_hand(0, lying, &parameters, |of| {
        honest_prover(of);
        let opening = BridgeOpening::new(u128::from(OWN), of.r?, *of.weight.as_ref()?.blinding().expose());
        let statement = opening.statement(NonZeroU32::MIN);
        assert_eq!(statement.jubjub, of.statement?.jubjub);
        prove_bridge(&of.context, &statement, &opening, &mut OsRng).ok()
    });
    assert_eq!(run.culprits(from_c), only_the_bridge());
    let to_c = run.ballot_by_hand(0, lying, &parameters, |of| {
        let opening = BridgeOpening::of_weight(of.weight.as_ref()?, of.r?);
        let statement = opening.statement(NonZeroU32::MIN);
        assert_eq!(statement.ristretto, of.statement?.ristretto);
        prove_bridge(&of.context, &statement, &opening, &mut OsRng).ok()
    });
    assert_eq!(run.culprits(to_c), only_the_bridge());
}

// A ledger that accepts what it must refuse is found by whoever verifies the record.
#[test]
fn record_with_a_weight_other_than_the_rights_names_the_entry() {
    let mut run = run();
    let lying = Kind { shape: Shape::Transfer, weight: Some(OTHER) };
    let ballot = run.ballot_by_hand(0, lying, &no_proofs, |of| {
        let opening = BridgeOpening::of_weight(of.weight.as_ref()?, of.r?);
        prove_bridge(&of.context, &opening.statement(NonZeroU32::MIN), &opening, &mut OsRng).ok()
    });
    run.accept(ballot);
    let named = |file: &&VerifyingKeyFile| file.key.shape() == Shape::Transfer;
    let record = ElectionRecord {
        ledger_name: LEDGER_NAME.into(),
        ledger_key: ledger_key(),
        verifying_keys: run.state.keys().iter().filter(named).map(VerifyingKeyFile::to_bytes).collect(),
        entries: run.log.clone(),
        checkpoint: String::new(),
    };
    let verification = verify_record(&record.encode(), run.state.keys(), &mut OsRng, |_| ());
    let check = |id| verification.report.checks.iter().find(|check| check.id == id).unwrap();
    assert!(check(CheckId::EntriesRules).ok && check(CheckId::EntriesSignatures).ok);
    let ballots = check(CheckId::EntriesBallots);
    // The opening, one transfer, the ballot.
    assert_eq!((ballots.ok, ballots.detail.as_str()), (false, "1 of 1 bridges from a right's weight wrong: entries 2"));
}

// Two revisions of one ballot: the same transfer, the same C and C'. Only the digest differs.
#[test]
fn bridge_of_another_transaction_is_refused() {
    let (run, parameters) = (run(), Parameters::development().unwrap());
    let kind = Kind { shape: Shape::Transfer, weight: Some(OWN) };
    let mut ballots = run.ballots_by_hand(0, kind, &parameters, &[0, 1], |all| {
        let of = &all[0];
        assert_eq!(of.statement, all[1].statement);
        let opening = BridgeOpening::of_weight(of.weight.as_ref().unwrap(), of.r.unwrap());
        let bridge = prove_bridge(&of.context, &of.statement.unwrap(), &opening, &mut OsRng).unwrap();
        vec![Some(bridge), Some(bridge)]
    });
    assert_eq!(run.culprits(ballots.pop().unwrap()), only_the_bridge());
    assert_eq!(run.culprits(ballots.pop().unwrap()), Culprits::default());
}

// Nobody's right, of weight 0, cast by anybody: ballot and bridge are true for weight 0, and the relation is not.
#[test]
fn ballot_of_two_dummies_is_caught_by_the_transfers_proof_alone() {
    let (run, parameters) = (run(), Parameters::development().unwrap());
    let (pool, key) = (run.pool(), &run.parties.people[0].key);
    let full = key.full_viewing_key();
    let dummy = |number: u8| {
        let rcm = NoteCommitmentTrapdoor::new(bytes_to_field("dummy of a test", &[&[number]]).unwrap());
        InputWitness::dummy(Diversifier::from_index(3), rcm)
    };
    let output = run.right(0).note.note().to_owned();
    let empty = || OutputWitness { value: NoteValue(0), ..OutputWitness::of(&output) };
    let witness = TransferWitness {
        signer: Signer {
            ak: *full.spend_validating_key(),
            nk: full.nullifier_key(),
            alpha: JubjubScalar::from(77_u64),
        },
        asset: pool.asset(),
        inputs: [dummy(0), dummy(1)],
        spend: Spend::Plain,
        outputs: [empty(), empty()],
        tagged: None,
        v: NoteValue(0),
        r: JubjubScalar::from(78_u64),
    };
    let instance = witness.instance(run.setting().anchor, Mode::Consume, *pool.window(), true);
    assert_eq!(transfer::check(&instance, &witness), Err(TransferRelationError::PathSkipped));

    // The program does not encrypt with weight 0; a forger does it by hand.
    let weight = WeightOpening::new(0, Scalar::random(&mut OsRng));
    let choice = vec![vec![1, 0, 0]];
    let (rules, election_key) = (pool.question_rules(), &pool.manifest().key);
    let refused = ballot::encrypt(rules, election_key, Some(weight.clone()), &choice, &mut OsRng);
    assert_eq!(refused.map(|_| ()), Err(EncryptError::Weight));
    let randomness = vec![(0..3).map(|_| Scalar::random(&mut OsRng)).collect::<Vec<_>>()];
    let ciphertexts = randomness[0].iter().map(|r| Ciphertext::encrypt(election_key, &Scalar::ZERO, r)).collect();
    let body = BallotBody::new(vec![ciphertexts], Weight::Hidden { commitment: weight.commitment() }).unwrap();
    let opening = BallotOpening::new(choice, randomness, Some(weight.clone()));

    let statement = TransferStatement::Transfer { instance: instance.clone(), ciphertexts: Vec::new() };
    let transfer =
        TransferEffects { pool: pool.pool(), verifying_key: run.setting().transfer_key, statement, contract: None };
    let cast = ElectionAction::Cast(BallotCast {
        election: pool.id(),
        revision: 0,
        ballot: body.clone(),
        rankings: Vec::new(),
    });
    let action = Action { application: APPLICATION, body: borsh::to_vec(&cast).unwrap() };
    let effects = TransactionEffects::new(pool.manifest().ledger, vec![transfer], vec![action]);
    let digest = effects.digest();
    let context = ProofContext { ledger: pool.manifest().ledger, digest, index: 0 };
    let id = pool.id();
    let ballot = ballot::prove(&context, terms(&id, pool), &body, &opening, &mut OsRng).unwrap();
    let bridge = BridgeOpening::of_weight(&weight, witness.r);
    let between = BridgeStatement::of_one(instance.value_commitment, weight.commitment());
    let bridge = prove_bridge(&context, &between, &bridge, &mut OsRng).unwrap();
    let alpha = Randomizer::<SpendAuth>::from_bytes(&scalar_to_bytes(&witness.signer.alpha)).unwrap();
    let signature = key.spend_authorizing_key().randomize(&alpha).sign(OsRng, digest.as_bytes());
    let transaction = |proof: ProofBytes| Transaction {
        effects: effects.clone(),
        transfers: vec![TransferAuthorization { proof, signature: SignatureBytes(signature.into()) }],
        action_proofs: vec![
            borsh::to_vec(&CastProof { ballot: ballot.clone(), bridge: Some(bridge), rankings: Vec::new() }).unwrap(),
        ],
    };

    // There is no proof of it; the best there is, is a true proof of another transfer.
    let kind = Kind { shape: Shape::Transfer, weight: Some(OWN) };
    let honest = run.ballot_by_hand(0, kind, &parameters, |_| Some(bridge));
    let only_the_proof = Culprits { proofs: BTreeSet::from([7]), ..Culprits::default() };
    assert_eq!(run.culprits(transaction(honest.transfers[0].proof)), only_the_proof);
    let none = run.ballot_by_hand(0, kind, &no_proofs, |_| Some(bridge)).transfers[0].proof;
    assert_eq!(run.culprits(transaction(none)), only_the_proof);
}
