//! What commands on remittances show.

use std::{fmt, path::PathBuf};

use clap::Args;
use serde::Serialize;
use tabella_remittance::{
    SignedQuote,
    rules::{Corridor, CorridorId, RemittanceId, RemittanceTerms},
};
use tabella_verifier::assets::Assets;

use super::{Sent, state, stored};
use crate::{
    assets::AssetLabel,
    cli::Context,
    commands::ledger,
    elections::time::Time,
    output::{Table, visible},
};

/// Arguments of `remittance corridors`.
#[derive(Args, Debug)]
pub struct Corridors {}

/// Arguments of `remittance show`.
#[derive(Args, Debug)]
pub struct ShowRemittance {
    /// Id of the remittance
    #[arg(value_name = "REMITTANCE")]
    remittance: RemittanceId,
}

#[derive(Serialize)]
pub(super) struct OwnKeys {
    pub(super) key: String,
    pub(super) recipient: String,
}

impl fmt::Display for OwnKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "key          {}\nrecipient    {}", self.key, self.recipient)
    }
}

#[derive(Serialize)]
pub(super) struct CorridorShown {
    corridor: String,
    name: String,
    pays: String,
    receives: String,
    below: String,
    operator: String,
    #[serde(flatten)]
    sent: Option<Sent>,
}

impl CorridorShown {
    pub(super) fn new(id: CorridorId, corridor: &Corridor, assets: &Assets, sent: Option<Sent>) -> Self {
        let label = |asset| AssetLabel::of(assets, asset);
        let pays = label(&corridor.pays);
        Self {
            corridor: id.to_string(),
            name: corridor.name.clone(),
            below: pays.amount(u128::from(corridor.below.0)),
            pays: pays.name,
            receives: label(&corridor.receives).name,
            operator: hex::encode(corridor.operator),
            sent,
        }
    }
}

impl fmt::Display for CorridorShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { corridor, name, pays, receives, below, operator, sent } = self;
        let (pays, receives) = (visible(pays), visible(receives));
        writeln!(f, "corridor     {corridor}\nname         {}\nfrom         {pays}, below {below}", visible(name))?;
        writeln!(f, "to           {receives}\noperator     {operator}")?;
        sent.as_ref().map_or(Ok(()), |sent| write!(f, "{sent}"))
    }
}

#[derive(Serialize)]
struct CorridorList {
    corridors: Vec<CorridorShown>,
}

impl fmt::Display for CorridorList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.corridors.is_empty() {
            return writeln!(f, "There is no corridor: `tabella remittance open-corridor` opens one.");
        }
        let mut table = Table::new(&["name", "from", "below", "to", "corridor"]);
        for row in &self.corridors {
            table.row([
                visible(&row.name).to_string(),
                visible(&row.pays).to_string(),
                row.below.clone(),
                visible(&row.receives).to_string(),
                row.corridor.clone(),
            ]);
        }
        write!(f, "{table}")
    }
}

impl Corridors {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let Self {} = self;
        let node = ledger::open(context)?;
        let assets = node.state().assets();
        let shown = state(&node)?.corridors().map(|(id, corridor)| CorridorShown::new(id, corridor, assets, None));
        context.output.show(&CorridorList { corridors: shown.collect() })
    }
}

#[derive(Serialize)]
pub(super) struct QuoteShown {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    corridor: String,
    corridor_id: String,
    /// Names can be anybody's: ids are what counts.
    pays_id: String,
    receives_id: String,
    pay: String,
    fee: String,
    deliver: String,
    pays: String,
    receives: String,
    expires: Time,
    answer_until: Option<Time>,
    claim_until: Option<Time>,
    provider: String,
}

impl QuoteShown {
    pub(super) fn new(
        quote: &SignedQuote,
        corridor: &Corridor,
        (pays, receives): (&AssetLabel, &AssetLabel),
        file: Option<PathBuf>,
    ) -> Self {
        let quote = &quote.quote;
        Self {
            file,
            corridor: corridor.name.clone(),
            corridor_id: quote.corridor.to_string(),
            pays_id: pays.asset.clone(),
            receives_id: receives.asset.clone(),
            pay: pays.amount(u128::from(quote.priced.pay.0)),
            fee: pays.amount(u128::from(quote.priced.fee.0)),
            deliver: receives.amount(u128::from(quote.priced.deliver.0)),
            pays: pays.name.clone(),
            receives: receives.name.clone(),
            expires: Time(quote.expires),
            answer_until: quote.answer_until().map(Time),
            claim_until: quote.claim_until().map(Time),
            provider: hex::encode(quote.provider),
        }
    }
}

impl fmt::Display for QuoteShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pays, receives) = (visible(&self.pays), visible(&self.receives));
        writeln!(f, "corridor     {}", visible(&self.corridor))?;
        writeln!(f, "you pay      {} {pays}, in all", self.pay)?;
        writeln!(f, "  of it fee  {} {pays}", self.fee)?;
        writeln!(f, "delivered    {} {receives}", self.deliver)?;
        writeln!(f, "holds until  {}", self.expires)?;
        if let (Some(answer), Some(claim)) = (&self.answer_until, &self.claim_until) {
            writeln!(f, "answered     before {answer}\nclaimed      before {claim}, or it goes back to you")?;
        }
        writeln!(f, "provider     {}\ncorridor id  {}", self.provider, self.corridor_id)?;
        writeln!(f, "asset paid   {}\ndelivered    {}", self.pays_id, self.receives_id)?;
        self.file.as_ref().map_or(Ok(()), |file| writeln!(f, "quote in     {}", file.display()))
    }
}

#[derive(Serialize)]
pub(super) struct PayeeShown {
    pub(super) file: PathBuf,
    pub(super) answerer: String,
    pub(super) number: u32,
}

