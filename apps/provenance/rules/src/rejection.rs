//! Why an action is refused: one variant for each rule.

use tabella_protocol::note::AssetId;
use tabella_verifier::application::UseError;
use thiserror::Error;

use crate::{
    action::{MAX_MARKS, MAX_STONES, Role},
    registry::{NameError, RegistryId},
};

/// What is wrong with one thing of a batch.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoneError {
    /// Nothing identifies it, too much does, or not in order.
    #[error("a thing has 1 to {MAX_MARKS} marks, different and ascending")]
    Marks,
    /// The same thing again.
    #[error("the same thing is registered already, as asset {0}: its inscription or its certificate is the same")]
    Duplicate(AssetId),
    /// It looks like others.
    #[error(
        "{expected} things of the same measures are registered before it, and the issuer has told it apart from {found}: compare it with each"
    )]
    LookAlikes {
        /// How many there are.
        expected: u32,
        /// How many the issuer knows of.
        found: u32,
    },
    /// It looks like one of another issuer.
    #[error("another issuer has registered a thing of the same measures: the registrar must approve the batch as well")]
    Unapproved,
    /// It looks like nothing.
    #[error(
        "it was not measured, and things of its kind are told apart by their measures: measure it, or have the registrar approve \
         the batch as well"
    )]
    Unmeasured,
    /// A hash that is 0.
    #[error("its asset id is 0: salt its attributes anew")]
    Id,
    /// The asset exists.
    #[error(transparent)]
    Use(#[from] UseError),
}

/// Why an action of provenance is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProvenanceRejection {
    /// The note of a thing cannot be issued so.
    #[error(transparent)]
    Use(#[from] UseError),
    /// A name that is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Founded before.
    #[error("registry {0} is founded already")]
    Founded(RegistryId),
    /// There is none.
    #[error("there is no registry {0}")]
    UnknownRegistry(RegistryId),
    /// There is none.
    #[error("no thing is registered as asset {0}")]
    UnknownAsset(AssetId),
    /// Not signed by whom it must be.
    #[error("the transaction is not signed by the {0}")]
    Signature(Role),
    /// An approval where none belongs, or none where one does.
    #[error("the registrar's signature of a batch is there exactly if the batch is approved")]
    Approval,
    /// Another version: an act that was done before, or overtaken.
    #[error("the version is {expected}, and the action is for version {found}")]
    Version {
        /// As it stands.
        expected: u64,
        /// In the action.
        found: u64,
    },
    /// Whom the registrar has not authorised, or not any more.
    #[error("the registrar of registry {registry} has not authorised issuer {}", hex::encode(.issuer))]
    Unauthorised {
        /// The registry.
        registry: RegistryId,
        /// The issuer.
        issuer: [u8; 32],
    },
    /// The issuer is as the action would make it.
    #[error("the registrar's act would change nothing")]
    NoChange,
    /// Not the issuer's next batch.
    #[error("batch number {found}, and number {expected} is next")]
    Batch {
        /// The next number.
        expected: u64,
        /// In the action.
        found: u64,
    },
    /// No thing, or too many.
    #[error("a batch has 1 to {MAX_STONES} things")]
    Size,
    /// A thing of the batch; none of the batch is registered.
    #[error("thing {index} of the batch: {error}")]
    Stone {
        /// Index in the batch.
        index: usize,
        /// What is wrong with it.
        error: StoneError,
    },
    /// Claimed before: its note exists.
    #[error("the note of asset {0} was claimed already")]
    Claimed(AssetId),
    /// It stands still.
    #[error("asset {0} is reported as stolen: it is neither claimed nor moved")]
    Stolen(AssetId),
    /// It moves.
    #[error("asset {0} is not reported as stolen")]
    NotStolen(AssetId),
    /// What the registrar has reported, an issuer does not lift.
    #[error("the registrar has reported the theft, and only the registrar lifts it")]
    RegistrarsReport,
}
