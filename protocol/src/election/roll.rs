//! The roll: who holds rights. It is public and must add up; who is behind an entry stays with the registrar.

use std::collections::BTreeSet;

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::{
    ballot::QuestionRule,
    decryption::MAX_CIPHERTEXTS,
    domain::personal,
    election::manifest::{ElectionId, MAX_TOTAL_WEIGHT, Weights},
    hash::{blake2b_256, bytes_to_field},
    keys::OwnerCommitment,
    note::{AssetId, Lock, Note, NoteCommitmentTrapdoor, NoteValue},
    ranking::RankedQuestion,
    transaction::{MAX_TRANSACTION_BYTES, hash_newtype},
};

hash_newtype! {
    /// BLAKE2b-256 (`Tabella_ElecRoll`) of the roll's canonical bytes.
    RollDigest
}

/// One voter's entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RollEntry {
    /// Owner commitment of the address that the voter registered.
    pub owner: OwnerCommitment,
    /// Weight of the right, at least 1.
    pub weight: u64,
}

/// Who holds rights.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Roll {
    /// Leaf i of the pool is the right of entry i.
    Public(Vec<RollEntry>),
    /// Leaf 0 of the pool holds the total and belongs to the authority, which distributes it by transfers that show no
    /// weight before the election opens; the circuit proves that the rights add up to the total.
    Hidden {
        /// Owner commitment of the authority's distributing key.
        distributor: OwnerCommitment,
        /// Sum of all weights.
        total: u64,
        /// Owner commitments of the voters, each the holder of one right.
        voters: Vec<OwnerCommitment>,
    },
}

/// Why a roll is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RollError {
    /// No entry.
    #[error("the roll is empty")]
    Empty,
    /// Two entries have the same owner.
    #[error("entries {first} and {second} of the roll have the same address: each voter registers one of their own")]
    DuplicateOwner {
        /// 1-based number of the first entry.
        first: usize,
        /// 1-based number of the second entry.
        second: usize,
    },
    /// A weight that the rules exclude.
    #[error(
        "entry {0} of the roll has weight 0, or a weight other than 1 where the manifest says that all rights are equal"
    )]
    Weight(usize),
    /// The kind of roll does not fit the manifest.
    #[error("the manifest's rule on weights and the roll do not fit together")]
    Kind,
    /// The distributor of a hidden roll is one of its voters: what it holds could be undistributed or its own.
    #[error("the distributing address is also a voter's: the authority distributes from an address of its own")]
    Distributor,
    /// The total is too large.
    #[error("the weights add up to more than {MAX_TOTAL_WEIGHT}")]
    Total,
    /// An option could have more points than a tally can decrypt.
    #[error(
        "the weights add up to {total}, and with {most} points an option could have more than {MAX_TOTAL_WEIGHT}: allow fewer points"
    )]
    Points {
        /// Sum of all weights.
        total: u64,
        /// Most points that a ballot may give to an option.
        most: u16,
    },
    /// More rankings than can be decrypted and published.
    #[error(
        "{voters} voters with {questions} ranked questions are more rankings than one election can decrypt and publish: hold several elections, or ask fewer ranked questions"
    )]
    Rankings {
        /// Number of voters.
        voters: usize,
        /// Number of ranked questions.
        questions: usize,
    },
    /// A hash was 0 (negligible probability).
    #[error("a derived value is 0; choose another registration id")]
    Degenerate,
}

impl Roll {
    /// The digest that the manifest names.
    #[must_use]
    pub fn digest(&self) -> RollDigest {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        RollDigest(blake2b_256(personal::ROLL, &[&bytes]))
    }

    /// The number of voters.
    #[must_use]
    pub fn voters(&self) -> usize {
        match self {
            Self::Public(entries) => entries.len(),
            Self::Hidden { voters, .. } => voters.len(),
        }
    }

