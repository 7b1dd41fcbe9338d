//! Some attributes of a thing, shown to whoever asks: opened, or only that a number is not below or above another.
//!
//! What is opened is known to the verifier for good, who can show it on. What is proved of a range convinces whoever chose the
//! challenge, and nobody else. Neither says who owns the thing: that shows when it is handed over.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    hash::blake2b_256,
    list::read_list,
    note::AssetId,
    range::{RangeProofBytes, RangeStatement},
    ristretto::Element,
    transaction::{LedgerId, TransactionDigest},
    transcript::ProofContext,
};
use tabella_verifier::{
    files::PublicFile,
    range::{RangeObligation, verify_ranges},
};
use thiserror::Error;

use crate::{
    APPLICATION,
    attribute::{Opening, Path, Value, climb, number_leaf},
    domain,
    registry::RegistryId,
    schema::{Attribute, MAX_ATTRIBUTES, Schema},
    state::{Provenance, Theft},
};

/// Whatever a verifier asks with: `BLAKE2b-256("Tabella_OriChall", 32 random bytes || name of the verifier)`. It names the
/// verifier, so that nobody passes a question on as its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Challenge(pub [u8; 32]);

impl Challenge {
    /// The challenge of a verifier's random bytes.
    #[must_use]
    pub fn new(random: &[u8; 32], verifier: &str) -> Self {
        Self(blake2b_256(domain::CHALLENGE, &[random, verifier.as_bytes()]))
    }
}

/// Bounds of a number, both included; at least one is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Bounds {
    /// Not less than this.
    pub at_least: Option<u64>,
    /// Not more than this.
    pub at_most: Option<u64>,
}

/// One attribute, shown.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Shown {
    /// Its value.
    Opened {
        /// Its index in the schema.
        attribute: u8,
        /// What opens its leaf.
        opening: Opening,
        /// Siblings from the leaf to the root.
        path: Path,
    },
    /// That its number is within bounds.
    Range {
        /// Its index in the schema.
        attribute: u8,
        /// What its leaf holds.
        commitment: Element,
        /// Siblings from the leaf to the root.
        path: Path,
        /// The bounds.
        bounds: Bounds,
        /// A Bulletproof of [`range_statement`].
        proof: RangeProofBytes,
    },
}

/// What is shown of a thing to one verifier.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Presentation {
    /// The ledger.
    pub ledger: LedgerId,
    /// The thing.
    pub asset: AssetId,
    /// 1 to 64 attributes, ascending.
    #[borsh(deserialize_with = "read_list::<MAX_ATTRIBUTES, Shown, _>")]
    pub shown: Vec<Shown>,
}

impl PublicFile for Presentation {
    const KIND: &'static str = "provenance presentation";
}

/// Why a presentation shows nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PresentationError {
    /// Of another ledger.
    #[error("it is of ledger {0}, and this is another one")]
    Ledger(LedgerId),
    /// Not registered.
    #[error("no thing is registered as asset {0}")]
    UnknownAsset(AssetId),
    /// Nothing is shown, or not in order.
    #[error("a presentation shows 1 to {MAX_ATTRIBUTES} attributes, each once and in their order")]
    Order,
    /// An attribute that the schema does not have.
    #[error("a {schema} has no attribute of index {index}")]
    Attribute {
        /// The schema.
        schema: Schema,
        /// The index.
        index: u8,
    },
    /// A value that the attribute cannot have.
    #[error("attribute {0} cannot have such a value")]
    Value(&'static str),
    /// Not what was registered.
    #[error("what is shown of attribute {0} is not what was registered")]
    Commitment(&'static str),
    /// No bounds, or bounds that contradict each other.
    #[error("attribute {0}: a range has a lower or an upper bound, the lower not above the upper")]
    Bounds(&'static str),
    /// The proof is wrong, or of something else.
    #[error(
        "attribute {0} is not proved to be within these bounds: the number is outside, or the proof is for another thing, question or verifier"
    )]
    Range(&'static str),
}

/// What was learned of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Learned {
    /// Its value.
    Value(Value),
    /// Its bounds.
    Bounds(Bounds),
}

/// What whoever checked a presentation knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// In which registry the thing stands.
    pub registry: RegistryId,
    /// Who has issued its certificate.
    pub issuer: [u8; 32],
    /// Whether the registrar still authorises the issuer.
    pub is_authorised: bool,
    /// What kind of thing.
    pub schema: Schema,
    /// Whether its note was made.
    pub is_claimed: bool,
    /// The theft, if one is reported.
    pub theft: Option<Theft>,
    /// What was shown.
    pub attributes: Vec<(&'static Attribute, Learned)>,
}

