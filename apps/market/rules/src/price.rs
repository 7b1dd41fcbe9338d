//! A price, and what shows each party its part of it.
//!
//! A hidden price is `C' = p·B + s·B~`. A party with the viewer key `K = k·B~` is given the handle `D = s·K`. Then `C' - k^-1·D =
//! p·B`: whoever holds k needs not be told s, neither to read what is credited nor to withdraw it. That the handles are right is
//! proved to the ledger ([`CreditProof`]), so that no seal can spoil a balance. The price itself comes masked, and is compared
//! with `p·B`; a mask that lies costs its reader a search for p, and nothing else.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_TABLE, ristretto::RistrettoPoint, scalar::Scalar, traits::Identity as _,
};
use merlin::Transcript;
use tabella_protocol::{
    hash::blake2b_256,
    list::read_list,
    note::NoteValue,
    ristretto::{CanonicalScalar, Element},
    transcript::{ProofContext, TranscriptProtocol as _},
};
use tabella_verifier::sigma::Equation;

use crate::{
    domain::{personal, proof},
    work::{MAX_HOLDERS, ViewerKey},
};

/// Most parties of a price: the holders, and a reseller.
pub const MAX_PARTS: usize = MAX_HOLDERS + 1;

/// A price, or an amount that is withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[expect(clippy::large_enum_variant, reason = "one of each is in an action")]
pub enum Price {
    /// Everybody sees it; in smallest units of the payment asset.
    Public(NoteValue),
    /// Only the parties read it.
    Hidden(HiddenPrice),
}

/// A price that only its parties read.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HiddenPrice {
    /// `C' = p·B + s·B~`.
    pub commitment: Element,
    /// `E = e·B~`, of the masks; e has nothing to do with s.
    pub epk: Element,
    /// One for each party, in the order of the rule; at most 33.
    #[borsh(deserialize_with = "read_list::<MAX_PARTS, PricePart, _>")]
    pub parts: Vec<PricePart>,
}

/// What one party is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PricePart {
    /// `D = s·K`.
    pub handle: Element,
    /// p (8 bytes, little-endian) xor [`mask`]. Nobody vouches for it.
    pub masked: [u8; 8],
}

/// The first 8 bytes of `BLAKE2b-256("Tabella_MktSeal_", e·K || E || K || C')`. The key must not follow from C' and p, or
/// guesses at p could be tried: hence e.
#[must_use]
pub fn mask(shared: &Element, epk: &Element, viewer: &ViewerKey, commitment: &Element) -> [u8; 8] {
    let parts = [shared.as_bytes(), epk.as_bytes(), viewer.element().as_bytes(), commitment.as_bytes()];
    let [a, b, c, d, e, f, g, h, ..] = blake2b_256(personal::SEAL, &parts.map(|part| part.as_slice()));
    [a, b, c, d, e, f, g, h]
}

/// A balance in parts of 1/10^8 of the smallest unit: `X = b·B + s·B~` and `D = s·K`, where b and s are sums.
///
/// It never wraps around: all units of an asset are at most 2^64 - 1, and what was credited and not withdrawn is in no pool, so
/// that b is below `10^8·2^64 < 2^91`, far below the group's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// X.
    pub amount: Element,
    /// D.
    pub handle: Element,
}

impl Balance {
    /// Nothing.
    #[must_use]
    pub fn zero() -> Self {
        let identity = Element::new(RistrettoPoint::identity());
        Self { amount: identity, handle: identity }
    }

    /// Whether it is nothing that anybody was credited with.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.amount.is_identity() && self.handle.is_identity()
    }

    /// With `weight` times the price, of which the party has the part of this index. Exact.
    #[must_use]
    pub fn plus(&self, weight: u64, price: &Price, part: usize) -> Self {
        self.plus_scaled(&Scalar::from(weight), price, part)
    }

    /// Without `weight` times the price.
    #[must_use]
    pub fn minus(&self, weight: u64, price: &Price, part: usize) -> Self {
        self.plus_scaled(&-Scalar::from(weight), price, part)
    }

    /// Both together.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            amount: (self.amount.point() + other.amount.point()).into(),
            handle: (self.handle.point() + other.handle.point()).into(),
        }
    }

    fn plus_scaled(&self, weight: &Scalar, price: &Price, part: usize) -> Self {
        let amount = (self.amount.point() + weight * price.commitment().point()).into();
        let handle = match price.handle(part) {
            Some(handle) => (self.handle.point() + weight * handle.point()).into(),
            None => self.handle,
        };
        Self { amount, handle }
    }
}

