//! A market of neighbours for energy: what meters, households, collectors and the grid operator do.
//! `docs/applications/energy.md`.
//!
//! Reading order: [`keys`], [`meter`] (the device), [`reading`] (what household and collectors make of its readings), [`bid`],
//! [`build`] (transactions), [`audit`] (an auction computed again), then [`data`] (files of real meters), [`chart`] and [`desk`] (pages).

pub mod audit;
pub mod bid;
pub mod build;
pub mod chart;
pub mod data;
pub mod desk;
pub mod keys;
pub mod meter;
pub mod reading;

pub use bid::OwnBid;
pub use keys::EnergyKeys;
pub use meter::{MeterCertificate, MeterDevice, MeterRequest, SignedReading};
pub use reading::{OwnReading, Readings};
pub use tabella_energy_rules as rules;
