//! Key files of authority and trustees.

use std::{env, path::Path};

use anyhow::Context as _;
pub use tabella_election::keys::AuthorityKey;
use tabella_prover::keyfile::{self, KeyFileContent, WorkFactor};

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
