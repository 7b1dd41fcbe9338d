//! A ledger as a wallet reads it: which leaves each entry appended to a pool of assets, and which nullifiers it recorded.
//! Leaf by leaf it is compared with the pool's tree, so that a position can never be off.

#[cfg(feature = "ledger")]
use tabella_ledger::{
    node::Ledger,
    store::{EntryNumber, StoreError},
};
#[cfg(feature = "ledger")]
use tabella_protocol::asset::AssetClass;
use tabella_protocol::{
    asset::{self, Issue},
    election,
    note::{Nullifier, commit},
    statement::Mode,
    transaction::{LoggedTransaction, TransferStatement},
    tree::Position,
};
use tabella_prover::wallet::{IssuedNote, LogContent, LogEntry, LogOutput, LogPoint};
use tabella_verifier::shielded::ShieldedPool;
use thiserror::Error;

/// Entries that are read from the store at once.
#[cfg(feature = "ledger")]
const PAGE: u32 = 256;

/// Why a ledger cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LogError {
    /// The store.
    #[cfg(feature = "ledger")]
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry that does not decode.
    #[error("entry {number} of the ledger does not decode: {reason}")]
    Decode {
        /// The entry.
        number: u64,
        /// What is wrong.
        reason: String,
    },
    /// An entry that is not there.
    #[error("entry {0} of the ledger is missing")]
    Missing(u64),
    /// The entries and the pool's tree are not of the same ledger.
    #[error("the leaf at position {0} is not the one that the log gives")]
    Leaf(u64),
}

/// The entries that touch the pool of a class of assets, up to the state that the ledger has read; indices are entry numbers.
///
/// # Errors
/// [`LogError`]; nothing is left out silently.
#[cfg(feature = "ledger")]
pub fn read_pool(ledger: &Ledger, class: AssetClass) -> Result<Vec<LogEntry>, LogError> {
    let pool = ledger.state().pool(class);
    let mut translation = Translation { pool, next: 0 };
    let mut entries = Vec::new();
    read_entries(ledger, |index, logged| {
        entries.extend(translation.entry(index, &logged)?);
        Ok::<_, LogError>(())
    })?;
    Ok(entries)
}

/// All entries, with their numbers and in order, up to the state that the ledger has read.
///
/// # Errors
/// [`LogError`], or that of `each`; nothing is left out silently.
#[cfg(feature = "ledger")]
pub fn read_entries<E: From<LogError>>(
    ledger: &Ledger,
    mut each: impl FnMut(u64, LoggedTransaction) -> Result<(), E>,
) -> Result<(), E> {
    let mut number = 0;
    while number < ledger.entries() {
        let page = ledger.store().entries_from(EntryNumber::new(number), PAGE).map_err(LogError::from)?;
        if page.is_empty() {
            return Err(LogError::Missing(number).into());
        }
        for stored in page {
            // What another process appended after the ledger's state was read is left for the next reading.
            let index = stored.number.get();
            if index >= ledger.entries() {
                return Ok(());
            }
            let logged: LoggedTransaction = borsh::from_slice(&stored.bytes)
                .map_err(|error| LogError::Decode { number: index, reason: error.to_string() })?;
            each(index, logged)?;
            number = index + 1;
        }
    }
    Ok(())
}

/// The entries of a whole log, from the first one, that touch a pool in the state that the log gives; indices are entry numbers.
///
/// # Errors
/// [`LogError`]; nothing is left out silently.
pub fn pool_entries(pool: &ShieldedPool, log: &[LoggedTransaction]) -> Result<Vec<LogEntry>, LogError> {
    let mut translation = Translation { pool, next: 0 };
    let translated = (0..).zip(log).filter_map(|(index, logged)| translation.entry(index, logged).transpose());
    translated.collect()
}

struct Translation<'a> {
    pool: &'a ShieldedPool,
    next: u64,
}

impl Translation<'_> {
    /// One entry; `None` if it does not touch the pool. The order of leaves is that of the ledger: the outputs of all transfers,
    /// then the notes of all issues.
    fn entry(&mut self, index: u64, logged: &LoggedTransaction) -> Result<Option<LogEntry>, LogError> {
        let effects = &logged.transaction.effects;
        if effects.actions.iter().any(|action| action.application == election::APPLICATION) {
            return Ok(None);
        }
        let mut outputs = Vec::new();
        let mut nullifiers: Vec<Nullifier> = Vec::new();
        for transfer in effects.transfers.iter().filter(|transfer| transfer.pool == self.pool.id()) {
            let (instance, ciphertexts) = match &transfer.statement {
                TransferStatement::Transfer { instance, ciphertexts } => (instance, ciphertexts),
                TransferStatement::Cast(instance) => {
                    nullifiers.push(instance.nullifier);
                    continue;
                }
            };
            if instance.mode == Mode::Consume {
                // Nothing is appended, and only the first nullifier is recorded.
                nullifiers.push(instance.nullifiers[0]);
                continue;
            }
            nullifiers.extend(instance.nullifiers);
            for (commitment, ciphertext) in instance.commitments.iter().zip(ciphertexts) {
                let ciphertext = ciphertext.clone();
                outputs.push(self.place(LogContent::Encrypted { commitment: *commitment, ciphertext })?);
            }
        }
        for action in effects.actions.iter().filter(|action| action.application == asset::APPLICATION) {
            let decode = |reason: String| LogError::Decode { number: index, reason };
            let issue: Issue = borsh::from_slice(&action.body).map_err(|error| decode(error.to_string()))?;
            if issue.asset.class != self.pool.class() {
                continue;
            }
            let asset = issue.asset.id().ok_or_else(|| decode("its asset id is 0".into()))?;
            for note in issue.notes {
                let note = IssuedNote { asset, value: note.value, lock: note.lock, rcm: note.rcm };
                outputs.push(self.place(LogContent::Issued(note))?);
            }
        }
        if outputs.is_empty() && nullifiers.is_empty() {
            return Ok(None);
        }
        Ok(Some(LogEntry { at: LogPoint { index, time: logged.time }, outputs, nullifiers }))
    }

    fn place(&mut self, content: LogContent) -> Result<LogOutput, LogError> {
        let commitment = match &content {
            LogContent::Encrypted { commitment, .. } => *commitment,
            LogContent::Issued(note) => commit(note.asset, note.value, note.lock, note.rcm),
        };
        let wrong = LogError::Leaf(self.next);
        let position = match u32::try_from(self.next) {
            Ok(next) if self.pool.tree().leaf(Position(next)) == Some(commitment) => Position(next),
            _ => return Err(wrong),
        };
        self.next += 1;
        Ok(LogOutput { position, content })
    }
}
