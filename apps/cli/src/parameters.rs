//! Which parameters of the proof system a run uses: a ceremony's if the folder has them, else those for development;
//! in production mode a ceremony's only.

use std::{
    ffi::OsString,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use tabella_protocol::{election::ElectionRecord, statement::Shape, transaction::VerifyingKeyId};
use tabella_prover::{
    groth16::ProverOptions,
    parameters::{self, DEVELOPMENT, ImportedCeremony, Parameters},
};
use tabella_verifier::groth16::{ParametersOrigin, VerifyingKeyFile, VerifyingKeys};

use crate::{cli::Context, output::ExitKind, progress::Task};

/// Said whenever something rests on development parameters.
const DEVELOPMENT_WARNING: &str =
    "warning: proofs are under DEVELOPMENT parameters, under which anybody can forge ballots; for tests only";
/// Said where a ledger takes them, whatever this run proves with.
const ACCEPTED_WARNING: &str = "warning: the ledger accepts proofs under DEVELOPMENT parameters, under which anybody can \
     forge ballots; `tabella --production ledger init` makes one that refuses them";
/// A file of a verifying key is shorter.
const MAX_KEY_BYTES: u64 = 1 << 16;

/// The choice, from the options of every command.
#[derive(Clone, Debug)]
pub struct ParametersChoice {
    production: bool,
    directory: Option<PathBuf>,
    /// In MiB, for each shape.
    tables: Option<usize>,
}

impl ParametersChoice {
    /// `--production`, `--parameters` and `--tables`.
    #[must_use]
    pub const fn new(production: bool, directory: Option<PathBuf>, tables: Option<usize>) -> Self {
        Self { production, directory, tables }
    }

    /// Whether development keys are refused.
    #[must_use]
    pub const fn is_production(&self) -> bool {
        self.production
    }

    /// What the command line says of it, for another process of this program that goes by the same parameters.
    #[must_use]
    pub fn arguments(&self) -> Vec<OsString> {
        let production = self.production.then(|| "--production".into());
        let directory = self.directory.iter().flat_map(|directory| ["--parameters".into(), directory.into()]);
        production.into_iter().chain(directory).collect()
    }

    /// The folder of the parameters.
    ///
    /// # Errors
    /// If none was named, and the user has no folder for caches.
    pub fn directory(&self) -> anyhow::Result<PathBuf> {
        Ok(self.directory.clone().map_or_else(parameters::default_directory, Ok)?)
    }

    /// The ceremony whose parameters are in the folder.
    fn imported(&self) -> anyhow::Result<Option<(PathBuf, ImportedCeremony)>> {
        let directory = self.directory()?;
        Ok(ImportedCeremony::find(&directory)?.map(|imported| (directory, imported)))
    }

    /// Where the parameters come from that proofs are made with.
    ///
    /// # Errors
    /// In production mode, if there are none of a ceremony.
    pub fn origin(&self) -> anyhow::Result<ParametersOrigin> {
        match self.imported()? {
            Some(_) => Ok(ParametersOrigin::Ceremony),
            None if self.production => Err(self.missing()),
            None => Ok(ParametersOrigin::Development),
        }
    }

    fn missing(&self) -> anyhow::Error {
        let directory = self.directory().map_or_else(|_| "the cache".into(), |path| path.display().to_string());
        anyhow!(ExitKind::Refused).context(format!(
            "production mode refuses development parameters, and {directory} has none of a ceremony: import those of a \
             ceremony that you trust with `tabella setup import TRANSCRIPT --hash HASH`, or name their folder with --parameters"
        ))
    }

    /// The ids of the verifying keys that proofs will be under; known without loading anything.
    ///
    /// # Errors
    /// As [`Self::origin`].
    pub fn proving_key(&self, shape: Shape) -> anyhow::Result<VerifyingKeyId> {
        let pins = match self.imported()? {
            Some((_, imported)) => imported.pins.to_vec(),
            None if self.production => return Err(self.missing()),
            None => DEVELOPMENT.to_vec(),
        };
        let pin = pins.iter().find(|pin| pin.shape == shape);
        Ok(pin.with_context(|| format!("there are no parameters of shape {}", shape.name()))?.verifying_key)
    }

    /// The verifying keys that a run accepts: the folder's ceremony, the named files, and unless in production mode those for
    /// development.
    ///
    /// # Errors
    /// If a file cannot be read or holds no key, if a key is a development key in production mode, or if none is left.
    pub fn accepted_keys(&self, files: &[PathBuf]) -> anyhow::Result<VerifyingKeys> {
        let mut keys = if self.production { VerifyingKeys::new() } else { VerifyingKeys::development() };
        if let Some((directory, imported)) = self.imported()? {
            for file in imported.verifying_keys(&directory)? {
                keys.insert(file)?;
            }
        }
        for path in files {
            let file = read_key(path)?;
            keys.insert(file).with_context(|| format!("{} is refused", path.display()))?;
        }
        if self.production {
            keys.require_production().context(
                "production mode refuses development keys: give keys of a ceremony that you trust, or run without --production",
            )?;
            if keys.is_empty() {
                return Err(self.missing());
            }
        }
        Ok(keys)
    }

    /// Whether proofs are made under development parameters.
    ///
    /// # Errors
    /// As [`Self::origin`].
    pub fn is_development(&self) -> anyhow::Result<bool> {
        Ok(self.origin()? == ParametersOrigin::Development)
    }

    /// Warns if what follows rests on development parameters.
    ///
    /// # Errors
    /// As [`Self::origin`].
    pub fn warn(&self, context: &Context) -> anyhow::Result<()> {
        if self.is_development()? {
            context.output.remark(DEVELOPMENT_WARNING);
        }
        Ok(())
    }

    /// The parameters to prove with. Those for development are made if they are not there.
    ///
    /// # Errors
    /// In production mode, if there are none of a ceremony; if a file is damaged or cannot be read or made.
    pub fn load(&self, context: &Context) -> anyhow::Result<Parameters> {
        self.load_with(context, self.tables.unwrap_or(0))
    }

    /// The same for a run that makes many proofs: with tables, as memory allows, if nothing else was said.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_for_many(&self, context: &Context) -> anyhow::Result<Parameters> {
        self.load_with(context, self.tables.unwrap_or_else(affordable_tables))
    }

    fn load_with(&self, context: &Context, tables: usize) -> anyhow::Result<Parameters> {
        let options = ProverOptions { table_budget: tables.saturating_mul(1 << 20) };
        match self.imported()? {
            Some((directory, imported)) => Ok(imported.load(&directory, options, &mut |_| ())?),
            None if self.production => Err(self.missing()),
            None => Ok(load_development(context, &self.directory()?, options)?.0),
        }
    }
}