impl Price {
    /// `C'`; a public price has the blinding factor 0.
    #[must_use]
    pub fn commitment(&self) -> Element {
        match self {
            Self::Public(value) => Element::new(&Scalar::from(value.0) * RISTRETTO_BASEPOINT_TABLE),
            Self::Hidden(hidden) => hidden.commitment,
        }
    }

    /// The handle of a party; none of a public price.
    #[must_use]
    pub fn handle(&self, part: usize) -> Option<&Element> {
        match self {
            Self::Public(_) => None,
            Self::Hidden(hidden) => hidden.parts.get(part).map(|part| &part.handle),
        }
    }
}

/// That a hidden price's handles are right: knowledge of (p, s) with `C' = p·B + s·B~` and `D_i = s·K_i`.
///
/// `T = a·B + t·B~`, `T_i = t·K_i`; challenge c; `z_p = a + c·p`, `z_s = t + c·s`. Checked is `z_p·B + z_s·B~ = T + c·C'` and
/// `z_s·K_i = T_i + c·D_i`. Two answers to challenges that differ give (p, s) by division, the same s in all equations.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CreditProof {
    /// T.
    pub nonce: Element,
    /// `T_i`, one for each party; at most 33.
    #[borsh(deserialize_with = "read_list::<MAX_PARTS, Element, _>")]
    pub nonces: Vec<Element>,
    /// `z_p`.
    pub value: CanonicalScalar,
    /// `z_s`.
    pub blinding: CanonicalScalar,
}

/// What a [`CreditProof`] is about.
#[derive(Clone, Copy, Debug)]
pub struct CreditStatement<'a> {
    /// The price.
    pub price: &'a HiddenPrice,
    /// The parties, as many as the price has parts.
    pub viewers: &'a [ViewerKey],
}

impl CreditStatement<'_> {
    /// A transcript that has absorbed the statement and its place.
    #[must_use]
    pub fn transcript(&self, context: &ProofContext) -> Transcript {
        let mut transcript = Transcript::for_proof(proof::CREDIT, context);
        transcript.append_element(b"C'", &self.price.commitment);
        transcript.append_u64(b"parties", self.viewers.len() as u64);
        for (viewer, part) in self.viewers.iter().zip(&self.price.parts) {
            transcript.append_element(b"K", viewer.element());
            transcript.append_element(b"D", &part.handle);
        }
        transcript
    }

    /// The challenge.
    #[must_use]
    pub fn challenge(mut transcript: Transcript, nonce: &Element, nonces: &[Element]) -> Scalar {
        transcript.append_element(b"T", nonce);
        for nonce in nonces {
            transcript.append_element(b"T_K", nonce);
        }
        transcript.challenge_scalar(b"c")
    }

    /// The equations of a proof; `None` unless price, parties and proof are of one number.
    #[must_use]
    pub fn equations(&self, context: &ProofContext, proof: &CreditProof) -> Option<Vec<Equation>> {
        let count = self.viewers.len();
        if self.price.parts.len() != count || proof.nonces.len() != count {
            return None;
        }
        let c = Self::challenge(self.transcript(context), &proof.nonce, &proof.nonces);
        let mut equations = vec![Equation {
            base: proof.value.0,
            blinding: proof.blinding.0,
            terms: vec![(-Scalar::ONE, *proof.nonce.point()), (-c, *self.price.commitment.point())],
            ..Equation::default()
        }];
        for ((viewer, part), nonce) in self.viewers.iter().zip(&self.price.parts).zip(&proof.nonces) {
            equations.push(Equation {
                terms: vec![
                    (proof.blinding.0, *viewer.element().point()),
                    (-Scalar::ONE, *nonce.point()),
                    (-c, *part.handle.point()),
                ],
                ..Equation::default()
            });
        }
        Some(equations)
    }
}
