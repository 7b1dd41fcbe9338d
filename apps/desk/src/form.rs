//! Forms: what is asked, in which words, and in which form the answer is.

use serde::Serialize;

use crate::{
    Message, Stop, Values, say,
    values::{NEEDED, not_a_choice},
};

/// A text in each language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Korean.
    pub ko: &'static str,
}

/// A text in English and Korean.
#[must_use]
pub const fn words(en: &'static str, ko: &'static str) -> Words {
    Words { en, ko }
}

/// Something that can be done.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Form {
    /// Its name within the application: lower-case letters and hyphens.
    pub id: &'static str,
    /// Who does it: forms of a role stand together.
    pub role: Words,
    /// What is done, as a command: "Buy licences".
    pub title: Words,
    /// What it is for and what comes of it, in a sentence or two.
    pub about: Words,
    /// What is asked.
    pub fields: &'static [Field],
    /// Whether it makes a transfer, for which the proving key must be there.
    pub proves: bool,
}

impl Form {
    /// That every required field is filled in and no other, and that numbers are within their bounds.
    pub(crate) fn check(&self, values: &Values) -> Result<(), Stop> {
        if let Some(name) = values.names().find(|name| !self.fields.iter().any(|field| field.id == *name)) {
            return Err(Stop::refuse(Message::english(format!("the form \"{}\" has no field \"{name}\"", self.id))));
        }
        for Field { id, kind, optional, .. } in self.fields {
            let wrong = match kind {
                Kind::Flag => None,
                _ if !values.is_given(id) => (!optional).then(|| Message::from(NEEDED)),
                Kind::Number { least, most } => {
                    let within = (least..=most).contains(&&values.parse::<u64>(id)?);
                    (!within).then(|| {
                        say!(
                            "this is a whole number from {least} to {most}",
                            "{least}부터 {most}까지의 정수를 적으십시오"
                        )
                    })
                }
                Kind::Choice { of } => {
                    let chosen = values.text(id)?;
                    let known = of.iter().any(|choice| choice.id == chosen);
                    (!known).then(|| not_a_choice(chosen))
                }
                _ => None,
            };
            if let Some(message) = wrong {
                return Err(Stop::at(id, message));
            }
        }
        Ok(())
    }
}

/// Something that is asked.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Field {
    /// Its name within the form.
    pub id: &'static str,
    /// What it is.
    pub label: Words,
    /// What helps to fill it in; may be empty.
    pub hint: Words,
    /// What is filled in.
    pub kind: Kind,
    /// Whether it may be left empty.
    pub optional: bool,
}

impl Field {
    /// A field that must be filled in.
    #[must_use]
    pub const fn new(id: &'static str, label: Words, kind: Kind) -> Self {
        Self { id, label, hint: words("", ""), kind, optional: false }
    }

    /// The same with a hint.
    #[must_use]
    pub const fn hint(self, hint: Words) -> Self {
        Self { hint, ..self }
    }

    /// The same, but it may be left empty. A flag always may.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }
}

/// What is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum Kind {
    /// A line of text.
    Text,
    /// Several lines.
    Lines,
    /// A whole number.
    Number {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// An amount of an asset, in decimals as people write it.
    Amount,
    /// An asset of the ledger, by its id.
    Asset,
    /// A payment address.
    Address,
    /// 32 bytes, as 64 hexadecimal digits.
    Id,
    /// The id of something that the application keeps: a page fills in what is shown beside the form.
    Instance,
    /// A point in time, in seconds since 1970.
    Time,
    /// A file.
    File,
    /// One file or several.
    Files,
    /// Yes or no.
    Flag,
    /// The passphrase of a key file.
    Passphrase,
    /// One of several.
    Choice {
        /// What can be chosen.
        of: &'static [Choice],
    },
}

/// One of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Its name.
    pub id: &'static str,
    /// What it is.
    pub label: Words,
}
