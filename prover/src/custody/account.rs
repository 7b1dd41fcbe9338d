//! The account that custodians hold together.

use std::{collections::BTreeMap, io};

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    ceremony::{CeremonyId, CeremonySetup, Culprit, MAX_TRUSTEES, MessageError, Signed, TrusteeIndex, collect_round},
    keys::FullViewingKey,
};
use tabella_verifier::files::PublicFile;
use thiserror::Error;

use super::{
    frost::{Fault, PublicKeyPackage, VerifyingKey, VerifyingShare, identifier},
    message::{Agreement, HashUse, hash, invalid, read_bounded},
};

/// Why an account is not that of all custodians.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountError {
    /// A message is missing or not rightly signed.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A custodian holds a share of another account.
    #[error("{0} agreed to another account than this one")]
    Other(Culprit),
}

/// Who the custodians are, what their shares verify under, and what sees the account's payments. Confidential: whoever has it
/// sees everything that comes and goes. It spends nothing.
///
/// Encoding: setup, a list of verifying shares (32 bytes each, in order), `ak || nk || ivk || ovk`.
#[derive(Clone, Debug)]
pub struct CustodyAccount {
    setup: CeremonySetup,
    shares: Vec<[u8; 32]>,
    viewing: FullViewingKey,
}

impl CustodyAccount {
    pub(super) fn new(setup: CeremonySetup, shares: Vec<[u8; 32]>, viewing: FullViewingKey) -> Result<Self, Fault> {
        if shares.len() != usize::from(setup.count()) {
            return Err(Fault::new("there is not one verifying share for each custodian"));
        }
        let account = Self { setup, shares, viewing };
        account.public_keys()?;
        Ok(account)
    }

    /// Who the custodians are and how many sign.
    #[must_use]
    pub const fn setup(&self) -> &CeremonySetup {
        &self.setup
    }

    /// Which custody.
    #[must_use]
    pub fn id(&self) -> CeremonyId {
        self.setup.id()
    }

    /// What sees the account, and plans and proves its transfers.
    #[must_use]
    pub const fn viewing_key(&self) -> &FullViewingKey {
        &self.viewing
    }

    /// What custodians agree on.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash(HashUse::Account, &[&borsh::to_vec(self).expect("writing to memory")])
    }

    /// Checks that every custodian has agreed to this account. Nothing is to be sent to it before.
    ///
    /// # Errors
    /// [`AccountError`], naming the culprit.
    pub fn check_agreements(&self, messages: &[Signed<Agreement>]) -> Result<(), AccountError> {
        let own = self.hash();
        for message in collect_round(&self.setup, messages)? {
            if message.payload.account != own {
                return Err(AccountError::Other(self.setup.culprit(message.trustee)));
            }
        }
        Ok(())
    }

    pub(super) fn share(&self, index: TrusteeIndex) -> Option<&[u8; 32]> {
        self.shares.get(index.position())
    }

    pub(super) fn verifying_key(&self) -> Result<VerifyingKey, Fault> {
        Ok(VerifyingKey::deserialize(&self.viewing.spend_validating_key().point().to_bytes())?)
    }

    /// What signature shares verify under.
    pub(super) fn public_keys(&self) -> Result<PublicKeyPackage, Fault> {
        let mut shares = BTreeMap::new();
        for ((index, _), share) in self.setup.trustees().zip(&self.shares) {
            shares.insert(identifier(index)?, VerifyingShare::deserialize(share)?);
        }
        Ok(PublicKeyPackage::new(shares, self.verifying_key()?, Some(self.setup.threshold())))
    }
}

impl BorshSerialize for CustodyAccount {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.setup.serialize(writer)?;
        self.shares.serialize(writer)?;
        writer.write_all(self.viewing.to_bytes().as_slice())
    }
}

impl BorshDeserialize for CustodyAccount {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let setup = CeremonySetup::deserialize_reader(reader)?;
        let shares = read_bounded::<MAX_TRUSTEES, [u8; 32], R>(reader)?;
        let viewing = zeroize::Zeroizing::new(<[u8; 128]>::deserialize_reader(reader)?);
        let viewing = FullViewingKey::from_bytes(&viewing).ok_or_else(|| invalid("not a full viewing key"))?;
        Self::new(setup, shares, viewing).map_err(|fault| invalid(fault.reason))
    }
}

impl PublicFile for CustodyAccount {
    const KIND: &'static str = "custody account";
}
