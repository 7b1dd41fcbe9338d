//! What the ledger knows of applications: one trait. Spec § 7.
//!
//! An application reads actions, decides by rules and state of its own, and says what each transfer that its action names is
//! for ([`Place`]). The ledger sees to the rest: that everything decodes canonically, that each `C` is used by exactly one
//! action, that proofs are verified, and that all of a transaction is applied or nothing.

mod catalogue;
mod erased;
mod place;

use std::{any::Any, collections::BTreeMap, error::Error, fmt, sync::Arc};

use borsh::BorshDeserialize;
use ed25519_dalek::{Signature, VerifyingKey};
use tabella_protocol::{
    asset::AssetClass,
    election,
    note::{AssetId, Guard, Timestamp},
    transaction::ApplicationId,
};
use thiserror::Error;

pub use catalogue::{Catalogue, InstanceId, Picture, Readable, Shown};
use erased::Erased;
pub(crate) use place::{Governed, Minted};
pub use place::{Place, UseError, UsedTransfer};

/// The rules of an application, and its state. It holds no secret, does no input or output, and is deterministic: the same
/// actions in the same order give the same state everywhere.
pub trait Application: Clone + fmt::Debug + Send + Sync + 'static {
    /// Its name in actions, and in the guards that it owns.
    const ID: ApplicationId;
    /// What an action says, under the transaction's digest. Decoding is bounded and canonical.
    type Body: BorshDeserialize;
    /// What shows that it may: signatures and proofs, not under the digest.
    type Proof: BorshDeserialize;
    /// What the actions of one transaction will change. It starts empty, and lies over the state: an action must see what
    /// those before it in its transaction have changed.
    type Changes: Default + fmt::Debug + Send + 'static;
    /// Why an action is refused: one variant for each rule.
    type Error: Error + Clone + PartialEq + From<UseError> + Send + Sync + 'static;

    /// Decides on one action, by the state and the changes so far. Proofs that cost time go to `place` and are verified later,
    /// in batches; after that [`Application::execute`] is called, unless anything of the transaction is refused.
    ///
    /// # Errors
    /// The rule that refuses it; nothing of the transaction is applied then.
    fn check(
        &self,
        changes: &mut Self::Changes,
        body: Self::Body,
        proof: Self::Proof,
        place: &mut Place<'_>,
    ) -> Result<(), Self::Error>;

    /// Applies the changes of one transaction to the state against which it was checked.
    fn execute(&mut self, changes: Self::Changes);

    /// The digest of the parameters of a guard's instance, if the instance is this application's and the guard is open. A
    /// guard that is open at a time is open ever after. The ledger recomputes the guard from [`Application::ID`] and the digest.
    fn open_guard(&self, guard: &Guard, now: Timestamp) -> Option<[u8; 32]> {
        let _ = (guard, now);
        None
    }

    /// The class of an asset that this application has introduced.
    fn class_of(&self, asset: &AssetId) -> Option<AssetClass> {
        let _ = asset;
        None
    }

    /// Whether the asset stands still (a stone that was stolen): transfers that reveal it are refused, and so is whatever would
    /// change a balance of it in an account. What hides its asset, in the pool of ordinary assets, nobody can stop.
    fn freezes(&self, asset: &AssetId, now: Timestamp) -> bool {
        let _ = (asset, now);
        false
    }

    /// Whether the asset is in this application's hands (a licence that pays a royalty whenever it changes owners): notes of it
    /// are issued only as an action of the application allows ([`Place::allow_issue`]), and no transfer shows it but one that
    /// the application uses. It takes an asset over by [`Place::govern`], before any of it exists, and keeps it for as long as this
    /// says so.
    fn governs(&self, asset: &AssetId) -> bool {
        let _ = asset;
        false
    }
}

/// Why an application refuses an action.
#[derive(Clone)]
pub struct ApplicationRejection {
    application: ApplicationId,
    action: usize,
    reason: Arc<dyn Reason>,
}

impl ApplicationRejection {
    fn new(application: ApplicationId, action: usize, reason: impl Reason) -> Self {
        Self { application, action, reason: Arc::new(reason) }
    }

    /// The application.
    #[must_use]
    pub const fn application(&self) -> ApplicationId {
        self.application
    }

    /// Index of the action.
    #[must_use]
    pub const fn action(&self) -> usize {
        self.action
    }

    /// The rule, if it is of this type.
    #[must_use]
    pub fn reason<E: Error + 'static>(&self) -> Option<&E> {
        self.reason.as_any().downcast_ref()
    }
}

impl fmt::Debug for ApplicationRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {:?}", self.application, self.action, self.reason)
    }
}

