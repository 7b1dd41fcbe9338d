//! What a command says: text for people, or one line of JSON for programs; errors and exit codes.
//!
//! Results go to standard output, errors and progress to standard error.

use std::{
    fmt::{self, Write as _},
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::json;
use tabella_prover::{keyfile::KeyFileError, parameters::ParametersError};
use unicode_width::UnicodeWidthStr;

use crate::passphrase::PassphraseError;

/// A result that a command shows: its `Display` is the text for people, its `Serialize` the JSON for programs.
pub trait Show: fmt::Display + Serialize {}

impl<T: fmt::Display + Serialize> Show for T {}

/// Where results go and in which form.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// Text, or one line of JSON for each result.
    #[must_use]
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether results are JSON.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// Writes one result to standard output.
    ///
    /// # Errors
    /// If standard output cannot be written to.
    pub fn show(&self, result: &impl Show) -> anyhow::Result<()> {
        let mut text = if self.json { serde_json::to_string(result)? } else { result.to_string() };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
    }

    /// Writes what a question to the user is about: to standard output as text, and with `--json` to standard error, so that
    /// standard output has nothing but the one result.
    ///
    /// # Errors
    /// If the stream cannot be written to.
    pub fn ask(&self, about: &impl Show) -> anyhow::Result<()> {
        if !self.json {
            return self.show(about);
        }
        writeln!(io::stderr(), "{}", serde_json::to_string(about)?).context("cannot write to standard error")
    }

    /// Writes a remark for people to standard error; programs get none.
    pub fn remark(&self, text: &str) {
        if !self.json {
            // Nothing can be done about a standard error that is closed.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Reports an error on standard error and gives the exit code of its kind.
    #[must_use]
    pub fn fail(&self, error: &anyhow::Error) -> ExitCode {
        let kind = ExitKind::of(error);
        let causes: Vec<String> = causes(error);
        let text = if self.json {
            let message = error.to_string();
            json!({ "error": { "kind": kind.name(), "code": kind.code(), "message": message, "causes": causes } })
                .to_string()
        } else {
            let mut text = format!("error: {error}");
            for cause in &causes {
                // Writing to a String cannot fail.
                let _ = write!(text, "\n  because: {cause}");
            }
            text
        };
        let _ = writeln!(io::stderr(), "{text}");
        ExitCode::from(kind.code())
    }
}

/// The causes below an error, each once: many errors repeat their source in their own text.
fn causes(error: &anyhow::Error) -> Vec<String> {
    let mut said = error.to_string();
    let mut causes = Vec::new();
    for cause in error.chain().skip(1).filter(|cause| !cause.is::<ExitKind>()) {
        let cause = cause.to_string();
        if !said.contains(&cause) {
            said.clone_from(&cause);
            causes.push(cause);
        }
    }
    causes
}

/// Kinds of failure and their exit codes; success is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitKind {
    /// 1: a check refused: an invalid record, ballot, proof, key or file content.
    Refused,
    /// 2: the command line is wrong.
    Usage,
    /// 66: a file that is to be read does not exist; or the ledger has no such asset, account or election.
    NoInput,
    /// 73: a file that is to be made exists already; nothing is overwritten.
    Exists,
    /// 74: input or output failed.
    Io,
    /// 77: no passphrase, or a wrong one.
    Passphrase,
}

impl ExitKind {
    /// The kinds, for help texts.
    pub const HELP: &str = "Exit codes:
   0  done; what was checked is valid
   1  refused: a record, ballot, proof, key or file is not valid
   2  the command line is wrong
  66  a file to be read does not exist, or the ledger has no such asset, account
      or election: the wrong --ledger?
  73  a file to be made exists already (nothing is overwritten)
  74  input or output failed
  77  no passphrase, or a wrong one

Results go to standard output, errors and progress to standard error.
With --json a command's result is one line of JSON on standard output, and its
error one line on standard error:
  {\"error\": {\"kind\", \"code\", \"message\", \"causes\"}}.";

    /// The error that something named is not there.
    #[must_use]
    pub fn missing(text: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self::NoInput).context(text.into())
    }

    /// The kind of an error, by what it and its causes are. What is neither a passphrase nor a failing file is a refusal.
    #[must_use]
    pub fn of(error: &anyhow::Error) -> Self {
        error.chain().find_map(Self::of_cause).unwrap_or(Self::Refused)
    }

    fn of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<Self> {
        if let Some(kind) = cause.downcast_ref::<Self>() {
            return Some(*kind);
        }
        if let Some(error) = cause.downcast_ref::<PassphraseError>() {
            return match error {
                PassphraseError::Read { .. } => None, // its cause tells more
                _ => Some(Self::Passphrase),
            };
        }
        if let Some(error) = cause.downcast_ref::<KeyFileError>() {
            return match error {
                KeyFileError::WrongPassphrase => Some(Self::Passphrase),
                KeyFileError::Exists(_) => Some(Self::Exists),
                _ => None,
            };
        }
        match cause.downcast_ref::<ParametersError>() {
            Some(ParametersError::Missing { .. }) => return Some(Self::NoInput),
            Some(ParametersError::Io { error, .. }) => return Self::of_cause(error),
            _ => {}
        }
        match cause.downcast_ref::<io::Error>()?.kind() {
            // Decoders of bytes report wrong content so.
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => None,
            io::ErrorKind::NotFound => Some(Self::NoInput),
            io::ErrorKind::AlreadyExists => Some(Self::Exists),
            _ => Some(Self::Io),
        }
    }

    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage => 2,
            Self::NoInput => 66,
            Self::Exists => 73,
            Self::Io => 74,
            Self::Passphrase => 77,
        }
    }

    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Usage => "usage",
            Self::NoInput => "no-input",
            Self::Exists => "exists",
            Self::Io => "io",
            Self::Passphrase => "passphrase",
        }
    }
}

