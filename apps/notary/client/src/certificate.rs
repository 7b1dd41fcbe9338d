//! The certificate of a stamp: that a file existed when the ledger accepted its blinded digest.

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
#[cfg(feature = "ledger")]
use tabella_ledger::node::Ledger;
use tabella_notary_rules::{ContentDigest, NotaryAction, NotaryProof, StampId, StampOpening};
#[cfg(feature = "ledger")]
use tabella_payments::log::{LogError, read_entries};
#[cfg(feature = "ledger")]
use tabella_protocol::transaction::TransactionDigest;
use tabella_protocol::{
    note::Timestamp,
    transaction::{LedgerId, Transaction, TransactionEffects},
};
use tabella_verifier::{
    files::PublicFile,
    log::{Checkpoint, CheckpointVerifier},
};
use thiserror::Error;

#[cfg(feature = "ledger")]
use crate::{entry::LookupError, work::FindError};
use crate::{
    entry::{EntryError, LoggedEntry, ProvedEntry},
    log::SignedLog,
};

/// A stamp of a file, with a new blinding.
#[must_use]
pub fn new_stamp(
    digest: ContentDigest,
    author: Option<[u8; 32]>,
    rng: &mut (impl RngCore + CryptoRng),
) -> StampOpening {
    let mut blinding = [0; 32];
    rng.fill_bytes(&mut blinding);
    StampOpening { digest, author, blinding }
}

/// The transaction that stamps.
#[must_use]
pub fn stamp(ledger: LedgerId, opening: &StampOpening) -> Transaction {
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![NotaryAction::Stamp(opening.id()).action()]);
    Transaction { effects, transfers: Vec::new(), action_proofs: vec![NotaryProof::Stamp.to_bytes()] }
}

/// A certificate: whoever is given it learns the digest of the file, and when it was stamped.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StampCertificate {
    /// What the stamp hides.
    pub opening: StampOpening,
    /// The stamp in the log.
    pub entry: LoggedEntry,
}

impl PublicFile for StampCertificate {
    const KIND: &'static str = "stamp certificate";
}

/// What is kept before a stamp is submitted: without the blinding, a stamp in the log proves nothing to anybody. Whoever has it can
/// have the certificate made. Whoever is given it learns the digest of the file.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StampDraft {
    /// What the stamp hides.
    pub opening: StampOpening,
}

impl PublicFile for StampDraft {
    const KIND: &'static str = "stamp draft";
}

/// Why a certificate proves nothing of a file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// The entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The entry holds no such stamp.
    #[error("the entry of the log does not hold the stamp that the certificate opens")]
    Stamp,
    /// Of another file.
    #[error("the certificate is of another file, of SHA-256 {certified}; this one has {found}")]
    File {
        /// The certificate's.
        certified: ContentDigest,
        /// The file's.
        found: ContentDigest,
    },
}

/// What a certificate proves: a file of this digest existed at this time.
#[derive(Clone, Debug)]
pub struct ProvedStamp {
    opening: StampOpening,
    entry: ProvedEntry,
}

impl ProvedStamp {
    /// The file's digest.
    #[must_use]
    pub const fn digest(&self) -> ContentDigest {
        self.opening.digest
    }

    /// The author for whom it was stamped.
    #[must_use]
    pub const fn author(&self) -> Option<[u8; 32]> {
        self.opening.author
    }

    /// The stamp, which is in the log once.
    #[must_use]
    pub fn stamp(&self) -> StampId {
        self.opening.id()
    }

    /// The ledger.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.entry.ledger()
    }

    /// Time of the block that accepted it.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.entry.time()
    }

    /// The log that holds it, as the ledger signed it.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        self.entry.checkpoint()
    }
}

impl StampCertificate {
    /// The certificate of a stamp that the ledger has accepted by a transaction.
    ///
    /// # Errors
    /// [`LookupError`].
    #[cfg(feature = "ledger")]
    pub fn of_ledger(
        ledger: &Ledger,
        opening: StampOpening,
        transaction: TransactionDigest,
    ) -> Result<Self, LookupError> {
        Ok(Self { opening, entry: LoggedEntry::of_ledger(ledger, transaction)? })
    }

    /// The certificate of a stamp, which is searched for in the log. `None` if it is not there.
    ///
    /// # Errors
    /// [`FindError`].
    #[cfg(feature = "ledger")]
    pub fn of_stamp(ledger: &Ledger, opening: StampOpening) -> Result<Option<Self>, FindError> {
        let (stamp, mut found) = (NotaryAction::Stamp(opening.id()).action(), None);
        read_entries(ledger, |_, logged| {
            let effects = &logged.transaction.effects;
            if effects.actions.contains(&stamp) {
                found = Some(effects.digest());
            }
            Ok::<(), LogError>(())
        })?;
        Ok(found.map(|transaction| Self::of_ledger(ledger, opening, transaction)).transpose()?)
    }

    /// The certificate of a stamp from the log that was read. `None` if the signed part does not hold it.
    #[must_use]
    pub fn of_log(log: &SignedLog<'_>, opening: StampOpening) -> Option<Self> {
        let id = opening.id();
        let entry = log.certify(|action| *action == NotaryAction::Stamp(id))?;
        Some(Self { opening, entry })
    }

    /// Checks it under the name and key of the ledger that the verifier means.
    ///
    /// # Errors
    /// [`CertificateError`] but for [`CertificateError::File`].
    pub fn check(&self, ledger: &CheckpointVerifier) -> Result<ProvedStamp, CertificateError> {
        let entry = self.entry.check(ledger)?;
        let id = self.opening.id();
        let is_stamped = entry.find(|action| (action == NotaryAction::Stamp(id)).then_some(()));
        is_stamped.ok_or(CertificateError::Stamp)?;
        Ok(ProvedStamp { opening: self.opening, entry })
    }

    /// Checks it for a file.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn check_file(
        &self,
        ledger: &CheckpointVerifier,
        found: ContentDigest,
    ) -> Result<ProvedStamp, CertificateError> {
        let proved = self.check(ledger)?;
        let certified = proved.digest();
        if certified == found { Ok(proved) } else { Err(CertificateError::File { certified, found }) }
    }
}