impl fmt::Display for ApplicationRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "action {} ({}): {}", self.action, self.application, self.reason)
    }
}

impl Error for ApplicationRejection {}

impl PartialEq for ApplicationRejection {
    fn eq(&self, other: &Self) -> bool {
        (self.application, self.action) == (other.application, other.action) && self.reason.equals(&*other.reason)
    }
}

impl Eq for ApplicationRejection {}

/// An error that can be compared without knowing its type.
trait Reason: Error + Send + Sync + 'static {
    fn as_any(&self) -> &dyn Any;
    fn equals(&self, other: &dyn Reason) -> bool;
}

impl<E: Error + PartialEq + Send + Sync + 'static> Reason for E {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn equals(&self, other: &dyn Reason) -> bool {
        other.as_any().downcast_ref::<E>() == Some(self)
    }
}

/// An application is on this ledger already, or its name is the ledger's own.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("there is an application of the name {0} already")]
pub struct NameTaken(pub ApplicationId);

/// The applications of a ledger, with their states.
#[derive(Clone, Debug, Default)]
pub struct Applications {
    entries: BTreeMap<ApplicationId, Box<dyn Erased>>,
    revision: u64,
}

/// What a checked transaction will change, and in which state it was checked.
#[derive(Debug, Default)]
pub(crate) struct PendingChanges {
    pub(crate) changes: BTreeMap<ApplicationId, Box<dyn Any + Send>>,
    /// The revision against which an entry was checked that asked any application.
    pub(crate) basis: Option<u64>,
}

impl Applications {
    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds an application.
    ///
    /// # Errors
    /// [`NameTaken`].
    pub fn with<A: Application>(mut self, application: A) -> Result<Self, NameTaken> {
        if A::ID == election::APPLICATION || self.entries.contains_key(&A::ID) {
            return Err(NameTaken(A::ID));
        }
        self.entries.insert(A::ID, Box::new(application));
        Ok(self)
    }

    /// An application with its state.
    #[must_use]
    pub fn get<A: Application>(&self) -> Option<&A> {
        self.entries.get(&A::ID)?.as_any().downcast_ref()
    }

    /// Checks one action; `None` if there is no such application.
    pub(crate) fn check(
        &self,
        id: ApplicationId,
        pending: &mut PendingChanges,
        (body, proof): (&[u8], &[u8]),
        place: &mut Place<'_>,
    ) -> Option<Result<(), CheckError>> {
        let application = self.entries.get(&id)?;
        pending.basis = Some(self.revision);
        Some(application.check(&mut pending.changes, body, proof, place))
    }

    /// Applies what a transaction changes.
    ///
    /// # Errors
    /// [`Stale`] if an application changed since the check; nothing is changed then.
    pub(crate) fn ready(&self, pending: &PendingChanges) -> Result<(), Stale> {
        if pending.basis.is_some_and(|basis| basis != self.revision) { Err(Stale) } else { Ok(()) }
    }

    /// Applies what [`Applications::ready`] has approved.
    pub(crate) fn execute(&mut self, pending: PendingChanges) {
        if pending.changes.is_empty() {
            return;
        }
        for (id, changes) in pending.changes {
            if let Some(application) = self.entries.get_mut(&id) {
                application.execute(changes);
            }
        }
        self.revision += 1;
    }

    /// How many transactions have changed any of them.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether some application says that the guard is open, and the guard is that application's.
    pub(crate) fn guard_is_open(&self, guard: &Guard, now: Timestamp) -> bool {
        self.entries.iter().any(|(id, application)| {
            application.open_guard(guard, now).is_some_and(|digest| Guard::of(&id.0, &digest) == Some(*guard))
        })
    }

    pub(crate) fn class_of(&self, asset: &AssetId) -> Option<AssetClass> {
        self.entries.values().find_map(|application| application.class_of(asset))
    }

    /// The application that governs an asset.
    pub(crate) fn governor(&self, asset: &AssetId) -> Option<ApplicationId> {
        self.entries.iter().find(|(_, application)| application.governs(asset)).map(|(id, _)| *id)
    }

    pub(crate) fn is_frozen(&self, asset: &AssetId, now: Timestamp) -> bool {
        self.entries.values().any(|application| application.freezes(asset, now))
    }
}

/// The state changed between check and execution: check again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stale;

/// Why an action does not pass.
#[derive(Debug)]
pub(crate) enum CheckError {
    /// Body or proof does not decode.
    Decode(String),
    /// A rule.
    Rule(ApplicationRejection),
}

/// Whether an Ed25519 signature is valid, strictly: canonical s, no small-order key or R, without the cofactor.
#[must_use]
pub fn signed_by(key: &[u8; 32], message: &[u8; 32], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
}
