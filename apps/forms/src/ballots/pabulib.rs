//! The Pabulib format: <https://pabulib.org/format>.
//!
//! Three sections (META, PROJECTS, VOTES), each a heading row and rows of fields separated by `;`, quoted as in CSV.

use std::collections::{BTreeMap, BTreeSet};

use csv::{ReaderBuilder, StringRecord};
use tabella_protocol::election::QuestionKind;

use super::{BallotFile, BallotOption, Fault, Place, check_ballot, check_options, number};

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
    let vote_type = meta.vote_type()?;
    let (options, published) = read_projects(&projects, vote_type.published())?;
    let title = meta.text("description").or_else(|| meta.text("unit")).unwrap_or(stem).to_owned();
    let limits = meta.limits(vote_type, options.len())?;
    let limits_at = limits.place.clone().unwrap_or_else(|| Place::line(projects.heading_line));
    check_options(&options, limits.kind, limits_at.clone())?;
    if limits.shortest > limits.longest {
        let (min, max) = (limits.shortest, limits.longest);
        return Err((limits_at, Fault::Limits { min, max, options: options.len() }));
    }

    let vote = votes.column("vote")?;
    let points = if vote_type.has_points() { Some(votes.column("points")?) } else { None };
    let index: BTreeMap<&str, usize> = options.iter().enumerate().map(|(i, option)| (option.id.as_str(), i)).collect();
    let kept = limit.unwrap_or(usize::MAX).min(votes.rows.len());
    let mut ballots = Vec::with_capacity(kept);
    for row in votes.rows.iter().take(kept) {
        let (text, place) = votes.field(row, vote)?;
        let named = read_vote(text, &index).map_err(|fault| (place.clone(), fault))?;
        if !(limits.shortest..=limits.longest).contains(&named.len()) {
            let (found, min, max) = (named.len(), limits.shortest, limits.longest);
            return Err((place, Fault::Choices { found, min, max }));
        }
        let given = match points {
            // The first is the best.
            None if vote_type == VoteType::Ordinal => (1..).take(named.len()).collect(),
            None => vec![1; named.len()],
            Some(column) => {
                let (text, place) = votes.field(row, column)?;
                limits.read_points(text, named.len()).map_err(|fault| (place, fault))?
            }
        };
        let mut ballot = vec![limits.default; options.len()];
        for (option, points) in named.iter().zip(given) {
            if let Some(cell) = ballot.get_mut(*option) {
                *cell = points;
            }
        }
        check_ballot(limits.kind, &ballot).map_err(|fault| (place, fault))?;
        ballots.push(ballot);
    }
    let published = published.filter(|_| kept == votes.rows.len());
    Ok(BallotFile { title, options, kind: limits.kind, ballots, weights: None, published })
}

/// The options that a vote names, in its order.
fn read_vote(text: &str, index: &BTreeMap<&str, usize>) -> Result<Vec<usize>, Fault> {
    let mut named = Vec::new();
    for id in items(text) {
        let Some(option) = index.get(id) else { return Err(Fault::UnknownOption(id.to_owned())) };
        if named.contains(option) {
            return Err(Fault::Repeated(id.to_owned()));
        }
        named.push(*option);
    }
    Ok(named)
}

