//! A custodian's share of the spending key.

use std::{fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{ceremony::TrusteeIndex, secret::Secret};

use super::{
    CustodyAccount,
    frost::{Fault, KeyPackage, SigningShare, VerifyingShare, identifier},
    message::invalid,
};
use crate::keyfile::KeyFileContent;

/// A custodian's secret share, with the account that it is of. Whoever reads one has checked that it fits its verifying share.
pub struct CustodyKey {
    account: CustodyAccount,
    custodian: TrusteeIndex,
    share: Secret<[u8; 32]>,
}

impl CustodyKey {
    pub(super) fn new(
        account: CustodyAccount,
        custodian: TrusteeIndex,
        share: Secret<[u8; 32]>,
    ) -> Result<Self, Fault> {
        let key = Self { account, custodian, share };
        let verifying = VerifyingShare::from(SigningShare::deserialize(key.share.expose())?).serialize()?;
        match key.account.share(custodian) {
            Some(own) if verifying == own => Ok(key),
            _ => Err(Fault::new("the share does not fit its verifying share")),
        }
    }

    /// The account.
    #[must_use]
    pub const fn account(&self) -> &CustodyAccount {
        &self.account
    }

    /// Which custodian.
    #[must_use]
    pub const fn custodian(&self) -> TrusteeIndex {
        self.custodian
    }

    pub(super) fn signing_share(&self) -> Result<SigningShare, Fault> {
        Ok(SigningShare::deserialize(self.share.expose())?)
    }

    pub(super) fn package(&self) -> Result<KeyPackage, Fault> {
        let share = self.signing_share()?;
        let (own, all) = (identifier(self.custodian)?, self.account.verifying_key()?);
        Ok(KeyPackage::new(own, share, VerifyingShare::from(share), all, self.account.setup().threshold()))
    }
}

impl fmt::Debug for CustodyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustodyKey({}, custodian {}, <secret>)", self.account.id(), self.custodian)
    }
}

impl KeyFileContent for CustodyKey {
    const KIND: &'static str = "custody key";
}

impl BorshSerialize for CustodyKey {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        (&self.account, self.custodian).serialize(writer)?;
        writer.write_all(self.share.expose())
    }
}

impl BorshDeserialize for CustodyKey {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let account = CustodyAccount::deserialize_reader(reader)?;
        let custodian = TrusteeIndex::deserialize_reader(reader)?;
        let share = Secret::new(<[u8; 32]>::deserialize_reader(reader)?);
        Self::new(account, custodian, share).map_err(|fault| invalid(fault.reason))
    }
}
