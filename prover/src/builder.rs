//! Building transactions: from a wallet's notes to what a ledger accepts. Spec § 4.
//!
//! A transfer is planned ([`Payer`], [`TransferPlan`]) and checked against the native relation, for a prover does not
//! notice a bad witness. Transfers and actions are fixed together by a digest; then a transaction is proved, then signed:
//! [`Unproven`], [`Proven`], [`Authorized`]. Who signs may be another device, by a [`SigningRequest`]. Several parties build
//! one transaction by exchanging effects first and authorizations last.

mod payer;
mod plan;
mod prepared;
mod prove;
mod signing;
#[cfg(test)]
mod tests;

use tabella_protocol::{
    note::{Terms, Timestamp},
    statement::{EmptyWindow, Window},
    transaction::{PoolId, VerifyingKeyId},
    tree::Anchor,
};

pub use payer::{EscrowOrder, Payer, Settlement};
pub use plan::{
    Blinding, BuildError, PlannedOutput, SpendPath, SpendableNote, TransferPlan, UnprovenTransfer, ValueOpening,
};
pub use prepared::{Authorized, FinishError, PreparedTransaction, Proven, TransactionBuilder, Unproven};
pub use prove::{ProveError, ProvingEngine, ProvingJob};
pub use signing::{SigningError, SigningRequest, SigningResponse};

/// Where and when a transfer is to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSetting {
    /// The pool.
    pub pool: PoolId,
    /// A recent root of its tree, to which the inputs' paths lead.
    pub anchor: Anchor,
    /// When the transfer may be accepted.
    pub window: Window,
    /// The key of the Transfer shape.
    pub transfer_key: VerifyingKeyId,
    /// The key of the Cast shape.
    pub cast_key: VerifyingKeyId,
    /// Whether the pool's rule is that every transfer reveals its asset (class *named*).
    pub reveal: bool,
}

/// How a wallet chooses windows: wide enough for clocks that differ, on round times, so that a clock is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowPolicy {
    /// Seconds before now at which a window starts.
    pub before: u64,
    /// Seconds after now at which it ends.
    pub after: u64,
    /// Both are rounded outwards to multiples of this many seconds; at least 1.
    pub step: u64,
}

impl Default for WindowPolicy {
    /// Two minutes back, an hour on, in steps of a minute.
    fn default() -> Self {
        Self { before: 120, after: 3_600, step: 60 }
    }
}

impl WindowPolicy {
    /// The window around a time, for a transfer that no escrow limits.
    ///
    /// # Errors
    /// [`EmptyWindow`] at the end of time.
    pub fn window(&self, now: Timestamp) -> Result<Window, EmptyWindow> {
        let step = self.step.max(1);
        let start = now.seconds().saturating_sub(self.before) / step * step;
        let end = now.seconds().saturating_add(self.after).div_ceil(step).saturating_mul(step);
        let end = Timestamp::new(end).unwrap_or(Timestamp::MAX);
        Window::new(Timestamp::new(start).unwrap_or(Timestamp::MAX), end)
    }

    /// The window around a time, cut to what a path of an escrow allows.
    ///
    /// # Errors
    /// [`EmptyWindow`] when the escrow does not allow the path around this time: too late to claim, too early to refund.
    pub fn window_for(&self, now: Timestamp, terms: &Terms, path: SpendPath) -> Result<Window, EmptyWindow> {
        let window = self.window(now)?;
        match path {
            SpendPath::Own => Ok(window),
            SpendPath::Claim => Window::new(window.start(), window.end().min(terms.claim_until)),
            SpendPath::Refund => Window::new(window.start().max(terms.refund_from), window.end()),
        }
    }
}
