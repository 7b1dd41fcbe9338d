//! A market of neighbours for energy, as the ledger checks it. `docs/applications/energy.md`.
//!
//! Certified meters sign a hidden reading for every interval. What was produced becomes notes, never more than was metered; what
//! was read is added up by collectors, who learn no single reading. After each interval neighbours trade in an auction of sealed
//! bids at one price, which anyone computes again. Reading order: [`terms`], [`reading`], [`totals`], [`bid`], [`clearing`],
//! [`action`], [`state`], [`rules`].

pub mod action;
pub mod bid;
pub mod clearing;
pub mod domain;
pub mod reading;
mod row;
pub mod rules;
pub mod state;
pub mod terms;
pub mod totals;

pub use action::{EnergyAction, EnergyProof};
pub use bid::{Bid, BidTerms, Side};
pub use clearing::{Clearing, Order};
pub use reading::{MeterRecord, Opening, Reading, Register};
pub use row::{EndedRow, IntervalRow, MarketRow, StoppedRow, stage_name};
pub use rules::EnergyRejection;
pub use state::{EnergyMarkets, Interval, Meter};
pub use terms::{MarketId, MarketTerms, PartyKeys, TermsError};
