//! Who had a thing: what everybody sees of it on the ledger, and the names that the parties add for whom they choose.
//!
//! Every transfer of a thing shows that it is of this thing, and hides between whom. Whoever handed it over, or received it, can
//! disclose the one output of that transfer to a third party. Since there is one unit of it ever, a chain in which every transfer is
//! disclosed is complete. A transfer that shows the asset and moves nothing of it can be made by anybody; it cannot be disclosed.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    asset::{self, Issue},
    disclosure::{DisclosureError, PaymentDisclosure},
    keys::{Address, FullViewingKey},
    note::{AssetId, LockCommitment, NoteValue, Timestamp},
    statement::Mode,
    transaction::{
        LedgerId, LoggedTransaction, TransactionDigest, TransactionEffects, TransferEffects, TransferStatement,
    },
};
use tabella_provenance_rules::{
    APPLICATION, Provenance,
    action::{Authority, ProvenanceAction},
    registry::BatchId,
};
use tabella_verifier::files::PublicFile;
use thiserror::Error;

/// Most hand-overs of one file.
pub const MAX_HAND_OVERS: usize = 1024;

/// What happened to a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was registered.
    Registered,
    /// Its note was made, under this lock.
    Claimed(LockCommitment),
    /// A transfer shows it.
    Moved {
        /// Index of the transfer.
        transfer: u32,
        /// Whether other transfers are in the same transaction: a payment, as a rule.
        is_exchange: bool,
        /// The transaction.
        effects: Box<TransactionEffects>,
    },
    /// A theft was reported.
    Reported(Authority),
    /// The report was lifted.
    Lifted(Authority),
}

/// What happened to a thing, and where that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Number of the entry in the ledger.
    pub entry: u64,
    /// When.
    pub time: Timestamp,
    /// In which transaction.
    pub transaction: TransactionDigest,
    /// What.
    pub step: Step,
}

/// Whether a transfer shows that it is of an asset.
fn shows(transfer: &TransferEffects, asset: AssetId) -> bool {
    match &transfer.statement {
        TransferStatement::Transfer { instance, .. } => {
            instance.reveal && AssetId::new(instance.asset_revealed) == asset
        }
        TransferStatement::Cast(instance) => instance.asset == asset,
    }
}

/// Adds what an entry says of a thing to its history. Entries are given in order, from the first. Those of which nothing is of
/// the thing add nothing.
pub fn read_entry(
    state: &Provenance,
    asset: AssetId,
    entry: u64,
    logged: &LoggedTransaction,
    history: &mut Vec<Event>,
) {
    let effects = &logged.transaction.effects;
    let mut steps = Vec::new();
    let moved = (0..).zip(&effects.transfers).filter(|(_, transfer)| shows(transfer, asset));
    steps.extend(moved.map(|(transfer, _)| Step::Moved {
        transfer,
        is_exchange: effects.transfers.len() > 1,
        effects: Box::new(effects.clone()),
    }));
    for action in &effects.actions {
        if action.application == asset::APPLICATION {
            let issue = borsh::from_slice::<Issue>(&action.body).ok();
            let own = issue.filter(|issue| issue.asset.id() == Some(asset));
            steps.extend(own.iter().flat_map(|issue| &issue.notes).map(|note| Step::Claimed(note.lock)));
        } else if action.application == APPLICATION {
            let step = match borsh::from_slice(&action.body) {
                Ok(ProvenanceAction::Register(batch)) => {
                    let id = BatchId::derive(batch.registry, &batch.issuer, batch.number);
                    state.stone(&asset).filter(|stone| stone.batch == id).map(|_| Step::Registered)
                }
                Ok(ProvenanceAction::Report { asset: of, by, .. }) if of == asset => Some(Step::Reported(by)),
                Ok(ProvenanceAction::Lift { asset: of, by, .. }) if of == asset => Some(Step::Lifted(by)),
                _ => None,
            };
            steps.extend(step);
        }
    }
    if steps.is_empty() {
        return;
    }
    let (time, transaction) = (logged.time, effects.digest());
    history.extend(steps.into_iter().map(|step| Event { entry, time, transaction, step }));
}

/// Hand-overs of a thing, disclosed: for whoever is to know who had it.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct Custody {
    /// The ledger.
    pub ledger: LedgerId,
    /// The thing.
    pub asset: AssetId,
    /// Where its note was made, if that is told.
    pub first: Option<Address>,
    /// Hand-overs, in any order; at most 1024.
    #[borsh(deserialize_with = "read_hand_overs")]
    pub hand_overs: Vec<PaymentDisclosure>,
}

fn read_hand_overs<R: io::Read>(reader: &mut R) -> io::Result<Vec<PaymentDisclosure>> {
    let length = u32::deserialize_reader(reader)? as usize;
    if length > MAX_HAND_OVERS {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a custody file has at most 1024 hand-overs"));
    }
    (0..length).map(|_| PaymentDisclosure::deserialize_reader(reader)).collect()
}

impl PublicFile for Custody {
    const KIND: &'static str = "provenance custody";
}

