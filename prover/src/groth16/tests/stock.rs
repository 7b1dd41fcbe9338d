//! Our proofs are the stock prover's, point by point, for the same circuit, witness and randomness.

use ark_bls12_381::{G1Affine, G2Affine};
use ark_ff::UniformRand;
use ark_relations::gr1cs::LinearCombination;
use rand::Rng;
use tabella_circuits::{
    CastCircuit, TransferCircuit,
    testing::{SpendKind, random_cast, random_transfer},
};
use tabella_protocol::statement::Mode;
use tabella_verifier::groth16::ParametersOrigin;

use super::*;
use crate::parameters::{DEVELOPMENT, Parameters, ParametersFile, default_directory, file_path};

/// What kind of rows and witnesses a random circuit has.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Few terms a row, of random coefficients and any witnesses.
    Sparse,
    /// Rows of up to 40 terms, many of them the same.
    Dense,
    /// All witnesses are 0 or 1.
    Boolean,
    /// Witnesses are small, coefficients too, and many rows are empty.
    Small,
}

const INPUTS: usize = 10;

/// A circuit drawn from a seed. Each constraint multiplies two random rows of earlier variables into a new variable.
#[derive(Clone)]
struct Random {
    kind: Kind,
    constraints: usize,
    seed: u64,
}

impl ConstraintSynthesizer<Fr> for Random {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let mut rng = ChaCha20Rng::seed_from_u64(self.seed);
        let mut known: Vec<(Variable, Fr)> = vec![(Variable::One, Fr::one())];
        for i in 0..INPUTS {
            let value = match self.kind {
                Kind::Boolean => Fr::from(i as u64 % 2),
                _ => Fr::from(i as u64),
            };
            known.push((cs.new_input_variable(|| Ok(value))?, value));
        }
        let mut last: Option<(Vec<(Fr, Variable)>, Fr)> = None;
        for _ in 0..self.constraints {
            let mut draw = |rng: &mut ChaCha20Rng| {
                let terms = match self.kind {
                    Kind::Sparse => rng.gen_range(1..4),
                    Kind::Dense if rng.gen_bool(0.6) && last.is_some() => return last.clone().unwrap(),
                    Kind::Dense => rng.gen_range(1..40),
                    Kind::Boolean => 1,
                    Kind::Small => rng.gen_range(0..3),
                };
                let mut row = Vec::new();
                let mut value = Fr::zero();
                for _ in 0..terms {
                    let (variable, x) = known[rng.gen_range(0..known.len())];
                    let coefficient = match self.kind {
                        Kind::Sparse | Kind::Dense => match rng.gen_range(0..4) {
                            0 => Fr::one(),
                            1 => -Fr::one(),
                            _ => Fr::rand(rng),
                        },
                        Kind::Boolean => Fr::one(),
                        Kind::Small => Fr::from(rng.gen_range(0..3u64)),
                    };
                    row.push((coefficient, variable));
                    value += coefficient * x;
                }
                last = Some((row.clone(), value));
                (row, value)
            };
            let ((a, a_value), (b, b_value)) = (draw(&mut rng), draw(&mut rng));
            let mut product = a_value * b_value;
            let mut c = vec![];
            if let Kind::Small = self.kind {
                // Keeps the witnesses small: the row of C has a constant that takes most of the product away.
                let rest = Fr::from(rng.gen_range(0..300u64));
                c.push((product - rest, Variable::One));
                product = rest;
            }
            let variable = cs.new_witness_variable(|| Ok(product))?;
            known.push((variable, product));
            c.push((Fr::one(), variable));
            let row = |terms: Vec<(Fr, Variable)>| {
                let mut row = LinearCombination(terms);
                row.compactify();
                row
            };
            cs.enforce_r1cs_constraint(|| row(a), || row(b), || row(c))?;
        }
        Ok(())
    }
}

type Stock = Groth16<Bls12_381, LibsnarkReduction>;

fn setup(circuit: &Random) -> (ProvingKey<Bls12_381>, Matrices) {
    let mut rng = ChaCha20Rng::seed_from_u64(circuit.seed + 1);
    let key = Stock::generate_random_parameters_with_reduction(circuit.clone(), &mut rng).unwrap();
    (key, Matrices::of_setup(circuit.clone()).unwrap())
}

/// A circuit with its witness, and what it is proved with. The key need not be one that verifies.
struct Subject<'a, C> {
    name: String,
    shape: Shape,
    circuit: C,
    key: &'a ProvingKey<Bls12_381>,
    matrices: &'a Matrices,
    /// Each of them is tried on each backend.
    table_budgets: &'a [usize],
}

impl<C: ConstraintSynthesizer<Fr> + Clone> Subject<'_, C> {
    /// Proves with the stock prover and with ours on every backend, and compares.
    fn assert_equal_proofs(&self, [r, s]: [Fr; 2]) {
        let mut stock = None;
        let budgets = |backend| self.table_budgets.iter().map(move |budget| (backend, *budget));
        for (backend, table_budget) in AnyBackend::available().into_iter().flat_map(budgets) {
            let options = ProverOptions { table_budget };
            let prover = Prover::on(backend, options, self.shape, self.key.clone(), self.matrices).unwrap();
            let assignment = prover.assign(self.circuit.clone()).unwrap();
            let stock = stock.get_or_insert_with(|| {
                Stock::create_proof_with_reduction_and_matrices(
                    self.key,
                    r,
                    s,
                    self.matrices.abc(),
                    self.matrices.instance_variables(),
                    self.matrices.constraints(),
                    assignment.variables(),
                )
                .unwrap()
            });
            let ours = create::create_proof(&prover.key, &prover.plan, &prover.domain, &assignment, [r, s]);
            assert_eq!(ours, *stock, "{} on {backend:?}, {options:?}", self.name);
        }
    }
}

