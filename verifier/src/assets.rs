//! The application `asset`: what assets there are, and their issue. Spec § 3.4.

use std::collections::BTreeMap;

use tabella_protocol::{
    asset::{self, AssetClass, AssetDescription, AssetError, Issue, MAX_ISSUED_NOTES},
    note::AssetId,
    transaction::{ApplicationId, SignatureBytes},
};
use thiserror::Error;

use crate::application::{Application, Place, UseError, signed_by};

/// What is known of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetState {
    /// Its description.
    pub description: AssetDescription,
    /// Units issued so far, at most the cap.
    pub issued: u64,
    /// The sequence number of the next issue.
    pub next: u64,
    /// Whether nothing more can be issued.
    pub sealed: bool,
}

/// Why an issue is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueRejection {
    /// The description is wrong.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// The description's hash is 0.
    #[error("its asset id is 0: change a letter of the name")]
    Id,
    /// Another asset is of the same thing.
    #[error("there is an asset with this uid already, {0}")]
    Uid(AssetId),
    /// The issuer's signature is wrong.
    #[error("the issuer's signature is wrong")]
    IssuerSignature,
    /// Not the next sequence number.
    #[error("issue number {found}, and number {expected} is next")]
    Sequence {
        /// The next number.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// The asset is sealed.
    #[error("the asset is sealed, nothing more can be issued")]
    Sealed,
    /// More than the cap.
    #[error("the issued total would exceed the cap {0}")]
    Cap(u64),
    /// No note, too many notes, or a note of value 0.
    #[error("an issue makes 1 to {MAX_ISSUED_NOTES} notes, each of value 1 or more")]
    Notes,
    /// An application governs the asset, and allows no issue of so many units in this transaction.
    #[error("an application decides how this asset is issued, and does not allow so many units here")]
    Governed,
    /// An issue uses no transfer.
    #[error(transparent)]
    Use(#[from] UseError),
}

/// The assets of a ledger.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    known: BTreeMap<[u8; 32], AssetState>,
    uids: BTreeMap<[u8; 32], AssetId>,
}

impl Assets {
    /// No assets.
    #[must_use]
    pub const fn none() -> Self {
        Self { known: BTreeMap::new(), uids: BTreeMap::new() }
    }

    /// What is known of an asset.
    #[must_use]
    pub fn get(&self, id: &AssetId) -> Option<&AssetState> {
        self.known.get(&id.to_bytes())
    }

    /// All assets that were ever issued.
    pub fn iter(&self) -> impl Iterator<Item = (AssetId, &AssetState)> {
        self.known.iter().filter_map(|(id, state)| Some((AssetId::from_bytes(id)?, state)))
    }
}

/// The assets that a transaction issues, as they are afterwards.
#[derive(Debug, Default)]
pub struct IssuedAssets {
    assets: BTreeMap<[u8; 32], AssetState>,
}

impl Application for Assets {
    const ID: ApplicationId = asset::APPLICATION;
    type Body = Issue;
    type Proof = SignatureBytes;
    type Changes = IssuedAssets;
    type Error = IssueRejection;

    fn check(
        &self,
        changes: &mut IssuedAssets,
        issue: Issue,
        proof: SignatureBytes,
        place: &mut Place<'_>,
    ) -> Result<(), IssueRejection> {
        issue.asset.check()?;
        let id = issue.asset.id().ok_or(IssueRejection::Id)?;
        if !signed_by(&issue.asset.issuer, &asset::issuer_message(place.digest()), &proof.0) {
            return Err(IssueRejection::IssuerSignature);
        }
        if let Some(other) = issue.asset.uid.and_then(|uid| self.of_uid(changes, &uid)).filter(|other| *other != id) {
            return Err(IssueRejection::Uid(other));
        }
        let known = changes.assets.get(&id.to_bytes()).or_else(|| self.get(&id));
        let mut state = known.cloned().unwrap_or_else(|| AssetState {
            description: issue.asset.clone(),
            issued: 0,
            next: 0,
            sealed: false,
        });
        if state.sealed {
            return Err(IssueRejection::Sealed);
        }
        if issue.sequence != state.next {
            return Err(IssueRejection::Sequence { expected: state.next, found: issue.sequence });
        }
        let empty = issue.notes.is_empty() && !issue.seal;
        if empty || issue.notes.len() > MAX_ISSUED_NOTES || issue.notes.iter().any(|note| note.value.0 == 0) {
            return Err(IssueRejection::Notes);
        }
        let units = issue.notes.iter().map(|note| u128::from(note.value.0)).sum();
        if !place.may_issue(id, units) {
            return Err(IssueRejection::Governed);
        }
        let cap = issue.asset.cap;
        for note in &issue.notes {
            state.issued = state
                .issued
                .checked_add(note.value.0)
                .filter(|issued| *issued <= cap)
                .ok_or(IssueRejection::Cap(cap))?;
            place.mint(issue.asset.class, id, note.value, note.commitment(id));
        }
        state.next += 1;
        state.sealed = issue.seal;
        changes.assets.insert(id.to_bytes(), state);
        Ok(())
    }

    fn execute(&mut self, changes: IssuedAssets) {
        for (bytes, state) in changes.assets {
            if let (Some(uid), Some(id)) = (state.description.uid, AssetId::from_bytes(&bytes)) {
                self.uids.insert(uid, id);
            }
            self.known.insert(bytes, state);
        }
    }

    fn class_of(&self, asset: &AssetId) -> Option<AssetClass> {
        self.get(asset).map(|state| state.description.class)
    }
}

impl Assets {
    /// The asset that has a uid, on the ledger or earlier in the same transaction.
    fn of_uid(&self, changes: &IssuedAssets, uid: &[u8; 32]) -> Option<AssetId> {
        let pending = changes.assets.iter().find(|(_, state)| state.description.uid.as_ref() == Some(uid));
        pending.and_then(|(id, _)| AssetId::from_bytes(id)).or_else(|| self.uids.get(uid).copied())
    }
}
