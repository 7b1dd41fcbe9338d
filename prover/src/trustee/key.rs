//! A trustee's share of an election's key, and what it is used for: the rehearsal and the tally.

use std::{fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ceremony::{CeremonyId, CeremonyRecord, JointKey, TrusteeIndex},
    decryption::{
        CanaryProof, DecryptionContext, DecryptionProof, DecryptionStatement, PartialDecryption, Purpose, canary,
        challenge, vartime_weighted_sum,
    },
    elgamal::{Ciphertext, ElectionKey},
    ristretto::{CanonicalScalar, Element},
    transaction::LedgerId,
};
use thiserror::Error;
use zeroize::Zeroizing;

use super::stored::{SecretScalar, invalid};
use crate::keyfile::KeyFileContent;

/// Why a trustee does not decrypt.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecryptError {
    /// The election's key is not the one that this share is of.
    #[error("this key share belongs to another ceremony than the election's")]
    OtherKey,
    /// The record is of another ceremony, or shows another outcome.
    #[error("the ceremony's record is not that of the ceremony in which this key share was made")]
    OtherCeremony,
}

/// A trustee's secret share `s_i`, with what it needs to know about the ceremony. Whoever reads one has checked that
/// `s_i·B = Y_i`.
pub struct TrusteeKey {
    ceremony: CeremonyId,
    trustee: TrusteeIndex,
    joint: JointKey,
    share: SecretScalar,
}

impl TrusteeKey {
    /// `None` unless `share·B` is the trustee's verifying share.
    pub(super) fn new(
        ceremony: CeremonyId,
        trustee: TrusteeIndex,
        joint: JointKey,
        share: SecretScalar,
    ) -> Option<Self> {
        let verifying = joint.share(trustee)?;
        (*verifying.point() == RistrettoPoint::mul_base(share.expose())).then_some(Self {
            ceremony,
            trustee,
            joint,
            share,
        })
    }

    /// Which ceremony made the share.
    #[must_use]
    pub const fn ceremony(&self) -> CeremonyId {
        self.ceremony
    }

    /// The trustee.
    #[must_use]
    pub const fn trustee(&self) -> TrusteeIndex {
        self.trustee
    }

    /// The joint key Y.
    #[must_use]
    pub const fn election_key(&self) -> &ElectionKey {
        self.joint.key()
    }

    /// Checks that a record, verified before, is that of the share's own ceremony.
    ///
    /// # Errors
    /// [`DecryptError::OtherCeremony`].
    pub fn check_record(&self, record: &CeremonyRecord) -> Result<(), DecryptError> {
        let packages = record.packages.iter().map(|reveal| &reveal.payload.package);
        let same = record.setup.id() == self.ceremony && JointKey::from_packages(packages).as_ref() == Ok(&self.joint);
        if same { Ok(()) } else { Err(DecryptError::OtherCeremony) }
    }

    /// The rehearsal: decrypts the canary of this election, key and trustee, which is computed here and cannot be chosen.
    ///
    /// # Errors
    /// [`DecryptError::OtherKey`] unless the manifest names this share's joint key.
    pub fn rehearse(
        &self,
        ledger: LedgerId,
        election: &[u8; 32],
        key: &ElectionKey,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<CanaryProof, DecryptError> {
        let context = DecryptionContext { ledger, election: *election, purpose: Purpose::Canary, key: *key };
        let ciphertext = canary(election, key, self.trustee);
        let (shares, proof) = self.decrypt(context, &[ciphertext], rng)?;
        let share = *shares.first().expect("one ciphertext gives one share");
        Ok(CanaryProof { trustee: self.trustee, share, proof })
    }

    /// The tally: decrypts totals, or ranked ballots that are finally counted. The caller has computed the list itself from
    /// a record that it verified, and the election is closed; nothing else is ever given to this function.
    ///
    /// # Errors
    /// [`DecryptError::OtherKey`] unless the manifest names this share's joint key.
    pub fn decrypt_tally(
        &self,
        ledger: LedgerId,
        election: &[u8; 32],
        key: &ElectionKey,
        ciphertexts: &[Ciphertext],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PartialDecryption, DecryptError> {
        let context = DecryptionContext { ledger, election: *election, purpose: Purpose::Tally, key: *key };
        let (shares, proof) = self.decrypt(context, ciphertexts, rng)?;
        Ok(PartialDecryption { trustee: self.trustee, shares, proof })
    }

    fn decrypt(
        &self,
        context: DecryptionContext,
        ciphertexts: &[Ciphertext],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(Vec<Element>, DecryptionProof), DecryptError> {
        if context.key != *self.joint.key() {
            return Err(DecryptError::OtherKey);
        }
        let verifying_share = *self.joint.share(self.trustee).expect("checked when the key was made");
        let secret = self.share.expose();
        let shares: Vec<_> = ciphertexts.iter().map(|each| Element::new(secret * each.c1.point())).collect();

        let statement = DecryptionStatement { context, trustee: self.trustee, verifying_share, ciphertexts };
        let (mut transcript, weights) = statement.transcript(&shares);
        let bases: RistrettoPoint = vartime_weighted_sum(&weights, ciphertexts.iter().map(|each| &each.c1));

        let witness = Zeroizing::new(secret.to_bytes());
        let mut nonces = transcript.build_rng().rekey_with_witness_bytes(b"share", &*witness).finalize(rng);
        let nonce = Zeroizing::new(Scalar::random(&mut nonces));
        let base_commitment = Element::new(RistrettoPoint::mul_base(&nonce));
        let sum_commitment = Element::new(*nonce * bases);
        let c = challenge(&mut transcript, &base_commitment, &sum_commitment);
        let response = CanonicalScalar(*nonce + c * secret);
        Ok((shares, DecryptionProof { base_commitment, sum_commitment, response }))
    }
}

impl fmt::Debug for TrusteeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrusteeKey({}, trustee {}, <secret>)", self.ceremony, self.trustee)
    }
}

impl KeyFileContent for TrusteeKey {
    const KIND: &'static str = "trustee key";
}

impl BorshSerialize for TrusteeKey {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        (&self.ceremony, &self.trustee, &self.joint, &self.share).serialize(writer)
    }
}

impl BorshDeserialize for TrusteeKey {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let ceremony = CeremonyId::deserialize_reader(reader)?;
        let trustee = TrusteeIndex::deserialize_reader(reader)?;
        let joint = JointKey::deserialize_reader(reader)?;
        let share = SecretScalar::deserialize_reader(reader)?;
        Self::new(ceremony, trustee, joint, share).ok_or_else(|| invalid("the share does not fit its verifying share"))
    }
}
