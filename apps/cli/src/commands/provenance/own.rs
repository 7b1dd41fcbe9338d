//! What owners do with their certificates, and how their notes are made.

use std::{fmt, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_protocol::note::AssetId;
use tabella_provenance::{
    Certificate,
    build::{ClaimRequest, MAX_CLAIMS},
    files::Certificates,
    rules::row::StoneRow,
};

use super::{Owner, rules, thing};
use crate::{
    cli::Context,
    commands::ledger,
    elections::files,
    output::{ExitKind, visible},
    paths::{Readers, refuse_existing, write_new},
};

/// Arguments of `provenance certificate`.
#[derive(Args, Debug)]
pub struct Extract {
    /// The certificates of a batch
    #[arg(value_name = "FILE")]
    batch: PathBuf,
    /// Number of the certificate, as the issuer has written it
    #[arg(long, value_name = "NUMBER", conflicts_with = "at")]
    certificate: Option<String>,
    /// Which of the batch, from 1
    #[arg(long, value_name = "N", required_unless_present = "certificate")]
    at: Option<usize>,
    /// File of the certificate: for the owner of the thing
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `provenance read`.
#[derive(Args, Debug)]
pub struct Read {
    /// The certificate
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Arguments of `provenance claim`.
#[derive(Args, Debug)]
pub struct Claim {
    /// The things, by the ids of their assets: `tabella provenance read` shows it. At most 32
    #[arg(value_name = "THING", value_parser = thing, required = true, num_args = 1..=MAX_CLAIMS)]
    things: Vec<AssetId>,
    /// File of the claim: for the issuer, who grants it
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    owner: Owner,
}

/// A certificate, as its owner reads it.
#[derive(Serialize)]
struct Shown {
    thing: String,
    #[serde(flatten)]
    row: StoneRow,
    attributes: Vec<(&'static str, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", super::show::StoneText(&self.thing, &self.row))?;
        for (name, value) in self.attributes.iter().filter(|(_, value)| !value.is_empty()) {
            writeln!(f, "  {name:24} {}", visible(value))?;
        }
        let empty = self.attributes.iter().filter(|(_, value)| value.is_empty()).count();
        writeln!(f, "  and {empty} attributes that say nothing")?;
        match &self.file {
            Some(file) => writeln!(f, "file         {}", file.display()),
            None => Ok(()),
        }
    }
}

fn show(context: &Context, certificate: &Certificate, file: Option<PathBuf>) -> anyhow::Result<()> {
    let node = ledger::open(context)?;
    let asset = certificate.check(rules(&node)?, node.id())?;
    let row = rules(&node)?.stone_row(&asset).context("the thing is registered")?;
    let attributes =
        certificate.attributes().map(|(attribute, value)| (attribute.name, value.show(attribute))).collect();
    context.output.show(&Shown { thing: asset.to_string(), row, attributes, file })
}

impl Extract {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let Certificates { certificates } = files::read(&self.batch)?;
        let wanted = |index: usize, certificate: &Certificate| match (&self.certificate, self.at) {
            (Some(number), _) => {
                let [_, name] = certificate.schema().identity().certificate;
                let own = certificate.attributes().find(|(attribute, _)| attribute.name == name);
                own.is_some_and(|(attribute, value)| value.show(attribute) == *number)
            }
            (None, at) => at == Some(index + 1),
        };
        let found = certificates.iter().enumerate().find(|(index, certificate)| wanted(*index, certificate));
        let (_, certificate) = found.ok_or_else(|| {
            ExitKind::missing(format!(
                "{} holds {} certificates, and not this one",
                self.batch.display(),
                certificates.len()
            ))
        })?;
        write_new(&self.output, &files::encode(certificate), Readers::Owner)?;
        show(context, certificate, Some(self.output))
    }
}

impl Read {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let certificate: Certificate = files::read(&self.file)?;
        show(context, &certificate, None)
    }
}

#[derive(Serialize)]
struct Claimed {
    things: usize,
    address: String,
    file: PathBuf,
}

impl fmt::Display for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "claim of     {} things\nat address   {}\nfile         {}",
            self.things,
            self.address,
            self.file.display()
        )?;
        writeln!(f, "\nGive it to the issuer, who looks at it by `tabella provenance review-claim`, and grants it.")
    }
}

impl Claim {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let work = self.owner.begin(context)?;
        let address = work.holder()?.wallet().address(0);
        let claims: Vec<_> = self.things.iter().map(|asset| (*asset, address)).collect();
        let known = (rules(&work.node)?, work.node.state().assets());
        let request = ClaimRequest::new(&work.keys, work.node.id(), known, &claims, &mut OsRng)?;
        write_new(&self.output, &files::encode(&request), Readers::Owner)?;
        context.output.show(&Claimed { things: claims.len(), address: address.to_string(), file: self.output })
    }
}
