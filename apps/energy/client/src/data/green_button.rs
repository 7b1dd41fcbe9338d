//! Green Button: energy usage in an Atom feed (NAESB REQ.21, ESPI 1.1 to 3.3).
//!
//! A `MeterReading` is related to the `ReadingType` that says what is counted, and to its collection of `IntervalBlock`s. Read are
//! readings of energy in Wh (`uom` 72) that count what flowed in each span (`accumulationBehaviour` 4), delivered to the customer
//! (`flowDirection` 1) or fed in (19). `value · 10^powerOfTenMultiplier` is in Wh.

use std::collections::BTreeMap;

use tabella_energy_rules::reading::Flow;

use super::{
    DataError, MeterData, Span,
    xml::{Node, Space, parse},
};

/// Unit of measure: watt-hours.
const WATT_HOURS: u32 = 72;
/// Each value is of its span alone.
const DELTA: u32 = 4;

/// What a ReadingType says.
#[derive(Clone, Copy)]
struct Kind {
    flow: Flow,
    /// Of the multiplier.
    power: i32,
}

pub(super) fn read(text: &str) -> Result<MeterData, DataError> {
    let feed = parse(text)?;
    if feed.space != Space::Atom || feed.name != "feed" {
        let what = format!(
            "the document is a {}, and Green Button is an Atom feed: download the data as \"Green Button\" XML",
            feed.name
        );
        return Err(DataError::at(feed.line, what));
    }
    let entries: Vec<&Node> = feed.all(Space::Atom, "entry").collect();
    let mut kinds = BTreeMap::new();
    // Where a collection of blocks is, and of which type.
    let mut types = BTreeMap::new();
    for entry in &entries {
        if let Some(node) = content(entry, "ReadingType")?
            && kinds.insert(link(entry, "self")?, kind(node)?).is_some()
        {
            return Err(DataError::at(entry.line, "a second ReadingType of the same link"));
        }
    }
    for entry in &entries {
        if content(entry, "MeterReading")?.is_none() {
            continue;
        }
        let related: Vec<&str> = links(entry, "related").collect();
        let of: Vec<Kind> = related.iter().filter_map(|href| kinds.get(href).copied()).collect();
        let [kind] = of.as_slice() else {
            let what = "a MeterReading is related to exactly one ReadingType of this file: export them together";
            return Err(DataError::at(entry.line, what));
        };
        for href in related.into_iter().filter(|href| href.ends_with("/IntervalBlock")) {
            if types.insert(href, *kind).is_some() {
                let what = "two MeterReadings are related to the same blocks: it is not clear what was measured";
                return Err(DataError::at(entry.line, what));
            }
        }
    }
    let mut data = MeterData::default();
    for entry in &entries {
        let blocks = contents(entry, "IntervalBlock")?;
        if blocks.is_empty() {
            continue;
        }
        let up = link(entry, "up")?;
        let missing = || {
            DataError::at(
                entry.line,
                format!("no MeterReading of this file is related to the blocks {up}: export them together"),
            )
        };
        let kind = types.get(up).ok_or_else(missing)?;
        for reading in blocks.iter().flat_map(|block| block.all(Space::Espi, "IntervalReading")) {
            data.add(kind.flow, span(reading, kind.power)?)?;
        }
    }
    Ok(data)
}

/// The content of an entry, of a name.
fn contents<'n>(entry: &'n Node, name: &'n str) -> Result<Vec<&'n Node>, DataError> {
    let content = entry.at_most_one(Space::Atom, "content")?;
    Ok(content.map_or_else(Vec::new, |content| content.all(Space::Espi, name).collect()))
}

fn content<'n>(entry: &'n Node, name: &'n str) -> Result<Option<&'n Node>, DataError> {
    match contents(entry, name)?.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        [_, second, ..] => Err(DataError::at(second.line, format!("an entry has one {name}"))),
    }
}

fn links<'n>(entry: &'n Node, relation: &'n str) -> impl Iterator<Item = &'n str> {
    let of = entry.all(Space::Atom, "link").filter(move |link| link.attribute("rel") == Some(relation));
    of.filter_map(|link| link.attribute("href")).map(|href| href.trim_end_matches('/'))
}

fn link<'n>(entry: &'n Node, relation: &'n str) -> Result<&'n str, DataError> {
    let mut all = links(entry, relation);
    match (all.next(), all.next()) {
        (Some(href), None) => Ok(href),
        _ => Err(DataError::at(
            entry.line,
            format!("the entry has not exactly one link \"{relation}\": export the feed anew"),
        )),
    }
}

fn kind(node: &Node) -> Result<Kind, DataError> {
    let number = |name: &str| -> Result<Option<(u32, usize)>, DataError> {
        node.at_most_one(Space::Espi, name)?.map(|node| Ok((node.number()?, node.line))).transpose()
    };
    let uom = node.one(Space::Espi, "uom")?;
    if uom.number::<u32>()? != WATT_HOURS {
        let what =
            format!("uom is {}, and energy in Wh is {WATT_HOURS}: export energy, not power or money", uom.text.trim());
        return Err(DataError::at(uom.line, what));
    }
    if let Some((behaviour, line)) = number("accumulationBehaviour")?.filter(|(behaviour, _)| *behaviour != DELTA) {
        let what = format!(
            "accumulationBehaviour is {behaviour}, and readings of each span alone are {DELTA} (deltaData): export intervals, not registers"
        );
        return Err(DataError::at(line, what));
    }
    let direction = node.one(Space::Espi, "flowDirection")?;
    let flow = match direction.number::<u32>()? {
        1 => Flow::Consumed,
        19 => Flow::Produced,
        other => {
            let what = format!(
                "flowDirection is {other}; delivered is 1 and fed in is 19, and both are needed apart: a net reading shows neither"
            );
            return Err(DataError::at(direction.line, what));
        }
    };
    let power = node.at_most_one(Space::Espi, "powerOfTenMultiplier")?;
    let (power, line) = power.map_or(Ok((0, node.line)), |node| Ok((node.number::<i32>()?, node.line)))?;
    if !(-6..=6).contains(&power) {
        return Err(DataError::at(line, format!("powerOfTenMultiplier is {power}, and -6 to 6 are read")));
    }
    Ok(Kind { flow, power })
}

fn span(reading: &Node, power: i32) -> Result<Span, DataError> {
    let period = reading.one(Space::Espi, "timePeriod")?;
    let value = reading.one(Space::Espi, "value")?;
    let micro = u32::try_from(power + 6).ok().and_then(|zeros| 10_u128.checked_pow(zeros));
    let micro = micro.and_then(|factor| u128::from(value.number::<u64>().ok()?).checked_mul(factor));
    let wrong = || {
        DataError::at(
            value.line,
            format!("value is \"{}\", and energy in one direction is a whole number, 0 or more", value.text.trim()),
        )
    };
    Ok(Span {
        start: period.one(Space::Espi, "start")?.number()?,
        seconds: period.one(Space::Espi, "duration")?.number()?,
        micro: micro.ok_or_else(wrong)?,
        line: reading.line,
    })
}
