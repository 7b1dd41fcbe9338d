//! The demonstration: a whole election on real ballots, and a node that serves it.

mod background;

use std::{
    io::{self, IsTerminal as _},
    net::{SocketAddr, TcpListener},
};

use clap::Args;
use tabella_forms::ballots::BallotFile;
use tabella_node::settings::Settings;

use crate::{
    ballot_proofs::BallotProofs,
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
    /// At the end, serve the election until Ctrl-C, also where nobody sits at a terminal and a node would be left in the background
    #[arg(long)]
    serve: bool,
    /// Do not serve it: end when the election is verified
    #[arg(long, conflicts_with = "serve")]
    no_serve: bool,
    /// Where to serve it; at another port if this one is taken
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
        let report = run(context, &file, DELEGATE_PERCENT, BallotProofs::default(), directory.clone())?;
        context.output.show(&report)?;
        report.verdict()?;
        let watched = io::stdin().is_terminal() && io::stdout().is_terminal();
        match self.ending(context.output.is_json(), watched) {
            Ending::NoNode => Ok(()),
            Ending::Foreground => {
                let mut settings = Settings { listen: free_address(self.listen), ..Settings::default() };
                // One line for each request would hide what the demonstration has shown.
                "warn".clone_into(&mut settings.log.level);
                serve(context, settings, &directory, &directory.join("ledger"))
            }
            Ending::Background => background::start(context, free_address(self.listen), &directory),
        }
    }

    /// How the demonstration ends. `watched`: somebody sits at a terminal, and can press Ctrl-C. A program that reads JSON gets the one
    /// result, and no process that it does not know of.
    const fn ending(&self, json: bool, watched: bool) -> Ending {
        match (self.serve, self.no_serve || json, watched) {
            (true, ..) | (false, false, true) => Ending::Foreground,
            (false, true, _) => Ending::NoNode,
            (false, false, false) => Ending::Background,
        }
    }
}

/// Whether a node serves the election at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    NoNode,
    /// This process, until it is told to stop.
    Foreground,
    /// A process of its own.
    Background,
}

/// The address, or one at another port if this one is taken.
fn free_address(wanted: SocketAddr) -> SocketAddr {
    match TcpListener::bind(wanted) {
        Ok(_) => wanted,
        Err(_) => SocketAddr::new(wanted.ip(), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_runs_at_the_end_unless_it_is_not_wanted_or_a_program_reads() {
        let ending = |serve, no_serve, json, watched| {
            let listen = SocketAddr::from(([127, 0, 0, 1], 0));
            Demo { limit: None, serve, no_serve, listen }.ending(json, watched)
        };
        for watched in [true, false] {
            for json in [true, false] {
                assert_eq!(ending(true, false, json, watched), Ending::Foreground);
                assert_eq!(ending(false, true, json, watched), Ending::NoNode);
            }
            assert_eq!(ending(false, false, true, watched), Ending::NoNode);
        }
        assert_eq!(ending(false, false, false, true), Ending::Foreground);
        assert_eq!(ending(false, false, false, false), Ending::Background);
    }
}