/// What stands between commas.
fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
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

    fn vote_type(&self) -> Result<VoteType, Refusal> {
        let Some((kind, place)) = self.0.get("vote_type") else { return Ok(VoteType::Approval) };
        match kind.to_ascii_lowercase().as_str() {
            "approval" => Ok(VoteType::Approval),
            "choose-1" => Ok(VoteType::ChooseOne),
            "scoring" => Ok(VoteType::Scoring),
            "cumulative" => Ok(VoteType::Cumulative),
            "ordinal" => Ok(VoteType::Ordinal),
            _ => Err((place.clone(), Fault::VoteType(kind.clone()))),
        }
    }

    /// A number of META, and where it stands; `None` if the key is absent or empty.
    fn limit<T: std::str::FromStr>(&self, key: &str) -> Result<Option<(T, Place)>, Refusal> {
        match self.0.get(key).filter(|(value, _)| !value.is_empty()) {
            Some((value, place)) => Ok(Some((number(value, || place.clone())?, place.clone()))),
            None => Ok(None),
        }
    }

    /// A number that this type of vote cannot do without.
    fn needed<T: std::str::FromStr>(&self, kind: &'static str, key: &'static str) -> Result<(T, Place), Refusal> {
        self.limit(key)?.ok_or_else(|| (Place::default(), Fault::MissingLimit { kind, key }))
    }

    /// What a vote may say. A key that is absent has the format's default: `min_length` 1, `max_length` all projects,
    /// `min_points`, `min_sum_points` and `default_score` 0, and `max_points` of a cumulative vote its `max_sum_points`.
    fn limits(&self, vote_type: VoteType, options: usize) -> Result<Limits, Refusal> {
        let (shortest, longest) = (self.limit::<usize>("min_length")?, self.limit::<usize>("max_length")?);
        let place = longest.as_ref().or(shortest.as_ref()).map(|(_, place)| place.clone());
        let shortest = shortest.map_or(1, |(shortest, _)| shortest);
        // Some cities allow as many choices as they like, however few the projects of a district.
        let longest = longest.map_or(options, |(longest, _)| longest.min(options));
        let least = self.limit("min_points")?.map_or(0, |(least, _)| least);
        let limits =
            Limits { kind: QuestionKind::Choose { min: 1, max: 1 }, shortest, longest, least, default: 0, place };
        let short = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
        match vote_type {
            VoteType::ChooseOne => {
                let place = self.0.get("vote_type").map(|(_, place)| place.clone());
                Ok(Limits { shortest: 1, longest: 1, place, ..limits })
            }
            VoteType::Approval => {
                Ok(Limits { kind: QuestionKind::Choose { min: short(shortest), max: short(longest) }, ..limits })
            }
            VoteType::Ordinal => {
                Ok(Limits { kind: QuestionKind::Rank { min: short(shortest), max: short(longest) }, ..limits })
            }
            VoteType::Scoring => {
                let (most, place) = self.needed("scoring", "max_points")?;
                let default = self.limit("default_score")?.map_or(0, |(default, _)| default);
                Ok(Limits { kind: QuestionKind::Score { most, blank: true }, default, place: Some(place), ..limits })
            }
            VoteType::Cumulative => {
                let (max, place) = self.needed::<u32>("cumulative", "max_sum_points")?;
                let min = self.limit("min_sum_points")?.map_or(0, |(min, _)| min);
                let most = self.limit("max_points")?.map_or(max, |(most, _): (u32, _)| most.min(max));
                let most = u16::try_from(most).unwrap_or(u16::MAX);
                // A limit on the sum that no ballot can reach is none.
                let reach = u64::from(most).saturating_mul(options as u64);
                let max = max.min(u32::try_from(reach).unwrap_or(u32::MAX));
                Ok(Limits { kind: QuestionKind::Split { most, min, max }, place: Some(place), ..limits })
            }
        }
    }
}

/// The types of votes that we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum VoteType {
    Approval,
    ChooseOne,
    Scoring,
    Cumulative,
    Ordinal,
}

impl VoteType {
    /// Whether votes have a column `points` beside `vote`.
    const fn has_points(self) -> bool {
        matches!(self, Self::Scoring | Self::Cumulative)
    }

    /// The column of PROJECTS with the published count. The scores of rankings are by rules of each city's own.
    const fn published(self) -> Option<&'static str> {
        match self {
            Self::Approval | Self::ChooseOne => Some("votes"),
            Self::Scoring | Self::Cumulative => Some("score"),
            Self::Ordinal => None,
        }
    }
}

/// What a vote may say.
struct Limits {
    kind: QuestionKind,
    /// The least number of projects that a vote names.
    shortest: usize,
    /// The greatest.
    longest: usize,
    /// The least points of a project that a vote names.
    least: u16,
    /// The points of a project that a vote does not name.
    default: u16,
    /// Where the file says so.
    place: Option<Place>,
}

impl Limits {
    fn read_points(&self, text: &str, named: usize) -> Result<Vec<u16>, Fault> {
        let most = match self.kind {
            QuestionKind::Choose { .. } | QuestionKind::Rank { .. } => 1,
            QuestionKind::Score { most, .. } | QuestionKind::Split { most, .. } => most,
        };
        let points = items(text).map(|item| {
            let points = item.parse().ok().filter(|points| (self.least..=most).contains(points));
            points.ok_or_else(|| Fault::Points { text: item.to_owned(), least: self.least, most })
        });
        let points: Vec<u16> = points.collect::<Result<_, _>>()?;
        if points.len() == named { Ok(points) } else { Err(Fault::PointCount { found: points.len(), expected: named }) }
    }
}

/// The options, and their published counts if there is a column of them.
fn read_projects(section: &Section, counts: Option<&str>) -> Result<(Vec<BallotOption>, Option<Vec<u64>>), Refusal> {
    let id_column = section.column("project_id")?;
    let name_column = section.optional_column("name");
    let votes_column = counts.and_then(|counts| section.optional_column(counts));
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
