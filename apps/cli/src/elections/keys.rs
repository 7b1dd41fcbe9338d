//! Key files of authority and trustees.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
pub use tabella_election::keys::AuthorityKey;
use tabella_prover::keyfile::{self, KeyFileContent, WorkFactor};

use super::files::read_bytes;
use crate::{
    cli::Context,
    passphrase::Passphrase,
    paths::{Readers, refuse_existing, write_new},
};

/// The environment variable that makes new key files quick to open, and so quick to break. For tests only.
pub const INSECURE_VARIABLE: &str = "TABELLA_INSECURE_FAST_KEY_FILES";

/// The longest key file that is copied.
const MAX_BYTES: u64 = 16 << 20;

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
    fs::metadata(path).with_context(|| format!("there is no key file {}: {remedy}", path.display()))?;
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
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
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

/// Copies a key file; asks for its passphrase. The copy is opened from where it lies: one that was never opened is none.
///
/// # Errors
/// If there is a file of the copy's name, the key file does not open, or its copy; `remedy` tells how a key is made.
pub fn back_up<T: KeyFileContent>(source: &Path, copy: &Path, remedy: &str, context: &Context) -> anyhow::Result<T> {
    refuse_existing(copy)?;
    let (_, passphrase) = ask_and_open::<T>(source, remedy, context)?;
    write_new(copy, &read_bytes(source, MAX_BYTES)?, Readers::Owner)?;
    open(copy, &passphrase).map_err(|error| {
        let state = if fs::remove_file(copy).is_ok() { "it was removed" } else { "remove it" };
        error.context(format!("the copy {} cannot be opened, and {state}", copy.display()))
    })
}

/// Puts a copy in its key's place, which follows from the key; asks for its passphrase.
///
/// # Errors
/// If the copy does not open, or the place is taken.
pub fn put_back<T: KeyFileContent>(
    copy: &Path,
    place: impl FnOnce(&T) -> anyhow::Result<PathBuf>,
    context: &Context,
) -> anyhow::Result<(T, PathBuf)> {
    let bytes = read_bytes(copy, MAX_BYTES)?;
    let (key, passphrase) = ask_and_open::<T>(copy, "check its name", context)?;
    let place = place(&key)?;
    write_new(&place, &bytes, Readers::Owner).with_context(|| {
        format!("the copy is good; move a damaged {} aside before you put the copy in its place", place.display())
    })?;
    if open::<T>(&place, &passphrase).is_err() {
        bail!("{} cannot be opened after it was written: is the medium damaged?", place.display());
    }
    Ok((key, place))
}
