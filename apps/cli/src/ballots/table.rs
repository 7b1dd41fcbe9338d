//! A table of ballots: settings in lines that begin with `#`, a row of option ids, then a row of 0 and 1 for each ballot.

use std::collections::BTreeSet;

use csv::ReaderBuilder;
use tabella_protocol::election::MAX_TOTAL_WEIGHT;

use super::{BallotFile, BallotOption, Fault, Place, check_options, number};

type Refusal = (Place, Fault);

/// What the lines before the headings say, each with its place.
#[derive(Default)]
struct Settings {
    title: Option<String>,
    min: Option<(usize, Place)>,
    max: Option<(usize, Place)>,
    names: Vec<(String, String, Place)>,
    published: Option<(Vec<u64>, Place)>,
    /// Heading of the column of weights.
    weight: Option<(String, Place)>,
}

pub(super) fn parse(text: &str, stem: &str, limit: Option<usize>) -> Result<BallotFile, Refusal> {
    let mut settings = Settings::default();
    let mut lines = 0;
    let mut body = text;
    while let Some((line, rest)) = body.split_once('\n').or_else(|| (!body.is_empty()).then_some((body, ""))) {
        let line = line.trim();
        if let Some(setting) = line.strip_prefix('#') {
            settings.read(setting.trim(), Place::line(lines + 1))?;
        } else if !line.is_empty() {
            break;
        }
        lines += 1;
        body = rest;
    }
    if body.is_empty() {
        return Err((Place::default(), Fault::Empty));
    }
    // Spreadsheets of countries with decimal commas write semicolons.
    let first = body.lines().next().unwrap_or_default();
    let delimiter = if !first.contains(',') && first.contains(';') { b';' } else { b',' };
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(body.as_bytes());
    let mut records = reader.records().map(|record| match record {
        Ok(record) => Ok((lines + record.position().map_or(1, csv::Position::line), record)),
        Err(error) => Err((Place::line(lines + error.position().map_or(1, csv::Position::line)), Fault::NotUtf8)),
    });

    let (heading_line, headings) = records.next().ok_or_else(|| (Place::default(), Fault::Empty))??;
    let weight_column = match &settings.weight {
        None => None,
        Some((heading, place)) => {
            let column = headings.iter().position(|found| found.trim() == heading);
            Some(column.ok_or_else(|| (place.clone(), Fault::WeightColumn(heading.clone())))?)
        }
    };
    let mut options = Vec::with_capacity(headings.len());
    let mut ids = BTreeSet::new();
    for (column, id) in headings.iter().map(str::trim).enumerate() {
        if Some(column) == weight_column {
            continue;
        }
        let place = || Place::field(heading_line, column, id);
        if id.is_empty() {
            return Err((place(), Fault::EmptyId));
        }
        if !ids.insert(id) {
            return Err((place(), Fault::Duplicate(format!("the option {id}"))));
        }
        options.push(BallotOption { id: id.to_owned(), name: id.to_owned() });
    }
    for (id, name, place) in settings.names {
        match options.iter_mut().find(|option| option.id == id) {
            Some(option) => option.name = name,
            None => return Err((place, Fault::UnknownOption(id))),
        }
    }
    let min = settings.min.as_ref().map_or(0, |(min, _)| *min);
    let max = settings.max.as_ref().map_or(options.len(), |(max, _)| *max);
    let limits_at = settings.max.or(settings.min).map_or_else(|| Place::line(heading_line), |(_, place)| place);
    check_options(&options, min, max, limits_at)?;
    if let Some((counts, place)) = &settings.published
        && counts.len() != options.len()
    {
        return Err((place.clone(), Fault::Published { found: counts.len(), expected: options.len() }));
    }

    let limit = limit.unwrap_or(usize::MAX);
    let mut ballots = Vec::new();
    let mut weights = weight_column.map(|_| Vec::new());
    let mut total = 0_u64;
    let mut is_whole = true;
    for record in records {
        let (line, record) = record?;
        if ballots.len() == limit {
            is_whole = false;
            break;
        }
        if record.len() != headings.len() {
            return Err((Place::line(line), Fault::Fields { found: record.len(), expected: headings.len() }));
        }
        let mut ballot = Vec::new();
        let mut option = 0;
        for (column, (cell, heading)) in record.iter().zip(&headings).enumerate() {
            let place = || Place::field(line, column, heading.trim());
            if let (true, Some(weights)) = (Some(column) == weight_column, &mut weights) {
                let weight = read_weight(cell.trim(), &mut total).map_err(|fault| (place(), fault))?;
                weights.push(weight);
                continue;
            }
            match cell.trim() {
                "0" => {}
                "1" => ballot.push(option),
                other => return Err((place(), Fault::Cell(other.to_owned()))),
            }
            option += 1;
        }
        if !(min..=max).contains(&ballot.len()) {
            return Err((Place::line(line), Fault::Choices { found: ballot.len(), min, max }));
        }
        ballots.push(ballot);
    }
    let title = settings.title.unwrap_or_else(|| stem.to_owned());
    let published = settings.published.map(|(counts, _)| counts).filter(|_| is_whole);
    Ok(BallotFile { title, options, min, max, ballots, weights, published })
}

/// A weight, which is added to the total.
fn read_weight(text: &str, total: &mut u64) -> Result<u64, Fault> {
    let weight: u64 = text.parse().ok().filter(|weight| *weight > 0).ok_or_else(|| Fault::Weight(text.to_owned()))?;
    *total = total.saturating_add(weight);
    if *total > MAX_TOTAL_WEIGHT { Err(Fault::TotalWeight) } else { Ok(weight) }
}

impl Settings {
    fn read(&mut self, setting: &str, place: Place) -> Result<(), Refusal> {
        let unknown = || (place.clone(), Fault::Setting(setting.to_owned()));
        let (key, value) = setting.split_once(':').ok_or_else(unknown)?;
        let (key, value) = (key.trim(), value.trim());
        let is_new = match key.split_once(' ').unwrap_or((key, "")) {
            ("title", "") => self.title.replace(value.to_owned()).is_none(),
            ("min", "") => self.min.replace((number(value, || place.clone())?, place.clone())).is_none(),
            ("max", "") => self.max.replace((number(value, || place.clone())?, place.clone())).is_none(),
            ("weight", "") => self.weight.replace((value.to_owned(), place.clone())).is_none(),
            ("published", "") => {
                let counts: Result<Vec<u64>, _> =
                    value.split(',').map(|count| number(count, || place.clone())).collect();
                self.published.replace((counts?, place.clone())).is_none()
            }
            ("option", id) if !id.trim().is_empty() => {
                let id = id.trim().to_owned();
                let is_new = self.names.iter().all(|(other, ..)| *other != id);
                self.names.push((id, value.to_owned(), place.clone()));
                is_new
            }
            _ => return Err(unknown()),
        };
        if is_new { Ok(()) } else { Err((place, Fault::Duplicate(format!("the setting {key}")))) }
    }
}
