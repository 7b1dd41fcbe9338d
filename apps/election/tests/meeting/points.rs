//! Choices, scores and split points.

use tabella_election::trustee::combine_result;
use tabella_protocol::election::{AnswerRule, RollError};
use tabella_prover::ballot::EncryptError;
use tabella_verifier::{decryption::TotalError, record::verify_record};

use super::*;

fn questions() -> Vec<Question> {
    vec![
        question("Who shall lead?", &["anna", "jan", "blank"], QuestionKind::Choose { min: 1, max: 1 }),
        question("How good is each plan?", &["park", "school"], QuestionKind::Score { most: 5, blank: true }),
        question(
            "What shall the money be for?",
            &["roads", "trees"],
            QuestionKind::Split { most: 8, min: 10, max: 10 },
        ),
    ]
}

#[test]
fn election_with_a_question_of_each_kind_is_counted_and_verified() {
    hold(BallotProofKind::Compressed);
}

#[test]
fn election_with_a_question_of_each_kind_and_disjunctive_proofs_is_counted_and_verified() {
    hold(BallotProofKind::Disjunctive);
}

fn hold(proofs: BallotProofKind) {
    let engine = Parameters::development().unwrap();
    let mut meeting = Meeting::proved_by(proofs, 3, questions());
    // What the rules exclude is not even encrypted.
    let refused = |meeting: &mut Meeting, points: [Vec<u16>; 3]| match meeting.cast(0, &points, &engine) {
        Err(VoterError::Choice(error)) => error,
        other => panic!("{other:?}"),
    };
    let above = refused(&mut meeting, [vec![1, 0, 0], vec![6, 0], vec![5, 5]]);
    assert_eq!(above, EncryptError::Points { question: 1, option: 0, most: 5 });
    let short = refused(&mut meeting, [vec![1, 0, 0], vec![5, 0], vec![5, 4]]);
    assert_eq!(short, EncryptError::Sum { question: 2, min: 10, max: 10 });

    meeting.cast(0, &[vec![1, 0, 0], vec![5, 0], vec![8, 2]], &engine).unwrap();
    meeting.cast(1, &[vec![0, 0, 1], vec![0, 0], vec![5, 5]], &engine).unwrap();
    meeting.cast(2, &[vec![1, 0, 0], vec![5, 5], vec![2, 8]], &engine).unwrap();
    // The last one thinks again.
    meeting.cast(2, &[vec![0, 1, 0], vec![4, 3], vec![3, 7]], &engine).unwrap();

    let (closed, partials) = meeting.close();
    let results = combine_result(&closed, &partials, &mut OsRng).unwrap();
    assert_eq!(results.totals, [vec![1, 1, 1], vec![9, 3], vec![16, 14]]);

    // A point moved from one option to the other is seen.
    let mut moved = results.clone();
    (moved.totals[2][0], moved.totals[2][1]) = (15, 15);
    let refusal = meeting.refusal_of_result(&closed, &partials, moved);
    assert_eq!(refusal, TallyError::Total(TotalError::Wrong { index: 5 }));
    meeting.submit(publish_result(&meeting.authority.clone(), &closed, partials, results)).unwrap();

    let record = meeting.ledger.record(meeting.election).unwrap().encode();
    let report = verify_record(&record, &VerifyingKeys::development(), &mut OsRng, |_| {}).report;
    assert!(report.valid, "{report:#?}");
}

#[test]
fn points_that_no_tally_could_decrypt_are_refused_with_the_roll() {
    let rule = |question: &Question| match question.rule() {
        Some(AnswerRule::Points(rule)) => rule,
        other => panic!("{other:?}"),
    };
    let rules: Vec<_> = questions().iter().map(rule).collect();
    assert_eq!(Roll::check_points((1 << 40) / 8, &rules), Ok(()));
    let total = (1 << 40) / 8 + 1;
    assert_eq!(Roll::check_points(total, &rules), Err(RollError::Points { total, most: 8 }));
}
