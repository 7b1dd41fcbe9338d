use std::convert::Infallible;

use ark_bls12_381::Fr;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::{
    jubjub::JubjubPoint,
    keys::{Address, Diversifier, SpendingKey},
    note::{Guard, NoteValue, Terms},
    note_encryption::Memo,
    statement::{
        self, CastRelationError, Mode, Shape, SpendError, TransferInstance, TransferRelationError,
        transfer::value_commitment,
    },
    transaction::{Action, ApplicationId, ProofBytes, Transaction, TransactionEffects, TransferStatement},
    tree::Position,
};

use super::{plan::Witness, *};
use crate::wallet::{
    NoteKind, Wallet,
    testing::{LEDGER, NOW, POOL, SimulatedPool, asset, person, wallet},
};

/// An engine that makes no proof but checks the relation: what a proof of it would say.
fn relation(job: ProvingJob<'_>, _: &mut ChaCha20Rng) -> Result<ProofBytes, Infallible> {
    match job {
        ProvingJob::Transfer { instance, witness } => statement::transfer::check(instance, witness).unwrap(),
        ProvingJob::Cast { instance, witness } => statement::cast::check(instance, witness).unwrap(),
    }
    Ok(ProofBytes([7; 192]))
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(11)
}

fn own(i: u8) -> Diversifier {
    let mut diversifier = Diversifier::from_index(u64::from(i));
    diversifier.0[10] = 1;
    diversifier
}

fn authorize(transfer: UnprovenTransfer, key: &SpendingKey) -> Transaction {
    let mut builder = TransactionBuilder::new(LEDGER);
    builder.add(transfer);
    let proven = builder.build().unwrap().prove(&relation, &mut rng()).unwrap();
    proven.sign(&key.spend_authorizing_key(), &mut rng()).unwrap().finish(Vec::new()).unwrap()
}

/// Alice (1) holds 10 and 20, Bob (2) nothing.
fn scene() -> (SimulatedPool, Wallet, Wallet) {
    let mut pool = SimulatedPool::default();
    let (mut alice, bob) = (wallet(1), wallet(2));
    pool.issue_to(&alice, 10);
    pool.issue_to(&alice, 20);
    pool.sync(&mut alice);
    (pool, alice, bob)
}

fn notes(pool: &SimulatedPool, wallet: &Wallet, positions: &[u32]) -> Vec<SpendableNote> {
    positions.iter().map(|&i| pool.spendable(wallet.note(POOL, Position(i)).unwrap())).collect()
}

fn order(claimant: Address, terms: Terms, guard: Guard) -> EscrowOrder {
    let memo = Memo::from_text("deposit").unwrap();
    EscrowOrder { claimant, terms, guard, refund: own(9), amount: NoteValue(8), memo }
}

fn open_terms() -> Terms {
    Terms { claim_until: Timestamp::MAX, refund_from: Timestamp::ZERO, burn_only: false }
}

fn instance(transfer: &UnprovenTransfer) -> &TransferInstance {
    match &transfer.effects().statement {
        TransferStatement::Transfer { instance, .. } => instance,
        TransferStatement::Cast(_) => panic!("a cast"),
    }
}

#[test]
fn payment_reaches_its_recipient_and_the_change_comes_back() {
    let (mut pool, mut alice, mut bob) = scene();
    let setting = pool.setting();
    let payer = Payer { key: alice.key(), setting: &setting, change: own(0) };
    let memo = Memo::from_text("lunch").unwrap();
    let inputs = notes(&pool, &alice, &[0, 1]);
    let transfer = payer.send(inputs, bob.address(0), NoteValue(25), memo, &mut rng()).unwrap();
    assert_eq!(instance(&transfer).value_commitment, JubjubPoint::identity());
    assert!(!instance(&transfer).reveal);
    let transaction = authorize(transfer, &person(1));
    pool.accept_transaction(&transaction);
    pool.sync(&mut alice);
    assert_eq!(pool.sync(&mut bob).received, [Position(2)]);
    assert_eq!(bob.note(POOL, Position(2)).unwrap().memo().text(), Some("lunch"));
    assert_eq!(bob.balance(POOL, asset(), NOW).spendable, 25);
    assert_eq!(alice.balance(POOL, asset(), NOW).spendable, 5);
    // All three notes are spendable on: Bob pays back, with one input and a dummy.
    let setting = pool.setting();
    let payer = Payer { key: bob.key(), setting: &setting, change: own(0) };
    let inputs = notes(&pool, &bob, &[2]);
    payer.send(inputs, alice.address(1), NoteValue(25), Memo::empty(), &mut rng()).unwrap();
}

