//! Spend-authority signatures, alone and in batches.
#![expect(missing_docs, reason = "criterion's macros make public functions")]
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::rngs::OsRng;
use tabella_protocol::{
    jubjub::JubjubPoint,
    transaction::{SignatureBytes, TransactionDigest},
};
use tabella_prover::wallet::testing::person;
use tabella_verifier::signature::{self, SignatureBatch};

fn signed(i: u8) -> (JubjubPoint, TransactionDigest, SignatureBytes) {
    let (key, digest) = (person(i), TransactionDigest([i; 32]));
    let signature = SignatureBytes(key.spend_authorizing_key().sign(OsRng, digest.as_bytes()).into());
    (*key.full_viewing_key().spend_validating_key().point(), digest, signature)
}

fn signatures(c: &mut Criterion) {
    let mut group = c.benchmark_group("signature");
    let some: Vec<_> = (1..=64).map(signed).collect();
    let (rk, digest, one) = &some[0];
    group.bench_function("verify", |b| b.iter(|| signature::verify(rk, digest, one).unwrap()));
    for size in [16, 64, 256] {
        let all: Vec<_> = some.iter().cycle().take(size).collect();
        let batch = || {
            let mut batch = SignatureBatch::new();
            for (rk, digest, signature) in &all {
                batch.push(rk, digest, signature);
            }
            batch
        };
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::new("verify_batch", size), |b| {
            b.iter_batched(batch, |batch| batch.verify(&mut OsRng).unwrap(), BatchSize::LargeInput);
        });
    }
    group.finish();
}

criterion_group!(benches, signatures);
criterion_main!(benches);
