//! What makes a thing the same thing, however it is written: normal forms, and marks.
//!
//! A mark is a hash under a key that a registry's registrar gives to its issuers. Without the key, anybody could try all ten
//! digits of a laboratory's numbers, or all plausible measures, against the marks on the ledger, and would know every stone. With
//! it, issuers can (they see their own stones anyway), and the public cannot.

use std::fmt;

use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{hash::blake2b_256, secret::Secret};
use tabella_provenance_rules::{
    attribute::{MAX_TEXT_BYTES, Value},
    domain,
    registry::Mark,
    schema::Schema,
};
use thiserror::Error;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Longest identifying text, in characters of its normal form.
pub const MAX_IDENTITY: usize = 64;

/// Why a thing is not identified.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityError {
    /// Letters that look like others, and signs that are no separators.
    #[error(
        "{attribute}: \"{found}\" is no letter from A to Z, no digit and no separator (space - . / _), and may look like one: write \
         it in Latin letters and digits"
    )]
    Letters {
        /// The attribute.
        attribute: &'static str,
        /// The first such character.
        found: char,
    },
    /// Too long.
    #[error("{attribute}: what identifies a thing has at most {MAX_IDENTITY} letters and digits")]
    Long {
        /// The attribute.
        attribute: &'static str,
    },
    /// Nothing is given.
    #[error(
        "the thing has neither an inscription nor a certificate's number with its laboratory: nothing identifies it"
    )]
    None,
}

/// Text of an attribute in its one form: Unicode NFKC, no control characters, single spaces, none at the ends. `None` if it is
/// too long; empty text is [`Value::Empty`].
#[must_use]
pub fn normal_text(text: &str) -> Option<Value> {
    let normal: String = text.nfkc().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let normal: String = normal.split_whitespace().collect::<Vec<_>>().join(" ");
    match normal.len() {
        0 => Some(Value::Empty),
        1..=MAX_TEXT_BYTES => Some(Value::Text(normal)),
        _ => None,
    }
}

/// Identifying text in its one form: compatibility decomposition (NFKD) without accents, upper case, without the separators space,
/// `-`, `.`, `/` and `_`, and with one sign for those that are read as one another, `0` for `O` and `1` for `I` and `L`:
/// `"gia  123-456"`, `"G1A123456"` and full-width `"ＧＩＡ 123456"` are the same.
///
/// # Errors
/// [`IdentityError::Letters`] for every other character: a Cyrillic А is no A, and a zero-width space or a `+` is not left
/// out unseen.
pub fn identity_text(attribute: &'static str, text: &str) -> Result<String, IdentityError> {
    // Upper case may be composed again (ŉ), so that it is decomposed once more.
    let upper: String = text.nfkd().flat_map(char::to_uppercase).collect();
    let mut normal = String::new();
    for letter in upper.nfkd() {
        match letter {
            'O' => normal.push('0'),
            'I' | 'L' => normal.push('1'),
            'A'..='Z' | '0'..='9' => normal.push(letter),
            ' ' | '-' | '.' | '/' | '_' => {}
            _ if is_combining_mark(letter) => {}
            found => return Err(IdentityError::Letters { attribute, found }),
        }
    }
    if normal.len() > MAX_IDENTITY { Err(IdentityError::Long { attribute }) } else { Ok(normal) }
}

/// The key of a registry's marks. `Debug` prints nothing.
#[derive(Clone)]
pub struct MarkKey(Secret<[u8; 32]>);

impl fmt::Debug for MarkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MarkKey(<secret>)")
    }
}

/// What identifies a thing, and what it looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Of its inscription and of its certificate: 1 or 2, ascending.
    pub identity: Vec<Mark>,
    /// Of its measures, if it has all of them.
    pub likeness: Option<Mark>,
}

