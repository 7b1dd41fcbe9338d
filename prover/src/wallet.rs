//! The wallet: which notes of a pool are a person's, what they are worth, and what came and went. Spec § 2-4.
//!
//! It reads what a ledger publishes and trusts it for nothing but completeness, which it checks by the positions: a note
//! counts when its whole opening gives the commitment in the log. It holds a full viewing key and so cannot spend; it is
//! stored only inside encrypted files.

mod encoding;
mod history;
mod note;
mod reservation;
mod scanner;
mod selection;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use tabella_protocol::{
    keys::{Address, Diversifier, FullViewingKey},
    note::{AssetId, Nullifier, Timestamp},
    note_encryption::DecryptionError,
    transaction::PoolId,
    tree::Position,
};
use thiserror::Error;

pub use history::{HistoryEntry, HistoryEvent};
pub use note::{NoteKind, Ownership, ReceivedNote};
pub use reservation::Reservation;
pub use scanner::{Finding, IssuedNote, LogContent, LogEntry, LogOutput, LogPoint, Scanner};
pub use selection::{Selection, SelectionError, SelectionRequest};

/// One account's view of all pools.
pub struct Wallet {
    key: FullViewingKey,
    addresses: AddressBook,
    pools: BTreeMap<PoolId, PoolView>,
    history: Vec<HistoryEntry>,
    reservations: Vec<Reservation>,
}

/// What the wallet knows of one pool.
#[derive(Default)]
struct PoolView {
    /// The position that comes next.
    next: u64,
    /// The last log entry that was read.
    last: Option<LogPoint>,
    notes: BTreeMap<Position, ReceivedNote>,
    by_nullifier: BTreeMap<[u8; 32], Position>,
}

/// Why log entries were not taken; the wallet is unchanged then.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum WalletError {
    /// An output is missing or repeated: a wallet that skipped one could miss money.
    #[error("the log continues at position {expected}, and this entry is of position {found}")]
    Gap {
        /// The position that comes next.
        expected: u64,
        /// The one given.
        found: u64,
    },
    /// The wallet already follows the pool.
    #[error("the wallet already follows this pool")]
    AlreadyFollowed,
}

/// What a scan found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanReport {
    /// Positions of the notes that came in, change included.
    pub received: Vec<Position>,
    /// Positions of the notes that were spent, by their owner or by the other party of an escrow.
    pub spent: Vec<Position>,
    /// Notes for this wallet whose senders lied: they are not counted.
    pub refused: Vec<(Position, DecryptionError)>,
}

/// What a wallet holds of one asset in one pool. Sums of fewer than 2^32 values below 2^64 fit in 96 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Plain notes: spendable now.
    pub spendable: u128,
    /// Plain notes that a transaction under way spends.
    pub reserved: u128,
    /// Escrows to claim.
    pub to_claim: u128,
    /// Escrows made, to take back.
    pub to_refund: u128,
}

impl Wallet {
    /// An empty wallet.
    #[must_use]
    pub fn new(key: FullViewingKey) -> Self {
        Self {
            key,
            addresses: AddressBook::default(),
            pools: BTreeMap::new(),
            history: Vec::new(),
            reservations: Vec::new(),
        }
    }

    /// The viewing key.
    #[must_use]
    pub const fn key(&self) -> &FullViewingKey {
        &self.key
    }

    /// The address of an index, to be given to payers.
    #[must_use]
    pub fn address(&self, index: u32) -> Address {
        self.key.incoming().address(external(index))
    }

    /// The next address for a payer: nothing has come to it in what was read, and this call has not given it out. Never that of index 0,
    /// which wallets show everybody. The ledger does not tell what was given out: a wallet made anew from its seed goes on after the last
    /// address that was paid to.
    pub fn next_address(&mut self) -> Address {
        let diversifier = external(self.addresses.next_external.max(1));
        self.addresses.note_use(diversifier);
        self.key.incoming().address(diversifier)
    }

