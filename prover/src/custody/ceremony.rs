//! How custodians make their key: open, share, finish.
//!
//! Each step consumes the state before it and gives the next one with the message to hand out. Whoever keeps the state replaces
//! it **before** the message goes out, as in a trustees' ceremony.

use std::collections::BTreeMap;

use ark_bls12_381::Fr;
use ark_ff::PrimeField as _;
use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ceremony::{CeremonyId, CeremonySetup, Culprit, EncryptedShare, MessageError, Signed, TrusteeIndex, collect_round},
    domain::personal,
    field,
    hash::blake2b_512,
    keys::FullViewingKey,
    secret::Secret,
};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    CustodyAccount, CustodyKey,
    frost::{Fault, Identifier, Signature, SigningShare, commitment, dkg1, dkg2, identifier, part1, part2, part3},
    message::{Agreement, HashUse, Opening, Sharing, Tag, hash},
};
use crate::{
    keyfile::KeyFileContent,
    trustee::{SecretBytes, TrusteeIdentity},
};

/// Why a custodian does not go on; then all begin again, without the culprit if there is one.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CeremonyError {
    /// This identity is not among the custodians of the setup.
    #[error("the setup does not name this custodian's card")]
    NotACustodian,
    /// A message is missing or not rightly signed.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Another message under this custodian's own name than it sent: its signing key is in use elsewhere.
    #[error("the message under this custodian's own name is not the one that it sent")]
    OwnMessage,
    /// Not as many commitments as the threshold, or points that are none, or no proof of knowledge.
    #[error("the opening of {0} is no commitment to a share, with a proof that it knows it")]
    Opening(Culprit),
    /// A custodian has seen other openings.
    #[error("{0} has seen other openings than this custodian")]
    OtherTranscript(Culprit),
    /// The share for this custodian cannot be read, or is of another custody, sender or recipient.
    #[error("the share from {0} cannot be read")]
    Unreadable(Culprit),
    /// The contribution is not the one that the opening committed to.
    #[error("the contribution of {0} to the viewing keys is not the one that it committed to")]
    Contribution(Culprit),
    /// The share does not fit its sender's opening.
    #[error("the share from {0} does not fit its opening")]
    Share(Culprit),
    /// The stored state does not fit itself, or the key came out as the identity.
    #[error("the state of this ceremony cannot be used: {0}")]
    State(String),
}

impl From<Fault> for CeremonyError {
    fn from(fault: Fault) -> Self {
        Self::State(fault.reason)
    }
}

/// Length of a contribution to the viewing keys.
const CONTRIBUTION_BYTES: usize = 32;

/// After the first step.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub struct Opened {
    setup: CeremonySetup,
    custodian: TrusteeIndex,
    polynomial: SecretBytes,
    contribution: SecretBytes,
    own: Opening,
}

/// After the second step.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub struct Shared {
    setup: CeremonySetup,
    custodian: TrusteeIndex,
    kept: SecretBytes,
    contribution: SecretBytes,
    openings: Vec<Opening>,
    own: Sharing,
}

/// The state between two steps, for a key file.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub enum State {
    /// After the first step.
    Opened(Opened),
    /// After the second step.
    Shared(Shared),
    /// The key is made; what is left is the custody that it was.
    Finished(CeremonyId),
}

/// What a key file holds between two steps: the state, and the last message, to be given out again if it was lost.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub struct Stored {
    /// The state.
    pub state: State,
    /// The bytes of the last message's file.
    pub message: Vec<u8>,
}

impl KeyFileContent for Stored {
    const KIND: &'static str = "custody ceremony";
}

/// What is encrypted to each other custodian.
#[derive(BorshSerialize, BorshDeserialize)]
struct Plaintext {
    custody: CeremonyId,
    sender: TrusteeIndex,
    recipient: TrusteeIndex,
    share: SecretBytes,
    contribution: SecretBytes,
}

impl Opened {
    /// The setup of the custody.
    #[must_use]
    pub const fn setup(&self) -> &CeremonySetup {
        &self.setup
    }

