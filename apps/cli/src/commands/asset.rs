//! Assets: an issuer's key, issues, and what there is.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use serde::Serialize;
use tabella_payments::{
    amount,
    holder::submit,
    issuer::{IssuerKey, next_issue, sign_issue},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    keys::Address,
    note::NoteValue,
};
use tabella_prover::keyfile;
use tabella_verifier::assets::Assets;

use super::{ledger, wallet::create_key};
use crate::{
    assets::{AssetLabel, resolve},
    cli::Context,
    elections::keys,
    output::{Table, visible},
};

/// What can be done with assets.
#[derive(Debug, Subcommand)]
pub enum Asset {
    /// Make an issuer's key, in a key file under a passphrase
    NewIssuer(NewIssuer),
    /// Issue units of an asset to an address; the first issue makes the asset. Amount and recipient are public
    Issue(Box<Issue>),
    /// List the assets of the ledger
    List,
}

/// Arguments of `asset new-issuer`.
#[derive(Args, Debug)]
pub struct NewIssuer {
    #[command(flatten)]
    file: IssuerFile,
}

#[derive(Args, Debug)]
pub(super) struct IssuerFile {
    /// Key file of the issuer [default: issuer.age in TABELLA_HOME, else in the folder for data of applications]
    #[arg(long, value_name = "FILE")]
    issuer_key: Option<PathBuf>,
}

impl IssuerFile {
    /// The issuer's key.
    pub(super) fn key(&self, context: &Context) -> anyhow::Result<SigningKey> {
        Ok(read(&self.path(context)?, context)?.into_key())
    }

    fn path(&self, context: &Context) -> anyhow::Result<PathBuf> {
        match &self.issuer_key {
            Some(path) => Ok(path.clone()),
            None => Ok(context.paths.home()?.join("issuer.age")),
        }
    }
}

/// Arguments of `asset issue`.
#[derive(Args, Debug)]
pub struct Issue {
    #[command(flatten)]
    file: IssuerFile,
    /// Name of the asset, 1 to 128 bytes; or, with --asset, its id
    #[arg(long, value_name = "TEXT", required_unless_present = "asset", conflicts_with = "asset")]
    name: Option<String>,
    /// Id of an asset that was issued before
    #[arg(long, value_name = "ID")]
    asset: Option<String>,
    /// Digits after the decimal point, 0 to 18 (first issue)
    #[arg(long, value_name = "N", conflicts_with = "asset")]
    decimals: Option<u8>,
    /// The most that may ever be issued (first issue)
    #[arg(long, value_name = "AMOUNT", conflicts_with = "asset")]
    cap: Option<String>,
    /// The asset is of class named: every transfer shows which asset it moves, and hides only the owners (first issue)
    #[arg(long, conflicts_with = "asset")]
    named: bool,
    /// Address of the recipient
    #[arg(long, value_name = "ADDRESS", requires = "amount", required_unless_present = "seal")]
    to: Option<Address>,
    /// Amount, as in 1000.00
    #[arg(long, value_name = "AMOUNT", requires = "to")]
    amount: Option<String>,
    /// Nothing more can be issued after this
    #[arg(long)]
    seal: bool,
}

fn read(path: &Path, context: &Context) -> anyhow::Result<IssuerKey> {
    Ok(keys::ask_and_open(path, "`tabella asset new-issuer` makes one", context)?.0)
}

impl Asset {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::NewIssuer(new) => new.run(context),
            Self::Issue(issue) => issue.run(context),
            Self::List => list(context),
        }
    }
}

impl NewIssuer {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let path = self.file.path(context)?;
        if path.try_exists().unwrap_or(false) {
            return Err(keyfile::KeyFileError::Exists(path).into());
        }
        let key = IssuerKey::generate(&mut OsRng);
        create_key(&path, &key, context)?;
        context.output.show(&NewIssuerKey { issuer: hex::encode(key.key().verifying_key().as_bytes()), key_file: path })
    }
}

