//! The Pabulib format, of which we read approval and choose-1 ballots: <https://pabulib.org/format>.
//!
//! Three sections (META, PROJECTS, VOTES), each a heading row and rows of fields separated by `;`, quoted as in CSV.

use std::collections::{BTreeMap, BTreeSet};

use csv::{ReaderBuilder, StringRecord};

use super::{BallotFile, BallotOption, Fault, Place, check_options, number};

type Refusal = (Place, Fault);

/// The rows of one section. Rows know their line.
struct Section {
    name: &'static str,
    headings: Vec<String>,
    heading_line: u64,
    rows: Vec<(u64, StringRecord)>,
}

impl Section {
    fn column(&self, heading: &'static str) -> Result<usize, Refusal> {
        self.optional_column(heading).ok_or_else(|| {
            (Place::line(self.heading_line), Fault::MissingColumn { section: self.name, column: heading })
        })
    }

    fn optional_column(&self, heading: &str) -> Option<usize> {
        self.headings.iter().position(|found| found.eq_ignore_ascii_case(heading))
    }

    /// The text of a field, with the place to blame if it is wrong.
    fn field<'a>(&self, (line, row): &'a (u64, StringRecord), column: usize) -> Result<(&'a str, Place), Refusal> {
        let heading = self.headings.get(column).map_or("", String::as_str);
        match row.get(column) {
            Some(text) => Ok((text.trim(), Place::field(*line, column, heading))),
            None => Err((Place::line(*line), Fault::Fields { found: row.len(), expected: self.headings.len() })),
        }
    }
}

pub(super) fn parse(text: &str, stem: &str, limit: Option<usize>) -> Result<BallotFile, Refusal> {
    let [meta, projects, votes] = sections(text)?;
    let meta = Meta::read(&meta)?;
    let (options, published) = read_projects(&projects)?;
    let title = meta.text("description").or_else(|| meta.text("unit")).unwrap_or(stem).to_owned();
    let (min, max, limits_at) = meta.limits(options.len())?;
    check_options(&options, min, max, limits_at.unwrap_or_else(|| Place::line(projects.heading_line)))?;

    let vote = votes.column("vote")?;
    let index: BTreeMap<&str, usize> = options.iter().enumerate().map(|(i, option)| (option.id.as_str(), i)).collect();
    let kept = limit.unwrap_or(usize::MAX).min(votes.rows.len());
    let mut ballots = Vec::with_capacity(kept);
    for row in votes.rows.iter().take(kept) {
        let (text, place) = votes.field(row, vote)?;
        let mut ballot = Vec::new();
        for id in text.split(',').map(str::trim).filter(|id| !id.is_empty()) {
            let Some(choice) = index.get(id) else { return Err((place, Fault::UnknownOption(id.to_owned()))) };
            if ballot.contains(choice) {
                return Err((place, Fault::Repeated(id.to_owned())));
            }
            ballot.push(*choice);
        }
        if !(min..=max).contains(&ballot.len()) {
            return Err((place, Fault::Choices { found: ballot.len(), min, max }));
        }
        ballots.push(ballot);
    }
    let published = published.filter(|_| kept == votes.rows.len());
    Ok(BallotFile { title, options, min, max, ballots, weights: None, published })
}

