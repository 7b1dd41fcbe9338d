//! Alternate measurement, and the rows that it gives.

use std::{
    hint::black_box,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use serde::Serialize;

/// What a row compares, and what it asks for.
pub(crate) struct Question {
    /// What is done.
    pub(crate) name: String,
    /// By whom else, with its version.
    pub(crate) against: &'static str,
    /// How many times faster we are to be.
    pub(crate) bar: f64,
    /// What differs in the statement or in what is counted; empty if nothing does.
    pub(crate) differs: &'static str,
}

/// A row of the table.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    against: &'static str,
    ours_ms: f64,
    theirs_ms: f64,
    ratio: f64,
    bar: f64,
    /// What is to reach the bar: `ratio`, or `ours_ms`, which is to be at most it.
    bar_is_of: &'static str,
    threads: usize,
    ifma: bool,
    runs: usize,
    differs: &'static str,
}

/// The time of one run.
pub(crate) fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

/// Runs both sides alternately, once to warm up and then for some twenty seconds ([`BUDGET`]), and writes the medians.
/// Each closure does one run and says how long it took, so that preparations do not count.
pub(crate) fn compare(question: &Question, ours: impl FnMut() -> Duration, theirs: impl FnMut() -> Duration) {
    compare_each(question, 1, None, ours, theirs);
}

/// As [`compare`], of runs that do the work `count` times; the row is of one time.
pub(crate) fn compare_each(
    question: &Question,
    count: usize,
    bar_ours_ms: Option<f64>,
    mut ours: impl FnMut() -> Duration,
    mut theirs: impl FnMut() -> Duration,
) {
    eprintln!("{} / {} …", question.name, question.against);
    let once = ours() + theirs();
    let runs = (BUDGET.load(Ordering::Relaxed) as f64 / once.as_secs_f64()).clamp(3.0, 41.0) as usize | 1;
    let (mut us, mut them) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        us.push(ours());
        them.push(theirs());
    }
    let each = |times| median(times).as_secs_f64() * 1e3 / count as f64;
    let (ours_ms, theirs_ms) = (each(us), each(them));
    let row = Row {
        name: &question.name,
        against: question.against,
        ours_ms,
        theirs_ms,
        ratio: theirs_ms / ours_ms,
        bar: bar_ours_ms.unwrap_or(question.bar),
        bar_is_of: if bar_ours_ms.is_some() { "ours_ms" } else { "ratio" },
        threads: rayon::current_num_threads(),
        ifma: ifma(),
        runs,
        differs: question.differs,
    };
    println!("{}", serde_json::to_string(&row).expect("numbers and text"));
}

/// How many seconds the runs of a row take together.
pub(crate) static BUDGET: AtomicU64 = AtomicU64::new(20);

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Whether `TABELLA_ARITHMETIC` holds our side back. What such a row asks for is less; a processor that has no AVX-512 is
/// no reason to ask for less.
pub(crate) fn held_back() -> bool {
    std::env::var_os("TABELLA_ARITHMETIC").is_some()
}

/// Whether our side uses AVX-512 IFMA: the processor has it, and nobody forbade it.
pub(crate) fn ifma() -> bool {
    tabella_arithmetic::AnyBackend::selected().name() == "AVX-512 IFMA"
}