impl Issue {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut node = ledger::open(context)?;
        let path = self.file.path(context)?;
        let key = read(&path, context)?;
        let assets = node.state().assets();
        let description = self.description(assets, key.key().verifying_key().to_bytes())?;
        let mut recipients = Vec::new();
        if let (Some(to), Some(text)) = (&self.to, &self.amount) {
            recipients.push((*to, NoteValue(amount::parse(text, description.decimals)?)));
        }
        let (id, issue) = next_issue(assets, description, &recipients, self.seal, &mut OsRng)?;
        let sequence = issue.sequence;
        let transaction = sign_issue(key.key(), node.id(), &issue)?;
        let accepted = submit(&mut node, transaction)?;
        let assets = node.state().assets();
        let label = AssetLabel::of(assets, &id);
        let state = assets.get(&id).context("the asset is not in the ledger's state")?;
        context.output.show(&Issued {
            transaction: accepted.digest.to_string(),
            sequence,
            amount: label.amount(recipients.iter().map(|(_, value)| u128::from(value.0)).sum()),
            issued: label.amount(u128::from(state.issued)),
            cap: label.amount(u128::from(state.description.cap)),
            sealed: state.sealed,
            to: self.to.map(|to| to.to_string()),
            label,
        })
    }

    /// What is issued: an asset of before, or a new one.
    fn description(&self, assets: &Assets, issuer: [u8; 32]) -> anyhow::Result<AssetDescription> {
        let Some(name) = &self.name else {
            let id = self.asset.as_deref().context("an asset is named or given by its id")?;
            let known = resolve(assets, id)?.1.description.clone();
            if known.issuer != issuer {
                bail!("asset {id} is of another issuer");
            }
            return Ok(known);
        };
        if name.trim() != name || visible(name) != *name {
            bail!("the name of an asset has no invisible characters, and no spaces around it");
        }
        let own = |description: &&AssetDescription| description.issuer == issuer && description.name == *name;
        if let Some(known) = assets.iter().map(|(_, state)| &state.description).find(own) {
            let cap = self.cap.as_deref().map(|text| amount::parse(text, known.decimals)).transpose()?;
            if self.named && known.class != AssetClass::Named {
                bail!("you have issued \"{name}\" before, as an ordinary asset: this stays");
            }
            if self.decimals.is_some_and(|decimals| decimals != known.decimals)
                || cap.is_some_and(|cap| cap != known.cap)
            {
                let cap = amount::format(u128::from(known.cap), known.decimals);
                bail!("you have issued \"{name}\" before, with {} decimals and cap {cap}: these stay", known.decimals);
            }
            return Ok(known.clone());
        }
        let (Some(decimals), Some(cap)) = (self.decimals, &self.cap) else {
            bail!("the first issue of \"{name}\" fixes its --decimals and its --cap");
        };
        let class = if self.named { AssetClass::Named } else { AssetClass::Ordinary };
        let mut description =
            AssetDescription { issuer, name: name.clone(), decimals, cap: 1, class, uid: None, body: [0; 32] };
        description.check()?;
        description.cap = amount::parse(cap, decimals)?;
        Ok(description)
    }
}

fn list(context: &Context) -> anyhow::Result<()> {
    let node = ledger::open(context)?;
    let known = node.state().assets();
    let assets = known.iter().map(|(id, state)| {
        let label = AssetLabel::of(known, &id);
        ListedAsset {
            issued: label.amount(u128::from(state.issued)),
            cap: label.amount(u128::from(state.description.cap)),
            issues: state.next,
            sealed: state.sealed,
            issuer: hex::encode(state.description.issuer),
            label,
        }
    });
    context.output.show(&AssetList { assets: assets.collect() })
}

#[derive(Serialize)]
struct NewIssuerKey {
    issuer: String,
    key_file: PathBuf,
}

impl fmt::Display for NewIssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "issuer    {}\nkey file  {}", self.issuer, self.key_file.display())?;
        writeln!(f, "\nWhoever has this file and its passphrase can issue your assets up to their caps. Keep a copy.")
    }
}

#[derive(Serialize)]
struct Issued {
    #[serde(flatten)]
    label: AssetLabel,
    sequence: u64,
    amount: String,
    to: Option<String>,
    issued: String,
    cap: String,
    sealed: bool,
    transaction: String,
}

impl fmt::Display for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = visible(&self.label.name);
        writeln!(f, "asset        {}  {name}", self.label.asset)?;
        if let Some(to) = &self.to {
            writeln!(f, "issued now   {} {name}\nto           {to}", self.amount)?;
        }
        writeln!(f, "issued       {} of at most {}", self.issued, self.cap)?;
        if self.sealed {
            writeln!(f, "sealed       nothing more can be issued")?;
        }
        writeln!(f, "transaction  {}", self.transaction)
    }
}

#[derive(Serialize)]
struct AssetList {
    assets: Vec<ListedAsset>,
}

#[derive(Serialize)]
struct ListedAsset {
    #[serde(flatten)]
    label: AssetLabel,
    issued: String,
    cap: String,
    issues: u64,
    sealed: bool,
    issuer: String,
}

impl fmt::Display for AssetList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.assets.is_empty() {
            return writeln!(f, "There is no asset on this ledger: `tabella asset issue` makes one.");
        }
        let mut table = Table::new(&["name", ">issued", ">cap", "state", "asset", "issuer"]);
        for asset in &self.assets {
            let state = if asset.sealed { "sealed" } else { "open" };
            let name = visible(&asset.label.name);
            table.row([name.as_str(), &asset.issued, &asset.cap, state, &asset.label.asset, &asset.issuer]);
        }
        write!(f, "{table}")
    }
}
