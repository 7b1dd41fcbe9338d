//! Checkpoints: which log, how many leaves, which root, and at which block. The text of `c2sp.org/tlog-checkpoint`:
//!
//! ```text
//! <origin>
//! <leaves, decimal>
//! <root, base64>
//! tabella/v1/block <height, decimal> <time, seconds, decimal>
//! ```
//!
//! The last line is an extension line; others may follow or stand before it. A text is read only if it is what this module
//! would print for what it read.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{domain, note::Timestamp};
use thiserror::Error;

use crate::log::tree::LogHash;

/// Bytes of an origin, at most.
pub const MAX_ORIGIN_BYTES: usize = 200;
/// Extension lines of a checkpoint, at most.
pub const MAX_EXTENSIONS: usize = 16;
/// Bytes of an extension line, at most.
pub const MAX_EXTENSION_BYTES: usize = 1_000;

/// Which log: 1 to 200 visible ASCII characters without `+`, by custom an address without a scheme
/// (`ledger.example/pool/5d2a`). Also the form of a key's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

/// Why a text is no origin.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginError {
    /// It is empty.
    #[error("an origin must not be empty")]
    Empty,
    /// It is longer than [`MAX_ORIGIN_BYTES`].
    #[error("an origin has at most {MAX_ORIGIN_BYTES} bytes, not {0}")]
    TooLong(usize),
    /// It holds something but visible ASCII, or a plus sign.
    #[error("an origin must not hold the character {0:?}")]
    Character(char),
}