fn sections(text: &str) -> Result<[Section; 3], Refusal> {
    let mut sections =
        ["META", "PROJECTS", "VOTES"].map(|name| Section { name, headings: vec![], heading_line: 0, rows: vec![] });
    let mut current = None;
    let mut seen = BTreeSet::new();
    let mut reader =
        ReaderBuilder::new().delimiter(b';').has_headers(false).flexible(true).from_reader(text.as_bytes());
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            (Place::line(line), Fault::NotUtf8)
        })?;
        let line = record.position().map_or(1, csv::Position::line);
        let first = record.get(0).unwrap_or_default().trim();
        // Spreadsheets pad the section's line with empty fields.
        let alone = record.iter().skip(1).all(|field| field.trim().is_empty());
        if alone && let Some(found) = sections.iter().position(|section| section.name.eq_ignore_ascii_case(first)) {
            if !seen.insert(found) {
                return Err((Place::line(line), Fault::Duplicate(format!("the section {first}"))));
            }
            current = Some(found);
        } else if alone && first.is_empty() {
            // A line of nothing but separators.
        } else if let Some(section) = current.and_then(|current: usize| sections.get_mut(current)) {
            if section.headings.is_empty() {
                section.headings = record.iter().map(|heading| heading.trim().to_owned()).collect();
                section.heading_line = line;
            } else {
                section.rows.push((line, record));
            }
        } else {
            return Err((Place::line(line), Fault::OutsideSection));
        }
    }
    match sections.iter().enumerate().find(|(index, _)| !seen.contains(index)) {
        Some((_, missing)) => Err((Place::default(), Fault::MissingSection(missing.name))),
        None => Ok(sections),
    }
}

/// Keys and values of META, keys in lower case.
struct Meta(BTreeMap<String, (String, Place)>);

impl Meta {
    fn read(section: &Section) -> Result<Self, Refusal> {
        let mut values = BTreeMap::new();
        for row in &section.rows {
            let (key, place) = section.field(row, 0)?;
            let (value, value_place) = section.field(row, 1)?;
            if values.insert(key.to_ascii_lowercase(), (value.to_owned(), value_place)).is_some() {
                return Err((place, Fault::Duplicate(format!("the key {key}"))));
            }
        }
        Ok(Self(values))
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|(value, _)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The least and the greatest number of choices, and where the file says so. Without `min_length` it is 1, without
    /// `max_length` all options.
    fn limits(&self, options: usize) -> Result<(usize, usize, Option<Place>), Refusal> {
        let (kind, place) =
            self.0.get("vote_type").cloned().unwrap_or_else(|| ("approval".to_owned(), Place::default()));
        match kind.to_ascii_lowercase().as_str() {
            "choose-1" => return Ok((1, 1, Some(place))),
            "approval" => {}
            _ => return Err((place, Fault::VoteType(kind))),
        }
        let limit = |key: &str| match self.0.get(key).filter(|(value, _)| !value.is_empty()) {
            Some((value, place)) => number(value, || place.clone()).map(|limit: usize| Some((limit, place.clone()))),
            None => Ok(None),
        };
        let (min, max) = (limit("min_length")?, limit("max_length")?);
        let place = max.as_ref().or(min.as_ref()).map(|(_, place)| place.clone());
        // Some cities allow as many choices as they like, however few the projects of a district.
        let most = max.map_or(options, |(max, _)| max.min(options));
        Ok((min.map_or(1, |(min, _)| min), most, place))
    }
}

/// The options, and their published votes if there is a column `votes`.
fn read_projects(section: &Section) -> Result<(Vec<BallotOption>, Option<Vec<u64>>), Refusal> {
    let id_column = section.column("project_id")?;
    let name_column = section.optional_column("name");
    let votes_column = section.optional_column("votes");
    let mut ids = BTreeSet::new();
    let mut options = Vec::with_capacity(section.rows.len());
    let mut published = votes_column.map(|_| Vec::with_capacity(section.rows.len()));
    for row in &section.rows {
        let (id, place) = section.field(row, id_column)?;
        if id.is_empty() {
            return Err((place, Fault::EmptyId));
        }
        if !ids.insert(id.to_owned()) {
            return Err((place, Fault::Duplicate(format!("the option {id}"))));
        }
        let name = match name_column {
            Some(column) => section.field(row, column)?.0,
            None => "",
        };
        options.push(BallotOption { id: id.to_owned(), name: if name.is_empty() { id } else { name }.to_owned() });
        if let (Some(column), Some(counts)) = (votes_column, published.as_mut()) {
            let (text, place) = section.field(row, column)?;
            counts.push(number(text, || place)?);
        }
    }
    Ok((options, published))
}
