//! Secrets at rest: any borsh-encoded secret in an age file under a passphrase (scrypt). Trustees, voters and the authority
//! use the same form; a label inside tells one kind from another. A copy of the file is a backup.
//!
//! Plaintext: `"TABELLA KEY FILE" || version (1 byte) || borsh of (kind, body)`. The age program can decrypt the file, too.

use std::{
    fmt, fs, io,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use age::secrecy::SecretString;
use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::keys::Seed;
use thiserror::Error;
use zeroize::Zeroizing;

/// A secret that can be kept in a key file.
pub trait KeyFileContent: BorshSerialize + BorshDeserialize {
    /// What the file says it holds, in words: `"trustee key"`.
    const KIND: &'static str;
}

/// The seed of a wallet, as its key file holds it: 32 bytes.
#[derive(Debug)]
pub struct WalletKey(Seed);

impl WalletKey {
    /// Wraps a seed.
    #[must_use]
    pub const fn new(seed: Seed) -> Self {
        Self(seed)
    }

    /// The seed.
    #[must_use]
    pub const fn seed(&self) -> &Seed {
        &self.0
    }
}

impl BorshSerialize for WalletKey {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.0.expose())
    }
}

impl BorshDeserialize for WalletKey {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        reader.read_exact(seed.as_mut())?;
        Ok(Self(Seed::new(*seed)))
    }
}

impl KeyFileContent for WalletKey {
    const KIND: &'static str = "wallet key";
}

/// A passphrase; never printed, wiped on drop.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// Wraps a passphrase.
    #[must_use]
    pub fn new(passphrase: String) -> Self {
        Self(SecretString::from(passphrase))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// scrypt's cost: `N = 2^log_n`, log_n from 1 to 22.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkFactor(u8);

impl WorkFactor {
    /// Greatest cost that is read or written: 4 GiB of memory.
    pub const MAX: Self = Self(MAX_WORK);
    /// What real files use: about a second, 256 MiB.
    pub const STANDARD: Self = Self(18);
    /// Good for tests only.
    pub const INSECURE_FAST: Self = Self(1);

    /// A work factor; `None` unless it is 1 to 22.
    #[must_use]
    pub const fn new(log_n: u8) -> Option<Self> {
        if log_n >= 1 && log_n <= MAX_WORK { Some(Self(log_n)) } else { None }
    }
}

/// Why a key file is not written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is a file already; it is not overwritten.
    #[error("{}: there is such a file already, and it is not overwritten", .0.display())]
    Exists(PathBuf),
    /// Not an age file under a passphrase.
    #[error("not a key file")]
    NotAKeyFile,
    /// The passphrase does not open the file.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The file was changed or cut short.
    #[error("the key file is damaged: {0}")]
    Damaged(String),
    /// A key file of another kind.
    #[error("this file holds a {found}, and a {expected} is needed")]
    WrongKind {
        /// What is needed.
        expected: &'static str,
        /// What the file says it holds.
        found: String,
    },
    /// A later version of the format.
    #[error("the key file has version {0}, and this program reads version {VERSION}")]
    Version(u8),
    /// Opening would take too much memory.
    #[error("the key file asks for a scrypt work factor of {0}, above the limit of {MAX_WORK}")]
    TooMuchWork(u8),
    /// The file is longer than any key file.
    #[error("the key file is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// The secret could not be encrypted.
    #[error("the secret could not be encrypted: {0}")]
    Encrypt(String),
}

const MAGIC: &[u8; 16] = b"TABELLA KEY FILE";
const VERSION: u8 = 1;
const MAX_WORK: u8 = 22;
const MAX_BYTES: u64 = 16 << 20;

/// Encrypts a secret.
///
/// # Errors
/// [`KeyFileError::Encrypt`], [`KeyFileError::TooLong`].
pub fn seal<T: KeyFileContent>(secret: &T, passphrase: &Passphrase, work: WorkFactor) -> Result<Vec<u8>, KeyFileError> {
    let encrypt = |error: io::Error| KeyFileError::Encrypt(error.to_string());
    let body = Zeroizing::new(borsh::to_vec(secret).map_err(encrypt)?);
    let mut plaintext = Zeroizing::new(Vec::with_capacity(body.len() + 256));
    plaintext.extend_from_slice(MAGIC);
    plaintext.push(VERSION);
    (T::KIND, body.as_slice()).serialize(&mut *plaintext).map_err(encrypt)?;

    let mut recipient = age::scrypt::Recipient::new(passphrase.0.clone());
    recipient.set_work_factor(work.0);
    let sealed = age::encrypt(&recipient, &plaintext).map_err(|error| KeyFileError::Encrypt(error.to_string()))?;
    if sealed.len() as u64 > MAX_BYTES { Err(KeyFileError::TooLong) } else { Ok(sealed) }
}