#[test]
fn every_mode_gives_a_statement_that_its_witness_proves() {
    let (pool, alice, bob) = scene();
    let setting = PoolSetting { reveal: true, ..pool.setting() };
    let payer = Payer { key: alice.key(), setting: &setting, change: own(0) };
    let rng = &mut rng();
    let inputs = || notes(&pool, &alice, &[0]);
    let (ten, to) = (NoteValue(10), bob.address(0));
    let made = [
        (Mode::Internal, payer.send(inputs(), to, NoteValue(4), Memo::empty(), rng)),
        (Mode::Internal, payer.merge(notes(&pool, &alice, &[0, 1]), rng)),
        (Mode::Exit, payer.exit(inputs(), NoteValue(4), Blinding::Random, rng)),
        (Mode::Exit, payer.exit(inputs(), ten, Blinding::Public, rng)),
        (Mode::Entry, payer.enter(asset(), to, ten, Memo::empty(), Blinding::Random, rng)),
        (Mode::Tag, payer.lock_tagged(inputs(), order(to, open_terms(), Guard::none()), rng)),
        (Mode::Consume, payer.consume(inputs().remove(0), SpendPath::Own, Blinding::Random, rng)),
    ];
    for (mode, transfer) in made {
        let transfer = transfer.unwrap();
        let Witness::Transfer(witness) = &transfer.witness else { panic!("a cast") };
        let opening = transfer.opening().unwrap();
        assert_eq!(instance(&transfer).mode, mode);
        assert!(instance(&transfer).reveal);
        assert_eq!(instance(&transfer).value_commitment, value_commitment(opening.v, *opening.r.expose()));
        assert_eq!(statement::transfer::check(instance(&transfer), witness), Ok(()));
    }
    let cast = payer.cast(&inputs()[0], SpendPath::Own, rng).unwrap();
    let (Witness::Cast(witness), TransferStatement::Cast(instance)) = (&cast.witness, &cast.effects().statement) else {
        panic!("not a cast")
    };
    assert_eq!(statement::cast::check(instance, witness), Ok(()));
    assert_eq!(instance.weight, 10);
}

