//! The digest of a file of any size.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};
use tabella_notary_rules::ContentDigest;

/// Bytes that are read at once.
const CHUNK: usize = 1 << 16;

/// SHA-256 of everything that a reader gives, and how many bytes that is. It never holds more than 64 KiB of it.
///
/// # Errors
/// Those of the reader.
pub fn digest(mut reader: impl Read) -> io::Result<(ContentDigest, u64)> {
    let mut state = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    let mut length = 0;
    loop {
        let count = match reader.read(&mut chunk) {
            Ok(0) => return Ok((ContentDigest(state.finalize().into()), length)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        state.update(chunk.get(..count).unwrap_or(&chunk));
        length += count as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_is_sha256_whatever_pieces_come() {
        // FIPS 180-4, and a million times `a` (the third example there), from readers of different pieces.
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest(io::empty()).unwrap(), (empty.parse().unwrap(), 0));
        let million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
        let whole = io::repeat(b'a').take(1_000_000);
        assert_eq!(digest(whole).unwrap(), (million.parse().unwrap(), 1_000_000));
        let pieces = io::repeat(b'a').take(999_999).chain(&b"a"[..]);
        assert_eq!(digest(pieces).unwrap().0, million.parse().unwrap());
    }

    #[test]
    fn failure_of_the_reader_gives_no_digest() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the disk"))
            }
        }
        assert!(digest(io::repeat(1).take(10).chain(Broken)).is_err());
    }
}
