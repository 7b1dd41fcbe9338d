//! Forgeries of scores and split points: each breaks one sentence of the argument at the head of
//! `protocol/src/ballot/compressed.rs`, and nothing else.

use tabella_protocol::ballot::compressed::{entry_challenge, powers};

use super::{forgeries::Forgery, *};

/// Three options of 0 to 5 points (coefficients 1, 2, 2), 1 to 15 together (slack 1, 2, 4, 7).
fn scores() -> QuestionRule {
    points(3, 5, 1, 15)
}

/// Two options of 0 to 6 points (coefficients 1, 2, 3), exactly 6 together.
fn split() -> QuestionRule {
    points(2, 6, 6, 6)
}

fn forge(rule: QuestionRule, values: &[i64]) -> BallotError {
    Forgery::new(&[rule], values).refusal()
}

#[test]
fn forgery_tool_makes_honest_points_too() {
    // 5 + 2 + 0 = 7, and 8 = 1 + 7 of slack.
    let honest = Forgery::new(&[scores()], &[1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1]);
    assert_eq!(honest.cast().verify(), Ok(()));
    assert_eq!(Forgery::new(&[split()], &[1, 1, 0, 0, 0, 1]).cast().verify(), Ok(()));
    let weighted = Forgery::new(&[split()], &[9, 9, 0, 0, 0, 9]).weighing(9, 9);
    assert_eq!(weighted.cast().verify(), Ok(()));
}

// Sentence 5, upper limit: the slack would have to be negative.
#[test]
fn more_points_than_the_sum_allows_are_rejected() {
    assert_eq!(forge(split(), &[1, 1, 1, 1, 0, 0]), BallotError::Sum { question: 0 });
    assert_eq!(forge(points(2, 3, 0, 4), &[1, 1, 1, 1, 0, 0, 0]), BallotError::Sum { question: 0 });
}

// Sentence 5, lower limit: all slack bits are set, and something is left.
#[test]
fn fewer_points_than_the_sum_asks_for_are_rejected() {
    assert_eq!(forge(split(), &[1, 1, 0, 0, 0, 0]), BallotError::Sum { question: 0 });
    assert_eq!(forge(scores(), &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]), BallotError::Sum { question: 0 });
}

// Sentence 4: the greatest number of points is what all bits come to. More takes a value that is no bit.
#[test]
fn points_above_the_most_of_an_option_are_rejected() {
    // 7 points for the first option with a bit of 2; the sum is right.
    assert_eq!(forge(scores(), &[1, 2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1]), BallotError::Choice);
    // 6 + 1 in a split of 7 with at most 5 for one: 1 + 1·2 + … needs a bit of 3/2, or one of 2.
    assert_eq!(forge(points(2, 5, 7, 7), &[2, 1, 1, 1, 0, 0]), BallotError::Choice);
}

// Sentence 4: sums of bits are not negative.
#[test]
fn negative_points_are_rejected() {
    // 7 and -1: the sum is right, and the other option gains.
    assert_eq!(forge(split(), &[2, 1, 1, -1, 0, 0]), BallotError::Choice);
    assert_eq!(forge(scores(), &[-1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1]), BallotError::Choice);
}

// Sentence 3: values that are no bits, even where the points that they come to are allowed.
#[test]
fn bits_that_are_not_bits_are_rejected() {
    // 2 = 2·1, with the first bit 2; 3 = -1·1 + 2·2.
    assert_eq!(forge(split(), &[2, 0, 0, 1, 0, 1]), BallotError::Choice);
    assert_eq!(forge(split(), &[-1, 2, 0, 0, 0, 1]), BallotError::Choice);
    // A slack value of 2 where 1 is the most.
    assert_eq!(forge(points(1, 3, 1, 2), &[0, 0, 2]), BallotError::Choice);
}

// Sentence 2: what is encrypted is not what is committed to.
#[test]
fn ciphertexts_of_other_points_than_those_proved_are_rejected() {
    for encrypted in [[600, 0], [7, -1], [2, 4], [0, 6]] {
        let forgery = Forgery::new(&[split()], &[1, 1, 0, 0, 0, 1]).encrypting(&encrypted);
        assert_eq!(forgery.refusal(), BallotError::Encryption);
    }
}

// Sentence 2, the order: with x known before the ciphertexts are fixed, errors in them can be made to cancel.
#[test]
fn ciphertexts_chosen_after_x_are_rejected() {
    let forgery = Forgery::new(&[split()], &[1, 1, 0, 0, 0, 1]);
    let honest = forgery.cast();
    let x = entry_challenge(&mut honest.statement().transcript(), &honest.compressed().commitments.vector);
    let gain = Scalar::from(1_000_u64);
    let encrypted = vec![Scalar::from(3_u64) + gain, Scalar::from(3_u64) - gain * x.invert()];
    let sum = |values: &[Scalar]| values.iter().zip(powers(&x, 2)).map(|(v, x)| v * x).sum::<Scalar>();
    assert_eq!(sum(&encrypted), sum(&[Scalar::from(3_u64); 2]), "they cancel for this x");
    assert_eq!(Forgery { encrypted, ..forgery }.refusal(), BallotError::Encryption);
}

// Sentence 4: coefficients are those of the option's own question.
#[test]
fn coefficients_of_another_question_are_rejected() {
    // 0 to 3 points (coefficients 1, 2) and 0 to 2 points (1, 1): both bits of the second say 3 points by the first's.
    let rules = [points(1, 3, 0, 3), points(1, 2, 0, 2)];
    let honest = [1, 1, 1, 1, 0, 0, 0, 0];
    assert_eq!(Forgery::new(&rules, &honest).cast().verify(), Ok(()));
    assert_eq!(Forgery::new(&rules, &honest).encrypting(&[3, 3]).refusal(), BallotError::Encryption);
    assert_eq!(Forgery::new(&rules, &honest).encrypting(&[2, 2]).refusal(), BallotError::Encryption);
    // A proof under the rules in the other order is of another statement.
    let mut exchanged = Forgery::new(&rules, &honest).cast();
    exchanged.rules.swap(0, 1);
    assert_eq!(exchanged.verify(), Err(BallotError::NotThisStatement));
    let mut higher = Forgery::new(&rules, &honest).cast();
    higher.rules[1] = points(1, 3, 0, 2);
    assert_eq!(higher.verify(), Err(BallotError::NotThisStatement));
}

// Sentence 5: each question has its own sum.
#[test]
fn points_moved_between_questions_are_rejected() {
    let rules = [points(2, 3, 4, 4), points(2, 3, 4, 4)];
    // 6 in the first, 2 in the second.
    let forgery = Forgery::new(&rules, &[1, 1, 1, 1, 0, 1, 0, 0]);
    assert_eq!(forgery.refusal(), BallotError::Sum { question: 0 });
}

// Sentences 1 and 3: one weight for all, and the one in C'.
#[test]
fn hidden_weight_that_differs_between_bits_or_options_is_rejected() {
    let differing = |values: &[i64]| Forgery::new(&[split()], values).weighing(5, 5).refusal();
    assert_eq!(differing(&[3, 5, 0, 0, 0, 5]), BallotError::Sum { question: 0 });
    // The sum is right: 1·3 + 2·5 + 1·2 + 3·5 = 6·5.
    assert_eq!(differing(&[3, 5, 0, 2, 0, 5]), BallotError::Choice);
    assert_eq!(differing(&[4, 4, 0, 0, 0, 6]), BallotError::Choice);
    let other = Forgery::new(&[split()], &[7, 7, 0, 0, 0, 7]).weighing(5, 7);
    assert_eq!(other.refusal(), BallotError::Weight);
}
