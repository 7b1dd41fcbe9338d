//! Parameters of the proof system.

use std::{
    fmt, fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;
use tabella_protocol::statement::Shape;
use tabella_prover::parameters::{self, Parameters};
use tabella_verifier::groth16::ParametersOrigin;

use crate::{cli::Context, output::Table, progress::Task};

/// Where parameters come from.
#[derive(Debug, Subcommand)]
pub enum Setup {
    /// Make the development parameters, or check those that are there. Anybody can forge proofs under them
    Dev(Dev),
}

/// Arguments of `setup dev`.
#[derive(Args, Debug)]
pub struct Dev {
    /// Folder of the parameter files [default: the cache that all commands use]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

impl Setup {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Dev(dev) => dev.run(context),
        }
    }
}

/// The development parameters, made if they are not there, with progress. Every command that proves calls this.
///
/// # Errors
/// If they can be neither read nor made.
pub fn development_parameters(context: &Context, directory: Option<PathBuf>) -> anyhow::Result<Parameters> {
    Ok(load(context, directory)?.parameters)
}

struct Loaded {
    parameters: Parameters,
    directory: PathBuf,
    made: Vec<Shape>,
}

fn load(context: &Context, directory: Option<PathBuf>) -> anyhow::Result<Loaded> {
    let directory = directory.map_or_else(parameters::default_directory, Ok)?;
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
    let parameters = Parameters::load_or_create(&directory, ParametersOrigin::Development, &mut tell)?;
    Ok(Loaded { parameters, directory, made })
}

impl Dev {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let began = Instant::now();
        let Loaded { parameters, directory, made } = load(context, self.directory)?;
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
