//! Spend-authority signatures: re-randomised Schnorr on Jubjub (RedJubjub), over a transaction's digest. Spec § 2 and § 4.
//!
//! Both ways of verifying, reddsa's of one and ours of many, are cofactored: they ask that `8·(s·G - c·rk - R)` is the identity, and so
//! agree on every input.
//! reddsa accepts keys of small order, under which any signature holds: [`RandomizedValidatingKey`] does not.

use std::{fmt, ops::Range};

use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ff::{BigInt, PrimeField as _, Zero as _};
use rand_core::{CryptoRng, RngCore};
use reddsa::sapling::SpendAuth;
use tabella_arithmetic::{AnyBackend, jubjub::weighted_sum};
use tabella_protocol::{
    hash::blake2b_512,
    jubjub::{JubjubPoint, JubjubScalar, scalar_from_bytes, spend_authority_base},
    transaction::{SignatureBytes, TransactionDigest},
};
use thiserror::Error;

use crate::batch::{BatchError, bisect};

/// Why a signature was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SignatureError {
    /// `rk` is not a canonical encoding of a point on Jubjub.
    #[error("rk is not a canonical encoding of a point on Jubjub")]
    KeyEncoding,
    /// `rk` is of small order: anybody could sign.
    #[error("rk is of small order: anybody could sign under it")]
    SmallOrderKey,
    /// `R` is not a canonical encoding of a point on Jubjub.
    #[error("R of the signature is not a canonical encoding of a point on Jubjub")]
    NonceEncoding,
    /// `s` is not below the order of the group.
    #[error("s of the signature is not below the order of the group")]
    ScalarRange,
    /// The equation does not hold: not signed by the holder of `rk`, or another digest was signed.
    #[error("the signature is not of this digest by the holder of rk")]
    Invalid,
}

/// `rk`: a point on Jubjub, not of small order.
#[derive(Clone, Copy, PartialEq)]
pub struct RandomizedValidatingKey(reddsa::VerificationKey<SpendAuth>);

impl RandomizedValidatingKey {
    /// Takes the `rk` of a statement.
    ///
    /// # Errors
    /// [`SignatureError::SmallOrderKey`].
    pub fn new(rk: &JubjubPoint) -> Result<Self, SignatureError> {
        if rk.is_small_order() {
            return Err(SignatureError::SmallOrderKey);
        }
        reddsa::VerificationKey::try_from(rk.to_bytes()).map(Self).map_err(|_| SignatureError::KeyEncoding)
    }

    /// Reads a canonical encoding (32 bytes, ZIP 216).
    ///
    /// # Errors
    /// [`SignatureError::KeyEncoding`], [`SignatureError::SmallOrderKey`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, SignatureError> {
        Self::new(&JubjubPoint::from_bytes(bytes).ok_or(SignatureError::KeyEncoding)?)
    }

    /// Verifies one signature of a digest.
    ///
    /// # Errors
    /// [`SignatureError`], one variant for each rule.
    pub fn verify(&self, digest: &TransactionDigest, signature: &SignatureBytes) -> Result<(), SignatureError> {
        check_encoding(signature)?;
        self.0.verify(digest.as_bytes(), &signature.signature()).map_err(|_| SignatureError::Invalid)
    }
}

impl fmt::Debug for RandomizedValidatingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RandomizedValidatingKey({})", hex::encode(<[u8; 32]>::from(self.0)))
    }
}

/// Verifies one signature by the `rk` of a statement.
///
/// # Errors
/// [`SignatureError`], one variant for each rule.
pub fn verify(rk: &JubjubPoint, digest: &TransactionDigest, signature: &SignatureBytes) -> Result<(), SignatureError> {
    RandomizedValidatingKey::new(rk)?.verify(digest, signature)
}

/// Signatures of a block, waiting to be verified together.
#[derive(Clone, Debug, Default)]
pub struct SignatureBatch {
    /// `None` for what an encoding or key rule refused when it was pushed.
    entries: Vec<Option<Queued>>,
}

#[derive(Clone, Debug)]
struct Queued {
    rk: JubjubPoint,
    digest: TransactionDigest,
    signature: SignatureBytes,
    /// The encoding of R.
    nonce: [u8; 32],
    s: JubjubScalar,
}

/// A signature whose encodings are right.
struct Decoded {
    index: usize,
    queued: Queued,
    nonce: JubjubPoint,
    /// `c = H(R || rk || digest)`.
    challenge: JubjubScalar,
}

