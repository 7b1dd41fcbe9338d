//! The key ceremony, round by round.

mod frost;
mod shares;

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::ceremony::{
    Acknowledgement, CeremonySetup, Commitment, Confirmation, Culprit, IdentityKey, JointKey, MessageError, Reveal,
    Round, Round1Package, Shares, Signed, TranscriptHash, TrusteeIndex, collect_round,
};
use thiserror::Error;

use self::shares::OwnShare;
use super::{
    identity::TrusteeIdentity,
    key::TrusteeKey,
    stored::{SecretBytes, SecretScalar},
};
use crate::keyfile::KeyFileContent;

/// Why a trustee does not go on; the ceremony must then be begun again, without the culprit if there is one.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CeremonyStepError {
    /// This identity is not among the trustees of the setup.
    #[error("the setup does not name this trustee's card")]
    NotATrustee,
    /// A message is missing or not rightly signed.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The messages hold another one under this trustee's own name than it sent: its signing key is in use elsewhere.
    #[error("round {0}: the message under this trustee's own name is not the one that it sent")]
    OwnMessage(Round),
    /// A package differs from what its trustee committed to.
    #[error("round 1 (reveal): the package of {0} is not the one that it committed to")]
    PackageChanged(Culprit),
    /// A package has another number of commitments than the threshold.
    #[error("round 1 (reveal): the package of {trustee} has {found} commitments, and the threshold is {threshold}")]
    Degree {
        /// Whose package.
        trustee: Culprit,
        /// How many commitments it has.
        found: usize,
        /// How many it must have.
        threshold: u16,
    },
    /// The proof of knowledge does not verify.
    #[error("round 1 (reveal): {0} has not proved that it knows the secret of its package")]
    ProofOfKnowledge(Culprit),
    /// The packages add up to the identity.
    #[error(transparent)]
    IdentityKey(#[from] IdentityKey),
    /// A trustee has seen other packages than this one.
    #[error("round 2 (confirm): {0} has seen other packages than this trustee")]
    OtherTranscript(Culprit),
    /// Not one share for each other trustee, in order.
    #[error("round 3 (share): {0} has not sent one share to each other trustee")]
    ShareList(Culprit),
    /// The share for this trustee cannot be decrypted, or is not a share of this ceremony from its sender.
    #[error("round 3 (share): the share from {0} cannot be read")]
    ShareUnreadable(Culprit),
    /// The share for this trustee does not fit its sender's package.
    #[error("round 3 (share): the share from {0} does not fit its package")]
    ShareWrong(Culprit),
    /// A recipient cannot be encrypted to.
    #[error("round 3 (share): a share for {0} could not be encrypted")]
    Encrypt(Culprit),
    /// The stored state does not fit itself.
    #[error("the stored state of the ceremony is damaged: {0}")]
    State(String),
}

/// A trustee has committed to its package. Next: [`Committed::reveal`].
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub struct Committed {
    setup: CeremonySetup,
    trustee: TrusteeIndex,
    package: Round1Package,
    polynomial: SecretBytes,
}

/// A trustee has revealed its package. Next: [`Revealed::confirm`].
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub struct Revealed {
    setup: CeremonySetup,
    trustee: TrusteeIndex,
    package: Round1Package,
    polynomial: SecretBytes,
    commitments: Vec<Signed<Commitment>>,
}

/// A trustee has checked and confirmed all packages. Next: [`Confirmed::share`].
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub struct Confirmed {
    setup: CeremonySetup,
    trustee: TrusteeIndex,
    packages: Vec<Round1Package>,
    transcript: TranscriptHash,
    outgoing: Vec<OwnShare>,
    kept: SecretBytes,
}

/// A trustee has sent its shares. Next: [`Shared::finish`].
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub struct Shared {
    setup: CeremonySetup,
    trustee: TrusteeIndex,
    packages: Vec<Round1Package>,
    kept: SecretBytes,
}

