//! Building a ballot, and verifying it alone and among others.
#![expect(missing_docs, reason = "criterion's macros make public functions")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tabella_benches::Booth;
use tabella_protocol::ballot::BallotProofKind;

fn ballots(c: &mut Criterion) {
    proved_by(c, "ballot", BallotProofKind::Compressed);
    proved_by(c, "ballot_disjunctive", BallotProofKind::Disjunctive);
}

fn proved_by(c: &mut Criterion, name: &str, proofs: BallotProofKind) {
    let mut group = c.benchmark_group(name);
    group.sample_size(20);
    for options in [8, 100] {
        let booth = Booth::new(options, proofs);
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("build/options", options), |b| b.iter(|| booth.build()));
        let ballot = booth.build();
        group.bench_function(BenchmarkId::new("verify/options", options), |b| b.iter(|| booth.verify(&ballot)));
        for size in [16_usize, 256] {
            let batch: Vec<_> = std::iter::repeat_with(|| booth.build()).take(size.min(16)).collect();
            let batch: Vec<_> = batch.iter().cloned().cycle().take(size).collect();
            group.throughput(Throughput::Elements(size as u64));
            group.bench_function(BenchmarkId::new(format!("verify_batch_{size}/options"), options), |b| {
                b.iter(|| booth.verify_all(&batch));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, ballots);
criterion_main!(benches);
