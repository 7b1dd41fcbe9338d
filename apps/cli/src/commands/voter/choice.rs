//! A choice as a voter writes it: ids of options, with points where there are points to give.

use anyhow::{anyhow, bail};
use clap::Args;
use serde::Serialize;
use tabella_protocol::election::{AnswerError, Question, QuestionKind};

/// What a voter chooses.
#[derive(Args, Debug)]
pub(super) struct ChoiceText {
    /// Ids of the options that you choose, as ID; as ID=POINTS where the question asks for points; as ID=RANK, 1 for the
    /// best, where it asks for a ranking. With several questions, where an id is in more than one of them, as N:ID with the
    /// number of the question
    #[arg(long, value_name = "OPTION_ID[=POINTS]", num_args = 1.., value_delimiter = ',', required_unless_present = "choose_nothing")]
    choose: Vec<String>,
    /// Choose nothing, where the rules allow that
    #[arg(long, conflicts_with = "choose")]
    choose_nothing: bool,
}

/// A choice that the rules allow.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// For each question, the points of each option, 1 if it is chosen; or its rank, 0 if it is not ranked.
    pub(super) answers: Vec<Vec<u16>>,
    /// The same in words.
    pub(super) shown: Vec<ShownQuestion>,
}

/// What is chosen in one question.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub(super) struct ShownQuestion {
    pub(super) question: String,
    pub(super) chosen: Vec<ShownOption>,
}

/// One option that is chosen.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub(super) struct ShownOption {
    pub(super) id: String,
    pub(super) name: String,
    /// Absent where one chooses only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) points: Option<u16>,
    /// Present where one ranks; 1 is the best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rank: Option<u16>,
}

impl std::fmt::Display for ShownQuestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.question)?;
        if self.chosen.is_empty() {
            writeln!(f, "  (nothing)")?;
        }
        self.chosen.iter().try_for_each(|option| match (option.points, option.rank) {
            (Some(points), _) => writeln!(f, "  {} = {points}: {}", option.id, option.name),
            (None, Some(rank)) => writeln!(f, "  {rank}. {}: {}", option.id, option.name),
            (None, None) => writeln!(f, "  {}: {}", option.id, option.name),
        })
    }
}

/// What a number that is given with an option stands for; `None` where one says only which options.
const fn number_of(question: &Question) -> Option<&'static str> {
    match question.kind {
        QuestionKind::Choose { .. } => None,
        QuestionKind::Score { .. } | QuestionKind::Split { .. } => Some("points"),
        QuestionKind::Rank { .. } => Some("rank"),
    }
}

impl ChoiceText {
    /// The choice, if the questions allow it.
    pub(super) fn read(&self, questions: &[Question]) -> anyhow::Result<Choice> {
        let mut answers: Vec<Vec<u16>> = questions.iter().map(|question| vec![0; question.options.len()]).collect();
        let mut named = std::collections::BTreeSet::new();
        for text in &self.choose {
            let (place, given) = find_with_points(questions, text)?;
            if !named.insert(place) {
                bail!("option \"{text}\" is chosen twice");
            }
            let (question, option) = place;
            let asks = questions.get(question).and_then(number_of);
            let given = match (asks, given) {
                (Some("rank"), Some(0)) => {
                    bail!("option \"{text}\" has rank 0: the best has rank 1; leave out what you do not rank")
                }
                (Some(_), Some(given)) => given,
                (None, None) => 1,
                (Some("rank"), None) => bail!("option \"{text}\" needs a rank: write {text}=RANK, 1 for the best"),
                (Some(_), None) => bail!("option \"{text}\" needs points: write {text}=POINTS"),
                (None, Some(_)) => bail!("option \"{text}\" takes no points: this question asks which options only"),
            };
            let cell = answers.get_mut(question).and_then(|row| row.get_mut(option));
            *cell.ok_or_else(|| anyhow!("there is no option \"{text}\""))? = given;
        }
        for (number, (question, row)) in (1..).zip(questions.iter().zip(&answers)) {
            check(question, row).map_err(|error| anyhow!("question {number} ({}): {error}", question.title))?;
        }
        let shown = in_words(questions, &answers);
        Ok(Choice { answers, shown })
    }
}

