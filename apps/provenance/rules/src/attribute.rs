//! One attribute, the tree of all of them, and what opens a leaf.
//!
//! Every attribute is a leaf of a tree of 64. A number's leaf holds a Pedersen commitment, so that something can be proved of it;
//! text and emptiness are salted and hashed. A leaf does not show of which sort it is, and no leaf shows another.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, ristretto::RistrettoBasepointTable, scalar::Scalar};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    hash::blake2b_256,
    ristretto::{CanonicalScalar, Element, blinding_base},
};
use thiserror::Error;

use crate::{
    domain,
    registry::RegistryId,
    schema::{Attribute, Kind, MAX_ATTRIBUTES, Schema},
};

/// Longest text of an attribute, in bytes.
pub const MAX_TEXT_BYTES: usize = 256;
/// Steps from a leaf to the root.
pub const DEPTH: usize = 6;

/// What an attribute says.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Value {
    /// Nothing: not known, or not given. A legal value of every attribute.
    #[default]
    Empty,
    /// Text, 1 to 256 bytes.
    Text(#[borsh(deserialize_with = "read_text")] String),
    /// A number in units of `10^-decimals` of its attribute.
    Number(u64),
}

fn read_text<R: io::Read>(reader: &mut R) -> io::Result<String> {
    let length = u32::deserialize_reader(reader)? as usize;
    let wrong = |text: &'static str| io::Error::new(io::ErrorKind::InvalidData, text);
    if length == 0 || length > MAX_TEXT_BYTES {
        return Err(wrong("the text of an attribute has 1 to 256 bytes"));
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| wrong("the text of an attribute is UTF-8"))
}

/// Text that is no value of an attribute.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueError {
    /// Too long, or with control characters.
    #[error("{name}: text has at most {MAX_TEXT_BYTES} bytes, and no control characters")]
    Text {
        /// The attribute.
        name: &'static str,
    },
    /// Not a number, too exact, or too large.
    #[error("{name}: \"{found}\" is no number from 0 with at most {decimals} digits after the point")]
    Number {
        /// The attribute.
        name: &'static str,
        /// What was found.
        found: String,
        /// How many digits are allowed.
        decimals: u8,
    },
    /// A number where text belongs, or the reverse.
    #[error("{name}: a number where text belongs, or text where a number belongs")]
    Kind {
        /// The attribute.
        name: &'static str,
    },
}

impl Value {
    /// Whether an attribute may have this value. (That text is in normal form is for whoever reads it to bring about: the rules
    /// know no tables of Unicode.)
    ///
    /// # Errors
    /// [`ValueError`].
    pub fn check(&self, attribute: &Attribute) -> Result<(), ValueError> {
        match (self, attribute.kind) {
            (Self::Empty, _) | (Self::Number(_), Kind::Number { .. }) => Ok(()),
            (Self::Text(text), Kind::Text) => {
                let good = !text.is_empty() && text.len() <= MAX_TEXT_BYTES && !text.chars().any(char::is_control);
                if good && text.trim() == text { Ok(()) } else { Err(ValueError::Text { name: attribute.name }) }
            }
            _ => Err(ValueError::Kind { name: attribute.name }),
        }
    }

    /// The value of an attribute in words: a number with its decimals, nothing for nothing.
    #[must_use]
    pub fn show(&self, attribute: &Attribute) -> String {
        match (self, attribute.kind) {
            (Self::Empty, _) => String::new(),
            (Self::Text(text), _) => text.clone(),
            (Self::Number(number), Kind::Number { decimals, .. }) => show_number(*number, decimals),
            (Self::Number(number), Kind::Text) => number.to_string(),
        }
    }
}

/// A number of units of `10^-decimals`.
#[must_use]
pub fn show_number(number: u64, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    if decimals == 0 {
        return number.to_string();
    }
    let digits = format!("{number:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    format!("{whole}.{part}")
}

/// Reads a decimal number, exactly.
///
/// # Errors
/// [`ValueError::Number`].
pub fn parse_number(attribute: &Attribute, text: &str) -> Result<u64, ValueError> {
    let Kind::Number { decimals, .. } = attribute.kind else { return Err(ValueError::Kind { name: attribute.name }) };
    let wrong = || ValueError::Number { name: attribute.name, found: text.to_owned(), decimals };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    // Zeros at the end say nothing that the ledger keeps.
    let part = part.trim_end_matches('0');
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(part) || part.len() > usize::from(decimals) {
        return Err(wrong());
    }
    format!("{whole}{part:0<width$}", width = usize::from(decimals)).parse().map_err(|_| wrong())
}

/// What opens a leaf: the value, and what hides it.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Opening {
    /// Of an attribute that says nothing.
    Empty {
        /// The salt.
        salt: [u8; 32],
    },
    /// Of a text.
    Text {
        /// The text.
        #[borsh(deserialize_with = "read_text")]
        text: String,
        /// The salt.
        salt: [u8; 32],
    },
    /// Of a number.
    Number {
        /// The number.
        number: u64,
        /// `r` of `number·B + r·B~`.
        blinding: CanonicalScalar,
    },
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opening(<secret>)")
    }
}

