//! Parameters on disk: found by origin, shape and circuit, accepted by hash only.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process,
};

use tabella_verifier::groth16::ParametersOrigin;

use super::{
    FileError, ParametersDigest, ParametersError, ParametersFile, ParametersPin, Progress, file::MAX_FILE_BYTES,
    file_path, setup::development_setup,
};

/// Where parameters are kept: `parameters` in `$TABELLA_CACHE`, else `tabella/parameters` in `$XDG_CACHE_HOME`,
/// `%LOCALAPPDATA%` or `~/.cache`. Relative paths in the variables are ignored.
///
/// # Errors
/// [`ParametersError::NoCacheDirectory`].
pub fn default_directory() -> Result<PathBuf, ParametersError> {
    directory_from(|name| env::var_os(name))
}

pub(super) fn directory_from(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, ParametersError> {
    let variable = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(own) = variable("TABELLA_CACHE") {
        return Ok(own.join("parameters"));
    }
    variable("XDG_CACHE_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("tabella").join("parameters"))
        .ok_or(ParametersError::NoCacheDirectory)
}

/// Reads a pinned file. For the development origin, what is missing or damaged is made again, by one process at a time.
pub(super) fn load_or_create(
    directory: &Path,
    origin: ParametersOrigin,
    pin: &ParametersPin,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<ParametersFile, ParametersError> {
    let shape = pin.shape;
    let path = file_path(directory, origin, shape);
    progress(Progress::Loading(shape, &path));
    match (read(&path, origin, pin)?, origin) {
        (Found::Valid(file), _) => return Ok(*file),
        (Found::Nothing, ParametersOrigin::Ceremony) => return Err(ParametersError::Missing { origin, shape, path }),
        (Found::Refused(error), ParametersOrigin::Ceremony) => {
            return Err(ParametersError::Corrupted { origin, shape, path, error });
        }
        (Found::Nothing | Found::Refused(_), ParametersOrigin::Development) => {}
    }
    fs::create_dir_all(directory).map_err(at(directory))?;
    let lock_path = directory.join("lock");
    let lock = File::options().create(true).truncate(false).write(true).open(&lock_path).map_err(at(&lock_path))?;
    lock.lock().map_err(at(&lock_path))?;
    // Another process may have made the file while this one waited. The lock ends with `lock`.
    match read(&path, origin, pin)? {
        Found::Valid(file) => return Ok(*file),
        Found::Refused(_) => progress(Progress::Corrupted(shape, &path)),
        Found::Nothing => {}
    }
    progress(Progress::Generating(shape));
    let file = development_setup(shape)?;
    let bytes = file.to_bytes();
    let (found, pinned) = (ParametersDigest::of(&bytes), pin.file);
    if found != pinned {
        return Err(ParametersError::NotReproduced { shape, found, pinned });
    }
    write_durably(&path, &bytes).map_err(at(&path))?;
    progress(Progress::Saved(shape, &path));
    Ok(file)
}

enum Found {
    Nothing,
    Refused(FileError),
    Valid(Box<ParametersFile>),
}

fn read(path: &Path, origin: ParametersOrigin, pin: &ParametersPin) -> Result<Found, ParametersError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(at(path)(error)),
    };
    let length = file.metadata().map_err(at(path))?.len().min(MAX_FILE_BYTES + 1);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(at(path))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Ok(Found::Refused(FileError::TooLarge));
    }
    // The bytes that were hashed are the bytes that are used: a writer cannot change them in between.
    let file = ParametersFile::from_pinned_bytes(&bytes, pin.file).and_then(|file| file.require(origin, pin.shape));
    Ok(file.map_or_else(Found::Refused, |file| Found::Valid(Box::new(file))))
}

/// A file appears complete or not at all, also after a power failure: temporary file, fsync, rename, fsync of the directory.
pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", process::id()));
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&temporary, path)) {
        // The error of the write is the one to tell; a temporary file left behind is never read.
        drop(fs::remove_file(&temporary));
        return Err(error);
    }
    #[cfg(unix)]
    if let Some(directory) = path.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> ParametersError + '_ {
    |error| ParametersError::Io { path: path.to_path_buf(), error }
}