#[test]
fn claimant_claims_and_24_words_restore_the_makers_recall() {
    let (mut pool, alice, mut bob) = scene();
    let setting = pool.setting();
    let payer = Payer { key: alice.key(), setting: &setting, change: own(0) };
    let guard = Guard::of(b"app", &[1; 32]).unwrap();
    let locked = payer.lock_tagged(notes(&pool, &alice, &[0]), order(bob.address(4), open_terms(), guard), &mut rng());
    let locked = locked.unwrap();
    let contract = locked.effects().contract.unwrap();
    assert_eq!(contract.hash().element(), instance(&locked).contract_revealed);
    let opening = locked.opening().unwrap();
    pool.accept_transaction(&authorize(locked, &person(1)));
    pool.sync(&mut bob);
    let escrow = bob.note(POOL, Position(2)).unwrap().clone();
    assert_eq!(
        (escrow.kind(), escrow.blinding().map(|r| *r.expose())),
        (NoteKind::EscrowToClaim, Some(*opening.r.expose()))
    );
    assert_eq!(bob.balance(POOL, asset(), NOW).to_claim, 8);

    // A fresh wallet from Alice's words reads the log from its beginning.
    let mut restored = wallet(1);
    pool.sync(&mut restored);
    let recall = restored.note(POOL, Position(2)).unwrap().clone();
    assert_eq!((recall.kind(), recall.memo().text()), (NoteKind::EscrowToRefund, Some("deposit")));
    assert_eq!(restored.balance(POOL, asset(), NOW).to_refund, 8);
    assert_eq!(restored.next_internal(), own(10));

    let setting = pool.setting();
    let (claimant, maker) = (
        Payer { key: bob.key(), setting: &setting, change: own(0) },
        Payer { key: restored.key(), setting: &setting, change: own(11) },
    );
    let settlement = || Settlement::To(bob.address(0), Memo::empty());
    let claim = claimant.claim(pool.spendable(&escrow), settlement(), &mut rng()).unwrap();
    assert_eq!(claim.effects().contract, Some(contract));
    assert!(!instance(&claim).level);
    let refund = maker.refund(pool.spendable(&recall), Settlement::Exit(Blinding::Public), &mut rng()).unwrap();
    assert_eq!(refund.effects().contract, None);
    assert!(instance(&refund).level);
    // Both spend the one nullifier, and whoever comes second sees it.
    assert_eq!(instance(&claim).nullifiers[0], instance(&refund).nullifiers[0]);
    pool.accept_transaction(&authorize(claim, &person(2)));
    assert_eq!(pool.sync(&mut restored).spent, [Position(2)]);
    assert_eq!(restored.balance(POOL, asset(), NOW).to_refund, 0);
    // Neither party can take the other's path.
    let wrong = claimant.refund(pool.spendable(bob.note(POOL, Position(2)).unwrap()), settlement(), &mut rng());
    assert_eq!(wrong.unwrap_err(), BuildError::WrongPath);
}

#[test]
fn escrow_to_oneself_can_be_claimed_and_refunded() {
    let (mut pool, mut alice, _) = scene();
    let setting = pool.setting();
    let payer = Payer { key: alice.key(), setting: &setting, change: own(0) };
    let locked =
        payer.lock(notes(&pool, &alice, &[0]), order(alice.address(4), open_terms(), Guard::none()), &mut rng());
    pool.accept_transaction(&authorize(locked.unwrap(), &person(1)));
    pool.sync(&mut alice);
    let (setting, escrow) = (pool.setting(), pool.spendable(alice.note(POOL, Position(2)).unwrap()));
    let payer = Payer { key: alice.key(), setting: &setting, change: own(1) };
    let settlement = Settlement::To(alice.address(0), Memo::empty());
    payer.claim(escrow.clone(), settlement.clone(), &mut rng()).unwrap();
    payer.refund(escrow, settlement, &mut rng()).unwrap();
}

