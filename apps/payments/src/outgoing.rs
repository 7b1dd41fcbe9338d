//! A key that sees what an account sent, and neither what came in nor what is left. Spec § 2, § 4.6.
//!
//! Every output of an account's transfers is written a second time, for its `ovk`: whoever has `ovk` opens these ciphertexts, checks them
//! against the commitments, and so learns value, asset, recipient and memo as they truly are. Change and the notes of merges
//! are outputs, too: he sees how much came back, at which of the account's own addresses. What others sent to the account is not
//! written for `ovk`, nor is what was issued to it. `ovk` is 32 bytes of hash output: neither `ivk`, `nk` nor `ask` follow from it, so
//! that nothing is found by trial decryption, no nullifier is computed and nothing is signed.
//!
//! Text form: bech32m, prefix `tabviewout`, of the 32 bytes.

use std::str::FromStr;

use bech32::{Bech32m, Hrp, primitives::decode::CheckedHrpstring};
use tabella_protocol::{
    keys::{Address, FullViewingKey},
    note::{AssetId, Lock, NoteValue},
    note_encryption::{Memo, recover},
    secret::Secret,
};
use tabella_prover::wallet::{LogContent, LogEntry, LogPoint};
use zeroize::Zeroizing;

use crate::viewing::{ViewingKeyError, is_change};

/// Prefix of the text form.
pub const PREFIX: &str = "tabviewout";

/// `ovk`. `Debug` prints no key.
#[derive(Clone, Debug)]
pub struct OutgoingViewingKey(Secret<[u8; 32]>);

impl OutgoingViewingKey {
    /// That of an account.
    #[must_use]
    pub fn of(key: &FullViewingKey) -> Self {
        Self(key.outgoing().clone())
    }

    /// The text form. Whoever reads it sees what the key sees.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<String> {
        let hrp = Hrp::parse_unchecked(PREFIX);
        Zeroizing::new(bech32::encode::<Bech32m>(hrp, self.0.expose()).expect("32 bytes fit"))
    }
}

impl FromStr for OutgoingViewingKey {
    type Err = ViewingKeyError;

    fn from_str(text: &str) -> Result<Self, ViewingKeyError> {
        let parsed = CheckedHrpstring::new::<Bech32m>(text.trim()).map_err(|_| ViewingKeyError::Text)?;
        if parsed.hrp().to_lowercase() != PREFIX {
            return Err(ViewingKeyError::Kind);
        }
        let bytes = Zeroizing::new(parsed.byte_iter().collect::<Vec<u8>>());
        let key: [u8; 32] = (**bytes).try_into().map_err(|_| ViewingKeyError::Content)?;
        Ok(Self(Secret::new(key)))
    }
}

/// A note that an account sent.
#[derive(Clone, Debug)]
pub struct OutgoingNote {
    /// Where in the log.
    pub at: LogPoint,
    /// To whom.
    pub to: Address,
    /// The asset.
    pub asset: AssetId,
    /// The amount.
    pub value: NoteValue,
    /// Its memo.
    pub memo: Memo,
    /// It went to an address of the kind that wallets keep for their own change. Whose it is, this key does not tell.
    pub change: bool,
    /// It was put under an escrow.
    pub escrow: bool,
}

/// Everything that an account sent, change included, as the ledger has it.
#[must_use]
pub fn outgoing_notes(key: &OutgoingViewingKey, entries: &[LogEntry]) -> Vec<OutgoingNote> {
    let outputs = entries.iter().flat_map(|entry| entry.outputs.iter().map(|output| (entry.at, &output.content)));
    let sent = outputs.filter_map(|(at, content)| match content {
        // What does not open was sent by others; what opens and does not fit its commitment is a lie, whoever made it.
        LogContent::Encrypted { commitment, ciphertext } => Some((at, recover(&key.0, *commitment, ciphertext).ok()?)),
        LogContent::Issued(_) => None,
    });
    sent.filter(|(_, sent)| sent.note.value != NoteValue(0))
        .map(|(at, sent)| OutgoingNote {
            at,
            to: sent.recipient,
            asset: sent.note.asset,
            value: sent.note.value,
            change: is_change(sent.recipient.diversifier()),
            escrow: matches!(sent.note.lock, Lock::Escrow(_)),
            memo: sent.memo,
        })
        .collect()
}