// Lets a command state the kind itself: `anyhow!(ExitKind::Passphrase).context("what was wrong")`.
impl fmt::Display for ExitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::error::Error for ExitKind {}

/// Text of a stranger, for a terminal: control characters and those that hide or reorder text are shown by their numbers.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let hides = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if c.is_control() || hides {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Columns of text, aligned by display width.
#[derive(Clone, Debug)]
pub struct Table {
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings; a heading that begins with `>` is of a column of numbers, aligned to the right.
    #[must_use]
    pub fn new(headings: &[&str]) -> Self {
        Self {
            right: headings.iter().map(|heading| heading.starts_with('>')).collect(),
            rows: vec![headings.iter().map(|heading| heading.trim_start_matches('>').to_owned()).collect()],
        }
    }

    /// Adds a row; missing cells are empty, those beyond the headings are left out.
    pub fn row<T: fmt::Display>(&mut self, cells: impl IntoIterator<Item = T>) {
        let mut row: Vec<String> = cells.into_iter().map(|cell| cell.to_string()).collect();
        row.resize(self.right.len(), String::new());
        self.rows.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
        let widths: Vec<usize> = (0..self.right.len()).map(|column| width(column).unwrap_or(0)).collect();
        for (index, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for ((cell, width), right) in row.iter().zip(&widths).zip(&self.right) {
                let padding = " ".repeat(width.saturating_sub(cell.width()));
                let (before, after) = if *right { (padding.as_str(), "") } else { ("", padding.as_str()) };
                write!(line, "{before}{cell}{after}  ")?;
            }
            writeln!(f, "{}", line.trim_end())?;
            if index == 0 {
                let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                writeln!(f, "{}", rule.join("  "))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn columns_are_aligned_by_display_width() {
        let mut table = Table::new(&["name", ">votes"]);
        table.row(["Łódź", "7"]);
        table.row(["東京", "12345678"]);
        assert_eq!(table.to_string(), "name     votes\n----  --------\nŁódź         7\n東京  12345678\n");
    }

    #[test]
    fn text_of_a_stranger_cannot_steer_the_terminal() {
        assert_eq!(visible("Krone 東京 ✓"), "Krone 東京 ✓");
        assert_eq!(visible("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb\\u{a}c\\u{202e}d");
    }

    #[test]
    fn error_kind_follows_its_cause() {
        let io = |kind: io::ErrorKind| anyhow::Error::new(io::Error::from(kind)).context("reading record");
        assert_eq!(ExitKind::of(&anyhow!("a check failed")), ExitKind::Refused);
        assert_eq!(ExitKind::of(&io(io::ErrorKind::NotFound)), ExitKind::NoInput);
        assert_eq!(ExitKind::of(&io(io::ErrorKind::AlreadyExists)), ExitKind::Exists);
        assert_eq!(ExitKind::of(&io(io::ErrorKind::StorageFull)), ExitKind::Io);
        assert_eq!(ExitKind::of(&io(io::ErrorKind::InvalidData)), ExitKind::Refused);
        assert_eq!(ExitKind::of(&PassphraseError::Differ.into()), ExitKind::Passphrase);
        assert_eq!(ExitKind::of(&anyhow!(ExitKind::Io).context("disk")), ExitKind::Io);
    }
}
