//! What two parties agree to before a session: keys, rate, limits and times.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::Scalar;
use tabella_protocol::{
    account::{Amount, SealedOpening},
    hash::blake2b_256,
    hash_newtype,
    note::{AssetId, NoteValue, Timestamp},
    ristretto::Element,
    transaction::{LedgerId, TransactionDigest},
};
use thiserror::Error;

use crate::domain;

/// Most ticks of a session.
pub const MAX_TICKS: u32 = 1 << 20;
/// Longest tick, in seconds: a day.
pub const MAX_TICK_SECONDS: u32 = 86_400;
/// Shortest delay in which a higher tick may be shown, in seconds.
pub const MIN_DISPUTE_SECONDS: u32 = 60;
/// Longest such delay, in seconds: 30 days.
pub const MAX_DISPUTE_SECONDS: u32 = 30 * 86_400;

hash_newtype! {
    /// Which session: hash of its ledger and its terms.
    SessionId
}

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Party {
    /// Prepays and watches.
    Viewer,
    /// Streams and is paid.
    Provider,
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Viewer => "viewer",
            Self::Provider => "provider",
        })
    }
}

/// Public keys of a viewer, which the provider is told. Text form: 128 hexadecimal digits, signer and reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ViewerKeys {
    /// Ed25519 key that signs.
    pub signer: [u8; 32],
    /// To which the opening of a hidden rate is sealed: `k·B`.
    pub reader: Element,
}

impl fmt::Display for ViewerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", hex::encode(self.signer), hex::encode(self.reader.as_bytes()))
    }
}

/// The text is not that of a viewer's keys.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("keys of a viewer are 128 hexadecimal digits, as `tabella streaming key` shows them")]
pub struct ViewerKeysError;

impl FromStr for ViewerKeys {
    type Err = ViewerKeysError;

    fn from_str(text: &str) -> Result<Self, ViewerKeysError> {
        let mut bytes = [0; 64];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| ViewerKeysError)?;
        borsh::from_slice(&bytes).map_err(|_| ViewerKeysError)
    }
}

/// Why terms are none, whoever signs them.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TermsError {
    /// One key on both sides.
    #[error("viewer and provider sign with different keys")]
    SameKey,
    /// No tick, or too many.
    #[error("a session has 1 to {MAX_TICKS} ticks")]
    Ticks,
    /// A tick of no length, or too long.
    #[error("a tick lasts 1 to {MAX_TICK_SECONDS} seconds")]
    TickLength,
    /// A delay out of bounds.
    #[error("the dispute delay is {MIN_DISPUTE_SECONDS} to {MAX_DISPUTE_SECONDS} seconds")]
    Dispute,
    /// A public rate of 0, or one that no prepayment can hold.
    #[error("a public rate is at least 1, and all ticks together come to less than 2^64")]
    Rate,
    /// A hidden rate whose opening is not sealed, or a sealed opening of a public one.
    #[error("the opening of a hidden rate is sealed to the viewer, and a public rate has none")]
    Sealed,
    /// After the end of time.
    #[error("the session would end after the last time that a ledger knows")]
    End,
}

/// The terms of a session. The provider signs them; the viewer opens the session with them.
///
/// Encoding: borsh of the fields in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SessionTerms {
    /// The viewer's keys.
    pub viewer: ViewerKeys,
    /// Ed25519 key that the provider signs with.
    pub provider: [u8; 32],
    /// What is paid with.
    pub asset: AssetId,
    /// What a tick costs: `R'`, if it is hidden.
    pub rate: Amount,
    /// The opening of a hidden rate, sealed by the provider to the viewer's reader.
    pub sealed: Option<SealedOpening>,
    /// How many ticks are prepaid, 1 to 2^20.
    pub max_ticks: u32,
    /// How long a tick lasts, for the parties: the ledger measures no ticks. 1 second to a day.
    pub tick_seconds: u32,
    /// From here on nobody watches; what is claimed is claimed within the dispute delay after this.
    pub expires: Timestamp,
    /// How long a higher tick may be shown after one party alone has closed, and after the session has expired.
    pub dispute_seconds: u32,
    /// Random: two sessions of the same terms differ, and one signature of the provider opens one session.
    pub nonce: [u8; 32],
}

