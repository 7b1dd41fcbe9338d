//! The parameters that come out of a complete ceremony.

use std::{fmt, path::PathBuf};

use anyhow::anyhow;
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_prover::{
    parameters::{ImportedCeremony, ParametersFile, file_path, verifying_key_path},
    setup::ceremony_parameters,
};
use tabella_verifier::{
    groth16::ParametersOrigin,
    setup::{CeremonyError, TranscriptHash, check},
};

use super::transcript::{read_with_circuits, refused, with_progress};
use crate::{
    cli::Context,
    output::{ExitKind, Table, visible},
};

/// Arguments of `setup export`.
#[derive(Args, Debug)]
pub struct Export {
    /// The complete transcript
    #[arg(value_name = "TRANSCRIPT")]
    transcript: PathBuf,
    /// Folder for the files; made if it is not there
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Arguments of `setup import`.
#[derive(Args, Debug)]
pub struct Import {
    /// The complete transcript
    #[arg(value_name = "TRANSCRIPT")]
    transcript: PathBuf,
    /// The hash of the ceremony that you trust, as its contributors published it
    #[arg(long, value_name = "HASH")]
    hash: TranscriptHash,
}

impl Export {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let report = derive(context, &self.transcript, None, self.directory)?;
        context.output.show(&report)
    }
}

impl Import {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let directory = context.parameters.directory()?;
        let report = derive(context, &self.transcript, Some(self.hash), directory)?;
        context.output.show(&report)
    }
}

/// Checks a transcript and writes what comes out of it. The files of an export and of an import are the same: nobody needs to
/// be trusted with the export, because everybody can make it again.
fn derive(
    context: &Context,
    path: &std::path::Path,
    wanted: Option<TranscriptHash>,
    directory: PathBuf,
) -> anyhow::Result<ParametersReport> {
    let (transcript, circuits) = read_with_circuits(path, context)?;
    if let Some(wanted) = wanted.filter(|wanted| *wanted != transcript.hash()) {
        let text = format!("the transcript is {}, not the wanted {wanted}: nothing was imported", transcript.hash());
        return Err(anyhow!(ExitKind::Refused).context(text));
    }
    let (hash, files) = with_progress(context, |progress| -> anyhow::Result<_> {
        let checked = check(&transcript, &circuits, &mut OsRng, progress).map_err(refused)?;
        let files = ceremony_parameters(&checked, &circuits, progress).map_err(|error| match error {
            CeremonyError::Incomplete(_) => anyhow::Error::new(error).context("there are no parameters yet"),
            _ => refused(error),
        })?;
        Ok((checked.hash(), files))
    })?;
    let imported = ImportedCeremony::store(&directory, hash, &files)?;
    let shape = |file: &ParametersFile, pin: &tabella_prover::parameters::ParametersPin| ShapeReport {
        shape: file.shape.name(),
        parameters: file_path(&directory, ParametersOrigin::Ceremony, file.shape),
        digest: pin.file.to_string(),
        verifying_key: verifying_key_path(&directory, file.shape),
        verifying_key_id: pin.verifying_key.to_string(),
    };
    let shapes = files.iter().zip(&imported.pins).map(|(file, pin)| shape(file, pin)).collect();
    Ok(ParametersReport { name: transcript.name.as_str().to_owned(), hash: hash.to_string(), shapes, directory })
}

#[derive(Serialize)]
struct ParametersReport {
    name: String,
    /// Hash of the transcript.
    hash: String,
    directory: PathBuf,
    shapes: Vec<ShapeReport>,
}

#[derive(Serialize)]
struct ShapeReport {
    shape: &'static str,
    parameters: PathBuf,
    digest: String,
    verifying_key: PathBuf,
    verifying_key_id: String,
}

impl fmt::Display for ParametersReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\nceremony {}\n", visible(&self.name), self.hash)?;
        let mut table = Table::new(&["shape", "what", "hash", "file"]);
        for shape in &self.shapes {
            let (parameters, key) = (shape.parameters.display().to_string(), shape.verifying_key.display().to_string());
            table.row([shape.shape, "parameters", &shape.digest, &parameters]);
            table.row([shape.shape, "verifying key", &shape.verifying_key_id, &key]);
        }
        writeln!(f, "{table}")?;
        writeln!(f, "Commands that use the folder {} prove and verify with them.", self.directory.display())
    }
}