impl SignatureBatch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a signature by the `rk` of a statement; returns its index.
    /// What [`verify`] refuses without its equation is found when the batch is verified.
    pub fn push(&mut self, rk: &JubjubPoint, digest: &TransactionDigest, signature: &SignatureBytes) -> usize {
        let (nonce, scalar) = halves(signature);
        let s = scalar_from_bytes(&scalar).filter(|_| !rk.is_small_order());
        self.entries.push(s.map(|s| Queued { rk: *rk, digest: *digest, signature: *signature, nonce, s }));
        self.entries.len() - 1
    }

    /// How many signatures wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Verifies all signatures, with 128-bit weights from `rng`, which must be the operating system's (or seeded by it
    /// after the batch was fixed).
    ///
    /// # Errors
    /// [`BatchError`] with the indices of all signatures that [`verify`] would refuse.
    pub fn verify(self, rng: &mut (impl RngCore + CryptoRng)) -> Result<(), BatchError> {
        let (items, mut culprits) = self.decode();
        let mut holds = |range: Range<usize>| equation_holds(items.get(range).unwrap_or_default(), rng);
        if !holds(0..items.len()) {
            let mut valid = |member: usize| {
                items
                    .get(member)
                    .is_none_or(|Decoded { queued, .. }| verify(&queued.rk, &queued.digest, &queued.signature).is_ok())
            };
            let mut members = Vec::new();
            bisect(0, items.len(), &mut holds, &mut valid, &mut members);
            culprits.extend(members.into_iter().filter_map(|member| items.get(member)).map(|item| item.index));
        }
        culprits.sort_unstable();
        if culprits.is_empty() { Ok(()) } else { Err(BatchError { culprits }) }
    }

    /// The signatures whose encodings are right, and the indices of the others.
    fn decode(self) -> (Vec<Decoded>, Vec<usize>) {
        let mut refused = Vec::new();
        let mut queued = Vec::with_capacity(self.entries.len());
        for (index, entry) in self.entries.into_iter().enumerate() {
            match entry {
                Some(entry) => queued.push((index, entry)),
                None => refused.push(index),
            }
        }
        let encodings: Vec<_> = queued.iter().map(|(_, entry)| entry.nonce).collect();
        let mut items = Vec::with_capacity(queued.len());
        for ((index, queued), nonce) in queued.into_iter().zip(JubjubPoint::from_bytes_each(&encodings)) {
            match nonce {
                Some(nonce) => items.push(Decoded { index, nonce, challenge: challenge(&queued), queued }),
                None => refused.push(index),
            }
        }
        (items, refused)
    }
}

/// `8·Σ zᵢ·(sᵢ·G - cᵢ·rkᵢ - Rᵢ)` is the identity, for unpredictable numbers zᵢ below 2^128. Numbers that are multiplied with points may be reduced
/// by the order of the prime-order subgroup: 8 times the difference vanishes for every point of the curve.
fn equation_holds(items: &[Decoded], rng: &mut (impl RngCore + CryptoRng)) -> bool {
    let mut points = Vec::with_capacity(2 * items.len() + 1);
    let mut weights = Vec::with_capacity(2 * items.len() + 1);
    let mut of_base = JubjubScalar::zero();
    // Those with short weights stand together: eight are summed at a time, for as long as the longest takes.
    let random: Vec<_> = items.iter().map(|_| [rng.next_u64(), rng.next_u64()]).collect();
    for (item, [low, high]) in items.iter().zip(&random) {
        points.push(*item.nonce.affine());
        weights.push(BigInt([*low, *high, 0, 0]));
    }
    for (item, weight) in items.iter().zip(weights.clone()) {
        let z = JubjubScalar::from_bigint(weight).expect("2^128 is below the order");
        points.push(*item.queued.rk.affine());
        weights.push((z * item.challenge).into_bigint());
        of_base -= z * item.queued.s;
    }
    points.push(*spend_authority_base());
    weights.push(of_base.into_bigint());
    weighted_sum(AnyBackend::selected(), &points, &weights).into_affine().mul_by_cofactor_to_group().is_zero()
}

/// BLAKE2b personalisation of RedJubjub's `H`.
const CHALLENGE_PERSONAL: &[u8; 16] = b"Zcash_RedJubjubH";

/// `H` of RedJubjub (Zcash protocol specification, section 5.4.7), as a number modulo the order of the subgroup.
fn challenge(Queued { rk, digest, nonce, .. }: &Queued) -> JubjubScalar {
    let bytes = blake2b_512(CHALLENGE_PERSONAL, &[nonce, &rk.to_bytes(), digest.as_bytes()]);
    JubjubScalar::from_le_bytes_mod_order(&bytes)
}

/// The encodings of R and s.
fn halves(signature: &SignatureBytes) -> ([u8; 32], [u8; 32]) {
    let (mut nonce, mut scalar) = ([0; 32], [0; 32]);
    nonce.copy_from_slice(&signature.0[..32]);
    scalar.copy_from_slice(&signature.0[32..]);
    (nonce, scalar)
}

/// reddsa checks both encodings too; here they have names, and do not rest on a dependency's version.
fn check_encoding(signature: &SignatureBytes) -> Result<(), SignatureError> {
    let (nonce, scalar) = halves(signature);
    scalar_from_bytes(&scalar).ok_or(SignatureError::ScalarRange)?;
    JubjubPoint::from_bytes(&nonce).ok_or(SignatureError::NonceEncoding)?;
    Ok(())
}

#[cfg(test)]
mod tests;
