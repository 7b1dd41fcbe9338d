//! Works: registered, found, shown.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use tabella_market::keys::MarketKeys;
use tabella_market_rules::work::{Holder, Party, ViewerKey, WHOLE};
use tabella_notary::{
    StampCertificate,
    rules::{PictureHash, WorkId, work::NEAR},
    work::{RegistrationCertificate, register},
};
use tabella_protocol::{keys::Address, ristretto::Element};
use tabella_verifier::application::{InstanceId, Readable as _};

use super::{
    Author, digest_of, picture_of, registered, rules,
    show::{FoundWorks, KeysShown, Listed, ListedWork, NearWork, RegisteredWork, ShownWork},
};
use crate::{
    bytes::bytes32,
    cli::Context,
    commands::ledger,
    elections::{
        files::{read, write},
        time::Time,
    },
    paths::refuse_existing,
};

/// Arguments of `notary keys`.
#[derive(Args, Debug)]
pub struct Keys {
    #[command(flatten)]
    author: Author,
}

/// Arguments of `notary register`.
#[derive(Args, Debug)]
pub struct Register {
    /// The file of the work
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Certificate of its stamp, made with --author and the same --number
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// Title
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// On what terms others may use it: an SPDX expression or an address
    #[arg(long, value_name = "TEXT", default_value = "All rights reserved")]
    licence: String,
    /// A holder, by the keys that `tabella market keys` shows, and the share in basis points; once for each. All shares add up to
    /// 10,000 [default: all to this wallet's keys of --number]
    #[arg(long, value_name = "OWNER:VIEWER:SHARE", value_parser = holder)]
    holder: Vec<Holder>,
    /// Who gets the note of the work [default: this wallet]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
    #[command(flatten)]
    author: Author,
    /// File of the certificate of registration
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `notary find`.
#[derive(Args, Debug)]
pub struct Find {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A picture is near if so many of its hash's 64 bits differ, or fewer
    #[arg(long, value_name = "BITS", default_value_t = NEAR, value_parser = clap::value_parser!(u32).range(0..=64))]
    within: u32,
}

/// Arguments of `notary show`.
#[derive(Args, Debug)]
pub struct Show {
    /// Id of the work
    #[arg(value_name = "WORK")]
    work: WorkId,
}

fn holder(text: &str) -> Result<Holder, String> {
    let form = || "a holder is written OWNER:VIEWER:SHARE, two keys of 64 digits and a number".to_owned();
    let [owner, viewer, share] = text.split(':').collect::<Vec<_>>()[..] else { return Err(form()) };
    let key = |text: &str| bytes32(text).ok_or_else(form);
    let viewer = Element::decode(key(viewer)?).and_then(ViewerKey::new).ok_or("the viewer key is none")?;
    let share = share.parse().map_err(|_| form())?;
    Ok(Holder { party: Party { owner: key(owner)?, viewer }, share })
}

impl Keys {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (wallet, keys) = self.author.open(context)?;
        let party = MarketKeys::of_seed(wallet.seed(), self.author.number).party();
        context.output.show(&KeysShown {
            author: hex::encode(keys.public()),
            owner: hex::encode(party.owner),
            viewer: hex::encode(party.viewer.element().as_bytes()),
        })
    }
}

impl Register {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let mut at = self.author.begin(context)?;
        let verifier = at.node.store().verifier().clone();
        let certificate: StampCertificate = read(&self.certificate)?;
        let (digest, _) = digest_of(&self.file)?;
        let proved = certificate
            .check_file(&verifier, digest)
            .with_context(|| format!("{} is no stamp of {}", self.certificate.display(), self.file.display()))?;
        if proved.author() != Some(at.keys.public()) {
            bail!("the file was not stamped for this key: stamp it with --author and the --number of the registration");
        }
        if let Some((id, _)) = rules(&at.node)?.of_content(&digest) {
            bail!("this file is registered already, as work {id}");
        }
        let picture = picture_of(&self.file)?;
        let mut holders = self.holder;
        if holders.is_empty() {
            let party = MarketKeys::of_seed(at.wallet.seed(), self.author.number).party();
            holders.push(Holder { party, share: WHOLE });
        }
        let work = tabella_notary::rules::Work {
            title: self.title,
            author: at.keys.public(),
            licence: self.licence,
            holders,
            digest,
            picture,
        };
        let near = near(rules(&at.node)?, picture, NEAR);
        let to = match self.to {
            Some(to) => to,
            None => at.holder()?.wallet().address(0),
        };
        let ledger = (at.node.id(), at.node.state().assets());
        let transaction = register(&at.keys, ledger, &work, certificate.opening.blinding, to, &mut OsRng)?;
        let accepted = at.submit(transaction)?;
        write(&self.output, &RegistrationCertificate::of_ledger(&at.node, accepted.digest)?)?;
        let id = work.id(at.node.id());
        context.output.show(&RegisteredWork {
            work: id.to_string(),
            asset: registered(&at.node, id)?.asset.to_string(),
            title: work.title,
            time: Time(accepted.time),
            stamped: Time(proved.time()),
            certificate: self.output,
            near,
        })
    }
}

impl Find {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let (digest, _) = digest_of(&self.file)?;
        let picture = picture_of(&self.file)?;
        let notary = rules(&node)?;
        let exact = notary.of_content(&digest).map(|(id, work)| NearWork::new(id, work, 0));
        let mut near = near(notary, picture, self.within);
        near.retain(|near| exact.as_ref().is_none_or(|exact| exact.work != near.work));
        let picture = picture.map(|picture| picture.to_string());
        context.output.show(&FoundWorks { digest: digest.to_string(), picture, exact, near })
    }
}

/// The pictures near one, the nearest first.
fn near(notary: &tabella_notary::rules::Notary, picture: Option<PictureHash>, most: u32) -> Vec<NearWork> {
    let Some(picture) = picture else { return Vec::new() };
    let mut near: Vec<_> = notary.near(picture, most).map(|(id, work, bits)| NearWork::new(id, work, bits)).collect();
    near.sort_by_key(|near| near.bits);
    near
}

/// Runs `notary list`.
pub(super) fn list(context: &Context) -> anyhow::Result<()> {
    let node = ledger::open(context)?;
    let works = rules(&node)?.works().map(|(id, work)| ListedWork::new(id, work)).collect();
    context.output.show(&Listed { works })
}

impl Show {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        registered(&node, self.work)?;
        let row = rules(&node)?.row(&InstanceId(self.work.0), node.now()?).context("the work is there")?;
        context.output.show(&ShownWork::new(self.work, row))
    }
}
