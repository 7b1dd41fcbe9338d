//! What a receiver's institution does, and how either side settles.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use tabella_prover::builder::SpendPath;
use tabella_remittance::{
    Notice, Payee,
    rules::{CorridorId, RemittanceId},
};

use super::{
    super::wallet::KeyFile,
    Me, Work, fresh_address,
    provide::names,
    show::{Arrived, Decided, PayeeShown, Settled},
    show_units, write_private,
};
use crate::{cli::Context, elections::files};

/// Arguments of `remittance payee`.
#[derive(Args, Debug)]
pub struct MakePayee {
    #[command(flatten)]
    file: KeyFile,
    /// Which of the wallet's keys: another number for each remittance, so that nobody links two of them
    #[arg(long, value_name = "N")]
    number: u32,
    /// The corridor in which deliveries are taken: anybody can open another, between assets of the same names
    #[arg(long, value_name = "CORRIDOR")]
    corridor: CorridorId,
    /// File for the sender
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// A notice, by the keys of the receiver's institution, and the payee file for which it is.
#[derive(Args, Debug)]
struct Received {
    #[command(flatten)]
    me: Me,
    /// File of the notice
    #[arg(value_name = "NOTICE")]
    notice: PathBuf,
    /// The payee file that the sender was given: your own copy
    #[arg(long, value_name = "FILE")]
    payee: PathBuf,
}

/// Arguments of `remittance check`.
#[derive(Args, Debug)]
pub struct Check {
    #[command(flatten)]
    received: Received,
}

/// Arguments of `remittance accept`.
#[derive(Args, Debug)]
pub struct Accept {
    #[command(flatten)]
    received: Received,
}

/// Arguments of `remittance decline`.
#[derive(Args, Debug)]
pub struct Decline {
    #[command(flatten)]
    me: Me,
    /// Id of the remittance
    #[arg(value_name = "REMITTANCE")]
    remittance: RemittanceId,
}

/// Arguments of `remittance claim`.
#[derive(Args, Debug)]
pub struct Claim {
    #[command(flatten)]
    me: Me,
    /// Id of the remittance
    #[arg(value_name = "REMITTANCE")]
    remittance: RemittanceId,
}

/// Arguments of `remittance refund`.
#[derive(Args, Debug)]
pub struct Refund {
    #[command(flatten)]
    me: Me,
    /// Id of the remittance
    #[arg(value_name = "REMITTANCE")]
    remittance: RemittanceId,
}

impl MakePayee {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let number = self.number;
        let work = Me::new(self.file, number).begin(context)?;
        work.corridor(&self.corridor)?;
        let address = fresh_address(&work.holder()?);
        let payee = Payee::new(&work.keys, work.node.id(), self.corridor, address);
        let is_used = work.state()?.remittances().any(|(_, other)| other.terms().answerer == payee.answerer);
        if is_used {
            bail!("the keys of --number {number} have answered for a remittance already: take another number");
        }
        write_private(&self.output, &payee)?;
        context.output.show(&PayeeShown { file: self.output, answerer: hex::encode(payee.answerer), number })
    }
}

/// The institution's own copy of a payee file.
pub(super) fn read_payee(work: &Work<'_>, path: &Path) -> anyhow::Result<Payee> {
    let payee: Payee = files::read(path)?;
    if payee.ledger != work.node.id() {
        bail!("the payee file is for another ledger");
    }
    Ok(payee)
}

/// What arrived, checked.
fn arrived(work: &Work<'_>, notice: &Notice, payee: &Path) -> anyhow::Result<Arrived> {
    let payee = read_payee(work, payee)?;
    let holder = work.holder()?;
    let message = notice.check(&work.keys, &payee, work.state()?, holder.wallet())?;
    let corridor = work.corridor(&notice.terms.corridor)?;
    let delivered = work.label(&corridor.receives);
    Ok(Arrived {
        remittance: notice.id().to_string(),
        corridor: notice.terms.corridor.to_string(),
        paid: show_units(notice.paid, &work.label(&corridor.pays)),
        delivered: show_units(notice.delivered, &delivered),
        asset: delivered.asset,
        sender: names(&message.ivms101.originator.originator_persons),
        receiver: names(&message.ivms101.beneficiary.beneficiary_persons),
        reference: message.reference,
        information: message.information,
        answer_until: crate::elections::time::Time(notice.terms.answer_until),
        claim_until: crate::elections::time::Time(notice.terms.claim_until),
    })
}

impl Check {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let Received { me, notice, payee } = &self.received;
        let work = me.begin(context)?;
        context.output.show(&arrived(&work, &files::read(notice)?, payee)?)
    }
}

impl Accept {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let Received { me, notice, payee } = &self.received;
        let mut work = me.begin(context)?;
        let notice: Notice = files::read(notice)?;
        // What could not be claimed is not accepted.
        arrived(&work, &notice, payee)?;
        decide(context, &mut work, notice.id(), true)
    }
}

impl Decline {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.me.begin(context)?;
        decide(context, &mut work, self.remittance, false)
    }
}

fn decide(context: &Context, work: &mut Work<'_>, id: RemittanceId, accepts: bool) -> anyhow::Result<()> {
    let refund_from = super::stored(&work.node, &id)?.terms().refund_from;
    let transaction = work.keys.answer(work.node.id(), id, accepts);
    let sent = work.send(transaction)?;
    let stage = if accepts { "accepted" } else { "declined" };
    let refund_from = crate::elections::time::Time(refund_from);
    context.output.show(&Decided { remittance: id.to_string(), stage, refund_from, sent })
}

impl Claim {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        settle(context, &self.me, self.remittance, SpendPath::Claim)
    }
}

impl Refund {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        settle(context, &self.me, self.remittance, SpendPath::Refund)
    }
}

fn settle(context: &Context, me: &Me, id: RemittanceId, path: SpendPath) -> anyhow::Result<()> {
    let mut work = me.begin(context)?;
    let (asset, value, sent) = work.settle(id, path)?;
    let label = work.label(&asset);
    let what = if path == SpendPath::Refund { "taken back" } else { "claimed" };
    let amount = label.amount(u128::from(value.0));
    context.output.show(&Settled { remittance: id.to_string(), what, amount, label, sent })
}
