//! One contribution, as the transcript keeps it.

use std::fmt;

use ark_bls12_381::{Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::PrimeField;
use merlin::Transcript as Merlin;
use tabella_protocol::{
    domain::{FORMAT_VERSION, proof},
    field,
    statement::Shape,
};
use thiserror::Error;

use super::{
    Beacon, DecodeError, TranscriptHash,
    beacon::MAX_VALUE_BYTES,
    encoding::{Reader, put_points},
};
use crate::groth16::point;

/// A secret that contributions multiply into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// τ, where the polynomials are evaluated.
    Tau,
    /// α.
    Alpha,
    /// β.
    Beta,
    /// δ of a shape.
    Delta(Shape),
}

impl Secret {
    /// The name in hashes and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tau => "tau",
            Self::Alpha => "alpha",
            Self::Beta => "beta",
            Self::Delta(Shape::Transfer) => "delta-transfer",
            Self::Delta(Shape::Cast) => "delta-cast",
        }
    }

    /// Whether the parameters need it in G2 too. α is not given away there.
    #[must_use]
    pub const fn is_in_g2(self) -> bool {
        !matches!(self, Self::Alpha)
    }
}

/// The two phases of a ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The first: τ, α, β, for both shapes.
    Powers,
    /// The second: a δ for each shape.
    Queries,
}

impl Phase {
    /// The secrets of a phase, in the order of the encoding.
    #[must_use]
    pub const fn secrets(self) -> &'static [Secret] {
        match self {
            Self::Powers => &[Secret::Tau, Secret::Alpha, Secret::Beta],
            Self::Queries => &[Secret::Delta(Shape::Transfer), Secret::Delta(Shape::Cast)],
        }
    }

    /// The number in hashes: 1 or 2.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Powers => 1,
            Self::Queries => 2,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "phase {}", self.number())
    }
}

/// A name or description: 1 to 200 bytes of UTF-8 without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(String);

/// Why a text is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a name or description has 1 to {max} bytes of UTF-8 without control characters", max = Text::MAX_BYTES)]
pub struct TextError;

impl Text {
    /// Longest text, in bytes.
    pub const MAX_BYTES: usize = 200;

    /// A text.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        let fits = (1..=Self::MAX_BYTES).contains(&text.len()) && !text.chars().any(char::is_control);
        if fits { Ok(Self(text)) } else { Err(TextError) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Length (1 byte), text.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::try_from(self.0.len()).expect("at most 200 bytes"));
        out.extend(self.0.as_bytes());
    }

    pub(super) fn read(reader: &mut Reader<'_>, what: &'static str) -> Result<Self, DecodeError> {
        let length = usize::from(reader.byte(what)?);
        let text = std::str::from_utf8(reader.take(what, length)?).map_err(|_| TextError);
        text.and_then(Self::new).map_err(|error| DecodeError::Text { what, error })
    }
}

/// Who contributed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person, by the name that he gave himself.
    Contributor(Text),
    /// Nobody: a public random value. Ends the phase.
    Beacon(Beacon),
}

impl Author {
    /// `00 || name`, or `01 || description || length of the value (2 bytes) || value || rounds (1 byte)`.
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Contributor(name) => {
                out.push(0);
                name.put(out);
            }
            Self::Beacon(beacon) => {
                out.push(1);
                beacon.description.put(out);
                let length = u16::try_from(beacon.value().len()).expect("at most 256 bytes");
                out.extend(length.to_le_bytes());
                out.extend(beacon.value());
                out.push(beacon.rounds_log2());
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.byte("kind of a contribution")? {
            0 => Ok(Self::Contributor(Text::read(reader, "name of a contributor")?)),
            1 => {
                let description = Text::read(reader, "description of a beacon")?;
                let length = usize::from(u16::from_le_bytes(reader.array("beacon")?));
                if length > MAX_VALUE_BYTES {
                    return Err(DecodeError::Value("length of a beacon's value"));
                }
                let value = reader.take("beacon", length)?.to_vec();
                let rounds = reader.byte("beacon")?;
                Beacon::new(description, value, rounds).map(Self::Beacon).ok_or(DecodeError::Value("beacon"))
            }
            _ => Err(DecodeError::Value("kind of a contribution")),
        }
    }
}

