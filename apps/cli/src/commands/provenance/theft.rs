//! Thefts: reported and lifted by the registrar, or by the issuer of the certificate.

use std::fmt;

use anyhow::bail;
use clap::Args;
use serde::Serialize;
use tabella_protocol::note::AssetId;
use tabella_provenance::{
    build,
    rules::action::{Authority, Role},
};

use super::{super::work::Sent, Owner, Work, known, rules, thing};
use crate::{cli::Context, output::ExitKind};

/// Arguments of `provenance report`.
#[derive(Args, Debug)]
pub struct Report {
    #[command(flatten)]
    act: Act,
}

/// Arguments of `provenance lift`.
#[derive(Args, Debug)]
pub struct Lift {
    #[command(flatten)]
    act: Act,
}

#[derive(Args, Debug)]
struct Act {
    /// The thing, by the id of its asset
    #[arg(value_name = "THING", value_parser = thing)]
    thing: AssetId,
    #[command(flatten)]
    owner: Owner,
}

#[derive(Serialize)]
struct Done {
    thing: String,
    is_stolen: bool,
    by: String,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let act = if self.is_stolen { "reported" } else { "lifted" };
        write!(f, "{act:12} {}\nby its       {}\n{}", self.thing, self.by, self.sent)?;
        if self.is_stolen {
            writeln!(f, "\nThe ledger refuses every transfer of it until the report is lifted.")?;
        }
        Ok(())
    }
}

/// As what this wallet may act: the registrar of the thing's registry, or the issuer of its certificate.
fn authority(work: &Work<'_>, asset: AssetId) -> anyhow::Result<(Authority, u64)> {
    let found = rules(&work.node)?.stone_and_batch(&asset);
    let (stone, batch) = found.ok_or_else(|| ExitKind::missing(format!("no thing is registered as asset {asset}")))?;
    let registrar = known(&work.node, batch.registry)?.registry.registrar;
    if work.keys.public(Role::Registrar) == registrar {
        return Ok((Authority::Registrar, stone.version));
    }
    if work.keys.public(Role::Issuer) == batch.issuer {
        return Ok((Authority::Issuer, stone.version));
    }
    bail!(
        "this wallet is neither the registrar of the thing's registry nor the issuer of its certificate: ask one of them. \
         (--key-file and --number choose other keys)"
    )
}

fn act(act: &Act, context: &Context, is_stolen: bool) -> anyhow::Result<()> {
    let mut work = act.owner.begin(context)?;
    let (by, version) = authority(&work, act.thing)?;
    let make = if is_stolen { build::report } else { build::lift };
    let transaction = make(&work.keys, work.node.id(), act.thing, version, by);
    let sent = work.send(transaction)?;
    context.output.show(&Done { thing: act.thing.to_string(), is_stolen, by: by.role().to_string(), sent })
}

impl Report {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        act(&self.act, context, true)
    }
}

impl Lift {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        act(&self.act, context, false)
    }
}
