//! Consents, and what an amendment is agreed to by.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    note::{NoteValue, Timestamp},
    ristretto::CanonicalScalar,
    transaction::{LedgerId, SignatureBytes},
};
use tabella_prover::account::AmountOpening;
use tabella_trade_rules::{
    action::Consent,
    error::Role,
    letter::{Conditions, LetterId, Requirement},
};
use tabella_verifier::application::signed_by;

use super::{LetterError, OnLedger, description_digest};
use crate::keys::TradeKeys;

/// A party's consent, in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedConsent {
    /// The ledger.
    pub ledger: LedgerId,
    /// To what.
    pub consent: Consent,
    /// By whom.
    pub party: [u8; 32],
    /// The signature.
    pub signature: SignatureBytes,
}

impl SignedConsent {
    /// Agrees.
    #[must_use]
    pub fn new(keys: &TradeKeys, ledger: LedgerId, consent: Consent) -> Self {
        Self { ledger, consent, party: keys.party(), signature: keys.consent(ledger, &consent) }
    }
}

/// The signature of a party among consents.
pub(super) fn find(
    consents: &[SignedConsent],
    ledger: LedgerId,
    consent: &Consent,
    party: &[u8; 32],
    role: Role,
) -> Result<SignatureBytes, LetterError> {
    let message = consent.message(ledger);
    let fits = |one: &&SignedConsent| one.consent == *consent && signed_by(party, &message, &one.signature.0);
    consents.iter().find(fits).map(|one| one.signature).ok_or(LetterError::NoConsent(role))
}

/// What of a letter's conditions is to be another; what is left out stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The last moment of shipment.
    pub latest_shipment: Option<Timestamp>,
    /// Documents are presented before this.
    pub expiry: Option<Timestamp>,
    /// What must be presented: in the place of all that the letter asks for.
    pub documents: Vec<Requirement>,
}

impl Change {
    /// Changes conditions. Without a transport document there is no latest shipment any more.
    pub fn apply(self, conditions: &mut Conditions) {
        if !self.documents.is_empty() {
            conditions.documents = self.documents;
        }
        let is_shipped = conditions.documents.iter().any(|required| required.kind.is_transport());
        let kept = conditions.latest_shipment.filter(|_| is_shipped);
        conditions.latest_shipment = self.latest_shipment.or(kept);
        conditions.expiry = self.expiry.unwrap_or(conditions.expiry);
    }
}

/// Other conditions for a letter, and more money if there is to be more, for those who are to agree. `Debug` prints neither amount
/// nor words.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AmendmentFile {
    /// The ledger.
    pub ledger: LedgerId,
    /// Which letter.
    pub letter: LetterId,
    /// How often it was amended before.
    pub version: u32,
    /// From then on.
    pub conditions: Conditions,
    /// Other words about goods and documents, and what blinds their digest; `None` if they stay.
    pub description: Option<(String, [u8; 32])>,
    /// By how much the amount grows, and what hides that.
    pub increase: Option<(NoteValue, CanonicalScalar)>,
}

impl fmt::Debug for AmendmentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AmendmentFile").field("letter", &self.letter).finish_non_exhaustive()
    }
}

impl AmendmentFile {
    /// An amendment of a letter as it stands: `change` is given its conditions.
    ///
    /// # Errors
    /// [`LetterError::Terms`].
    pub fn new(
        on: &OnLedger<'_>,
        change: impl FnOnce(&mut Conditions),
        description: Option<String>,
        increase: Option<NoteValue>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, LetterError> {
        let mut conditions = on.letter.conditions.clone();
        change(&mut conditions);
        conditions.documents.sort_unstable();
        let mut blinding = [0; 32];
        rng.fill_bytes(&mut blinding);
        let description = description.map(|text| (text, blinding));
        if let Some((text, blinding)) = &description {
            conditions.description = description_digest(blinding, text);
        }
        conditions.check(on.letter.terms.claim_until)?;
        let increase = increase.map(|amount| (amount, CanonicalScalar(Scalar::random(rng))));
        Ok(Self { ledger: on.ledger, letter: on.id, version: on.letter.version, conditions, description, increase })
    }

    /// The opening of the increase.
    #[must_use]
    pub fn opening(&self) -> Option<AmountOpening> {
        self.increase.map(|(amount, blinding)| AmountOpening::new(amount, blinding.0))
    }

    /// Whether it is for the letter as it stands, and opens what it hides.
    ///
    /// # Errors
    /// [`LetterError`] tells what does not fit.
    pub fn check(&self, on: &OnLedger<'_>) -> Result<(), LetterError> {
        if (self.ledger, self.letter, self.version) != (on.ledger, on.id, on.letter.version) {
            return Err(LetterError::File("it amends another letter, or this one as it was before"));
        }
        let words = self.description.as_ref().map(|(text, blinding)| description_digest(blinding, text));
        if words.unwrap_or(on.letter.conditions.description) != self.conditions.description {
            return Err(LetterError::File("the description is another one"));
        }
        if self.increase.is_some_and(|(amount, _)| amount == NoteValue(0)) {
            return Err(LetterError::File("an increase is at least one unit"));
        }
        Ok(self.conditions.check(on.letter.terms.claim_until)?)
    }

    /// What is signed by whoever agrees: it binds ledger, letter, version, conditions, words and increase.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.consent().message(self.ledger)
    }

    /// What applicant and beneficiary agree to.
    #[must_use]
    pub fn consent(&self) -> Consent {
        Consent::Amend {
            letter: self.letter,
            version: self.version,
            conditions: self.conditions.digest(),
            increase: self.opening().map(|opening| opening.commitment()),
        }
    }
}
