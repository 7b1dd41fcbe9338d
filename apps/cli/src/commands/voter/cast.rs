//! Casting: one ballot, or those of all rights that were delegated, spread over time.

use std::{
    fmt,
    io::{self, BufRead as _, Read as _},
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use rand_core::{OsRng, RngCore as _};
use serde::Serialize;
use tabella_election::voter::{Holding, PreparedBallot};
use tabella_protocol::{
    transaction::{Transaction, TransactionDigest},
    tree::Position,
};

use super::{
    Place, audit,
    choice::{Choice, ChoiceText, ShownQuestion},
    session::{Session, explain, parameters, proving_keys},
};
use crate::{
    cli::Context,
    elections::{ledger, time::Time},
    output::ExitKind,
};
use tabella_prover::cores::each;

/// By default, casts of several rights are spread over no longer than this.
const DEFAULT_SPREAD: u64 = 30 * 60;

/// Arguments of `voter cast`.
#[derive(Args, Debug)]
pub struct Cast {
    /// Position of the right [default: your own]
    #[arg(value_name = "POSITION")]
    position: Option<u32>,
    #[command(flatten)]
    choice: ChoiceText,
    #[command(flatten)]
    place: Place,
    /// Cast without asking
    #[arg(long)]
    yes: bool,
    /// File of the opened ballot, if you choose to audit [default: audit-TRACKER.tabella]
    #[arg(long, value_name = "FILE", conflicts_with = "yes")]
    audit_file: Option<PathBuf>,
    /// Cast all rights that were delegated to you and are not cast yet, all with this choice
    #[arg(long, conflicts_with = "position")]
    all_delegated: bool,
    /// Spread the casts over so many minutes, at random times [default: 30, or half of the time left]
    #[arg(long, value_name = "MINUTES", requires = "all_delegated")]
    spread: Option<u64>,
}

impl Cast {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut session = Session::open(&self.place, context)?;
        let choice = self.choice.read(&session.manifest()?.questions)?;
        let rights = self.rights(&session, context)?;
        let schedule = self.schedule(&session, rights.len())?;
        let mut ballots = prepare(&mut session, &rights, &choice, context)?;
        let prepared = Prepared::new(&ballots, &choice, schedule.span);
        if self.yes {
            context.output.remark(&prepared.to_string());
        } else {
            context.output.ask(&prepared)?;
            match ask(context)? {
                Answer::Cast => {}
                Answer::Audit => {
                    // One opened ballot shows what the device does; the others are dropped unsigned.
                    let ballot = ballots.swap_remove(0);
                    let name = || PathBuf::from(format!("audit-{}.tabella", short(ballot.tracker())));
                    let file = self.audit_file.clone().unwrap_or_else(name);
                    let opened = audit::open(ballot, session.manifest()?, file, choice.shown)?;
                    return context.output.show(&opened);
                }
            }
        }
        let transactions = prove(&session, ballots, context)?;
        submit(&mut session, transactions, &schedule, context)
    }

    fn rights(&self, session: &Session, context: &Context) -> anyhow::Result<Vec<Position>> {
        if !self.all_delegated {
            return Ok(vec![session.right(self.position)?]);
        }
        let rights = session.rights()?;
        let delegated = rights.iter().filter(|right| right.holding == Holding::Delegated && right.state.is_none());
        let mut positions = Vec::new();
        for right in delegated {
            match right.unusable {
                None => positions.push(right.position),
                Some(reason) => context.output.remark(&format!("right {} is left out: {reason}", right.position.0)),
            }
        }
        if positions.is_empty() {
            bail!("no right that was delegated to you is left to be cast; `tabella voter rights` lists them");
        }
        Ok(positions)
    }

    /// When so many casts are submitted.
    fn schedule(&self, session: &Session, casts: usize) -> anyhow::Result<Schedule> {
        let closes = session.manifest()?.closes.seconds();
        let left = closes.saturating_sub(session.ledger.now()?.seconds());
        Schedule::new(casts, self.spread, left)
    }
}

/// When casts are submitted, counted from when all are proved.
struct Schedule {
    /// Over how long they are spread.
    span: Duration,
    /// The times within the span, in order: at random, so that no pause between two entries tells whose they are.
    times: Vec<Duration>,
}