impl MarkKey {
    /// A key.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// A new one.
    #[must_use]
    pub fn random(rng: &mut (impl RngCore + CryptoRng)) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self::new(bytes)
    }

    /// The bytes, for the file that issuers are given.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// What the registry says of it: `BLAKE2b-256("Tabella_OriMkKey", key)`.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        blake2b_256(domain::MARK_KEY, &[self.expose()])
    }

    /// `BLAKE2b-256("Tabella_OriMark_", key || schema (1 byte) || sort (1 byte) || (length (8 bytes) || part)…)`.
    fn mark(&self, schema: Schema, sort: u8, parts: &[&[u8]]) -> Mark {
        let lengths: Vec<[u8; 8]> = parts.iter().map(|part| (part.len() as u64).to_le_bytes()).collect();
        let head = [schema.number(), sort];
        let mut all: Vec<&[u8]> = vec![self.expose(), &head];
        for (length, part) in lengths.iter().zip(parts) {
            all.push(length);
            all.push(part);
        }
        Mark(blake2b_256(domain::MARK, &all))
    }

    /// The marks of a thing with these attributes.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn marks(&self, schema: Schema, values: &[Value]) -> Result<Marks, IdentityError> {
        let identity = schema.identity();
        let text = |name: &'static str| match value(schema, values, name) {
            Value::Text(text) => identity_text(name, text),
            _ => Ok(String::new()),
        };
        let mut marks = Vec::new();
        let inscription = text(identity.inscription)?;
        if !inscription.is_empty() {
            marks.push(self.mark(schema, 0, &[inscription.as_bytes()]));
        }
        let [laboratory, number] = identity.certificate;
        let (laboratory, number) = (text(laboratory)?, text(number)?);
        if !laboratory.is_empty() && !number.is_empty() {
            marks.push(self.mark(schema, 1, &[laboratory.as_bytes(), number.as_bytes()]));
        }
        if marks.is_empty() {
            return Err(IdentityError::None);
        }
        marks.sort();
        Ok(Marks { identity: marks, likeness: self.likeness(schema, values) })
    }

    /// The mark of the [`measures`]. `None` without all of them.
    #[must_use]
    pub fn likeness(&self, schema: Schema, values: &[Value]) -> Option<Mark> {
        let measures: Vec<[u8; 8]> = measures(schema, values)?.iter().map(|measure| measure.to_le_bytes()).collect();
        let parts: Vec<&[u8]> = measures.iter().map(<[u8; 8]>::as_slice).collect();
        Some(self.mark(schema, 2, &parts))
    }
}

/// The measures of a thing: hundredths of a millimetre, rounded half up, in ascending order, so that it does not matter which side
/// is called the length. `None` without all of them, or if its kind has none.
#[must_use]
pub fn measures(schema: Schema, values: &[Value]) -> Option<Vec<u64>> {
    let measure = |name: &&str| match value(schema, values, name) {
        Value::Number(thousandths) if *thousandths > 0 => Some(thousandths / 10 + u64::from(thousandths % 10 >= 5)),
        _ => None,
    };
    let mut measures: Vec<u64> = schema.identity().measures.iter().map(measure).collect::<Option<_>>()?;
    measures.sort_unstable();
    Some(measures).filter(|measures| !measures.is_empty())
}

/// Whether a thing lacks measures that its kind has: then the registrar must approve its registration.
#[must_use]
pub fn lacks_measures(schema: Schema, values: &[Value]) -> bool {
    schema.has_measures() && measures(schema, values).is_none()
}