#[test]
fn terms_of_an_escrow_are_kept() {
    let (mut pool, alice, mut bob) = scene();
    let setting = pool.setting();
    let payer = Payer { key: alice.key(), setting: &setting, change: own(0) };
    let terms = Terms {
        claim_until: Timestamp::new(999_000).unwrap(),
        refund_from: Timestamp::new(2_000_000).unwrap(),
        burn_only: true,
    };
    let locked = payer.lock(notes(&pool, &alice, &[0]), order(bob.address(4), terms, Guard::none()), &mut rng());
    pool.accept_transaction(&authorize(locked.unwrap(), &person(1)));
    let mut alice = alice;
    pool.sync(&mut alice);
    pool.sync(&mut bob);
    let setting = pool.setting();
    let claimant = Payer { key: bob.key(), setting: &setting, change: own(0) };
    let maker = Payer { key: alice.key(), setting: &setting, change: own(0) };
    let settlement = || Settlement::To(bob.address(0), Memo::empty());
    let escrow = || pool.spendable(bob.note(POOL, Position(2)).unwrap());
    let late = claimant.claim(escrow(), settlement(), &mut rng()).unwrap_err();
    assert_eq!(late, BuildError::Transfer(TransferRelationError::Spend(SpendError::ClaimWindow)));
    let late = claimant.cast(&escrow(), SpendPath::Claim, &mut rng()).unwrap_err();
    assert_eq!(late, BuildError::Cast(CastRelationError::Spend(SpendError::ClaimWindow)));
    let early = maker.refund(pool.spendable(alice.note(POOL, Position(2)).unwrap()), settlement(), &mut rng());
    let refused = BuildError::Transfer(TransferRelationError::Spend(SpendError::RefundWindow));
    assert_eq!(early.unwrap_err(), refused);
    // In time, a burn_only escrow can be cast, and not moved.
    let window = Window::new(Timestamp::ZERO, terms.claim_until).unwrap();
    let setting = PoolSetting { window, ..setting };
    let claimant = Payer { key: bob.key(), setting: &setting, change: own(0) };
    let moved = claimant.claim(escrow(), settlement(), &mut rng()).unwrap_err();
    assert_eq!(moved, BuildError::Transfer(TransferRelationError::BurnOnly));
    claimant.cast(&escrow(), SpendPath::Claim, &mut rng()).unwrap();
    claimant.consume(escrow(), SpendPath::Claim, Blinding::Random, &mut rng()).unwrap();
}

#[test]
fn windows_keep_to_the_escrows_terms() {
    let policy = WindowPolicy::default();
    let terms = |claim_until, refund_from| Terms {
        claim_until: Timestamp::new(claim_until).unwrap(),
        refund_from: Timestamp::new(refund_from).unwrap(),
        burn_only: false,
    };
    let window = policy.window(NOW).unwrap();
    assert_eq!((window.start().seconds(), window.end().seconds()), (999_840, 1_003_620));
    let claim = policy.window_for(NOW, &terms(1_000_100, 0), SpendPath::Claim).unwrap();
    assert_eq!((claim.start().seconds(), claim.end().seconds()), (999_840, 1_000_100));
    let refund = policy.window_for(NOW, &terms(0, 1_000_000), SpendPath::Refund).unwrap();
    assert_eq!((refund.start().seconds(), refund.end().seconds()), (1_000_000, 1_003_620));
    assert!(policy.window_for(NOW, &terms(999_000, 0), SpendPath::Claim).is_err());
    assert!(policy.window_for(NOW, &terms(0, 1_010_000), SpendPath::Refund).is_err());
    assert!(policy.window(Timestamp::MAX).is_ok());
}

