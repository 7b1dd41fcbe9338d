//! The bridge: one value in two groups. Spec § 5; Chase, Orrù, Perrin, Zaverucha, *Proofs of discrete logarithm equality
//! across groups* (eprint 2022/1593), with values of 64 bits, challenges of 128 bits and 56 bits of masking.
//!
//! # What is proved
//! `C = w·V + r·R` on Jubjub and `C' = w·B + s·B~` on Ristretto commit to the same w, **provided that** 0 <= w < 2^64 holds for
//! the w in C. The Transfer circuit proves that; the bridge alone is no range proof, and a C from anywhere else must not be
//! given to it. The sum of n < 2^32 such C (and so a w < 2^96) may cross too.
//!
//! # How
//! With masks k uniform in [0, 2^248), a and b: `K = k·V + a·R`, `K' = k·B + b·B~` (both sent); c, 128 bits, the hash of
//! everything; `z = k + c·w` over the integers, `z_a = a + c·r` mod r_J, `z_b = b + c·s` mod l. The prover starts again unless
//! `floor <= z < 2^248`. The floor is 2^192 for one C and 2^224 for a sum. The verifier checks
//! ```text
//! range       floor <= z < 2^248                       (z travels in 31 bytes: the upper bound is in its type)
//! Jubjub      8·(z·V + z_a·R - K - c·C) = 0
//! Ristretto   z·B + z_b·B~ = K' + c·C'
//! ```
//!
//! # Why it is sound
//! Take two answers, to challenges c ≠ c' after the same K, K'. Let Δ be differences: `|Δz| < 2^248` and `0 < |Δc| < 2^128`
//! as integers. Multiplication by 8 removes components of small order and is invertible on the prime-order subgroup, where V
//! and R are. So there *Jubjub* gives `Δz·V + Δz_a·R = Δc·C`.
//!  1. The circuit's proof gives an opening `C = w·V + r·R` with an integer w in [0, 2^64); a sum of n < 2^32 gives one with
//!     w < 2^96. Nobody knows a relation between V and R, so `Δz = Δc·w` modulo r_J.
//!  2. As integers `|Δz - Δc·w| < 2^248 + 2^128·2^96 < 2^249`, and r_J > 2^251. A multiple of r_J of this size is 0:
//!     `Δz = Δc·w` **over the integers**.
//!  3. *Ristretto* gives `Δz·B + Δz_b·B~ = Δc·C'`. l is prime and above 2^252, so Δc is invertible modulo l; with (2),
//!     `C' = w·B + (Δz_b/Δc)·B~`: C' commits to the same integer w, not just to a number congruent to it. Nobody knows
//!     a relation between B and B~, so to no other.
//!
//! The forger's chance is 2^-128 a hash. Without the range of z, step 2 fails: z could be chosen modulo r_J and modulo l
//! apart, by the Chinese remainder theorem, and w' ≡ w + r_J would pass for w. The lower bound of z is not needed for soundness.
//!
//! # Why it hides
//! Given c, every z in [floor, 2^248) comes from exactly one k in [0, 2^248), whatever w is, because `c·w < floor`: 2^128·2^64 =
//! 2^192, and 2^128·2^96 = 2^224. So accepted z are uniform there, the chance to start again (2^-56, or 2^-24 for a sum) does
//! not depend on w, and z_a, z_b are uniform. With a floor of 2^192, z of a sum would tell something of it with
//! probability up to 2^-24: hence the two floors.
//!
//! # Several bridges
//! A sum of C crosses by one bridge for the sum; whoever proves it knows all w and r, or is given their sums.

use std::num::NonZeroU32;

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::Scalar;
use merlin::Transcript;

use crate::{
    domain::{JUBJUB_BLINDING_BASE, JUBJUB_VALUE_BASE, proof},
    jubjub::{self, JubjubPoint, JubjubScalar},
    ristretto::{CanonicalScalar, Element},
    transcript::{ProofContext, TranscriptProtocol},
};

