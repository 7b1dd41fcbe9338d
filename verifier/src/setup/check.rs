//! Whether a transcript is right.

use ark_bls12_381::{Bls12_381, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::statement::Shape;
use thiserror::Error;

use super::{
    Author, Beacon, Circuit, Part, Phase, PowersError, Progress, ProgressFn, QueryError, Record, Secret, SecretPoints,
    Transcript, TranscriptHash,
    points::pairings_equal,
    record::knowledge_challenge,
    transcript::{MAX_RECORDS, queries_digest},
};
use crate::groth16::{VerifyingKey, VerifyingKeyError};

/// Why a transcript is refused. Contributions are numbered from 1 in each phase.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CeremonyError {
    /// The ceremony is for other circuits than those of this program.
    #[error("the ceremony is for matrices {}, but the circuit of shape {} has {}", hex::encode(.found), shape.name(), hex::encode(.expected))]
    OtherCircuit {
        /// The shape.
        shape: Shape,
        /// Digest of the matrices in the transcript.
        found: [u8; 32],
        /// Digest of the circuit's.
        expected: [u8; 32],
    },
    /// More contributions than the format holds.
    #[error("{phase} has more than {MAX_RECORDS} contributions")]
    TooMany {
        /// The phase.
        phase: Phase,
    },
    /// A contribution was made on another transcript: one was left out, put in, moved or altered before it.
    #[error("contribution {number} of {phase} does not build on the one before it")]
    NotBuiltOnLast {
        /// The phase.
        phase: Phase,
        /// Which.
        number: usize,
    },
    /// Only the last contribution of a phase is a beacon.
    #[error("contribution {number} of {phase} is a beacon, and others follow it")]
    BeaconNotLast {
        /// The phase.
        phase: Phase,
        /// Which.
        number: usize,
    },
    /// A phase of a beacon only: everybody knows its secrets.
    #[error("{phase} has no contributor, only a beacon: its secrets are public")]
    NoContributor {
        /// The phase.
        phase: Phase,
    },
    /// A contribution has not one entry and one proof for each secret of its phase.
    #[error("contribution {number} of {phase} has not one point and one proof for each secret")]
    Form {
        /// The phase.
        phase: Phase,
        /// Which.
        number: usize,
    },
    /// A contributor does not prove that he knows his factor, or multiplied it into something else.
    #[error("contribution {number} of {phase} does not prove knowledge of its {}", secret.name())]
    Knowledge {
        /// The phase.
        phase: Phase,
        /// Which.
        number: usize,
        /// Of which secret.
        secret: Secret,
    },
    /// A beacon's factor is not the one that follows from its value.
    #[error("contribution {number} of {phase} has not the {} that follows from the beacon", secret.name())]
    Beacon {
        /// The phase.
        phase: Phase,
        /// Which.
        number: usize,
        /// Which secret.
        secret: Secret,
    },
    /// A secret differs between the two groups.
    #[error("contribution {number} of {phase} has another {} in G2 than in G1", secret.name())]
    Groups {
        /// The phase.
        phase: Phase,
        /// Which.
        number: usize,
        /// Which secret.
        secret: Secret,
    },
    /// The powers or queries are not those that the last contribution left behind.
    #[error("the lists of {phase} are not those that its last contribution left behind")]
    Digest {
        /// The phase.
        phase: Phase,
    },
    /// The powers.
    #[error(transparent)]
    Powers(#[from] PowersError),
    /// The queries, or parts of the transcript, are there too early or missing.
    #[error("the transcript has queries, but the first phase has not ended, or the other way round")]
    Phases,
    /// The queries of a shape.
    #[error("shape {}: {error}", shape.name())]
    Queries {
        /// The shape.
        shape: Shape,
        /// What is wrong.
        error: QueryError,
    },
    /// δ = ±γ although somebody contributed: anybody could forge proofs.
    #[error("delta of shape {} is that of a ceremony without contributions, up to sign", shape.name())]
    DeltaIsGamma {
        /// The shape.
        shape: Shape,
    },
    /// The verifying key that comes out is refused.
    #[error("the verifying key of shape {} is refused: {error}", shape.name())]
    VerifyingKey {
        /// The shape.
        shape: Shape,
        /// Why.
        error: VerifyingKeyError,
    },
    /// The ceremony is right so far, but not complete.
    #[error("the ceremony is not complete: {0} has not ended with a beacon")]
    Incomplete(Phase),
}

/// How far a ceremony that was checked has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Contributions to this phase are awaited.
    Open(Phase),
    /// Both beacons are there: these are the verifying keys, transfer first.
    Complete([VerifyingKey; 2]),
}

