//! The demonstration: a table of diamonds, a sale, a proof, and everybody who lies, on a ledger of its own that is gone afterwards.

mod account;
mod play;

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use tabella_provenance::{rules::schema::Schema, table::Numbering};

use super::issue::read_table;
use crate::{cli::Context, commands::demonstration::folder};

/// 200 rows of the table, for whoever has not the whole of it.
const EXTRACT: &str = include_str!("../../../../../data/diamonds-extract.csv");

/// Arguments of `provenance demo`.
#[derive(Args, Debug)]
pub struct Demo {
    /// The table of diamonds: `scripts/diamonds.sh` fetches all 53,940 [default: 200 of them]
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Where the events of the stone that is sold are written, in JSON-LD [default: nowhere]
    #[arg(long, value_name = "FILE")]
    epcis: Option<PathBuf>,
}

impl Demo {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = folder(context)?;
        let text = match &self.table {
            Some(path) => fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?,
            None => EXTRACT.to_owned(),
        };
        let numbering = Some(Numbering { laboratory: "Antwerp".into(), first: 1 });
        let read = read_table(text.as_bytes(), Schema::Diamond, &[], numbering, (0, None))?;
        let account = play::play(context, &folder.path().join("ledger"), read.things, self.epcis.as_deref())?;
        context.output.show(&account)
    }
}
