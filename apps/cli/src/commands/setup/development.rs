//! Development parameters.

use std::{
    fmt, fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::Serialize;
use tabella_protocol::statement::Shape;
use tabella_prover::parameters;
use tabella_verifier::groth16::ParametersOrigin;

use crate::{
    cli::Context,
    output::{ExitKind, Table},
    parameters::load_development,
};

/// Arguments of `setup dev`.
#[derive(Args, Debug)]
pub struct Dev {
    /// Folder of the parameter files [default: the cache that all commands use]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

impl Dev {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        if context.parameters.is_production() {
            return Err(anyhow!(ExitKind::Refused).context("production mode refuses development parameters"));
        }
        let began = Instant::now();
        let directory = self.directory.map_or_else(|| context.parameters.directory(), Ok)?;
        let (parameters, made) =
            load_development(context, &directory, tabella_prover::groth16::ProverOptions::default())?;
        let took = began.elapsed();
        let mut shapes = Vec::new();
        for shape in [Shape::Transfer, Shape::Cast] {
            let file = parameters::file_path(&directory, ParametersOrigin::Development, shape);
            let bytes = fs::metadata(&file).with_context(|| format!("cannot read {}", file.display()))?.len();
            shapes.push(ShapeReport {
                shape: shape.name(),
                made: made.contains(&shape),
                bytes,
                verifying_key: parameters.verifying_key(shape).id().to_string(),
                file,
            });
        }
        context.output.show(&SetupReport { origin: parameters.origin().to_string(), took, shapes })
    }
}

#[derive(Serialize)]
struct SetupReport {
    origin: String,
    #[serde(rename = "seconds", serialize_with = "seconds")]
    took: Duration,
    shapes: Vec<ShapeReport>,
}

#[derive(Serialize)]
struct ShapeReport {
    shape: &'static str,
    /// Whether the file was made by this run; otherwise it was there, and its hash is the pinned one.
    made: bool,
    bytes: u64,
    verifying_key: String,
    file: PathBuf,
}

fn seconds<S: serde::Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(took.as_secs_f64())
}

impl fmt::Display for SetupReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["shape", "state", ">bytes", "verifying key", "file"]);
        for shape in &self.shapes {
            let state = if shape.made { "made" } else { "checked" };
            let file = shape.file.display().to_string();
            table.row([shape.shape, state, &shape.bytes.to_string(), &shape.verifying_key, &file]);
        }
        writeln!(f, "{table}\n{:.1} s", self.took.as_secs_f64())?;
        writeln!(f, "These are {} parameters: they come from a public seed, and anybody can forge proofs.", self.origin)
    }
}
