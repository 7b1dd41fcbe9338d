//! The memo of a note: 512 bytes that only the two parties read.

use std::fmt;

use thiserror::Error;

/// 512 bytes. As in ZIP 302, text is UTF-8 followed by zeros, and no memo is the byte `f6` followed by zeros.
/// Other bytes are kept, for a sender must not be able to make a note unreadable by its memo.
#[derive(Clone, PartialEq, Eq)]
pub struct Memo([u8; Self::BYTES]);

/// What a memo holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoContent<'a> {
    /// Nothing.
    Empty,
    /// Text, without the zeros that fill it up.
    Text(&'a str),
    /// Neither.
    Other(&'a [u8; Memo::BYTES]),
}

/// A memo holds at most 512 bytes of UTF-8.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a memo holds at most {} bytes and this text has {length}", Memo::BYTES)]
pub struct MemoTooLong {
    /// Bytes of the text.
    pub length: usize,
}

impl Memo {
    /// Length of every memo.
    pub const BYTES: usize = 512;

    /// No memo.
    #[must_use]
    pub const fn empty() -> Self {
        let mut bytes = [0; Self::BYTES];
        bytes[0] = 0xf6;
        Self(bytes)
    }

    /// A memo of text; empty text is no memo.
    ///
    /// # Errors
    /// [`MemoTooLong`] above 512 bytes.
    pub fn from_text(text: &str) -> Result<Self, MemoTooLong> {
        if text.is_empty() {
            return Ok(Self::empty());
        }
        let mut bytes = [0; Self::BYTES];
        bytes.get_mut(..text.len()).ok_or(MemoTooLong { length: text.len() })?.copy_from_slice(text.as_bytes());
        Ok(Self(bytes))
    }

    /// Any 512 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// What it holds.
    #[must_use]
    pub fn content(&self) -> MemoContent<'_> {
        if *self == Self::empty() {
            return MemoContent::Empty;
        }
        let length = self.0.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        match std::str::from_utf8(&self.0[..length]) {
            Ok("") => MemoContent::Empty,
            Ok(text) => MemoContent::Text(text),
            Err(_) => MemoContent::Other(&self.0),
        }
    }

    /// Its text, if it holds text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self.content() {
            MemoContent::Text(text) => Some(text),
            MemoContent::Empty | MemoContent::Other(_) => None,
        }
    }
}

impl Default for Memo {
    fn default() -> Self {
        Self::empty()
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo(<secret>)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_written_and_longer_text_is_refused() {
        assert_eq!(Memo::from_text("Grüße").unwrap().text(), Some("Grüße"));
        assert_eq!(Memo::from_text("").unwrap().content(), MemoContent::Empty);
        assert_eq!(Memo::from_text(&"a".repeat(512)).unwrap().text().map(str::len), Some(512));
        assert_eq!(Memo::from_text(&"a".repeat(513)), Err(MemoTooLong { length: 513 }));
    }

    #[test]
    fn other_bytes_are_kept() {
        assert_eq!(Memo::from_bytes([0xff; 512]).content(), MemoContent::Other(&[0xff; 512]));
        assert_eq!(Memo::from_bytes([0; 512]).content(), MemoContent::Empty);
    }
}