/// What a bridge connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BridgeStatement {
    /// `C`: the value commitment of a transfer, or the sum of several.
    pub jubjub: JubjubPoint,
    /// `C'`.
    pub ristretto: Element,
    /// How many value commitments C is the sum of; each holds a value below 2^64.
    pub terms: NonZeroU32,
}

impl BridgeStatement {
    /// The statement about one value commitment.
    #[must_use]
    pub const fn of_one(jubjub: JubjubPoint, ristretto: Element) -> Self {
        Self { jubjub, ristretto, terms: NonZeroU32::MIN }
    }

    /// The first value above all that C can hold: `terms·2^64`, at most 2^96.
    #[must_use]
    pub fn value_limit(&self) -> u128 {
        u128::from(self.terms.get()) << 64
    }

    /// The statement's challenge: 128 bits that depend on the place, C, C', the number of terms, K and K'.
    #[must_use]
    pub fn challenge(&self, mut transcript: Transcript, nonces: &BridgeNonces) -> u128 {
        transcript.append_message(b"K", &nonces.jubjub.to_bytes());
        transcript.append_element(b"K'", &nonces.ristretto);
        transcript.challenge_u128(b"c")
    }

    /// A transcript that has absorbed the statement and its place.
    #[must_use]
    pub fn transcript(&self, context: &ProofContext) -> Transcript {
        let mut transcript = Transcript::for_proof(proof::BRIDGE, context);
        transcript.append_message(b"V", JUBJUB_VALUE_BASE);
        transcript.append_message(b"R", JUBJUB_BLINDING_BASE);
        transcript.append_u64(b"terms", u64::from(self.terms.get()));
        transcript.append_message(b"C", &self.jubjub.to_bytes());
        transcript.append_element(b"C'", &self.ristretto);
        transcript
    }
}

/// The first messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BridgeNonces {
    /// `K`; a component of small order has no effect.
    pub jubjub: JubjubPoint,
    /// `K'`.
    pub ristretto: Element,
}

/// `z`, an integer in [0, 2^248). Encoding: 31 bytes, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MaskedValue([u8; 31]);

impl MaskedValue {
    /// A masked value from its encoding.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 31]) -> Self {
        Self(bytes)
    }

    /// The encoding.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 31] {
        &self.0
    }

    /// `mask + challenge·value` over the integers, in constant time; `None` from 2^248 on. `value` is below 2^96.
    #[must_use]
    pub fn masking(mask: &Self, challenge: u128, value: u128) -> Option<Self> {
        const LOW: u128 = u64::MAX as u128;
        let (c, w) = ([challenge & LOW, challenge >> 64], [value & LOW, value >> 64]);
        let mut limbs = mask.limbs();
        // Adds c_i·w_j at limb i + j; the carry runs to the top. No step overflows 128 bits: (2^64-1)^2 + 2·(2^64-1) = 2^128-1.
        for (i, c) in c.iter().enumerate() {
            let mut carry = 0_u128;
            for (limb, w) in limbs.iter_mut().skip(i).zip(w.iter().chain(&[0, 0])) {
                let sum = u128::from(*limb) + c * w + carry;
                *limb = (sum & LOW) as u64;
                carry = sum >> 64;
            }
        }
        Self::from_limbs(limbs)
    }

    /// Whether the value is at least the floor of a statement: 2^192 for one value commitment, 2^224 for a sum.
    #[must_use]
    pub fn reaches_floor(&self, statement: &BridgeStatement) -> bool {
        let top = self.limbs()[3];
        if statement.terms == NonZeroU32::MIN { top != 0 } else { top >> 32 != 0 }
    }

    /// The value in Jubjub's scalar field; no reduction, as 2^248 < r_J.
    #[must_use]
    pub fn jubjub_scalar(&self) -> JubjubScalar {
        jubjub::scalar_from_bytes(&self.padded()).expect("2^248 < r_J")
    }

    /// The value in Ristretto's scalar field; no reduction, as 2^248 < l.
    #[must_use]
    pub fn ristretto_scalar(&self) -> Scalar {
        Scalar::from_bytes_mod_order(self.padded())
    }

    fn padded(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..31].copy_from_slice(&self.0);
        bytes
    }

    fn limbs(&self) -> [u64; 4] {
        let mut limbs = [0; 4];
        for (limb, chunk) in limbs.iter_mut().zip(self.padded().chunks_exact(8)) {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            *limb = u64::from_le_bytes(word);
        }
        limbs
    }

    fn from_limbs(limbs: [u64; 4]) -> Option<Self> {
        let mut bytes = [0; 32];
        for (chunk, limb) in bytes.chunks_exact_mut(8).zip(limbs) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        let mut low = [0; 31];
        low.copy_from_slice(&bytes[..31]);
        (bytes[31] == 0).then_some(Self(low))
    }
}

