//! Metered streaming: a prepaid session, ticks that are signed off the ledger, one settlement. Nothing is kept of a session but the
//! wallet's seed, and by the provider the highest tick.

mod demo;
mod end;
mod offer;
mod show;
mod watch;

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Subcommand;
use tabella_ledger::node::{Accepted, Ledger};
use tabella_payments::holder::Holder;
use tabella_streaming::{
    OwnSession, OwnSessions, StreamingKeys,
    build::WithTransfer,
    rules::{Session, SessionId, Streams},
};

use super::work;
use crate::{cli::Context, output::ExitKind};

/// What viewers and providers do.
#[derive(Debug, Subcommand)]
pub enum Streaming {
    /// Viewer: show the keys that a provider needs for an offer
    Key(offer::Key),
    /// Provider: offer a session to a viewer, in a file
    Offer(Box<offer::MakeOffer>),
    /// Viewer: check an offer, and show what it costs
    CheckOffer(offer::CheckOffer),
    /// Viewer: take an offer, and prepay all of its ticks
    Open(Box<offer::Open>),
    /// Viewer and provider: list the wallet's sessions, and what can be withdrawn
    List(show::List),
    /// Anyone: show a session as the ledger has it
    Show(show::ShowSession),
    /// Viewer: sign how many ticks were watched, once or as they pass
    Watch(watch::Watch),
    /// Provider: check a tick that the viewer has signed, and keep the highest
    Meter(watch::ReadMeter),
    /// Provider: claim the highest tick on the ledger, which ends the session or answers the viewer's end
    Claim(end::Claim),
    /// Viewer: end a session alone; both: propose an end, or agree to one, which settles at once
    Close(end::Close),
    /// Viewer and provider: withdraw what is owed after the session was settled
    Withdraw(Box<end::Withdraw>),
    /// Try out: a session from offer to payout, with a viewer who tells too few ticks
    Demo(demo::Demo),
}

impl Streaming {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Key(key) => key.run(context),
            Self::Offer(offer) => offer.run(context),
            Self::CheckOffer(check) => check.run(context),
            Self::Open(open) => open.run(context),
            Self::List(list) => list.run(context),
            Self::Show(show) => show.run(context),
            Self::Watch(watch) => watch.run(context),
            Self::Meter(meter) => meter.run(context),
            Self::Claim(claim) => claim.run(context),
            Self::Close(close) => close.run(context),
            Self::Withdraw(withdraw) => withdraw.run(context),
            Self::Demo(demo) => demo.run(context),
        }
    }
}

/// Whose keys.
type Owner = work::Owner<StreamingKeys>;

/// A viewer or a provider at work.
type Work<'a> = work::Work<'a, StreamingKeys>;

impl Work<'_> {
    fn sessions(&self) -> anyhow::Result<OwnSessions<'_>> {
        Ok(OwnSessions::of_ledger(&self.keys, &self.node)?)
    }

    /// A session of these keys.
    fn own(&self, id: SessionId) -> anyhow::Result<OwnSession> {
        stored(&self.node, id)?;
        let missing = || {
            anyhow!("session {id} is of other keys than these: --key-file and --number name those it was opened with")
        };
        self.sessions()?.get(&id).cloned().ok_or_else(missing)
    }

    /// Proves, signs and submits.
    fn settle(&mut self, holder: &Holder, with: WithTransfer) -> anyhow::Result<Accepted> {
        let transaction = self.prove(holder, with.transaction, vec![with.proof])?;
        self.submit(transaction)
    }
}

/// A session on the ledger.
fn stored(node: &Ledger, id: SessionId) -> anyhow::Result<&Session> {
    let session = node.state().application::<Streams>().and_then(|streams| streams.session(&id));
    session.ok_or_else(|| ExitKind::missing(format!("there is no session {id} on this ledger")))
}

/// Where the provider keeps the highest tick of a session.
fn kept_tick(chosen: Option<&Path>, session: SessionId, context: &Context) -> anyhow::Result<PathBuf> {
    match chosen {
        Some(path) => Ok(path.to_owned()),
        None => Ok(context.paths.home()?.join("streaming").join(format!("{session}.tick"))),
    }
}

/// Replaces a file by its next state: the old one or the new one is there, whatever happens.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    crate::paths::replace(path, bytes, crate::paths::Readers::Default)
}
