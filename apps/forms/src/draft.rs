//! The draft of an election as its authority writes it: TOML.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use serde::Deserialize;
use tabella_election::authority::Draft;
use tabella_protocol::{
    ballot::BallotProofKind,
    election::{Question, QuestionKind, QuestionOption, RegistrationId, Rules, Weights},
};

use crate::{read_bytes, time};

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
# authority learns how much each weighs; it hands them out before `opens`: see docs/election-by-role.md. But distinctive weights
# can be inferred: the totals of the options are public, and show where a weight of 1,000,000 among small ones went.
weights = "one"
# How ballots are proved well formed. "compressed": smaller and faster, but composed for Tabella and reviewed by nobody outside.
# "disjunctive": the textbook's construction, larger and slower. May be left out; then it is "compressed".
ballot_proofs = "compressed"
# No result is published if fewer ballots count: totals of tiny groups reveal single votes.
smallest_group = 5
# Proofs refer to the rights as they stood at the start of an epoch of so many seconds.
epoch_seconds = 300

# One [[question]] for each question, 1 to 64 of them.
[[question]]
title = "Who shall sit on the board?"
# What a voter does with the options:
#   type = "choose"   chooses at least `min` and at most `max` of them. A blank vote is an option like any other.
#   type = "score"    gives each of them 0 to `most` points; with `blank = false` at least one point in all.
#   type = "rank"     ranks at least `min` and at most `max` of them; counted by instant runoff. Every ranking is published,
#                     without a name: with many options a voter who is paid can mark his ballot by its lower ranks.
#   type = "split"    splits at least `min` and at most `max` points among them, at most `most` to each.
type = "choose"
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

/// What hidden weights do not hide, as an authority is told before it opens an election.
pub const INFERRED_WEIGHTS: &str = "distinctive weights can be inferred: the totals of the options are public, and a weight that \
                                    is unlike the others is recognised in them, and with it its holder's vote";

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
    ballot_proofs: ProofsText,
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

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ProofsText {
    Compressed,
    Disjunctive,
}

impl From<ProofsText> for BallotProofKind {
    fn from(text: ProofsText) -> Self {
        match text {
            ProofsText::Compressed => Self::Compressed,
            ProofsText::Disjunctive => Self::Disjunctive,
        }
    }
}

