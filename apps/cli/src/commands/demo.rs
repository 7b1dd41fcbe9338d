//! The demonstration: a whole election on real ballots.

use std::{
    io::{self, IsTerminal as _},
    net::{SocketAddr, TcpListener},
};

use clap::Args;
use tabella_forms::ballots::BallotFile;
use tabella_node::settings::Settings;

use crate::{
    cli::Context,
    commands::{
        rehearse::{free_directory, run},
        serve::serve,
    },
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
    /// At the end, serve the election's ledger, also where nobody sits at a terminal
    #[arg(long)]
    serve: bool,
    /// Do not serve it: end when the election is verified
    #[arg(long, conflicts_with = "serve")]
    no_serve: bool,
    /// Where to serve it
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8440")]
    listen: SocketAddr,
}

impl Demo {
    /// Runs the command.
    ///
    /// # Errors
    /// If a step fails, the result is not the plain count, or the node cannot start.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        let file = BallotFile::from_pabulib("poland_lodz_2020_nad-nerem.pb", BALLOTS, self.limit)?;
        context.output.remark(&format!(
            "A whole election on {} real ballots: \"{}\".\n3 trustees of whom 2 suffice, delegation, recall, \
             re-votes, a trustee missing at the tally.\n",
            file.ballots.len(),
            file.title
        ));
        let directory = free_directory("demo-election")?;
        let report = run(context, &file, DELEGATE_PERCENT, directory.clone())?;
        context.output.show(&report)?;
        report.verdict()?;
        if self.serves(context) {
            let mut settings = Settings { listen: free_address(self.listen), ..Settings::default() };
            // One line for each request would hide what the demonstration has shown.
            "warn".clone_into(&mut settings.log.level);
            serve(context, settings, &directory, &directory.join("ledger"))?;
        }
        Ok(())
    }

    /// Whether the demonstration ends with a running node: if it was asked for, or somebody is there to look at it.
    fn serves(&self, context: &Context) -> bool {
        let watched = || !context.output.is_json() && io::stdin().is_terminal() && io::stdout().is_terminal();
        self.serve || (!self.no_serve && watched())
    }
}

/// The address, or one at another port if this one is taken.
fn free_address(wanted: SocketAddr) -> SocketAddr {
    match TcpListener::bind(wanted) {
        Ok(_) => wanted,
        Err(_) => SocketAddr::new(wanted.ip(), 0),
    }
}
