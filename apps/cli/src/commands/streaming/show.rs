//! What commands on sessions show.

use std::{fmt, path::PathBuf};

use clap::Args;
use serde::Serialize;
use tabella_protocol::note::Timestamp;
use tabella_prover::account::AmountOpening;
use tabella_streaming::{
    Offer,
    rules::{SessionId, SessionRow, Stage, Streams},
};
use tabella_verifier::application::{InstanceId, Readable as _};

use super::{Owner, stored};
use crate::{
    assets::AssetLabel,
    cli::Context,
    commands::ledger,
    elections::time::{Time, span},
    output::{Table, visible},
};

/// Arguments of `streaming list`.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `streaming show`.
#[derive(Args, Debug)]
pub struct ShowSession {
    /// Id of the session
    #[arg(value_name = "SESSION")]
    session: SessionId,
}

impl List {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let now = work.node.now()?;
        let mut sessions = Vec::new();
        for own in work.sessions()?.iter() {
            let session = stored(&work.node, own.id)?;
            let label = work.label(&own.terms.asset);
            let amount = |opening: AmountOpening| label.amount(u128::from(opening.value().0));
            let (stage, ticks, settles) = match session.stage(now) {
                Stage::Open => ("open", None, own.terms.end()),
                Stage::Closing { ticks, until } => ("closing", Some(ticks), Some(until)),
                Stage::Settled { ticks } => ("settled", Some(ticks), None),
            };
            sessions.push(ListedSession {
                session: own.id.to_string(),
                role: own.party.to_string(),
                stage,
                ticks,
                max_ticks: own.terms.max_ticks,
                rate: own.price(1).map(amount),
                settles: settles.map(Time),
                due: own.due(session, now).map(|(_, value)| label.amount(u128::from(value.0))),
                label,
            });
        }
        context.output.show(&Sessions { sessions })
    }
}

impl ShowSession {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let terms = stored(&node, self.session)?.terms();
        let label = AssetLabel::of(node.state().assets(), &terms.asset);
        let now = node.now()?;
        let streams = node.state().application::<Streams>();
        let row = streams.and_then(|streams| streams.row(&InstanceId(self.session.0), now));
        let Some(row) = row else { anyhow::bail!("there is no session {} on this ledger", self.session) };
        let rate =
            row.rate.as_deref().and_then(|rate| rate.parse::<u64>().ok()).map(|rate| label.amount(u128::from(rate)));
        let settles = row.settles.and_then(Timestamp::new).map(Time);
        context.output.show(&PublicSession {
            session: self.session.to_string(),
            rate_amount: rate,
            settles_at: settles,
            label,
            row,
        })
    }
}

#[derive(Serialize)]
pub(super) struct OwnKeys {
    pub(super) keys: String,
}

impl fmt::Display for OwnKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.keys)?;
        writeln!(
            f,
            "\nA provider makes you an offer with these: `tabella streaming offer --viewer …`. They are no secret."
        )
    }
}

#[derive(Serialize)]
pub(super) struct OfferShown {
    session: String,
    #[serde(flatten)]
    label: AssetLabel,
    rate: String,
    price: Option<String>,
    public: bool,
    max_ticks: u32,
    tick_seconds: u32,
    expires: Time,
    dispute_seconds: u32,
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl OfferShown {
    pub(super) fn new(offer: &Offer, rate: &AmountOpening, label: AssetLabel, file: Option<PathBuf>) -> Self {
        let terms = &offer.terms;
        let all = rate.times(u64::from(terms.max_ticks));
        Self {
            session: offer.session().to_string(),
            rate: label.amount(u128::from(rate.value().0)),
            price: all.map(|all| label.amount(u128::from(all.value().0))),
            label,
            public: terms.sealed.is_none(),
            max_ticks: terms.max_ticks,
            tick_seconds: terms.tick_seconds,
            expires: Time(terms.expires),
            dispute_seconds: terms.dispute_seconds,
            provider: hex::encode(terms.provider),
            file,
        }
    }
}

impl fmt::Display for OfferShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.terms(f)?;
        match &self.file {
            Some(file) => {
                writeln!(
                    f,
                    "file         {}\n\nGive the file to the viewer: it is good for her alone, and once.",
                    file.display()
                )
            }
            None => {
                writeln!(f, "\nThe offer is good. `tabella streaming open` prepays; what is not watched comes back.")?;
                writeln!(f, "It takes --session: the id stands for exactly these terms.")
            }
        }
    }
}

impl OfferShown {
    fn terms(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = visible(&self.label.name);
        let seen = if self.public { "seen by everybody" } else { "seen by viewer and provider only" };
        writeln!(f, "session      {}", self.session)?;
        writeln!(f, "provider     {}", self.provider)?;
        writeln!(f, "a tick       {} {name} for {}, {seen}", self.rate, span(u64::from(self.tick_seconds)))?;
        writeln!(f, "prepaid      {} ticks: {} {name}", self.max_ticks, self.price.as_deref().unwrap_or("(too much)"))?;
        writeln!(f, "asset        {}", self.label.asset)?;
        writeln!(f, "expires      {}", self.expires)?;
        writeln!(f, "dispute      {}", span(u64::from(self.dispute_seconds)))
    }
}

#[derive(Serialize)]
pub(super) struct Opened {
    #[serde(flatten)]
    pub(super) offer: OfferShown,
    pub(super) prepaid: String,
    pub(super) transaction: String,
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.offer.terms(f)?;
        writeln!(f, "transaction  {}", self.transaction)?;
        writeln!(
            f,
            "\n`tabella streaming watch` signs what you watch; the wallet's 24 words and the ledger give the session back."
        )
    }
}

