//! The equations of disjunctive proofs.

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use tabella_protocol::{
    ballot::{
        BallotStatement, DisjunctiveProof, Weight,
        disjunctive::{Place, Target, branch_challenge},
    },
    elgamal::ElectionKey,
};

use super::BallotError;
use crate::sigma::{Accumulator, Equation};

/// Equations of a hidden weight: two of the unit, one of the commitment.
const WEIGHT_EQUATIONS: usize = 3;

/// Most equations of a proof.
pub(super) const fn equations(proof: &DisjunctiveProof) -> usize {
    2 * proof.nonces.len() + WEIGHT_EQUATIONS
}

/// Everything that must hold for one ballot.
pub(super) struct Checks {
    unit: Unit,
    /// Where the weight is hidden, its equations with the rule that each stands for.
    weight: Vec<(BallotError, Equation)>,
    disjunctions: Vec<Disjunction>,
}

impl Checks {
    /// Recomputes the challenges, and writes the equations of [`tabella_protocol::ballot::disjunctive`] down.
    pub(super) fn new(statement: &BallotStatement<'_>, proof: &DisjunctiveProof) -> Result<Self, BallotError> {
        let (branches, targets) = (statement.branches(), statement.targets());
        for (found, expected) in [
            (proof.nonces.len(), branches),
            (proof.answers.len(), branches),
            (proof.challenges.len(), branches - targets.len()),
        ] {
            if found != expected {
                return Err(BallotError::AnswerCount { found, expected });
            }
        }
        let mut transcript = statement.transcript();
        let c = branch_challenge(&mut transcript, proof.unit.as_ref(), &targets, &proof.nonces);

        let (unit, weight) = match (statement.body().weight(), &proof.unit, &proof.weight) {
            (Weight::Unit, None, None) => (Unit(None), Vec::new()),
            (Weight::Hidden { commitment }, Some(sent), Some(answers)) => {
                let (randomness, weight, blinding) = (-answers.randomness.0, -answers.weight.0, -answers.blinding.0);
                if sent.unit.c1.is_identity() {
                    return Err(BallotError::UnitNotRandomised);
                }
                let (first, second) = (*sent.unit.c1.point(), *sent.unit.c2.point());
                let terms = |nonce: &RistrettoPoint, point| vec![(Scalar::ONE, *nonce), (c, point)];
                let equations = vec![
                    (
                        BallotError::NotThisStatement,
                        Equation {
                            base: randomness,
                            terms: terms(sent.first_nonce.point(), first),
                            ..Equation::default()
                        },
                    ),
                    (
                        BallotError::Weight,
                        Equation {
                            base: weight,
                            key: Some((randomness, *statement.key())),
                            terms: terms(sent.second_nonce.point(), second),
                            ..Equation::default()
                        },
                    ),
                    (
                        BallotError::Weight,
                        Equation {
                            base: weight,
                            blinding,
                            terms: terms(sent.weight_nonce.point(), *commitment.point()),
                            ..Equation::default()
                        },
                    ),
                ];
                (Unit(Some((first, second))), equations)
            }
            _ => return Err(BallotError::WeightKind),
        };

        let mut nonces = proof.nonces.iter();
        let mut challenges = proof.challenges.iter();
        let mut answers = proof.answers.iter();
        let disjunctions = targets.into_iter().map(|target| {
            let sent: Vec<Scalar> = challenges.by_ref().take(target.branches() - 1).map(|e| e.0).collect();
            let last = c - sent.iter().sum::<Scalar>();
            let branches = (target.least..=target.greatest)
                .zip(sent.into_iter().chain([last]))
                .zip(nonces.by_ref().zip(answers.by_ref()))
                .map(|((number, challenge), (nonces, answer))| Branch {
                    number: Scalar::from(number),
                    first: *nonces.first.point(),
                    second: *nonces.second.point(),
                    challenge,
                    answer: answer.0,
                })
                .collect();
            Disjunction { target, key: *statement.key(), branches }
        });
        Ok(Self { unit, weight, disjunctions: disjunctions.collect() })
    }

