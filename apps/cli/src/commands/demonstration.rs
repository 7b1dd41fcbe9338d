//! What demonstrations of applications have in common: a ledger of their own that is gone afterwards, and an account of who did
//! what.

use std::{fmt, path::Path};

use anyhow::{Context as _, bail};
use rand_core::{OsRng, RngCore as _};
use serde::Serialize;
use tabella_payments::amount;
use tabella_protocol::{keys::Seed, note::Timestamp};
use tempfile::TempDir;

use crate::{cli::Context, output::Show};

/// A folder for the ledger, which is gone when this is dropped.
///
/// # Errors
/// If only parameters of a ceremony are accepted, which no demonstration has; or if it cannot be made.
pub(super) fn folder(context: &Context) -> anyhow::Result<TempDir> {
    if context.parameters.is_production() {
        bail!("the demonstration proves with development parameters, which --production refuses");
    }
    tempfile::tempdir().context("cannot make a folder for the ledger")
}

/// Plays in such a folder, and shows the account of it.
///
/// # Errors
/// As [`folder`], or that of the play.
pub(super) fn perform<A: Show>(
    context: &Context,
    title: &'static str,
    play: impl FnOnce(&Path) -> anyhow::Result<A>,
) -> anyhow::Result<()> {
    let folder = folder(context)?;
    let task = context.progress.spin(title);
    let account = play(folder.path())?;
    task.finish();
    context.output.show(&account)
}

/// A time on the ledger's clock.
///
/// # Errors
/// If it is beyond those of a ledger.
pub(super) fn time(seconds: u64) -> anyhow::Result<Timestamp> {
    Timestamp::new(seconds).context("a time beyond those of a ledger")
}

/// Of keys that no wallet has.
pub(super) fn seed() -> Seed {
    let mut seed = [0; 32];
    OsRng.fill_bytes(&mut seed);
    Seed::new(seed)
}

/// An amount of an asset with two digits after the point.
pub(super) fn hundredths(units: u64) -> String {
    amount::format(u128::from(units), 2)
}

#[derive(Serialize)]
struct Step {
    who: String,
    what: String,
}

/// Who did what, in order. Names take `WIDTH` characters of a line.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(super) struct Steps<const WIDTH: usize>(Vec<Step>);

impl<const WIDTH: usize> Steps<WIDTH> {
    pub(super) fn add(&mut self, who: &str, what: impl Into<String>) {
        self.0.push(Step { who: who.to_owned(), what: what.into() });
    }

    /// A lie, and the rule that refuses it.
    pub(super) fn lie(&mut self, who: &str, what: &str, rule: impl fmt::Display) {
        self.add(who, format!("tries: {what}\n{:1$}refused: {rule}", "", WIDTH + 2));
    }

    /// The same where it is not known yet that it is refused.
    ///
    /// # Errors
    /// If there is no such rule.
    pub(super) fn refused(&mut self, who: &str, what: &str, rule: Option<impl fmt::Display>) -> anyhow::Result<()> {
        let rule = rule.with_context(|| format!("it is accepted that {who} {what}"))?;
        self.lie(who, what, rule);
        Ok(())
    }
}

impl<const WIDTH: usize> fmt::Display for Steps<WIDTH> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|Step { who, what }| writeln!(f, "  {who:WIDTH$}{what}"))
    }
}
