//! The clock that commands go by.

use std::env;

use anyhow::Context as _;
use tabella_ledger::clock::{Clock, SystemClock};
use tabella_protocol::note::Timestamp;

use crate::cli::Context;

/// The environment variable that sets the clock of a command ahead by so many seconds: whoever tries out an election need
/// not wait for its hours. For tests only: blocks are dated by it, and a trustee goes by it.
pub const INSECURE_VARIABLE: &str = "TABELLA_INSECURE_CLOCK_AHEAD";

/// The system's clock, ahead only if [`INSECURE_VARIABLE`] says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandClock {
    ahead: u64,
}

impl CommandClock {
    /// The clock of this command.
    ///
    /// # Errors
    /// If the variable is set, and not to a number of seconds.
    pub fn new(context: &Context) -> anyhow::Result<Self> {
        let Ok(text) = env::var(INSECURE_VARIABLE) else { return Ok(Self { ahead: 0 }) };
        let ahead = text.parse().with_context(|| format!("{INSECURE_VARIABLE} is no number of seconds"))?;
        context.output.remark(&format!("warning: {INSECURE_VARIABLE} is set: the clock is {ahead} s ahead"));
        Ok(Self { ahead })
    }
}

impl Clock for CommandClock {
    fn now(&self) -> Timestamp {
        let seconds = SystemClock.now().seconds().saturating_add(self.ahead);
        Timestamp::new(seconds).unwrap_or(Timestamp::MAX)
    }
}
