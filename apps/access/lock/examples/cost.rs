//! What an opening costs a device: time of one decision with its writing to the disk, and the memory of the process at most.
//!
//! `cargo run --release -p tabella-access-lock --example cost`
#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement stops where something unforeseen happens")]

#[path = "../tests/lock/log.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod log;

use std::{fs, time::Instant};

use ed25519_dalek::{Signer as _, SigningKey};
use log::Log;
use rand_core::OsRng;
use tabella_access_lock::{Config, Device, Interval, UsedRight, right::opening_message};

const NOW: u64 = 1_800_000_000;
const OPENINGS: u64 = 200;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let user = SigningKey::from_bytes(&[7; 32]);
    let mut log = Log::new("ledger.example", 1);
    let config = Config { ledger: log.key_text(), owner: [6; 32], max_age: 600, reopens: true };
    let mut device = Device::create(&folder.path().join("door"), config, &mut OsRng).unwrap();
    let key = user.verifying_key().to_bytes();
    let right =
        UsedRight { rental: [5; 32], owner: [6; 32], device: device.public_key(), key, seconds: 3_600, transfer: 0 };
    for i in 0..5_000u32 {
        log.append(&i.to_le_bytes());
    }
    let index = log.use_right(NOW, &[right]);
    let interval = Interval { from: NOW, until: NOW + 3_600 };
    let mut times = Vec::new();
    for i in 0..OPENINGS {
        log.append(&i.to_le_bytes());
        let challenge = device.ask(NOW + i, &mut OsRng).unwrap();
        let mut opening = log.opening(&challenge, index, NOW + i, interval);
        let message = opening_message(&log.ledger(), &right.rental, &right.device, &opening.nonce, interval);
        opening.signature = user.sign(&message).to_bytes();
        let text = opening.to_json();
        let start = Instant::now();
        let opening = tabella_access_lock::Opening::from_json(text.as_bytes()).unwrap();
        device.open(&opening, NOW + i).unwrap();
        times.push(start.elapsed());
    }
    times.sort();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    println!("{OPENINGS} openings, read, verified and remembered on the disk; a log of 5,000 entries");
    println!("median {:?}, slowest {:?}", times[times.len() / 2], times[times.len() - 1]);
    println!("{memory} (the whole log of this measurement included)");
}
