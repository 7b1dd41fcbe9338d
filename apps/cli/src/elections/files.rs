//! Reading and writing the files that the parties of an election hand to one another: `tabella_verifier::files` in paths.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
pub use tabella_forms::read_bytes;
use tabella_protocol::ceremony::{CeremonyId, RoundPayload, Signed};
use tabella_verifier::files::{FileError, decode, kind_of};

use crate::paths::{Readers, write_new};

pub use tabella_verifier::files::{
    AuditFile, CanaryFile, ManifestFile, PartialFile, PublicFile, ReceiptFile, RoundFile, ViewingKeyFile, encode,
};

/// The longest public file that is read.
const MAX_BYTES: u64 = 1 << 28;

/// Writes a new file.
///
/// # Errors
/// If there is such a file, or it cannot be written.
pub fn write<T: PublicFile>(path: &Path, content: &T) -> anyhow::Result<()> {
    write_new(path, &encode(content), Readers::Default)
}

/// Reads a file.
///
/// # Errors
/// If there is none, or it is of another kind, or damaged: the message names the file and what it is.
pub fn read<T: PublicFile>(path: &Path) -> anyhow::Result<T> {
    let bytes = read_bytes(path, MAX_BYTES)?;
    let place = path.display();
    decode(&bytes).map_err(|error| match error {
        FileError::Kind { needed, found } => {
            anyhow!("{place} is a file \"{found}\", and a file \"{needed}\" is needed")
        }
        FileError::Foreign(needed) => anyhow!("{place} is no file of tabella, and a file \"{needed}\" is needed"),
        other => anyhow!("{place}: {other}"),
    })
}

/// Reads files of one kind.
///
/// # Errors
/// As [`read`].
pub fn read_all<T: PublicFile>(paths: &[PathBuf]) -> anyhow::Result<Vec<T>> {
    paths.iter().map(|path| read(path)).collect()
}

/// The kind that a file states.
///
/// # Errors
/// If the file cannot be read, or states none.
pub fn kind(path: &Path) -> anyhow::Result<String> {
    let head = read_head(path)?;
    kind_of(&head).ok_or_else(|| anyhow!("{} is no file of tabella", path.display()))
}

/// Reads the messages of one round from files.
///
/// # Errors
/// As [`read`]; also if a message is of another ceremony.
pub fn read_round<P: RoundPayload>(paths: &[PathBuf], ceremony: CeremonyId) -> anyhow::Result<Vec<Signed<P>>>
where
    RoundFile<P>: PublicFile,
{
    let mut messages = Vec::new();
    for path in paths {
        let file: RoundFile<P> = read(path)?;
        if file.ceremony != ceremony {
            bail!("{} is of ceremony {}, and not of {ceremony}", path.display(), file.ceremony);
        }
        messages.extend(file.messages);
    }
    Ok(messages)
}

fn read_head(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(64).read_to_end(&mut head))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use tabella_protocol::ceremony::{Commitment, Reveal};

    use super::*;

    fn canary_free_round() -> RoundFile<Commitment> {
        RoundFile { ceremony: CeremonyId([7; 32]), messages: Vec::new() }
    }

    #[test]
    fn file_of_another_kind_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("round");
        write(&path, &canary_free_round()).unwrap();
        let error = read::<RoundFile<Reveal>>(&path).unwrap_err().to_string();
        assert!(
            error.ends_with("is a file \"ceremony commitments\", and a file \"ceremony packages\" is needed"),
            "{error}"
        );
        assert_eq!(kind(&path).unwrap(), "ceremony commitments");
    }

    #[test]
    fn trailing_bytes_and_foreign_ceremonies_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("round");
        let mut bytes = encode(&canary_free_round());
        bytes.push(0);
        std::fs::write(&path, bytes).unwrap();
        assert!(read::<RoundFile<Commitment>>(&path).unwrap_err().to_string().contains("it is damaged"));
        let good = folder.path().join("good");
        write(&good, &canary_free_round()).unwrap();
        let error = read_round::<Commitment>(&[good], CeremonyId([8; 32])).unwrap_err().to_string();
        assert!(error.contains("is of ceremony"), "{error}");
    }
}