impl fmt::Display for PayeeShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "payee in     {}\nanswers      {}", self.file.display(), self.answerer)?;
        writeln!(
            f,
            "\nGive it to the sender, for one remittance. Take --number {} for the next.",
            self.number.wrapping_add(1)
        )
    }
}

#[derive(Serialize)]
pub(super) struct Answered {
    pub(super) remittance: String,
    pub(super) paid: String,
    pub(super) delivered: String,
    pub(super) sender: String,
    pub(super) receiver: String,
    pub(super) file: PathBuf,
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { remittance, paid, delivered, sender, receiver, file } = self;
        writeln!(f, "remittance   {remittance}\npaid         {}\ndelivered    {}", visible(paid), visible(delivered))?;
        writeln!(f, "from         {}\nto           {}", visible(sender), visible(receiver))?;
        writeln!(f, "answer in    {}", file.display())?;
        writeln!(f, "\nThe sender completes it: both legs are locked in one transaction, or neither.")
    }
}

#[derive(Serialize)]
pub(super) struct SentRemittance {
    remittance: String,
    notice: PathBuf,
    answer_until: Time,
    claim_until: Time,
    #[serde(flatten)]
    sent: Sent,
}

impl SentRemittance {
    pub(super) fn new(id: RemittanceId, terms: &RemittanceTerms, notice: PathBuf, sent: Sent) -> Self {
        let (answer_until, claim_until) = (Time(terms.answer_until), Time(terms.claim_until));
        Self { remittance: id.to_string(), notice, answer_until, claim_until, sent }
    }
}

impl fmt::Display for SentRemittance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "remittance   {}\nanswered     before {}", self.remittance, self.answer_until)?;
        writeln!(f, "goes back    from {} on, if it is not claimed", self.claim_until)?;
        write!(f, "notice in    {}\n{}", self.notice.display(), self.sent)?;
        writeln!(f, "\nGive the notice to the receiver's institution, which accepts or declines.")
    }
}

#[derive(Serialize)]
pub(super) struct NoticeShown {
    pub(super) remittance: String,
    pub(super) notice: PathBuf,
}

impl fmt::Display for NoticeShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "remittance   {}\nnotice in    {}", self.remittance, self.notice.display())?;
        writeln!(f, "\nGive the notice to the receiver's institution, which accepts or declines.")
    }
}

#[derive(Serialize)]
pub(super) struct Arrived {
    pub(super) remittance: String,
    pub(super) corridor: String,
    pub(super) paid: String,
    /// Id of the delivered asset.
    pub(super) asset: String,
    pub(super) delivered: String,
    pub(super) sender: String,
    pub(super) receiver: String,
    pub(super) reference: String,
    pub(super) information: Option<String>,
    pub(super) answer_until: Time,
    pub(super) claim_until: Time,
}

impl fmt::Display for Arrived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "remittance   {}\ndelivered    {}", self.remittance, visible(&self.delivered))?;
        writeln!(f, "paid         {}\nasset        {}", visible(&self.paid), self.asset)?;
        writeln!(f, "corridor     {}", self.corridor)?;
        writeln!(f, "from         {}\nto           {}", visible(&self.sender), visible(&self.receiver))?;
        writeln!(f, "reference    {}", visible(&self.reference))?;
        if let Some(information) = &self.information {
            writeln!(f, "information  {}", visible(information))?;
        }
        writeln!(f, "answer       before {}\nclaim        before {}", self.answer_until, self.claim_until)?;
        writeln!(f, "\nBoth legs are locked, and what is delivered opens in this wallet.")
    }
}

#[derive(Serialize)]
pub(super) struct Decided {
    pub(super) remittance: String,
    pub(super) stage: &'static str,
    pub(super) refund_from: Time,
    #[serde(flatten)]
    pub(super) sent: Sent,
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<12} {}\n{}", self.stage, self.remittance, self.sent)?;
        if self.stage == "accepted" {
            writeln!(f, "\nBoth legs can be claimed: `tabella remittance claim`.")
        } else {
            writeln!(f, "\nBoth legs go back to who locked them, from {} on.", self.refund_from)
        }
    }
}

#[derive(Serialize)]
pub(super) struct Settled {
    pub(super) remittance: String,
    pub(super) what: &'static str,
    pub(super) amount: String,
    #[serde(flatten)]
    pub(super) label: AssetLabel,
    #[serde(flatten)]
    pub(super) sent: Sent,
}

impl fmt::Display for Settled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { remittance, what, amount, label, sent } = self;
        write!(f, "{what:<12} {amount} {}\nremittance   {remittance}\n{sent}", visible(&label.name))
    }
}

#[derive(Serialize)]
struct Public {
    remittance: String,
    corridor: String,
    stage: &'static str,
    answer_until: Time,
    claim_until: Time,
    refund_from: Time,
}

impl fmt::Display for Public {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { remittance, corridor, stage, answer_until, claim_until, refund_from } = self;
        writeln!(f, "remittance   {remittance}\ncorridor     {}\nstage        {stage}", visible(corridor))?;
        writeln!(
            f,
            "answered     before {answer_until}\nclaimed      before {claim_until}\ngoes back    from {refund_from} on"
        )?;
        writeln!(f, "\nWho and how much is not on the ledger.")
    }
}

impl ShowRemittance {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let remittance = stored(&node, &self.remittance)?;
        let terms = remittance.terms();
        let corridor = super::corridor(&node, &terms.corridor)?;
        context.output.show(&Public {
            remittance: self.remittance.to_string(),
            corridor: corridor.name,
            stage: remittance.stage(node.now()?),
            answer_until: Time(terms.answer_until),
            claim_until: Time(terms.claim_until),
            refund_from: Time(terms.refund_from),
        })
    }
}
