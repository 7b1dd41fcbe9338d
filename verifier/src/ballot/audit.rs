//! The other device of a cast-or-audit: recomputes the tracker and every ciphertext of an opened ballot.

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use tabella_protocol::{
    ballot::{AuditOpening, BallotBody, QuestionRule, ShapeError, Weight, WeightOpening},
    election::{APPLICATION, AnswerRule, AuditRanking, BallotCast, ElectionAction, ElectionId, OpenedBallot},
    elgamal::{Ciphertext, ElectionKey},
    ranking::{Ranking, RankingRule, SealedRanking, SealingPlace},
    ristretto::Element,
    transaction::{TransactionDigest, TransferStatement},
};
use thiserror::Error;

/// Why an opened ballot fails its audit: the booth that made it must not be trusted.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditError {
    /// The booth opened another ballot than the one it had committed to.
    #[error("the opened ballot is not the one whose tracker the booth showed before")]
    Tracker,
    /// The transaction holds no ballot, or something besides it.
    #[error("the opened transaction is not one that casts a ballot")]
    NoBallot,
    /// The ballot is of another election, where it would not count.
    #[error("the opened ballot is of another election")]
    OtherElection,
    /// The body does not fit the rules.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The opening is not of a ballot of this shape.
    #[error("question {question}: the opening has another number of options than the ballot")]
    OpeningShape {
        /// 0-based index of the question.
        question: usize,
    },
    /// The opening shows another number of questions.
    #[error("the opening has another number of questions than the ballot")]
    QuestionCount,
    /// Not one sealed ranking, or not one opening, for each ranked question.
    #[error("the ballot, or its opening, does not have one ranking for each ranked question")]
    RankingCount,
    /// A sealed ranking holds something else.
    #[error("question {question}: the ballot does not seal the ranking that the opening says")]
    Ranking {
        /// 0-based index of the question.
        question: usize,
    },
    /// A ciphertext encrypts something else.
    #[error("question {question}, option {option}: the ballot does not encrypt what the opening says")]
    Ciphertext {
        /// 0-based index of the question.
        question: usize,
        /// 0-based index of the option.
        option: usize,
    },
    /// The weight's commitment holds something else.
    #[error("the ballot's weight is not what the opening says")]
    Weight,
    /// Points, or their sum, break the rule; such a ballot could not be cast.
    #[error("question {question}: the choices or points are outside of the limits")]
    Rule {
        /// 0-based index of the question.
        question: usize,
    },
}

/// Checks a ballot that a booth opened: it is the one that the tracker commits to, which the voter noted down **before** choosing
/// to audit, and it encrypts exactly what its opening says. Returns the answers for the voter to compare: for each question
/// the points of each option, or its rank.
///
/// # Errors
/// [`AuditError`] tells how the booth deviated.
pub fn audit_opened_ballot(
    tracker: TransactionDigest,
    election: ElectionId,
    key: &ElectionKey,
    rules: &[AnswerRule],
    opened: &OpenedBallot,
) -> Result<Vec<Vec<u16>>, AuditError> {
    let effects = &opened.effects;
    if effects.digest() != tracker {
        return Err(AuditError::Tracker);
    }
    let ([transfer], [action]) = (effects.transfers.as_slice(), effects.actions.as_slice()) else {
        return Err(AuditError::NoBallot);
    };
    if action.application != APPLICATION {
        return Err(AuditError::NoBallot);
    }
    let Ok(ElectionAction::Cast(BallotCast { election: found, ballot, rankings, .. })) =
        borsh::from_slice(&action.body)
    else {
        return Err(AuditError::NoBallot);
    };
    if found != election {
        return Err(AuditError::OtherElection);
    }
    let point_rules: Vec<QuestionRule> = rules
        .iter()
        .filter_map(|rule| match rule {
            AnswerRule::Points(rule) => Some(*rule),
            AnswerRule::Ranking(_) => None,
        })
        .collect();
    let mut points = open_audit(key, &point_rules, &ballot, &opened.opening)?.into_iter();
    let ranked = rules.len() - point_rules.len();
    if rankings.len() != ranked || opened.rankings.len() != ranked {
        return Err(AuditError::RankingCount);
    }
    let nullifier = match &transfer.statement {
        TransferStatement::Cast(instance) => instance.nullifier,
        TransferStatement::Transfer { instance, .. } => instance.nullifiers[0],
    };
    let mut sealed = rankings.iter().zip(&opened.rankings);
    let mut answers = Vec::with_capacity(rules.len());
    for (question, rule) in (0_u16..).zip(rules) {
        let answer = match rule {
            AnswerRule::Points(_) => points.next(),
            AnswerRule::Ranking(rule) => match sealed.next() {
                None => None,
                Some((sealed, opening)) => {
                    let place = SealingPlace { election: election.as_bytes(), nullifier, question };
                    Some(open_ranking(key, rule, &place, sealed, opening)?)
                }
            },
        };
        answers.push(answer.ok_or(AuditError::QuestionCount)?);
    }
    Ok(answers)
}

