//! The application `release`: guards that open when enough of several people agree. Spec § 3.6.

use std::collections::BTreeMap;

use tabella_protocol::{
    guard::{self, Consents, OpenRelease, ReleaseParameters, ReleaseParametersError, consent_message},
    note::{Guard, Timestamp},
    transaction::ApplicationId,
};
use thiserror::Error;

use crate::application::{Application, Place, UseError, signed_by};

/// Why a guard is not opened.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReleaseRejection {
    /// The parameters are wrong.
    #[error(transparent)]
    Parameters(#[from] ReleaseParametersError),
    /// The guard's hash is 0.
    #[error("the guard of these parameters is 0: take another nonce")]
    Guard,
    /// Open already, and for good.
    #[error("this guard is open already")]
    AlreadyOpen,
    /// Before its time.
    #[error("this guard is not opened before {not_before}, and it is {now}")]
    TooEarly {
        /// The parameter.
        not_before: u64,
        /// Time of the block.
        now: u64,
    },
    /// Not exactly as many signatures as the threshold.
    #[error("{found} signatures, and exactly {expected} open this guard")]
    Count {
        /// The threshold.
        expected: u16,
        /// The number found.
        found: usize,
    },
    /// A key signs twice, out of order, or there is no such key.
    #[error("signature {0}: the indices of those who sign ascend, each once, and name keys of the guard")]
    Signer(usize),
    /// A signature is wrong.
    #[error("signature {0} is not that of the key it names, for this guard on this ledger in this transaction")]
    Signature(usize),
    /// A release uses no transfer.
    #[error(transparent)]
    Use(#[from] UseError),
}

/// The guards that are open.
#[derive(Clone, Debug, Default)]
pub struct ReleaseGuards {
    open: BTreeMap<[u8; 32], ReleaseParameters>,
}

impl ReleaseGuards {
    /// The parameters of a guard that is open.
    #[must_use]
    pub fn opened(&self, guard: &Guard) -> Option<&ReleaseParameters> {
        self.open.get(&guard.to_bytes())
    }
}

impl Application for ReleaseGuards {
    const ID: ApplicationId = guard::APPLICATION;
    type Body = OpenRelease;
    type Proof = Consents;
    type Changes = BTreeMap<[u8; 32], ReleaseParameters>;
    type Error = ReleaseRejection;

    fn check(
        &self,
        changes: &mut Self::Changes,
        OpenRelease { parameters }: OpenRelease,
        Consents { signatures }: Consents,
        place: &mut Place<'_>,
    ) -> Result<(), ReleaseRejection> {
        parameters.check()?;
        let guard = parameters.guard().ok_or(ReleaseRejection::Guard)?;
        if self.open.contains_key(&guard.to_bytes()) || changes.contains_key(&guard.to_bytes()) {
            return Err(ReleaseRejection::AlreadyOpen);
        }
        let (not_before, now) = (parameters.not_before, place.time());
        if now < not_before {
            return Err(ReleaseRejection::TooEarly { not_before: not_before.seconds(), now: now.seconds() });
        }
        if signatures.len() != usize::from(parameters.threshold) {
            return Err(ReleaseRejection::Count { expected: parameters.threshold, found: signatures.len() });
        }
        let message = consent_message(place.ledger(), &guard, place.digest());
        let mut last = None;
        for (at, (index, signature)) in signatures.iter().enumerate() {
            let key = parameters.keys.get(usize::from(*index)).filter(|_| last.is_none_or(|last| last < *index));
            let key = key.ok_or(ReleaseRejection::Signer(at))?;
            if !signed_by(key, &message, &signature.0) {
                return Err(ReleaseRejection::Signature(at));
            }
            last = Some(*index);
        }
        changes.insert(guard.to_bytes(), parameters);
        Ok(())
    }

    fn execute(&mut self, mut changes: Self::Changes) {
        self.open.append(&mut changes);
    }

    fn open_guard(&self, guard: &Guard, _now: Timestamp) -> Option<[u8; 32]> {
        self.opened(guard).map(ReleaseParameters::digest)
    }
}
