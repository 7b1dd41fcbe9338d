//! Things from tables into the registry.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;
use tabella_ledger::node::Refusal;
use tabella_payments::holder::SubmitError;
use tabella_provenance::{
    batch::{BatchError, Setting, prepare},
    build,
    files::{BatchForApproval, Certificates, MarkKeyFile},
    identity::lacks_measures,
    rules::{ProvenanceRejection, action::MAX_STONES, attribute::Value, registry::RegistryId, schema::Schema},
    table::{Columns, Numbering},
};
use tabella_verifier::{shielded::ShieldedRejection, state::LedgerRejection};

use super::{Owner, key, rules};
use crate::{
    cli::Context,
    elections::files,
    paths::{Readers, refuse_existing, write_new},
};

/// Arguments of `provenance import`.
#[derive(Args, Debug)]
pub struct Import {
    /// The table: CSV, with the names of its columns in the first line
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// What kind of things
    #[arg(long, value_name = "KIND", default_value = "diamond")]
    schema: Schema,
    /// The registry
    #[arg(long, value_name = "ID")]
    registry: RegistryId,
    /// The key of the registry's marks, from its registrar
    #[arg(long, value_name = "FILE")]
    marks: PathBuf,
    /// Key of whoever may claim the things
    #[arg(long, value_name = "KEY", value_parser = key)]
    holder: [u8; 32],
    /// Folder for the certificates, a file for each batch: for the holder
    #[arg(long, value_name = "DIR")]
    certificates: PathBuf,
    #[command(flatten)]
    reading: Reading,
    /// Register the rows that lack measures, and no others: the registrar must approve them
    #[arg(long)]
    unmeasured: bool,
    /// How many rows are registered in one transaction, at most 4096
    #[arg(long, value_name = "N", default_value_t = MAX_STONES, value_parser = batch_size)]
    batch: usize,
    #[command(flatten)]
    owner: Owner,
}

/// How a table is read.
#[derive(Args, Debug)]
struct Reading {
    /// A column and its attribute, where the names differ: COLUMN=ATTRIBUTE. May be given several times
    #[arg(long, value_name = "COLUMN=ATTRIBUTE", value_parser = pair)]
    map: Vec<(String, String)>,
    /// Where the table has no certificates: the name under which the issuer certifies; rows are numbered
    #[arg(long, value_name = "NAME")]
    laboratory: Option<String>,
    /// The number of the first row's certificate
    #[arg(long, value_name = "N", default_value_t = 1, requires = "laboratory")]
    first: u64,
    /// Rows that are left out at the beginning
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: usize,
    /// The most rows that are read
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (column, attribute) = text.split_once('=').ok_or("say COLUMN=ATTRIBUTE")?;
    Ok((column.to_owned(), attribute.to_owned()))
}

fn batch_size(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|size| (1..=MAX_STONES).contains(size))
        .ok_or_else(|| "a batch has 1 to 4096 things".into())
}

/// A table that was read.
pub(super) struct Read {
    pub(super) things: Vec<Vec<Value>>,
    pub(super) columns: Columns,
}

/// Reads a table. `number` of a row counts from the first, whatever is skipped.
pub(super) fn read_table(
    text: impl std::io::Read,
    schema: Schema,
    map: &[(String, String)],
    numbering: Option<Numbering>,
    (skip, limit): (usize, Option<usize>),
) -> anyhow::Result<Read> {
    let mut reader = csv::Reader::from_reader(text);
    let names: Vec<String> =
        reader.headers()?.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    let columns = Columns::new(schema, &names, map, numbering)?;
    let mut things = Vec::new();
    for (number, record) in reader.records().enumerate().skip(skip).take(limit.unwrap_or(usize::MAX)) {
        let row = || format!("row {}", number + 1);
        let record = record.with_context(row)?;
        things.push(columns.row(number as u64, record.iter()).with_context(row)?);
    }
    if things.is_empty() {
        bail!("the table has no rows to register");
    }
    Ok(Read { things, columns })
}

#[derive(Serialize)]
struct Imported {
    registered: usize,
    batches: usize,
    /// Things of the same measures as others before them, which the issuer has told apart.
    look_alikes: usize,
    /// Rows that lack measures, which are registered by themselves.
    unmeasured: usize,
    attributes: Vec<&'static str>,
    ignored: Vec<String>,
    seconds: f64,
    per_second: f64,
    certificates: PathBuf,
    /// Batch that the registrar must approve before it can go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_approve: Option<PathBuf>,
    /// How many rows of the table to skip then.
    #[serde(skip_serializing_if = "Option::is_none")]
    skip: Option<usize>,
    #[serde(skip)]
    is_of_unmeasured: bool,
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "registered   {} things in {} batches", self.registered, self.batches)?;
        writeln!(f, "in           {:.1} s, {:.0} a second", self.seconds, self.per_second)?;
        writeln!(
            f,
            "look-alikes  {} of the same measures as others before them, told apart by the issuer's word",
            self.look_alikes
        )?;
        if self.unmeasured > 0 && !self.is_of_unmeasured {
            writeln!(
                f,
                "left out     {} rows that lack measures: --unmeasured makes batches of them, which the registrar approves",
                self.unmeasured
            )?;
        }
        writeln!(f, "attributes   {}", self.attributes.join(", "))?;
        if !self.ignored.is_empty() {
            let names: Vec<_> = self.ignored.iter().map(|name| crate::output::visible(name)).collect();
            writeln!(f, "not read     {}", names.join(", "))?;
        }
        writeln!(f, "certificates {}", self.certificates.display())?;
        if let Some(file) = &self.to_approve {
            let why = match self.is_of_unmeasured {
                true => "The things of the next batch lack measures",
                false => "Some things of the next batch have the measures of things of other issuers",
            };
            writeln!(
                f,
                "\n{why}. Have the registrar look at it by\n`tabella provenance review-batch {}`, compare them, and approve it.",
                file.display()
            )?;
        }
        match self.skip {
            Some(skip) => writeln!(f, "When it is approved, import the rest with --skip {skip}."),
            None => Ok(()),
        }
    }
}