impl Committed {
    /// Round 0: draws the polynomial and commits to the package.
    ///
    /// # Errors
    /// [`CeremonyStepError::NotATrustee`].
    pub fn start(
        identity: &TrusteeIdentity,
        setup: CeremonySetup,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(Self, Signed<Commitment>), CeremonyStepError> {
        let trustee = identity.index_in(&setup).ok_or(CeremonyStepError::NotATrustee)?;
        let (polynomial, package) = frost::draw(&setup, trustee, rng)?;
        let commitment = Commitment { package: package.hash(setup.id(), trustee) };
        let message = identity.sign(&setup, trustee, commitment);
        Ok((Self { setup, trustee, package, polynomial }, message))
    }

    /// Round 1: given everybody's commitment, reveals the package.
    ///
    /// # Errors
    /// [`CeremonyStepError`], naming the culprit.
    pub fn reveal(
        self,
        identity: &TrusteeIdentity,
        commitments: &[Signed<Commitment>],
    ) -> Result<(Revealed, Signed<Reveal>), CeremonyStepError> {
        let Self { setup, trustee, package, polynomial } = self;
        check_identity(identity, &setup, trustee)?;
        let commitments = collect_round(&setup, commitments)?;
        let own = Commitment { package: package.hash(setup.id(), trustee) };
        check_own(&commitments, trustee, &own, Round::Commit)?;
        let message = identity.sign(&setup, trustee, Reveal { package: package.clone() });
        Ok((Revealed { setup, trustee, package, polynomial, commitments }, message))
    }
}

impl Revealed {
    /// Round 2: given everybody's package, checks each against its commitment, its length and its proof of knowledge, and
    /// confirms what it saw.
    ///
    /// # Errors
    /// [`CeremonyStepError`], naming the culprit.
    pub fn confirm(
        self,
        identity: &TrusteeIdentity,
        reveals: &[Signed<Reveal>],
    ) -> Result<(Confirmed, Signed<Confirmation>), CeremonyStepError> {
        let Self { setup, trustee, package, polynomial, commitments } = self;
        check_identity(identity, &setup, trustee)?;
        let id = setup.id();
        let reveals = collect_round(&setup, reveals)?;
        check_own(&reveals, trustee, &Reveal { package }, Round::Reveal)?;
        for (commitment, reveal) in commitments.iter().zip(&reveals) {
            let package = &reveal.payload.package;
            if package.hash(id, reveal.trustee) != commitment.payload.package {
                return Err(CeremonyStepError::PackageChanged(setup.culprit(reveal.trustee)));
            }
            let (found, threshold) = (package.commitments().len(), setup.threshold());
            if found != usize::from(threshold) {
                let trustee = setup.culprit(reveal.trustee);
                return Err(CeremonyStepError::Degree { trustee, found, threshold });
            }
        }
        let transcript = TranscriptHash::new(id, &commitments, &reveals);
        let packages: Vec<_> = reveals.into_iter().map(|reveal| reveal.payload.package).collect();
        JointKey::from_packages(&packages)?;
        let (kept, outgoing) = frost::check_and_share(&setup, trustee, &polynomial, &packages)?;
        let message = identity.sign(&setup, trustee, Confirmation { transcript });
        Ok((Confirmed { setup, trustee, packages, transcript, outgoing, kept }, message))
    }
}

impl Confirmed {
    /// Round 3: given everybody's confirmation of the same packages, sends each other trustee its share, encrypted.
    ///
    /// # Errors
    /// [`CeremonyStepError`], naming the culprit.
    pub fn share(
        self,
        identity: &TrusteeIdentity,
        confirmations: &[Signed<Confirmation>],
    ) -> Result<(Shared, Signed<Shares>), CeremonyStepError> {
        let Self { setup, trustee, packages, transcript, outgoing, kept } = self;
        check_identity(identity, &setup, trustee)?;
        let confirmations = collect_round(&setup, confirmations)?;
        check_own(&confirmations, trustee, &Confirmation { transcript }, Round::Confirm)?;
        if let Some(other) = confirmations.iter().find(|message| message.payload.transcript != transcript) {
            return Err(CeremonyStepError::OtherTranscript(setup.culprit(other.trustee)));
        }
        let message = identity.sign(&setup, trustee, shares::encrypt(&setup, trustee, &outgoing)?);
        Ok((Shared { setup, trustee, packages, kept }, message))
    }
}

impl Shared {
    /// Round 4: given everybody's shares, decrypts and checks the own ones, and acknowledges the outcome. Keep the key on
    /// two media before publishing the acknowledgement.
    ///
    /// # Errors
    /// [`CeremonyStepError`], naming the culprit.
    pub fn finish(
        self,
        identity: &TrusteeIdentity,
        messages: &[Signed<Shares>],
    ) -> Result<(TrusteeKey, Signed<Acknowledgement>), CeremonyStepError> {
        let Self { setup, trustee, packages, kept } = self;
        check_identity(identity, &setup, trustee)?;
        let messages = collect_round(&setup, messages)?;
        let mut received = Vec::with_capacity(messages.len());
        for message in messages.iter().filter(|message| message.trustee != trustee) {
            received.push((message.trustee, shares::decrypt(identity, &setup, trustee, message)?));
        }
        let joint = JointKey::from_packages(&packages)?;
        let share: SecretScalar = frost::finish(&setup, trustee, &packages, &kept, &received, &joint)?;
        let outcome = joint.hash(setup.id());
        let key = TrusteeKey::new(setup.id(), trustee, joint, share)
            .ok_or_else(|| CeremonyStepError::State("the share does not fit its verifying share".to_owned()))?;
        let message = identity.sign(&setup, trustee, Acknowledgement { outcome });
        Ok((key, message))
    }
}

/// The state between two rounds, for a key file.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub enum CeremonyState {
    /// After round 0.
    Committed(Committed),
    /// After round 1.
    Revealed(Revealed),
    /// After round 2.
    Confirmed(Confirmed),
    /// After round 3.
    Shared(Shared),
}

impl CeremonyState {
    /// The setup of the ceremony.
    #[must_use]
    pub const fn setup(&self) -> &CeremonySetup {
        match self {
            Self::Committed(Committed { setup, .. })
            | Self::Revealed(Revealed { setup, .. })
            | Self::Confirmed(Confirmed { setup, .. })
            | Self::Shared(Shared { setup, .. }) => setup,
        }
    }

    /// The round whose messages are waited for.
    #[must_use]
    pub const fn waits_for(&self) -> Round {
        match self {
            Self::Committed(_) => Round::Commit,
            Self::Revealed(_) => Round::Reveal,
            Self::Confirmed(_) => Round::Confirm,
            Self::Shared(_) => Round::Share,
        }
    }
}

impl KeyFileContent for CeremonyState {
    const KIND: &'static str = "trustee ceremony state";
}

fn check_identity(
    identity: &TrusteeIdentity,
    setup: &CeremonySetup,
    trustee: TrusteeIndex,
) -> Result<(), CeremonyStepError> {
    if identity.index_in(setup) == Some(trustee) { Ok(()) } else { Err(CeremonyStepError::NotATrustee) }
}

fn check_own<P: PartialEq + fmt::Debug>(
    messages: &[Signed<P>],
    trustee: TrusteeIndex,
    own: &P,
    round: Round,
) -> Result<(), CeremonyStepError> {
    let same = messages.iter().any(|message| message.trustee == trustee && message.payload == *own);
    if same { Ok(()) } else { Err(CeremonyStepError::OwnMessage(round)) }
}
