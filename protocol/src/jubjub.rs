//! Jubjub, the circuit's embedded curve: its generators and the wire encoding of its points.

use std::{fmt, io, sync::OnceLock};

use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::EdwardsAffine;
use ark_ff::{BigInteger, PrimeField, Zero};
use borsh::{BorshDeserialize, BorshSerialize};
use tabella_arithmetic::AnyBackend;

use crate::{domain, field, hash::blake2b_256};

/// The scalar field of the prime-order subgroup, of order r_J (about 2^251.86).
pub type JubjubScalar = ark_ed_on_bls12_381::Fr;

/// A point on Jubjub, not necessarily in the prime-order subgroup.
///
/// Encoding (Zcash protocol specification, section 5.4.9.3, with ZIP 216): 32 bytes, y little-endian below the modulus,
/// the lowest bit of x in the highest bit; x = 0 with that bit set is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct JubjubPoint(EdwardsAffine);

impl JubjubPoint {
    /// Wraps a point that was computed, and so is on the curve.
    #[must_use]
    pub fn new(point: impl Into<EdwardsAffine>) -> Self {
        Self(point.into())
    }

    /// The identity.
    #[must_use]
    pub fn identity() -> Self {
        Self(EdwardsAffine::zero())
    }

    /// The point.
    pub const fn affine(&self) -> &EdwardsAffine {
        &self.0
    }

    /// Whether 8 times the point is the identity: such a point is no key.
    #[must_use]
    pub fn is_small_order(&self) -> bool {
        self.0.mul_by_cofactor_to_group().is_zero()
    }

    /// The canonical encoding.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut bytes = field::to_bytes(&self.0.y);
        bytes[31] |= u8::from(self.0.x.into_bigint().is_odd()) << 7;
        bytes
    }

    /// Reads a canonical encoding of a point on the curve.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        tabella_arithmetic::jubjub::solve(bytes).map(Self)
    }

    /// Reads many encodings, as [`Self::from_bytes`] each.
    #[must_use]
    pub fn from_bytes_each(encodings: &[[u8; 32]]) -> Vec<Option<Self>> {
        let points = tabella_arithmetic::jubjub::solve_each(AnyBackend::selected(), encodings);
        points.into_iter().map(|point| point.map(Self)).collect()
    }
}

impl fmt::Debug for JubjubPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JubjubPoint({})", hex::encode(self.to_bytes()))
    }
}

impl BorshSerialize for JubjubPoint {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&self.to_bytes())
    }
}

impl BorshDeserialize for JubjubPoint {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let bytes = <[u8; 32]>::deserialize_reader(reader)?;
        Self::from_bytes(&bytes)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not a canonical encoding of a point on Jubjub"))
    }
}

/// `G`: Sapling's spend-authority base, the one built into reddsa.
pub fn spend_authority_base() -> &'static EdwardsAffine {
    static BASE: OnceLock<EdwardsAffine> = OnceLock::new();
    BASE.get_or_init(|| {
        let mut one = [0; 32];
        one[0] = 1;
        let key = reddsa::SigningKey::<reddsa::sapling::SpendAuth>::try_from(one).expect("1 is a scalar");
        let bytes: [u8; 32] = reddsa::VerificationKey::from(&key).into();
        JubjubPoint::from_bytes(&bytes).expect("reddsa encodes its base canonically").0
    })
}

/// `V`: the base of values.
pub fn value_base() -> &'static EdwardsAffine {
    static BASE: OnceLock<EdwardsAffine> = OnceLock::new();
    BASE.get_or_init(|| hash_to_jubjub(domain::JUBJUB_VALUE_BASE))
}

/// `R`: the base of blinding factors.
pub fn blinding_base() -> &'static EdwardsAffine {
    static BASE: OnceLock<EdwardsAffine> = OnceLock::new();
    BASE.get_or_init(|| hash_to_jubjub(domain::JUBJUB_BLINDING_BASE))
}

/// Hash to the prime-order subgroup by trial: for counter 0, 1, …, BLAKE2b-256 of `label || counter (1 byte)` is read as a
/// point; the first that decodes and whose multiple by 8 is not the identity gives that multiple.
///
/// # Panics
/// If none of 256 counters gives a point (probability below 2^-200 for an unchosen label).
pub fn hash_to_jubjub(label: &[u8]) -> EdwardsAffine {
    (0..=u8::MAX)
        .find_map(|counter| {
            let bytes = blake2b_256(domain::personal::JUBJUB_GROUP, &[label, &[counter]]);
            let point = JubjubPoint::from_bytes(&bytes)?.0.mul_by_cofactor_to_group();
            (!point.is_zero()).then(|| point.into_affine())
        })
        .expect("half of all strings are points")
}

/// The little-endian encoding of a Jubjub scalar.
#[must_use]
pub fn scalar_to_bytes(scalar: &JubjubScalar) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(&scalar.into_bigint().to_bytes_le());
    out
}

/// Reads a canonical scalar, below r_J.
#[must_use]
pub fn scalar_from_bytes(bytes: &[u8; 32]) -> Option<JubjubScalar> {
    let mut limbs = [0u64; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        *limb = u64::from_le_bytes(word);
    }
    JubjubScalar::from_bigint(ark_ff::BigInt(limbs))
}

#[cfg(test)]
mod tests {
    use ark_bls12_381::Fr;
    use ark_ff::Field;

    use super::*;
    use crate::field;

    #[test]
    fn generators_are_distinct_and_in_the_subgroup() {
        let bases = [spend_authority_base(), value_base(), blinding_base()];
        for (i, base) in bases.iter().enumerate() {
            assert!(base.is_on_curve() && base.is_in_correct_subgroup_assuming_on_curve() && !base.is_zero());
            assert!(bases[..i].iter().all(|other| other != base));
            assert_eq!(JubjubPoint::from_bytes(&JubjubPoint::new(**base).to_bytes()), Some(JubjubPoint::new(**base)));
        }
    }

    // Attack 20 (ZIP 216): x = 0 with the sign bit set, and y at or above the modulus.
    #[test]
    fn non_canonical_points_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert!(JubjubPoint::from_bytes(&identity).is_some_and(|p| p.is_small_order()));
        identity[31] = 0x80;
        assert_eq!(JubjubPoint::from_bytes(&identity), None);
        let mut big = field::to_bytes(&-Fr::ONE);
        big[0] += 2; // r + 1, which would be y = 1
        assert_eq!(JubjubPoint::from_bytes(&big), None);
    }
}
