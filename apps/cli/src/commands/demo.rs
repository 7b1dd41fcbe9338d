//! The demonstration: a whole election on real ballots.

use clap::Args;

use crate::{
    ballots::BallotFile,
    cli::Context,
    commands::rehearse::{free_directory, run},
};

/// 608 approval ballots over 8 projects of the participatory budget of Łódź 2020; see data/README.md.
const BALLOTS: &str = include_str!("../../../../data/poland_lodz_2020_nad-nerem.pb");
/// How many voters of a hundred delegate.
const DELEGATE_PERCENT: u8 = 10;

/// Arguments of `demo`.
#[derive(Args, Debug)]
pub struct Demo {
    /// Only the first so many ballots
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl Demo {
    /// Runs the command.
    ///
    /// # Errors
    /// If a step fails, or the result is not the plain count.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        let file = BallotFile::from_pabulib("poland_lodz_2020_nad-nerem.pb", BALLOTS, self.limit)?;
        context.output.remark(&format!(
            "A whole election on {} real ballots: \"{}\".\n3 trustees of whom 2 suffice, delegation, recall, \
             re-votes, a trustee missing at the tally.\n",
            file.ballots.len(),
            file.title
        ));
        let report = run(context, &file, DELEGATE_PERCENT, free_directory("demo-election")?)?;
        context.output.show(&report)?;
        report.verdict()
    }
}
