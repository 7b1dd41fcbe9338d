//! What happens while somebody watches, off the ledger: the viewer signs ticks, and the provider's meter checks them.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::transaction::SignatureBytes;
use tabella_streaming_rules::terms::{Party, SessionId, SessionTerms, final_message, tick_message};
use tabella_verifier::{application::signed_by, files::PublicFile};
use thiserror::Error;

use crate::keys::StreamingKeys;

/// That the viewer of a session has watched so many ticks. Whoever has it can show it; it is worth something to the provider only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedTick {
    /// Which session.
    pub session: SessionId,
    /// How many ticks in all.
    pub ticks: u32,
    /// The viewer's signature.
    pub signature: SignatureBytes,
}

impl PublicFile for SignedTick {
    const KIND: &'static str = "streaming tick";
}

impl SignedTick {
    /// Signs a tick, as the viewer.
    #[must_use]
    pub fn new(keys: &StreamingKeys, session: SessionId, ticks: u32) -> Self {
        Self { session, ticks, signature: keys.sign_tick(session, ticks) }
    }
}

/// That one party agrees to end a session with so many ticks; with the other's, it ends at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedEnd {
    /// Which session.
    pub session: SessionId,
    /// How many ticks in all.
    pub ticks: u32,
    /// The party's signature.
    pub signature: SignatureBytes,
}

impl PublicFile for SignedEnd {
    const KIND: &'static str = "streaming end";
}

impl SignedEnd {
    /// Agrees to an end.
    #[must_use]
    pub fn new(keys: &StreamingKeys, session: SessionId, ticks: u32) -> Self {
        Self { session, ticks, signature: keys.sign_final(session, ticks) }
    }

    /// Whether a party of a session has signed it.
    #[must_use]
    pub fn is_by(&self, session: SessionId, terms: &SessionTerms, party: Party) -> bool {
        let message = final_message(self.session, self.ticks);
        self.session == session && signed_by(terms.signer(party), &message, &self.signature.0)
    }
}

/// Why a meter does not count a tick.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeterError {
    /// Of another session.
    #[error("the tick is of session {0}, and the meter of another one")]
    Session(SessionId),
    /// More than was prepaid: what is watched beyond that is not paid.
    #[error("tick {ticks} is beyond the {max} that are prepaid: stop streaming")]
    BeyondPrepaid {
        /// The tick.
        ticks: u32,
        /// How many are prepaid.
        max: u32,
    },
    /// Not by the viewer.
    #[error("tick {0} is not signed by the viewer of the session")]
    Signature(u32),
    /// Nothing new.
    #[error("tick {ticks} is not above the highest, {highest}")]
    NotHigher {
        /// The tick.
        ticks: u32,
        /// The highest that the meter holds.
        highest: u32,
    },
}

/// The meter of one session. Its highest tick is the provider's only claim to be paid: it is to be kept.
#[derive(Clone, Debug)]
pub struct Meter {
    session: SessionId,
    viewer: [u8; 32],
    max_ticks: u32,
    highest: Option<SignedTick>,
}

impl Meter {
    /// A meter that has counted nothing.
    #[must_use]
    pub const fn new(session: SessionId, terms: &SessionTerms) -> Self {
        Self { session, viewer: terms.viewer.signer, max_ticks: terms.max_ticks, highest: None }
    }

    /// Counts a tick, if it is the viewer's and above all before.
    ///
    /// # Errors
    /// [`MeterError`]; nothing is changed then.
    pub fn count(&mut self, tick: SignedTick) -> Result<(), MeterError> {
        let SignedTick { session, ticks, signature } = tick;
        if session != self.session {
            return Err(MeterError::Session(session));
        }
        if ticks > self.max_ticks {
            return Err(MeterError::BeyondPrepaid { ticks, max: self.max_ticks });
        }
        if ticks <= self.ticks() {
            return Err(MeterError::NotHigher { ticks, highest: self.ticks() });
        }
        if !signed_by(&self.viewer, &tick_message(session, ticks), &signature.0) {
            return Err(MeterError::Signature(ticks));
        }
        self.highest = Some(tick);
        Ok(())
    }

    /// The highest tick.
    #[must_use]
    pub const fn highest(&self) -> Option<&SignedTick> {
        self.highest.as_ref()
    }

    /// How many ticks are signed.
    #[must_use]
    pub fn ticks(&self) -> u32 {
        self.highest.map_or(0, |tick| tick.ticks)
    }

    /// Up to which tick the provider streams when it gives credit for `credit` ticks: never beyond what is prepaid.
    #[must_use]
    pub fn stream_until(&self, credit: u32) -> u32 {
        self.ticks().saturating_add(credit).min(self.max_ticks)
    }
}
