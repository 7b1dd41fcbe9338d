//! What everybody is shown.

use std::fmt;

use clap::Args;
use serde::Serialize;
use tabella_protocol::note::Timestamp;
use tabella_provenance::rules::{
    registry::RegistryId,
    row::{RegistryRow, Row, StoneRow},
    schema::{Kind, Schema},
};
use tabella_verifier::application::{InstanceId, Readable as _};

use super::rules;
use crate::{
    cli::Context,
    commands::ledger,
    elections::time::Time,
    output::{ExitKind, Table, visible},
};

/// Arguments of `provenance schema`.
#[derive(Args, Debug)]
pub struct ShowSchema {
    /// What kind of things
    #[arg(value_name = "KIND", default_value = "diamond")]
    kind: Schema,
}

/// Arguments of `provenance show`.
#[derive(Args, Debug)]
pub struct ShowOne {
    /// A registry by its id, or a thing by the id of its asset
    #[arg(value_name = "ID", value_parser = super::key)]
    id: [u8; 32],
}

/// Arguments of `provenance list`.
#[derive(Args, Debug)]
pub struct List {}

#[derive(Serialize)]
struct SchemaRow {
    name: &'static str,
    /// Digits after the point; `null` of text.
    decimals: Option<u8>,
    unit: &'static str,
    /// Whether it says which thing it is.
    identifies: bool,
}

#[derive(Serialize)]
struct Attributes {
    kind: &'static str,
    attributes: Vec<SchemaRow>,
}

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&[">", "attribute", "holds", "identifies"]);
        for (index, row) in self.attributes.iter().enumerate() {
            let holds = match (row.decimals, row.unit) {
                (None, _) => "text".to_owned(),
                (Some(decimals), unit) => format!("number, {decimals} decimals {unit}"),
            };
            let identifies = if row.identifies { "yes" } else { "" };
            table.row([(index + 1).to_string(), row.name.to_owned(), holds, identifies.to_owned()]);
        }
        write!(f, "{table}")
    }
}

impl ShowSchema {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let identity = self.kind.identity();
        let attributes = self.kind.attributes().iter().map(|attribute| {
            let name = attribute.name;
            let (decimals, unit) = match attribute.kind {
                Kind::Text => (None, ""),
                Kind::Number { decimals, unit } => (Some(decimals), unit),
            };
            let identifies = identity.inscription == name
                || identity.certificate.contains(&name)
                || identity.measures.contains(&name);
            SchemaRow { name, decimals, unit, identifies }
        });
        context.output.show(&Attributes { kind: self.kind.name(), attributes: attributes.collect() })
    }
}

/// What is said of a thing that was registered without its measures.
pub(super) const NOT_MEASURED: &str =
    "not measured nobody has counted what looks like it; that it is a new thing, the registrar has approved";

/// A thing, in words.
pub(super) struct StoneText<'a>(pub(super) &'a str, pub(super) &'a StoneRow);

impl fmt::Display for StoneText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(id, row) = self;
        writeln!(f, "thing        {id}, a {}", row.kind)?;
        writeln!(f, "registry     {}\ncertified by {}", row.registry, row.issuer)?;
        let time = |seconds| Timestamp::new(seconds).map(|time| Time(time).to_string()).unwrap_or_default();
        writeln!(f, "registered   {}, in batch {}", time(row.registered), row.batch)?;
        if row.is_measured == Some(false) {
            writeln!(f, "{NOT_MEASURED}")?;
        }
        if row.told_apart > 0 {
            writeln!(f, "told apart   by its issuer from {} things of the same measures", row.told_apart)?;
        }
        writeln!(f, "note         {}", if row.is_claimed { "made" } else { "not claimed yet" })?;
        match row.stolen_since {
            Some(since) => writeln!(f, "STOLEN       reported at {}: it does not move", time(since)),
            None => Ok(()),
        }
    }
}

fn registry_text(f: &mut fmt::Formatter<'_>, id: &str, row: &RegistryRow) -> fmt::Result {
    writeln!(f, "registry     {id}, {}\nregistrar    {}", visible(&row.name), row.registrar)?;
    writeln!(f, "things       {}, of which {} are reported as stolen", row.things, row.stolen)?;
    for issuer in &row.issuers {
        let authority = if issuer.is_authorised { "issuer" } else { "dismissed" };
        writeln!(f, "{authority:12} {}, {} things, {}", visible(&issuer.name), issuer.things, issuer.key)?;
    }
    Ok(())
}

#[derive(Serialize)]
struct One {
    id: String,
    #[serde(flatten)]
    row: Row,
}

impl fmt::Display for One {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.row {
            Row::Registry(row) => registry_text(f, &self.id, row),
            Row::Stone(row) => write!(f, "{}", StoneText(&self.id, row)),
        }
    }
}

impl ShowOne {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let row = rules(&node)?.row(&InstanceId(self.id), node.now()?);
        let id = hex::encode(self.id);
        let row = row.ok_or_else(|| {
            ExitKind::missing(format!("{id} is neither a registry nor a registered thing of this ledger"))
        })?;
        context.output.show(&One { id, row })
    }
}

#[derive(Serialize)]
struct Registries {
    registries: Vec<One>,
}

impl fmt::Display for Registries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.registries.iter().try_for_each(|one| writeln!(f, "{one}"))
    }
}

impl List {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let Self {} = self;
        let node = ledger::open(context)?;
        let (state, now) = (rules(&node)?, node.now()?);
        let row = |id: &RegistryId| Some(One { id: id.to_string(), row: state.row(&InstanceId(id.0), now)? });
        let registries = state.registries().filter_map(|(id, _)| row(id)).collect();
        context.output.show(&Registries { registries })
    }
}
