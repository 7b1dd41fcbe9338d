//! Registries, and who issues in them.

use std::{fmt, path::PathBuf};

use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_provenance::{
    build,
    files::MarkKeyFile,
    rules::{action::Role, registry::RegistryId},
};
use tabella_verifier::files::encode;

use super::{super::work::Sent, Owner, key, known};
use crate::{
    cli::Context,
    paths::{Readers, refuse_existing, write_new},
};

/// Arguments of `provenance keys`.
#[derive(Args, Debug)]
pub struct Keys {
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `provenance found`.
#[derive(Args, Debug)]
pub struct Found {
    /// Name of the registry
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Where the key of the registry's marks is written: for its issuers, and nobody else
    #[arg(long, value_name = "FILE")]
    marks: PathBuf,
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `provenance authorise`.
#[derive(Args, Debug)]
pub struct Authorise {
    /// The registry
    #[arg(long, value_name = "ID")]
    registry: RegistryId,
    /// The issuer's key
    #[arg(value_name = "KEY", value_parser = key)]
    issuer: [u8; 32],
    /// The issuer's name
    #[arg(long, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `provenance dismiss`.
#[derive(Args, Debug)]
pub struct Dismiss {
    /// The registry
    #[arg(long, value_name = "ID")]
    registry: RegistryId,
    /// The issuer's key
    #[arg(value_name = "KEY", value_parser = key)]
    issuer: [u8; 32],
    #[command(flatten)]
    owner: Owner,
}

#[derive(Serialize)]
struct PublicKeys {
    registrar: String,
    issuer: String,
    holder: String,
}

impl fmt::Display for PublicKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { registrar, issuer, holder } = self;
        writeln!(f, "as registrar {registrar}\nas issuer    {issuer}\nas holder    {holder}")
    }
}

impl Keys {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (_, keys) = self.owner.open(context)?;
        let shown = |role| hex::encode(keys.public(role));
        let (registrar, issuer, holder) = (shown(Role::Registrar), shown(Role::Issuer), shown(Role::Holder));
        context.output.show(&PublicKeys { registrar, issuer, holder })
    }
}

#[derive(Serialize)]
struct Founded {
    registry: String,
    marks: PathBuf,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Founded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "registry     {}\nmarks' key   {}\n{}", self.registry, self.marks.display(), self.sent)?;
        writeln!(
            f,
            "\nGive the key to the issuers that you authorise. Whoever has it can find out which stones are registered."
        )
    }
}

impl Found {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.marks)?;
        let mut work = self.owner.begin(context)?;
        let (terms, transaction) = build::found(&work.keys, work.node.id(), &self.name, &mut OsRng);
        let registry = terms.id(work.node.id());
        let file = MarkKeyFile { registry, key: work.keys.mark_key().clone() };
        let sent = work.send(transaction)?;
        write_new(&self.marks, &encode(&file), Readers::Owner)?;
        context.output.show(&Founded { registry: registry.to_string(), marks: self.marks, sent })
    }
}

#[derive(Serialize)]
struct Changed {
    registry: String,
    issuer: String,
    name: String,
    is_authorised: bool,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let act = if self.is_authorised { "authorised" } else { "dismissed" };
        let name = crate::output::visible(&self.name);
        write!(f, "{act:12} {name}, {}\nin registry  {}\n{}", self.issuer, self.registry, self.sent)
    }
}

fn change(
    owner: &Owner,
    context: &Context,
    registry: RegistryId,
    issuer: [u8; 32],
    name: Option<String>,
) -> anyhow::Result<()> {
    let mut work = owner.begin(context)?;
    let state = known(&work.node, registry)?;
    let is_authorised = name.is_some();
    let before = state.issuers.get(&issuer).map(|issuer| issuer.name.clone());
    let name = name.or(before).unwrap_or_else(|| "unknown".to_owned());
    let at = (registry, state.version);
    let transaction = build::set_issuer(&work.keys, work.node.id(), at, (issuer, &name), is_authorised);
    let sent = work.send(transaction)?;
    let (registry, issuer) = (registry.to_string(), hex::encode(issuer));
    context.output.show(&Changed { registry, issuer, name, is_authorised, sent })
}

impl Authorise {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        change(&self.owner, context, self.registry, self.issuer, Some(self.name))
    }
}

impl Dismiss {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        change(&self.owner, context, self.registry, self.issuer, None)
    }
}