/// Why a custody file proves nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CustodyError {
    /// Of another ledger.
    #[error("the custody file is of ledger {0}, and this is another one")]
    Ledger(LedgerId),
    /// Not where the note was made.
    #[error("the first owner's address is not the one at which the note was made")]
    First,
    /// Not of this thing.
    #[error("hand-over {0} of the file is not of this thing, or is there twice")]
    Foreign(usize),
    /// A disclosure that proves nothing.
    #[error("hand-over {index} of the file: {error}")]
    Disclosure {
        /// Which.
        index: usize,
        /// What is wrong.
        error: DisclosureError,
    },
    /// It moves something else than one unit of the thing.
    #[error("hand-over {0} of the file moves something else than this thing")]
    Asset(usize),
}

/// Somebody's time with a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custodian {
    /// How it came: index in the history.
    pub event: usize,
    /// To whom, if that is disclosed.
    pub to: Option<Address>,
}

impl Custody {
    /// A file that discloses nothing yet.
    #[must_use]
    pub const fn new(ledger: LedgerId, asset: AssetId) -> Self {
        Self { ledger, asset, first: None, hand_overs: Vec::new() }
    }

    /// Adds all hand-overs of the thing that a key's holder took part in, as whoever gave or whoever received; and where its note
    /// was made, if that is an address of the holder's. Gives how many it added.
    pub fn add_own(&mut self, key: &FullViewingKey, own: &[Address], history: &[Event]) -> usize {
        let before = self.hand_overs.len() + usize::from(self.first.is_some());
        for event in history {
            match &event.step {
                Step::Claimed(lock) if self.first.is_none() => {
                    self.first = own.iter().find(|address| is_at(*lock, address)).copied();
                }
                Step::Moved { effects, .. } => {
                    let is_there = self.hand_overs.iter().any(|other| other.transaction == event.transaction);
                    let disclosure = disclose(key, effects, self.asset).filter(|_| !is_there);
                    self.hand_overs.extend(disclosure);
                }
                _ => {}
            }
        }
        self.hand_overs.truncate(MAX_HAND_OVERS);
        (self.hand_overs.len() + usize::from(self.first.is_some())).saturating_sub(before)
    }

    /// Checks all disclosures against the ledger, and gives who had the thing, in order: one for the claim and for each transfer, with
    /// nobody's address where nothing is disclosed.
    ///
    /// # Errors
    /// [`CustodyError`].
    pub fn check(&self, ledger: LedgerId, history: &[Event]) -> Result<Vec<Custodian>, CustodyError> {
        if self.ledger != ledger {
            return Err(CustodyError::Ledger(self.ledger));
        }
        let mut left: Vec<usize> = (0..self.hand_overs.len()).collect();
        let mut chain = Vec::new();
        for (index, event) in history.iter().enumerate() {
            match &event.step {
                Step::Claimed(lock) => {
                    if self.first.is_some_and(|first| !is_at(*lock, &first)) {
                        return Err(CustodyError::First);
                    }
                    chain.push(Custodian { event: index, to: self.first });
                }
                Step::Moved { transfer, effects, .. } => {
                    let at = left.iter().position(|at| {
                        self.hand_overs
                            .get(*at)
                            .is_some_and(|one| (one.transaction, one.transfer) == (event.transaction, *transfer))
                    });
                    let to = match at.map(|at| left.remove(at)) {
                        Some(at) => Some(self.opened(at, effects)?),
                        None => None,
                    };
                    chain.push(Custodian { event: index, to });
                }
                _ => {}
            }
        }
        match left.first() {
            Some(foreign) => Err(CustodyError::Foreign(*foreign)),
            None => Ok(chain),
        }
    }

    /// To whom a hand-over went.
    fn opened(&self, index: usize, effects: &TransactionEffects) -> Result<Address, CustodyError> {
        let disclosure = self.hand_overs.get(index).ok_or(CustodyError::Foreign(index))?;
        let sent = disclosure.check(effects).map_err(|error| CustodyError::Disclosure { index, error })?;
        if (sent.note.asset, sent.note.value) == (self.asset, NoteValue(1)) {
            Ok(sent.recipient)
        } else {
            Err(CustodyError::Asset(index))
        }
    }
}

pub(crate) fn is_at(lock: LockCommitment, address: &Address) -> bool {
    lock == LockCommitment::new(address.owner().element())
}

/// The disclosure of the hand-over in a transaction. An exchange has a payment as well, which is not shown: the transaction is
/// read as if it had the transfer of the thing alone, and the disclosure says where that stands.
fn disclose(key: &FullViewingKey, effects: &TransactionEffects, asset: AssetId) -> Option<PaymentDisclosure> {
    let (transfer, own) = (0u32..).zip(&effects.transfers).find(|(_, transfer)| is_delivery(transfer, asset))?;
    let alone = TransactionEffects { transfers: vec![own.clone()], ..effects.clone() };
    let mut disclosure = PaymentDisclosure::new(key, &alone).ok()?;
    (disclosure.transaction, disclosure.transfer) = (effects.digest(), transfer);
    disclosure.check(effects).is_ok().then_some(disclosure)
}

fn is_delivery(transfer: &TransferEffects, asset: AssetId) -> bool {
    let is_internal =
        matches!(&transfer.statement, TransferStatement::Transfer { instance, .. } if instance.mode == Mode::Internal);
    is_internal && shows(transfer, asset)
}