/// What the range proof is about: `C - least·B`, `most·B - C`, or both, below 2^64, for this thing, attribute, challenge and
/// bounds. `None` without bounds, or with bounds that contradict each other.
#[must_use]
pub fn range_statement(
    asset: AssetId,
    attribute: u8,
    challenge: Challenge,
    commitment: &Element,
    bounds: Bounds,
) -> Option<RangeStatement> {
    let Bounds { at_least, at_most } = bounds;
    if at_least.is_none() && at_most.is_none() || at_least.zip(at_most).is_some_and(|(least, most)| least > most) {
        return None;
    }
    let bounds = borsh::to_vec(&bounds).expect("writing to memory");
    let purpose = [
        APPLICATION.0.as_slice(),
        b"attribute",
        &challenge.0,
        &asset.to_bytes(),
        &[attribute],
        commitment.as_bytes(),
        &bounds,
    ];
    let point = |number: u64| &Scalar::from(number) * RISTRETTO_BASEPOINT_TABLE;
    let above = at_least.map(|least| (commitment.point() - point(least)).into());
    let below = at_most.map(|most| (point(most) - commitment.point()).into());
    Some(RangeStatement { purpose: purpose.concat(), commitments: above.into_iter().chain(below).collect() })
}

/// Where the range proofs of a presentation stand: on a ledger, in no transaction.
#[must_use]
pub const fn context(ledger: LedgerId) -> ProofContext {
    ProofContext { ledger, digest: TransactionDigest([0; 32]), index: 0 }
}

impl Shown {
    const fn index(&self) -> u8 {
        match self {
            Self::Opened { attribute, .. } | Self::Range { attribute, .. } => *attribute,
        }
    }
}

impl Presentation {
    /// Checks it against what is registered on the ledger, as the verifier who asked with a challenge. Its range proofs share one
    /// equation, when all else is right.
    ///
    /// # Errors
    /// [`PresentationError`] names what is wrong.
    pub fn check(
        &self,
        state: &Provenance,
        ledger: LedgerId,
        challenge: Challenge,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Findings, PresentationError> {
        if self.ledger != ledger {
            return Err(PresentationError::Ledger(self.ledger));
        }
        let (stone, batch) = state.stone_and_batch(&self.asset).ok_or(PresentationError::UnknownAsset(self.asset))?;
        let indices: Vec<u8> = self.shown.iter().map(Shown::index).collect();
        if indices.is_empty() || indices.len() > MAX_ATTRIBUTES || !indices.is_sorted_by(|a, b| a < b) {
            return Err(PresentationError::Order);
        }
        let mut attributes = Vec::with_capacity(self.shown.len());
        let (mut names, mut ranges) = (Vec::new(), Vec::new());
        for shown in &self.shown {
            let (schema, index) = (batch.schema, shown.index());
            let attribute = schema.attribute(index).ok_or(PresentationError::Attribute { schema, index })?;
            let name = attribute.name;
            let (leaf, path) = match shown {
                Shown::Opened { opening, path, .. } => {
                    opening.value().check(attribute).map_err(|_| PresentationError::Value(name))?;
                    (opening.leaf(index), path)
                }
                Shown::Range { commitment, path, .. } => (number_leaf(index, commitment), path),
            };
            if climb(index, leaf, path) != stone.root {
                return Err(PresentationError::Commitment(name));
            }
            let learned = match shown {
                Shown::Opened { opening, .. } => Learned::Value(opening.value()),
                Shown::Range { commitment, bounds, proof, .. } => {
                    let statement = range_statement(self.asset, index, challenge, commitment, *bounds)
                        .ok_or(PresentationError::Bounds(name))?;
                    names.push(name);
                    ranges.push(RangeObligation { context: context(ledger), statement, proof: proof.clone() });
                    Learned::Bounds(*bounds)
                }
            };
            attributes.push((attribute, learned));
        }
        // A batch that is refused names at least one culprit.
        verify_ranges(&ranges.iter().collect::<Vec<_>>(), rng)
            .map_err(|error| PresentationError::Range(names[error.culprits[0]]))?;
        let registry = state.registry(&batch.registry);
        let issuer = registry.and_then(|registry| registry.issuers.get(&batch.issuer));
        Ok(Findings {
            registry: batch.registry,
            issuer: batch.issuer,
            is_authorised: issuer.is_some_and(|issuer| issuer.is_authorised),
            schema: batch.schema,
            is_claimed: stone.is_claimed,
            theft: stone.theft,
            attributes,
        })
    }
}
