//! Partial decryption by trustees: statement, transcript and wire form; the canary; Lagrange coefficients. Spec § 6.
//!
//! For a list of ciphertexts a trustee gives `D_j = s_i·c1_j` and one Chaum-Pedersen proof for all of them: the statement
//! `log_B(Y_i) = log_C(D)` with `C = Σ ρ_j·c1_j`, `D = Σ ρ_j·D_j`, where the weights `ρ_j` come from the transcript after
//! it has absorbed everything public and every `D_j`. Were one `D_j` wrong, the weighted sums would agree with
//! probability 2^-128 for each transcript tried.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar, traits::VartimeMultiscalarMul};
use merlin::Transcript;

use crate::{
    ceremony::TrusteeIndex,
    domain::proof,
    elgamal::{Ciphertext, ElectionKey},
    list::read_list,
    ristretto::{CanonicalScalar, Element, hash_to_ristretto},
    transaction::{LedgerId, TransactionDigest},
    transcript::{ProofContext, TranscriptProtocol},
};

/// Most ciphertexts of one list.
pub const MAX_CIPHERTEXTS: usize = 1 << 20;

/// What a decryption is for. A proof for one purpose is none for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// The rehearsal before an election opens.
    Canary = 0,
    /// The result.
    Tally = 1,
}

/// Which decryption: absorbed whole by every proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecryptionContext {
    /// The ledger.
    pub ledger: LedgerId,
    /// The election id: the hash of its manifest.
    pub election: [u8; 32],
    /// What it is for.
    pub purpose: Purpose,
    /// The joint key Y.
    pub key: ElectionKey,
}

/// What one trustee proves: `D_j = s·c1_j` for every ciphertext, with the `s` of `Y_i = s·B`.
#[derive(Clone, Copy, Debug)]
pub struct DecryptionStatement<'a> {
    /// Which decryption.
    pub context: DecryptionContext,
    /// The trustee.
    pub trustee: TrusteeIndex,
    /// Its verifying share Y_i.
    pub verifying_share: Element,
    /// The ciphertexts in order.
    pub ciphertexts: &'a [Ciphertext],
}

impl DecryptionStatement<'_> {
    /// The transcript that has absorbed the whole statement and the claimed shares, and the weight of each ciphertext.
    #[must_use]
    pub fn transcript(&self, shares: &[Element]) -> (Transcript, Vec<Scalar>) {
        let context = ProofContext {
            ledger: self.context.ledger,
            digest: TransactionDigest([0; 32]),
            index: u32::from(self.trustee.get()),
        };
        let mut transcript = Transcript::for_proof(proof::DECRYPTION, &context);
        transcript.append_message(b"election", &self.context.election);
        transcript.append_u64(b"purpose", self.context.purpose as u64);
        transcript.append_element(b"Y", self.context.key.element());
        transcript.append_element(b"Y_i", &self.verifying_share);
        transcript.append_u64(b"ciphertexts", self.ciphertexts.len() as u64);
        for (index, ciphertext) in self.ciphertexts.iter().enumerate() {
            transcript.append_u64(b"ciphertext", index as u64);
            transcript.append_element(b"c1", &ciphertext.c1);
            transcript.append_element(b"c2", &ciphertext.c2);
        }
        transcript.append_u64(b"shares", shares.len() as u64);
        for share in shares {
            transcript.append_element(b"D", share);
        }
        let weights = self.ciphertexts.iter().map(|_| Scalar::from(transcript.challenge_u128(b"rho"))).collect();
        (transcript, weights)
    }
}

/// Absorbs the proof's commitments and draws the challenge.
pub fn challenge(transcript: &mut Transcript, base_commitment: &Element, sum_commitment: &Element) -> Scalar {
    transcript.append_element(b"R_B", base_commitment);
    transcript.append_element(b"R_C", sum_commitment);
    transcript.challenge_scalar(b"c")
}

/// `Σ ρ_j·P_j`. Variable time: for public values.
#[must_use]
pub fn vartime_weighted_sum<'a>(weights: &[Scalar], elements: impl IntoIterator<Item = &'a Element>) -> RistrettoPoint {
    RistrettoPoint::vartime_multiscalar_mul(weights, elements.into_iter().map(Element::point))
}

/// A Chaum-Pedersen proof in commitment form: `z·B = R_B + c·Y_i` and `z·C = R_C + c·D`. 96 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DecryptionProof {
    /// `R_B = k·B`.
    pub base_commitment: Element,
    /// `R_C = k·C`.
    pub sum_commitment: Element,
    /// `z = k + c·s`.
    pub response: CanonicalScalar,
}

/// One trustee's part of decrypting a list of ciphertexts. Encoding: borsh of (trustee, list of D, proof).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PartialDecryption {
    /// The trustee.
    pub trustee: TrusteeIndex,
    /// `D_j = s_i·c1_j`, in order of the ciphertexts.
    #[borsh(deserialize_with = "read_list::<MAX_CIPHERTEXTS, Element, _>")]
    pub shares: Vec<Element>,
    /// The proof for all of them.
    pub proof: DecryptionProof,
}

/// A trustee's rehearsal: its part of decrypting its own canary. Encoding: borsh of (trustee, D, proof).
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CanaryProof {
    /// The trustee.
    pub trustee: TrusteeIndex,
    /// `D = s_i·c1` of [`canary`].
    pub share: Element,
    /// The proof.
    pub proof: DecryptionProof,
}

impl CanaryProof {
    /// As a list of one.
    #[must_use]
    pub fn partial(&self) -> PartialDecryption {
        PartialDecryption { trustee: self.trustee, shares: vec![self.share], proof: self.proof }
    }
}

/// The ciphertext that a trustee decrypts in the rehearsal: `c1 = hash-to-Ristretto("canary", e, Y, trustee)` (trustee in
/// two bytes, little-endian), which nobody can choose, and `c2` the identity.
#[must_use]
pub fn canary(election: &[u8; 32], key: &ElectionKey, trustee: TrusteeIndex) -> Ciphertext {
    let index = trustee.get().to_le_bytes();
    let c1 = hash_to_ristretto("canary", &[election, key.element().as_bytes(), &index]);
    Ciphertext { c1: Element::new(c1), c2: Ciphertext::zero().c2 }
}

/// The Lagrange coefficients at 0 of distinct trustees, in their order; `None` if one comes twice.
#[must_use]
pub fn lagrange_coefficients(trustees: &[TrusteeIndex]) -> Option<Vec<Scalar>> {
    trustees
        .iter()
        .enumerate()
        .map(|(position, trustee)| {
            let mut numerator = Scalar::ONE;
            let mut denominator = Scalar::ONE;
            for (other_position, other) in trustees.iter().enumerate() {
                if other_position != position {
                    numerator *= other.scalar();
                    denominator *= other.scalar() - trustee.scalar();
                }
            }
            (denominator != Scalar::ZERO).then(|| numerator * denominator.invert())
        })
        .collect()
}
