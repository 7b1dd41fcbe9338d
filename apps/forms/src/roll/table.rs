//! A table of addresses, and of weights where they are hidden.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use csv::{ReaderBuilder, StringRecord};
use tabella_protocol::election::Weights;

use super::Placed;
use crate::read_bytes;

/// The longest table of addresses that is read.
const MAX_BYTES: u64 = 1 << 30;

/// Which columns are read; counted from 0.
struct Columns {
    address: usize,
    /// With its heading.
    weight: Option<(usize, String)>,
}

/// Reads a table, whole.
///
/// # Errors
/// If it cannot be read, a column is missing, or a row has too few.
pub fn read(path: &Path, weights: Weights) -> anyhow::Result<Vec<Placed>> {
    parse(&read_bytes(path, MAX_BYTES)?, &path.display().to_string(), weights)
}

/// Reads the bytes of a table; `file` is its name, for messages.
///
/// # Errors
/// As [`read`].
pub(super) fn parse(bytes: &[u8], file: &str, weights: Weights) -> anyhow::Result<Vec<Placed>> {
    // Spreadsheets of countries with decimal commas write semicolons.
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = if !first.contains(&b',') && first.contains(&b';') { b';' } else { b',' };
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let mut columns = None;
    let mut placed = Vec::new();
    for record in reader.records() {
        let record = record.with_context(|| format!("{file}: no table"))?;
        let columns = match &columns {
            Some(columns) => columns,
            None => {
                let (found, is_heading) = Columns::find(&record, weights).with_context(|| file.to_owned())?;
                let found = columns.insert(found);
                if is_heading {
                    continue;
                }
                found
            }
        };
        let place = format!("{file}:{}", record.position().map_or(0, csv::Position::line));
        let cell = |column: usize| record.get(column).map(str::to_owned);
        let address =
            cell(columns.address).ok_or_else(|| anyhow!("{place}: there is no column {}", columns.address + 1))?;
        let (weight, weight_place) = match &columns.weight {
            None => (None, place.clone()),
            Some((column, heading)) => {
                (Some(cell(*column).unwrap_or_default()), format!("{place}: column {} ({heading})", column + 1))
            }
        };
        placed.push(Placed { place, weight_place, address, weight });
    }
    if placed.is_empty() {
        bail!("{file} holds no address");
    }
    Ok(placed)
}

impl Columns {
    /// The columns by the first row, and whether that row is one of headings.
    fn find(first: &StringRecord, weights: Weights) -> anyhow::Result<(Self, bool)> {
        let named = |name: &str| first.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        let (address, weight) = (named("address"), named("weight"));
        match (weights, address, weight) {
            (Weights::One, _, Some(_)) => bail!(
                "the table has a column \"weight\", and this election gives every voter one vote: begin another election with `weights = \"hidden\"` in its draft, or rename the column"
            ),
            (Weights::One, address, None) => {
                Ok((Self { address: address.unwrap_or(0), weight: None }, address.is_some()))
            }
            (Weights::Hidden, Some(address), Some(weight)) => {
                let heading = first.get(weight).unwrap_or_default().to_owned();
                Ok((Self { address, weight: Some((weight, heading)) }, true))
            }
            (Weights::Hidden, ..) => bail!(
                "rights of this election weigh differently: the first row must be one of headings, with \"address\" and \"weight\" among them"
            ),
        }
    }
}
