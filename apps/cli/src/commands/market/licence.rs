//! Showing a licence, and checking one that is shown.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::{OsRng, RngCore as _};
use tabella_market::{
    licence::{Presentation, present},
    order::licence_of,
};
use tabella_market_rules::work::WorkId;

use super::{
    super::work::{explain, proving_keys},
    Owner,
    show::{Challenge, LicenceChecked, LicenceShown},
};
use crate::{
    assets::AssetLabel,
    bytes::bytes32,
    cli::Context,
    commands::ledger,
    elections::files,
    paths::{Readers, write_new},
};

/// Arguments of `market show-licence`.
#[derive(Args, Debug)]
pub struct ShowLicence {
    /// Id of the work
    #[arg(value_name = "WORK")]
    work: WorkId,
    /// The challenge of whoever asks: 64 digits
    #[arg(long, value_name = "HEX")]
    challenge: String,
    /// File of the presentation, for whoever asked
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `market check-licence`.
#[derive(Args, Debug)]
pub struct CheckLicence {
    /// Id of the work
    #[arg(value_name = "WORK")]
    work: WorkId,
    /// File of the presentation; without one, a fresh challenge is made
    #[arg(value_name = "FILE", requires = "challenge")]
    file: Option<PathBuf>,
    /// The challenge that you gave
    #[arg(long, value_name = "HEX", requires = "file")]
    challenge: Option<String>,
}

fn challenge(text: &str) -> anyhow::Result<[u8; 32]> {
    bytes32(text).context("a challenge is 64 digits from `tabella market check-licence`")
}

impl ShowLicence {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let licence = licence_of(work.node.state(), &self.work)?;
        let label = AssetLabel::of(work.node.state().assets(), &licence);
        let (mut holder, challenge) = (work.holder()?, challenge(&self.challenge)?);
        let (keys, parameters) = (proving_keys(context)?, work.parameters()?);
        let task = context.progress.spin("proving");
        let at = (work.node.state(), keys);
        let presentation = present(&mut holder, at, (self.work, licence), challenge, &parameters, &mut OsRng)
            .map_err(|error| explain(error, &label))?;
        task.finish();
        write_new(&self.output, &files::encode(&presentation), Readers::Owner)?;
        context.output.show(&LicenceShown { work: self.work.to_string(), file: self.output })
    }
}

impl CheckLicence {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (Some(file), Some(text)) = (&self.file, &self.challenge) else {
            let mut bytes = [0; 32];
            OsRng.fill_bytes(&mut bytes);
            return context.output.show(&Challenge { challenge: hex::encode(bytes) });
        };
        let presentation: Presentation = files::read(file)?;
        let node = ledger::open(context)?;
        let state = node.state();
        if super::rules(&node)?.work(&self.work).is_none() {
            bail!("there is no work {} on this ledger", self.work);
        }
        let refused = || format!("{} shows no licence", file.display());
        let nullifiers = presentation.check(state, state.keys(), self.work, challenge(text)?, &mut OsRng);
        let marks = nullifiers.with_context(refused)?.map(|nullifier| hex::encode(nullifier.to_bytes()));
        context.output.show(&LicenceChecked { work: self.work.to_string(), marks })
    }
}