/// Checks an answer against the rule of its question.
fn check(question: &Question, row: &[u16]) -> anyhow::Result<()> {
    let rule = question.rule().ok_or_else(|| anyhow!("its limits allow no ballot"))?;
    rule.check(row).map_err(|error| match error {
        AnswerError::Points { option, points, most } => {
            let id = question.options.get(option).map_or("", |option| option.id.as_str());
            anyhow!("option \"{id}\" is given {points} points, and at most {most} are allowed")
        }
        AnswerError::Sum { sum, min, max } => {
            let what = if number_of(question).is_some() { "points are given" } else { "options are chosen" };
            anyhow!("{sum} {what}, and {min} to {max} are allowed")
        }
        other => other.into(),
    })
}

/// Answers in words; a ranking with the best first.
pub(super) fn in_words(questions: &[Question], answers: &[Vec<u16>]) -> Vec<ShownQuestion> {
    let shown = |(question, row): (&Question, &Vec<u16>)| {
        let number = number_of(question);
        let given = question.options.iter().zip(row).filter(|(_, given)| **given > 0);
        let mut chosen: Vec<ShownOption> = given
            .map(|(option, given)| ShownOption {
                id: option.id.clone(),
                name: option.name.clone(),
                points: (number == Some("points")).then_some(*given),
                rank: (number == Some("rank")).then_some(*given),
            })
            .collect();
        chosen.sort_by_key(|option| option.rank);
        ShownQuestion { question: question.title.clone(), chosen }
    };
    questions.iter().zip(answers).map(shown).collect()
}

/// Question, option and points that a text names. An id may contain `=`: the whole text is tried as an id first.
fn find_with_points(questions: &[Question], text: &str) -> anyhow::Result<((usize, usize), Option<u16>)> {
    let split = text.rsplit_once('=').and_then(|(id, points)| Some((id, points.trim().parse::<u16>().ok()?)));
    match (find(questions, text), split) {
        (Ok(place), _) => Ok((place, None)),
        (Err(_), Some((id, points))) => Ok((find(questions, id.trim())?, Some(points))),
        (Err(error), None) => Err(error),
    }
}

/// Question and option that a text names: an id that is in one question only, or the question's number before it.
fn find(questions: &[Question], text: &str) -> anyhow::Result<(usize, usize)> {
    let within = |index: usize, id: &str| {
        let option = questions.get(index)?.options.iter().position(|option| option.id == id)?;
        Some((index, option))
    };
    let places: Vec<_> = (0..questions.len()).filter_map(|index| within(index, text)).collect();
    match places.as_slice() {
        [place] => return Ok(*place),
        [] => {}
        _ => bail!("option \"{text}\" is in several questions: write it as N:{text} with the number of the question"),
    }
    let numbered = text.split_once(':').and_then(|(number, id)| Some((number.parse::<usize>().ok()?, id)));
    if let Some(place) = numbered.and_then(|(number, id)| within(number.checked_sub(1)?, id)) {
        return Ok(place);
    }
    let ids: Vec<&str> = questions.iter().flat_map(|q| &q.options).map(|option| option.id.as_str()).take(50).collect();
    bail!("there is no option \"{text}\"; the options are {}", ids.join(", "))
}

#[cfg(test)]
mod tests {
    use tabella_protocol::election::QuestionOption;

    use super::*;

    fn question(title: &str, ids: &[&str], kind: QuestionKind) -> Question {
        let option = |id: &&str| QuestionOption { id: (*id).to_owned(), name: format!("Option {id}") };
        Question { title: title.to_owned(), options: ids.iter().map(option).collect(), kind }
    }

    fn choosing(title: &str, ids: &[&str], (min, max): (u16, u16)) -> Question {
        question(title, ids, QuestionKind::Choose { min, max })
    }

