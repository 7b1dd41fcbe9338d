//! A stamp: a digest under a blinding, so that the log tells nothing of the file.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{hash::blake2b_256, transaction::LedgerId};

use crate::{
    domain,
    id::{ContentDigest, StampId},
};

/// What a stamp hides. Whoever has it can show what was stamped.
///
/// Encoding: borsh of the fields in order.
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StampOpening {
    /// Of the file.
    pub digest: ContentDigest,
    /// Ed25519 key of the author who may register the file as a work with this stamp; none if nobody is to.
    pub author: Option<[u8; 32]>,
    /// Random. Without it, nobody can try files against the stamp.
    pub blinding: [u8; 32],
}

impl StampOpening {
    /// `BLAKE2b-256("Notary_Stamp____", borsh of the opening)`. Hiding, because the blinding is random; binding, because nobody
    /// finds two openings of one hash.
    #[must_use]
    pub fn id(&self) -> StampId {
        StampId(blake2b_256(domain::STAMP, &[&borsh::to_vec(self).expect("writing to memory")]))
    }
}

impl fmt::Debug for StampOpening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StampOpening(of {:?})", self.id())
    }
}

/// The serial number of a stamp's time-stamp token, big-endian: the first 20 bytes of `BLAKE2b-256("Notary_Token____", ledger ||
/// stamp)`, whose first two bits are set to 01, so that it is positive and of 160 bits. A stamp is in a log once, so the numbers
/// differ.
#[must_use]
pub fn token_serial(ledger: LedgerId, stamp: StampId) -> [u8; 20] {
    let hash = blake2b_256(domain::TOKEN, &[ledger.as_bytes(), &stamp.0]);
    let mut serial = [0; 20];
    serial.copy_from_slice(&hash[..20]);
    serial[0] = serial[0] & 0x3f | 0x40;
    serial
}