impl Origin {
    /// An origin.
    ///
    /// # Errors
    /// [`OriginError`], one variant for each rule.
    pub fn new(text: &str) -> Result<Self, OriginError> {
        if text.is_empty() {
            return Err(OriginError::Empty);
        }
        if text.len() > MAX_ORIGIN_BYTES {
            return Err(OriginError::TooLong(text.len()));
        }
        match text.chars().find(|c| !c.is_ascii_graphic() || *c == '+') {
            Some(character) => Err(OriginError::Character(character)),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({})", self.0)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

/// The number of a block: 1 for the first. 0 is the height of a ledger without blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Height(u64);

impl Height {
    /// No block yet.
    pub const ZERO: Self = Self(0);

    /// A height.
    #[must_use]
    pub const fn new(height: u64) -> Self {
        Self(height)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The next block's height.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The block after which a checkpoint was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockStamp {
    /// The block.
    pub height: Height,
    /// Its time.
    pub time: Timestamp,
}

/// The head of a log, unsigned. Encoding: text, see the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: Origin,
    size: u64,
    root: LogHash,
    extensions: Vec<String>,
    stamp: Option<BlockStamp>,
}

/// Why a text is no checkpoint.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The first line is no origin.
    #[error("the checkpoint's origin is malformed")]
    Origin(#[from] OriginError),
    /// Fewer than the three lines that each checkpoint has.
    #[error("the checkpoint ends before its {0}")]
    Missing(&'static str),
    /// The last line does not end with a newline.
    #[error("the checkpoint's last line does not end with a newline")]
    NoFinalNewline,
    /// The size is no decimal number without sign, space or leading zeros.
    #[error("the checkpoint's size is not a canonical decimal number")]
    Size,
    /// The size does not fit into 64 bits.
    #[error("the checkpoint's size is beyond 64 bits")]
    SizeTooLarge,
    /// The root is not the base64 of 32 bytes, padded and without stray bits.
    #[error("the checkpoint's root is not the canonical base64 of 32 bytes")]
    Root,
    /// A log without leaves has one root only.
    #[error("the checkpoint gives a log without leaves another root than the empty one")]
    EmptyRoot,
    /// More than [`MAX_EXTENSIONS`] extension lines.
    #[error("the checkpoint has more than {MAX_EXTENSIONS} extension lines")]
    TooManyExtensions,
    /// An extension line is empty, longer than [`MAX_EXTENSION_BYTES`] or holds a control character.
    #[error("extension line {0} of the checkpoint is empty, too long or holds a control character")]
    Extension(usize),
    /// The line that tells the block is malformed, or there are two.
    #[error("extension line {0} of the checkpoint is malformed or repeats the block")]
    Stamp(usize),
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    #[must_use]
    pub const fn new(origin: Origin, size: u64, root: LogHash) -> Self {
        Self { origin, size, root, extensions: Vec::new(), stamp: None }
    }

    /// The same with the block, in place of any block it had.
    #[must_use]
    pub fn with_stamp(mut self, stamp: BlockStamp) -> Self {
        self.extensions.retain(|line| !is_stamp(line));
        self.extensions.push(format!("{} {} {}", domain::CHECKPOINT_BLOCK, stamp.height, stamp.time.seconds()));
        self.stamp = Some(stamp);
        self
    }

    /// Which log.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root.
    #[must_use]
    pub const fn root(&self) -> LogHash {
        self.root
    }

    /// All extension lines, without their newlines.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// The block, if the checkpoint tells it.
    #[must_use]
    pub const fn stamp(&self) -> Option<BlockStamp> {
        self.stamp
    }

    fn add_extension(&mut self, line: &str) -> Result<(), CheckpointError> {
        let index = self.extensions.len();
        if index >= MAX_EXTENSIONS {
            return Err(CheckpointError::TooManyExtensions);
        }
        if line.is_empty() || line.len() > MAX_EXTENSION_BYTES || line.chars().any(char::is_control) {
            return Err(CheckpointError::Extension(index));
        }
        if is_stamp(line) {
            let stamp = parse_stamp(line).ok_or(CheckpointError::Stamp(index))?;
            if self.stamp.replace(stamp).is_some() {
                return Err(CheckpointError::Stamp(index));
            }
        }
        self.extensions.push(line.to_owned());
        Ok(())
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root.as_bytes()))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::NoFinalNewline)?.split('\n');
        let origin = Origin::new(lines.next().ok_or(CheckpointError::Missing("origin"))?)?;
        let size = lines.next().ok_or(CheckpointError::Missing("size"))?;
        if size.is_empty() || !size.bytes().all(|b| b.is_ascii_digit()) || (size.len() > 1 && size.starts_with('0')) {
            return Err(CheckpointError::Size);
        }
        let size: u64 = size.parse().map_err(|_| CheckpointError::SizeTooLarge)?;
        let root = lines.next().ok_or(CheckpointError::Missing("root"))?;
        let root = parse_root(root).ok_or(CheckpointError::Root)?;
        if size == 0 && root != LogHash::EMPTY {
            return Err(CheckpointError::EmptyRoot);
        }
        let mut checkpoint = Self::new(origin, size, root);
        lines.try_for_each(|line| checkpoint.add_extension(line))?;
        Ok(checkpoint)
    }
}

fn parse_root(text: &str) -> Option<LogHash> {
    // 44 characters are 33 bytes at most; compared after re-encoding, so that stray bits and padding are refused.
    let bytes: [u8; 32] = (text.len() == 44).then(|| STANDARD.decode(text).ok())??.try_into().ok()?;
    (STANDARD.encode(bytes) == text).then_some(LogHash::new(bytes))
}

fn is_stamp(line: &str) -> bool {
    line.split(' ').next() == Some(domain::CHECKPOINT_BLOCK)
}

fn parse_stamp(line: &str) -> Option<BlockStamp> {
    let mut words = line.split(' ').skip(1);
    let (height, time) = (words.next()?, words.next()?);
    let stamp = BlockStamp { height: Height::new(height.parse().ok()?), time: Timestamp::new(time.parse().ok()?)? };
    let canonical = format!("{} {} {}", domain::CHECKPOINT_BLOCK, stamp.height, stamp.time.seconds());
    (canonical == line).then_some(stamp)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOT: &str = "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=";

    fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
        text.parse()
    }

    #[test]
    fn a_checkpoint_is_read_as_it_was_printed() {
        let text = format!("example.com/origin\n123\n{ROOT}\nsomething else\ntabella/v1/block 7 1700000000\n");
        let checkpoint = parse(&text).unwrap();
        assert_eq!(checkpoint.to_string(), text);
        assert_eq!(checkpoint.size(), 123);
        assert_eq!(checkpoint.root(), LogHash::of_leaf(b"hello world"));
        let stamp = BlockStamp { height: Height::new(7), time: Timestamp::new(1_700_000_000).unwrap() };
        assert_eq!(checkpoint.stamp(), Some(stamp));
        assert_eq!(checkpoint.clone().with_stamp(stamp), checkpoint);
        assert_eq!(parse(&format!("e\n1\n{ROOT}\n")).unwrap().stamp(), None);
    }

