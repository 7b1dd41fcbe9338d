//! Progress of long work on standard error: a bar with rate and remaining time if it is a terminal, else one line when the work
//! is done. With `--json` nothing.

use std::{
    borrow::Cow,
    io::{self, IsTerminal as _, Write as _},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// How progress is shown.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Bars,
    Lines,
    Silent,
}

impl Progress {
    /// The form that suits standard error; `json` silences it.
    #[must_use]
    pub fn new(json: bool) -> Self {
        let form = match (json, io::stderr().is_terminal()) {
            (true, _) => Form::Silent,
            (false, true) => Form::Bars,
            (false, false) => Form::Lines,
        };
        Self { form }
    }

    /// Begins work on `total` items, named in the plural: `progress.count("casting", "ballots", 608)`.
    #[must_use]
    pub fn count(&self, title: impl Into<Cow<'static, str>>, items: &'static str, total: u64) -> Task {
        Task::new(self.form, title.into(), items, Some(total))
    }

    /// Begins work of unknown length.
    #[must_use]
    pub fn spin(&self, title: impl Into<Cow<'static, str>>) -> Task {
        Task::new(self.form, title.into(), "", None)
    }
}

/// Work in progress. It can be shared by threads. Dropped before it is finished, it leaves no bar behind.
#[derive(Debug)]
pub struct Task {
    title: Cow<'static, str>,
    items: &'static str,
    total: Option<u64>,
    done: AtomicU64,
    began: Instant,
    display: Display,
}

#[derive(Debug)]
enum Display {
    Bar(ProgressBar),
    /// A line at the end.
    Line,
    Silent,
}

impl Task {
    fn new(form: Form, title: Cow<'static, str>, items: &'static str, total: Option<u64>) -> Self {
        let began = Instant::now();
        let display = match (form, total) {
            (Form::Silent, _) => Display::Silent,
            (Form::Lines, _) => Display::Line,
            (Form::Bars, Some(total)) => {
                let bar = ProgressBar::new(total);
                bar.set_style(style("{msg:24} [{bar:30}] {human_pos}/{human_len} {prefix}, {per_sec}, {eta} left"));
                bar.set_prefix(items);
                Display::Bar(bar)
            }
            (Form::Bars, None) => {
                let bar = ProgressBar::new_spinner();
                bar.set_style(style("{msg:24} {spinner} {elapsed}"));
                bar.enable_steady_tick(Duration::from_millis(120));
                Display::Bar(bar)
            }
        };
        if let Display::Bar(bar) = &display {
            bar.set_message(title.clone());
        }
        Self { title, items, total, done: AtomicU64::new(0), began, display }
    }

    /// Counts items as done.
    pub fn advance(&self, items: u64) {
        let done = self.done.fetch_add(items, Ordering::Relaxed) + items;
        self.update(done);
    }

    /// Sets how many items are done.
    pub fn set(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.update(done);
    }

    fn update(&self, done: u64) {
        match &self.display {
            Display::Bar(bar) => bar.set_position(done),
            Display::Line | Display::Silent => {}
        }
    }

    /// Ends the work with one line that tells the time it took. Returns that time.
    pub fn finish(self) -> Duration {
        let took = self.began.elapsed();
        let done = self.done.load(Ordering::Relaxed);
        let seconds = took.as_secs_f64();
        let text = match self.total {
            Some(_) if seconds > 0.001 => {
                format!("{}: {done} {} in {seconds:.1} s ({:.1}/s)", self.title, self.items, rate(done, took))
            }
            Some(_) => format!("{}: {done} {}", self.title, self.items),
            None => format!("{}: {seconds:.1} s", self.title),
        };
        match &self.display {
            Display::Bar(bar) => {
                bar.finish_and_clear();
                write_line(&text);
            }
            Display::Line => write_line(&text),
            Display::Silent => {}
        }
        took
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
    }
}

fn rate(done: u64, took: Duration) -> f64 {
    float(done) / took.as_secs_f64().max(0.001)
}

/// For display only: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "shown, never computed with")]
fn float(count: u64) -> f64 {
    count as f64
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates above are well formed").progress_chars("=> ")
}

fn write_line(text: &str) {
    // Nothing can be done about a standard error that is closed.
    let _ = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_well_formed() {
        for total in [Some(3), None] {
            let task = Task::new(Form::Bars, "testing".into(), "items", total);
            task.advance(2);
            drop(task);
        }
    }
}
