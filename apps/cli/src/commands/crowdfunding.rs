//! Crowdfunding: campaigns, pledges whose amounts only the campaign learns, and what anybody can check of them. Nothing is kept
//! but the wallet's seed.

mod backer;
mod check;
mod demo;
mod organiser;
mod rewards;
mod show;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use rand_core::OsRng;
use tabella_crowdfunding::{
    keys::CampaignKeys,
    settle::{MAX_SETTLED, Takable},
};
use tabella_crowdfunding_rules::{CampaignId, Crowdfunding as Rules, Standing};
use tabella_ledger::node::{Accepted, Ledger};
use tabella_payments::holder::{Holder, Moment, submit};
use tabella_protocol::{keys::Seed, transaction::Transaction};
use tabella_prover::{
    builder::{PreparedTransaction, SpendPath, Unproven},
    parameters::Parameters,
};

use super::{
    ledger,
    wallet::{KeyFile, read_key},
    work::proving_keys,
};
use crate::{assets::AssetLabel, cli::Context, output::ExitKind};

/// What can be done with campaigns.
#[derive(Debug, Subcommand)]
pub enum Crowdfunding {
    /// Campaign: open one, with a goal, a deadline, and milestones if you like
    Start(Box<organiser::Start>),
    /// Anyone: list the campaigns of the ledger
    List,
    /// Anyone: show a campaign; with --mine also what your wallet knows of its pledges
    Show(show::ShowCampaign),
    /// Backer: pledge an amount, which nobody but the campaign learns
    Pledge(Box<backer::PledgeTo>),
    /// Campaign: acknowledge the pledges that your wallet can open; only those count
    Acknowledge(organiser::Acknowledge),
    /// Campaign: show that the goal is reached, and not what was raised
    Succeed(organiser::Succeed),
    /// Whoever holds a release key: show its public part, which a campaign names
    ReleaseKey(organiser::ShowReleaseKey),
    /// Whoever holds a release key: say that a milestone is reached
    Release(organiser::Release),
    /// Campaign: claim what was pledged for milestones that are open
    Claim(organiser::Claim),
    /// Backer: take back what was not claimed; nobody else is needed
    Refund(backer::Refund),
    /// Campaign: send a reward to every backer who asks for one
    Rewards(Box<rewards::Rewards>),
    /// Anyone: check from the ledger's entries that the counted pledges reach the goal
    Check(check::Check),
    /// Try out: two campaigns, one that reaches its goal and one that does not, with all proofs
    Demo(demo::Demo),
}

#[derive(Args, Debug)]
struct Of {
    /// Id of the campaign
    #[arg(value_name = "CAMPAIGN_ID")]
    campaign: CampaignId,
    #[command(flatten)]
    file: KeyFile,
}

impl Crowdfunding {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Start(start) => start.run(context),
            Self::List => show::list(context),
            Self::Show(show) => show.run(context),
            Self::Pledge(pledge) => pledge.run(context),
            Self::Acknowledge(acknowledge) => acknowledge.run(context),
            Self::Succeed(succeed) => succeed.run(context),
            Self::ReleaseKey(key) => key.run(context),
            Self::Release(release) => release.run(context),
            Self::Claim(claim) => claim.run(context),
            Self::Refund(refund) => refund.run(context),
            Self::Rewards(rewards) => rewards.run(context),
            Self::Check(check) => check.run(context),
            Self::Demo(demo) => demo.run(context),
        }
    }
}

/// Somebody at work on the ledger with a wallet.
struct Work<'a> {
    context: &'a Context,
    node: Ledger,
    seed: Seed,
    holder: Holder,
    /// Loaded once it is known that there is something to prove.
    parameters: Option<Parameters>,
}

impl<'a> Work<'a> {
    fn begin(context: &'a Context, file: &KeyFile) -> anyhow::Result<Self> {
        let node = ledger::open(context)?;
        let key = read_key(&file.path(context)?, context)?;
        let mut holder = Holder::new(key.seed(), 0);
        holder.read(&node)?;
        Ok(Self { context, node, seed: key.seed().clone(), holder, parameters: None })
    }

    fn standing(&self, id: CampaignId) -> anyhow::Result<&Standing> {
        standing(&self.node, id)
    }

    fn label(&self, id: CampaignId) -> anyhow::Result<AssetLabel> {
        Ok(AssetLabel::of(self.node.state().assets(), &self.standing(id)?.campaign.asset))
    }

    /// The keys of a campaign, if it is this wallet's.
    fn keys(&self, id: CampaignId) -> anyhow::Result<CampaignKeys> {
        let key = self.standing(id)?.campaign.key;
        let other = || anyhow!("campaign {id} is not one of this wallet's: is --key-file right?");
        // No wallet has more campaigns of its own than the ledger has.
        (0..=count(&self.node))
            .map(|number| CampaignKeys::of_seed(&self.seed, number))
            .find(|keys| keys.key() == key)
            .ok_or_else(other)
    }

    /// Proves, signs and submits.
    fn prove(
        &mut self,
        prepared: PreparedTransaction<Unproven>,
        title: &'static str,
        proofs: Vec<Vec<u8>>,
    ) -> anyhow::Result<Accepted> {
        let parameters = match self.parameters.take() {
            Some(parameters) => parameters,
            None => self.context.parameters.load(self.context)?,
        };
        let task = self.context.progress.spin(title);
        let transaction = self.holder.authorize_with(prepared, &parameters, &mut OsRng, |_| proofs)?;
        task.finish();
        self.parameters = Some(parameters);
        self.submit(transaction)
    }

    fn submit(&mut self, transaction: Transaction) -> anyhow::Result<Accepted> {
        let accepted = submit(&mut self.node, transaction)?;
        self.holder.read(&self.node)?;
        Ok(accepted)
    }

    /// Takes escrows into the wallet, some in each transaction.
    fn take(&mut self, escrows: &[Takable], path: SpendPath, title: &'static str) -> anyhow::Result<Vec<String>> {
        let mut transactions = Vec::new();
        for some in escrows.chunks(MAX_SETTLED) {
            let keys = proving_keys(self.context)?;
            let at = Moment { state: self.node.state(), keys, now: self.node.now()? };
            let prepared = tabella_crowdfunding::settle::prepare(&mut self.holder, &at, some, path, &mut OsRng)?;
            transactions.push(self.prove(prepared, title, Vec::new())?.digest.to_string());
        }
        Ok(transactions)
    }
}

fn standing(node: &Ledger, id: CampaignId) -> anyhow::Result<&Standing> {
    let found = node.state().application::<Rules>().and_then(|rules| rules.campaign(&id));
    let missing = || {
        let text = format!("there is no campaign {id} on this ledger: `tabella crowdfunding list`");
        ExitKind::missing(text)
    };
    found.ok_or_else(missing)
}

/// How many campaigns the ledger has.
fn count(node: &Ledger) -> u32 {
    let count = node.state().application::<Rules>().map_or(0, |rules| rules.campaigns(None).count());
    u32::try_from(count).unwrap_or(u32::MAX)
}