#[test]
fn impossible_transfers_are_refused_each_by_its_check() {
    let (pool, alice, bob) = scene();
    let setting = pool.setting();
    let payer = Payer { key: alice.key(), setting: &setting, change: own(0) };
    let rng = &mut rng();
    let inputs = |positions: &[u32]| notes(&pool, &alice, positions);
    let mut send = |payer: &Payer<'_>, inputs, amount| {
        payer.send(inputs, bob.address(0), NoteValue(amount), Memo::empty(), rng).unwrap_err()
    };
    assert_eq!(send(&payer, inputs(&[0]), 11), BuildError::NotEnough { available: 10, needed: 11 });
    assert_eq!(send(&payer, Vec::new(), 1), BuildError::NoInput);
    assert_eq!(send(&payer, inputs(&[0, 1, 1]), 1), BuildError::TooMany);
    let twice = BuildError::Transfer(TransferRelationError::EqualNullifiers);
    assert_eq!(send(&payer, inputs(&[1, 1]), 1), twice);
    let elsewhere = PoolSetting { pool: tabella_protocol::transaction::PoolId([9; 32]), ..setting };
    assert_eq!(send(&Payer { setting: &elsewhere, ..payer }, inputs(&[0]), 1), BuildError::Pool(0));
    let old = PoolSetting { anchor: tabella_protocol::tree::Anchor::new(Fr::from(1)), ..setting };
    let stale = BuildError::Transfer(TransferRelationError::Anchor(0));
    assert_eq!(send(&Payer { setting: &old, ..payer }, inputs(&[0]), 1), stale);
    let others = Payer { key: bob.key(), ..payer };
    assert_eq!(send(&others, inputs(&[0]), 10), stale);
    // An escrow whose refund goes to somebody else under the maker's diversifier.
    let mut plan = TransferPlan {
        setting,
        mode: Mode::Internal,
        asset: tabella_protocol::note::AssetId::new(Fr::from(78)),
        inputs: inputs(&[0]),
        path: SpendPath::Own,
        outputs: Vec::new(),
        v: NoteValue(0),
        r: tabella_protocol::jubjub::JubjubScalar::from(0u64),
    };
    let refused = plan.clone().build(alice.key(), own(0), rng).unwrap_err();
    assert_eq!(refused, BuildError::Asset(0));
    plan.asset = asset();
    plan.path = SpendPath::Claim;
    assert_eq!(plan.clone().build(alice.key(), own(0), rng).unwrap_err(), BuildError::WrongPath);
    plan.path = SpendPath::Own;
    let balance = BuildError::Transfer(TransferRelationError::Balance);
    assert_eq!(plan.clone().build(alice.key(), own(0), rng).unwrap_err(), balance);
    let seed = tabella_protocol::note_encryption::NoteSeed::new([1; 32]);
    let output = tabella_protocol::note_encryption::OutputNote::plain(
        bob.address(0),
        asset(),
        NoteValue(10),
        Memo::empty(),
        &seed,
    );
    plan.outputs = vec![PlannedOutput { output: output.unwrap(), refund: Some(own(9)) }];
    assert_eq!(plan.build(alice.key(), own(0), rng).unwrap_err(), BuildError::RefundDiversifier(0));
}

fn prepared() -> (PreparedTransaction<Unproven>, UnprovenTransfer) {
    let (pool, alice, bob) = scene();
    let setting = pool.setting();
    let payer = Payer { key: alice.key(), setting: &setting, change: own(0) };
    let inputs = notes(&pool, &alice, &[0]);
    let transfer = payer.send(inputs, bob.address(0), NoteValue(4), Memo::empty(), &mut rng()).unwrap();
    let mut builder = TransactionBuilder::new(LEDGER);
    builder.add(transfer.clone());
    builder.add_action(Action { application: ApplicationId(*b"testtest"), body: vec![1, 2, 3] });
    (builder.build().unwrap(), transfer)
}

#[test]
fn digest_changes_with_every_byte_of_the_effects() {
    let (prepared, _) = prepared();
    assert_eq!(prepared.digest(), prepared.effects().digest());
    let bytes = borsh::to_vec(prepared.effects()).unwrap();
    let mut decoded = 0;
    for at in (0..bytes.len()).step_by(3) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        if let Ok(effects) = borsh::from_slice::<TransactionEffects>(&changed) {
            decoded += 1;
            assert_ne!(effects.digest(), prepared.digest(), "byte {at}");
        }
    }
    assert!(decoded > 500);
}