    /// The address for what is issued in public against a payment with this note. Of all payments with the note at most one can happen, so
    /// no two that do have the same address; and a wallet that has read the note recognises what is issued there. Who knows the address
    /// recognises the payment.
    #[must_use]
    pub fn address_paid_with(&self, note: &ReceivedNote) -> Address {
        self.key.incoming().address(paid_with(note.nullifier()))
    }

    /// A diversifier of the wallet's own for change and for its part in an escrow: never given to payers.
    pub fn next_internal(&mut self) -> Diversifier {
        let diversifier = internal(self.addresses.next_internal);
        self.addresses.note_use(diversifier);
        diversifier
    }

    /// Follows a pool from a position on, for an account that is younger than the pool.
    ///
    /// # Errors
    /// [`WalletError::AlreadyFollowed`].
    pub fn follow_from(&mut self, pool: PoolId, position: u64) -> Result<(), WalletError> {
        if self.pools.contains_key(&pool) {
            return Err(WalletError::AlreadyFollowed);
        }
        self.pools.insert(pool, PoolView { next: position, ..PoolView::default() });
        Ok(())
    }

    /// The position at which the wallet goes on reading a pool.
    #[must_use]
    pub fn next_position(&self, pool: PoolId) -> u64 {
        self.pools.get(&pool).map_or(0, |view| view.next)
    }

    /// The last log entry that the wallet has read for a pool.
    #[must_use]
    pub fn synced(&self, pool: PoolId) -> Option<LogPoint> {
        self.pools.get(&pool).and_then(|view| view.last)
    }

    /// Reads entries of a pool's log, in order; all of them or, on an error, none.
    ///
    /// # Errors
    /// [`WalletError::Gap`] unless the outputs' positions continue what was read before.
    pub fn apply(&mut self, pool: PoolId, entries: &[LogEntry]) -> Result<ScanReport, WalletError> {
        let mut next = self.next_position(pool);
        let outputs: Vec<&LogOutput> = entries.iter().flat_map(|entry| &entry.outputs).collect();
        for output in &outputs {
            let found = u64::from(output.position.0);
            if found != next {
                return Err(WalletError::Gap { expected: next, found });
            }
            next += 1;
        }
        let findings = Scanner::full(&self.key).scan(&outputs);
        let mut report = ScanReport::default();
        let mut findings = findings.into_iter().peekable();
        for entry in entries {
            for output in &entry.outputs {
                let finding = findings.next_if(|finding| finding.position == output.position);
                self.take_output(pool, entry.at, output, finding, &mut report);
            }
            for nullifier in &entry.nullifiers {
                self.take_nullifier(pool, entry.at, nullifier, &mut report);
            }
        }
        let view = self.pools.entry(pool).or_default();
        view.next = next;
        view.last = entries.last().map(|entry| entry.at).or(view.last);
        Ok(report)
    }

    fn take_output(
        &mut self,
        pool: PoolId,
        at: LogPoint,
        output: &LogOutput,
        finding: Option<Finding>,
        report: &mut ScanReport,
    ) {
        let place = (pool, output.position, at);
        let found = match (&output.content, finding) {
            (LogContent::Issued(issued), _) => {
                ReceivedNote::issued(&self.key, place, issued, self.addresses.owned(&self.key))
                    .map(|note| (note, HistoryEvent::Received(NoteKind::Plain)))
            }
            (LogContent::Encrypted { .. }, Some(finding)) => {
                report.refused.extend(finding.refused.iter().map(|error| (output.position, *error)));
                self.take_finding(place, finding)
            }
            (LogContent::Encrypted { .. }, None) => None,
        };
        if let Some((note, event)) = found {
            self.history.push(HistoryEntry::of(&note, at, event));
            report.received.push(output.position);
            self.insert(note);
        }
    }

