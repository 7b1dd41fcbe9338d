//! CSV: a header, then one row for each span of time.
//!
//! Columns, in any order: `start` (RFC 3339, with zone), `seconds`, and `produced_wh` and `consumed_wh`, or both in `_kwh`; one of
//! the two directions may be missing.

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::Timestamp;
use tabella_energy_rules::reading::Flow;
use tabella_payments::amount;

use super::{DataError, MeterData, Span};

/// Digits after the point that are read: millionths of a watt-hour.
const WH_DECIMALS: u8 = 6;
const KWH_DECIMALS: u8 = 9;
const COLUMNS: &str =
    "the columns are start, seconds, and produced_wh and consumed_wh (or produced_kwh and consumed_kwh)";

/// Where the columns are.
struct Columns {
    start: usize,
    seconds: usize,
    energy: Vec<(usize, Flow, u8)>,
}

fn columns(header: &StringRecord) -> Result<Columns, DataError> {
    let wrong = |what: String| DataError::at(1, format!("{what}: {COLUMNS}"));
    let (mut start, mut seconds, mut energy) = (None, None, Vec::new());
    for (index, name) in header.iter().enumerate() {
        let name = name.to_ascii_lowercase();
        if header.iter().take(index).any(|before| before.eq_ignore_ascii_case(&name)) {
            return Err(wrong(format!("column \"{name}\" is there twice")));
        }
        match name.as_str() {
            "start" => start = Some(index),
            "seconds" => seconds = Some(index),
            "produced_wh" => energy.push((index, Flow::Produced, WH_DECIMALS)),
            "consumed_wh" => energy.push((index, Flow::Consumed, WH_DECIMALS)),
            "produced_kwh" => energy.push((index, Flow::Produced, KWH_DECIMALS)),
            "consumed_kwh" => energy.push((index, Flow::Consumed, KWH_DECIMALS)),
            _ => return Err(wrong(format!("there is no use for column \"{name}\""))),
        }
    }
    let twice = |flow| energy.iter().filter(|(_, of, _)| *of == flow).count() > 1;
    if energy.is_empty() || Flow::BOTH.into_iter().any(twice) {
        return Err(wrong("energy is given once for a direction, in Wh or in kWh".into()));
    }
    let missing = |name| wrong(format!("column \"{name}\" is missing"));
    Ok(Columns {
        start: start.ok_or_else(|| missing("start"))?,
        seconds: seconds.ok_or_else(|| missing("seconds"))?,
        energy,
    })
}

fn line(error: &csv::Error) -> usize {
    error.position().and_then(|position| usize::try_from(position.line()).ok()).unwrap_or(1)
}

pub(super) fn read(text: &str) -> Result<MeterData, DataError> {
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text.as_bytes());
    let broken = |error: csv::Error| DataError::at(line(&error), format!("it is no table: {error}"));
    let columns = columns(reader.headers().map_err(broken)?)?;
    let mut data = MeterData::default();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        let line = record.position().and_then(|position| usize::try_from(position.line()).ok()).unwrap_or(1);
        let field = |index: usize| record.get(index).unwrap_or_default();
        let start = start(field(columns.start)).map_err(|what| DataError::at(line, what))?;
        let seconds: u64 = field(columns.seconds).parse().map_err(|_| {
            DataError::at(
                line,
                format!("\"{}\" is no number of seconds: write digits, as in 900", field(columns.seconds)),
            )
        })?;
        for (index, flow, decimals) in &columns.energy {
            let micro = amount::parse(field(*index), *decimals).map_err(|error| {
                DataError::at(line, format!("energy: {error}; of energy that is not known, leave the row out"))
            })?;
            data.add(*flow, Span { start, seconds, micro: micro.into(), line })?;
        }
    }
    Ok(data)
}

/// Seconds after 1970.
fn start(text: &str) -> Result<u64, String> {
    let time: Timestamp = text
        .parse()
        .map_err(|_| format!("\"{text}\" is no time: write date, time and zone, as in 2026-06-21T12:15:00+02:00"))?;
    let whole = u64::try_from(time.as_second()).ok().filter(|_| time.subsec_nanosecond() == 0);
    whole.ok_or_else(|| format!("\"{text}\" is not a whole second after 1970"))
}
