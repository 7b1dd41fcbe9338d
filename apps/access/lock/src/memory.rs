//! What a lock must remember, and the file that holds it.
//!
//! A lock that forgets opens twice. So its memory has a checksum, and a file that is torn, empty or missing is refused: the lock
//! stays shut until its owner sees to it.

use blake2b_simd::Params;
use borsh::{BorshDeserialize, BorshSerialize};

use crate::checkpoint::SeenCheckpoint;

/// Uses of rights that a lock remembers at once. A use is forgotten when its interval is over: it opens nothing then.
pub(crate) const MAX_REMEMBERED: usize = 4_096;
/// Begins the file.
const HEADER: &[u8; 16] = b"tabella lock 1\n\0";
/// Personalisation of the file's checksum.
const CHECKSUM: &[u8; 16] = b"Access_LockState";
const CHECKSUM_BYTES: usize = 32;

/// A nonce that was asked and not yet answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Asked {
    pub(crate) nonce: [u8; 32],
    /// When it was asked.
    pub(crate) time: u64,
}

/// A right that opened the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Remembered {
    /// Index of the entry that used it.
    pub(crate) entry: u64,
    /// When its interval is over.
    pub(crate) until: u64,
}

/// The memory of a lock.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Memory {
    /// The newest checkpoint that it has seen.
    pub(crate) newest: Option<SeenCheckpoint>,
    /// The latest time that its clock has shown.
    pub(crate) latest: u64,
    /// The one nonce that may be answered.
    pub(crate) asked: Option<Asked>,
    /// The rights that opened it, whose intervals are not over.
    pub(crate) opened: Vec<Remembered>,
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash = Params::new().hash_length(CHECKSUM_BYTES).personal(CHECKSUM).hash(body);
    let mut out = [0; CHECKSUM_BYTES];
    out.copy_from_slice(hash.as_bytes());
    out
}

impl Memory {
    /// The file: header, checksum, borsh.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let body = borsh::to_vec(self).expect("writing to memory");
        [HEADER.as_slice(), &checksum(&body), &body].concat()
    }

    /// Reads the file; `None` if any byte of it is missing or another.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (sum, body) = bytes.strip_prefix(HEADER)?.split_at_checked(CHECKSUM_BYTES)?;
        if sum != checksum(body) {
            return None;
        }
        borsh::from_slice(body).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where something unforeseen happens")]

    use super::*;

    #[test]
    fn no_part_of_the_file_passes_for_the_whole() {
        let memory = Memory {
            newest: Some(SeenCheckpoint { size: 3, root: [5; 32], time: 9 }),
            latest: 10,
            asked: Some(Asked { nonce: [1; 32], time: 10 }),
            opened: vec![Remembered { entry: 2, until: 90 }],
        };
        let bytes = memory.to_bytes();
        assert_eq!(Memory::from_bytes(&bytes), Some(memory));
        for cut in 0..bytes.len() {
            assert_eq!(Memory::from_bytes(&bytes[..cut]), None, "{cut}");
        }
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert_eq!(Memory::from_bytes(&altered), None, "{at}");
        }
        assert_eq!(Memory::from_bytes(&[bytes.as_slice(), &[0]].concat()), None);
    }
}
