//! One contribution: a person's, or a beacon's.

use ark_bls12_381::Fr;
use ark_ec::CurveGroup;
use ark_ff::{Field, One, PrimeField, UniformRand, Zero};
use ark_serialize::CanonicalSerialize;
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{domain::personal, hash::blake2b_512};
use tabella_verifier::setup::{
    Author, Beacon, CeremonyError, Checked, Circuit, KnowledgeProof, MAX_RECORDS, Part, Phase, Powers, Progress,
    ProgressFn, Queries, Record, Secret, SecretPoints, Text, Transcript, TranscriptHash, check, knowledge_challenge,
    queries_digest,
};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use super::{
    derive::initial_queries,
    group::{multiply_by_powers, wiped},
};

/// What is contributed.
#[derive(Debug)]
pub enum Contribution<'c> {
    /// By a person.
    Person {
        /// The name that will stand in the transcript.
        name: Text,
        /// Anything that others cannot guess, mixed with the randomness of the operating system. May be empty.
        entropy: &'c [u8],
    },
    /// By a public random value. Ends the phase.
    Beacon(Beacon),
}

/// Why nothing was contributed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ContributionError {
    /// The transcript is not right as it is: do not build on it.
    #[error("the transcript is refused, so nothing was contributed: {0}")]
    Transcript(#[from] CeremonyError),
    /// Both beacons are there.
    #[error("the ceremony is complete: nothing can be contributed any more")]
    Complete,
    /// The phase is full.
    #[error("the phase has {MAX_RECORDS} contributions, the most that a transcript holds; end it with a beacon")]
    Full,
    /// A beacon first: everybody would know the secrets.
    #[error("nobody has contributed to {0} yet: a beacon alone would make its secrets public")]
    NoContributor(Phase),
    /// The powers do not suffice for the circuit, which the check of the transcript excludes.
    #[error("the powers are too short for the circuit")]
    Powers,
    /// A secret that came out 0, by a chance of 2^-255.
    #[error("the randomness gave an unusable secret; try again")]
    Degenerate,
}

/// Checks a transcript and contributes to the phase that it is in. A beacon of the first phase also derives the queries that
/// the second begins with.
///
/// # Errors
/// [`ContributionError`].
pub fn contribute(
    mut transcript: Transcript,
    circuits: &[Circuit; 2],
    contribution: Contribution<'_>,
    rng: &mut (impl RngCore + CryptoRng),
    progress: &ProgressFn<'_>,
) -> Result<Transcript, ContributionError> {
    let hash = check(&transcript, circuits, rng, progress).as_ref().map(Checked::hash).map_err(|error| *error)?;
    let phase = transcript.phase().ok_or(ContributionError::Complete)?;
    let records = transcript.records(phase).len();
    if records >= MAX_RECORDS {
        return Err(ContributionError::Full);
    }
    if records == 0 && matches!(contribution, Contribution::Beacon(_)) {
        return Err(ContributionError::NoContributor(phase));
    }
    let (author, factors) = match contribution {
        Contribution::Person { name, entropy } => (Author::Contributor(name), draw(phase, &hash, entropy, rng)),
        Contribution::Beacon(beacon) => {
            let seed = beacon.seed(progress);
            let factors = phase.secrets().iter().map(|secret| Beacon::factor(&seed, &hash, *secret)).collect();
            (Author::Beacon(beacon), Zeroizing::new(factors))
        }
    };
    if factors.iter().any(Fr::is_zero) {
        return Err(ContributionError::Degenerate);
    }
    let before = transcript.secrets(phase);
    apply(&mut transcript, phase, &factors, progress)?;
    let record = describe(&transcript, phase, author, hash, &before, &factors, rng);
    let ends_powers = phase == Phase::Powers && matches!(record.author, Author::Beacon(_));
    match phase {
        Phase::Powers => transcript.powers_records.push(record),
        Phase::Queries => transcript.queries_records.push(record),
    }
    if ends_powers {
        let [transfer, cast] = circuits;
        let derive = |circuit| initial_queries(circuit, &transcript.powers, progress).ok_or(ContributionError::Powers);
        transcript.queries = Some([derive(transfer)?, derive(cast)?]);
    }
    Ok(transcript)
}