#[derive(Serialize)]
pub(super) struct Watched {
    pub(super) session: String,
    pub(super) ticks: u32,
    pub(super) max_ticks: u32,
    pub(super) owed: String,
    #[serde(flatten)]
    pub(super) label: AssetLabel,
    pub(super) file: PathBuf,
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "signed       {} of {} ticks: {} {}",
            self.ticks,
            self.max_ticks,
            self.owed,
            visible(&self.label.name)
        )?;
        writeln!(f, "file         {}", self.file.display())
    }
}

#[derive(Serialize)]
pub(super) struct Metered {
    pub(super) session: String,
    pub(super) ticks: u32,
    pub(super) max_ticks: u32,
    pub(super) stream_until: u32,
    pub(super) ended: bool,
    pub(super) kept: PathBuf,
}

impl fmt::Display for Metered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "signed       {} of {} ticks", self.ticks, self.max_ticks)?;
        if self.ended {
            writeln!(
                f,
                "stream       no more: the session has ended; `tabella streaming claim` claims the highest tick"
            )?;
        } else {
            writeln!(f, "stream       until tick {}", self.stream_until)?;
        }
        writeln!(f, "kept in      {}", self.kept.display())?;
        writeln!(f, "\nThe highest tick is the only claim to be paid: keep a copy of this file.")
    }
}

#[derive(Serialize)]
pub(super) struct Proposed {
    pub(super) session: String,
    pub(super) ticks: u32,
    pub(super) file: PathBuf,
}

impl fmt::Display for Proposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "proposed     {} ticks\nfile         {}", self.ticks, self.file.display())?;
        writeln!(
            f,
            "\nWhoever has the other's signature as well settles with it, also later: stream and watch no more."
        )
    }
}

#[derive(Serialize)]
pub(super) struct Ended {
    pub(super) session: String,
    pub(super) ticks: u32,
    /// None once it is settled.
    pub(super) settles: Option<Time>,
    pub(super) transaction: String,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "session      {}\nticks        {}", self.session, self.ticks)?;
        match self.settles {
            Some(at) => writeln!(f, "settled      at {at}, unless a higher tick is shown before")?,
            None => writeln!(f, "settled      now: `tabella streaming withdraw` pays out")?,
        }
        writeln!(f, "transaction  {}", self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct Paid {
    pub(super) session: String,
    pub(super) party: String,
    pub(super) ticks: u32,
    pub(super) amount: String,
    #[serde(flatten)]
    pub(super) label: AssetLabel,
    pub(super) transaction: String,
}

impl fmt::Display for Paid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.party == "viewer" { "not watched" } else { "watched" };
        writeln!(f, "withdrawn    {} {} for {} ticks {what}", self.amount, visible(&self.label.name), self.ticks)?;
        writeln!(f, "transaction  {}", self.transaction)
    }
}

#[derive(Serialize)]
struct ListedSession {
    session: String,
    role: String,
    stage: &'static str,
    ticks: Option<u32>,
    max_ticks: u32,
    rate: Option<String>,
    settles: Option<Time>,
    due: Option<String>,
    #[serde(flatten)]
    label: AssetLabel,
}

#[derive(Serialize)]
struct Sessions {
    sessions: Vec<ListedSession>,
}

impl fmt::Display for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sessions.is_empty() {
            return writeln!(f, "These keys have no session: `tabella streaming open` takes an offer.");
        }
        let mut table = Table::new(&["session", "role", "stage", ">ticks", ">of", ">a tick", ">to withdraw", "asset"]);
        for session in &self.sessions {
            let dash = || "-".to_owned();
            table.row([
                session.session.clone(),
                session.role.clone(),
                session.stage.to_owned(),
                session.ticks.map_or_else(dash, |ticks| ticks.to_string()),
                session.max_ticks.to_string(),
                session.rate.clone().unwrap_or_else(dash),
                session.due.clone().unwrap_or_else(dash),
                visible(&session.label.name),
            ]);
        }
        write!(f, "{table}")
    }
}

#[derive(Serialize)]
struct PublicSession {
    session: String,
    #[serde(flatten)]
    row: SessionRow,
    #[serde(skip)]
    rate_amount: Option<String>,
    #[serde(skip)]
    settles_at: Option<Time>,
    #[serde(skip)]
    label: AssetLabel,
}

impl fmt::Display for PublicSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = &self.row;
        let name = visible(&self.label.name);
        writeln!(f, "session      {}\nviewer       {}\nprovider     {}", self.session, row.viewer, row.provider)?;
        match &self.rate_amount {
            Some(rate) => writeln!(f, "a tick       {rate} {name} for {}", span(u64::from(row.tick_seconds)))?,
            None => writeln!(f, "a tick       a hidden amount of {name} for {}", span(u64::from(row.tick_seconds)))?,
        }
        writeln!(f, "prepaid      {} ticks", row.max_ticks)?;
        match (row.ticks, &self.settles_at) {
            (Some(ticks), Some(at)) => writeln!(f, "stage        closing with {ticks} ticks, settled at {at}")?,
            (None, Some(at)) => writeln!(f, "stage        open, settled at {at} at the latest")?,
            (ticks, None) => writeln!(f, "stage        settled with {} ticks", ticks.unwrap_or(0))?,
        }
        let paid = |paid: bool| if paid { "paid out" } else { "not paid out" };
        writeln!(f, "viewer       {}\nprovider     {}", paid(row.viewer_paid), paid(row.provider_paid))
    }
}
