//! Questions, and attributes that are shown.

use std::{fmt, path::PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use rand_core::{OsRng, RngCore as _};
use serde::Serialize;
use tabella_provenance::{
    Ask, Certificate, Wanted,
    certificate::number_of,
    rules::{
        presentation::{Bounds, Challenge, Learned, Presentation},
        schema::{Attribute, Kind, Schema},
    },
};

use super::{known, rules, show::NOT_MEASURED};
use crate::{
    cli::Context,
    commands::ledger,
    elections::{files, time::Time},
    output::visible,
    paths::{Readers, refuse_existing, write_new},
};

/// Arguments of `provenance ask`.
#[derive(Args, Debug)]
pub struct AskCommand {}

/// A question that somebody asks.
#[derive(Args, Debug)]
struct Question {
    /// The buyer's question: 64 digits from `tabella provenance ask`
    #[arg(long, value_name = "HEX", value_parser = super::key)]
    question: [u8; 32],
    /// The buyer's name, as buyer and owner know it
    #[arg(long = "for", value_name = "NAME")]
    name: String,
}

impl Question {
    fn challenge(&self) -> Challenge {
        Challenge::new(&self.question, &self.name)
    }
}

/// Arguments of `provenance present`.
#[derive(Args, Debug)]
pub struct Present {
    /// The certificate of the thing
    #[arg(value_name = "CERTIFICATE")]
    certificate: PathBuf,
    #[command(flatten)]
    question: Question,
    /// An attribute to show. May be given several times
    #[arg(long, value_name = "ATTRIBUTE")]
    open: Vec<String>,
    /// Prove that a number is not less: ATTRIBUTE=NUMBER, as in carat=1. May be given several times
    #[arg(long, value_name = "ATTRIBUTE=NUMBER")]
    at_least: Vec<String>,
    /// Prove that a number is not more: ATTRIBUTE=NUMBER. May be given several times
    #[arg(long, value_name = "ATTRIBUTE=NUMBER")]
    at_most: Vec<String>,
    /// File of the presentation: for the buyer
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `provenance check`.
#[derive(Args, Debug)]
pub struct Check {
    /// The presentation, from the owner
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    question: Question,
}

#[derive(Serialize)]
struct Asked {
    question: String,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.question)
    }
}

impl AskCommand {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let Self {} = self;
        let mut bytes = [0; 32];
        OsRng.fill_bytes(&mut bytes);
        context.output.show(&Asked { question: hex::encode(bytes) })
    }
}

/// A bound in words, as a number in the attribute's units.
fn bound(schema: Schema, text: &str) -> anyhow::Result<(String, u64)> {
    let (name, number) = text.split_once('=').ok_or_else(|| anyhow!("\"{text}\" is no bound: say carat=1"))?;
    let found = number_of(schema, name, number);
    let found = found
        .with_context(|| format!("a {schema} has no number \"{name}\", or \"{number}\" is none that it can have"))?;
    Ok((name.to_owned(), found))
}

#[derive(Serialize)]
struct Presented {
    thing: String,
    attributes: usize,
    file: PathBuf,
}

impl fmt::Display for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { thing, attributes, file } = self;
        writeln!(f, "thing        {thing}\nshown        {attributes} attributes\nfile         {}", file.display())?;
        writeln!(f, "\nWhat is opened the buyer knows for good; what is proved convinces this buyer alone.")
    }
}

