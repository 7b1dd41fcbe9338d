//! Witness, proof and verification of each shape, on one thread and on all. Proving beside ark-groth16 is in `proving.rs`.
//!
//! `cargo bench -p tabella-benches --bench groth16`. Cases are named by what is done, shape and threads: `groth16/prove/cast/1`.
#![expect(missing_docs, reason = "criterion's macros make public functions")]

use std::{hint::black_box, time::Duration};

use ark_bls12_381::{Bls12_381, Fr};
use ark_groth16::{Groth16, prepare_verifying_key, r1cs_to_qap::LibsnarkReduction};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::rngs::OsRng;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tabella_circuits::{
    CastCircuit, TransferCircuit,
    testing::{SpendKind, random_cast, random_transfer},
};
use tabella_protocol::{
    statement::{CastInstance, Mode, Shape, Statement, TransferInstance},
    transaction::ProofBytes,
};
use tabella_prover::{groth16::Prover, parameters::Parameters};
use tabella_verifier::groth16::{ProofBatch, VerifyingKey};

type Stock = Groth16<Bls12_381, LibsnarkReduction>;

/// One statement that is proved again and again.
#[expect(clippy::large_enum_variant, reason = "a handful of cases")]
enum Case {
    Transfer(TransferInstance, TransferCircuit),
    Cast(CastInstance, CastCircuit),
}

impl Case {
    fn new(shape: Shape) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        match shape {
            Shape::Transfer => {
                let case = random_transfer(Mode::Tag, SpendKind::Claim, &mut rng);
                Self::Transfer(case.instance.clone(), TransferCircuit::new(case.instance, case.witness))
            }
            Shape::Cast => {
                let case = random_cast(SpendKind::Claim, &mut rng);
                Self::Cast(case.instance.clone(), CastCircuit::new(case.instance, case.witness))
            }
        }
    }

    fn public_inputs(&self) -> Vec<Fr> {
        match self {
            Self::Transfer(instance, _) => instance.public_inputs(),
            Self::Cast(instance, _) => instance.public_inputs(),
        }
    }

    fn assign(&self, prover: &Prover) {
        black_box(match self {
            Self::Transfer(_, circuit) => prover.assign(circuit.clone()),
            Self::Cast(_, circuit) => prover.assign(circuit.clone()),
        })
        .expect("the witness is valid");
    }

    fn prove(&self, prover: &Prover) -> ProofBytes {
        match self {
            Self::Transfer(_, circuit) => prover.prove(circuit.clone(), &mut OsRng),
            Self::Cast(_, circuit) => prover.prove(circuit.clone(), &mut OsRng),
        }
        .expect("the witness is valid")
    }
}

/// One thread, and all if there are more.
fn pools() -> Vec<ThreadPool> {
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let counts = if threads == 1 { vec![1] } else { vec![1, threads] };
    let pool = |count| ThreadPoolBuilder::new().num_threads(count).build().expect("threads can be made");
    counts.into_iter().map(pool).collect()
}

fn id(what: impl Into<String>, shape: Shape, pool: &ThreadPool) -> BenchmarkId {
    BenchmarkId::new(what, format!("{}/{}", shape.name(), pool.current_num_threads()))
}

fn proving(c: &mut Criterion) {
    let pools = pools();
    let parameters = Parameters::development().expect("the cache can be written");
    let mut group = c.benchmark_group("groth16");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for shape in Shape::ALL {
        let (prover, case) = (parameters.prover(shape), Case::new(shape));
        for pool in &pools {
            group.bench_function(id("witness", shape, pool), |b| b.iter(|| pool.install(|| case.assign(prover))));
            group.bench_function(id("prove", shape, pool), |b| b.iter(|| pool.install(|| case.prove(prover))));
        }
    }
    group.finish();
}

fn batch_of(key: &VerifyingKey, inputs: &[Fr], proofs: &[ProofBytes]) -> ProofBatch {
    let mut batch = ProofBatch::new();
    for proof in proofs {
        batch.push(key, inputs.to_vec(), *proof);
    }
    batch
}

fn verifying(c: &mut Criterion) {
    let pools = pools();
    let parameters = Parameters::development().expect("the cache can be written");
    let mut group = c.benchmark_group("groth16");
    for shape in Shape::ALL {
        let (prover, case) = (parameters.prover(shape), Case::new(shape));
        let (key, inputs) = (prover.verifying_key(), case.public_inputs());
        // A few proofs, repeated: the verifier's work does not depend on whether two are equal.
        let few: Vec<ProofBytes> = (0..4).map(|_| case.prove(prover)).collect();
        group.throughput(Throughput::Elements(1));
        for pool in &pools {
            group.bench_function(id("verify", shape, pool), |b| {
                b.iter(|| pool.install(|| key.verify(&inputs, &few[0])).expect("the proof is valid"));
            });
        }
        let stock = ark_groth16_key(key);
        let decoded = decode(&few[0]);
        group.bench_function(BenchmarkId::new("verify_ark_groth16_without_decoding", shape.name()), |b| {
            b.iter(|| assert!(Stock::verify_proof(&stock, &decoded, &inputs).expect("it never errs")));
        });
        for size in [16, 64, 256] {
            let proofs: Vec<ProofBytes> = few.iter().copied().cycle().take(size).collect();
            group.throughput(Throughput::Elements(size as u64));
            for pool in &pools {
                group.bench_function(id(format!("verify_batch_{size}"), shape, pool), |b| {
                    b.iter_batched(
                        || batch_of(key, &inputs, &proofs),
                        |batch| pool.install(|| batch.verify(&mut OsRng)).expect("the proofs are valid"),
                        BatchSize::LargeInput,
                    );
                });
            }
        }
    }
    group.finish();
}

fn decode(proof: &ProofBytes) -> ark_groth16::Proof<Bls12_381> {
    ark_serialize::CanonicalDeserialize::deserialize_compressed(proof.0.as_slice()).expect("the proof is valid")
}

/// The points of our encoding in arkworks' own, which has a count before the input points.
fn ark_groth16_key(key: &VerifyingKey) -> ark_groth16::PreparedVerifyingKey<Bls12_381> {
    const FIXED: usize = 48 + 3 * 96;
    let bytes = key.as_bytes();
    let count = ((bytes.len() - FIXED) / 48) as u64;
    let encoded = [&bytes[..FIXED], &count.to_le_bytes(), &bytes[FIXED..]].concat();
    let key = ark_serialize::CanonicalDeserialize::deserialize_compressed(encoded.as_slice());
    prepare_verifying_key(&key.expect("the key is valid"))
}

criterion_group!(benches, proving, verifying);
criterion_main!(benches);