/// The value of an attribute by its name.
fn value<'a>(schema: Schema, values: &'a [Value], name: &str) -> &'a Value {
    static EMPTY: Value = Value::Empty;
    schema.index(name).and_then(|index| values.get(usize::from(index))).unwrap_or(&EMPTY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diamond(inscription: &str, laboratory: &str, number: &str, measures: [u64; 3]) -> Vec<Value> {
        let mut values = vec![Value::Empty; Schema::Diamond.attributes().len()];
        let mut set = |name: &str, value| values[usize::from(Schema::Diamond.index(name).unwrap())] = value;
        set("inscription", normal_text(inscription).unwrap());
        set("laboratory", normal_text(laboratory).unwrap());
        set("certificate", normal_text(number).unwrap());
        for (name, measure) in ["length", "width", "height"].into_iter().zip(measures) {
            set(name, if measure == 0 { Value::Empty } else { Value::Number(measure) });
        }
        values
    }

    #[test]
    fn the_same_thing_has_the_same_marks_however_it_is_written() {
        let key = MarkKey::new([7; 32]);
        let marks = |values: &[Value]| key.marks(Schema::Diamond, values).unwrap();
        let stone = marks(&diamond("GIA 2141438171", "GIA", "2141438171", [6_410, 6_430, 3_970]));
        assert_eq!(stone.identity.len(), 2);
        for (inscription, laboratory, number, measures) in [
            ("gia2141438171", "g.i.a.", "2141-438-171", [6_410, 6_430, 3_970]),
            ("  ＧＩＡ　2141438171 ", "Gia", "2141 438 171", [6_430, 6_410, 3_970]),
            ("GIÁ-2141438171", "GIA", "２１４１４３８１７１", [6_412, 6_434, 3_965]),
            // Read for one another by people.
            ("G1A 2l4I438i7L", "gla", "2/1_4.1438171", [6_410, 6_430, 3_970]),
        ] {
            assert_eq!(marks(&diamond(inscription, laboratory, number, measures)), stone, "{inscription}");
        }
        // Another inscription, laboratory, number or size is another mark; so is another key.
        let other = marks(&diamond("GIA 2141438172", "IGI", "2141438171", [6_410, 6_430, 3_980]));
        assert!(other.identity.iter().all(|mark| !stone.identity.contains(mark)) && other.likeness != stone.likeness);
        let values = diamond("GIA 2141438171", "GIA", "2141438171", [6_410, 6_430, 3_970]);
        let elsewhere = MarkKey::new([8; 32]).marks(Schema::Diamond, &values).unwrap();
        assert!(elsewhere.identity != stone.identity && elsewhere.likeness != stone.likeness);
        // A laboratory's name does not run into the number.
        assert_ne!(
            marks(&diamond("", "GIA1", "23", [0; 3])).identity,
            marks(&diamond("", "GIA", "123", [0; 3])).identity
        );
        assert_eq!(marks(&diamond("", "GIA", "123", [1, 0, 1])).likeness, None);
    }

    #[test]
    fn what_looks_like_a_letter_and_is_none_does_not_make_another_thing() {
        let key = MarkKey::new([7; 32]);
        let refused =
            |inscription: &str| key.marks(Schema::Diamond, &diamond(inscription, "", "", [0; 3])).unwrap_err();
        // Cyrillic А, Greek Ο.
        assert_eq!(refused("GI\u{410} 1"), IdentityError::Letters { attribute: "inscription", found: '\u{410}' });
        assert!(matches!(refused("GIA 1\u{39f}"), IdentityError::Letters { .. }));
        assert_eq!(identity_text("x", "O0o"), Ok("000".into()));
        // Nothing else is left out: zero width, soft hyphen, other dashes, the bar that is read as a 1, signs, Arabic digits.
        for found in ['\u{200b}', '\u{ad}', '\u{2010}', '|', '+', '#', '\u{661}', '\u{2c8}', '\u{1f48e}'] {
            let attribute = "inscription";
            assert_eq!(refused(&format!("GIA{found}1")), IdentityError::Letters { attribute, found });
        }
        assert_eq!(refused(&"A".repeat(65)), IdentityError::Long { attribute: "inscription" });
        assert_eq!(refused(" - "), IdentityError::None);
        assert_eq!(key.marks(Schema::Diamond, &diamond("", "GIA", "", [0; 3])), Err(IdentityError::None));
        assert_eq!(normal_text(" Very\tgood \u{fb01}nish\n"), Some(Value::Text("Very good finish".into())));
        assert_eq!(normal_text(&"a".repeat(257)), None);
    }
}
