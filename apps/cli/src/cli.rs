//! The command line: options that all commands share, the commands by role, and what they are given to work with.

use std::{ffi::OsString, io, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use serde_json::json;

use crate::{
    commands,
    output::{ExitKind, Output},
    parameters::ParametersChoice,
    passphrase::PassphraseSource,
    paths::Paths,
    progress::Progress,
};

/// Secret, verifiable voting and private payments.
#[derive(Debug, Parser)]
#[command(name = "tabella", version, propagate_version = true, after_long_help = ExitKind::HELP)]
#[command(subcommand_help_heading = "Commands, by role", disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args, Debug)]
#[command(next_help_heading = "Options of every command")]
struct Global {
    /// Write each result and each error as one line of JSON; no progress
    #[arg(long, global = true)]
    json: bool,
    /// Folder of the ledger [default: tabella-ledger; for `serve`, in the folder of the node]
    #[arg(long, global = true, value_name = "DIR", env = "TABELLA_LEDGER")]
    ledger: Option<PathBuf>,
    /// File with the passphrase (else TABELLA_PASSPHRASE, else you are asked)
    #[arg(long, global = true, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Refuse development parameters, under which anybody can forge proofs: only those of a ceremony count
    #[arg(long, global = true, env = "TABELLA_PRODUCTION", value_parser = clap::builder::FalseyValueParser::new())]
    production: bool,
    /// Folder of the parameter files; a ceremony's come first, if there are any [default: a cache of this user]
    #[arg(long, global = true, value_name = "DIR", env = "TABELLA_PARAMETERS")]
    parameters: Option<PathBuf>,
    /// Memory for tables that make proofs faster, for each of the two circuits; 0 for none [default: none, or as memory allows where
    /// a command makes many proofs]
    #[arg(long, global = true, value_name = "MIB", env = "TABELLA_TABLES")]
    tables: Option<usize>,
}

/// The commands, in the order of the help: by role.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run an election: draft, roll, opening, close, result
    #[command(subcommand)]
    Authority(commands::authority::Authority),
    /// Hold a share of an election's key: ceremony, rehearsal, tally
    #[command(subcommand)]
    Trustee(commands::trustee::Trustee),
    /// Vote: register, delegate, cast or audit, keep receipts
    #[command(subcommand)]
    Voter(commands::voter::Voter),
    /// Keys and addresses of a person
    #[command(subcommand)]
    Wallet(commands::wallet::Wallet),
    /// Balances outside the pools: deposit, accept, pay, withdraw
    #[command(subcommand)]
    Account(commands::account::Account),
    /// Let a door, a socket or a charging point: offers, rentals, rights, deposits, answers for the lock
    #[command(subcommand)]
    Access(Box<commands::access::Access>),
    /// Campaigns with a goal, and pledges whose amounts only the campaign learns
    #[command(subcommand)]
    Crowdfunding(commands::crowdfunding::Crowdfunding),
    /// Pay for what is streamed by the minute: offers, sessions, signed ticks, payouts
    #[command(subcommand)]
    Streaming(commands::streaming::Streaming),
    /// Pay in one asset, and have another delivered: quotes, orders, answers, refunds, messages of banks
    #[command(subcommand)]
    Remittance(Box<commands::remittance::Remittance>),
    /// Issue assets, and list them
    #[command(subcommand)]
    Asset(commands::asset::Asset),
    /// Works and their royalties: register, buy, sell, sell again, withdraw, state, report
    #[command(subcommand)]
    Market(commands::market::Market),
    /// Stamp files, certify and token them; register works, find them, prove authorship and ownership
    #[command(subcommand)]
    Notary(commands::notary::Notary),
    /// Where unique things come from: registries, certificates, hand-overs, thefts, proofs of single attributes
    #[command(subcommand)]
    Provenance(Box<commands::provenance::ProvenanceCommand>),
    /// A market of neighbours for energy: meters, sealed bids, one price, proved totals
    #[command(subcommand)]
    Energy(Box<commands::energy::Energy>),
    /// Trade finance: letters of credit, confirmed invoices
    #[command(subcommand)]
    Trade(Box<commands::trade::Trade>),
    /// Make a ledger
    #[command(subcommand)]
    Ledger(commands::ledger::Ledger),
    /// Run a node: the ledger over HTTP, with the pages of every role
    Serve(commands::serve::Serve),
    /// Anyone: verify an election record
    Verify(commands::verify::Verify),
    /// Try out: a whole election on the ballots of a file, its result compared with a plain count
    Rehearse(commands::rehearse::Rehearse),
    /// Try out: a whole election on 608 real ballots
    Demo(commands::demo::Demo),
    /// Try out: how fast this machine proves, verifies and hashes (about 20 seconds)
    Bench(commands::bench::Bench),
    /// Parameters of the proof system
    #[command(subcommand)]
    Setup(commands::setup::Setup),
}

/// What a command works with.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where results go.
    pub output: Output,
    /// How progress is shown.
    pub progress: Progress,
    /// Where passphrases come from.
    pub passphrase: PassphraseSource,
    /// Where files are.
    pub paths: Paths,
    /// Which parameters of the proof system are used and accepted.
    pub parameters: ParametersChoice,
}

/// Runs one command line, program name first.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return refuse_usage(&error, &arguments),
    };
    let output = Output::new(cli.global.json);
    let context = Context {
        output,
        progress: Progress::new(cli.global.json),
        passphrase: PassphraseSource::new(cli.global.passphrase_file),
        paths: Paths::new(cli.global.ledger),
        parameters: ParametersChoice::new(cli.global.production, cli.global.parameters, cli.global.tables),
    };
    match cli.command.run(&context) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads standard output has had enough (`tabella … | head`).
        Err(error) if is_broken_pipe(&error) => ExitCode::from(ExitKind::Io.code()),
        Err(error) => output.fail(&error),
    }
}

impl Command {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Authority(command) => command.run(context),
            Self::Trustee(command) => command.run(context),
            Self::Voter(command) => command.run(context),
            Self::Wallet(command) => command.run(context),
            Self::Account(command) => command.run(context),
            Self::Access(command) => command.run(context),
            Self::Crowdfunding(command) => command.run(context),
            Self::Streaming(command) => command.run(context),
            Self::Remittance(command) => command.run(context),
            Self::Asset(command) => command.run(context),
            Self::Market(command) => command.run(context),
            Self::Notary(command) => command.run(context),
            Self::Provenance(command) => command.run(context),
            Self::Energy(command) => command.run(context),
            Self::Trade(command) => command.run(context),
            Self::Ledger(command) => command.run(context),
            Self::Serve(command) => command.run(context),
            Self::Verify(command) => command.run(context),
            Self::Rehearse(command) => command.run(context),
            Self::Demo(command) => command.run(context),
            Self::Bench(command) => command.run(context),
            Self::Setup(command) => command.run(context),
        }
    }
}

/// Help and version go to standard output with code 0, errors to standard error with code 2, as JSON if that was asked.
fn refuse_usage(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if error.use_stderr() && arguments.iter().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        let message = text.trim().trim_start_matches("error: ");
        let kind = ExitKind::Usage;
        eprintln!(
            "{}",
            json!({ "error": { "kind": kind.name(), "code": kind.code(), "message": message, "causes": [] } })
        );
        return ExitCode::from(kind.code());
    }
    // A closed standard output is no reason to fail.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(ExitKind::Usage.code()) } else { ExitCode::SUCCESS }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
