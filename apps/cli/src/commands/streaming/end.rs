//! The end of a session: claims, closes, agreements, payouts.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use tabella_payments::holder::submit;
use tabella_protocol::{keys::Address, transaction::Transaction};
use tabella_streaming::{
    SignedTick, build,
    meter::SignedEnd,
    rules::{Party, SessionId, Stage},
};

use super::{
    Owner, Work, kept_tick,
    show::{Ended, Paid, Proposed},
    stored,
    watch::read_tick,
};
use crate::{
    cli::Context,
    elections::{files, time::Time},
    output::ExitKind,
};

/// Arguments of `streaming claim`.
#[derive(Args, Debug)]
pub struct Claim {
    #[command(flatten)]
    owner: Owner,
    /// Id of the session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    /// File of the highest tick [default: that of `tabella streaming meter`]
    #[arg(long, value_name = "FILE")]
    tick: Option<PathBuf>,
}

/// Arguments of `streaming close`.
#[derive(Args, Debug)]
pub struct Close {
    #[command(flatten)]
    owner: Owner,
    /// Id of the session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    /// How many ticks were watched
    #[arg(long, value_name = "N")]
    ticks: u32,
    /// Do not close: write a file with which the other party can settle at once
    #[arg(long, value_name = "FILE", conflicts_with = "agreed")]
    propose: Option<PathBuf>,
    /// Settle at once, with the file that the other party has proposed
    #[arg(long, value_name = "FILE")]
    agreed: Option<PathBuf>,
}

/// Arguments of `streaming withdraw`.
#[derive(Args, Debug)]
pub struct Withdraw {
    #[command(flatten)]
    owner: Owner,
    /// Id of the session
    #[arg(value_name = "SESSION")]
    session: SessionId,
    /// Address of the recipient [default: the wallet's own]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

impl Claim {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let own = work.own(self.session)?;
        if own.party != Party::Provider {
            bail!("a viewer ends a session by `tabella streaming close`: these keys are the viewer's of the session");
        }
        let path = kept_tick(self.tick.as_deref(), self.session, context)?;
        let missing = || {
            let text = format!("there is no tick in {}: `tabella streaming meter` keeps it there", path.display());
            ExitKind::missing(text)
        };
        let tick = read_tick(&path)?.ok_or_else(missing)?;
        if tick.session != self.session {
            bail!("{} is a tick of session {}", path.display(), tick.session);
        }
        let transaction = build::close(&work.keys, work.node.id(), self.session, Party::Provider, Some(&tick));
        finish(work, self.session, transaction)
    }
}

impl Close {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let own = work.own(self.session)?;
        let max = own.terms.max_ticks;
        if self.ticks > max {
            bail!("{max} ticks are prepaid");
        }
        let end = SignedEnd::new(&work.keys, self.session, self.ticks);
        if let Some(path) = self.propose {
            files::write(&path, &end)?;
            let (session, ticks) = (self.session.to_string(), self.ticks);
            return context.output.show(&Proposed { session, ticks, file: path });
        }
        let transaction = match (self.agreed, own.party) {
            (Some(path), party) => {
                let theirs: SignedEnd = files::read(&path)?;
                let other = if party == Party::Viewer { Party::Provider } else { Party::Viewer };
                if !theirs.is_by(self.session, &own.terms, other) {
                    bail!("{} is not signed by the {other} of the session", path.display());
                }
                if theirs.ticks != self.ticks {
                    bail!("{} proposes {} ticks, and --ticks says {}", path.display(), theirs.ticks, self.ticks);
                }
                let (viewer, provider) = if party == Party::Viewer { (&end, &theirs) } else { (&theirs, &end) };
                build::settle(work.node.id(), viewer, provider)?
            }
            (None, Party::Viewer) => {
                let tick = (self.ticks > 0).then(|| SignedTick::new(&work.keys, self.session, self.ticks));
                build::close(&work.keys, work.node.id(), self.session, Party::Viewer, tick.as_ref())
            }
            (None, Party::Provider) => bail!(
                "a provider ends a session alone by `tabella streaming claim`; with the viewer, by --propose or --agreed"
            ),
        };
        finish(work, self.session, transaction)
    }
}

impl Withdraw {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.owner.begin(context)?;
        let own = work.own(self.session)?;
        let label = work.label(&own.terms.asset);
        let session = stored(&work.node, self.session)?;
        let now = work.node.now()?;
        if session.is_paid(own.party) {
            bail!("the {} has withdrawn already", own.party);
        }
        match session.stage(now) {
            Stage::Settled { .. } => {}
            Stage::Closing { until, .. } => bail!("the session is settled at {}: withdraw then", Time(until)),
            Stage::Open => bail!("the session is open: `tabella streaming close`, or `claim`, ends it"),
        }
        let due = own.due(session, now);
        let (ticks, value) = due.with_context(|| format!("nothing is owed to the {}", own.party))?;
        let mut holder = work.holder()?;
        let to = self.to.unwrap_or_else(|| holder.wallet().address(0));
        let at = work.moment()?;
        let blinding = build::blinding(&own.terms);
        let transfer = holder.prepare_entry(&at, own.terms.asset, to, value, blinding, &mut OsRng)?;
        let with = build::withdraw(&work.keys, work.node.id(), &own, ticks, transfer, &mut OsRng)?;
        let accepted = work.settle(&holder, with)?;
        context.output.show(&Paid {
            session: self.session.to_string(),
            party: own.party.to_string(),
            ticks,
            amount: label.amount(u128::from(value.0)),
            label,
            transaction: accepted.digest.to_string(),
        })
    }
}

/// Submits the end of a session, and shows how it stands then.
fn finish(mut work: Work<'_>, session: SessionId, transaction: Transaction) -> anyhow::Result<()> {
    let accepted = submit(&mut work.node, transaction)?;
    let stage = stored(&work.node, session)?.stage(work.node.now()?);
    let (ticks, settles) = match stage {
        Stage::Closing { ticks, until } => (ticks, Some(Time(until))),
        Stage::Settled { ticks } => (ticks, None),
        Stage::Open => bail!("the session is still open"),
    };
    let transaction = accepted.digest.to_string();
    work.context.output.show(&Ended { session: session.to_string(), ticks, settles, transaction })
}