/// A transcript that was checked.
#[derive(Clone, Debug)]
pub struct Checked<'t> {
    transcript: &'t Transcript,
    hash: TranscriptHash,
    state: State,
}

impl<'t> Checked<'t> {
    /// The transcript.
    #[must_use]
    pub const fn transcript(&self) -> &'t Transcript {
        self.transcript
    }

    /// Hash of the whole transcript.
    #[must_use]
    pub const fn hash(&self) -> TranscriptHash {
        self.hash
    }

    /// How far it has come.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The verifying keys, transfer first.
    ///
    /// # Errors
    /// [`CeremonyError::Incomplete`] before the last beacon.
    pub const fn verifying_keys(&self) -> Result<&[VerifyingKey; 2], CeremonyError> {
        match &self.state {
            State::Open(phase) => Err(CeremonyError::Incomplete(*phase)),
            State::Complete(keys) => Ok(keys),
        }
    }
}

/// Checks a transcript from its first to its last byte, against the circuits that it should be for.
///
/// # Errors
/// [`CeremonyError`].
pub fn check<'t>(
    transcript: &'t Transcript,
    circuits: &[Circuit; 2],
    rng: &mut (impl RngCore + CryptoRng),
    progress: &ProgressFn<'_>,
) -> Result<Checked<'t>, CeremonyError> {
    for (found, circuit) in transcript.circuits.iter().zip(circuits) {
        let expected = circuit.description();
        if found != expected {
            let (found, expected) = (found.matrices, expected.matrices);
            return Err(CeremonyError::OtherCircuit { shape: circuit.shape(), found, expected });
        }
    }
    let mut hash = transcript.initial_hash();
    hash = check_chain(transcript, Phase::Powers, hash, progress)?;
    check_powers(transcript, rng, progress)?;
    let ended = transcript.phase() != Some(Phase::Powers);
    if ended != transcript.queries.is_some() || !ended && !transcript.queries_records.is_empty() {
        return Err(CeremonyError::Phases);
    }
    if ended {
        hash = check_chain(transcript, Phase::Queries, hash, progress)?;
        check_queries(transcript, circuits, rng, progress)?;
    }
    let state = match transcript.phase() {
        Some(phase) => State::Open(phase),
        None => State::Complete([key(transcript, Shape::Transfer)?, key(transcript, Shape::Cast)?]),
    };
    Ok(Checked { transcript, hash, state })
}

/// Each contribution builds on the one before, and whoever made it knew by what he multiplied.
fn check_chain(
    transcript: &Transcript,
    phase: Phase,
    mut hash: TranscriptHash,
    progress: &ProgressFn<'_>,
) -> Result<TranscriptHash, CeremonyError> {
    let records = transcript.records(phase);
    if records.len() > MAX_RECORDS {
        return Err(CeremonyError::TooMany { phase });
    }
    let mut before: Vec<SecretPoints> = phase.secrets().iter().copied().map(SecretPoints::initial).collect();
    for (number, record) in (1..).zip(records) {
        if record.previous != hash {
            return Err(CeremonyError::NotBuiltOnLast { phase, number });
        }
        let proofs = match &record.author {
            Author::Contributor(_) => before.len(),
            Author::Beacon(_) => 0,
        };
        let in_groups = |(secret, points): (&Secret, &SecretPoints)| secret.is_in_g2() == points.g2.is_some();
        if record.points.len() != before.len()
            || record.proofs.len() != proofs
            || !phase.secrets().iter().zip(&record.points).all(in_groups)
        {
            return Err(CeremonyError::Form { phase, number });
        }
        match &record.author {
            Author::Contributor(_) => check_knowledge(record, &before, phase, number)?,
            Author::Beacon(_) if number != records.len() => {
                return Err(CeremonyError::BeaconNotLast { phase, number });
            }
            Author::Beacon(_) if number == 1 => return Err(CeremonyError::NoContributor { phase }),
            Author::Beacon(beacon) => check_beacon(beacon, record, &before, (phase, number), progress)?,
        }
        for (secret, points) in phase.secrets().iter().zip(&record.points) {
            if let Some(g2) = points.g2
                && !pairings_equal(points.g1, G2Affine::generator(), G1Affine::generator(), g2)
            {
                return Err(CeremonyError::Groups { phase, number, secret: *secret });
            }
        }
        hash = hash.after(phase, record);
        before.clone_from(&record.points);
    }
    Ok(hash)
}

