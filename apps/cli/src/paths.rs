//! Where files are, and how new ones are written: whole or not at all, never over an old one.

use std::{
    env,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};

use crate::output::ExitKind;

/// The ledger's folder where nobody chose one.
const DEFAULT_LEDGER: &str = "tabella-ledger";

/// Folders of this user and of this run.
#[derive(Clone, Debug)]
pub struct Paths {
    home: Option<PathBuf>,
    /// As it was chosen, or none.
    chosen: Option<PathBuf>,
    ledger: PathBuf,
}

impl Paths {
    /// Paths for a ledger folder. The user's folder is `TABELLA_HOME`, else `tabella` in the folder that the system
    /// keeps for data of applications (`XDG_DATA_HOME` or `~/.local/share`).
    #[must_use]
    pub fn new(ledger: Option<PathBuf>) -> Self {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = set("TABELLA_HOME")
            .or_else(|| set("XDG_DATA_HOME").map(|data| data.join("tabella")))
            .or_else(|| set("HOME").map(|home| home.join(".local/share/tabella")));
        Self { home, ledger: ledger.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_LEDGER)), chosen: ledger }
    }

    /// The ledger's folder (`--ledger`).
    #[must_use]
    pub fn ledger(&self) -> &Path {
        &self.ledger
    }

    /// The same, if somebody has chosen it.
    #[must_use]
    pub fn chosen_ledger(&self) -> Option<&Path> {
        self.chosen.as_deref()
    }

    /// The user's folder.
    ///
    /// # Errors
    /// If neither `TABELLA_HOME`, `XDG_DATA_HOME` nor `HOME` is set.
    pub fn home(&self) -> anyhow::Result<&Path> {
        match &self.home {
            Some(home) => Ok(home),
            None => bail!("there is no folder for this user's files: set TABELLA_HOME"),
        }
    }

    /// The key file of this user's wallet.
    ///
    /// # Errors
    /// As [`Paths::home`].
    pub fn wallet(&self) -> anyhow::Result<PathBuf> {
        Ok(self.home()?.join("wallet.age"))
    }
}

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Its owner only.
    Owner,
    /// Whoever the user's settings (umask) allow.
    Default,
}

/// Refuses a file that exists, before anything is done of which it is to hold the result.
///
/// # Errors
/// If it exists (exit code 73).
pub fn refuse_existing(path: &Path) -> anyhow::Result<()> {
    if path.symlink_metadata().is_ok() {
        let text = format!("{} exists already; nothing was done", path.display());
        return Err(anyhow!(ExitKind::Exists).context(text));
    }
    Ok(())
}

/// Writes a new file, whole or not at all; makes its folders. A file that exists is left alone.
///
/// # Errors
/// If the file exists (exit code 73), or cannot be written.
pub fn write_new(path: &Path, bytes: &[u8], readers: Readers) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    // The name is taken by an empty file, which the rename replaces: no other process can make the file meanwhile, and
    // unlike a hard link that also works on the file systems of memory sticks.
    create(path, readers).with_context(|| match path.try_exists() {
        Ok(true) => format!("{} exists already; nothing was written", path.display()),
        _ => format!("cannot write {}", path.display()),
    })?;
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let draft = PathBuf::from(name);
    let written = create(&draft, readers).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    });
    if written.is_err() {
        // They may never have come to be; the first error is the one to report.
        let _ = fs::remove_file(&draft);
        let _ = fs::remove_file(path);
    }
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Replaces a file by its next state: the old one or the new one is there, whatever happens.
///
/// # Errors
/// If it cannot be written.
pub fn replace(path: &Path, bytes: &[u8], readers: Readers) -> anyhow::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".next");
    let draft = PathBuf::from(draft);
    // Of a run that was interrupted.
    let _ = fs::remove_file(&draft);
    write_new(&draft, bytes, readers)?;
    fs::rename(&draft, path).with_context(|| format!("cannot write {}", path.display()))
}

/// Makes a new file, empty.
///
/// # Errors
/// If there is such a file, or it cannot be made.
pub fn create(path: &Path, readers: Readers) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = readers;
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn existing_file_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/key");
        write_new(&path, b"first", Readers::Owner).unwrap();
        let error = write_new(&path, b"second", Readers::Owner).unwrap_err();
        assert_eq!(ExitKind::of(&error), ExitKind::Exists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left");
    }

    #[cfg(unix)]
    #[test]
    fn secret_file_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write_new(&path, b"secret", Readers::Owner).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
