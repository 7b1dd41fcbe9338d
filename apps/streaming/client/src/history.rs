//! A party's sessions, found again from its keys and the ledger's entries. Nothing is kept but the seed; only the provider keeps
//! the highest tick of each session besides, which never was on the ledger.

use std::{collections::BTreeMap, fmt};

use tabella_protocol::{
    note::{NoteValue, Timestamp},
    transaction::{LoggedTransaction, Transaction, TransactionDigest},
};
use tabella_prover::account::AmountOpening;
use tabella_streaming_rules::{
    Session, Stage, Streams,
    action::{APPLICATION, StreamingAction},
    terms::{Party, SessionId, SessionTerms},
};
use thiserror::Error;

use crate::{keys::StreamingKeys, offer::open_rate};

/// Why sessions are not found again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Log(#[from] tabella_payments::log::LogError),
    /// An action that the ledger cannot have accepted.
    #[error("an entry holds an action of streaming that does not decode")]
    Entries,
}

/// A session of the party's.
#[derive(Clone, Debug)]
pub struct OwnSession {
    /// Which.
    pub id: SessionId,
    /// On which side.
    pub party: Party,
    /// What was agreed to.
    pub terms: SessionTerms,
    /// What a tick costs; `None` if the ledger does not hold it for these keys, which no wallet of ours lets happen.
    pub rate: Option<AmountOpening>,
    /// The transaction that opened it.
    pub opened: TransactionDigest,
}

impl OwnSession {
    /// What a number of ticks costs; `None` if that is not known.
    #[must_use]
    pub fn price(&self, ticks: u32) -> Option<AmountOpening> {
        self.rate.as_ref()?.times(u64::from(ticks))
    }

    /// How many ticks' price this party may withdraw now, and how much that is; `None` if nothing.
    #[must_use]
    pub fn due(&self, state: &Session, now: Timestamp) -> Option<(u32, NoteValue)> {
        let Stage::Settled { ticks } = state.stage(now) else { return None };
        let share = state.share(self.party, ticks);
        if share == 0 || state.is_paid(self.party) {
            return None;
        }
        Some((share, self.price(share)?.value()))
    }
}

/// What the keys of a party find in the entries of a ledger, read in order from the first.
pub struct OwnSessions<'k> {
    keys: &'k StreamingKeys,
    sessions: BTreeMap<SessionId, OwnSession>,
}

impl fmt::Debug for OwnSessions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnSessions").field("sessions", &self.sessions).finish_non_exhaustive()
    }
}

impl<'k> OwnSessions<'k> {
    /// Before the first entry.
    #[must_use]
    pub const fn new(keys: &'k StreamingKeys) -> Self {
        Self { keys, sessions: BTreeMap::new() }
    }

    /// All entries of a ledger.
    ///
    /// # Errors
    /// [`HistoryError`].
    #[cfg(feature = "ledger")]
    pub fn of_ledger(keys: &'k StreamingKeys, ledger: &tabella_ledger::node::Ledger) -> Result<Self, HistoryError> {
        let mut sessions = Self::new(keys);
        tabella_payments::log::read_entries(ledger, |_, logged| sessions.read(&logged.transaction))?;
        Ok(sessions)
    }

    /// All entries of a log, from the first one.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn of_log(keys: &'k StreamingKeys, log: &[LoggedTransaction]) -> Result<Self, HistoryError> {
        let mut sessions = Self::new(keys);
        log.iter().try_for_each(|logged| sessions.read(&logged.transaction))?;
        Ok(sessions)
    }

    /// Reads the next entry.
    ///
    /// # Errors
    /// [`HistoryError::Entries`].
    pub fn read(&mut self, transaction: &Transaction) -> Result<(), HistoryError> {
        let effects = &transaction.effects;
        let mut digest = None;
        for action in effects.actions.iter().filter(|action| action.application == APPLICATION) {
            let action = borsh::from_slice(&action.body).map_err(|_| HistoryError::Entries)?;
            let StreamingAction::Open { terms, .. } = action else { continue };
            let own = self.keys.signer();
            let party = [Party::Viewer, Party::Provider].into_iter().find(|party| *terms.signer(*party) == own);
            let Some(party) = party else { continue };
            let id = terms.id(effects.ledger);
            let rate = open_rate(&terms, self.keys, party);
            let opened = *digest.get_or_insert_with(|| effects.digest());
            self.sessions.insert(id, OwnSession { id, party, terms: *terms, rate, opened });
        }
        Ok(())
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: &SessionId) -> Option<&OwnSession> {
        self.sessions.get(id)
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &OwnSession> {
        self.sessions.values()
    }

    /// What can be withdrawn now, of all sessions.
    pub fn due<'s>(
        &'s self,
        state: &'s Streams,
        now: Timestamp,
    ) -> impl Iterator<Item = (&'s OwnSession, u32, NoteValue)> {
        self.iter().filter_map(move |own| {
            let (ticks, value) = own.due(state.session(&own.id)?, now)?;
            Some((own, ticks, value))
        })
    }
}
