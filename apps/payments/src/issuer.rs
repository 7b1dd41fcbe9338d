//! An issuer of assets: whoever holds the Ed25519 key that an asset's description names.

use std::{fmt, io};

use ark_bls12_381::Fr;
use ark_ff::PrimeField as _;
use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    asset::{APPLICATION, AssetDescription, AssetError, Issue, IssuedNote, issuer_message},
    keys::Address,
    note::{AssetId, LockCommitment, NoteCommitmentTrapdoor, NoteValue},
    transaction::{Action, LedgerId, Transaction, TransactionEffects},
};
use tabella_prover::keyfile::KeyFileContent;
use tabella_verifier::assets::Assets;
use thiserror::Error;
use zeroize::Zeroizing;

/// The Ed25519 key of an issuer, as its key file holds it: 32 bytes. `Debug` prints nothing.
pub struct IssuerKey(SigningKey);

impl IssuerKey {
    /// A new key.
    #[must_use]
    pub fn generate(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        Self(SigningKey::generate(rng))
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &SigningKey {
        &self.0
    }

    /// The key itself.
    #[must_use]
    pub fn into_key(self) -> SigningKey {
        self.0
    }
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IssuerKey(<secret>)")
    }
}

impl BorshSerialize for IssuerKey {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.0.as_bytes())
    }
}

impl BorshDeserialize for IssuerKey {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        reader.read_exact(bytes.as_mut())?;
        Ok(Self(SigningKey::from_bytes(&bytes)))
    }
}

impl KeyFileContent for IssuerKey {
    const KIND: &'static str = "issuer key";
}

/// Why an issue is not put together. What the ledger's rules forbid besides (cap, seal), the ledger refuses.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueError {
    /// The description is wrong.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// The description names another issuer.
    #[error("this asset is of another issuer")]
    OtherIssuer,
    /// A hash that is 0: change a letter of the name.
    #[error("this description has no asset id; take another name")]
    NoId,
}

/// The next issue of an asset: its sequence number follows what the ledger knows.
///
/// Value and lock of every note are public, and so are the trapdoors. A wallet finds a note at the addresses it has given
/// out and at the next few.
///
/// # Errors
/// [`IssueError`].
pub fn next_issue(
    assets: &Assets,
    asset: AssetDescription,
    recipients: &[(Address, NoteValue)],
    seal: bool,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(AssetId, Issue), IssueError> {
    asset.check()?;
    let id = asset.id().ok_or(IssueError::NoId)?;
    let sequence = assets.get(&id).map_or(0, |state| state.next);
    let mut note = |(address, value): &(Address, NoteValue)| {
        let mut bytes = [0; 64];
        rng.fill_bytes(&mut bytes);
        let rcm = NoteCommitmentTrapdoor::new(Fr::from_le_bytes_mod_order(&bytes));
        IssuedNote { lock: LockCommitment::new(address.owner().element()), value: *value, rcm }
    };
    let notes = recipients.iter().map(&mut note).collect();
    Ok((id, Issue { asset, sequence, notes, seal }))
}

/// The transaction of an issue under its issuer's signature.
///
/// # Errors
/// [`IssueError::OtherIssuer`].
pub fn sign_issue(issuer: &SigningKey, ledger: LedgerId, issue: &Issue) -> Result<Transaction, IssueError> {
    if issue.asset.issuer != issuer.verifying_key().to_bytes() {
        return Err(IssueError::OtherIssuer);
    }
    let body = borsh::to_vec(issue).expect("writing to memory");
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![Action { application: APPLICATION, body }]);
    let signature = issuer.sign(&issuer_message(effects.digest()));
    Ok(Transaction { effects, transfers: Vec::new(), action_proofs: vec![signature.to_bytes().to_vec()] })
}