impl Schedule {
    /// Spreads casts over so many minutes, or over the default, while the election is open for so many seconds more.
    fn new(casts: usize, minutes: Option<u64>, left: u64) -> anyhow::Result<Self> {
        if casts < 2 {
            return Ok(Self { span: Duration::ZERO, times: vec![Duration::ZERO; casts] });
        }
        let seconds = match minutes {
            Some(minutes) => minutes.saturating_mul(60),
            None => DEFAULT_SPREAD.min(left / 2),
        };
        if seconds > 0 && seconds >= left {
            bail!("the election closes in {left} s: spread the casts over less time");
        }
        let span = Duration::from_secs(seconds);
        Ok(Self { span, times: random_times(casts, span) })
    }
}

/// Submits one after the other, each at its time. One that is refused does not keep the others from being cast.
fn submit(
    session: &mut Session,
    transactions: Vec<Transaction>,
    schedule: &Schedule,
    context: &Context,
) -> anyhow::Result<()> {
    // Nobody is asked for the passphrase of the ledger's key hours later.
    session.ledger.unlock()?;
    let (began, count) = (Instant::now(), transactions.len());
    let task = context.progress.count("casting", "ballots", count as u64);
    let mut cast = Vec::with_capacity(count);
    let mut refused = Vec::new();
    for (transaction, at) in transactions.into_iter().zip(&schedule.times) {
        thread::sleep(at.saturating_sub(began.elapsed()));
        let tracker = transaction.effects.digest();
        match ledger::submit(&mut session.ledger, "the ballot", transaction) {
            Ok(accepted) => cast.push(Ballot { tracker: tracker.to_string(), at: Time(accepted.time) }),
            Err(error) => refused.push((tracker, error)),
        }
        task.advance(1);
    }
    if count > 1 {
        task.finish();
    }
    let done = cast.len();
    if done > 0 {
        let election = session.election.to_string();
        let development_parameters = context.parameters.is_development()?;
        context.output.show(&CastBallots { election, development_parameters, ballots: cast })?;
    }
    match refused.into_iter().next() {
        None => Ok(()),
        Some((_, error)) if count == 1 => Err(error),
        Some((tracker, error)) => {
            Err(error.context(format!("{} of {count} ballots were refused, ballot {tracker} the first", count - done)))
        }
    }
}

/// Prepares one ballot for each right: committed to, and neither proved nor signed.
fn prepare(
    session: &mut Session,
    rights: &[Position],
    choice: &Choice,
    context: &Context,
) -> anyhow::Result<Vec<PreparedBallot>> {
    let (now, keys) = (session.ledger.now()?, proving_keys(context)?);
    let Session { ledger, voter, election } = session;
    let pool = ledger::election(ledger, *election)?;
    rights
        .iter()
        .map(|right| {
            voter
                .prepare_ballot(pool, keys, *right, &choice.answers, now, &mut OsRng)
                .map_err(explain)
                .with_context(|| format!("no ballot can be cast with right {}", right.0))
        })
        .collect()
}

/// Proves and signs, on all cores.
fn prove(session: &Session, ballots: Vec<PreparedBallot>, context: &Context) -> anyhow::Result<Vec<Transaction>> {
    let engine = parameters(context)?;
    let (voter, pool) = (&session.voter, session.pool()?);
    let task = context.progress.count("proving", "ballots", ballots.len() as u64);
    let proven = each(ballots, |ballot| {
        let transaction = voter.cast(pool, ballot, &engine, &mut OsRng)?;
        task.advance(1);
        Ok(transaction)
    });
    let transactions = proven.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    task.finish();
    Ok(transactions)
}

/// As many times within a span, in order.
fn random_times(count: usize, span: Duration) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..count)
        .map(|_| {
            let fraction = f64::from(OsRng.next_u32()) / f64::from(u32::MAX);
            span.mul_f64(fraction)
        })
        .collect();
    times.sort_unstable();
    times
}

enum Answer {
    Cast,
    Audit,
}

fn ask(context: &Context) -> anyhow::Result<Answer> {
    context.output.remark(
        "Note the tracker down. Type \"cast\" to cast the ballot, or \"audit\" to have it opened and prepare another:",
    );
    let mut line = String::new();
    io::stdin().lock().take(64).read_line(&mut line).context("cannot read the answer from standard input")?;
    match line.trim().to_lowercase().as_str() {
        "cast" => Ok(Answer::Cast),
        "audit" => Ok(Answer::Audit),
        _ => Err(anyhow!(ExitKind::Usage).context("neither \"cast\" nor \"audit\" was chosen: nothing was cast")),
    }
}