    /// The note that a finding gives the wallet, if any; what was sent to others goes to the history.
    fn take_finding(
        &mut self,
        place: (PoolId, Position, LogPoint),
        finding: Finding,
    ) -> Option<(ReceivedNote, HistoryEvent)> {
        let (pool, _, at) = place;
        let to_others = finding.received.is_none();
        if let (true, Some(sent)) = (to_others, &finding.sent) {
            self.history.push(HistoryEntry::sent(pool, at, sent));
        }
        let by_own_hand = finding.sent.is_some();
        let note = ReceivedNote::found(&self.key, place, finding)?;
        let event = if by_own_hand { HistoryEvent::Returned } else { HistoryEvent::Received(note.kind()) };
        if to_others {
            // An escrow that the wallet made for somebody else: `Sent` says so already.
            self.insert(note);
            return None;
        }
        Some((note, event))
    }

    fn insert(&mut self, note: ReceivedNote) {
        for diversifier in note.ownership().diversifiers() {
            self.addresses.note_use(diversifier);
        }
        if note.kind() == NoteKind::Plain {
            self.addresses.payments.push(paid_with(note.nullifier()));
        }
        let view = self.pools.entry(note.pool()).or_default();
        view.by_nullifier.insert(note.nullifier().to_bytes(), note.position());
        view.notes.insert(note.position(), note);
    }

    fn take_nullifier(&mut self, pool: PoolId, at: LogPoint, nullifier: &Nullifier, report: &mut ScanReport) {
        let Some(view) = self.pools.get_mut(&pool) else { return };
        let Some(position) = view.by_nullifier.get(&nullifier.to_bytes()) else { return };
        if let Some(note) = view.notes.get_mut(position)
            && note.mark_spent(at)
        {
            self.history.push(HistoryEntry::of(note, at, HistoryEvent::Spent(note.kind())));
            report.spent.push(*position);
            // Whatever else spends it can happen no more: the other notes of that are free again.
            self.keep_reservations(|one| one.pool != pool || !one.nullifiers.contains(nullifier));
        }
    }

    /// All notes, spent ones included.
    pub fn notes(&self) -> impl Iterator<Item = &ReceivedNote> {
        self.pools.values().flat_map(|view| view.notes.values())
    }

    /// Notes that nobody has spent.
    pub fn unspent(&self) -> impl Iterator<Item = &ReceivedNote> {
        self.notes().filter(|note| note.spent().is_none())
    }

    /// The note at a position of a pool.
    #[must_use]
    pub fn note(&self, pool: PoolId, position: Position) -> Option<&ReceivedNote> {
        self.pools.get(&pool)?.notes.get(&position)
    }

    /// What came and went, in the order of the log.
    #[must_use]
    pub fn history(&self) -> &[HistoryEntry] {
        &self.history
    }

    /// Balances at a time, by pool and asset.
    #[must_use]
    pub fn balances(&self, now: Timestamp) -> BTreeMap<(PoolId, [u8; 32]), Balance> {
        let mut balances = BTreeMap::<_, Balance>::new();
        for note in self.unspent() {
            let balance = balances.entry((note.pool(), note.note().asset.to_bytes())).or_default();
            let sum = match note.kind() {
                NoteKind::Plain if note.is_reserved(now) => &mut balance.reserved,
                NoteKind::Plain => &mut balance.spendable,
                NoteKind::EscrowToClaim => &mut balance.to_claim,
                NoteKind::EscrowToRefund => &mut balance.to_refund,
            };
            *sum = sum.checked_add(u128::from(note.note().value.0)).expect("2^32 notes below 2^64 fit in 96 bits");
        }
        balances
    }

    /// The balance of one asset in one pool.
    #[must_use]
    pub fn balance(&self, pool: PoolId, asset: AssetId, now: Timestamp) -> Balance {
        self.balances(now).remove(&(pool, asset.to_bytes())).unwrap_or_default()
    }

    /// Picks notes for an amount.
    ///
    /// # Errors
    /// [`SelectionError`] tells how much there is, and which two notes to merge first if that is what is needed.
    pub fn select(&self, request: &SelectionRequest) -> Result<Selection<'_>, SelectionError> {
        selection::select(self.unspent(), request)
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wallet(<secret>)")
    }
}

