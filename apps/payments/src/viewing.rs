//! Viewing keys as text, and what an incoming one shows. Spec § 2.
//!
//! Text form: bech32m, prefix `tabview` for a full viewing key (128 bytes), `tabviewin` for an incoming one (64 bytes).

use std::{collections::BTreeMap, str::FromStr};

use bech32::{Bech32m, Hrp, primitives::decode::CheckedHrpstring};
use tabella_protocol::{
    keys::{Diversifier, FullViewingKey, IncomingViewingKey},
    note::{AssetId, NoteValue, Nullifier},
    note_encryption::{Memo, Role},
};
use tabella_prover::wallet::{LogContent, LogEntry, LogOutput, LogPoint, Scanner, paid_with};
use thiserror::Error;
use zeroize::Zeroizing;

const FULL: &str = "tabview";
const INCOMING: &str = "tabviewin";

/// A key that sees and spends nothing. `Debug` prints no key.
#[derive(Clone, Debug)]
pub enum ViewingKey {
    /// Sees what came in, what was sent and to whom, and what is left.
    Full(FullViewingKey),
    /// Sees what came in, and not what became of it.
    Incoming(IncomingViewingKey),
}

/// Why a text is no viewing key. The messages never repeat the text.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ViewingKeyError {
    /// Not bech32m, or its checksum fails.
    #[error("not a viewing key (was it copied whole?)")]
    Text,
    /// Another prefix.
    #[error("a viewing key begins with \"{FULL}1\" or \"{INCOMING}1\"")]
    Kind,
    /// The content does not decode.
    #[error("the viewing key is damaged")]
    Content,
}

impl ViewingKey {
    /// The text form. Whoever reads it sees what the key sees.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<String> {
        let text = |prefix, bytes: &[u8]| {
            bech32::encode::<Bech32m>(Hrp::parse_unchecked(prefix), bytes).expect("at most 128 bytes fit")
        };
        Zeroizing::new(match self {
            Self::Full(key) => text(FULL, key.to_bytes().as_slice()),
            Self::Incoming(key) => text(INCOMING, key.to_bytes().as_slice()),
        })
    }
}

impl FromStr for ViewingKey {
    type Err = ViewingKeyError;

    fn from_str(text: &str) -> Result<Self, ViewingKeyError> {
        let parsed = CheckedHrpstring::new::<Bech32m>(text.trim()).map_err(|_| ViewingKeyError::Text)?;
        let bytes = Zeroizing::new(parsed.byte_iter().collect::<Vec<u8>>());
        let key = match parsed.hrp().to_lowercase().as_str() {
            FULL => (**bytes).try_into().ok().and_then(FullViewingKey::from_bytes).map(Self::Full),
            INCOMING => (**bytes).try_into().ok().and_then(IncomingViewingKey::from_bytes).map(Self::Incoming),
            _ => return Err(ViewingKeyError::Kind),
        };
        key.ok_or(ViewingKeyError::Content)
    }
}

/// A note that came in, as an incoming viewing key sees it.
#[derive(Clone, Debug)]
pub struct IncomingNote {
    /// Where in the log.
    pub at: LogPoint,
    /// The asset.
    pub asset: AssetId,
    /// The amount.
    pub value: NoteValue,
    /// Its memo.
    pub memo: Memo,
    /// It came to an address that the account keeps for its own change.
    pub change: bool,
    /// An escrow that the account may claim, not a note of its own.
    pub escrow: bool,
}

/// How many unused addresses are looked at for issued notes, as wallets do.
const LOOK_AHEAD: u64 = 20;
/// Use of an address this far beyond the others is not followed: that would mean hashing every address before it.
const FAR_AHEAD: u64 = 10_000;

/// Everything that came in to an account, pool by pool. All pools are needed: what is issued in one of them may be paid for in another, and
/// goes to an address that follows from the payment.
#[must_use]
pub fn incoming_notes(key: &IncomingViewingKey, pools: &[Vec<LogEntry>]) -> Vec<IncomingNote> {
    let mut spent = BTreeMap::<u64, Vec<Nullifier>>::new();
    for entry in pools.iter().flatten() {
        spent.entry(entry.at.index).or_default().extend(&entry.nullifiers);
    }
    pools.iter().flat_map(|entries| incoming_notes_of(key, entries, &spent)).collect()
}

