//! What is a wallet's own of the remittances on the ledger.

use std::fmt;

use clap::Args;
use serde::Serialize;
use tabella_protocol::note::Timestamp;
use tabella_prover::wallet::NoteKind;
use tabella_remittance::notice::{OwnPart, own_parts};

use super::{Me, Work};
use crate::{
    assets::AssetLabel,
    cli::Context,
    elections::time::Time,
    output::{Table, visible},
};

/// Arguments of `remittance list`.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    me: Me,
}

#[derive(Serialize)]
struct Row {
    remittance: String,
    /// Whether the wallet claims it, or has locked it.
    part: &'static str,
    amount: String,
    #[serde(flatten)]
    label: AssetLabel,
    stage: &'static str,
    outcome: &'static str,
    claim_until: Time,
    refund_from: Time,
}

impl Row {
    fn new(part: &OwnPart<'_>, work: &Work<'_>, now: Timestamp) -> Self {
        let (note, terms) = (part.note.note(), part.remittance.terms());
        let label = work.label(&note.asset);
        Self {
            remittance: part.id.to_string(),
            part: if part.note.kind() == NoteKind::EscrowToClaim { "to claim" } else { "locked" },
            amount: label.amount(u128::from(note.value.0)),
            label,
            stage: part.remittance.stage(now),
            outcome: part.outcome(),
            claim_until: Time(terms.claim_until),
            refund_from: Time(terms.refund_from),
        }
    }
}

#[derive(Serialize)]
struct Own {
    remittances: Vec<Row>,
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.remittances.is_empty() {
            return writeln!(f, "This wallet has locked nothing in a remittance, and has nothing to claim.");
        }
        let columns =
            ["your part", ">amount", "asset", "stage", "now", "claimed before", "goes back from", "remittance"];
        let mut table = Table::new(&columns);
        for row in &self.remittances {
            let (asset, claim, refund) =
                (visible(&row.label.name), row.claim_until.to_string(), row.refund_from.to_string());
            table.row([row.part, &row.amount, &asset, row.stage, row.outcome, &claim, &refund, &row.remittance]);
        }
        write!(f, "{table}")
    }
}

impl List {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.me.begin(context)?;
        let (holder, now) = (work.holder()?, work.node.now()?);
        let own = own_parts(holder.wallet(), work.state()?).map(|part| Row::new(&part, &work, now));
        context.output.show(&Own { remittances: own.collect() })
    }
}
