//! One Poseidon hash, and one of many at once, beside arkworks' sponge with the same constants.
#![expect(missing_docs, reason = "criterion's macros make public functions")]

use ark_bls12_381::Fr;
use ark_crypto_primitives::sponge::{
    CryptographicSponge, FieldBasedCryptographicSponge,
    poseidon::{PoseidonConfig, PoseidonSponge, find_poseidon_ark_and_mds},
};
use ark_ff::UniformRand;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tabella_protocol::{
    domain::Use,
    hash::{poseidon_hash, poseidon_hash_each},
};

const MANY: usize = 256;

fn hashes(c: &mut Criterion) {
    let mut group = c.benchmark_group("poseidon");
    let [x, y, z, w] = std::array::from_fn(|_| Fr::rand(&mut tabella_benches::rng()));
    group.bench_function(BenchmarkId::new("hash/width", 3), |b| b.iter(|| poseidon_hash(Use::Owner, [x, y])));
    group.bench_function(BenchmarkId::new("hash/width", 5), |b| b.iter(|| poseidon_hash(Use::Node, [x, y, z, w])));
    group.throughput(Throughput::Elements(MANY as u64));
    let many = [[x, y, z, w]; MANY];
    group.bench_function(format!("{MANY}_hashes/width/5"), |b| b.iter(|| poseidon_hash_each(Use::Node, &many)));
    group.throughput(Throughput::Elements(1));
    for (width, partial_rounds, inputs) in [(3, 57, vec![x, y]), (5, 60, vec![x, y, z, w])] {
        let rate = width - 1;
        let (ark, mds) = find_poseidon_ark_and_mds::<Fr>(255, rate, 8, partial_rounds as u64, 0);
        let config = PoseidonConfig { full_rounds: 8, partial_rounds, alpha: 5, ark, mds, rate, capacity: 1 };
        group.bench_function(BenchmarkId::new("ark_sponge/width", width), |b| {
            b.iter(|| {
                let mut sponge = PoseidonSponge::new(&config);
                sponge.absorb(&inputs);
                sponge.squeeze_native_field_elements(1)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, hashes);
criterion_main!(benches);