    /// First step: draws the polynomial, and a contribution to the viewing keys.
    ///
    /// # Errors
    /// [`CeremonyError::NotACustodian`].
    pub fn start(
        identity: &TrusteeIdentity,
        setup: CeremonySetup,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(Self, Signed<Opening>), CeremonyError> {
        let custodian = identity.index_in(&setup).ok_or(CeremonyError::NotACustodian)?;
        let own = identifier(custodian).map_err(Fault::from)?;
        let (secret, package) = part1(own, setup.count(), setup.threshold(), &mut *rng).map_err(Fault::from)?;
        let mut contribution = vec![0; CONTRIBUTION_BYTES];
        rng.fill_bytes(&mut contribution);
        let commitments = package.commitment().serialize().map_err(Fault::from)?;
        let commitments = commitments.iter().map(|point| super::frost::bytes(point)).collect::<Result<_, _>>()?;
        let proof = super::frost::bytes(&package.proof_of_knowledge().serialize().map_err(Fault::from)?)?;
        let contributed = commit(setup.id(), custodian, &contribution);
        let own = Opening { tag: Tag, commitments, proof, contribution: contributed };
        let message = identity.sign(&setup, custodian, own.clone());
        let polynomial = SecretBytes::new(secret.serialize().map_err(Fault::from)?);
        Ok((Self { setup, custodian, polynomial, contribution: SecretBytes::new(contribution), own }, message))
    }

    /// Second step: given everybody's opening, checks them, and encrypts a share and the contribution to each other custodian.
    ///
    /// # Errors
    /// [`CeremonyError`], naming the culprit.
    pub fn share(
        self,
        identity: &TrusteeIdentity,
        openings: &[Signed<Opening>],
    ) -> Result<(Shared, Signed<Sharing>), CeremonyError> {
        let Self { setup, custodian, polynomial, contribution, own } = self;
        check_identity(identity, &setup, custodian)?;
        let openings: Vec<Opening> =
            collect_round(&setup, openings)?.into_iter().map(|message| message.payload).collect();
        if openings.get(custodian.position()) != Some(&own) {
            return Err(CeremonyError::OwnMessage);
        }
        let secret = dkg1::SecretPackage::deserialize(polynomial.expose()).map_err(Fault::from)?;
        let (kept, outgoing) = part2(secret, &others(&setup, custodian, &openings)?).map_err(|error| {
            let fault = Fault::of(&setup, &error);
            fault.culprits.first().map_or_else(
                || CeremonyError::State(fault.reason.clone()),
                |culprit| CeremonyError::Opening(setup.culprit(*culprit)),
            )
        })?;
        let custody = setup.id();
        let mut shares = Vec::new();
        for (recipient, card) in setup.trustees().filter(|(index, _)| *index != custodian) {
            let own = identifier(recipient).map_err(Fault::from)?;
            let share = outgoing.get(&own).ok_or_else(|| Fault::new("a share is missing"))?;
            let share = SecretBytes::new(share.signing_share().serialize());
            let plaintext =
                Plaintext { custody, sender: custodian, recipient, share, contribution: contribution.clone() };
            let plaintext = Zeroizing::new(borsh::to_vec(&plaintext).expect("writing to memory"));
            let age: age::x25519::Recipient = card.recipient().to_string().parse().map_err(Fault::new)?;
            let ciphertext = age::encrypt(&age, &plaintext).map_err(Fault::new)?;
            shares.push(EncryptedShare { recipient, ciphertext });
        }
        let own = Sharing { tag: Tag, transcript: transcript(custody, &openings), shares };
        let message = identity.sign(&setup, custodian, own.clone());
        let kept = SecretBytes::new(kept.serialize().map_err(Fault::from)?);
        Ok((Shared { setup, custodian, kept, contribution, openings, own }, message))
    }
}

impl Shared {
    #[cfg(test)]
    pub(super) fn own_message(&self) -> Sharing {
        self.own.clone()
    }