impl Import {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.owner.begin(context)?;
        let marks: MarkKeyFile = files::read(&self.marks)?;
        if marks.registry != self.registry {
            bail!("{} is the key of another registry, {}", self.marks.display(), marks.registry);
        }
        let Reading { map, laboratory, first, skip, limit } = &self.reading;
        let numbering = laboratory.clone().map(|laboratory| Numbering { laboratory, first: *first });
        let file = fs::File::open(&self.table).with_context(|| format!("cannot read {}", self.table.display()))?;
        let read = read_table(file, self.schema, map, numbering, (*skip, *limit))
            .with_context(|| format!("{} is not registered", self.table.display()))?;
        let attributes = read.columns.read().map(|attribute| attribute.name).collect();
        let ignored = read.columns.ignored().to_vec();
        let rows: Vec<(usize, Vec<Value>)> = (*skip..).zip(read.things).collect();
        let (unmeasured, measured): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|(_, values)| lacks_measures(self.schema, values));
        let lacking = unmeasured.len();
        let mut rest = if self.unmeasured { unmeasured } else { measured };
        if rest.is_empty() {
            bail!("{}", nothing_left(&self.table, self.unmeasured));
        }
        let setting =
            Setting { ledger: work.node.id(), registry: self.registry, schema: self.schema, holder: self.holder };
        let task = context.progress.count("registering", "things", rest.len() as u64);
        let began = Instant::now();
        let (mut registered, mut batches, mut look_alikes, mut to_approve) = (0, 0, 0, None);
        while !rest.is_empty() {
            let next = rest.split_off(rest.len().min(self.batch));
            let (numbers, things): (Vec<usize>, Vec<_>) = std::mem::replace(&mut rest, next).into_iter().unzip();
            let count = things.len();
            let prepared = prepare(&work.keys, &marks.key, rules(&work.node)?, &setting, things)
                .map_err(|error| of_row(error.clone().into(), prepared_culprit(&error), &numbers))?;
            let name = |ending: &str| {
                let issuer: String = hex::encode(prepared.batch.issuer).chars().take(8).collect();
                self.certificates.join(format!("{issuer}-{}.{ending}", prepared.batch.number))
            };
            let (certificates, batch) = (name("certificates"), name("batch"));
            refuse_existing(&certificates)?;
            let is_approved = prepared.batch.is_approved;
            let transaction = build::register(&work.keys, work.node.id(), prepared.batch);
            let content = Certificates { certificates: prepared.certificates };
            // They are there before the ledger has the batch: an interruption loses none.
            write_new(&certificates, &files::encode(&content), Readers::Owner)?;
            if is_approved {
                write_new(&batch, &files::encode(&BatchForApproval { transaction }), Readers::Owner)?;
                to_approve = Some(batch);
                break;
            }
            if let Err(error) = work.submit(transaction) {
                fs::remove_file(&certificates).with_context(|| format!("cannot remove {}", certificates.display()))?;
                let culprit = ledger_culprit(&error);
                return Err(of_row(error, culprit, &numbers));
            }
            registered += count;
            batches += 1;
            look_alikes += prepared.look_alikes;
            task.advance(count as u64);
        }
        let seconds = began.elapsed().as_secs_f64();
        task.finish();
        let per_second = registered as f64 / seconds.max(1e-9);
        let certificates = self.certificates;
        let skip = rest.first().filter(|_| to_approve.is_some()).map(|(row, _)| *row);
        context.output.show(&Imported {
            registered,
            batches,
            look_alikes,
            unmeasured: lacking,
            attributes,
            ignored,
            seconds,
            per_second,
            certificates,
            to_approve,
            skip,
            is_of_unmeasured: self.unmeasured,
        })
    }
}

/// The thing of a batch that cannot be prepared.
const fn prepared_culprit(error: &BatchError) -> Option<usize> {
    match error {
        BatchError::Value { index, .. } | BatchError::Count { index } | BatchError::Identity { index, .. } => {
            Some(*index)
        }
        _ => None,
    }
}

/// The thing of a batch that the ledger refuses.
fn ledger_culprit(error: &anyhow::Error) -> Option<usize> {
    let Some(SubmitError::Refused(Refusal::Rule(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))))) =
        error.downcast_ref()
    else {
        return None;
    };
    match rejection.reason() {
        Some(ProvenanceRejection::Stone { index, .. }) => Some(*index),
        _ => None,
    }
}

/// Why no row of a table is registered.
fn nothing_left(table: &Path, is_of_unmeasured: bool) -> String {
    let table = table.display();
    if is_of_unmeasured {
        format!("no row of {table} lacks measures: import it without --unmeasured")
    } else {
        format!(
            "every row of {table} lacks measures: import them with --unmeasured, and have the registrar approve them"
        )
    }
}

/// Says of which row of the table an error is, and that nothing of its batch is registered. `rows` are those of the batch, from 0.
fn of_row(error: anyhow::Error, culprit: Option<usize>, rows: &[usize]) -> anyhow::Error {
    let begins = rows.first().map_or(0, |row| row + 1);
    match culprit.and_then(|index| rows.get(index)) {
        Some(row) => error.context(format!(
            "row {} of the table stops its batch, which begins with row {begins}; nothing of the batch is registered",
            row + 1
        )),
        None => error.context(format!("the batch that begins with row {begins} of the table is not registered")),
    }
}
