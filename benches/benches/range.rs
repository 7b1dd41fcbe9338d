//! Range proofs: one alone, many in one equation, and the verifier of the crate `bulletproofs`, which takes one after the other.
#![expect(missing_docs, reason = "criterion's macros make public functions")]

use bulletproofs::{BulletproofGens, PedersenGens, RangeProof};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use curve25519_dalek::ristretto::CompressedRistretto;
use rand::rngs::OsRng;
use tabella_protocol::{
    note::NoteValue,
    range::{MAX_RANGE_COMMITMENTS, RANGE_BITS, RangeStatement},
    transaction::{LedgerId, TransactionDigest},
    transcript::ProofContext,
};
use tabella_prover::account::{AmountOpening, prove_range};
use tabella_verifier::range::{RangeObligation, verify_range, verify_ranges};

/// Proofs of a block.
const BATCH: u32 = 64;

fn prove(index: u32, commitments: u64) -> RangeObligation {
    let context = ProofContext { ledger: LedgerId([1; 32]), digest: TransactionDigest([2; 32]), index };
    let openings: Vec<_> = (0..commitments).map(|value| AmountOpening::hidden(NoteValue(value), &mut OsRng)).collect();
    let statement = RangeStatement {
        purpose: b"benchmark".to_vec(),
        commitments: openings.iter().map(AmountOpening::commitment).collect(),
    };
    let proof = prove_range(&context, &statement, &openings, &mut OsRng).expect("openings of the commitments");
    RangeObligation { context, statement, proof }
}

/// As the crate verifies it.
fn verify_by_crate(generators: &BulletproofGens, item: &RangeObligation) {
    let commitments = item.statement.commitments.iter().map(|element| CompressedRistretto(*element.as_bytes()));
    let commitments: Vec<_> = commitments.collect();
    let mut transcript = item.statement.transcript(&item.context);
    RangeProof::from_bytes(&item.proof.0)
        .and_then(|proof| {
            let bases = PedersenGens::default();
            proof.verify_multiple_with_rng(generators, &bases, &mut transcript, &commitments, RANGE_BITS, &mut OsRng)
        })
        .expect("a proof");
}

fn ranges(c: &mut Criterion) {
    let generators = BulletproofGens::new(RANGE_BITS, MAX_RANGE_COMMITMENTS);
    let mut group = c.benchmark_group("range");
    group.sample_size(20);
    for commitments in [1, 2, 16] {
        let batch: Vec<_> = (0..BATCH).map(|index| prove(index, commitments)).collect();
        let all: Vec<_> = batch.iter().collect();
        let item = &batch[0];
        let name = |name: &str| BenchmarkId::new(format!("{name}/commitments"), commitments);
        group.throughput(Throughput::Elements(1));
        group.bench_function(name("verify"), |b| {
            b.iter(|| verify_range(&item.context, &item.statement, &item.proof, &mut OsRng).expect("a proof"));
        });
        group.bench_function(name("verify_crate"), |b| b.iter(|| verify_by_crate(&generators, item)));
        group.throughput(Throughput::Elements(u64::from(BATCH)));
        group.bench_function(name(&format!("verify_batch_{BATCH}")), |b| {
            b.iter(|| verify_ranges(&all, &mut OsRng).expect("proofs"));
        });
        group.bench_function(name(&format!("verify_crate_{BATCH}")), |b| {
            b.iter(|| batch.iter().for_each(|item| verify_by_crate(&generators, item)));
        });
    }
    group.finish();
}

criterion_group!(benches, ranges);
criterion_main!(benches);