    /// Third step: given everybody's shares, checks the own ones, and makes the key. Keep it on two media before the agreement
    /// goes out.
    ///
    /// # Errors
    /// [`CeremonyError`], naming the culprit.
    pub fn finish(
        self,
        identity: &TrusteeIdentity,
        messages: &[Signed<Sharing>],
    ) -> Result<(CustodyKey, Signed<Agreement>), CeremonyError> {
        let Self { setup, custodian, kept, contribution, openings, own } = self;
        check_identity(identity, &setup, custodian)?;
        let custody = setup.id();
        let messages = collect_round(&setup, messages)?;
        if !messages.iter().any(|message| message.trustee == custodian && message.payload == own) {
            return Err(CeremonyError::OwnMessage);
        }
        let mut shares = BTreeMap::new();
        let mut contributions = Vec::new();
        for (message, opening) in messages.iter().zip(&openings) {
            let sender = message.trustee;
            if message.payload.transcript != own.transcript {
                return Err(CeremonyError::OtherTranscript(setup.culprit(sender)));
            }
            if sender == custodian {
                contributions.push(contribution.clone());
                continue;
            }
            let unreadable = || CeremonyError::Unreadable(setup.culprit(sender));
            let encrypted = message.payload.shares.iter().find(|share| share.recipient == custodian);
            let plaintext = age::decrypt(identity.age(), &encrypted.ok_or_else(unreadable)?.ciphertext);
            let plaintext = Zeroizing::new(plaintext.map_err(|_| unreadable())?);
            let plaintext: Plaintext = borsh::from_slice(&plaintext).map_err(|_| unreadable())?;
            let bound = (plaintext.custody, plaintext.sender, plaintext.recipient) == (custody, sender, custodian);
            if !bound || plaintext.contribution.expose().len() != CONTRIBUTION_BYTES {
                return Err(unreadable());
            }
            if commit(custody, sender, plaintext.contribution.expose()) != opening.contribution {
                return Err(CeremonyError::Contribution(setup.culprit(sender)));
            }
            let share = SigningShare::deserialize(plaintext.share.expose()).map_err(|_| unreadable())?;
            shares.insert(identifier(sender).map_err(Fault::from)?, dkg2::Package::new(share));
            contributions.push(plaintext.contribution);
        }
        let kept = dkg2::SecretPackage::deserialize(kept.expose()).map_err(Fault::from)?;
        let others = others(&setup, custodian, &openings)?;
        let (key, public) = part3(&kept, &others, &shares).map_err(|error| {
            let fault = Fault::of(&setup, &error);
            fault.culprits.first().map_or_else(
                || CeremonyError::State(fault.reason.clone()),
                |culprit| CeremonyError::Share(setup.culprit(*culprit)),
            )
        })?;
        let ak = public.verifying_key().serialize().map_err(Fault::from)?;
        let viewing = viewing_key(custody, &own.transcript, &super::frost::bytes(&ak)?, &contributions)?;
        let verifying = setup.trustees().map(|(index, _)| {
            let share = public.verifying_shares().get(&identifier(index)?);
            super::frost::bytes(&share.ok_or_else(|| Fault::new("a verifying share is missing"))?.serialize()?)
        });
        let verifying = verifying.collect::<Result<Vec<[u8; 32]>, Fault>>()?;
        let account = CustodyAccount::new(setup.clone(), verifying, viewing)?;
        let share = Zeroizing::new(key.signing_share().serialize());
        let agreement = Agreement { tag: Tag, account: account.hash() };
        let key = CustodyKey::new(account, custodian, Secret::new(super::frost::bytes(&share)?))?;
        let message = identity.sign(&setup, custodian, agreement);
        Ok((key, message))
    }
}

/// The hash of a contribution, bound to who makes it.
pub(super) fn commit(custody: CeremonyId, custodian: TrusteeIndex, contribution: &[u8]) -> [u8; 32] {
    let index = custodian.get().to_le_bytes();
    hash(HashUse::Contribution, &[custody.as_bytes(), &index, contribution])
}

pub(super) fn transcript(custody: CeremonyId, openings: &[Opening]) -> [u8; 32] {
    let body = borsh::to_vec(openings).expect("writing to memory");
    hash(HashUse::Transcript, &[custody.as_bytes(), &body])
}

/// `nk`, `ivk` and `ovk` from everybody's contribution, as an account's own key expands to them.
pub(super) fn viewing_key(
    custody: CeremonyId,
    transcript: &[u8; 32],
    ak: &[u8; 32],
    contributions: &[SecretBytes],
) -> Result<FullViewingKey, Fault> {
    let mut parts: Vec<&[u8]> = vec![custody.as_bytes(), transcript];
    parts.extend(contributions.iter().map(SecretBytes::expose));
    let seed = Zeroizing::new(hash(HashUse::Seed, &parts));
    let expand = |label: &[u8]| Zeroizing::new(blake2b_512(personal::EXPAND, &[seed.as_slice(), label]));
    let mut bytes = Zeroizing::new([0; 128]);
    bytes[..32].copy_from_slice(ak);
    bytes[32..64].copy_from_slice(&field::to_bytes(&Fr::from_le_bytes_mod_order(expand(b"nk").as_slice())));
    bytes[64..96].copy_from_slice(Scalar::from_bytes_mod_order_wide(&expand(b"ivk")).as_bytes());
    bytes[96..].copy_from_slice(&expand(b"ovk")[..32]);
    FullViewingKey::from_bytes(&bytes).ok_or_else(|| Fault::new("ak is of small order"))
}

fn others(
    setup: &CeremonySetup,
    own: TrusteeIndex,
    openings: &[Opening],
) -> Result<BTreeMap<Identifier, dkg1::Package>, CeremonyError> {
    let mut packages = BTreeMap::new();
    for ((index, _), opening) in setup.trustees().zip(openings).filter(|((index, _), _)| *index != own) {
        let bad = || CeremonyError::Opening(setup.culprit(index));
        if opening.commitments.len() != usize::from(setup.threshold()) {
            return Err(bad());
        }
        let commitments = commitment(&opening.commitments).map_err(|_| bad())?;
        let proof = Signature::deserialize(&opening.proof).map_err(|_| bad())?;
        packages.insert(identifier(index).map_err(Fault::from)?, dkg1::Package::new(commitments, proof));
    }
    Ok(packages)
}

fn check_identity(
    identity: &TrusteeIdentity,
    setup: &CeremonySetup,
    custodian: TrusteeIndex,
) -> Result<(), CeremonyError> {
    if identity.index_in(setup) == Some(custodian) { Ok(()) } else { Err(CeremonyError::NotACustodian) }
}
