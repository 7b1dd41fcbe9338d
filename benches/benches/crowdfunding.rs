//! What the public checks of a campaign of 10,000 pledges: from the ledger's entries as they are stored, and once they are
//! decoded. The commitments are synthetic, the transfers have no proofs: the check relies on the ledger for them.
#![expect(missing_docs, reason = "criterion's macros make public functions")]
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use ark_bls12_381::Fr;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use curve25519_dalek::scalar::Scalar;
use rand::rngs::OsRng;
use rayon::prelude::*;
use tabella_crowdfunding::keys::CampaignKeys;
use tabella_crowdfunding_rules::{
    Action, Campaign, CampaignId, MAX_ACKNOWLEDGED, Milestone, PledgeId, Proof,
    action::{bridge_statement, goal_statement},
    audit::Audit,
};
use tabella_protocol::{
    jubjub::{JubjubPoint, JubjubScalar, blinding_base, value_base},
    keys::{Account, Seed},
    note::{AssetId, Contract, NoteCommitment, NoteValue, Nullifier, Timestamp},
    note_encryption::{ENC_BYTES, NoteCiphertext, OUT_BYTES},
    ristretto,
    statement::{Mode, TransferInstance, Window},
    transaction::{
        LedgerId, LoggedTransaction, PoolId, ProofBytes, SignatureBytes, Transaction, TransactionEffects,
        TransferAuthorization, TransferEffects, TransferStatement, VerifyingKeyId,
    },
    transcript::ProofContext,
    tree::Anchor,
};
use tabella_prover::{
    account::{AmountOpening, prove_range},
    bridge::{BridgeOpening, prove_bridge},
};

const PLEDGES: u64 = 10_000;
const LEDGER: LedgerId = LedgerId([1; 32]);
/// What each pledge holds.
const AMOUNT: u64 = 250;
const START: u64 = 1_800_000_000;

fn time(seconds: u64) -> Timestamp {
    Timestamp::new(START + seconds).unwrap()
}

fn entry(seconds: u64, transfers: Vec<TransferEffects>, action: &Action, proof: &Proof) -> LoggedTransaction {
    let authorization = TransferAuthorization { proof: ProofBytes([0; 192]), signature: SignatureBytes([0; 64]) };
    let authorizations = vec![authorization; transfers.len()];
    let effects = TransactionEffects::new(LEDGER, transfers, vec![action.encode()]);
    let transaction = Transaction { effects, transfers: authorizations, action_proofs: vec![proof.encode()] };
    LoggedTransaction { time: time(seconds), transaction }
}

fn effects_of(action: &Action) -> TransactionEffects {
    TransactionEffects::new(LEDGER, Vec::new(), vec![action.encode()])
}

fn campaign(keys: &CampaignKeys) -> Campaign {
    let wallet = Seed::new([1; 32]).account(&Account::Payment(0));
    Campaign {
        key: keys.key(),
        title: "A bridge".into(),
        description: [0; 32],
        asset: AssetId::new(Fr::from(7_u64)),
        goal: NoteValue(AMOUNT * PLEDGES - 1),
        deadline: time(1_000),
        closes_at_goal: false,
        claim_until: time(2_000),
        refund_from: time(2_000),
        claimant: keys.claimant(wallet.full_viewing_key()),
        milestones: vec![Milestone { share: 10_000, not_before: time(0), release_key: None }],
    }
}

fn pledge(number: u64, value: JubjubPoint, asset: AssetId, contract: &Contract) -> TransferEffects {
    let field = |offset: u64| Fr::from(4 * number + offset);
    let ciphertext =
        NoteCiphertext { epk: (*ristretto::blinding_base()).into(), enc: [0; ENC_BYTES], out: [0; OUT_BYTES] };
    let instance = TransferInstance {
        anchor: Anchor::new(Fr::from(1_u64)),
        nullifiers: [Nullifier::new(field(0)), Nullifier::new(field(1))],
        commitments: [NoteCommitment::new(field(2)), NoteCommitment::new(field(3))],
        rk: value,
        value_commitment: value,
        asset_revealed: asset.element(),
        contract_revealed: contract.hash().element(),
        window: Window::new(time(0), time(3_600)).unwrap(),
        mode: Mode::Tag,
        reveal: true,
        level: false,
    };
    TransferEffects {
        pool: PoolId([2; 32]),
        verifying_key: VerifyingKeyId([3; 32]),
        statement: TransferStatement::Transfer { instance, ciphertexts: vec![ciphertext.clone(), ciphertext] },
        contract: Some(*contract),
    }
}

