//! Works: drafted, signed by everybody, registered; and what there is.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use rand_core::{OsRng, RngCore as _};
use serde::Deserialize;
use tabella_market::work::Registration;
use tabella_market_rules::{
    metadata::{Metadata, PartyName},
    work::{Holder, Party, ViewerKey, Work, WorkId},
};
use tabella_payments::{amount, holder::submit};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    ristretto::Element,
};
use tabella_verifier::application::{InstanceId, Readable as _};

use super::{
    Owner, rules,
    show::{Drafted, KeysShown, Listed, ListedWork, Registered, ShownWork, Signed},
};
use crate::{
    assets::{AssetLabel, resolve},
    bytes::bytes32,
    cli::Context,
    commands::{asset::IssuerFile, ledger},
    elections::files,
    paths::{Readers, write_new},
};

/// Arguments of `market keys`.
#[derive(Args, Debug)]
pub struct Keys {
    #[command(flatten)]
    owner: Owner,
}

impl Keys {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (_, keys) = self.owner.keys.open(context)?;
        context.output.show(&KeysShown::new(&keys.party()))
    }
}

/// How a work comes onto the ledger.
#[derive(Debug, Subcommand)]
pub enum Register {
    /// Seller: write the registration that everybody signs, from a file of terms (TOML)
    Draft(Draft),
    /// Holder: look at a registration and sign it
    Sign(Sign),
    /// Put a registration that everybody has signed on the ledger
    Submit(Submit),
}

/// Arguments of `market register draft`.
#[derive(Args, Debug)]
pub struct Draft {
    /// File of terms; docs/applications/market.md shows one
    #[arg(value_name = "TERMS")]
    terms: PathBuf,
    #[command(flatten)]
    issuer: IssuerFile,
    /// File of the registration
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// File of the names and roles (JSON), whose digest the work carries: for the holders, and for reports
    #[arg(long, value_name = "FILE")]
    metadata: PathBuf,
}

/// Arguments of `market register sign`.
#[derive(Args, Debug)]
pub struct Sign {
    /// File of the registration; it is written anew with the signature
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The names and roles that go with it: their digest is compared
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// The share that you agree to, in basis points
    #[arg(long, value_name = "BP")]
    share: u16,
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `market register submit`.
#[derive(Args, Debug)]
pub struct Submit {
    /// File of the registration
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Arguments of `market show`.
#[derive(Args, Debug)]
pub struct Show {
    /// Id of the work
    #[arg(value_name = "WORK")]
    work: WorkId,
}

/// Terms of a work, as somebody writes them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Terms {
    title: String,
    artist: String,
    #[serde(default)]
    isrc: String,
    #[serde(default)]
    release: String,
    /// Id or name of the asset in which prices are paid.
    payment: String,
    /// Name of the licence's asset.
    licence: String,
    /// The most licences that there can be.
    edition: u64,
    /// In basis points.
    royalty: u16,
    /// As in 12.34.
    #[serde(default)]
    minimum: Option<String>,
    #[serde(default)]
    resale_minimum: Option<String>,
    holder: Vec<TermsHolder>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermsHolder {
    name: String,
    role: String,
    #[serde(default)]
    id: String,
    owner: String,
    viewer: String,
    share: u16,
}

impl TermsHolder {
    fn party(&self) -> anyhow::Result<Party> {
        let bytes = |text: &str, what: &str| {
            let wrong = || format!("holder \"{}\": the {what} key is 64 digits of `tabella market keys`", self.name);
            bytes32(text).with_context(wrong)
        };
        let viewer = Element::decode(bytes(&self.viewer, "viewer")?).and_then(ViewerKey::new);
        let viewer = viewer.with_context(|| format!("holder \"{}\": the viewer key is none", self.name))?;
        Ok(Party { owner: bytes(&self.owner, "owner")?, viewer })
    }
}

impl Register {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Draft(draft) => draft.run(context),
            Self::Sign(sign) => sign.run(context),
            Self::Submit(submit) => submit.run(context),
        }
    }
}

