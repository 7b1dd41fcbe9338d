//! What the demonstration tells.

use std::fmt;

use serde::Serialize;

use crate::output::Table;

/// Who did what, and what it came to.
#[derive(Default, Serialize)]
pub(super) struct Account {
    steps: Vec<Step>,
    pub(super) registered: usize,
    pub(super) batches: usize,
    pub(super) look_alikes: usize,
    /// Of those that are registered, how many lack measures.
    pub(super) unmeasured: usize,
    pub(super) seconds: f64,
    pub(super) per_second: f64,
    /// Entries that were read again, and the seconds that it took.
    pub(super) entries: u64,
    pub(super) replay_seconds: f64,
    /// The hashes of the events.
    pub(super) events: Vec<String>,
}

#[derive(Serialize)]
struct Step {
    who: &'static str,
    what: String,
    /// The rule that refused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

impl Account {
    pub(super) fn step(&mut self, who: &'static str, what: impl Into<String>) {
        self.steps.push(Step { who, what: what.into(), refused: None });
    }

    /// A lie, and the rule that refuses it.
    pub(super) fn lie(&mut self, who: &'static str, what: impl Into<String>, rule: impl fmt::Display) {
        self.steps.push(Step { who, what: what.into(), refused: Some(rule.to_string()) });
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Where a diamond comes from\n")?;
        for Step { who, what, refused } in &self.steps {
            match refused {
                None => writeln!(f, "  {who:10}{what}")?,
                Some(rule) => writeln!(f, "  {who:10}tries: {what}\n{:12}refused: {rule}", "")?,
            }
        }
        writeln!(f, "\nWho saw what\n")?;
        let mut table = Table::new(&["", "that the stone moves", "its attributes", "between whom", "the price"]);
        table.row(["Antwerp (issuer)", "yes", "all: it graded them", "no", "no"]);
        table.row(["Mira (seller)", "yes", "all, by the certificate", "her own", "yes"]);
        table.row(["Bruno (buyer)", "yes", "what Mira showed, then all", "his own", "yes"]);
        table.row(["Ines (insurer)", "yes", "none, unless shown", "what was disclosed or a key shows", "no"]);
        table.row(["everybody", "yes", "none", "no", "no"]);
        writeln!(f, "{table}")?;
        writeln!(
            f,
            "{} diamonds were registered in {} batches in {:.1} s, {:.0} a second. Anybody reads the ledger's {} entries again\n\
             and verifies all of them in {:.1} s.",
            self.registered, self.batches, self.seconds, self.per_second, self.entries, self.replay_seconds
        )
    }
}