fn check_knowledge(record: &Record, before: &[SecretPoints], phase: Phase, number: usize) -> Result<(), CeremonyError> {
    let secrets = phase.secrets().iter().zip(before).zip(&record.points).zip(&record.proofs);
    for (((secret, before), after), proof) in secrets {
        let merlin = record.knowledge_transcript(phase, *secret, before.g1);
        let challenge = knowledge_challenge(merlin, &proof.commitment);
        if !proof.verifies(challenge, before.g1, after.g1) {
            return Err(CeremonyError::Knowledge { phase, number, secret: *secret });
        }
    }
    Ok(())
}

fn check_beacon(
    beacon: &Beacon,
    record: &Record,
    before: &[SecretPoints],
    (phase, number): (Phase, usize),
    progress: &ProgressFn<'_>,
) -> Result<(), CeremonyError> {
    let seed = beacon.seed(progress);
    for ((secret, before), after) in phase.secrets().iter().zip(before).zip(&record.points) {
        let factor = Beacon::factor(&seed, &record.previous, *secret);
        if (before.g1 * factor).into_affine() != after.g1 {
            return Err(CeremonyError::Beacon { phase, number, secret: *secret });
        }
    }
    Ok(())
}

fn check_powers(
    transcript: &Transcript,
    rng: &mut (impl RngCore + CryptoRng),
    progress: &ProgressFn<'_>,
) -> Result<(), CeremonyError> {
    progress(Progress::Begin(Part::Powers, 1));
    if let Some(last) = transcript.powers_records.last()
        && last.digest != transcript.powers.digest()
    {
        return Err(CeremonyError::Digest { phase: Phase::Powers });
    }
    let tau = transcript.secret(Secret::Tau);
    let tau = (tau.g1, tau.g2.unwrap_or_else(G2Affine::generator));
    let (alpha, beta) = (transcript.secret(Secret::Alpha).g1, transcript.secret(Secret::Beta).g1);
    transcript.powers.check(transcript.domain(), tau, alpha, beta, rng)?;
    progress(Progress::Done(1));
    Ok(())
}

fn check_queries(
    transcript: &Transcript,
    circuits: &[Circuit; 2],
    rng: &mut (impl RngCore + CryptoRng),
    progress: &ProgressFn<'_>,
) -> Result<(), CeremonyError> {
    let queries = transcript.queries.as_ref().ok_or(CeremonyError::Phases)?;
    progress(Progress::Begin(Part::Queries, 2));
    if let Some(last) = transcript.queries_records.last()
        && last.digest != queries_digest(queries)
    {
        return Err(CeremonyError::Digest { phase: Phase::Queries });
    }
    for (queries, circuit) in queries.iter().zip(circuits) {
        let (shape, gamma) = (circuit.shape(), G2Affine::generator());
        let delta = transcript.secret(Secret::Delta(shape)).g2.unwrap_or(gamma);
        if !transcript.queries_records.is_empty() && (delta == gamma || delta == -gamma) {
            return Err(CeremonyError::DeltaIsGamma { shape });
        }
        let checked = queries.check(circuit, &transcript.powers, delta, rng);
        checked.map_err(|error| CeremonyError::Queries { shape, error })?;
        progress(Progress::Done(1));
    }
    Ok(())
}

/// The verifying key of a shape, which [`VerifyingKey::from_setup`] checks once more by its own rules.
fn key(transcript: &Transcript, shape: Shape) -> Result<VerifyingKey, CeremonyError> {
    let of_shape = transcript.circuits.iter().position(|circuit| circuit.shape == shape);
    let queries = transcript.queries.as_ref().zip(of_shape).and_then(|(queries, index)| queries.get(index));
    let in_g2 = |secret| transcript.secret(secret).g2.unwrap_or_else(G2Affine::generator);
    let key = ark_groth16::VerifyingKey::<Bls12_381> {
        alpha_g1: transcript.secret(Secret::Alpha).g1,
        beta_g2: in_g2(Secret::Beta),
        gamma_g2: G2Affine::generator(),
        delta_g2: in_g2(Secret::Delta(shape)),
        gamma_abc_g1: queries.map(|queries| queries.inputs.clone()).unwrap_or_default(),
    };
    VerifyingKey::from_setup(shape, &key).map_err(|error| CeremonyError::VerifyingKey { shape, error })
}
