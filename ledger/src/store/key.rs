//! The file of the signing key: plain, or encrypted. This crate tells the two apart; opening an encrypted one is for whoever has
//! the passphrase.

use std::{
    error::Error,
    fmt,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use super::{error::StoreError, files::sync_directory};
use crate::signer::CheckpointSigner;

/// The signing key's file, mode 0600.
pub const KEY_FILE: &str = "signing.key";

/// A key file is shorter: a name of 200 characters and some hundred more, encrypted or not.
const MAX_KEY_FILE: usize = 4_096;
/// How the name of a key file that is being written ends.
const DRAFT: &str = ".new";
/// How an age file begins.
const AGE: &[u8] = b"age-encryption.org/v1\n";

/// Opens an encrypted key file: gives the key for the file's bytes. It may take a second, and ask somebody.
pub type Unlock = Arc<dyn Fn(&[u8]) -> Result<CheckpointSigner, UnlockError> + Send + Sync>;
/// Why it did not.
pub type UnlockError = Box<dyn Error + Send + Sync>;

/// What the file of a ledger's signing key holds.
#[derive(Clone)]
pub enum KeyFile {
    /// The key, in its text form.
    Plain(Box<CheckpointSigner>),
    /// An age file.
    Encrypted(Vec<u8>),
}

/// The signing key of an open ledger.
pub(super) enum Key {
    /// None: opened for reading.
    Absent,
    Known(Box<CheckpointSigner>),
    /// In this file, and not asked for yet.
    Locked {
        file: Vec<u8>,
        unlock: Unlock,
    },
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("Absent"),
            Self::Known(signer) => fmt::Debug::fmt(signer, f),
            Self::Locked { .. } => f.write_str("Locked"),
        }
    }
}

/// Without the ciphertext, at which a passphrase could be guessed.
impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(signer) => f.debug_tuple("Plain").field(signer).finish(),
            Self::Encrypted(bytes) => write!(f, "Encrypted(<{} bytes>)", bytes.len()),
        }
    }
}

impl KeyFile {
    /// Reads the key file of the ledger in a directory.
    ///
    /// # Errors
    /// [`StoreError`]: the file is missing, can be read by others, or holds no key.
    pub fn read(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(KEY_FILE);
        let fault = |source| StoreError::File { path: path.clone(), source };
        let file = File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                let remedy = "restore the signing key from its backup, or open the ledger for reading only";
                StoreError::Missing { path: path.clone(), remedy }
            }
            _ => fault(error),
        })?;
        check_mode(&file, &path)?;
        // Reserved at once: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * MAX_KEY_FILE));
        file.take(MAX_KEY_FILE as u64 + 1).read_to_end(&mut bytes).map_err(fault)?;
        let malformed = || StoreError::KeyMalformed { path: path.clone() };
        if bytes.len() > MAX_KEY_FILE {
            return Err(malformed());
        }
        if bytes.starts_with(AGE) {
            return Ok(Self::Encrypted(bytes.to_vec()));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| malformed())?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let signer = CheckpointSigner::from_secret_text(text).map_err(|_| malformed())?;
        Ok(Self::Plain(Box::new(signer)))
    }

    /// Puts this in the place of the key file of the ledger in a directory, readable by its owner only: after a crash either the
    /// old one or this is there. Where the file is a symbolic link, what it points to is replaced. What a crash left of
    /// an earlier replacement beside it (`signing.key.<16 hex digits>.new`) is removed. Whether this is the ledger's key,
    /// [`super::Store::check_key`] tells.
    ///
    /// # Errors
    /// [`StoreError::File`], with [`io::ErrorKind::PermissionDenied`] if directory, key file and process are not all of one user.
    /// The old one is still there then, unless it was only the folder that could not be synced: this is in its place already,
    /// and a crash may bring the old one back.
    pub fn replace(&self, directory: &Path) -> Result<(), StoreError> {
        let path = directory.join(KEY_FILE);
        let fault = |source| StoreError::File { path: path.clone(), source };
        let target = fs::canonicalize(&path).map_err(fault)?;
        let mut draft = target.clone().into_os_string();
        draft.push(format!(".{:016x}{DRAFT}", OsRng.next_u64()));
        let draft = PathBuf::from(draft);
        let file = create_new(&draft).map_err(fault)?;
        let written = file
            .metadata()
            .and_then(|new| check_owner(&new, &target, directory))
            .and_then(|()| remove_stale_drafts(&target, &draft))
            .and_then(|()| self.write(file))
            .and_then(|()| fs::rename(&draft, &target))
            .map_err(fault);
        if written.is_err() {
            // The first error is the one to report.
            let _ = fs::remove_file(&draft);
            return written;
        }
        sync_directory(target.parent().unwrap_or(directory)).map_err(fault)
    }

    /// Writes a new file, to the medium.
    pub(super) fn write_new(&self, path: &Path) -> io::Result<()> {
        self.write(create_new(path)?)
    }

    fn write(&self, mut file: File) -> io::Result<()> {
        match self {
            Self::Plain(signer) => {
                file.write_all(signer.to_secret_text().as_bytes())?;
                file.write_all(b"\n")?;
            }
            Self::Encrypted(bytes) => file.write_all(bytes)?,
        }
        file.sync_all()
    }
}

/// A file that was not there, its owner's only.
fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Removes the drafts for `target`, but for this one.
fn remove_stale_drafts(target: &Path, draft: &Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (target.parent(), target.file_name().and_then(|name| name.to_str())) else {
        return Ok(());
    };
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let found = path.file_name().and_then(|name| name.to_str());
        let number = found.and_then(|found| found.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(DRAFT));
        let is_draft = number.is_some_and(|hex| hex.len() == 16 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if is_draft && path != draft {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn check_mode(file: &File, path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;

    let metadata = file.metadata().map_err(|source| StoreError::File { path: path.to_owned(), source })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(StoreError::KeyExposed { path: path.to_owned(), mode }) }
}

/// Elsewhere a new file is its owner's by the rules of the directory above it.
#[cfg(not(unix))]
fn check_mode(_: &File, _: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// A file of an administrator's would keep the node from its key; one that is given away by its path may be another by then.
#[cfg(unix)]
fn check_owner(draft: &Metadata, target: &Path, directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    let (key, folder) = (fs::symlink_metadata(target)?, fs::metadata(directory)?);
    if draft.uid() == key.uid() && draft.uid() == folder.uid() {
        return Ok(());
    }
    let remedy = "run this as the user that the ledger's folder and key belong to";
    Err(io::Error::new(io::ErrorKind::PermissionDenied, remedy))
}

#[cfg(not(unix))]
fn check_owner(_: &Metadata, _: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}
