//! A choice as a voter writes it: ids of options.

use anyhow::{anyhow, bail};
use clap::Args;
use serde::Serialize;
use tabella_protocol::election::Question;

/// What a voter chooses.
#[derive(Args, Debug)]
pub(super) struct ChoiceText {
    /// Ids of the options that you choose; with several questions, where an id is in more than one of them, as N:ID with the
    /// number of the question
    #[arg(long, value_name = "OPTION_ID", num_args = 1.., value_delimiter = ',', required_unless_present = "choose_nothing")]
    choose: Vec<String>,
    /// Choose nothing, where the rules allow that
    #[arg(long, conflicts_with = "choose")]
    choose_nothing: bool,
}

/// A choice that the rules allow.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// For each question, whether each option is selected.
    pub(super) selections: Vec<Vec<bool>>,
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
}

impl std::fmt::Display for ShownQuestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.question)?;
        if self.chosen.is_empty() {
            writeln!(f, "  (nothing)")?;
        }
        self.chosen.iter().try_for_each(|option| writeln!(f, "  {}: {}", option.id, option.name))
    }
}

impl ChoiceText {
    /// The choice, if the questions allow it.
    pub(super) fn read(&self, questions: &[Question]) -> anyhow::Result<Choice> {
        let mut selections: Vec<Vec<bool>> =
            questions.iter().map(|question| vec![false; question.options.len()]).collect();
        for text in &self.choose {
            let (question, option) = find(questions, text)?;
            let bit = selections.get_mut(question).and_then(|row| row.get_mut(option));
            let bit = bit.ok_or_else(|| anyhow!("there is no option \"{text}\""))?;
            if std::mem::replace(bit, true) {
                bail!("option \"{text}\" is chosen twice");
            }
        }
        for (number, (question, row)) in (1..).zip(questions.iter().zip(&selections)) {
            let chosen = row.iter().filter(|selected| **selected).count();
            if chosen < usize::from(question.min) || chosen > usize::from(question.max) {
                bail!(
                    "question {number} ({}): {chosen} options are chosen, and {} to {} are allowed",
                    question.title,
                    question.min,
                    question.max
                );
            }
        }
        let shown = in_words(questions, &selections);
        Ok(Choice { selections, shown })
    }
}

/// Selections in words.
pub(super) fn in_words(questions: &[Question], selections: &[Vec<bool>]) -> Vec<ShownQuestion> {
    let rows = questions.iter().zip(selections);
    rows.map(|(question, row)| ShownQuestion {
        question: question.title.clone(),
        chosen: question
            .options
            .iter()
            .zip(row)
            .filter(|(_, selected)| **selected)
            .map(|(option, _)| ShownOption { id: option.id.clone(), name: option.name.clone() })
            .collect(),
    })
    .collect()
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

    fn question(title: &str, ids: &[&str], (min, max): (u16, u16)) -> Question {
        let option = |id: &&str| QuestionOption { id: (*id).to_owned(), name: format!("Option {id}") };
        Question { title: title.to_owned(), options: ids.iter().map(option).collect(), min, max }
    }

    fn choose(questions: &[Question], ids: &[&str]) -> Result<Vec<Vec<bool>>, String> {
        let text = ChoiceText { choose: ids.iter().map(ToString::to_string).collect(), choose_nothing: false };
        text.read(questions).map(|choice| choice.selections).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_named_by_id_and_by_question_where_that_is_needed() {
        let questions =
            [question("Board", &["anna", "jan", "blank"], (1, 2)), question("Rules", &["yes", "blank"], (0, 1))];
        assert_eq!(choose(&questions, &["jan", "yes"]).unwrap(), [vec![false, true, false], vec![true, false]]);
        assert_eq!(choose(&questions, &["1:blank", "2:blank"]).unwrap(), [vec![false, false, true], vec![false, true]]);
        assert!(choose(&questions, &["blank"]).unwrap_err().contains("in several questions"));
        assert!(choose(&questions, &["ewa"]).unwrap_err().contains("the options are anna, jan, blank, yes, blank"));
        assert!(choose(&questions, &["3:blank"]).unwrap_err().contains("there is no option"));
    }

    #[test]
    fn choices_that_the_rules_exclude_are_refused_before_anything_is_prepared() {
        let questions = [question("Board", &["anna", "jan", "ewa"], (1, 2))];
        assert!(choose(&questions, &["anna", "jan", "ewa"]).unwrap_err().contains("3 options are chosen, and 1 to 2"));
        assert!(choose(&questions, &[]).unwrap_err().contains("0 options are chosen"));
        assert!(choose(&questions, &["anna", "anna"]).unwrap_err().contains("chosen twice"));
    }
}