#[test]
fn cold_signer_signs_what_another_machine_proves() {
    let (prepared, _) = prepared();
    let bytes = borsh::to_vec(&prepared.signing_request()).unwrap();
    let request: SigningRequest = borsh::from_slice(&bytes).unwrap();
    assert_eq!(request.effects(), prepared.effects());
    let ask = person(1).spend_authorizing_key();
    let response = request.sign(&ask, &mut rng()).unwrap();
    let proven = prepared.clone().prove(&relation, &mut rng()).unwrap();
    let authorized = proven.clone().attach(&response).unwrap();
    // reddsa itself verifies under rk.
    let signature = authorized.authorizations()[0].unwrap().signature.signature();
    let rk = prepared.effects().transfers[0].rk().to_bytes();
    let rk = reddsa::VerificationKey::<reddsa::sapling::SpendAuth>::try_from(rk).unwrap();
    rk.verify(prepared.digest().as_bytes(), &signature).unwrap();
    assert!(rk.verify(&[0; 32], &signature).is_err());

    let refused = request.sign(&person(2).spend_authorizing_key(), &mut rng()).unwrap_err();
    assert_eq!(refused, SigningError::NotThisKey(0));
    let mut altered = response.clone();
    altered.signatures[0].1.0[0] ^= 1;
    assert_eq!(proven.clone().attach(&altered).unwrap_err(), SigningError::Signature(0));
    let mut altered = response.clone();
    altered.digest.0[0] ^= 1;
    assert_eq!(proven.clone().attach(&altered).unwrap_err(), SigningError::Digest);
    let mut altered = response.clone();
    altered.signatures[0].0 = 1;
    assert_eq!(proven.clone().attach(&altered).unwrap_err(), SigningError::NoSuchTransfer(1));
    altered.signatures.clear();
    assert_eq!(proven.attach(&altered).unwrap_err(), SigningError::Missing(0));
    let refused = authorized.clone().finish(Vec::new()).unwrap_err();
    assert_eq!(refused, FinishError::ActionProofs { expected: 1, found: 0 });
    authorized.finish(vec![vec![9]]).unwrap();
}

// The same generator state twice: nonces still differ with the digest, so the key does not leak.
#[test]
fn broken_generator_repeats_no_nonce_across_transactions() {
    let (first, transfer) = prepared();
    let mut builder = TransactionBuilder::new(LEDGER);
    builder.add(transfer);
    let second = builder.build().unwrap();
    let ask = person(1).spend_authorizing_key();
    let sign = |prepared: &PreparedTransaction<Unproven>| {
        prepared.signing_request().sign(&ask, &mut rng()).unwrap().signatures[0].1
    };
    let (a, b) = (sign(&first), sign(&second));
    assert_ne!(a.0[..32], b.0[..32]);
    assert_eq!(sign(&first), a);
}

#[test]
fn two_parties_swap_in_one_transaction() {
    let (mut pool, alice, mut bob) = scene();
    pool.issue_to(&bob, 30);
    let mut alice = alice;
    pool.sync(&mut bob);
    pool.sync(&mut alice);
    let setting = pool.setting();
    let pay = |from: &Wallet, to: &Wallet, position, amount, seed| {
        let payer = Payer { key: from.key(), setting: &setting, change: own(0) };
        let rng = &mut ChaCha20Rng::seed_from_u64(seed);
        payer.send(notes(&pool, from, &[position]), to.address(0), NoteValue(amount), Memo::empty(), rng).unwrap()
    };
    let (a, b) = (pay(&alice, &bob, 0, 10, 1), pay(&bob, &alice, 2, 30, 2));
    let (mut at_alice, mut at_bob) = (TransactionBuilder::new(LEDGER), TransactionBuilder::new(LEDGER));
    at_alice.add(a.clone());
    at_alice.add_foreign(b.effects().clone());
    at_bob.add_foreign(a.effects().clone());
    at_bob.add(b);
    let authorize = |builder: TransactionBuilder, i| {
        let proven = builder.build().unwrap().prove(&relation, &mut rng()).unwrap();
        proven.sign(&person(i).spend_authorizing_key(), &mut rng()).unwrap()
    };
    let (mut at_alice, at_bob) = (authorize(at_alice, 1), authorize(at_bob, 2));
    assert_eq!(at_alice.digest(), at_bob.digest());
    assert_eq!(at_alice.clone().finish(Vec::new()).unwrap_err(), FinishError::NotAuthorized(1));
    let bobs = at_bob.authorizations()[1].unwrap();
    let alices = at_alice.authorizations()[0].unwrap();
    assert_eq!(at_alice.add_authorization(1, alices).unwrap_err(), SigningError::Signature(1));
    assert_eq!(at_alice.add_authorization(0, bobs).unwrap_err(), SigningError::NoSuchTransfer(0));
    at_alice.add_authorization(1, bobs).unwrap();
    let transaction = at_alice.finish(Vec::new()).unwrap();
    pool.accept_transaction(&transaction);
    pool.sync(&mut alice);
    pool.sync(&mut bob);
    assert_eq!(alice.balance(POOL, asset(), NOW).spendable, 50);
    assert_eq!(bob.balance(POOL, asset(), NOW).spendable, 10);

    let mut twice = TransactionBuilder::new(LEDGER);
    twice.add(a.clone());
    twice.add(a);
    assert_eq!(twice.build().unwrap_err(), FinishError::RepeatedNullifier(1));
}