/// Decrypts a secret.
///
/// # Errors
/// [`KeyFileError`]; the passphrase is only said to be wrong if it is, or if the file's head was changed.
pub fn open<T: KeyFileContent>(sealed: &[u8], passphrase: &Passphrase) -> Result<T, KeyFileError> {
    if sealed.len() as u64 > MAX_BYTES {
        return Err(KeyFileError::TooLong);
    }
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(|_| KeyFileError::NotAKeyFile)?;
    if !decryptor.is_scrypt() {
        return Err(KeyFileError::NotAKeyFile);
    }
    let mut identity = age::scrypt::Identity::new(passphrase.0.clone());
    identity.set_max_work_factor(MAX_WORK);
    let mut reader = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(|error| {
        use age::DecryptError::{DecryptionFailed, ExcessiveWork, KeyDecryptionFailed, NoMatchingKeys};
        match error {
            DecryptionFailed | KeyDecryptionFailed | NoMatchingKeys => KeyFileError::WrongPassphrase,
            ExcessiveWork { required, .. } => KeyFileError::TooMuchWork(required),
            other => KeyFileError::Damaged(other.to_string()),
        }
    })?;
    // Room for all of it, so that no copy is left behind by growing.
    let mut plaintext = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut plaintext).map_err(|error| KeyFileError::Damaged(error.to_string()))?;
    parse(&plaintext)
}

/// Reads the plaintext of a key file: what the age program decrypts it to.
///
/// # Errors
/// [`KeyFileError`] but for those of the encryption.
pub fn parse<T: KeyFileContent>(plaintext: &[u8]) -> Result<T, KeyFileError> {
    let damaged = |error: io::Error| KeyFileError::Damaged(error.to_string());
    let rest = plaintext.strip_prefix(MAGIC).ok_or(KeyFileError::NotAKeyFile)?;
    let (version, mut rest) = rest.split_first().ok_or(KeyFileError::NotAKeyFile)?;
    if *version != VERSION {
        return Err(KeyFileError::Version(*version));
    }
    let found = String::deserialize(&mut rest).map_err(damaged)?;
    if found != T::KIND {
        return Err(KeyFileError::WrongKind { expected: T::KIND, found });
    }
    let length = u32::deserialize(&mut rest).map_err(damaged)?;
    if length as usize != rest.len() {
        return Err(KeyFileError::Damaged("its length is not what it says".to_owned()));
    }
    borsh::from_slice(rest).map_err(damaged)
}

/// Writes a new key file, readable by its owner only. Either all of it is there afterwards, on the medium, or nothing is.
///
/// # Errors
/// [`KeyFileError::Exists`] if there is such a file, whatever it holds; [`KeyFileError::Io`].
pub fn create<T: KeyFileContent>(
    path: &Path,
    secret: &T,
    passphrase: &Passphrase,
    work: WorkFactor,
) -> Result<(), KeyFileError> {
    let sealed = seal(secret, passphrase, work)?;
    // The name is taken first by an empty file: unlike a hard link, that also works on the file systems of memory sticks.
    private_file(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
        _ => KeyFileError::Io { path: path.to_owned(), source },
    })?;
    write_over(path, &sealed).map_err(|source| {
        // The name was free before; if it cannot be freed again, the write's own error is still the one to report.
        let _ = fs::remove_file(path);
        KeyFileError::Io { path: path.to_owned(), source }
    })
}

/// Replaces an existing key file by one of its kind's next state: after a crash either the old or the new one is there.
///
/// # Errors
/// [`KeyFileError::Io`] if there is no such file, or it cannot be written.
pub fn replace<T: KeyFileContent>(
    path: &Path,
    secret: &T,
    passphrase: &Passphrase,
    work: WorkFactor,
) -> Result<(), KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let sealed = seal(secret, passphrase, work)?;
    fs::metadata(path).map_err(io)?;
    write_over(path, &sealed).map_err(io)
}

/// Reads a key file.
///
/// # Errors
/// [`KeyFileError`].
pub fn read<T: KeyFileContent>(path: &Path, passphrase: &Passphrase) -> Result<T, KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let mut sealed = Vec::new();
    fs::File::open(path).map_err(io)?.take(MAX_BYTES + 1).read_to_end(&mut sealed).map_err(io)?;
    open(&sealed, passphrase)
}

/// Writes beside the file, brings it to the medium, and renames it over the file.
fn write_over(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{:016x}.new", rand::random::<u64>()));
    let temporary = path.with_file_name(name);
    let written = private_file(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    });
    if written.is_err() {
        // It may never have come to be; the first error is the one to report.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    sync_folder(path)
}

fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
