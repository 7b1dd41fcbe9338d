//! Passphrases: from a file that the command line names, else from an environment variable, else asked for on the terminal. Never a
//! command-line argument: those are seen by every process of the machine.

use std::{
    env, fmt,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use tabella_prover::keyfile;
use thiserror::Error;
use zeroize::Zeroizing;

/// Under which names a passphrase is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// The option that names a file.
    pub option: &'static str,
    /// The environment variable.
    pub variable: &'static str,
}

/// The passphrase of the key file that a command is about.
pub const OF_COMMAND: Names = Names { option: "--passphrase-file", variable: "TABELLA_PASSPHRASE" };
/// The passphrase of a ledger's signing key, which a command may need beside that of its own key file.
pub const OF_LEDGER: Names = Names { option: "--ledger-passphrase-file", variable: "TABELLA_LEDGER_PASSPHRASE" };
/// The passphrase that takes the place of [`OF_LEDGER`].
pub const NEW_OF_LEDGER: Names = Names { option: "--new-passphrase-file", variable: "TABELLA_NEW_LEDGER_PASSPHRASE" };
/// The shortest new passphrase, in characters.
pub const MINIMUM_LENGTH: usize = 12;
/// A passphrase file holds no more bytes than this.
const MAXIMUM_BYTES: u64 = 4096;

/// A passphrase: wiped when dropped, never printed.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&Passphrase> for keyfile::Passphrase {
    fn from(passphrase: &Passphrase) -> Self {
        Self::new(passphrase.expose().to_owned())
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(<secret>)")
    }
}

/// Why there is no passphrase.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// The passphrase file cannot be read.
    #[error("cannot read the passphrase file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is longer than any passphrase, or not text.
    #[error("{} is not a passphrase file: it must hold one line of UTF-8 text, at most 4096 bytes", .0.display())]
    NotText(PathBuf),
    /// The environment variable is not text.
    #[error("{0} is not UTF-8 text: set it to the passphrase, or unset it")]
    NotUnicode(&'static str),
    /// No character at all.
    #[error("the passphrase is empty")]
    Empty,
    /// Too short for a new secret.
    #[error("the passphrase has {0} characters; a new one needs at least {MINIMUM_LENGTH} (four random words do well)")]
    TooShort(usize),
    /// The second entry differs from the first.
    #[error("the two passphrases differ; nothing was written")]
    Differ,
    /// Nobody can be asked.
    #[error(
        "a passphrase is needed and there is no terminal to ask on: give {} FILE, or set {}",
        names.option,
        names.variable
    )]
    NoTerminal {
        /// Where it was looked for.
        names: Names,
        /// What the system says.
        source: io::Error,
    },
}

/// Where a passphrase comes from.
#[derive(Clone, Debug)]
pub struct PassphraseSource {
    names: Names,
    file: Option<PathBuf>,
    /// Where it may be given too, before anybody is asked.
    or: Option<Box<Self>>,
}

impl PassphraseSource {
    /// From this file if there is one, else from the environment, else from the terminal.
    #[must_use]
    pub const fn new(names: Names, file: Option<PathBuf>) -> Self {
        Self { names, file, or: None }
    }

