//! While a session runs: the viewer signs, the meter checks. Nothing goes to the ledger.

use std::{
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use tabella_streaming::{
    Meter, SignedTick,
    rules::{Party, SessionId, Stage},
};
use tabella_verifier::files::encode;

use super::{
    Owner, kept_tick, replace,
    show::{Metered, Watched},
    stored,
};
use crate::{cli::Context, commands::ledger, elections::files};

/// Arguments of `streaming watch`.
#[derive(Args, Debug)]
pub struct Watch {
    #[command(flatten)]
    owner: Owner,
    /// Id of the session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    /// Up to how many ticks in all [with --live: default all that are prepaid]
    #[arg(long, value_name = "N", required_unless_present = "live")]
    ticks: Option<u32>,
    /// Sign one tick after the other, each when its time has passed, until they are all signed or you interrupt it
    #[arg(long)]
    live: bool,
    /// File of the highest signed tick, for the provider; replaced by each higher one
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `streaming meter`.
#[derive(Args, Debug)]
pub struct ReadMeter {
    /// Id of the session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    /// Files of signed ticks
    #[arg(value_name = "TICK")]
    ticks: Vec<PathBuf>,
    /// File of the highest tick [default: streaming/SESSION.tick in TABELLA_HOME]
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    /// How many ticks the provider streams before the viewer signs for them
    #[arg(long, value_name = "N", default_value_t = 1)]
    credit: u32,
}

impl Watch {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let own = work.own(self.session)?;
        if own.party != Party::Viewer {
            bail!("ticks are signed by the viewer, and these keys are the provider's of the session");
        }
        let now = work.node.now()?;
        if stored(&work.node, self.session)?.stage(now) != Stage::Open || now >= own.terms.expires {
            bail!("the session has ended: nothing more is to be watched");
        }
        let max = own.terms.max_ticks;
        let last = self.ticks.unwrap_or(max);
        if last == 0 || last > max {
            bail!("{max} ticks are prepaid: sign 1 to {max}");
        }
        let before = read_tick(&self.output)?.filter(|tick| tick.session == self.session).map_or(0, |tick| tick.ticks);
        if last <= before {
            bail!("{} holds tick {before} already: only a higher one tells more", self.output.display());
        }
        let sign = |ticks| replace(&self.output, &encode(&SignedTick::new(&work.keys, self.session, ticks)));
        if self.live {
            let task = context.progress.count("watching", "ticks", u64::from(last - before));
            for ticks in before + 1..=last {
                thread::sleep(Duration::from_secs(u64::from(own.terms.tick_seconds)));
                sign(ticks)?;
                task.set(u64::from(ticks - before));
            }
            task.finish();
        } else {
            sign(last)?;
        }
        let label = work.label(&own.terms.asset);
        let owed = own.price(last).context("the price of the session is sealed to other keys than these")?;
        context.output.show(&Watched {
            session: self.session.to_string(),
            ticks: last,
            max_ticks: max,
            owed: label.amount(u128::from(owed.value().0)),
            label,
            file: self.output,
        })
    }
}

impl ReadMeter {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let session = stored(&node, self.session)?;
        let keep = kept_tick(self.keep.as_deref(), self.session, context)?;
        let mut meter = Meter::new(self.session, session.terms());
        if let Some(kept) = read_tick(&keep)? {
            meter.count(kept).with_context(|| format!("{} does not fit the session", keep.display()))?;
        }
        let before = meter.ticks();
        for path in &self.ticks {
            let tick: SignedTick = files::read(path)?;
            meter.count(tick).with_context(|| format!("{} does not count", path.display()))?;
        }
        if let Some(highest) = meter.highest().filter(|tick| tick.ticks > before) {
            replace(&keep, &encode(highest))?;
        }
        let now = node.now()?;
        let runs = session.stage(now) == Stage::Open && now < session.terms().expires;
        context.output.show(&Metered {
            session: self.session.to_string(),
            ticks: meter.ticks(),
            max_ticks: session.terms().max_ticks,
            stream_until: if runs { meter.stream_until(self.credit) } else { meter.ticks() },
            ended: !runs,
            kept: keep,
        })
    }
}

/// The tick in a file; `None` if there is no such file.
pub(super) fn read_tick(path: &Path) -> anyhow::Result<Option<SignedTick>> {
    match path.try_exists() {
        Ok(true) => Ok(Some(files::read(path)?)),
        Ok(false) => Ok(None),
        Err(error) => Err(anyhow!(error).context(format!("cannot look for {}", path.display()))),
    }
}
