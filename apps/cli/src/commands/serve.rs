//! A node: the ledger over HTTP, with its pages.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::Serialize;
use tabella_catalogue::catalogue;
use tabella_ledger::{
    node::{Ledger, NodeError},
    store::{DATABASE_FILE, KEY_FILE, KeyFile, StoreError},
};
use tabella_node::{
    BOARD_FILE, Node, Resources,
    settings::{FILE, Flags, LogFormat, LogSettings, Settings},
};
use tabella_verifier::log::Origin;
use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

use crate::{
    cli::Context,
    elections::{clock::CommandClock, ledger::accepted_keys, ledger_key},
    output::ExitKind,
};

/// Arguments of `serve`.
#[derive(Args, Debug)]
pub struct Serve {
    /// Address and port to listen on [default: 127.0.0.1:8440]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Folder of the node: the board, the settings, and the ledger in DIR/ledger, unless --ledger names another
    #[arg(long, value_name = "DIR", default_value = "tabella-node", env = "TABELLA_NODE_DATA")]
    data: PathBuf,
    /// Name of the ledger, if it is made now
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Folder of the pages, in place of those that are built in
    #[arg(long, value_name = "DIR")]
    pages: Option<PathBuf>,
    /// File of the settings [default: node.toml in the folder of the node]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Serve {
    /// Runs the command.
    ///
    /// # Errors
    /// If the settings are wrong, the ledger cannot be opened or made, there is a passphrase and no ledger, the passphrase of its key is not there, or the address is taken.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        let config = self.config.or_else(|| Some(self.data.join(FILE)).filter(|file| file.exists()));
        let flags = Flags { listen: self.listen, name: self.name, pages: self.pages };
        let settings = Settings::load(config.as_deref(), &flags).context("the node's settings are wrong")?;
        let ledger = context.paths.chosen_ledger().map_or_else(|| self.data.join("ledger"), Path::to_owned);
        serve(context, settings, &self.data, &ledger)
    }
}

/// Serves a ledger until the process is told to stop.
///
/// # Errors
/// As [`Serve::run`].
pub fn serve(context: &Context, settings: Settings, data: &Path, ledger: &Path) -> anyhow::Result<()> {
    refuse_plain_key(context, ledger)?;
    log_to_stderr(&settings.log)?;
    std::fs::create_dir_all(data).with_context(|| format!("cannot make the folder {}", data.display()))?;
    let keys = accepted_keys(context)?;
    let clock = Arc::new(CommandClock::new(context)?);
    let name = Origin::new(&settings.name).with_context(|| format!("\"{}\" is no name for a ledger", settings.name))?;
    let catalogue = catalogue();
    match Ledger::create_with(ledger, name, keys.clone(), catalogue.applications(), clock.clone()) {
        Ok(made) => context.output.remark(&format!("the ledger {} is made in {}", made.name(), ledger.display())),
        Err(NodeError::Store(StoreError::Exists { .. })) => {}
        Err(error) => {
            return Err(anyhow::Error::new(error).context(format!("cannot make a ledger in {}", ledger.display())));
        }
    }
    // Asked for now: at the first transaction nobody may be there. No other key file is read, so that its names serve for this one too.
    let key = KeyFile::read(ledger)?;
    let signer = ledger_key::signer(&key, ledger, &context.ledger_passphrase.or(&context.passphrase))?;
    if matches!(key, KeyFile::Plain(_)) && context.ledger_passphrase.is_given() {
        context.output.remark(&format!(
            "warning: there is a passphrase for the ledger's key, but {} lies in plain text: \
             `tabella --ledger {} ledger key encrypt` encrypts it",
            ledger.join(KEY_FILE).display(),
            ledger.display()
        ));
    }
    // The pages prove with these files; the node passes them on. Those for development are made now if they are not there.
    context.parameters.warn(context)?;
    drop(context.parameters.load(context)?);
    let resources = Resources {
        ledger: ledger.to_owned(),
        board: data.join(BOARD_FILE),
        // Given in any case: the file may be encrypted while the node runs.
        signer: Some(signer),
        keys,
        catalogue,
        parameters: Some(context.parameters.directory()?),
        clock,
    };
    let runtime = tokio::runtime::Runtime::new().context("cannot start the threads of the node")?;
    runtime.block_on(async {
        let stop = StopSignals::listen().context("cannot listen for the signals to stop")?;
        let node = Node::start(settings, resources).await?;
        context.output.show(&Serving {
            address: node.address(),
            url: format!("http://{}/", node.address()),
            data: data.to_owned(),
            ledger: ledger.to_owned(),
        })?;
        stop.received().await;
        context.output.remark("stopping");
        node.stop().await;
        Ok(())
    })
}

/// A new ledger's key would lie in plain text, although there is a passphrase for it.
fn refuse_plain_key(context: &Context, ledger: &Path) -> anyhow::Result<()> {
    if !context.ledger_passphrase.is_given() || ledger.join(DATABASE_FILE).try_exists().unwrap_or(true) {
        return Ok(());
    }
    let folder = ledger.display();
    let text = format!(
        "there is a passphrase for the ledger's key, but no ledger in {folder}: make it first with \
         `tabella --ledger {folder} ledger init NAME --encrypt-key`"
    );
    Err(anyhow!(ExitKind::NoInput).context(text))
}

/// What a process is told to stop by: the interrupt of a terminal and, on Unix, the signal of a service manager.
///
/// From the moment that this exists neither ends the process by itself. It is made before the node says that it runs: whoever
/// reads that may answer with a signal at once, and would else kill it.
struct StopSignals {
    #[cfg(unix)]
    interrupted: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminated: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupted: tokio::signal::windows::CtrlC,
}

impl StopSignals {
    fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self { interrupted: signal(SignalKind::interrupt())?, terminated: signal(SignalKind::terminate())? })
        }
        #[cfg(windows)]
        Ok(Self { interrupted: tokio::signal::windows::ctrl_c()? })
    }

    async fn received(mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
        #[cfg(windows)]
        let _ = self.interrupted.recv().await;
    }
}

fn log_to_stderr(settings: &LogSettings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.level)
        .with_context(|| format!("\"{}\" is no level for the log", settings.level))?;
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_span_events(FmtSpan::NONE);
    // Whoever has set a log before keeps it.
    let _ = match settings.format {
        LogFormat::Text => log.with_target(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    Ok(())
}

#[derive(Serialize)]
struct Serving {
    address: SocketAddr,
    url: String,
    data: PathBuf,
    ledger: PathBuf,
}

impl fmt::Display for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The node is running: {}", self.url)?;
        writeln!(f, "ledger {}, board {}", self.ledger.display(), self.data.join(BOARD_FILE).display())?;
        writeln!(f, "Press Ctrl-C to stop it.")
    }
}