fn short(tracker: TransactionDigest) -> String {
    hex::encode(tracker.as_bytes().get(..8).unwrap_or_default())
}

/// What is shown before the voter chooses between cast and audit.
#[derive(Serialize)]
struct Prepared {
    prepared: Vec<PreparedEntry>,
    choice: Vec<ShownQuestion>,
    spread_seconds: u64,
}

#[derive(Serialize)]
struct PreparedEntry {
    position: u32,
    tracker: String,
}

impl Prepared {
    fn new(ballots: &[PreparedBallot], choice: &Choice, spread: Duration) -> Self {
        let prepared = ballots
            .iter()
            .map(|ballot| PreparedEntry { position: ballot.right().0, tracker: ballot.tracker().to_string() })
            .collect();
        Self { prepared, choice: choice.shown.clone(), spread_seconds: spread.as_secs() }
    }
}

impl fmt::Display for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.choice.iter().try_for_each(|question| write!(f, "{question}"))?;
        writeln!(f)?;
        for ballot in &self.prepared {
            writeln!(f, "right {}, tracker {}", ballot.position, ballot.tracker)?;
        }
        if self.spread_seconds > 0 {
            writeln!(f, "spread over {} s: leave this command running", self.spread_seconds)?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct CastBallots {
    election: String,
    /// Whether proofs are under development parameters, under which anybody can forge.
    development_parameters: bool,
    ballots: Vec<Ballot>,
}

#[derive(Serialize)]
struct Ballot {
    tracker: String,
    at: Time,
}

impl fmt::Display for CastBallots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ballot in &self.ballots {
            writeln!(f, "cast at {}, tracker {}", ballot.at, ballot.tracker)?;
        }
        let Some(first) = self.ballots.first() else { return Ok(()) };
        writeln!(
            f,
            "\n`tabella voter receipt {} --election {} -o receipt.tabella` keeps what the ledger signed.",
            first.tracker, self.election
        )
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        cast: Cast,
    }

    /// What the command plans for so many rights, with so many seconds left.
    fn planned(options: &[&str], rights: usize, left: u64) -> anyhow::Result<Schedule> {
        let election = "05".repeat(32);
        let always = ["cast", "--election", &election, "--choose", "yes", "--all-delegated"];
        let Command { cast } = Command::try_parse_from(always.iter().chain(options))?;
        Schedule::new(rights, cast.spread, left)
    }

    /// The most casts that fall into one span of this length.
    fn most_within(times: &[Duration], window: Duration) -> usize {
        times
            .iter()
            .map(|first| times.iter().filter(|time| (*first..=*first + window).contains(time)).count())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn delegates_ballots_are_planned_over_half_an_hour_and_not_in_one_burst() {
        let minute = Duration::from_secs(60);
        let plan = planned(&[], 40, 86_400).unwrap();
        assert_eq!((plan.span, plan.times.len()), (30 * minute, 40));
        assert!(plan.times.is_sorted() && plan.times.iter().all(|time| *time <= plan.span));
        // Of 40 random times, 20 within a minute are less likely than 1 in 10^15.
        assert!(most_within(&plan.times, minute) < 20, "{:?}", plan.times);
        assert!(plan.times[39] - plan.times[0] > 10 * minute, "{:?}", plan.times);
        assert_ne!(plan.times, planned(&[], 40, 86_400).unwrap().times, "nobody can tell them beforehand");
    }

    #[test]
    fn casts_are_spread_over_no_more_time_than_there_is() {
        assert_eq!(planned(&[], 40, 600).unwrap().span, Duration::from_secs(300));
        assert_eq!(planned(&["--spread", "5"], 40, 600).unwrap().span, Duration::from_secs(300));
        assert!(planned(&["--spread", "10"], 40, 600).is_err());
        // Only who asks for it casts all at once; one ballot waits for nothing.
        assert_eq!(planned(&["--spread", "0"], 3, 600).unwrap().times, [Duration::ZERO; 3]);
        assert_eq!(planned(&[], 1, 600).unwrap().times, [Duration::ZERO]);
    }

    #[test]
    fn casts_are_in_order_and_within_their_span() {
        let span = Duration::from_secs(600);
        let times = random_times(50, span);
        assert!(times.is_sorted() && times.iter().all(|time| *time <= span));
        assert_ne!(times.first(), times.last());
        assert_eq!(random_times(3, Duration::ZERO), [Duration::ZERO; 3]);
    }
}
