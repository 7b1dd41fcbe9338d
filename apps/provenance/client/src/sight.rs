//! What a viewing key shows of a thing: for an insurer, who sees the part that one wallet has in its history, and moves nothing.
//!
//! A full key shows where the thing came in and to whom it went, and whether it is still there. An incoming key shows what came in.

use tabella_protocol::{
    keys::{Address, Diversifier, FullViewingKey, IncomingViewingKey},
    note::{AssetId, Lock, NoteCommitment, NoteValue},
    note_encryption::{NoteCiphertext, NoteDisclosure},
    statement::Mode,
    transaction::TransferStatement,
};
use tabella_prover::wallet::{NoteKind, Ownership, Wallet};

use crate::custody::{Event, Step, is_at};

/// Addresses at which an incoming key looks for where a thing's note was made. A full key knows of any.
const FIRST_ADDRESSES: u64 = 16;

/// What a viewing key has to look at.
#[derive(Clone, Copy, Debug)]
pub enum Viewer<'a> {
    /// The wallet of a full key, which has been brought up to the ledger.
    Full(&'a Wallet),
    /// An incoming key.
    Incoming(&'a IncomingViewingKey),
}

impl Viewer<'_> {
    /// Addresses at which the thing's note may have been made.
    fn own_addresses(&self, asset: AssetId) -> Vec<Address> {
        match self {
            Self::Full(wallet) => own_addresses(wallet, asset),
            Self::Incoming(key) => {
                (0..FIRST_ADDRESSES).map(|index| key.address(Diversifier::from_index(index))).collect()
            }
        }
    }
}

/// The addresses of a wallet at which it has had a thing.
#[must_use]
pub fn own_addresses(wallet: &Wallet, asset: AssetId) -> Vec<Address> {
    let of_thing = wallet.notes().filter(|note| note.note().asset == asset);
    let at = of_thing.filter_map(|note| match note.ownership() {
        Ownership::Plain(diversifier) => Some(wallet.key().incoming().address(*diversifier)),
        Ownership::Escrow { .. } => None,
    });
    at.collect()
}

/// What part the wallet had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The note was made at an address of its own.
    Made,
    /// It received the thing.
    CameIn,
    /// It handed the thing to somebody else.
    WentOut,
}

/// A step of a thing's history in which the wallet of a viewing key had a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Index in the history.
    pub event: usize,
    /// Which part.
    pub part: Part,
    /// To which address the thing went.
    pub to: Address,
}

/// The steps of a thing's history that a viewing key shows, in their order.
#[must_use]
pub fn sightings(viewer: Viewer<'_>, asset: AssetId, history: &[Event]) -> Vec<Sighting> {
    let (incoming, full) = match viewer {
        Viewer::Full(wallet) => (wallet.key().incoming(), Some(wallet.key())),
        Viewer::Incoming(incoming) => (incoming, None),
    };
    let own = viewer.own_addresses(asset);
    let mut seen = Vec::new();
    for (event, Event { step, .. }) in history.iter().enumerate() {
        match step {
            Step::Claimed(lock) => {
                let to = own.iter().find(|address| is_at(*lock, address));
                seen.extend(to.map(|to| Sighting { event, part: Part::Made, to: *to }));
            }
            Step::Moved { transfer, effects, .. } => {
                let statement = effects.transfers.get(*transfer as usize).map(|transfer| &transfer.statement);
                let Some(TransferStatement::Transfer { instance, ciphertexts }) = statement else { continue };
                if instance.mode == Mode::Consume {
                    continue;
                }
                let outputs = instance.commitments.iter().zip(ciphertexts);
                let mut opened = outputs.filter_map(|(cm, ciphertext)| open((incoming, full), asset, *cm, ciphertext));
                seen.extend(opened.next().map(|(part, to)| Sighting { event, part, to }));
            }
            Step::Registered | Step::Reported(_) | Step::Lifted(_) => {}
        }
    }
    seen
}

/// The part that a key's holder has in an output, and its address, if it is the one unit of the thing.
fn open(
    (incoming, full): (&IncomingViewingKey, Option<&FullViewingKey>),
    asset: AssetId,
    cm: NoteCommitment,
    ciphertext: &NoteCiphertext,
) -> Option<(Part, Address)> {
    let received = NoteDisclosure::by_recipient(incoming, cm, ciphertext).ok().map(|note| (Part::CameIn, note));
    let sent = || {
        let note = NoteDisclosure::by_sender(full?.outgoing(), cm, ciphertext).ok()?;
        Some((Part::WentOut, note))
    };
    let (part, disclosure) = received.or_else(sent)?;
    let opened = disclosure.open(cm, ciphertext).ok()?;
    let is_the_thing =
        matches!(opened.note.lock, Lock::Plain(_)) && (opened.note.asset, opened.note.value) == (asset, NoteValue(1));
    is_the_thing.then_some((part, opened.recipient))
}

/// Whether a thing is in a wallet: one of a full viewing key, which has been brought up to the ledger.
#[must_use]
pub fn is_in(wallet: &Wallet, asset: AssetId) -> bool {
    let mut notes = wallet.unspent().filter(|note| note.kind() == NoteKind::Plain);
    notes.any(|note| (note.note().asset, note.note().value) == (asset, NoteValue(1)))
}