/// Those of one pool; `spent` is what each entry of the log spends, in all of them.
fn incoming_notes_of(
    key: &IncomingViewingKey,
    entries: &[LogEntry],
    spent: &BTreeMap<u64, Vec<Nullifier>>,
) -> Vec<IncomingNote> {
    let outputs: Vec<&LogOutput> = entries.iter().flat_map(|entry| &entry.outputs).collect();
    let findings = Scanner::incoming(key).scan(&outputs);
    let mut findings: BTreeMap<u32, _> = findings.into_iter().map(|found| (found.position.0, found)).collect();
    let mut owned = BTreeMap::new();
    let mut covered = 0;
    let mut cover = |owned: &mut BTreeMap<[u8; 32], u64>, next: u64| {
        if next > covered + FAR_AHEAD {
            return;
        }
        for index in covered..next.saturating_add(LOOK_AHEAD) {
            let owner = key.owner_key().commitment(Diversifier::from_index(index));
            owned.insert(owner.to_bytes(), index);
        }
        covered = covered.max(next.saturating_add(LOOK_AHEAD));
    };
    cover(&mut owned, 0);
    let mut notes = Vec::new();
    for entry in entries {
        // Where something was issued against a payment, if the account paid.
        let issues = entry.outputs.iter().any(|output| matches!(output.content, LogContent::Issued(_)));
        let paying = spent.get(&entry.at.index).into_iter().flatten().filter(|_| issues);
        let bought: Vec<_> =
            paying.map(|nullifier| key.owner_key().commitment(paid_with(nullifier)).to_bytes()).collect();
        for output in &entry.outputs {
            match &output.content {
                LogContent::Issued(issued) => {
                    let lock = issued.lock.to_bytes();
                    match owned.get(&lock).copied() {
                        Some(index) => cover(&mut owned, index + 1),
                        None if bought.contains(&lock) => {}
                        None => continue,
                    }
                    let (asset, value) = (issued.asset, issued.value);
                    let memo = Memo::empty();
                    notes.push(IncomingNote { at: entry.at, asset, value, memo, change: false, escrow: false });
                }
                LogContent::Encrypted { .. } => {
                    let Some(found) = findings.remove(&output.position.0).and_then(|found| found.received) else {
                        continue;
                    };
                    let (asset, value) = (found.note.asset, found.note.value);
                    // A note of value 0 has no meaning anywhere; dummies are such.
                    if value == NoteValue(0) {
                        continue;
                    }
                    let diversifier = found.recipient.diversifier();
                    if let Some(index) = address_index(diversifier) {
                        cover(&mut owned, index + 1);
                    }
                    let change = is_change(diversifier);
                    let escrow = found.role != Role::Owner;
                    notes.push(IncomingNote { at: entry.at, asset, value, memo: found.memo, change, escrow });
                }
            }
        }
    }
    notes
}

/// Whether an address is the account's own, for change: its last byte is 1.
pub(crate) fn is_change(diversifier: Diversifier) -> bool {
    diversifier.0.last() == Some(&1)
}

/// The index of an address for payers; `None` for any other.
fn address_index(diversifier: Diversifier) -> Option<u64> {
    let [a, b, c, d, rest @ ..] = diversifier.0;
    (rest == [0; 7]).then(|| u64::from(u32::from_le_bytes([a, b, c, d])))
}

#[cfg(test)]
mod tests {
    use tabella_protocol::keys::{Account, Seed};

    use super::*;

    fn keys() -> (ViewingKey, ViewingKey) {
        let full = Seed::new([7; 32]).account(&Account::Payment(0)).full_viewing_key().clone();
        let incoming = full.incoming().clone();
        (ViewingKey::Full(full), ViewingKey::Incoming(incoming))
    }

    #[test]
    fn viewing_keys_are_read_back_from_their_text() {
        let (full, incoming) = keys();
        for (key, prefix) in [(full, "tabview1"), (incoming, "tabviewin1")] {
            let text = key.encode();
            assert!(text.starts_with(prefix), "{}", &text[..12]);
            assert_eq!(text.parse::<ViewingKey>().unwrap().encode(), text);
            assert_eq!(text.to_uppercase().parse::<ViewingKey>().unwrap().encode(), text);
        }
    }

    #[test]
    fn damaged_text_is_refused_and_not_repeated() {
        let (full, incoming) = keys();
        let text = full.encode();
        for at in (8..text.len()).step_by(11) {
            let mut changed = text.to_string().into_bytes();
            changed[at] = if changed[at] == b'q' { b'p' } else { b'q' };
            let changed = String::from_utf8(changed).unwrap();
            let error = changed.parse::<ViewingKey>().unwrap_err();
            assert_eq!(error, ViewingKeyError::Text);
            assert!(!error.to_string().contains(&changed[8..24]));
        }
        let address = Seed::new([7; 32]).account(&Account::Payment(0)).address(Diversifier::from_index(0));
        assert_eq!(address.to_string().parse::<ViewingKey>().unwrap_err(), ViewingKeyError::Kind);
        // The bytes of one kind under the prefix of the other.
        let ViewingKey::Incoming(incoming) = incoming else { panic!() };
        let hrp = Hrp::parse(FULL).unwrap();
        let short = bech32::encode::<Bech32m>(hrp, incoming.to_bytes().as_slice()).unwrap();
        assert_eq!(short.parse::<ViewingKey>().unwrap_err(), ViewingKeyError::Content);
        let broken = bech32::encode::<Bech32m>(hrp, &[0xff; 128]).unwrap();
        assert_eq!(broken.parse::<ViewingKey>().unwrap_err(), ViewingKeyError::Content);
        assert!(!format!("{full:?}").contains(&hex(&text)));
    }

    fn hex(text: &str) -> String {
        text[8..20].to_owned()
    }
}
