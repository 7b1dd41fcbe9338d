//! Why nothing is done, in both languages of the pages.

use std::{error::Error, fmt::Display};

use tabella_protocol::transaction::Transaction;

use crate::{Words, errors};

/// Why nothing is done, or not yet.
#[derive(Debug)]
pub enum Stop {
    /// Another transaction must be on the ledger first: two notes become one, or what was credited is collected. Submit it, read
    /// the ledger, and hand the form in again.
    First(Box<Transaction>),
    /// It is refused.
    Refused(Refusal),
}

/// Why a form is refused.
#[derive(Debug)]
pub struct Refusal {
    /// At which field, if at one.
    pub field: Option<String>,
    /// Why, and what to do, in English.
    pub message: String,
    /// The same in Korean, but for `detail`; none where only the error of a program says why.
    pub korean: Option<String>,
    /// What the error of a program says, in English: the end of `message`.
    pub detail: Option<String>,
    cause: Option<Box<Cause>>,
}

/// An error without Korean words so far, and the place that goes before them.
#[derive(Debug)]
struct Cause {
    error: Box<dyn Error>,
    place: String,
}

/// What is said to whoever filled a form in: in both languages, or, of an error of a program that has no words, in English.
#[derive(Debug)]
pub struct Message {
    english: String,
    korean: Option<String>,
    detail: Option<String>,
    cause: Option<Box<Cause>>,
}

impl Message {
    /// A text in English and Korean.
    #[must_use]
    pub fn new(english: impl Into<String>, korean: impl Into<String>) -> Self {
        Self { english: english.into(), korean: Some(korean.into()), detail: None, cause: None }
    }

    /// What an error of a program says, in English only.
    #[must_use]
    pub fn english(error: impl Display) -> Self {
        Self { english: error.to_string(), korean: None, detail: None, cause: None }
    }

    /// The same with what an error of a program says, after it.
    #[must_use]
    pub fn detail(self, error: impl Display) -> Self {
        Self { detail: Some(error.to_string()), ..self }
    }

    /// The same after the place that it is about, in English and Korean: a line, or the name of a file.
    #[must_use]
    pub fn at(self, (english, korean): (impl Display, impl Display)) -> Self {
        let Self { english: text, korean: translated, detail, cause } = self;
        let cause = cause.map(|mut cause| {
            cause.place = format!("{korean}: {}", cause.place);
            cause
        });
        let translated = translated.map(|text| format!("{korean}: {text}"));
        Self { english: format!("{english}: {text}"), korean: translated, detail, cause }
    }

    fn refusal(self, field: Option<String>) -> Refusal {
        let Self { english, korean, detail, cause } = self;
        let message = detail.as_ref().map(|detail| format!("{english}: {detail}"));
        Refusal { field, message: message.unwrap_or(english), korean, detail, cause }
    }
}

impl From<Words> for Message {
    fn from(words: Words) -> Self {
        Self::new(words.en, words.ko)
    }
}

/// What an error says with all its causes; in Korean too if it is one that people meet by ordinary mistakes.
impl<E: Error + 'static> From<E> for Message {
    fn from(error: E) -> Self {
        let mut english = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            if !english.ends_with(&text) {
                english.push_str(": ");
                english.push_str(&text);
            }
            source = cause.source();
        }
        let korean = errors::korean(&error);
        let cause = korean.is_none().then(|| Box::new(Cause { error: Box::new(error), place: String::new() }));
        Self { english, korean, detail: None, cause }
    }
}

/// A [`Message`] of two texts for `format!`, English and Korean, over the same arguments.
#[macro_export]
macro_rules! say {
    ($english:literal, $korean:literal $(, $argument:expr)* $(,)?) => {
        $crate::Message::new(format!($english $(, $argument)*), format!($korean $(, $argument)*))
    };
}

impl Stop {
    /// A refusal of the whole.
    #[must_use]
    pub fn refuse(message: impl Into<Message>) -> Self {
        Self::Refused(message.into().refusal(None))
    }

    /// A refusal at a field.
    #[must_use]
    pub fn at(field: &str, message: impl Into<Message>) -> Self {
        Self::Refused(message.into().refusal(Some(field.to_owned())))
    }

    /// The same refusal, at a field.
    #[must_use]
    pub fn at_field(self, field: &str) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(Refusal { field: Some(field.to_owned()), ..refusal }),
            first @ Self::First(_) => first,
        }
    }

    /// The same, with a desk's Korean for its application's errors.
    #[must_use]
    pub(crate) fn worded(self, words: impl Fn(&(dyn Error + 'static)) -> Option<String>) -> Self {
        match self {
            Self::Refused(Refusal { field, message, detail, cause: Some(cause), .. }) => {
                let korean = words(&*cause.error).map(|text| format!("{}{text}", cause.place));
                Self::Refused(Refusal { field, message, korean, detail, cause: None })
            }
            worded => worded,
        }
    }

    /// A form that a desk does not have: only a program asks for it.
    #[must_use]
    pub fn no_form(application: &str, form: &str) -> Self {
        Self::refuse(Message::english(format!("{application} has no form \"{form}\"")))
    }
}

/// A refusal at a field, of whatever error.
pub fn at<E: Into<Message>>(field: &str) -> impl Fn(E) -> Stop {
    move |error| Stop::at(field, error)
}

impl<E: Error + 'static> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::refuse(error)
    }
}

#[cfg(test)]
mod tests {
    use tabella_payments::amount::AmountError;

    use super::{Message, Stop};
    use crate::words;

    fn refusal(stop: Stop) -> super::Refusal {
        match stop {
            Stop::Refused(refusal) => refusal,
            Stop::First(_) => unreachable!("it is refused"),
        }
    }

    #[test]
    fn message_is_in_both_languages_or_marked_english() {
        let (asked, here) = ("2.00", "1.00");
        let both = refusal(Stop::at("amount", say!("{asked} is more than {here}", "{asked} > {here}")));
        assert_eq!((both.field.as_deref(), both.message.as_str()), (Some("amount"), "2.00 is more than 1.00"));
        assert_eq!((both.korean.as_deref(), both.detail), (Some("2.00 > 1.00"), None));

        let below = refusal(Stop::refuse(Message::from(words("damaged", "손상")).detail("byte 3")));
        assert_eq!((below.message.as_str(), below.korean.as_deref()), ("damaged: byte 3", Some("손상")));
        assert_eq!(below.detail.as_deref(), Some("byte 3"));

        let english = || Stop::refuse(Message::from(std::fmt::Error).at(("a.txt", "a.txt")));
        assert_eq!(refusal(english()).korean, None);
        let unknown = refusal(english().worded(|_| None));
        assert_eq!((unknown.korean, unknown.detail), (None, None));
        let of_the_desk = refusal(english().worded(|error| error.is::<std::fmt::Error>().then(|| "잘못".into())));
        assert_eq!(of_the_desk.korean.as_deref(), Some("a.txt: 잘못"));
        let known = refusal(Stop::from(AmountError::Form("1,2".into())));
        assert!(known.korean.is_some_and(|text| text.contains("1,2")), "an ordinary mistake");
    }
}