/// A secret "in the exponent", after a contribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretPoints {
    /// In G1.
    pub g1: G1Affine,
    /// In G2, for secrets that the parameters need there.
    pub g2: Option<G2Affine>,
}

impl SecretPoints {
    /// The secret 1, before any contribution.
    #[must_use]
    pub fn initial(secret: Secret) -> Self {
        Self { g1: G1Affine::generator(), g2: secret.is_in_g2().then(G2Affine::generator) }
    }
}

/// That a contributor knows the factor by which he multiplied a secret: Schnorr's proof for the point before as base.
///
/// Encoding: commitment (48 bytes), response (32 bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnowledgeProof {
    /// The commitment `k·base`.
    pub commitment: G1Affine,
    /// The response `k + challenge·factor`.
    pub response: Fr,
}

impl KnowledgeProof {
    /// Whether `response·base = commitment + challenge·image`.
    #[must_use]
    pub fn verifies(&self, challenge: Fr, base: G1Affine, image: G1Affine) -> bool {
        (base * self.response - image * challenge).into_affine() == self.commitment
    }
}

/// One contribution.
///
/// Encoding: author, hash of the transcript before (32 bytes), for each secret of the phase its point in G1 and, but for α,
/// in G2; digest of the powers or queries after it (32 bytes); of a contributor, for each secret a proof of knowledge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who made it.
    pub author: Author,
    /// Hash of the transcript that it builds on.
    pub previous: TranscriptHash,
    /// The secrets after it, in the order of [`Phase::secrets`].
    pub points: Vec<SecretPoints>,
    /// Digest of the powers or queries after it.
    pub digest: [u8; 32],
    /// Proofs of knowledge, in the same order; none of a beacon, whose factors everybody can compute.
    pub proofs: Vec<KnowledgeProof>,
}

impl Record {
    /// All but the proofs: what the proofs are about.
    #[must_use]
    pub fn statement(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.author.put(&mut out);
        out.extend(self.previous.0);
        for points in &self.points {
            put_points(&mut out, &[points.g1]);
            put_points(&mut out, points.g2.as_slice());
        }
        out.extend(self.digest);
        out
    }

    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.statement();
        for proof in &self.proofs {
            put_points(&mut out, &[proof.commitment]);
            out.extend(field::to_bytes(&proof.response));
        }
        out
    }

    pub(super) fn read(reader: &mut Reader<'_>, phase: Phase) -> Result<Self, DecodeError> {
        let author = Author::read(reader)?;
        let previous = TranscriptHash(reader.array("contribution")?);
        let mut points = Vec::new();
        for secret in phase.secrets() {
            let g1 = reader.point(secret.name())?;
            let g2 = if secret.is_in_g2() { Some(reader.point(secret.name())?) } else { None };
            points.push(SecretPoints { g1, g2 });
        }
        let digest = reader.array("contribution")?;
        let mut proofs = Vec::new();
        if matches!(author, Author::Contributor(_)) {
            for secret in phase.secrets() {
                let commitment = reader.point(secret.name())?;
                let response = reader.scalar("response of a proof of knowledge")?;
                proofs.push(KnowledgeProof { commitment, response });
            }
        }
        Ok(Self { author, previous, points, digest, proofs })
    }

    /// The transcript of the proof of knowledge of one secret's factor, before its commitment: the whole contribution (which
    /// names the transcript before), the secret, and the base.
    #[must_use]
    pub fn knowledge_transcript(&self, phase: Phase, secret: Secret, base: G1Affine) -> Merlin {
        let mut merlin = Merlin::new(proof::SETUP);
        merlin.append_message(b"version", &[FORMAT_VERSION]);
        merlin.append_message(b"phase", &[phase.number()]);
        merlin.append_message(b"contribution", &self.statement());
        merlin.append_message(b"secret", secret.name().as_bytes());
        merlin.append_message(b"base", &point::write(&base));
        merlin
    }
}

/// The challenge of a proof of knowledge: 64 bytes of the transcript modulo r.
#[must_use]
pub fn knowledge_challenge(mut merlin: Merlin, commitment: &G1Affine) -> Fr {
    merlin.append_message(b"commitment", &point::write(commitment));
    let mut bytes = [0; 64];
    merlin.challenge_bytes(b"challenge", &mut bytes);
    Fr::from_le_bytes_mod_order(&bytes)
}