    /// Checks the roll against the rule on weights, and returns the total weight.
    ///
    /// # Errors
    /// [`RollError`] names the entry.
    pub fn check(&self, weights: Weights) -> Result<u64, RollError> {
        let owners: Vec<OwnerCommitment> = match self {
            Self::Public(entries) => entries.iter().map(|entry| entry.owner).collect(),
            Self::Hidden { voters, .. } => voters.clone(),
        };
        if owners.is_empty() {
            return Err(RollError::Empty);
        }
        let mut seen = BTreeSet::new();
        for (second, owner) in owners.iter().enumerate() {
            if !seen.insert(owner.to_bytes()) {
                let first = owners.iter().position(|other| other == owner).unwrap_or(second);
                return Err(RollError::DuplicateOwner { first: first + 1, second: second + 1 });
            }
        }
        let total = match (self, weights) {
            (Self::Public(entries), Weights::One) => {
                for (number, entry) in (1..).zip(entries) {
                    if entry.weight != 1 {
                        return Err(RollError::Weight(number));
                    }
                }
                entries.len() as u64
            }
            (Self::Hidden { total, voters, distributor }, Weights::Hidden) => {
                if seen.contains(&distributor.to_bytes()) {
                    return Err(RollError::Distributor);
                }
                if *total < voters.len() as u64 {
                    return Err(RollError::Total);
                }
                *total
            }
            _ => return Err(RollError::Kind),
        };
        if total > MAX_TOTAL_WEIGHT { Err(RollError::Total) } else { Ok(total) }
    }

    /// Checks that the tally can decrypt what an option may have at most: weight times points.
    ///
    /// # Errors
    /// [`RollError::Points`].
    pub fn check_points(total: u64, rules: &[QuestionRule]) -> Result<(), RollError> {
        let most = rules.iter().map(QuestionRule::most).max().unwrap_or(1);
        match total.checked_mul(u64::from(most)) {
            Some(points) if points <= MAX_TOTAL_WEIGHT => Ok(()),
            _ => Err(RollError::Points { total, most }),
        }
    }

    /// Checks that the rankings of all voters can be decrypted and published by so many trustees: at most
    /// [`MAX_CIPHERTEXTS`] ciphertexts together with the sums of points, and a publication that is a transaction.
    ///
    /// # Errors
    /// [`RollError::Rankings`].
    pub fn check_rankings(
        &self,
        rules: &[QuestionRule],
        ranked: &[RankedQuestion],
        threshold: u16,
    ) -> Result<(), RollError> {
        let (voters, questions) = (self.voters(), ranked.len());
        if questions == 0 {
            return Ok(());
        }
        let sums: u64 = rules.iter().map(|rule| u64::from(rule.options())).sum();
        // Each ranking: whether it is spoiled, its length, and its ranks. Each round: numbers, and the option that goes out.
        let rankings: u64 = ranked.iter().map(|each| 5 + u64::from(each.rule.max())).sum();
        let rounds: u64 = ranked.iter().map(|each| u64::from(each.rule.options())).map(|n| n * (8 * n + 14)).sum();
        let ciphertexts = (voters as u64).saturating_mul(questions as u64).saturating_add(sums);
        let bytes = ciphertexts
            .saturating_mul(32 * u64::from(threshold))
            .saturating_add((voters as u64).saturating_mul(rankings))
            .saturating_add(rounds)
            // Everything else: totals, proofs of the trustees, the transaction itself.
            .saturating_add(1 << 16);
        let fits = ciphertexts <= MAX_CIPHERTEXTS as u64 && bytes <= MAX_TRANSACTION_BYTES as u64;
        if fits { Ok(()) } else { Err(RollError::Rankings { voters, questions }) }
    }

    /// The notes that the pool begins with, in the order of their leaves. Leaf i has `rcm = bytes-to-field(e, i)`.
    ///
    /// # Errors
    /// [`RollError::Degenerate`] with negligible probability.
    pub fn notes(&self, election: ElectionId, asset: AssetId) -> Result<Vec<Note>, RollError> {
        let note = |index: usize, owner: OwnerCommitment, weight: u64| {
            let index = (index as u64).to_le_bytes();
            let rcm = bytes_to_field("roll rcm", &[election.as_bytes(), &index]).ok_or(RollError::Degenerate)?;
            let rcm = NoteCommitmentTrapdoor::new(rcm);
            Ok(Note { asset, value: NoteValue(weight), lock: Lock::Plain(owner), rcm })
        };
        match self {
            Self::Public(entries) => {
                entries.iter().enumerate().map(|(index, entry)| note(index, entry.owner, entry.weight)).collect()
            }
            Self::Hidden { distributor, total, .. } => Ok(vec![note(0, *distributor, *total)?]),
        }
    }
}
