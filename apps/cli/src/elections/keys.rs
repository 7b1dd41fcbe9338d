//! Key files of authority and trustees.

use std::{env, io, path::Path};

use anyhow::Context as _;
use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::SigningKey;
use tabella_prover::{
    keyfile::{self, KeyFileContent, WorkFactor},
    trustee::CeremonyState,
};
use zeroize::Zeroizing;

use crate::{cli::Context, passphrase::Passphrase};

/// The environment variable that makes new key files quick to open, and so quick to break. For tests only.
pub const INSECURE_VARIABLE: &str = "TABELLA_INSECURE_FAST_KEY_FILES";

/// The cost of opening a new key file: the standard one, unless [`INSECURE_VARIABLE`] is `1`.
#[must_use]
pub fn work_factor(context: &Context) -> WorkFactor {
    if env::var_os(INSECURE_VARIABLE).is_some_and(|value| value == "1") {
        context.output.remark(&format!("warning: {INSECURE_VARIABLE} is set: new key files are not protected"));
        return WorkFactor::INSECURE_FAST;
    }
    WorkFactor::STANDARD
}

/// The authority's signing key, as its key file holds it.
#[derive(Debug)]
pub struct AuthorityKey(pub SigningKey);

impl BorshSerialize for AuthorityKey {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.0.as_bytes())
    }
}

impl BorshDeserialize for AuthorityKey {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        reader.read_exact(seed.as_mut())?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }
}

impl KeyFileContent for AuthorityKey {
    const KIND: &'static str = "authority key";
}

/// A trustee's ceremony between two commands: what the next round needs, and the last message, to be given out again if
/// it was lost: always the same bytes.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub struct StoredCeremony {
    /// `None` once the key is made.
    pub state: Option<CeremonyState>,
    /// The bytes of the last message's file.
    pub message: Vec<u8>,
}

impl KeyFileContent for StoredCeremony {
    const KIND: &'static str = "trustee ceremony";
}

/// Reads a key file whose passphrase is known.
///
/// # Errors
/// If the file cannot be read or opened; the message names it.
pub fn open<T: KeyFileContent>(path: &Path, passphrase: &Passphrase) -> anyhow::Result<T> {
    keyfile::read(path, &passphrase.into()).with_context(|| format!("cannot open {}", path.display()))
}

/// Reads a key file; asks for its passphrase.
///
/// # Errors
/// As [`open`]; if the file does not exist, `remedy` tells how to make one.
pub fn ask_and_open<T: KeyFileContent>(
    path: &Path,
    remedy: &str,
    context: &Context,
) -> anyhow::Result<(T, Passphrase)> {
    // Before a passphrase is asked for in vain.
    std::fs::metadata(path).with_context(|| format!("there is no key file {}: {remedy}", path.display()))?;
    let passphrase = context.passphrase.existing(&path.display().to_string())?;
    Ok((open(path, &passphrase)?, passphrase))
}

/// Writes a new key file; makes its folder.
///
/// # Errors
/// If there is such a file, or it cannot be written.
pub fn create<T: KeyFileContent>(
    path: &Path,
    secret: &T,
    passphrase: &Passphrase,
    context: &Context,
) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    Ok(keyfile::create(path, secret, &passphrase.into(), work_factor(context))?)
}

/// Replaces a key file by its next state.
///
/// # Errors
/// If it cannot be written; then the old one is still there.
pub fn replace<T: KeyFileContent>(
    path: &Path,
    secret: &T,
    passphrase: &Passphrase,
    context: &Context,
) -> anyhow::Result<()> {
    Ok(keyfile::replace(path, secret, &passphrase.into(), work_factor(context))?)
}
