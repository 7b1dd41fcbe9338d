//! A note that the wallet can spend, now or under an escrow's conditions.

use std::{collections::BTreeMap, fmt};

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    jubjub::JubjubScalar,
    keys::{Diversifier, FullViewingKey, OwnerCommitment},
    note::{Lock, Note, NoteValue, Nullifier, Timestamp},
    note_encryption::{Memo, Role},
    secret::Secret,
    transaction::PoolId,
    tree::Position,
};

use super::scanner::{Finding, IssuedNote, LogPoint};

/// What a wallet may do with a note, and at which of its own diversifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Ownership {
    /// The lock is the wallet's own.
    Plain(Diversifier),
    /// The wallet is one party of an escrow, or both.
    Escrow {
        /// Where it is the claimant.
        claim: Option<Diversifier>,
        /// Where it is the refund party.
        refund: Option<Diversifier>,
    },
}

impl Ownership {
    pub(super) fn diversifiers(&self) -> impl Iterator<Item = Diversifier> {
        let (a, b) = match *self {
            Self::Plain(diversifier) => (Some(diversifier), None),
            Self::Escrow { claim, refund } => (claim, refund),
        };
        a.into_iter().chain(b)
    }

    /// Whether a lock is what this says, under an account's owner key.
    fn is_of(&self, key: &FullViewingKey, lock: &Lock) -> bool {
        let owns = |d: Option<Diversifier>, pk: OwnerCommitment| {
            d.is_none_or(|d| key.incoming().owner_key().commitment(d) == pk)
        };
        match (self, lock) {
            (Self::Plain(diversifier), Lock::Plain(owner)) => owns(Some(*diversifier), *owner),
            (Self::Escrow { claim, refund }, Lock::Escrow(escrow)) => {
                (claim.is_some() || refund.is_some())
                    && owns(*claim, escrow.contract.claimant)
                    && owns(*refund, escrow.refund)
            }
            _ => false,
        }
    }
}

/// What a note is to the wallet, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum NoteKind {
    /// Its own.
    Plain,
    /// An escrow that it may claim.
    EscrowToClaim,
    /// An escrow that it made and may take back.
    EscrowToRefund,
}

/// A note of the wallet. `Debug` prints its place only.
#[derive(Clone)]
pub struct ReceivedNote {
    pub(super) pool: PoolId,
    pub(super) position: Position,
    pub(super) note: Note,
    pub(super) ownership: Ownership,
    pub(super) memo: Memo,
    pub(super) blinding: Option<Secret<JubjubScalar>>,
    pub(super) nullifier: Nullifier,
    pub(super) received: LogPoint,
    pub(super) spent: Option<LogPoint>,
    pub(super) reserved_until: Option<Timestamp>,
}

impl ReceivedNote {
    /// A note from all that is known of it; `None` if its lock is not what `ownership` says, or its value is 0, which
    /// has no meaning anywhere.
    #[must_use]
    pub fn new(
        key: &FullViewingKey,
        (pool, position, received): (PoolId, Position, LogPoint),
        note: Note,
        ownership: Ownership,
        memo: Memo,
        blinding: Option<Secret<JubjubScalar>>,
    ) -> Option<Self> {
        if note.value == NoteValue(0) || !ownership.is_of(key, &note.lock) {
            return None;
        }
        let nullifier_key = match &note.lock {
            Lock::Plain(_) => key.nullifier_key(),
            Lock::Escrow(escrow) => escrow.nullifier_key,
        };
        let nullifier = Nullifier::derive(nullifier_key, note.commitment(), position);
        Some(Self {
            pool,
            position,
            note,
            ownership,
            memo,
            blinding,
            nullifier,
            received,
            spent: None,
            reserved_until: None,
        })
    }

    /// The note of a finding: what was received, or an escrow that was sent and may be taken back.
    pub(super) fn found(key: &FullViewingKey, place: (PoolId, Position, LogPoint), finding: Finding) -> Option<Self> {
        let refund = finding.sent.as_ref().and_then(|sent| sent.refund);
        if let Some(received) = finding.received {
            let diversifier = received.recipient.diversifier();
            let ownership = match received.role {
                Role::Owner => Ownership::Plain(diversifier),
                Role::Claimant => Ownership::Escrow { claim: Some(diversifier), refund },
                Role::RefundParty => Ownership::Escrow { claim: None, refund: Some(diversifier) },
            };
            return Self::new(key, place, received.note, ownership, received.memo, received.blinding);
        }
        let sent = finding.sent?;
        let ownership = Ownership::Escrow { claim: None, refund: Some(refund?) };
        Self::new(key, place, sent.note, ownership, sent.memo, sent.blinding)
    }

    /// An issued note whose lock is one of the wallet's owner commitments.
    pub(super) fn issued(
        key: &FullViewingKey,
        place: (PoolId, Position, LogPoint),
        issued: &IssuedNote,
        owned: &BTreeMap<[u8; 32], Diversifier>,
    ) -> Option<Self> {
        let diversifier = *owned.get(&issued.lock.to_bytes())?;
        let lock = Lock::Plain(key.incoming().owner_key().commitment(diversifier));
        let note = Note { asset: issued.asset, value: issued.value, lock, rcm: issued.rcm };
        Self::new(key, place, note, Ownership::Plain(diversifier), Memo::empty(), None)
    }

    /// The pool.
    #[must_use]
    pub const fn pool(&self) -> PoolId {
        self.pool
    }

    /// The position in the pool's tree.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The note.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// What the wallet may do with it.
    #[must_use]
    pub const fn ownership(&self) -> &Ownership {
        &self.ownership
    }

    /// What it is, in one word.
    #[must_use]
    pub const fn kind(&self) -> NoteKind {
        match self.ownership {
            Ownership::Plain(_) => NoteKind::Plain,
            Ownership::Escrow { claim: Some(_), .. } => NoteKind::EscrowToClaim,
            Ownership::Escrow { claim: None, .. } => NoteKind::EscrowToRefund,
        }
    }

    /// The memo that came with it.
    #[must_use]
    pub const fn memo(&self) -> &Memo {
        &self.memo
    }

    /// `r` of the value commitment, for a tagged escrow.
    #[must_use]
    pub const fn blinding(&self) -> Option<&Secret<JubjubScalar>> {
        self.blinding.as_ref()
    }

    /// The nullifier that spends it.
    #[must_use]
    pub const fn nullifier(&self) -> &Nullifier {
        &self.nullifier
    }

    /// Where it came in.
    #[must_use]
    pub const fn received(&self) -> LogPoint {
        self.received
    }

    /// Where it was spent, if it was.
    #[must_use]
    pub const fn spent(&self) -> Option<LogPoint> {
        self.spent
    }

    /// Whether a transaction under way spends it.
    #[must_use]
    pub fn is_reserved(&self, now: Timestamp) -> bool {
        self.reserved_until.is_some_and(|until| now < until)
    }

    /// Until when a transaction under way may spend it, if one does.
    #[must_use]
    pub const fn reserved_until(&self) -> Option<Timestamp> {
        self.reserved_until
    }

    pub(super) const fn set_reserved(&mut self, until: Option<Timestamp>) {
        self.reserved_until = until;
    }

    /// Whether this is news. (A ballot that replaces another records the same nullifier again.)
    pub(super) const fn mark_spent(&mut self, at: LogPoint) -> bool {
        let news = self.spent.is_none();
        if news {
            self.spent = Some(at);
        }
        news
    }
}

impl fmt::Debug for ReceivedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedNote")
            .field("pool", &self.pool)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
