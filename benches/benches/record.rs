//! Verifying a whole election record, per ballot. The election is held once, before the measurement.
#![expect(missing_docs, reason = "criterion's macros make public functions")]
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::rngs::OsRng;
use tabella_verifier::{groth16::VerifyingKeys, record::verify_record};

const BALLOTS: usize = 40;

fn verify(c: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap();
    let record = tabella_benches::record(BALLOTS, directory.path());
    let accepted = VerifyingKeys::development();
    let mut group = c.benchmark_group("record");
    group.sample_size(10).throughput(Throughput::Elements(BALLOTS as u64));
    group.bench_function(format!("verify/ballots={BALLOTS}"), |b| {
        b.iter(|| assert!(verify_record(&record, &accepted, &mut OsRng, |_| ()).report.valid));
    });
    group.finish();
}

criterion_group!(benches, verify);
criterion_main!(benches);
