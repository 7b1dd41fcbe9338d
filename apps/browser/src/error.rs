//! Errors as JavaScript sees them: a stable code, a message for people, and a detail for programs.

use std::fmt::{self, Display};

use js_sys::{Error, Reflect};
use wasm_bindgen::JsValue;

/// Stable codes; `engine.d.ts` tells what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "prove"), expect(dead_code, reason = "codes of the roles"))]
pub(crate) enum Code {
    Argument,
    File,
    Passphrase,
    WeakPassphrase,
    Words,
    Mismatch,
    Time,
    Right,
    Choice,
    Insufficient,
    Record,
    Log,
    Ceremony,
    Manifest,
    SecondTally,
    Refused,
    ProvingKey,
    Prove,
    Used,
    Internal,
}

impl Code {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::File => "file",
            Self::Passphrase => "passphrase",
            Self::WeakPassphrase => "weak-passphrase",
            Self::Words => "words",
            Self::Mismatch => "mismatch",
            Self::Time => "time",
            Self::Right => "right",
            Self::Choice => "choice",
            Self::Insufficient => "insufficient",
            Self::Record => "record",
            Self::Log => "log",
            Self::Ceremony => "ceremony",
            Self::Manifest => "manifest",
            Self::SecondTally => "second-tally",
            Self::Refused => "refused",
            Self::ProvingKey => "proving-key",
            Self::Prove => "prove",
            Self::Used => "used",
            Self::Internal => "internal",
        }
    }
}

/// What a call throws.
#[derive(Debug)]
pub struct EngineError {
    code: Code,
    message: String,
    more: Vec<(&'static str, String)>,
}

impl EngineError {
    pub(crate) fn new(code: Code, message: impl Display) -> Self {
        Self { code, message: message.to_string(), more: Vec::new() }
    }

    pub(crate) fn with_detail(self, detail: impl Display) -> Self {
        self.with("detail", detail)
    }

    /// The same with another property.
    pub(crate) fn with(mut self, name: &'static str, text: impl Display) -> Self {
        self.more.push((name, text.to_string()));
        self
    }
}

impl Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EngineError {}

impl From<EngineError> for JsValue {
    fn from(error: EngineError) -> Self {
        let thrown = Error::new(&error.message);
        thrown.set_name("EngineError");
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&thrown, &"code".into(), &error.code.as_str().into());
        for (name, text) in &error.more {
            let _ = Reflect::set(&thrown, &(*name).into(), &text.into());
        }
        thrown.into()
    }
}

/// Gives an error its code.
pub(crate) trait Coded<T> {
    fn code(self, code: Code) -> Result<T, EngineError>;
}

impl<T, E: Display> Coded<T> for Result<T, E> {
    fn code(self, code: Code) -> Result<T, EngineError> {
        self.map_err(|error| EngineError::new(code, error))
    }
}
