//! A node that is left running: a process of its own, which goes on when the command that started it has ended.

use std::{
    env, fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use serde::Serialize;
use serde_json::Value;

use crate::{
    cli::Context,
    output::ExitKind,
    passphrase::{NEW_OF_LEDGER, OF_COMMAND, OF_LEDGER},
    paths::{Readers, create},
};

/// What the node says, in its data folder.
const LOG_FILE: &str = "node.log";
/// How long a node may take until it listens: it reads its parameters and its whole ledger first.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often its log is looked at meanwhile.
const PAUSE: Duration = Duration::from_millis(50);

/// Starts a node on the ledger in `data/ledger`, waits until it listens, and shows its address and how to stop it.
///
/// # Errors
/// If the node cannot be started, ends, or does not listen in time: no process is left then, and the message names the log and what to do.
pub(super) fn start(context: &Context, listen: SocketAddr, data: &Path) -> anyhow::Result<()> {
    let log = data.join(LOG_FILE);
    let mut node = spawn(context, listen, data, &log).with_context(|| {
        let folder = data.display();
        format!(
            "the election is in {folder}, but its node cannot be started; `tabella --ledger {} serve --data {folder}` serves it",
            data.join("ledger").display()
        )
    })?;
    let process = node.id();
    context.output.remark(&format!("the node starts, as process {process}"));
    let shown = address(&mut node, &log).map_err(|why| {
        let (folder, log, ledger) = (data.display(), log.display(), data.join("ledger"));
        anyhow!(ExitKind::Io).context(format!(
            "the node of the election in {folder} has not started: {why:#}. Its log is {log}; when this is mended, \
             `tabella --ledger {} serve --data {folder} --listen {listen}` serves the election",
            ledger.display()
        ))
    });
    let shown = shown.and_then(|url| context.output.show(&Started { url, process, log }));
    if shown.is_err() {
        // It may have ended by itself; the first error is the one to report.
        let _ = node.kill();
        let _ = node.wait();
    }
    shown
}

fn spawn(context: &Context, listen: SocketAddr, data: &Path, log: &Path) -> anyhow::Result<Child> {
    let out = create(log, Readers::Default).with_context(|| format!("cannot write {}", log.display()))?;
    let errors = out.try_clone().with_context(|| format!("cannot write {}", log.display()))?;
    let program = env::current_exe().context("the system does not tell where this program is")?;
    let mut command = Command::new(&program);
    command
        .arg("--json")
        .args(context.parameters.arguments())
        // Named in any case: the environment may name another.
        .arg("--ledger")
        .arg(data.join("ledger"))
        .args(["serve", "--listen", &listen.to_string(), "--data"])
        .arg(data)
        .env("TABELLA_NODE_LOG__LEVEL", "warn")
        // The demonstration's key is plain; what else these open is none of the node's business.
        .env_remove(OF_COMMAND.variable)
        .env_remove(OF_LEDGER.variable)
        .env_remove(NEW_OF_LEDGER.variable)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(errors);
    // A signal to the group of whoever started this, such as that of Ctrl-C, is none to the node.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().with_context(|| format!("cannot run {}", program.display()))
}

/// The address that the node says when it listens.
fn address(node: &mut Child, log: &Path) -> anyhow::Result<String> {
    let begun = Instant::now();
    loop {
        // Asked first: what an ended node has said is all there.
        let ended = node.try_wait()?;
        let said = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
        if let Some(url) = said.lines().find_map(|line| Some(json(line)?.get("url")?.as_str()?.to_owned())) {
            return Ok(url);
        }
        if let Some(status) = ended {
            bail!("it ended ({status}): {}", reason(&said));
        }
        if begun.elapsed() > PATIENCE {
            bail!("it did not listen within {} seconds", PATIENCE.as_secs());
        }
        thread::sleep(PAUSE);
    }
}

fn json(line: &str) -> Option<Value> {
    serde_json::from_str(line).ok()
}

/// The error that a node has ended with, with its causes, or the last that it said.
fn reason(said: &str) -> String {
    let error = said.lines().rev().find_map(|line| json(line)?.get("error").cloned());
    let Some(error) = error else { return said.lines().last().unwrap_or("it said nothing").to_owned() };
    let causes = error.get("causes").and_then(Value::as_array).into_iter().flatten();
    let parts: Vec<&str> = error.get("message").into_iter().chain(causes).filter_map(Value::as_str).collect();
    parts.join(": ")
}

#[derive(Serialize)]
struct Started {
    url: String,
    process: u32,
    log: PathBuf,
}

impl fmt::Display for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The node is running: {}", self.url)?;
        writeln!(f, "It goes on in the background, as process {}; its log is {}.", self.process, self.log.display())?;
        let stop = if cfg!(windows) { "taskkill /F /PID" } else { "kill" };
        writeln!(f, "Stop it with: {stop} {}", self.process)
    }
}