/// The factors of a person: from 64 bytes of the operating system, the contributor's entropy and the transcript before.
pub(super) fn draw(
    phase: Phase,
    previous: &TranscriptHash,
    entropy: &[u8],
    rng: &mut (impl RngCore + CryptoRng),
) -> Zeroizing<Vec<Fr>> {
    let mut random = Zeroizing::new([0; 64]);
    rng.fill_bytes(random.as_mut_slice());
    let parts: [&[u8]; 4] = [b"contribution", &previous.0, random.as_slice(), entropy];
    let key = Zeroizing::new(blake2b_512(personal::SETUP_SECRET, &parts));
    let factor = |secret: &Secret| {
        let parts: [&[u8]; 3] = [b"factor", key.as_slice(), secret.name().as_bytes()];
        let wide = Zeroizing::new(blake2b_512(personal::SETUP_SECRET, &parts));
        Fr::from_le_bytes_mod_order(wide.as_slice())
    };
    Zeroizing::new(phase.secrets().iter().map(factor).collect())
}

/// Multiplies the factors into powers or queries.
pub(super) fn apply(
    transcript: &mut Transcript,
    phase: Phase,
    factors: &[Fr],
    progress: &ProgressFn<'_>,
) -> Result<(), ContributionError> {
    let done = |steps| progress(Progress::Done(steps));
    match (phase, factors, &mut transcript.queries) {
        (Phase::Powers, [tau, alpha, beta], _) => {
            let Powers { tau_g1, tau_g2, alpha_g1, beta_g1 } = &mut transcript.powers;
            let points = tau_g1.len() + tau_g2.len() + alpha_g1.len() + beta_g1.len();
            progress(Progress::Begin(Part::Contributing, points as u64));
            multiply_by_powers(tau_g1, &Fr::one(), tau, &done);
            multiply_by_powers(tau_g2, &Fr::one(), tau, &done);
            multiply_by_powers(alpha_g1, alpha, tau, &done);
            multiply_by_powers(beta_g1, beta, tau, &done);
        }
        (Phase::Queries, deltas, Some(queries)) => {
            let points: usize = queries.iter().map(|queries| queries.h.len() + queries.l.len()).sum();
            progress(Progress::Begin(Part::Contributing, points as u64));
            for (Queries { h, l, .. }, delta) in queries.iter_mut().zip(deltas) {
                let mut inverse = delta.inverse().ok_or(ContributionError::Degenerate)?;
                let inverse = wiped(&mut inverse);
                multiply_by_powers(h, &inverse, &Fr::one(), &done);
                multiply_by_powers(l, &inverse, &Fr::one(), &done);
            }
        }
        _ => return Err(ContributionError::Powers),
    }
    Ok(())
}

/// The record of a contribution, with its proofs of knowledge.
pub(super) fn describe(
    transcript: &Transcript,
    phase: Phase,
    author: Author,
    previous: TranscriptHash,
    before: &[SecretPoints],
    factors: &[Fr],
    rng: &mut (impl RngCore + CryptoRng),
) -> Record {
    let multiply = |(before, factor): (&SecretPoints, &Fr)| SecretPoints {
        g1: (before.g1 * factor).into_affine(),
        g2: before.g2.map(|point| (point * factor).into_affine()),
    };
    let points = before.iter().zip(factors).map(multiply).collect();
    let digest = match (phase, &transcript.queries) {
        (Phase::Queries, Some(queries)) => queries_digest(queries),
        _ => transcript.powers.digest(),
    };
    let mut record = Record { author, previous, points, digest, proofs: Vec::new() };
    if matches!(record.author, Author::Contributor(_)) {
        let secrets = phase.secrets().iter().zip(before).zip(factors);
        let prove = |((secret, before), factor): ((&Secret, &SecretPoints), &Fr)| {
            prove_knowledge(&record, phase, *secret, before, factor, rng)
        };
        record.proofs = secrets.map(prove).collect();
    }
    record
}

/// Schnorr's proof. The nonce is hedged: from fresh randomness, the factor and everything that is proved.
fn prove_knowledge(
    record: &Record,
    phase: Phase,
    secret: Secret,
    before: &SecretPoints,
    factor: &Fr,
    rng: &mut (impl RngCore + CryptoRng),
) -> KnowledgeProof {
    let merlin = record.knowledge_transcript(phase, secret, before.g1);
    let mut witness = Zeroizing::new([0; 32]);
    factor.serialize_compressed(witness.as_mut_slice()).expect("a scalar has 32 bytes");
    let mut nonces = merlin.build_rng().rekey_with_witness_bytes(b"factor", witness.as_slice()).finalize(rng);
    let mut nonce = Fr::rand(&mut nonces);
    let commitment = (before.g1 * nonce).into_affine();
    let response = nonce + knowledge_challenge(merlin, &commitment) * factor;
    nonce.zeroize();
    KnowledgeProof { commitment, response }
}