    pub(super) fn verdict(&self) -> Result<(), BallotError> {
        if let Some((rule, _)) = self.weight.iter().find(|(_, equation)| !equation.holds()) {
            return Err(*rule);
        }
        let broken: Vec<&Disjunction> =
            self.disjunctions.iter().filter(|disjunction| !disjunction.holds(self.unit)).collect();
        match broken.first() {
            None => Ok(()),
            // What was proved at another place has another challenge, to which nothing adds up.
            Some(_) if broken.len() == self.disjunctions.len() => Err(BallotError::NotThisStatement),
            Some(disjunction) => Err(disjunction.rule()),
        }
    }

    pub(super) fn add_weighted(&self, weights: &[Scalar], sum: &mut Accumulator) -> bool {
        let branches: usize = self.disjunctions.iter().map(|disjunction| disjunction.branches.len()).sum();
        let Some((of_branches, of_weight)) = weights.split_at_checked(2 * branches) else { return false };
        for (weight, (_, equation)) in of_weight.iter().zip(&self.weight) {
            sum.add(weight, equation);
        }
        let mut pairs = of_branches.chunks_exact(2);
        let mut of_unit = [Scalar::ZERO; 2];
        for disjunction in &self.disjunctions {
            let pairs = disjunction.branches.iter().zip(pairs.by_ref());
            sum.add(&Scalar::ONE, &disjunction.weighted(pairs, &mut of_unit));
        }
        sum.add(&Scalar::ONE, &self.unit.times(&of_unit));
        self.weight.len() <= of_weight.len()
    }
}

/// The encryption of the weight, `(E1, E2)`; `None` where the weight is 1, and it is `(0, B)`.
#[derive(Clone, Copy)]
struct Unit(Option<(RistrettoPoint, RistrettoPoint)>);

impl Unit {
    /// The sum of both components times coefficients.
    fn times(self, &[first, second]: &[Scalar; 2]) -> Equation {
        match self.0 {
            None => Equation { base: second, ..Equation::default() },
            Some((e1, e2)) => Equation { terms: vec![(first, e1), (second, e2)], ..Equation::default() },
        }
    }
}

/// One disjunction.
struct Disjunction {
    target: Target,
    key: ElectionKey,
    branches: Vec<Branch>,
}

/// One branch: it says that the target encrypts so many times the weight.
struct Branch {
    /// n.
    number: Scalar,
    /// P.
    first: RistrettoPoint,
    /// Q.
    second: RistrettoPoint,
    /// e.
    challenge: Scalar,
    /// z.
    answer: Scalar,
}

impl Disjunction {
    /// The sum of both equations of some branches, each times the weight that stands for it, but for the unit: its coefficients are
    /// added to those given. The target's points occur once in it.
    fn weighted<'a>(
        &self,
        branches: impl Iterator<Item = (&'a Branch, &'a [Scalar])>,
        of_unit: &mut [Scalar; 2],
    ) -> Equation {
        let mut sum = Equation::default();
        let (mut answers, mut of_first, mut of_second) = (Scalar::ZERO, Scalar::ZERO, Scalar::ZERO);
        for (branch, weights) in branches {
            let &[first, second] = weights else { continue };
            sum.base -= first * branch.answer;
            answers += second * branch.answer;
            let (challenge_first, challenge_second) = (first * branch.challenge, second * branch.challenge);
            of_first += challenge_first;
            of_second += challenge_second;
            of_unit[0] -= challenge_first * branch.number;
            of_unit[1] -= challenge_second * branch.number;
            sum.terms.extend([(first, branch.first), (second, branch.second)]);
        }
        sum.key = Some((-answers, self.key));
        sum.terms.extend([(of_first, self.target.first), (of_second, self.target.second)]);
        sum
    }

    /// Whether each equation holds by itself.
    fn holds(&self, unit: Unit) -> bool {
        self.branches.iter().all(|branch| {
            [[Scalar::ONE, Scalar::ZERO], [Scalar::ZERO, Scalar::ONE]].iter().all(|weights| {
                let mut of_unit = [Scalar::ZERO; 2];
                let mut sum = Accumulator::default();
                sum.add(&Scalar::ONE, &self.weighted([(branch, weights.as_slice())].into_iter(), &mut of_unit));
                sum.add(&Scalar::ONE, &unit.times(&of_unit));
                sum.vanishes()
            })
        })
    }

    /// The rule that it stands for.
    const fn rule(&self) -> BallotError {
        match self.target.place {
            Place::Option { question, option } => BallotError::Option { question, option },
            Place::Sum { question } => BallotError::Sum { question },
        }
    }
}