    #[test]
    fn sizes_that_are_not_canonical_are_refused() {
        for size in ["", "0123", "00", "+1", "-1", " 1", "1 ", "1_000", "0x10", "1e3", "１"] {
            assert_eq!(parse(&format!("log\n{size}\n{ROOT}\n")), Err(CheckpointError::Size), "{size:?}");
        }
        let beyond = format!("log\n18446744073709551616\n{ROOT}\n");
        assert_eq!(parse(&beyond), Err(CheckpointError::SizeTooLarge));
    }

    #[test]
    fn roots_that_are_not_canonical_are_refused() {
        let roots = [
            "",
            "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0",
            "TszzRgjTG6xce-z2AG31kAXYKBgQVtCSCE40HmuwBb0=",
            // The same bytes with a stray bit set.
            "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb1=",
            "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0= ",
            // 33 bytes.
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ];
        for root in roots {
            assert_eq!(parse(&format!("log\n1\n{root}\n")), Err(CheckpointError::Root), "{root:?}");
        }
        assert_eq!(parse(&format!("log\n0\n{ROOT}\n")), Err(CheckpointError::EmptyRoot));
    }

    #[test]
    fn origins_that_could_be_mistaken_are_refused() {
        assert_eq!(parse(&format!("\n1\n{ROOT}\n")), Err(OriginError::Empty.into()));
        assert_eq!(parse(&format!("a b\n1\n{ROOT}\n")), Err(OriginError::Character(' ').into()));
        assert_eq!(parse(&format!("a+b\n1\n{ROOT}\n")), Err(OriginError::Character('+').into()));
        assert_eq!(parse(&format!("lоg\n1\n{ROOT}\n")), Err(OriginError::Character('о').into()));
        assert_eq!(parse(&format!("log\r\n1\n{ROOT}\n")), Err(OriginError::Character('\r').into()));
        let long = "a".repeat(201);
        assert_eq!(parse(&format!("{long}\n1\n{ROOT}\n")), Err(OriginError::TooLong(201).into()));
    }

    #[test]
    fn lines_too_few_too_many_or_malformed_are_refused() {
        assert_eq!(parse(""), Err(CheckpointError::NoFinalNewline));
        assert_eq!(parse(&format!("log\n1\n{ROOT}")), Err(CheckpointError::NoFinalNewline));
        assert_eq!(parse("log\n"), Err(CheckpointError::Missing("size")));
        assert_eq!(parse("log\n1\n"), Err(CheckpointError::Missing("root")));
        assert_eq!(parse(&format!("log\n1\n{ROOT}\n\n")), Err(CheckpointError::Extension(0)));
        assert_eq!(parse(&format!("log\n1\n{ROOT}\na\nb\tc\n")), Err(CheckpointError::Extension(1)));
        let many = "x\n".repeat(17);
        assert_eq!(parse(&format!("log\n1\n{ROOT}\n{many}")), Err(CheckpointError::TooManyExtensions));
    }

    #[test]
    fn blocks_that_are_not_canonical_are_refused() {
        let lines = [
            "",
            " 7",
            " 07 1",
            " 7 01",
            " 7  1",
            " 7 1 ",
            " 7 1 2",
            " +7 1",
            " 7 1099511627776",
            " 18446744073709551616 1",
        ];
        for line in lines {
            let text = format!("log\n1\n{ROOT}\ntabella/v1/block{line}\n");
            assert_eq!(parse(&text), Err(CheckpointError::Stamp(0)), "{line:?}");
        }
        let twice = format!("log\n1\n{ROOT}\ntabella/v1/block 7 1\ntabella/v1/block 8 1\n");
        assert_eq!(parse(&twice), Err(CheckpointError::Stamp(1)));
    }

    proptest! {
        #[test]
        fn what_is_read_is_printed_again(text in "[a+ ]{0,3}\n[0-9+]{0,3}\n(TszzRgjTG6xce[+]z2AG31kAXYKBgQVtCSCE40HmuwBb[0-3]=|.{0,3})\n?(tabella/v1/block [0-9 ]{1,4}\n|.{0,3}\n){0,3}") {
            if let Ok(checkpoint) = parse(&text) {
                prop_assert_eq!(checkpoint.to_string(), text);
            }
        }
    }
}