/// Which diversifiers are in use, and the owner commitments of these, of the next few and of payments: an issue names only those,
/// and they are computed when the first issue is read.
#[derive(Default)]
struct AddressBook {
    next_external: u32,
    next_internal: u32,
    covered: [u32; 2],
    /// Those of payments with notes of the wallet that are not covered yet.
    payments: Vec<Diversifier>,
    owned: BTreeMap<[u8; 32], Diversifier>,
}

impl AddressBook {
    /// How many unused addresses are recognised, so that 24 words restore what was issued to recent ones.
    const LOOK_AHEAD: u32 = 20;
    /// Use of an index this far beyond the next one does not move the counter.
    const FAR_AHEAD: u32 = 10_000;

    /// How many addresses of either kind are told apart: reading an issue hashes all of them, once for a wallet's file. The last
    /// one is used again and again.
    const LIMIT: u32 = 1 << 20;

    /// None above the limit, which no wallet writes.
    fn new(next_external: u32, next_internal: u32) -> Option<Self> {
        let allowed = next_external <= Self::LIMIT && next_internal <= Self::LIMIT;
        allowed.then(|| Self { next_external, next_internal, ..Self::default() })
    }

    fn note_use(&mut self, diversifier: Diversifier) {
        let Some((index, is_internal)) = index_of(diversifier) else { return };
        let next = if is_internal { &mut self.next_internal } else { &mut self.next_external };
        // An index far ahead was asked for by number; following it would mean hashing every address before it.
        if index < Self::LIMIT && index >= *next && index - *next < Self::FAR_AHEAD {
            *next = index + 1;
        }
    }

    /// The diversifiers by the owner commitments that they make.
    fn owned(&mut self, key: &FullViewingKey) -> &BTreeMap<[u8; 32], Diversifier> {
        self.cover(key);
        &self.owned
    }

    fn cover(&mut self, key: &FullViewingKey) {
        #[expect(clippy::type_complexity, reason = "without the type, two functions are of two types")]
        let families: [(u32, fn(u32) -> Diversifier); 2] =
            [(self.next_external, external), (self.next_internal, internal)];
        for ((next, diversifier), covered) in families.into_iter().zip(&mut self.covered) {
            let end = next + Self::LOOK_AHEAD;
            for index in *covered..end {
                let diversifier = diversifier(index);
                let owner = key.incoming().owner_key().commitment(diversifier);
                self.owned.insert(owner.to_bytes(), diversifier);
            }
            *covered = (*covered).max(end);
        }
        for diversifier in self.payments.drain(..) {
            self.owned.insert(key.incoming().owner_key().commitment(diversifier).to_bytes(), diversifier);
        }
    }
}

/// Diversifiers of addresses for payers: the index, little-endian.
fn external(index: u32) -> Diversifier {
    Diversifier::from_index(u64::from(index))
}

/// Diversifiers of the wallet's own: the index, and 1 in the last byte.
fn internal(index: u32) -> Diversifier {
    let mut diversifier = external(index);
    diversifier.0[10] = 1;
    diversifier
}

/// The diversifier of what is paid with a note ([`Wallet::address_paid_with`]): the beginning of its nullifier, and 2 in the last byte.
/// Nullifiers are public: a viewing key that does not see what is spent finds by them what was issued against payments.
#[must_use]
pub fn paid_with(nullifier: &Nullifier) -> Diversifier {
    let mut diversifier = [2; 11];
    for (byte, of_note) in diversifier.iter_mut().take(10).zip(nullifier.to_bytes()) {
        *byte = of_note;
    }
    Diversifier(diversifier)
}

fn index_of(diversifier: Diversifier) -> Option<(u32, bool)> {
    let [a, b, c, d, rest @ ..] = diversifier.0;
    let index = u32::from_le_bytes([a, b, c, d]);
    match rest {
        [0, 0, 0, 0, 0, 0, 0] => Some((index, false)),
        [0, 0, 0, 0, 0, 0, 1] => Some((index, true)),
        _ => None,
    }
}