impl Default for RulesText {
    fn default() -> Self {
        Self {
            delegation: true,
            revoting: true,
            weights: WeightsText::One,
            ballot_proofs: ProofsText::Compressed,
            smallest_group: 5,
            epoch_seconds: 300,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionText {
    title: String,
    #[serde(default, rename = "type")]
    kind: KindText,
    most: Option<u16>,
    min: Option<u32>,
    max: Option<u32>,
    blank: Option<bool>,
    options: Vec<OptionText>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KindText {
    #[default]
    Choose,
    Score,
    Split,
    Rank,
}

impl QuestionText {
    /// What a ballot says: each type has its own limits, and no others.
    fn kind(&self) -> anyhow::Result<QuestionKind> {
        let Self { kind, most, min, max, blank, .. } = self;
        let small = |limit: u32| u16::try_from(limit).map_err(|_| anyhow!("{limit} is more than there can be options"));
        match (kind, most, min, max, blank) {
            (KindText::Choose, None, Some(min), Some(max), None) => {
                Ok(QuestionKind::Choose { min: small(*min)?, max: small(*max)? })
            }
            (KindText::Rank, None, Some(min), Some(max), None) => {
                Ok(QuestionKind::Rank { min: small(*min)?, max: small(*max)? })
            }
            (KindText::Rank, ..) => bail!("a question of type \"rank\" has `min` and `max`"),
            (KindText::Choose, ..) => bail!("a question of type \"choose\" has `min` and `max`"),
            (KindText::Score, Some(most), None, None, blank) => {
                Ok(QuestionKind::Score { most: *most, blank: blank.unwrap_or(true) })
            }
            (KindText::Score, ..) => bail!("a question of type \"score\" has `most`, and perhaps `blank`"),
            (KindText::Split, Some(most), Some(min), Some(max), None) => {
                Ok(QuestionKind::Split { most: *most, min: *min, max: *max })
            }
            (KindText::Split, ..) => bail!("a question of type \"split\" has `most`, `min` and `max`"),
        }
    }
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

/// Reads the text of a draft.
///
/// # Errors
/// As [`read`]; the message names the place.
pub fn parse(text: &str, registration: RegistrationId) -> anyhow::Result<Draft> {
    let draft: DraftText = toml::from_str(text).map_err(|error| anyhow!("{}", error.to_string().trim_end()))?;
    let zone = draft.time_zone.as_deref();
    let question = |(number, question): (usize, QuestionText)| {
        let kind = question.kind().with_context(|| format!("question {number}"))?;
        let options = question.options.into_iter();
        let options = options.map(|option| QuestionOption { id: option.id, name: option.name }).collect();
        anyhow::Ok(Question { title: question.title, options, kind })
    };
    let RulesText { delegation, revoting, weights, ballot_proofs, smallest_group, epoch_seconds } = draft.rules;
    let draft = Draft {
        registration,
        title: draft.title,
        questions: (1..).zip(draft.question).map(question).collect::<Result<_, _>>()?,
        opens: time::parse(&draft.opens.text(), zone).context("opens")?,
        closes: time::parse(&draft.closes.text(), zone).context("closes")?,
        rules: Rules {
            delegation,
            revoting,
            weights: weights.into(),
            ballot_proofs: ballot_proofs.into(),
            smallest_group,
            epoch_seconds,
        },
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
    fn ballot_proofs_are_compressed_unless_the_draft_says_disjunctive() {
        let proofs = |text: &str| parse(text, RegistrationId([1; 32])).unwrap().rules.ballot_proofs;
        let line = "ballot_proofs = \"compressed\"\n";
        assert_eq!(proofs(TEMPLATE), BallotProofKind::Compressed);
        assert_eq!(proofs(&TEMPLATE.replace(line, "")), BallotProofKind::Compressed);
        let disjunctive = TEMPLATE.replace(line, "ballot_proofs = \"disjunctive\"\n");
        assert_eq!(proofs(&disjunctive), BallotProofKind::Disjunctive);
        let unknown = refusal(&TEMPLATE.replace(line, "ballot_proofs = \"textbook\"\n"));
        assert!(unknown.contains("ballot_proofs = \"textbook\""), "{unknown}");
        assert!(unknown.contains("expected `compressed` or `disjunctive`"), "{unknown}");
    }

    #[test]
    fn template_says_that_distinctive_weights_can_be_inferred() {
        let words = |text: &str| text.replace("\n# ", " ");
        assert!(words(TEMPLATE).contains("distinctive weights can be inferred: the totals of the options are public"));
        assert!(
            INFERRED_WEIGHTS.starts_with("distinctive weights can be inferred: the totals of the options are public")
        );
    }

    #[test]
    fn every_type_of_question_is_read() {
        let kind = |limits: &str| {
            let text = TEMPLATE.replace("type = \"choose\"\nmin = 1\nmax = 2", limits);
            parse(&text, RegistrationId([1; 32])).unwrap().questions[0].kind
        };
        assert_eq!(kind("min = 1\nmax = 3"), QuestionKind::Choose { min: 1, max: 3 });
        assert_eq!(kind("type = \"score\"\nmost = 5"), QuestionKind::Score { most: 5, blank: true });
        assert_eq!(kind("type = \"score\"\nmost = 5\nblank = false"), QuestionKind::Score { most: 5, blank: false });
        let split = "type = \"split\"\nmost = 10\nmin = 0\nmax = 30";
        assert_eq!(kind(split), QuestionKind::Split { most: 10, min: 0, max: 30 });
        assert_eq!(kind("type = \"rank\"\nmin = 1\nmax = 4"), QuestionKind::Rank { min: 1, max: 4 });
    }

    #[test]
    fn native_times_are_read_too() {
        let text = TEMPLATE.replace("\"2026-12-01T09:00:00\"", "2026-12-01T08:00:00Z");
        assert_eq!(parse(&text, RegistrationId([1; 32])).unwrap().opens.seconds(), 1_796_112_000);
    }

    // What is read twice could be read as one value by one program and as the other by another.
    #[test]
    fn draft_with_a_repeated_key_is_refused() {
        let twice = |line: &str| refusal(&TEMPLATE.replace(line, &format!("{line}\n{line}")));
        for line in ["title = \"Election of the board\"", "revoting = true", "max = 2", "[rules]"] {
            assert!(twice(line).contains("duplicate key"), "{}", twice(line));
        }
        let option = TEMPLATE.replace("id = \"anna\",", "id = \"anna\", id = \"anna\",");
        assert!(refusal(&option).contains("duplicate key"), "{}", refusal(&option));
    }

    // 2^53 and 2^53 + 1 are one number to whoever reads numbers as floating point.
    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        let group = |number: &str| TEMPLATE.replace("smallest_group = 5", &format!("smallest_group = {number}"));
        for number in [(1 << 53) + 1, i64::MAX.cast_unsigned()] {
            let draft = parse(&group(&number.to_string()), RegistrationId([1; 32])).unwrap();
            assert_eq!(draft.rules.smallest_group, number);
        }
        for number in ["-1", "5.0", "1e3", "18446744073709551616", "0x1p4"] {
            assert!(parse(&group(number), RegistrationId([1; 32])).is_err(), "{number}");
        }
    }

    #[test]
    fn wrong_drafts_are_refused_with_the_place() {
        assert!(refusal(&TEMPLATE.replace("revoting", "revotting")).contains("revotting"));
        assert!(refusal(&TEMPLATE.replace("weights = \"one\"", "weights = \"public\"")).contains("`one` or `hidden`"));
        assert!(refusal(&TEMPLATE.replace("\"jan\"", "\"anna\"")).contains("the option id \"anna\" occurs twice"));
        assert!(refusal(&TEMPLATE.replace("max = 2", "max = 9")).contains("question 1"));
        assert!(refusal(&TEMPLATE.replace("max = 2", "")).contains("question 1"));
        assert!(refusal(&TEMPLATE.replace("\"choose\"", "\"score\"")).contains("has `most`"));
        assert!(refusal(&TEMPLATE.replace("\"choose\"", "\"rate\"")).contains("rate"));
        let hidden = TEMPLATE.replace("type = \"choose\"", "type = \"rank\"").replace("\"one\"", "\"hidden\"");
        assert!(refusal(&hidden).contains("question 1: rankings are published one by one"), "{}", refusal(&hidden));
        assert!(refusal(&TEMPLATE.replace("2026-12-01T21", "2026-12-01T01")).contains("must close after it opens"));
        assert!(refusal(&TEMPLATE.replace("2026-12-01T21:00:00", "soon")).contains("closes"));
    }
}
