//! Our prover beside ark-groth16 (`parallel`, `asm`): the same key, the same circuit, in turns, the least of the times.
//! Elapsed time, and the time of all processors, which other work on the machine disturbs less.
//!
//! `cargo bench -p tabella-benches --bench proving [-- SIZE…]` proves the shapes and synthetic circuits of 2^10 to 2^14
//! constraints, or of the sizes that are given (`99500`, `131072`, …), each on one thread and on all.
//! `TABELLA_ARITHMETIC=avx2` does without AVX-512, `portable` without any vector instructions. `TABELLA_TABLES=256` allows as many MiB for
//! tables. `REPETITIONS=7` sets how often.

use std::{
    env, fmt, fs,
    time::{Duration, Instant},
};

use ark_bls12_381::{Bls12_381, Fr};
use ark_ff::{Field, UniformRand};
use ark_groth16::{Groth16, ProvingKey, r1cs_to_qap::LibsnarkReduction};
use ark_relations::{
    gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError, Variable},
    lc,
};
use rand::{Rng, rngs::OsRng};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tabella_circuits::{
    CastCircuit, TransferCircuit,
    matrices::Matrices,
    testing::{SpendKind, random_cast, random_transfer},
};
use tabella_protocol::statement::{CastInstance, Mode, Shape};
use tabella_prover::{
    groth16::{Prover, ProverOptions},
    parameters::development_setup,
};

type Stock = Groth16<Bls12_381, LibsnarkReduction>;

/// Each constraint multiplies the sum of two earlier variables by a third: `(x + k·y)·z = new`, all of full size.
#[derive(Clone)]
struct Synthetic {
    constraints: usize,
}

impl ConstraintSynthesizer<Fr> for Synthetic {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut known: Vec<(Variable, Fr)> = Vec::with_capacity(self.constraints + CastInstance::PUBLIC_INPUTS);
        for _ in 0..CastInstance::PUBLIC_INPUTS {
            let value = Fr::rand(&mut rng);
            known.push((cs.new_input_variable(|| Ok(value))?, value));
        }
        for _ in 0..self.constraints {
            let [x, y, z] = [(); 3].map(|()| known[rng.gen_range(0..known.len())]);
            let k = Fr::from(3u64);
            let value = (x.1 + k * y.1) * z.1;
            let new = cs.new_witness_variable(|| Ok(value))?;
            cs.enforce_r1cs_constraint(|| lc!() + x.0 + (k, y.0), || lc!() + z.0, || lc!() + new)?;
            known.push((new, value));
        }
        Ok(())
    }
}

/// One circuit with everything that both provers need.
struct Case<C> {
    name: String,
    circuit: C,
    key: ProvingKey<Bls12_381>,
    matrices: Matrices,
    prover: Prover,
}

impl<C: ConstraintSynthesizer<Fr> + Clone + Sync> Case<C> {
    fn new(name: String, shape: Shape, circuit: C, key: ProvingKey<Bls12_381>, matrices: Matrices) -> Self {
        let prover = Prover::with_options(options(), shape, key.clone(), &matrices).expect("key and circuit fit");
        Self { name, circuit, key, matrices, prover }
    }

    fn run(&self, pools: &[ThreadPool], repetitions: usize) {
        let values = values(self.circuit.clone());
        for pool in pools {
            let [mut witness, mut prove, mut stock] = [Least::default(); 3];
            for _ in 0..repetitions {
                let assign = || self.prover.assign(self.circuit.clone()).expect("the witness is valid");
                let assignment = witness.of(|| pool.install(assign));
                let ours = || self.prover.prove_assignment(&assignment, &mut OsRng).expect("the witness is valid");
                prove.of(|| pool.install(ours));
                stock.of(|| pool.install(|| self.prove_stock(&values)));
            }
            println!(
                "{:<10} {:>7} {:>7} {:>19} {:>19} {:>19} {:>13}",
                self.name,
                self.matrices.constraints(),
                pool.current_num_threads(),
                witness.to_string(),
                prove.to_string(),
                stock.to_string(),
                format!(
                    "{:.2} {:.2}",
                    stock.elapsed.as_secs_f64() / prove.elapsed.as_secs_f64(),
                    stock.processors.as_secs_f64() / prove.processors.as_secs_f64()
                )
            );
        }
    }

    fn prove_stock(&self, values: &[Fr]) -> ark_groth16::Proof<Bls12_381> {
        Stock::create_proof_with_reduction_and_matrices(
            &self.key,
            Fr::rand(&mut OsRng),
            Fr::rand(&mut OsRng),
            self.matrices.abc(),
            self.matrices.instance_variables(),
            self.matrices.constraints(),
            values,
        )
        .expect("the lengths fit")
    }
}

