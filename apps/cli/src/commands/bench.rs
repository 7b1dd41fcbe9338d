//! How fast this machine is: each of the costly steps for about a second and a half.

mod scene;

use std::{
    fmt,
    hint::black_box,
    time::{Duration, Instant},
};

use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_arithmetic::AnyBackend;
use tabella_protocol::{domain::Use, hash::poseidon_hash, statement::Shape};
use tabella_verifier::groth16::ProofBatch;

use self::scene::{Booth, Scene};
use crate::{cli::Context, output::Table};

/// Arguments of `bench`.
#[derive(Args, Debug)]
pub struct Bench {}

impl Bench {
    /// Runs the command.
    ///
    /// # Errors
    /// If the parameters cannot be loaded, or a step fails that must not.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        let parameters = context.parameters.load_for_many(context)?;
        let scene = Scene::new(&parameters, &mut OsRng)?;
        let mut report = Report { machine: Machine::new(), rows: Vec::new() };
        let task = context.progress.count("measuring", "steps", STEPS);
        let mut add = |what: String, items: usize, work: &mut dyn FnMut() -> anyhow::Result<Duration>| {
            report.rows.push(Row::measure(what, items, work)?);
            task.advance(1);
            anyhow::Ok(())
        };

        for shape in Shape::ALL {
            let key = parameters.verifying_key(shape);
            let name = shape.name();
            let mut last = None;
            add(format!("prove a {name}"), 1, &mut || {
                let prepared = scene.prepare(shape, &mut OsRng)?;
                let start = Instant::now();
                let proven = prepared.prove(&parameters, &mut OsRng)?;
                let took = start.elapsed();
                last = Some(scene.finish(proven, &mut OsRng)?);
                Ok(took)
            })?;
            let Some(proved) = last else { continue };
            add(format!("verify the proof of a {name}"), 1, &mut || timed(|| proved.verify(key)))?;
            add(format!("verify the proof of a {name}, {BATCH} at once"), BATCH, &mut || {
                timed(|| {
                    let mut batch = ProofBatch::new();
                    (0..BATCH).try_for_each(|_| proved.join(&mut batch, key))?;
                    Ok(batch.verify(&mut OsRng)?)
                })
            })?;
        }
        for options in [8, 100] {
            let booth = Booth::new(options)?;
            let ballot = booth.build(&mut OsRng)?;
            add(format!("build a ballot of {options} options"), 1, &mut || timed(|| booth.build(&mut OsRng)))?;
            add(format!("verify a ballot of {options} options"), 1, &mut || timed(|| booth.verify(&ballot)))?;
            add(format!("verify a ballot of {options} options, {BATCH} at once"), BATCH, &mut || {
                timed(|| booth.verify_many(&ballot, BATCH, &mut OsRng))
            })?;
        }
        let outputs = scene.others_outputs(SCANNED, &mut OsRng)?;
        add("look whether a note is mine".into(), SCANNED, &mut || timed(|| scene.scan(&outputs)))?;
        let x = scene.asset.element();
        add("Poseidon hash of 2 elements".into(), HASHES, &mut || {
            timed(|| Ok((0..HASHES).fold(x, |last, _| poseidon_hash(Use::Owner, [last, black_box(x)]))))
        })?;
        add("Poseidon hash of 4 elements".into(), HASHES, &mut || {
            timed(|| Ok((0..HASHES).fold(x, |last, _| poseidon_hash(Use::Node, [last, black_box(x), x, x]))))
        })?;
        task.finish();
        context.output.show(&report)
    }
}

/// Rows of the table.
const STEPS: u64 = 15;
/// Proofs and ballots of a batch.
const BATCH: usize = 64;
/// Notes that a scan looks at.
const SCANNED: usize = 1_024;
/// Hashes of one run.
const HASHES: usize = 500;
/// How long each step is repeated.
const BUDGET: Duration = Duration::from_millis(1_200);
/// Most repetitions.
const MOST_RUNS: usize = 101;

fn timed<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<Duration> {
    let start = Instant::now();
    black_box(work()?);
    Ok(start.elapsed())
}

/// What the figures depend on.
#[derive(Debug, Serialize)]
struct Machine {
    version: &'static str,
    architecture: &'static str,
    system: &'static str,
    /// Threads that the proving and verifying share out their work to.
    threads: usize,
    /// Which instructions the field arithmetic uses: `AVX-512 IFMA`, `AVX2` or `portable`.
    instructions: &'static str,
    /// Whether these are AVX-512 IFMA.
    ifma: bool,
}

impl Machine {
    fn new() -> Self {
        let instructions = AnyBackend::selected().name();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            architecture: std::env::consts::ARCH,
            system: std::env::consts::OS,
            threads: rayon::current_num_threads(),
            instructions,
            ifma: instructions == "AVX-512 IFMA",
        }
    }
}

#[derive(Debug, Serialize)]
struct Row {
    what: String,
    /// Median time of one.
    ms: f64,
    per_second: f64,
    runs: usize,
}

impl Row {
    /// Repeats a run, which does the work `items` times and tells how long it took; once before, to warm up.
    fn measure(what: String, items: usize, run: &mut dyn FnMut() -> anyhow::Result<Duration>) -> anyhow::Result<Self> {
        run()?;
        let (start, mut times) = (Instant::now(), Vec::new());
        while times.len() < 3 || (start.elapsed() < BUDGET && times.len() < MOST_RUNS) {
            times.push(run()?);
        }
        times.sort_unstable();
        let median = times.get(times.len() / 2).map_or(0.0, Duration::as_secs_f64) / items as f64;
        Ok(Self { what, ms: median * 1e3, per_second: 1.0 / median.max(1e-12), runs: times.len() })
    }
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    rows: Vec<Row>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { version, architecture, system, threads, instructions, .. } = &self.machine;
        writeln!(f, "Tabella {version} on {architecture} {system}, {threads} threads, {instructions} arithmetic\n")?;
        let mut table = Table::new(&["step", ">ms", ">per second"]);
        for Row { what, ms, per_second, .. } in &self.rows {
            let ms = if *ms < 0.1 { format!("{ms:.4}") } else { format!("{ms:.2}") };
            let per_second = if *per_second < 10.0 { format!("{per_second:.1}") } else { format!("{per_second:.0}") };
            table.row([what.as_str(), &ms, &per_second]);
        }
        write!(f, "{table}")
    }
}