    /// The same, but before anybody is asked, what this other source was given is taken.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self { or: Some(Box::new(other.clone())), ..self.clone() }
    }

    /// Whether nobody has to be asked: a file is named, or the environment variable is set.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.file.is_some()
            || env::var_os(self.names.variable).is_some()
            || self.or.as_ref().is_some_and(|other| other.is_given())
    }

    /// The passphrase of something that exists; `what` is named in the prompt.
    ///
    /// # Errors
    /// [`PassphraseError`]
    pub fn existing(&self, what: &str) -> Result<Passphrase, PassphraseError> {
        match self.given()? {
            Some(passphrase) => Ok(passphrase),
            None => self.ask(&format!("Passphrase of {what}: ")),
        }
    }

    /// A passphrase for something new; asked for twice on a terminal.
    ///
    /// # Errors
    /// [`PassphraseError`]; also when it is shorter than [`MINIMUM_LENGTH`].
    pub fn fresh(&self, what: &str) -> Result<Passphrase, PassphraseError> {
        if let Some(passphrase) = self.given()? {
            return long_enough(passphrase);
        }
        let first = long_enough(self.ask(&format!("New passphrase for {what}: "))?)?;
        let second = self.ask("The same again: ")?;
        if first.0 != second.0 {
            return Err(PassphraseError::Differ);
        }
        Ok(first)
    }

    fn given(&self) -> Result<Option<Passphrase>, PassphraseError> {
        let text = match &self.file {
            Some(path) => read(path)?,
            None => match env::var(self.names.variable) {
                Ok(text) => Zeroizing::new(text),
                Err(env::VarError::NotUnicode(_)) => return Err(PassphraseError::NotUnicode(self.names.variable)),
                Err(env::VarError::NotPresent) => return self.or.as_ref().map_or(Ok(None), |other| other.given()),
            },
        };
        not_empty(text).map(Some)
    }

    fn ask(&self, prompt: &str) -> Result<Passphrase, PassphraseError> {
        rpassword::prompt_password(prompt)
            .map_err(|source| PassphraseError::NoTerminal { names: self.names, source })
            .and_then(|text| not_empty(Zeroizing::new(text)))
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, PassphraseError> {
    let fault = |source| PassphraseError::Read { path: path.to_owned(), source };
    // Reserved at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAXIMUM_BYTES as usize + 2));
    File::open(path).map_err(fault)?.take(MAXIMUM_BYTES + 1).read_to_end(&mut bytes).map_err(fault)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| PassphraseError::NotText(path.to_owned()))?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if bytes.len() as u64 > MAXIMUM_BYTES || line.contains('\n') {
        return Err(PassphraseError::NotText(path.to_owned()));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn not_empty(text: Zeroizing<String>) -> Result<Passphrase, PassphraseError> {
    if text.is_empty() { Err(PassphraseError::Empty) } else { Ok(Passphrase(text)) }
}

fn long_enough(passphrase: Passphrase) -> Result<Passphrase, PassphraseError> {
    let length = passphrase.0.chars().count();
    if length < MINIMUM_LENGTH { Err(PassphraseError::TooShort(length)) } else { Ok(passphrase) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(content: &[u8]) -> (tempfile::TempDir, PassphraseSource) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        std::fs::write(&path, content).unwrap();
        (folder, PassphraseSource::new(OF_COMMAND, Some(path)))
    }

    #[test]
    fn file_gives_its_line_without_the_end_of_line() {
        for content in ["correct horse battery", "correct horse battery\n", "correct horse battery\r\n"] {
            let (_folder, source) = source(content.as_bytes());
            assert_eq!(source.fresh("a key").unwrap().expose(), "correct horse battery");
        }
    }

    #[test]
    fn unusable_files_are_refused() {
        let (_a, empty) = source(b"\n");
        assert!(matches!(empty.existing("a key"), Err(PassphraseError::Empty)));
        let (_b, lines) = source(b"one\ntwo\n");
        assert!(matches!(lines.existing("a key"), Err(PassphraseError::NotText(_))));
        let (_c, binary) = source(&[0xff, 0xfe]);
        assert!(matches!(binary.existing("a key"), Err(PassphraseError::NotText(_))));
        let (_d, long) = source(&[b'a'; 5000]);
        assert!(matches!(long.existing("a key"), Err(PassphraseError::NotText(_))));
        let missing = PassphraseSource::new(OF_COMMAND, Some("/nonexistent/passphrase".into()));
        assert!(matches!(missing.existing("a key"), Err(PassphraseError::Read { .. })));
    }

    #[test]
    fn own_source_comes_before_the_other_one() {
        let (_a, own) = source(b"of the ledger");
        let (_b, other) = source(b"of the command");
        assert_eq!(own.or(&other).existing("a key").unwrap().expose(), "of the ledger");
        let unset = PassphraseSource::new(Names { option: "--none", variable: "TABELLA_TEST_UNSET" }, None);
        assert_eq!(unset.or(&other).existing("a key").unwrap().expose(), "of the command");
        assert!(own.is_given() && unset.or(&other).is_given() && !unset.is_given());
    }

    #[test]
    fn short_passphrase_is_refused_for_new_secrets_only() {
        let (_folder, source) = source(b"elevenchars");
        assert!(matches!(source.fresh("a key"), Err(PassphraseError::TooShort(11))));
        assert!(source.existing("a key").is_ok());
    }

    #[test]
    fn debug_does_not_print_the_passphrase() {
        let passphrase = not_empty(Zeroizing::new("correct horse battery".into())).unwrap();
        assert!(!format!("{passphrase:?}").contains("horse"));
    }
}