/// A scalar of Jubjub's prime-order subgroup on the wire: 32 bytes, little-endian, below r_J.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JubjubAnswer(pub JubjubScalar);

impl BorshSerialize for JubjubAnswer {
    fn serialize<W: std::io::Write>(&self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(&jubjub::scalar_to_bytes(&self.0))
    }
}

impl BorshDeserialize for JubjubAnswer {
    fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
        jubjub::scalar_from_bytes(&<[u8; 32]>::deserialize_reader(reader)?)
            .map(Self)
            .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::InvalidData, "scalar not below the order of Jubjub"))
    }
}

/// The proof: exactly 159 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BridgeProof {
    /// `K` and `K'`.
    pub nonces: BridgeNonces,
    /// `z`.
    pub value: MaskedValue,
    /// `z_a`.
    pub jubjub: JubjubAnswer,
    /// `z_b`.
    pub ristretto: CanonicalScalar,
}

#[cfg(test)]
mod tests {
    use ark_ff::{BigInt, BigInteger, PrimeField};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // Against arkworks' integers.
        #[test]
        fn masking_is_over_the_integers(mask in any::<[u8; 31]>(), c in any::<u128>(), w in 0_u128..1 << 96) {
            let integer = |low: u128, high: u128| {
                BigInt::<4>([low as u64, (low >> 64) as u64, high as u64, (high >> 64) as u64])
            };
            let mask = MaskedValue(mask);
            let mut expected = BigInt::<4>(mask.limbs());
            prop_assert!(!expected.add_with_carry(&integer(c, 0).mul_low(&integer(w, 0))));
            let masked = MaskedValue::masking(&mask, c, w);
            prop_assert_eq!(masked.map(|z| z.limbs()), (expected.0[3] >> 56 == 0).then_some(expected.0));
            prop_assert_eq!(mask.jubjub_scalar().into_bigint().0, mask.limbs());
            prop_assert_eq!(mask.ristretto_scalar().to_bytes(), mask.padded());
        }
    }

    #[test]
    fn masking_above_the_range_is_refused() {
        let top = MaskedValue([0xff; 31]);
        assert_eq!(MaskedValue::masking(&top, 0, u128::from(u64::MAX)), Some(top));
        assert_eq!(MaskedValue::masking(&top, 1, 1), None);
        assert_eq!(MaskedValue::masking(&top, u128::MAX, (1 << 96) - 1), None);
    }

    #[test]
    fn floor_depends_on_the_number_of_terms() {
        let at = |byte: usize| {
            let mut bytes = [0; 31];
            bytes[byte] = 1;
            MaskedValue(bytes)
        };
        let base = Element::new(*crate::ristretto::blinding_base());
        let one = BridgeStatement::of_one(JubjubPoint::new(*jubjub::value_base()), base);
        let sum = BridgeStatement { terms: NonZeroU32::MAX, ..one };
        assert!(!at(23).reaches_floor(&one) && at(24).reaches_floor(&one));
        assert!(!at(27).reaches_floor(&sum) && at(28).reaches_floor(&sum));
        assert!(one.value_limit() == 1 << 64 && sum.value_limit() < 1 << 96);
    }
}