/// Seals what the opening says again: there is one result, byte for byte. Returns the rank of each option.
fn open_ranking(
    key: &ElectionKey,
    rule: &RankingRule,
    place: &SealingPlace<'_>,
    sealed: &SealedRanking,
    opening: &AuditRanking,
) -> Result<Vec<u16>, AuditError> {
    let question = usize::from(place.question);
    let ranking = Ranking::new(rule, opening.options.clone()).map_err(|_| AuditError::Rule { question })?;
    let r = opening.randomness.0;
    let (c1, shared) = (Element::new(&r * RISTRETTO_BASEPOINT_TABLE), Element::new(r * key.point()));
    if SealedRanking::seal(place, rule, &ranking, c1, &shared) != *sealed {
        return Err(AuditError::Ranking { question });
    }
    Ok(ranking.ranks(rule.options()))
}

/// Checks that a ballot encrypts exactly what its opening says, and returns the points for the voter to compare: for
/// each question those of each option. That it is the ballot the booth committed to is for
/// [`audit_opened_ballot`].
///
/// # Errors
/// [`AuditError`] names the ciphertext, weight or question that does not fit.
pub fn open_audit(
    key: &ElectionKey,
    rules: &[QuestionRule],
    body: &BallotBody,
    opening: &AuditOpening,
) -> Result<Vec<Vec<u16>>, AuditError> {
    check_shape(rules, body, opening)?;
    let weight = match (body.weight(), &opening.weight) {
        (Weight::Unit, None) => Scalar::ONE,
        (Weight::Hidden { commitment }, Some(weight)) => {
            if WeightOpening::new(weight.weight, weight.blinding.0).commitment() != *commitment {
                return Err(AuditError::Weight);
            }
            Scalar::from(weight.weight)
        }
        _ => return Err(AuditError::Weight),
    };
    let rows = body.questions().iter().zip(opening.points.iter().zip(&opening.randomness)).zip(rules);
    for (question, ((ciphertexts, (points, randomness)), rule)) in rows.enumerate() {
        for (option, (ciphertext, (points, r))) in ciphertexts.iter().zip(points.iter().zip(randomness)).enumerate() {
            let value = Scalar::from(*points) * weight;
            if Ciphertext::encrypt(key, &value, &r.0) != *ciphertext {
                return Err(AuditError::Ciphertext { question, option });
            }
        }
        let within = points.iter().all(|points| *points <= rule.most());
        if !within || !rule.allows(points.iter().copied().map(u64::from).sum()) {
            return Err(AuditError::Rule { question });
        }
    }
    Ok(opening.points.clone())
}

fn check_shape(rules: &[QuestionRule], body: &BallotBody, opening: &AuditOpening) -> Result<(), AuditError> {
    let questions = body.questions().len();
    if questions != rules.len() {
        return Err(ShapeError::Questions { found: questions, expected: rules.len() }.into());
    }
    if opening.points.len() != questions || opening.randomness.len() != questions {
        return Err(AuditError::QuestionCount);
    }
    let rows = body.questions().iter().zip(rules).zip(opening.points.iter().zip(&opening.randomness));
    for (question, ((ciphertexts, rule), (points, randomness))) in rows.enumerate() {
        let (found, expected) = (ciphertexts.len(), usize::from(rule.options()));
        if found != expected {
            return Err(ShapeError::Options { question, found, expected }.into());
        }
        if points.len() != found || randomness.len() != found {
            return Err(AuditError::OpeningShape { question });
        }
    }
    Ok(())
}