impl Opening {
    /// The leaf of an index that it opens.
    #[must_use]
    pub fn leaf(&self, index: u8) -> [u8; 32] {
        match self {
            Self::Empty { salt } => blake2b_256(domain::LEAF, &[&[index, 0], salt]),
            Self::Text { text, salt } => blake2b_256(domain::LEAF, &[&[index, 1], salt, text.as_bytes()]),
            Self::Number { number, blinding } => number_leaf(index, &pedersen(*number, &blinding.0)),
        }
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> Value {
        match self {
            Self::Empty { .. } => Value::Empty,
            Self::Text { text, .. } => Value::Text(text.clone()),
            Self::Number { number, .. } => Value::Number(*number),
        }
    }
}

/// `number·B + blinding·B~`.
#[must_use]
pub fn pedersen(number: u64, blinding: &Scalar) -> Element {
    // A table of multiples: a batch commits to tens of thousands of numbers.
    static BLINDING: std::sync::OnceLock<Box<RistrettoBasepointTable>> = std::sync::OnceLock::new();
    let table = BLINDING.get_or_init(|| Box::new(RistrettoBasepointTable::create(blinding_base())));
    (&Scalar::from(number) * RISTRETTO_BASEPOINT_TABLE + blinding * &**table).into()
}

/// The leaf of an index that holds a commitment to a number.
#[must_use]
pub fn number_leaf(index: u8, commitment: &Element) -> [u8; 32] {
    blake2b_256(domain::LEAF, &[&[index, 2], commitment.as_bytes()])
}

/// The tree of a thing's attributes. Leaves beyond those of the schema are zeros, which no hash is.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Leaves, then what is above them, level by level; the root is last.
    levels: Vec<Vec<[u8; 32]>>,
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    blake2b_256(domain::NODE, &[left, right])
}

impl Tree {
    /// The tree of leaves, of which there are at most 64.
    #[must_use]
    pub fn new(leaves: &[[u8; 32]]) -> Option<Self> {
        if leaves.len() > MAX_ATTRIBUTES {
            return None;
        }
        let mut level = leaves.to_vec();
        level.resize(MAX_ATTRIBUTES, [0; 32]);
        let mut levels = vec![level];
        for _ in 0..DEPTH {
            let above = levels.last()?.chunks(2).map(|pair| match pair {
                [left, right] => node(left, right),
                _ => [0; 32],
            });
            let above = above.collect();
            levels.push(above);
        }
        Some(Self { levels })
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        self.levels.last().and_then(|level| level.first()).copied().unwrap_or_default()
    }

    /// The siblings on the way from a leaf to the root, from below.
    #[must_use]
    pub fn path(&self, index: u8) -> Option<Path> {
        let mut at = usize::from(index);
        let mut path = [[0; 32]; DEPTH];
        for (sibling, level) in path.iter_mut().zip(&self.levels) {
            *sibling = *level.get(at ^ 1)?;
            at /= 2;
        }
        Some(path)
    }
}

/// Siblings from a leaf to the root, from below.
pub type Path = [[u8; 32]; DEPTH];

/// The root that a leaf and its path give.
#[must_use]
pub fn climb(index: u8, leaf: [u8; 32], path: &Path) -> [u8; 32] {
    let mut at = index;
    path.iter().fold(leaf, |below, sibling| {
        let above = if at & 1 == 0 { node(&below, sibling) } else { node(sibling, &below) };
        at >>= 1;
        above
    })
}

/// What a note of a thing is: an asset of class named, of which one unit is ever made, in the name of its certificate's issuer.
/// Its body is `BLAKE2b-256("Tabella_OriBody_", registry || number of the schema || root)`.
#[must_use]
pub fn description(registry: RegistryId, schema: Schema, issuer: [u8; 32], root: &[u8; 32]) -> AssetDescription {
    AssetDescription {
        issuer,
        name: schema.name().to_owned(),
        decimals: 0,
        cap: 1,
        class: AssetClass::Named,
        // The identity of a thing is kept by this application: a uid in the list of assets could be taken by anybody first.
        uid: None,
        body: blake2b_256(domain::BODY, &[&registry.0, &[schema.number()], root]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_leaf_climbs_to_the_root_at_its_own_place_only() {
        let leaves: Vec<[u8; 32]> = (1..=52).map(|byte| [byte; 32]).collect();
        let tree = Tree::new(&leaves).unwrap();
        for index in 0..52u8 {
            let path = tree.path(index).unwrap();
            assert_eq!(climb(index, leaves[usize::from(index)], &path), tree.root());
            assert_ne!(climb(index ^ 1, leaves[usize::from(index)], &path), tree.root());
            assert_ne!(climb(index, leaves[usize::from((index + 1) % 52)], &path), tree.root());
        }
        assert!(tree.path(64).is_none());
        assert!(Tree::new(&[[0; 32]; 65]).is_none());
    }

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        let carat = Schema::Diamond.attribute(Schema::Diamond.index("carat").unwrap()).unwrap();
        for (text, number) in [("0.23", 230), ("1", 1000), ("5.01", 5010), ("0.2300", 230), ("007", 7000)] {
            assert_eq!(parse_number(carat, text), Ok(number), "{text}");
        }
        for text in ["", ".5", "-1", "+1", "1e3", "0.2345", "1,5", "99999999999999999999", "1.2.3", " 1"] {
            assert!(parse_number(carat, text).is_err(), "{text}");
        }
        assert_eq!(Value::Number(230).show(carat), "0.230");
        assert_eq!(show_number(5, 0), "5");
        let text = Schema::Diamond.attribute(0).unwrap();
        assert!(Value::Number(1).check(text).is_err() && Value::Text("a".into()).check(carat).is_err());
        for wrong in ["", " a", "a\n", &"a".repeat(257)] {
            assert!(Value::Text(wrong.into()).check(text).is_err());
        }
        assert_eq!(Value::Text("GIA 1".into()).check(text), Ok(()));
    }
}
