//! The command line: options that all commands share, the commands by role, and what they are given to work with.

use std::{ffi::OsString, io, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use serde_json::json;

use crate::{
    commands,
    output::{ExitKind, Output},
    parameters::ParametersChoice,
    passphrase::{OF_COMMAND, OF_LEDGER, PassphraseSource},
    paths::Paths,
    progress::Progress,
};

/// Secret, verifiable voting and private payments.
#[derive(Debug, Parser)]
#[command(name = "tabella", version, propagate_version = true, after_long_help = ExitKind::HELP)]
#[command(help_template = help_template(), disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args, Debug)]
#[command(next_help_heading = GLOBAL_HEADING)]
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
    /// File with the passphrase of the ledger's signing key, where that is encrypted (else TABELLA_LEDGER_PASSPHRASE, else you are asked)
    #[arg(long, global = true, value_name = "FILE")]
    ledger_passphrase_file: Option<PathBuf>,
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

/// The commands. [`ROLES`] has their order in the help.
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
    /// Make a ledger, and encrypt its signing key
    #[command(subcommand)]
    Ledger(commands::ledger::Ledger),
    /// Run a node: the ledger over HTTP, with the pages of every role
    Serve(commands::serve::Serve),
    /// Verify an election record
    Verify(commands::verify::Verify),
    /// Try out: a whole election on the ballots of a file, its result compared with a plain count
    Rehearse(commands::rehearse::Rehearse),
    /// Try out: a whole election on 608 real ballots
    Demo(commands::demo::Demo),
    /// How fast this machine proves, verifies and hashes (about 20 seconds)
    Bench(commands::bench::Bench),
    /// Parameters of the proof system
    #[command(subcommand)]
    Setup(commands::setup::Setup),
}

/// Whose the commands are, in the order of the help. What each does, it says itself.
const ROLES: [(&str, &[&str]); 5] = [
    ("Elections", &["authority", "trustee", "voter"]),
    ("Everybody", &["verify", "rehearse", "demo"]),
    ("Payments", &["wallet", "account", "asset"]),
    (
        "Applications",
        &["access", "crowdfunding", "energy", "market", "notary", "provenance", "remittance", "streaming", "trade"],
    ),
    ("Operators", &["ledger", "serve", "setup", "bench"]),
];
/// The heading of [`Global`].
const GLOBAL_HEADING: &str = "Options of every command";

/// The template of the help: clap's own, but with the commands under one heading for each role, for which it has no setting.
fn help_template() -> String {
    let all = Command::augment_subcommands(clap::Command::new("tabella"));
    let header = all.get_styles().get_header();
    // Listed at once, so that clap aligns and wraps them all alike.
    let names = ROLES.iter().flat_map(|(_, names)| *names).enumerate();
    let listed = names.map(|(order, name)| {
        let about = all.find_subcommand(name).and_then(clap::Command::get_about).cloned().unwrap_or_default();
        clap::Command::new(*name).about(about).display_order(order)
    });
    let list = clap::Command::new("tabella").disable_help_subcommand(true).help_template("{subcommands}");
    let list = list.subcommands(listed).render_help().ansi().to_string();
    let mut lines = list.lines().peekable();
    let mut roles = String::new();
    for (role, names) in ROLES {
        roles.push_str(&format!("\n{header}{role}:{header:#}\n"));
        for _ in names {
            let mut line = lines.next();
            while let Some(text) = line {
                roles.push_str(text);
                roles.push('\n');
                // What goes on with a command is indented further.
                line = lines.next_if(|next| next.starts_with("   "));
            }
        }
    }
    let start = "{about-with-newline}\n{usage-heading} {usage}\n";
    format!("{start}{roles}\n{header}{GLOBAL_HEADING}:{header:#}\n{{options}}{{after-help}}")
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
    /// Where that of the ledger's signing key comes from, where it is encrypted.
    pub ledger_passphrase: PassphraseSource,
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
        passphrase: PassphraseSource::new(OF_COMMAND, cli.global.passphrase_file),
        ledger_passphrase: PassphraseSource::new(OF_LEDGER, cli.global.ledger_passphrase_file),
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

    #[test]
    fn every_command_stands_below_the_heading_of_one_role() {
        let mut cli = Cli::command();
        let mut listed: Vec<&str> = ROLES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let help = cli.render_help().to_string();
        let mut rest = help.as_str();
        for (role, names) in ROLES {
            rest = rest.split_once(&format!("\n{role}:\n")).expect("a heading for each role, in their order").1;
            let below = rest.split("\n\n").next().expect("a part");
            let shown = below.lines().filter(|line| !line.starts_with("   "));
            let shown: Vec<&str> = shown.filter_map(|line| line.split_whitespace().next()).collect();
            assert_eq!(shown, names, "{role}");
        }
        assert!(rest.contains(&format!("\n{GLOBAL_HEADING}:\n")), "the options come last");
        listed.sort_unstable();
        let mut there: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
        there.sort_unstable();
        assert_eq!(listed, there);
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        for command in cli.get_subcommands() {
            let about = command.get_about().expect("every command says what it does");
            assert!(words(&help).contains(&words(&format!("{} {about}", command.get_name()))), "{about}");
        }
    }

    #[test]
    fn every_command_knows_the_one_option_json() {
        fn walk(command: &clap::Command, path: &str) -> usize {
            let path = format!("{path} {}", command.get_name());
            let is_json = |argument: &&clap::Arg| argument.get_id() == "json" || argument.get_long() == Some("json");
            let found: Vec<&clap::Arg> = command.get_arguments().filter(is_json).collect();
            // One of its own would stand in the place of the global one, or beside it.
            assert!(matches!(found.as_slice(), [json] if json.is_global_set()), "{path}: {found:?}");
            let commands = command.get_subcommands().filter(|command| command.get_name() != "help");
            1 + commands.map(|command| walk(command, &path)).sum::<usize>()
        }
        let mut cli = Cli::command();
        cli.build();
        assert!(walk(&cli, "") > 2 * ROLES.iter().map(|(_, names)| names.len()).sum::<usize>());
    }
}