/// The worst parameters that a ledger with these keys accepts proofs under. Unless in production mode it accepts those for
/// development also after an import, whatever a run proves with.
#[must_use]
pub fn accepted_origin(keys: &VerifyingKeys) -> ParametersOrigin {
    match keys.require_production() {
        Ok(()) => ParametersOrigin::Ceremony,
        Err(_) => ParametersOrigin::Development,
    }
}

/// Warns if a ledger with these keys accepts proofs under development parameters.
pub fn warn_of_accepted(context: &Context, keys: &VerifyingKeys) {
    if accepted_origin(keys) == ParametersOrigin::Development {
        context.output.remark(ACCEPTED_WARNING);
    }
}

/// Warns if a record has a proof under development parameters, as it states and its verification checks; tells whether.
pub fn warn_of_record(context: &Context, record: &ElectionRecord) -> bool {
    let development = |bytes: &Vec<u8>| {
        VerifyingKeyFile::from_bytes(bytes).is_ok_and(|file| file.origin == ParametersOrigin::Development)
    };
    let found = record.verifying_keys.iter().any(development);
    if found {
        context.output.remark(DEVELOPMENT_WARNING);
    }
    found
}

/// The development parameters, made if they are not there, with progress. Also tells which shapes were made.
///
/// # Errors
/// If they can be neither read nor made.
pub fn load_development(
    context: &Context,
    directory: &Path,
    options: ProverOptions,
) -> anyhow::Result<(Parameters, Vec<Shape>)> {
    let mut made = Vec::new();
    let mut task: Option<Task> = None;
    let mut tell = |event: parameters::Progress<'_>| {
        // What was under way ends when the next begins; loading takes too short a time to be shown.
        if let Some(ended) = task.take() {
            ended.finish();
        }
        match event {
            parameters::Progress::Corrupted(_, path) => {
                context.output.remark(&format!("{} is damaged and is made again", path.display()));
            }
            parameters::Progress::Generating(shape) => {
                made.push(shape);
                task = Some(context.progress.spin(format!("development setup, {}", shape.name())));
            }
            parameters::Progress::Loading(..) | parameters::Progress::Saved(..) => {}
        }
    };
    let parameters = Parameters::load_or_create(directory, ParametersOrigin::Development, options, &mut tell)?;
    Ok((parameters, made))
}

/// How many MiB of tables a shape may have: a sixteenth of the memory that is free, and at most 256, beyond which a proof hardly gets
/// faster. None where the system does not tell, or has little.
fn affordable_tables() -> usize {
    let free = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()
    });
    match free.unwrap_or(0) / 1024 / 16 {
        0..64 => 0,
        sixteenth => sixteenth.min(256),
    }
}

fn read_key(path: &Path) -> anyhow::Result<VerifyingKeyFile> {
    let cannot = || format!("cannot read the verifying key {}", path.display());
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_KEY_BYTES).read_to_end(&mut bytes)).with_context(cannot)?;
    VerifyingKeyFile::from_bytes(&bytes).with_context(|| format!("{} is no verifying key file", path.display()))
}
