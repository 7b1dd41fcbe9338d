//! A table of ballots: settings in lines that begin with `#`, a row of option ids, then a row of numbers for each ballot.

use std::collections::BTreeSet;

use csv::ReaderBuilder;
use tabella_protocol::election::{MAX_TOTAL_WEIGHT, QuestionKind};

use super::{BallotFile, BallotOption, Fault, Place, check_ballot, check_options, number};

type Refusal = (Place, Fault);

/// What the lines before the headings say, each with its place.
#[derive(Default)]
struct Settings {
    title: Option<String>,
    kind: Option<(String, Place)>,
    most: Option<(u16, Place)>,
    min: Option<(u32, Place)>,
    max: Option<(u32, Place)>,
    blank: Option<(bool, Place)>,
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
    let kind = settings.kind(options.len())?;
    for (id, name, place) in settings.names {
        match options.iter_mut().find(|option| option.id == id) {
            Some(option) => option.name = name,
            None => return Err((place, Fault::UnknownOption(id))),
        }
    }
    let limits = [
        settings.max.map(|(_, place)| place),
        settings.min.map(|(_, place)| place),
        settings.most.map(|(_, place)| place),
    ];
    let limits_at = limits.into_iter().flatten().next().unwrap_or_else(|| Place::line(heading_line));
    check_options(&options, kind, limits_at)?;
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
        let mut ballot = Vec::with_capacity(options.len());
        for (column, (cell, heading)) in record.iter().zip(&headings).enumerate() {
            let place = || Place::field(line, column, heading.trim());
            if let (true, Some(weights)) = (Some(column) == weight_column, &mut weights) {
                let weight = read_weight(cell.trim(), &mut total).map_err(|fault| (place(), fault))?;
                weights.push(weight);
                continue;
            }
            ballot.push(read_cell(kind, cell.trim()).map_err(|fault| (place(), fault))?);
        }
        check_ballot(kind, &ballot).map_err(|fault| (Place::line(line), fault))?;
        ballots.push(ballot);
    }
    let title = settings.title.unwrap_or_else(|| stem.to_owned());
    let published = settings.published.map(|(counts, _)| counts).filter(|_| is_whole);
    Ok(BallotFile { title, options, kind, ballots, weights, published })
}

/// What a ballot says of one option.
fn read_cell(kind: QuestionKind, text: &str) -> Result<u16, Fault> {
    match kind {
        QuestionKind::Choose { .. } => match text {
            "0" => Ok(0),
            "1" => Ok(1),
            other => Err(Fault::Cell(other.to_owned())),
        },
        QuestionKind::Rank { .. } => text.parse().map_err(|_| Fault::Number(text.to_owned())),
        QuestionKind::Score { most, .. } | QuestionKind::Split { most, .. } => {
            let points = text.parse().ok().filter(|points| *points <= most);
            points.ok_or_else(|| Fault::Points { text: text.to_owned(), least: 0, most })
        }
    }
}

/// A weight, which is added to the total.
fn read_weight(text: &str, total: &mut u64) -> Result<u64, Fault> {
    let weight: u64 = text.parse().ok().filter(|weight| *weight > 0).ok_or_else(|| Fault::Weight(text.to_owned()))?;
    *total = total.saturating_add(weight);
    if *total > MAX_TOTAL_WEIGHT { Err(Fault::TotalWeight) } else { Ok(weight) }
}

impl Settings {
    /// What a ballot says of so many options: each type has limits of its own, and no others.
    fn kind(&self, options: usize) -> Result<QuestionKind, Refusal> {
        let (text, place) = self.kind.clone().unwrap_or_else(|| ("choose".to_owned(), Place::default()));
        let (min, max) = (self.min.as_ref().map(|(min, _)| *min), self.max.as_ref().map(|(max, _)| *max));
        let none = |kind, key, found: Option<&Place>| match found {
            Some(place) => Err((place.clone(), Fault::NoSuchLimit { kind, key })),
            None => Ok(()),
        };
        let most = |kind| {
            let most = self.most.as_ref().map(|(most, _)| *most);
            most.ok_or_else(|| (place.clone(), Fault::MissingLimit { kind, key: "most" }))
        };
        let (most_at, blank_at) = (self.most.as_ref().map(|(_, p)| p), self.blank.as_ref().map(|(_, p)| p));
        match text.as_str() {
            "choose" | "rank" => {
                let kind = if text == "rank" { "rank" } else { "choose" };
                none(kind, "most", most_at)?;
                none(kind, "blank", blank_at)?;
                let short = |limit: u32| u16::try_from(limit).unwrap_or(u16::MAX);
                let all = u32::try_from(options).unwrap_or(u32::MAX);
                let (min, max) = (short(min.unwrap_or(0)), short(max.unwrap_or(all)));
                if text == "choose" {
                    return Ok(QuestionKind::Choose { min, max });
                }
                match &self.weight {
                    Some((_, place)) => Err((place.clone(), Fault::RankedWeights)),
                    None => Ok(QuestionKind::Rank { min, max }),
                }
            }
            "score" => {
                none("score", "min", self.min.as_ref().map(|(_, place)| place))?;
                none("score", "max", self.max.as_ref().map(|(_, place)| place))?;
                let blank = self.blank.as_ref().is_none_or(|(blank, _)| *blank);
                Ok(QuestionKind::Score { most: most("score")?, blank })
            }
            "split" => {
                none("split", "blank", blank_at)?;
                let most = most("split")?;
                let all = u64::from(most).saturating_mul(options as u64);
                let max = max.unwrap_or_else(|| u32::try_from(all).unwrap_or(u32::MAX));
                Ok(QuestionKind::Split { most, min: min.unwrap_or(0), max })
            }
            _ => Err((place, Fault::TableType(text))),
        }
    }

    fn read(&mut self, setting: &str, place: Place) -> Result<(), Refusal> {
        let unknown = || (place.clone(), Fault::Setting(setting.to_owned()));
        let (key, value) = setting.split_once(':').ok_or_else(unknown)?;
        let (key, value) = (key.trim(), value.trim());
        let is_new = match key.split_once(' ').unwrap_or((key, "")) {
            ("title", "") => self.title.replace(value.to_owned()).is_none(),
            ("type", "") => self.kind.replace((value.to_owned(), place.clone())).is_none(),
            ("most", "") => self.most.replace((number(value, || place.clone())?, place.clone())).is_none(),
            ("blank", "") => {
                let blank = match value {
                    "yes" => true,
                    "no" => false,
                    other => return Err((place, Fault::YesNo(other.to_owned()))),
                };
                self.blank.replace((blank, place.clone())).is_none()
            }
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
