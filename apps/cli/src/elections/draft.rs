//! The draft of an election as its authority writes it: TOML.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use serde::Deserialize;
use tabella_election::authority::Draft;
use tabella_protocol::election::{Question, QuestionOption, RegistrationId, Rules, Weights};

use super::{files::read_bytes, time};

/// An example to fill in.
pub const TEMPLATE: &str = r#"# An election. Fill in, then: tabella authority init ELECTION_DIR --from election.toml

title = "Election of the board"

# Ballots are accepted from `opens` until just before `closes`. With an offset (2026-12-01T08:00:00Z or
# 2026-12-01T09:00:00+01:00), or without one as local time of `time_zone` (by default of this computer).
opens = "2026-12-01T09:00:00"
closes = "2026-12-01T21:00:00"
time_zone = "Europe/Warsaw"

[rules]
# Voters may delegate their right to somebody else, and recall it or cast over the delegate.
delegation = true
# Voters may cast again; the last ballot counts.
revoting = true
# "one": every voter has one vote. "hidden": rights weigh differently (shares, members represented), and nobody but the
# authority learns how much each weighs; it hands them out before `opens`: see docs/election-by-role.md.
weights = "one"
# No result is published if fewer ballots count: totals of tiny groups reveal single votes.
smallest_group = 5
# Proofs refer to the rights as they stood at the start of an epoch of so many seconds.
epoch_seconds = 300

# One [[question]] for each question, 1 to 64 of them.
[[question]]
title = "Who shall sit on the board?"
# How many options a voter may choose at least and at most. A blank vote is an option like any other.
min = 1
max = 2
# One line for each option: an id, short and unique within the question, and what the voter reads.
options = [
    { id = "anna", name = "Anna Nowak" },
    { id = "jan", name = "Jan Kowalski" },
    { id = "ewa", name = "Ewa Lis" },
    { id = "blank", name = "Blank vote" },
]
"#;

/// The longest draft that is read.
const MAX_BYTES: u64 = 1 << 22;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftText {
    title: String,
    opens: TimeText,
    closes: TimeText,
    time_zone: Option<String>,
    #[serde(default)]
    rules: RulesText,
    question: Vec<QuestionText>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RulesText {
    delegation: bool,
    revoting: bool,
    weights: WeightsText,
    smallest_group: u64,
    epoch_seconds: u32,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WeightsText {
    One,
    Hidden,
}

impl From<WeightsText> for Weights {
    fn from(text: WeightsText) -> Self {
        match text {
            WeightsText::One => Self::One,
            WeightsText::Hidden => Self::Hidden,
        }
    }
}

impl Default for RulesText {
    fn default() -> Self {
        let weights = WeightsText::One;
        Self { delegation: true, revoting: true, weights, smallest_group: 5, epoch_seconds: 300 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionText {
    title: String,
    min: u16,
    max: u16,
    options: Vec<OptionText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionText {
    id: String,
    name: String,
}

/// A time in quotes, or TOML's own form.
#[derive(Deserialize)]
#[serde(untagged)]
enum TimeText {
    Quoted(String),
    Plain(toml::value::Datetime),
}

impl TimeText {
    fn text(&self) -> String {
        match self {
            Self::Quoted(text) => text.clone(),
            Self::Plain(time) => time.to_string(),
        }
    }
}

/// Reads and checks a draft.
///
/// # Errors
/// The message names file and place.
pub fn read(path: &Path, registration: RegistrationId) -> anyhow::Result<Draft> {
    let bytes = read_bytes(path, MAX_BYTES)?;
    let text = String::from_utf8(bytes).map_err(|_| anyhow!("{} is not UTF-8 text", path.display()))?;
    parse(&text, registration).with_context(|| format!("{} is no draft of an election", path.display()))
}

fn parse(text: &str, registration: RegistrationId) -> anyhow::Result<Draft> {
    let draft: DraftText = toml::from_str(text).map_err(|error| anyhow!("{}", error.to_string().trim_end()))?;
    let zone = draft.time_zone.as_deref();
    let question = |question: QuestionText| Question {
        title: question.title,
        options: question
            .options
            .into_iter()
            .map(|option| QuestionOption { id: option.id, name: option.name })
            .collect(),
        min: question.min,
        max: question.max,
    };
    let RulesText { delegation, revoting, weights, smallest_group, epoch_seconds } = draft.rules;
    let draft = Draft {
        registration,
        title: draft.title,
        questions: draft.question.into_iter().map(question).collect(),
        opens: time::parse(&draft.opens.text(), zone).context("opens")?,
        closes: time::parse(&draft.closes.text(), zone).context("closes")?,
        rules: Rules { delegation, revoting, weights: weights.into(), smallest_group, epoch_seconds },
    };
    draft.check()?;
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        format!("{:#}", parse(text, RegistrationId([1; 32])).unwrap_err())
    }

    #[test]
    fn template_is_a_draft() {
        let draft = parse(TEMPLATE, RegistrationId([1; 32])).unwrap();
        assert_eq!((draft.questions.len(), draft.questions[0].options.len()), (1, 4));
        assert_eq!(draft.opens.seconds(), 1_796_112_000);
    }

    #[test]
    fn weights_are_one_unless_the_draft_says_hidden() {
        let weights = |text: &str| parse(text, RegistrationId([1; 32])).unwrap().rules.weights;
        assert_eq!(weights(TEMPLATE), Weights::One);
        assert_eq!(weights(&TEMPLATE.replace("weights = \"one\"\n", "")), Weights::One);
        assert_eq!(weights(&TEMPLATE.replace("weights = \"one\"", "weights = \"hidden\"")), Weights::Hidden);
    }

    #[test]
    fn native_times_are_read_too() {
        let text = TEMPLATE.replace("\"2026-12-01T09:00:00\"", "2026-12-01T08:00:00Z");
        assert_eq!(parse(&text, RegistrationId([1; 32])).unwrap().opens.seconds(), 1_796_112_000);
    }

    #[test]
    fn wrong_drafts_are_refused_with_the_place() {
        assert!(refusal(&TEMPLATE.replace("revoting", "revotting")).contains("revotting"));
        assert!(refusal(&TEMPLATE.replace("weights = \"one\"", "weights = \"public\"")).contains("`one` or `hidden`"));
        assert!(refusal(&TEMPLATE.replace("\"jan\"", "\"anna\"")).contains("the option id \"anna\" occurs twice"));
        assert!(refusal(&TEMPLATE.replace("max = 2", "max = 9")).contains("question 1"));
        assert!(refusal(&TEMPLATE.replace("2026-12-01T21", "2026-12-01T01")).contains("must close after it opens"));
        assert!(refusal(&TEMPLATE.replace("2026-12-01T21:00:00", "soon")).contains("closes"));
    }
}
