//! The folder of a lock: its files, written so that a power cut leaves the old or the new one, never a part of one.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

/// Where a power cut may fall while a file is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The new file is begun, beside the old one.
    Begun,
    /// Half of it is written.
    Half,
    /// All of it is written, perhaps not to the disk.
    Written,
    /// It is on the disk.
    Synced,
    /// It has the old one's name, perhaps not on the disk.
    Renamed,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Begun, Self::Half, Self::Written, Self::Synced, Self::Renamed];
}

/// A folder that this process alone works in.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Locked while it is open; the operating system lets go of it when the process ends.
    _guard: File,
}

/// Name of the file whose lock keeps other processes out.
const GUARD: &str = "guard";

impl Folder {
    /// Makes a folder for a new lock.
    ///
    /// # Errors
    /// If there is one, or it cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        fs::create_dir(path)?;
        File::options().write(true).create_new(true).mode(0o600).open(path.join(GUARD))?;
        Self::open(path)
    }

    /// Opens a folder.
    ///
    /// # Errors
    /// If there is none, or another process works in it.
    pub fn open(path: &Path) -> io::Result<Self> {
        let guard = File::options().read(true).write(true).open(path.join(GUARD))?;
        match guard.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _guard: guard }),
            Err(TryLockError::WouldBlock) => Err(io::Error::other("another process works on this lock: try again")),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Path of a file.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads a file of at most `limit` bytes.
    ///
    /// # Errors
    /// If it cannot be read, or is longer.
    pub fn read(&self, name: &str, limit: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(self.file(name))?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > limit {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is too long"));
        }
        Ok(bytes)
    }

    /// Whether nobody but the file's owner may read it.
    ///
    /// # Errors
    /// If there is none.
    pub fn is_private(&self, name: &str) -> io::Result<bool> {
        Ok(fs::metadata(self.file(name))?.permissions().mode() & 0o077 == 0)
    }

    /// Writes or replaces a file, which only its owner may read: first beside it, to the disk, then by its name, to the disk.
    ///
    /// # Errors
    /// If it cannot be written. The old file or the new one is there then.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.replace_watched(name, bytes, &mut |_| Ok(()))
    }

    /// The same, and whoever watches can cut the power after each step.
    ///
    /// # Errors
    /// As [`Self::replace`], and those of `after`.
    pub fn replace_watched(
        &self,
        name: &str,
        bytes: &[u8],
        after: &mut dyn FnMut(Step) -> io::Result<()>,
    ) -> io::Result<()> {
        let next = self.file(&format!("{name}.next"));
        // Of a run that was cut short; it was never in force.
        match fs::remove_file(&next) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&next)?;
        after(Step::Begun)?;
        let (first, second) = bytes.split_at(bytes.len() / 2);
        file.write_all(first)?;
        after(Step::Half)?;
        file.write_all(second)?;
        after(Step::Written)?;
        file.sync_all()?;
        after(Step::Synced)?;
        fs::rename(&next, self.file(name))?;
        after(Step::Renamed)?;
        File::open(&self.path)?.sync_all()
    }
}