impl SessionTerms {
    /// Checks the limits.
    ///
    /// # Errors
    /// [`TermsError`] names the rule.
    pub fn check(&self) -> Result<(), TermsError> {
        if self.viewer.signer == self.provider {
            return Err(TermsError::SameKey);
        }
        if self.max_ticks == 0 || self.max_ticks > MAX_TICKS {
            return Err(TermsError::Ticks);
        }
        if self.tick_seconds == 0 || self.tick_seconds > MAX_TICK_SECONDS {
            return Err(TermsError::TickLength);
        }
        if !(MIN_DISPUTE_SECONDS..=MAX_DISPUTE_SECONDS).contains(&self.dispute_seconds) {
            return Err(TermsError::Dispute);
        }
        match (self.rate, self.sealed) {
            (Amount::Public(NoteValue(0)), None) => return Err(TermsError::Rate),
            (Amount::Public(rate), None) => {
                rate.0.checked_mul(u64::from(self.max_ticks)).ok_or(TermsError::Rate)?;
            }
            (Amount::Hidden(_), Some(_)) => {}
            (Amount::Public(_), Some(_)) | (Amount::Hidden(_), None) => return Err(TermsError::Sealed),
        }
        self.end().map(|_| ()).ok_or(TermsError::End)
    }

    /// When the session is settled at the latest: the dispute delay after it expires. `None` after the end of time.
    #[must_use]
    pub const fn end(&self) -> Option<Timestamp> {
        self.after_dispute(self.expires)
    }

    /// The end of a dispute delay that starts at a time; `None` after the end of time.
    #[must_use]
    pub const fn after_dispute(&self, start: Timestamp) -> Option<Timestamp> {
        Timestamp::new(start.seconds().saturating_add(self.dispute_seconds as u64))
    }

    /// What a number of ticks costs: `ticks·R'`, exactly. `None` if it is public and not below 2^64, which terms that were
    /// checked exclude up to their number of ticks.
    #[must_use]
    pub fn price(&self, ticks: u32) -> Option<Amount> {
        Some(match self.rate {
            Amount::Public(rate) => Amount::Public(NoteValue(rate.0.checked_mul(u64::from(ticks))?)),
            Amount::Hidden(rate) => Amount::Hidden((Scalar::from(ticks) * rate.point()).into()),
        })
    }

    /// `BLAKE2b-256("Streaming_SessId", ledger || borsh of the terms)`.
    #[must_use]
    pub fn id(&self, ledger: LedgerId) -> SessionId {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        SessionId(blake2b_256(domain::SESSION, &[ledger.as_bytes(), &bytes]))
    }

    /// The Ed25519 key that a party signs with.
    #[must_use]
    pub const fn signer(&self, party: Party) -> &[u8; 32] {
        match party {
            Party::Viewer => &self.viewer.signer,
            Party::Provider => &self.provider,
        }
    }
}

/// What the provider signs: `BLAKE2b-256("Streaming_Offer_", session)`. A session is opened once, so it is good once.
#[must_use]
pub fn consent_message(session: SessionId) -> [u8; 32] {
    blake2b_256(domain::CONSENT, &[&session.0])
}

/// What the viewer signs as she watches: `BLAKE2b-256("Streaming_Tick__", session || ticks (4 bytes))`.
#[must_use]
pub fn tick_message(session: SessionId, ticks: u32) -> [u8; 32] {
    blake2b_256(domain::TICK, &[&session.0, &ticks.to_le_bytes()])
}

/// What both sign to end a session at once: `BLAKE2b-256("Streaming_Final_", session || ticks (4 bytes))`.
#[must_use]
pub fn final_message(session: SessionId, ticks: u32) -> [u8; 32] {
    blake2b_256(domain::FINAL, &[&session.0, &ticks.to_le_bytes()])
}

/// What a party signs for its actions: `BLAKE2b-256("Streaming_Party_", digest of the transaction)`.
#[must_use]
pub fn party_message(digest: TransactionDigest) -> [u8; 32] {
    blake2b_256(domain::PARTY, &[digest.as_bytes()])
}
