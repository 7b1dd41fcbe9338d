//! What anybody can check.

use std::{fmt, time::Instant};

use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_crowdfunding_rules::{
    CampaignId,
    audit::{Audit, AuditError, AuditReport},
};
use tabella_ledger::node::Ledger;
use tabella_payments::log::{LogError, read_entries};
use tabella_verifier::groth16::VerifyingKeys;
use thiserror::Error;

use super::{ledger, standing};
use crate::{assets::AssetLabel, cli::Context, elections, elections::time::Time, output::visible};

/// Arguments of `crowdfunding check`.
#[derive(Args, Debug)]
pub struct Check {
    /// Id of the campaign
    #[arg(value_name = "CAMPAIGN_ID")]
    campaign: CampaignId,
    /// Verify the zero-knowledge proofs of the pledges' transfers as well, which takes longer
    #[arg(long)]
    proofs: bool,
}

/// Why a check fails.
#[derive(Debug, Error)]
enum CheckError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Audit(#[from] AuditError),
}

/// What a check found.
#[derive(Serialize)]
pub(super) struct Checked {
    campaign: String,
    title: String,
    goal: String,
    #[serde(flatten)]
    label: AssetLabel,
    pledges: usize,
    counted: u32,
    /// Commitments that were added up.
    commitments: u64,
    succeeded_at: Option<Time>,
    /// Proofs of transfers that were verified.
    proofs: usize,
    milliseconds: u128,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "campaign     {}\ntitle        {}", self.campaign, visible(&self.title))?;
        writeln!(f, "pledges      {}, of which {} are acknowledged, each once", self.pledges, self.counted)?;
        let goal = format!("{} {}", self.goal, visible(&self.label.name));
        match self.succeeded_at {
            Some(at) => writeln!(f, "goal         reached, {goal}: shown at {at}, proof verified")?,
            None => writeln!(f, "goal         not shown to be reached ({goal})")?,
        }
        writeln!(f, "added up     {} commitments, in {} ms", self.commitments, self.milliseconds)?;
        match self.proofs {
            0 => writeln!(f, "transfers    as the ledger accepted them; --proofs verifies theirs, too"),
            proofs => writeln!(f, "transfers    {proofs} proofs verified"),
        }
    }
}

impl Check {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        standing(&node, self.campaign)?;
        let keys = self.proofs.then(|| elections::ledger::accepted_keys(context)).transpose()?;
        context.output.show(&check(&node, self.campaign, keys.as_ref())?)
    }
}

/// Checks a campaign from the entries of a ledger.
pub(super) fn check(node: &Ledger, id: CampaignId, keys: Option<&VerifyingKeys>) -> anyhow::Result<Checked> {
    let start = Instant::now();
    let mut audit = match keys {
        Some(keys) => Audit::with_proofs(node.id(), id, keys),
        None => Audit::new(node.id(), id),
    };
    read_entries(node, |number, logged| Ok::<_, CheckError>(audit.read(number, &logged, &mut OsRng)?))?;
    let AuditReport { campaign, pledges, counted, commitments, succeeded_at, proofs, .. } = audit.finish(&mut OsRng)?;
    let label = AssetLabel::of(node.state().assets(), &campaign.asset);
    Ok(Checked {
        campaign: id.to_string(),
        title: campaign.title,
        goal: label.amount(u128::from(campaign.goal.0)),
        label,
        pledges,
        counted,
        commitments,
        succeeded_at: succeeded_at.map(Time),
        proofs,
        milliseconds: start.elapsed().as_millis(),
    })
}