impl Present {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let certificate: Certificate = files::read(&self.certificate)?;
        let node = ledger::open(context)?;
        certificate.check(rules(&node)?, node.id())?;
        let schema = certificate.schema();
        let mut asks: Vec<Ask> =
            self.open.iter().map(|name| Ask { attribute: name.clone(), wanted: Wanted::Value }).collect();
        let mut ranges: Vec<(String, Bounds)> = Vec::new();
        for (text, is_least) in
            self.at_least.iter().map(|text| (text, true)).chain(self.at_most.iter().map(|text| (text, false)))
        {
            let (name, number) = bound(schema, text)?;
            let at = ranges.iter().position(|(other, _)| *other == name).unwrap_or(ranges.len());
            if at == ranges.len() {
                ranges.push((name, Bounds { at_least: None, at_most: None }));
            }
            if let Some((name, bounds)) = ranges.get_mut(at) {
                let place = if is_least { &mut bounds.at_least } else { &mut bounds.at_most };
                if place.replace(number).is_some() {
                    bail!("attribute {name} has two bounds on one side");
                }
            }
        }
        asks.extend(ranges.into_iter().map(|(attribute, bounds)| Ask { attribute, wanted: Wanted::Within(bounds) }));
        if asks.is_empty() {
            bail!("nothing is shown: say --open, --at-least or --at-most");
        }
        let presentation = certificate.present(&asks, self.question.challenge(), &mut OsRng)?;
        write_new(&self.output, &files::encode(&presentation), Readers::Owner)?;
        let thing = presentation.asset.to_string();
        context.output.show(&Presented { thing, attributes: asks.len(), file: self.output })
    }
}

/// What was learned of an attribute, in words.
pub(super) fn words(attribute: &Attribute, learned: &Learned) -> String {
    let unit = match attribute.kind {
        Kind::Number { unit, .. } if !unit.is_empty() => format!(" {unit}"),
        _ => String::new(),
    };
    let number =
        |number: u64| format!("{}{unit}", tabella_provenance::rules::attribute::Value::Number(number).show(attribute));
    match learned {
        Learned::Value(tabella_provenance::rules::attribute::Value::Number(value)) => number(*value),
        Learned::Value(value) => value.show(attribute),
        Learned::Bounds(Bounds { at_least, at_most }) => {
            let least = at_least.map(|least| format!("at least {}", number(least)));
            let most = at_most.map(|most| format!("at most {}", number(most)));
            least.into_iter().chain(most).collect::<Vec<_>>().join(", ")
        }
    }
}

#[derive(Serialize)]
struct Checked {
    thing: String,
    kind: String,
    registry: String,
    registry_name: String,
    issuer: String,
    issuer_name: String,
    is_authorised: bool,
    is_claimed: bool,
    /// Whether it was registered with its measures; `null` if its kind has none.
    is_measured: Option<bool>,
    stolen_since: Option<Time>,
    attributes: Vec<(&'static str, String)>,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:12} {}", self.kind, self.thing)?;
        writeln!(f, "registry     {}, {}", visible(&self.registry_name), self.registry)?;
        let authority = if self.is_authorised { "" } else { " (no longer authorised)" };
        writeln!(f, "certified by {}{authority}, {}", visible(&self.issuer_name), self.issuer)?;
        if self.is_measured == Some(false) {
            writeln!(f, "{NOT_MEASURED}")?;
        }
        if let Some(since) = &self.stolen_since {
            writeln!(f, "STOLEN       reported at {since}: it does not move")?;
        }
        for (name, value) in &self.attributes {
            let value = if value.is_empty() { "(says nothing)".to_owned() } else { visible(value) };
            writeln!(f, "  {name:24} {value}")?;
        }
        writeln!(f, "\nThat is what was registered. Who owns the thing shows when it is handed over.")
    }
}

impl Check {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let presentation: Presentation = files::read(&self.file)?;
        let node = ledger::open(context)?;
        let findings = presentation
            .check(rules(&node)?, node.id(), self.question.challenge(), &mut OsRng)
            .with_context(|| format!("{} shows nothing", self.file.display()))?;
        let registry = known(&node, findings.registry)?;
        let issuer_name = registry.issuers.get(&findings.issuer).map(|issuer| issuer.name.clone()).unwrap_or_default();
        let attributes =
            findings.attributes.iter().map(|(attribute, learned)| (attribute.name, words(attribute, learned)));
        context.output.show(&Checked {
            thing: presentation.asset.to_string(),
            kind: findings.schema.to_string(),
            registry: findings.registry.to_string(),
            registry_name: registry.registry.name.clone(),
            issuer: hex::encode(findings.issuer),
            issuer_name,
            is_authorised: findings.is_authorised,
            is_claimed: findings.is_claimed,
            is_measured: rules(&node)?.is_measured(&presentation.asset),
            stolen_since: findings.theft.map(|theft| Time(theft.since)),
            attributes: attributes.collect(),
        })
    }
}