/// Tables of `TABELLA_TABLES` MiB.
fn options() -> ProverOptions {
    let mebibytes = env::var("TABELLA_TABLES").ok().and_then(|text| text.parse::<usize>().ok());
    ProverOptions { table_budget: mebibytes.unwrap_or(0) << 20 }
}

fn values(circuit: impl ConstraintSynthesizer<Fr>) -> Vec<Fr> {
    use ark_relations::gr1cs::{ConstraintSystem, SynthesisMode};
    let cs = ConstraintSystem::new_ref();
    cs.set_mode(SynthesisMode::Prove { construct_matrices: false, generate_lc_assignments: false });
    circuit.generate_constraints(cs.clone()).expect("the witness is valid");
    let mut values = cs.instance_assignment().expect("there is an assignment").to_vec();
    values.extend(cs.witness_assignment().expect("there is an assignment"));
    assert_eq!(values.first(), Some(&Fr::ONE));
    values
}

/// The least times of some work.
#[derive(Clone, Copy)]
struct Least {
    elapsed: Duration,
    processors: Duration,
}

impl Default for Least {
    fn default() -> Self {
        Self { elapsed: Duration::MAX, processors: Duration::MAX }
    }
}

impl fmt::Display for Least {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} {:.2}", self.elapsed.as_secs_f64() * 1e3, self.processors.as_secs_f64() * 1e3)
    }
}

impl Least {
    fn of<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (start, used) = (Instant::now(), processor_time());
        let result = work();
        self.elapsed = start.elapsed().min(self.elapsed);
        self.processors = processor_time().saturating_sub(used).min(self.processors);
        result
    }
}

/// The time that this process has run, as Linux tells it in hundredths of a second; zero elsewhere.
fn processor_time() -> Duration {
    let ticks = || {
        let text = fs::read_to_string("/proc/self/stat").ok()?;
        // The command's name, in brackets, may hold anything; after it, user and system time are fields 11 and 12.
        let fields = text.rsplit(')').next()?.split_whitespace().skip(11).take(2);
        fields.map(|field| field.parse::<u64>().ok()).sum::<Option<u64>>()
    };
    Duration::from_millis(10 * ticks().unwrap_or(0))
}

fn main() {
    let sizes: Vec<usize> = env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let repetitions = env::var("REPETITIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let pools = [1, threads].map(|n| ThreadPoolBuilder::new().num_threads(n).build().expect("threads can be made"));
    println!(
        "{:<10} {:>7} {:>7} {:>19} {:>19} {:>19} {:>13}",
        "ms", "rows", "threads", "witness", "ours", "ark", "ark/ours"
    );
    if sizes.is_empty() {
        shapes(&pools, repetitions);
    }
    let sizes = if sizes.is_empty() { (10..=14).map(|log| (1 << log) - 11).collect() } else { sizes };
    for constraints in sizes {
        let circuit = Synthetic { constraints };
        let key =
            Stock::generate_random_parameters_with_reduction(circuit.clone(), &mut OsRng).expect("it is satisfied");
        let matrices = Matrices::of_setup(circuit.clone()).expect("it is satisfied");
        Case::new("synthetic".into(), Shape::Cast, circuit, key, matrices).run(&pools, repetitions);
    }
    if let Some(peak) = peak_memory() {
        println!("peak memory of this process: {peak}");
    }
}

fn shapes(pools: &[ThreadPool], repetitions: usize) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let key = |shape| development_setup(shape).expect("the circuit is the pinned one").key;
    let case = random_transfer(Mode::Tag, SpendKind::Claim, &mut rng);
    let circuit = TransferCircuit::new(case.instance, case.witness);
    let matrices = Matrices::of_setup(TransferCircuit::blank()).expect("it asks for no witness");
    let name = |shape: Shape| shape.name().to_owned();
    Case::new(name(Shape::Transfer), Shape::Transfer, circuit, key(Shape::Transfer), matrices).run(pools, repetitions);
    let case = random_cast(SpendKind::Claim, &mut rng);
    let circuit = CastCircuit::new(case.instance, case.witness);
    let matrices = Matrices::of_setup(CastCircuit::blank()).expect("it asks for no witness");
    Case::new(name(Shape::Cast), Shape::Cast, circuit, key(Shape::Cast), matrices).run(pools, repetitions);
}

/// As Linux tells it.
fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.trim_start_matches("VmHWM:").trim().to_owned())
}