#[test]
fn plans_print_no_amounts_addresses_or_blindings() {
    let (pool, alice, bob) = scene();
    let setting = pool.setting();
    let order = order(bob.address(0), open_terms(), Guard::none());
    assert_eq!(format!("{order:?}"), "EscrowOrder(<secret>)");
    let settlements = [Settlement::To(bob.address(0), Memo::empty()), Settlement::Exit(Blinding::Public)];
    assert_eq!(format!("{settlements:?}"), "[Settlement(<secret>), Settlement(<secret>)]");
    let payer = Payer { key: alice.key(), setting: &setting, change: own(0) };
    let inputs = notes(&pool, &alice, &[0]);
    assert!(format!("{inputs:?}").starts_with("[SpendableNote { note: ReceivedNote {"));
    assert!(!format!("{inputs:?}").contains("path"));
    let plan = TransferPlan {
        setting,
        mode: Mode::Exit,
        asset: asset(),
        inputs: inputs.clone(),
        path: SpendPath::Own,
        outputs: Vec::new(),
        v: NoteValue(10),
        r: tabella_protocol::jubjub::JubjubScalar::from(5u64),
    };
    assert_eq!(format!("{plan:?}"), "TransferPlan(<secret>)");
    let exit = payer.exit(inputs, NoteValue(10), Blinding::Random, &mut rng()).unwrap();
    assert_eq!(format!("{:?}", exit.opening().unwrap()), "ValueOpening(<secret>)");
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no")]
struct Broken;

#[test]
fn failed_proof_names_its_transfer() {
    let (prepared, _) = prepared();
    let engine = |_: ProvingJob<'_>, _: &mut ChaCha20Rng| Err(Broken);
    assert_eq!(prepared.prove(&engine, &mut rng()).unwrap_err(), ProveError { index: 0, source: Broken });
}

#[test]
fn proved_payment_and_cast_verify_under_the_embedded_keys() {
    let parameters = crate::parameters::Parameters::development().unwrap();
    let id = |shape| parameters.verifying_key(shape).id();
    let (pool, alice, bob) = scene();
    let transfer_key = id(Shape::Transfer);
    let setting = PoolSetting { transfer_key, cast_key: id(Shape::Cast), ..pool.setting() };
    let payer = Payer { key: alice.key(), setting: &setting, change: own(0) };
    let mut builder = TransactionBuilder::new(LEDGER);
    let payment = payer.send(notes(&pool, &alice, &[0]), bob.address(0), NoteValue(4), Memo::empty(), &mut rng());
    builder.add(payment.unwrap());
    builder.add(payer.cast(&notes(&pool, &alice, &[1])[0], SpendPath::Own, &mut rng()).unwrap());
    let proven = builder.build().unwrap().prove(&parameters, &mut rng()).unwrap();
    let authorized = proven.sign(&person(1).spend_authorizing_key(), &mut rng()).unwrap();
    let transaction = authorized.finish(Vec::new()).unwrap();
    let registry = tabella_verifier::groth16::VerifyingKeys::development();
    for (effects, authorization) in transaction.effects.transfers.iter().zip(&transaction.transfers) {
        let key = registry.key(effects.shape(), effects.verifying_key).unwrap();
        key.verify(&effects.public_inputs(), &authorization.proof).unwrap();
        let mut other = effects.public_inputs();
        other[1] += Fr::from(1);
        assert!(key.verify(&other, &authorization.proof).is_err());
    }
}
