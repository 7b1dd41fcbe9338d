//! The lock of a rented door, socket or charging point. `docs/applications/access.md`.
//!
//! It has no connection to the ledger. It sends a fresh nonce, and opens for whoever answers with a signed checkpoint that is
//! young enough, a proof that the checkpoint's log holds the entry in which a right was used for this device, and a signature
//! over the nonce by the key that this entry named. What it must remember is in one file, which survives a power cut.
//!
//! The crate knows of the ledger only what it needs to read one entry ([`entry`]); rules and client of the application use
//! [`right`] and [`message`] from here. Reading order: [`message`], [`right`], [`entry`], [`checkpoint`], [`device`], [`storage`].

pub mod checkpoint;
// A browser reads messages and entries, and is no lock.
#[cfg(unix)]
pub mod device;
pub mod entry;
mod hexadecimal;
#[cfg(unix)]
mod memory;
pub mod message;
pub mod right;
#[cfg(unix)]
pub mod storage;

pub use checkpoint::{LedgerKey, LedgerKeyError, SeenCheckpoint};
#[cfg(unix)]
pub use device::{Config, Device, DeviceError, Opened, Refusal, Status};
pub use message::{Challenge, MessageError, Opening, SeenLog};
pub use right::{Interval, UsedRight};