/// The entries of a campaign that has succeeded.
fn entries() -> (CampaignId, Vec<LoggedTransaction>) {
    let keys = CampaignKeys::of_seed(&Seed::new([1; 32]), 0);
    let campaign = campaign(&keys);
    let (id, goal, asset) = (campaign.id(LEDGER), campaign.goal, campaign.asset);
    let contract = campaign.contracts(LEDGER).unwrap()[0];
    let sign = |action: &Action| Proof::signed(keys.sign(effects_of(action).digest()));
    let open = Action::Open(Box::new(campaign));
    let mut log = vec![entry(0, Vec::new(), &open, &sign(&open))];
    let held = *value_base() * JubjubScalar::from(AMOUNT);
    let commitments: Vec<JubjubPoint> = (1..=PLEDGES)
        .into_par_iter()
        .map(|number| JubjubPoint::new(held + *blinding_base() * JubjubScalar::from(number)))
        .collect();
    let mut ids = Vec::new();
    for (number, value) in (0..).zip(&commitments) {
        let action = Action::Pledge { campaign: id, transfers: vec![0] };
        log.push(entry(1, vec![pledge(number, *value, asset, &contract)], &action, &Proof::default()));
        ids.push(PledgeId::derive(id, log.last().unwrap().transaction.effects.digest(), 0));
    }
    for some in ids.chunks(MAX_ACKNOWLEDGED) {
        let action = Action::Acknowledge { campaign: id, pledges: some.to_vec() };
        log.push(entry(2, Vec::new(), &action, &sign(&action)));
    }
    let (sum, blinding) = (AMOUNT * PLEDGES, Scalar::from(5_u64));
    let r = JubjubScalar::from(PLEDGES * (PLEDGES + 1) / 2);
    let opening = BridgeOpening::new(u128::from(sum), r, blinding);
    let counted = u32::try_from(PLEDGES).unwrap();
    let terms = counted.try_into().unwrap();
    let raised = AmountOpening::new(NoteValue(sum), blinding).commitment();
    let action = Action::Succeed { campaign: id, counted, raised };
    let digest = effects_of(&action).digest();
    let context = ProofContext { ledger: LEDGER, digest, index: 0 };
    let statement = bridge_statement(opening.statement(terms).jubjub, terms, raised);
    let bridge = prove_bridge(&context, &statement, &opening, &mut OsRng).unwrap();
    let above = AmountOpening::new(NoteValue(sum - goal.0), blinding);
    let range = prove_range(&context, &goal_statement(id, goal, counted, &raised), &[above], &mut OsRng).unwrap();
    let proof = Proof { signature: Some(keys.sign(digest)), bridge: Some(bridge), range: Some(range) };
    log.push(entry(1_000, Vec::new(), &action, &proof));
    (id, log)
}

fn check<'a>(id: CampaignId, log: impl Iterator<Item = &'a LoggedTransaction>) {
    let mut audit = Audit::new(LEDGER, id);
    for (number, logged) in (0..).zip(log) {
        audit.read(number, logged, &mut OsRng).unwrap();
    }
    let report = audit.finish(&mut OsRng).unwrap();
    assert!(u64::from(report.counted) == PLEDGES && report.succeeded_at.is_some());
}

fn public(c: &mut Criterion) {
    let (id, log) = entries();
    let stored: Vec<Vec<u8>> = log.iter().map(|logged| borsh::to_vec(logged).unwrap()).collect();
    let mut group = c.benchmark_group("crowdfunding");
    group.sample_size(10).throughput(Throughput::Elements(PLEDGES));
    group.bench_function(format!("check/pledges={PLEDGES}"), |b| b.iter(|| check(id, log.iter())));
    group.bench_function(format!("decode-and-check/pledges={PLEDGES}"), |b| {
        b.iter(|| {
            let decoded: Vec<LoggedTransaction> =
                stored.par_iter().map(|bytes| borsh::from_slice(bytes).unwrap()).collect();
            check(id, decoded.iter());
        });
    });
    group.finish();
}

criterion_group!(benches, public);
criterion_main!(benches);