impl Draft {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let place = self.terms.display();
        let text = fs::read_to_string(&self.terms).with_context(|| format!("cannot read {place}"))?;
        let terms: Terms = toml::from_str(&text).with_context(|| format!("{place} holds no terms of a work"))?;
        let node = ledger::open(context)?;
        let assets = node.state().assets();
        let (payment, _) = resolve(assets, &terms.payment)?;
        let label = AssetLabel::of(assets, &payment);
        let units = |text: &Option<String>| {
            text.as_deref().map_or(Ok(0), |text| amount::parse(text, label.decimals)).map_err(anyhow::Error::from)
        };
        let key = self.issuer.key(context)?;
        let random = || {
            let mut bytes = [0; 32];
            OsRng.fill_bytes(&mut bytes);
            bytes
        };
        let parties = terms.holder.iter();
        let parties =
            parties.map(|one| PartyName { name: one.name.clone(), role: one.role.clone(), id: one.id.clone() });
        let metadata = Metadata {
            title: terms.title.clone(),
            artist: terms.artist.clone(),
            isrc: terms.isrc.clone(),
            release: terms.release.clone(),
            parties: parties.collect(),
            salt: hex::encode(random()),
        };
        let holders = terms.holder.iter().map(|one| anyhow::Ok(Holder { party: one.party()?, share: one.share }));
        let licence = AssetDescription {
            issuer: key.verifying_key().to_bytes(),
            name: terms.licence.clone(),
            decimals: 0,
            cap: terms.edition,
            class: AssetClass::Named,
            uid: None,
            body: [0; 32],
        };
        let work = Work {
            title: terms.title.clone(),
            metadata: metadata.digest(),
            holders: holders.collect::<Result<_, _>>()?,
            licence,
            payment,
            royalty: terms.royalty,
            minimum: units(&terms.minimum)?,
            resale_minimum: units(&terms.resale_minimum)?,
            nonce: random(),
        };
        let mut registration = Registration::new(node.id(), work)?;
        registration.sign_as_seller(&key)?;
        write_new(&self.metadata, &serde_json::to_vec_pretty(&metadata)?, Readers::Default)?;
        files::write(&self.output, &registration)?;
        context.output.show(&Drafted {
            work: registration.id().to_string(),
            file: self.output,
            metadata: self.metadata,
        })
    }
}

pub(super) fn read_metadata(path: &PathBuf, work: &Work) -> anyhow::Result<Metadata> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let metadata: Metadata = serde_json::from_str(&text)
        .with_context(|| format!("{} holds no names and roles of a work", path.display()))?;
    if metadata.digest() != work.metadata {
        bail!("{} is not what the work was registered with: its digest is another", path.display());
    }
    Ok(metadata)
}

impl Sign {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut registration: Registration = files::read(&self.file)?;
        if let Some(path) = &self.metadata {
            read_metadata(path, &registration.work)?;
        }
        let node = ledger::open(context)?;
        if registration.ledger != node.id() {
            bail!("{} is for another ledger", self.file.display());
        }
        let (_, keys) = self.owner.keys.open(context)?;
        let share = registration.sign(&keys)?;
        if share != self.share {
            bail!(
                "the registration gives you {share} basis points, and you agree to {}: nothing is signed",
                self.share
            );
        }
        fs::write(&self.file, files::encode(&registration))
            .with_context(|| format!("cannot write {}", self.file.display()))?;
        let missing = registration.finish().err().map(|error| error.to_string());
        context.output.show(&Signed { work: registration.id().to_string(), share, missing })
    }
}

impl Submit {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let registration: Registration = files::read(&self.file)?;
        let mut node = ledger::open(context)?;
        let accepted = submit(&mut node, registration.finish()?)?;
        let (work, transaction) = (registration.id().to_string(), accepted.digest.to_string());
        context.output.show(&Registered { work, transaction })
    }
}

pub(super) fn list(context: &Context) -> anyhow::Result<()> {
    let node = ledger::open(context)?;
    let works = rules(&node)?.works().map(|(id, state)| ListedWork {
        work: id.to_string(),
        title: state.work.title.clone(),
        holders: state.work.holders.len(),
        sales: state.sales,
        licences: state.licences,
        resales: state.resales,
    });
    context.output.show(&Listed { works: works.collect() })
}

impl Show {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let row = rules(&node)?.row(&InstanceId(self.work.0), node.now()?);
        let missing = || crate::output::ExitKind::missing("there is no such work on this ledger");
        let row = row.ok_or_else(missing)?;
        let payment = super::payment_label(&node, &self.work)?;
        context.output.show(&ShownWork { work: self.work.to_string(), row, payment })
    }
}
