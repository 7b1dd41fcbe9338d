//! What people write, or export from elsewhere: files of ballots, tables of addresses, drafts of elections, times.
//!
//! All of it is read whole and checked; an error names file, line and, where there is one, column.

pub mod ballots;
pub mod draft;
pub mod roll;
pub mod time;

use std::{fs::File, io::Read as _, path::Path};

use anyhow::{Context as _, bail};

/// Reads a file of at most so many bytes.
///
/// # Errors
/// If it cannot be read, or is longer.
pub fn read_bytes(path: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.len() as u64 > limit {
        bail!("{} is longer than {limit} bytes", path.display());
    }
    Ok(bytes)
}
