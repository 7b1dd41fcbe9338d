//! A session on the ledger, and what everybody is shown of it.

use serde::Serialize;
use tabella_protocol::{account::Amount, note::Timestamp};

use crate::terms::{Party, SessionTerms};

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has ended it.
    Open,
    /// A party alone has ended it.
    Closing {
        /// The highest tick that was shown.
        ticks: u32,
        /// Until when a higher one may be shown.
        until: Timestamp,
    },
    /// It is settled for good: the provider is owed these ticks, the viewer the others.
    Settled {
        /// How many were watched.
        ticks: u32,
    },
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    terms: SessionTerms,
    stage: Stage,
    viewer_paid: bool,
    provider_paid: bool,
}

impl Session {
    pub(crate) const fn new(terms: SessionTerms) -> Self {
        Self { terms, stage: Stage::Open, viewer_paid: false, provider_paid: false }
    }

    /// What the parties agreed to.
    #[must_use]
    pub const fn terms(&self) -> &SessionTerms {
        &self.terms
    }

    /// Where it stands at a time: a delay that has passed settles it without anybody's action, and so does its end.
    #[must_use]
    pub fn stage(&self, now: Timestamp) -> Stage {
        match self.stage {
            Stage::Open if self.terms.end().is_none_or(|end| now >= end) => Stage::Settled { ticks: 0 },
            Stage::Closing { ticks, until } if now >= until => Stage::Settled { ticks },
            stage => stage,
        }
    }

    /// The number of ticks whose price a party is owed once that many were watched.
    #[must_use]
    pub const fn share(&self, party: Party, watched: u32) -> u32 {
        match party {
            Party::Provider => watched,
            Party::Viewer => self.terms.max_ticks.saturating_sub(watched),
        }
    }

    /// Whether a party has taken its own.
    #[must_use]
    pub const fn is_paid(&self, party: Party) -> bool {
        match party {
            Party::Viewer => self.viewer_paid,
            Party::Provider => self.provider_paid,
        }
    }

    /// What a dispute delay that starts now ends with: never later than the session itself.
    pub(crate) fn dispute_until(&self, now: Timestamp) -> Timestamp {
        let end = self.terms.end().unwrap_or(Timestamp::MAX);
        self.terms.after_dispute(now).map_or(end, |until| until.min(end))
    }

    pub(crate) const fn advance(&mut self, stage: Stage) {
        self.stage = stage;
    }

    pub(crate) const fn pay(&mut self, party: Party) {
        match party {
            Party::Viewer => self.viewer_paid = true,
            Party::Provider => self.provider_paid = true,
        }
    }
}

/// What everybody may know of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionRow {
    /// The viewer's signing key.
    pub viewer: String,
    /// The provider's signing key.
    pub provider: String,
    /// The asset.
    pub asset: String,
    /// The price of a tick in smallest units, as text; none if it is hidden.
    pub rate: Option<String>,
    /// The commitment to the price of a tick.
    pub rate_commitment: String,
    /// How many ticks are prepaid.
    pub max_ticks: u32,
    /// Length of a tick in seconds.
    pub tick_seconds: u32,
    /// When it expires, in seconds after 1970.
    pub expires: u64,
    /// The dispute delay in seconds.
    pub dispute_seconds: u32,
    /// `open`, `closing` or `settled`.
    pub stage: &'static str,
    /// How many ticks were shown to have been watched; none while it is open.
    pub ticks: Option<u32>,
    /// When the present stage ends by itself, in seconds after 1970; none once it is settled.
    pub settles: Option<u64>,
    /// Whether the viewer has taken what is hers.
    pub viewer_paid: bool,
    /// Whether the provider has taken what is its own.
    pub provider_paid: bool,
}

impl SessionRow {
    pub(crate) fn new(session: &Session, now: Timestamp) -> Self {
        let terms = session.terms();
        let (stage, ticks, settles) = match session.stage(now) {
            Stage::Open => ("open", None, terms.end()),
            Stage::Closing { ticks, until } => ("closing", Some(ticks), Some(until)),
            Stage::Settled { ticks } => ("settled", Some(ticks), None),
        };
        Self {
            viewer: hex::encode(terms.viewer.signer),
            provider: hex::encode(terms.provider),
            asset: terms.asset.to_string(),
            rate: match terms.rate {
                Amount::Public(rate) => Some(rate.0.to_string()),
                Amount::Hidden(_) => None,
            },
            rate_commitment: hex::encode(terms.rate.commitment().as_bytes()),
            max_ticks: terms.max_ticks,
            tick_seconds: terms.tick_seconds,
            expires: terms.expires.seconds(),
            dispute_seconds: terms.dispute_seconds,
            stage,
            ticks,
            settles: settles.map(Timestamp::seconds),
            viewer_paid: session.viewer_paid,
            provider_paid: session.provider_paid,
        }
    }
}