/// A random circuit, without and with tables.
fn assert_equal_proofs(circuit: &Random, key: &ProvingKey<Bls12_381>, matrices: &Matrices, blinding: [Fr; 2]) {
    let subject = Subject {
        name: format!("{:?} with {} constraints", circuit.kind, circuit.constraints),
        shape: Shape::Cast,
        circuit: circuit.clone(),
        key,
        matrices,
        table_budgets: &[0, 32 << 20],
    };
    subject.assert_equal_proofs(blinding);
}

/// A real circuit under the development key, without tables.
fn assert_equal_real_proofs<C: ConstraintSynthesizer<Fr> + Clone>(
    shape: Shape,
    [blank, circuit]: [C; 2],
    blinding: [Fr; 2],
) {
    let pin = DEVELOPMENT.iter().find(|pin| pin.shape == shape).unwrap();
    let path = file_path(&default_directory().unwrap(), ParametersOrigin::Development, shape);
    let file = ParametersFile::from_pinned_bytes(&std::fs::read(path).unwrap(), pin.file).unwrap();
    let matrices = Matrices::of_setup(blank).unwrap();
    let name = shape.name().to_owned();
    let subject = Subject { name, shape, circuit, key: &file.key, matrices: &matrices, table_budgets: &[0] };
    subject.assert_equal_proofs(blinding);
}

#[test]
fn proof_of_a_random_circuit_is_the_stock_provers() {
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    for log_size in 4..=8 {
        for kind in [Kind::Sparse, Kind::Dense, Kind::Boolean, Kind::Small] {
            // From just over half of the domain to all of it.
            let size = 1 << log_size;
            let least = (size / 2_usize).saturating_sub(INPUTS);
            let constraints = rng.gen_range(least..=size - INPUTS - 1).max(1);
            let circuit = Random { kind, constraints, seed: rng.r#gen() };
            let (key, matrices) = setup(&circuit);
            assert_equal_proofs(&circuit, &key, &matrices, [Fr::rand(&mut rng), Fr::rand(&mut rng)]);
        }
    }
}

// `TABELLA_EXHAUSTIVE=1`: up to a domain of 2^14, which takes a minute for the setup.
#[test]
fn proof_of_a_large_circuit_is_the_stock_provers() {
    let mut rng = ChaCha20Rng::seed_from_u64(10);
    let largest = if std::env::var_os("TABELLA_EXHAUSTIVE").is_some_and(|value| value == "1") { 14 } else { 11 };
    for log_size in 11..=largest {
        let circuit = Random { kind: Kind::Sparse, constraints: (1 << log_size) - INPUTS - 1, seed: 11 };
        let (key, matrices) = setup(&circuit);
        assert_equal_proofs(&circuit, &key, &matrices, [Fr::rand(&mut rng), Fr::rand(&mut rng)]);
    }
}

#[test]
fn proofs_of_transfer_and_cast_are_the_stock_provers() {
    let mut rng = ChaCha20Rng::seed_from_u64(15);
    // Puts the parameters into the cache, if they are not there.
    let _ = Parameters::development().unwrap();
    let blinding = |rng: &mut ChaCha20Rng| [Fr::rand(rng), Fr::rand(rng)];
    let case = random_transfer(Mode::Exit, SpendKind::GuardedClaim, &mut rng);
    let circuits = [TransferCircuit::blank(), TransferCircuit::new(case.instance, case.witness)];
    assert_equal_real_proofs(Shape::Transfer, circuits, blinding(&mut rng));
    let case = random_cast(SpendKind::Claim, &mut rng);
    let circuits = [CastCircuit::blank(), CastCircuit::new(case.instance, case.witness)];
    assert_equal_real_proofs(Shape::Cast, circuits, blinding(&mut rng));
}

#[test]
fn proof_without_blinding_is_the_stock_provers() {
    let circuit = Random { kind: Kind::Dense, constraints: 100, seed: 12 };
    let (key, matrices) = setup(&circuit);
    for blinding in [[Fr::zero(); 2], [Fr::one(), Fr::zero()], [Fr::zero(), Fr::one()], [-Fr::one(); 2]] {
        assert_equal_proofs(&circuit, &key, &matrices, blinding);
    }
}

#[test]
fn key_with_points_at_infinity_and_repeated_points_gives_the_stock_provers_proof() {
    let mut rng = ChaCha20Rng::seed_from_u64(13);
    for kind in [Kind::Sparse, Kind::Boolean, Kind::Small] {
        let circuit = Random { kind, constraints: 200, seed: 14 };
        let (mut key, matrices) = setup(&circuit);
        for i in 0..key.a_query.len() {
            match i % 5 {
                0 => key.a_query[i] = G1Affine::identity(),
                1 => key.b_g2_query[i] = G2Affine::identity(),
                2 => key.b_g1_query[i] = -key.b_g1_query[i / 2],
                3 => key.b_g2_query[i] = key.b_g2_query[i / 2],
                _ => key.a_query[i] = key.a_query[1],
            }
        }
        for i in 0..key.l_query.len() {
            match i % 3 {
                0 => key.l_query[i] = key.h_query[1],
                1 => key.h_query[i] = -key.l_query[0],
                _ => key.l_query[i] = G1Affine::identity(),
            }
        }
        key.delta_g1 = key.a_query[1];
        assert_equal_proofs(&circuit, &key, &matrices, [Fr::rand(&mut rng), Fr::rand(&mut rng)]);
    }
}
