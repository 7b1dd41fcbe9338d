//! Exponential ElGamal on Ristretto, the encryption of ballots: `(r·B, v·B + r·Y)`. Spec § 6.
//!
//! Ciphertexts under one key add up: the sum encrypts the sum, modulo the group order, which no tally comes near.

use std::{fmt, io, iter::Sum, ops::Add};

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_TABLE, ristretto::RistrettoPoint, scalar::Scalar, traits::Identity,
};

use crate::ristretto::Element;

/// The trustees' joint key `Y`; never the identity, under which everything would be in clear.
///
/// Encoding: 32 bytes, a canonical Ristretto255 encoding.
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize)]
pub struct ElectionKey(Element);

impl ElectionKey {
    /// A key, unless the element is the identity.
    #[must_use]
    pub fn new(element: Element) -> Option<Self> {
        (!element.is_identity()).then_some(Self(element))
    }

    /// `Y`.
    #[must_use]
    pub const fn element(&self) -> &Element {
        &self.0
    }

    /// `Y` as a point.
    #[must_use]
    pub const fn point(&self) -> &RistrettoPoint {
        self.0.point()
    }
}

impl fmt::Debug for ElectionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ElectionKey({})", hex::encode(self.0.as_bytes()))
    }
}

impl BorshDeserialize for ElectionKey {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        Self::new(Element::deserialize_reader(reader)?)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the identity is no election key"))
    }
}

/// `(c1, c2) = (r·B, v·B + r·Y)`, with `B` the Ristretto255 base point.
///
/// Encoding: `c1 || c2`, 64 bytes, each a canonical Ristretto255 encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ciphertext {
    /// `c1 = r·B`.
    pub c1: Element,
    /// `c2 = v·B + r·Y`.
    pub c2: Element,
}

impl Ciphertext {
    /// Encrypts `value` with randomness `r`, in constant time.
    #[must_use]
    pub fn encrypt(key: &ElectionKey, value: &Scalar, r: &Scalar) -> Self {
        let c1 = r * RISTRETTO_BASEPOINT_TABLE;
        let c2 = value * RISTRETTO_BASEPOINT_TABLE + r * key.point();
        Self { c1: c1.into(), c2: c2.into() }
    }

    /// The encryption of 0 with randomness 0: neutral in sums, never part of a ballot.
    #[must_use]
    pub fn zero() -> Self {
        let identity = Element::new(RistrettoPoint::identity());
        Self { c1: identity, c2: identity }
    }

    /// The encryption of `weight` times the value, for ballots of public weight.
    #[must_use]
    pub fn times(&self, weight: u64) -> Self {
        let weight = Scalar::from(weight);
        Self { c1: (weight * self.c1.point()).into(), c2: (weight * self.c2.point()).into() }
    }
}

impl Add for Ciphertext {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        [self, other].into_iter().sum()
    }
}

impl Sum for Ciphertext {
    /// Encodes once, at the end.
    fn sum<I: Iterator<Item = Self>>(ciphertexts: I) -> Self {
        let zero = (RistrettoPoint::identity(), RistrettoPoint::identity());
        let (c1, c2) = ciphertexts.fold(zero, |(c1, c2), next| (c1 + next.c1.point(), c2 + next.c2.point()));
        Self { c1: c1.into(), c2: c2.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keypair() -> (Scalar, ElectionKey) {
        let secret = Scalar::from(987_654_321_u64);
        (secret, ElectionKey::new((&secret * RISTRETTO_BASEPOINT_TABLE).into()).expect("not the identity"))
    }

    fn decrypted(secret: &Scalar, ciphertext: &Ciphertext) -> RistrettoPoint {
        ciphertext.c2.point() - secret * ciphertext.c1.point()
    }

    #[test]
    fn sums_and_multiples_encrypt_sums_and_multiples() {
        let (secret, key) = keypair();
        let of = |value: u64, r: u64| Ciphertext::encrypt(&key, &Scalar::from(value), &Scalar::from(r));
        let sum: Ciphertext = [of(1, 11), of(0, 12).times(9), of(1, 13).times(5)].into_iter().sum();
        assert_eq!(sum, of(6, 11 + 108 + 65));
        assert_eq!(decrypted(&secret, &sum), &Scalar::from(6_u64) * RISTRETTO_BASEPOINT_TABLE);
        assert_eq!(of(1, 11) + Ciphertext::zero(), of(1, 11));
    }

    #[test]
    fn identity_as_election_key_is_refused() {
        assert_eq!(ElectionKey::new(Element::new(RistrettoPoint::identity())), None);
        assert!(borsh::from_slice::<ElectionKey>(&[0; 32]).is_err());
        let (_, key) = keypair();
        assert_eq!(borsh::from_slice::<ElectionKey>(&borsh::to_vec(&key).expect("memory")).ok(), Some(key));
    }

    // Attack 34: a ciphertext outside the group, or in a second encoding of the same element.
    #[test]
    fn non_canonical_ciphertext_is_refused() {
        let (_, key) = keypair();
        let bytes = borsh::to_vec(&Ciphertext::encrypt(&key, &Scalar::ONE, &Scalar::from(7_u64))).expect("memory");
        assert!(borsh::from_slice::<Ciphertext>(&bytes).is_ok());
        let mut negative = bytes.clone();
        negative[0] ^= 1; // the field element becomes odd, that is negative
        assert!(borsh::from_slice::<Ciphertext>(&negative).is_err());
        let mut large = bytes.clone();
        large[..32].copy_from_slice(&[0xff; 32]);
        assert!(borsh::from_slice::<Ciphertext>(&large).is_err());
        assert!(borsh::from_slice::<Ciphertext>(&[bytes.as_slice(), &[0]].concat()).is_err());
    }
}
