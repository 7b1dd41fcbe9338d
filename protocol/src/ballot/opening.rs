//! What a voter knows of a ballot: secret while it may still be cast, disclosed if it is audited instead.

use std::{fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    ballot::{MAX_BALLOT_OPTIONS, MAX_OPTIONS, MAX_QUESTIONS, read_length},
    ristretto::{CanonicalScalar, Element, blinding_base},
    secret::Secret,
};

/// Opening of `C' = w·B + s·B~`; the bridge proves the same opening.
#[derive(Clone, Debug)]
pub struct WeightOpening {
    weight: Secret<u64>,
    blinding: Secret<Scalar>,
}

impl WeightOpening {
    /// The opening of weight `w` with blinding factor `s`.
    #[must_use]
    pub const fn new(weight: u64, blinding: Scalar) -> Self {
        Self { weight: Secret::new(weight), blinding: Secret::new(blinding) }
    }

    /// `w`.
    #[must_use]
    pub const fn weight(&self) -> &Secret<u64> {
        &self.weight
    }

    /// `s`.
    #[must_use]
    pub const fn blinding(&self) -> &Secret<Scalar> {
        &self.blinding
    }

    /// `C'`, computed in constant time.
    #[must_use]
    pub fn commitment(&self) -> Element {
        let value = &Scalar::from(*self.weight.expose()) * RISTRETTO_BASEPOINT_TABLE;
        (value + self.blinding.expose() * blinding_base()).into()
    }
}

/// Points and randomness of a ballot: a vote in clear. Wiped on drop; not encodable, so that it leaves the voter's
/// device only by [`BallotOpening::disclose`], which gives up the ballot.
pub struct BallotOpening {
    points: Vec<Vec<u16>>,
    randomness: Vec<Vec<Scalar>>,
    weight: Option<WeightOpening>,
}

impl BallotOpening {
    /// An opening: for each question points and one random scalar an option, and the weight unless it is 1.
    #[must_use]
    pub const fn new(points: Vec<Vec<u16>>, randomness: Vec<Vec<Scalar>>, weight: Option<WeightOpening>) -> Self {
        Self { points, randomness, weight }
    }

    /// For each question, the points of each option.
    #[must_use]
    pub fn points(&self) -> &[Vec<u16>] {
        &self.points
    }

    /// For each question, `r` of each option.
    #[must_use]
    pub fn randomness(&self) -> &[Vec<Scalar>] {
        &self.randomness
    }

    /// The opening of the weight; `None` if the weight is 1.
    #[must_use]
    pub const fn weight(&self) -> Option<&WeightOpening> {
        self.weight.as_ref()
    }

    /// Opens the ballot for an audit (Benaloh). The opening is consumed: a ballot that was opened is never cast.
    #[must_use]
    pub fn disclose(self) -> AuditOpening {
        let randomness = self.randomness.iter().map(|row| row.iter().copied().map(CanonicalScalar).collect()).collect();
        let weight = self.weight.as_ref().map(|opening| AuditWeight {
            weight: *opening.weight.expose(),
            blinding: CanonicalScalar(*opening.blinding.expose()),
        });
        AuditOpening { points: self.points.clone(), randomness, weight }
    }
}

impl fmt::Debug for BallotOpening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BallotOpening(<secret>)")
    }
}

impl Drop for BallotOpening {
    fn drop(&mut self) {
        self.points.iter_mut().for_each(Zeroize::zeroize);
        self.randomness.iter_mut().for_each(Zeroize::zeroize);
    }
}

impl ZeroizeOnDrop for BallotOpening {}

/// A disclosed opening of `C'`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AuditWeight {
    /// `w`.
    pub weight: u64,
    /// `s`.
    pub blinding: CanonicalScalar,
}

/// The disclosed opening of a ballot that will not be cast, for another device to check.
///
/// Encoding: borsh, with the limits of a ballot checked before anything is allocated.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct AuditOpening {
    /// For each question, the points of each option; 1 if it is chosen.
    pub points: Vec<Vec<u16>>,
    /// For each question, `r` of each option.
    pub randomness: Vec<Vec<CanonicalScalar>>,
    /// The opening of the weight; `None` if the weight is 1.
    pub weight: Option<AuditWeight>,
}

impl BorshDeserialize for AuditOpening {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let points = read_table(reader)?;
        let randomness = read_table(reader)?;
        Ok(Self { points, randomness, weight: Option::deserialize_reader(reader)? })
    }
}

fn read_table<T: BorshDeserialize, R: io::Read>(reader: &mut R) -> io::Result<Vec<Vec<T>>> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidData, "more questions or options than a ballot has");
    let mut room = MAX_BALLOT_OPTIONS;
    let mut rows = Vec::new();
    for _ in 0..read_length(reader, MAX_QUESTIONS).ok_or_else(invalid)? {
        let length = read_length(reader, usize::from(MAX_OPTIONS)).ok_or_else(invalid)?;
        room = room.checked_sub(length).ok_or_else(invalid)?;
        rows.push((0..length).map(|_| T::deserialize_reader(reader)).collect::<io::Result<_>>()?);
    }
    Ok(rows)
}