    fn choose(questions: &[Question], ids: &[&str]) -> Result<Vec<Vec<u16>>, String> {
        let text = ChoiceText { choose: ids.iter().map(ToString::to_string).collect(), choose_nothing: false };
        text.read(questions).map(|choice| choice.answers).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_named_by_id_and_by_question_where_that_is_needed() {
        let questions =
            [choosing("Board", &["anna", "jan", "blank"], (1, 2)), choosing("Rules", &["yes", "blank"], (0, 1))];
        assert_eq!(choose(&questions, &["jan", "yes"]).unwrap(), [vec![0, 1, 0], vec![1, 0]]);
        assert_eq!(choose(&questions, &["1:blank", "2:blank"]).unwrap(), [vec![0, 0, 1], vec![0, 1]]);
        assert!(choose(&questions, &["blank"]).unwrap_err().contains("in several questions"));
        assert!(choose(&questions, &["ewa"]).unwrap_err().contains("the options are anna, jan, blank, yes, blank"));
        assert!(choose(&questions, &["3:blank"]).unwrap_err().contains("there is no option"));
    }

    #[test]
    fn choices_that_the_rules_exclude_are_refused_before_anything_is_prepared() {
        let questions = [choosing("Board", &["anna", "jan", "ewa"], (1, 2))];
        assert!(choose(&questions, &["anna", "jan", "ewa"]).unwrap_err().contains("3 options are chosen, and 1 to 2"));
        assert!(choose(&questions, &[]).unwrap_err().contains("0 options are chosen"));
        assert!(choose(&questions, &["anna", "anna"]).unwrap_err().contains("chosen twice"));
        assert!(choose(&questions, &["anna=1"]).unwrap_err().contains("takes no points"));
    }

    #[test]
    fn points_are_written_after_the_option() {
        let questions = [
            question("Parks", &["a", "b", "a=1"], QuestionKind::Score { most: 5, blank: true }),
            question("Money", &["x", "y"], QuestionKind::Split { most: 8, min: 10, max: 10 }),
        ];
        assert_eq!(choose(&questions, &["b=5", "x=8", "2:y=2"]).unwrap(), [vec![0, 5, 0], vec![8, 2]]);
        assert_eq!(choose(&questions, &["a=1=3", "x=5", "y=5"]).unwrap(), [vec![0, 0, 3], vec![5, 5]]);
        assert!(choose(&questions, &["b", "x=5", "y=5"]).unwrap_err().contains("write b=POINTS"));
        assert!(choose(&questions, &["b=6", "x=5", "y=5"]).unwrap_err().contains("6 points, and at most 5"));
        assert!(choose(&questions, &["x=5", "y=4"]).unwrap_err().contains("9 points are given, and 10 to 10"));
        assert!(choose(&questions, &["x=5", "x=5"]).unwrap_err().contains("chosen twice"));
    }

    #[test]
    fn ranks_are_written_after_the_option_and_are_1_2_3() {
        let questions = [
            question("Mayor", &["anna", "jan", "ewa"], QuestionKind::Rank { min: 1, max: 2 }),
            choosing("Rules", &["yes", "no"], (1, 1)),
        ];
        assert_eq!(choose(&questions, &["ewa=1", "anna=2", "no"]).unwrap(), [vec![2, 0, 1], vec![0, 1]]);
        let shown = in_words(&questions, &[vec![2, 0, 1], vec![0, 1]]);
        assert_eq!(shown[0].to_string(), "Mayor\n  1. ewa: Option ewa\n  2. anna: Option anna\n");
        let refused = |ids: &[&str]| choose(&questions, ids).unwrap_err();
        assert!(refused(&["ewa", "no"]).contains("write ewa=RANK"));
        assert!(refused(&["ewa=0", "no"]).contains("the best has rank 1"));
        assert!(refused(&["ewa=1", "anna=1", "no"]).contains("two options have rank 1"));
        assert!(refused(&["ewa=1", "anna=3", "no"]).contains("no option has rank 2"));
        assert!(refused(&["ewa=1", "anna=2", "jan=3", "no"]).contains("rank at least 1 and at most 2"));
        assert!(refused(&["no"]).contains("rank at least 1 and at most 2"));
        assert!(refused(&["ewa=1", "ewa=2", "no"]).contains("chosen twice"));
    }
}
