//! Proofs, signatures, ballots and bridges that passed the cheap checks and wait to be verified together, on all cores.

use std::{collections::BTreeSet, num::NonZeroU32, sync::Arc};

use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ballot::{BallotBody, BallotProof, BallotProofKind, BallotTerms, QuestionRule},
    bridge::{BridgeProof, BridgeStatement},
    election::ElectionId,
    elgamal::ElectionKey,
    ranking::RankedQuestion,
    transcript::ProofContext,
};

use crate::{
    ballot::{BallotItem, verify_ballots},
    bridge::{BridgeItem, verify_bridges},
    groth16::{ProofBatch, VerifyingKeys},
    range::{RangeObligation, verify_ranges},
    report::CheckId,
    sigma::{Equation, all_hold},
    signature::SignatureBatch,
    transaction::{ProofObligation, SignatureObligation},
};

/// How many items one batch holds: large enough to share work, small enough to show progress.
const BATCH: usize = 256;

/// What all ballots of an election are verified against.
#[derive(Clone, Debug, PartialEq)]
pub struct BallotParameters {
    /// The election.
    pub election: ElectionId,
    /// The trustees' joint key.
    pub key: ElectionKey,
    /// The rule of each question with points.
    pub rules: Vec<QuestionRule>,
    /// How ballots are proved.
    pub proofs: BallotProofKind,
    /// The ranked questions.
    pub rankings: Vec<RankedQuestion>,
}

impl BallotParameters {
    /// What a ballot's proof is about besides the ballot.
    #[must_use]
    pub fn terms(&self) -> BallotTerms<'_> {
        let Self { election, key, rules, proofs, .. } = self;
        BallotTerms { election: election.as_bytes(), key, rules, proofs: *proofs }
    }
}

/// A ballot to be verified.
#[derive(Clone, Debug, PartialEq)]
pub struct BallotObligation {
    /// Where it stands.
    pub context: ProofContext,
    /// Its election.
    pub parameters: Arc<BallotParameters>,
    /// The ciphertexts.
    pub body: BallotBody,
    /// Their proof.
    pub proof: BallotProof,
}

/// A bridge to be verified. Its `C` is that of a transfer whose own proof is an obligation of the same entry: only that
/// proof bounds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BridgeObligation {
    /// Where it stands.
    pub context: ProofContext,
    /// The two commitments.
    pub statement: BridgeStatement,
    /// That they hold the same value.
    pub proof: BridgeProof,
}

/// How many items there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Groth16 proofs.
    pub proofs: usize,
    /// Spend-authority signatures.
    pub signatures: usize,
    /// Ballot proofs.
    pub ballots: usize,
    /// Proofs of sealed rankings.
    pub rankings: usize,
    /// Bridges.
    pub bridges: usize,
    /// Range proofs.
    pub ranges: usize,
    /// Equations of sigma proofs.
    pub equations: usize,
}

/// Indices of the entries that are wrong, by what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Culprits {
    /// A wrong Groth16 proof.
    pub proofs: BTreeSet<u64>,
    /// A wrong spend-authority signature.
    pub signatures: BTreeSet<u64>,
    /// A wrong ballot proof.
    pub ballots: BTreeSet<u64>,
    /// A wrong proof of a sealed ranking.
    pub rankings: BTreeSet<u64>,
    /// A ballot whose weight is not that of its right, or an amount that changed on its way out of a pool or into one.
    pub bridges: BTreeSet<u64>,
    /// A value that is not shown to be in its range.
    pub ranges: BTreeSet<u64>,
    /// A wrong sigma proof of an application's.
    pub equations: BTreeSet<u64>,
}

impl Culprits {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sets().iter().all(|set| set.is_empty())
    }

    /// Adds what another part found.
    pub fn append(&mut self, other: Self) {
        let Self { proofs, signatures, ballots, rankings, bridges, ranges, equations } = other;
        self.proofs.extend(proofs);
        self.signatures.extend(signatures);
        self.ballots.extend(ballots);
        self.rankings.extend(rankings);
        self.bridges.extend(bridges);
        self.ranges.extend(ranges);
        self.equations.extend(equations);
    }

    /// Whether an entry is wrong.
    #[must_use]
    pub fn contains(&self, entry: u64) -> bool {
        self.sets().iter().any(|set| set.contains(&entry))
    }

    const fn sets(&self) -> [&BTreeSet<u64>; 7] {
        let Self { proofs, signatures, ballots, rankings, bridges, ranges, equations } = self;
        [proofs, signatures, ballots, rankings, bridges, ranges, equations]
    }
}

/// What waits to be verified, each item under the index of its entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Obligations {
    proofs: Vec<(u64, ProofObligation)>,
    signatures: Vec<(u64, SignatureObligation)>,
    ballots: Vec<(u64, BallotObligation)>,
    rankings: Vec<(u64, Equation)>,
    bridges: Vec<(u64, BridgeObligation)>,
    ranges: Vec<(u64, RangeObligation)>,
    equations: Vec<(u64, Equation)>,
}

impl Obligations {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a Groth16 proof.
    pub fn push_proof(&mut self, entry: u64, proof: ProofObligation) {
        self.proofs.push((entry, proof));
    }

    /// Adds a spend-authority signature.
    pub fn push_signature(&mut self, entry: u64, signature: SignatureObligation) {
        self.signatures.push((entry, signature));
    }

    /// Adds a ballot.
    pub fn push_ballot(&mut self, entry: u64, ballot: BallotObligation) {
        self.ballots.push((entry, ballot));
    }

    /// Adds the equation of a sealed ranking.
    pub fn push_ranking(&mut self, entry: u64, ranking: Equation) {
        self.rankings.push((entry, ranking));
    }

    /// Adds a bridge.
    pub fn push_bridge(&mut self, entry: u64, bridge: BridgeObligation) {
        self.bridges.push((entry, bridge));
    }

    /// Adds a range proof.
    pub fn push_range(&mut self, entry: u64, range: RangeObligation) {
        self.ranges.push((entry, range));
    }

    /// Adds an equation of a sigma proof.
    pub fn push_equation(&mut self, entry: u64, equation: Equation) {
        self.equations.push((entry, equation));
    }

    /// Adds all that waits elsewhere.
    pub fn append(&mut self, mut other: Self) {
        self.proofs.append(&mut other.proofs);
        self.signatures.append(&mut other.signatures);
        self.ballots.append(&mut other.ballots);
        self.rankings.append(&mut other.rankings);
        self.bridges.append(&mut other.bridges);
        self.ranges.append(&mut other.ranges);
        self.equations.append(&mut other.equations);
    }

    /// How many items there are.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let Self { proofs, signatures, ballots, rankings, bridges, ranges, equations } = self;
        Counts {
            proofs: proofs.len(),
            signatures: signatures.len(),
            ballots: ballots.len(),
            rankings: rankings.len(),
            bridges: bridges.len(),
            ranges: ranges.len(),
            equations: equations.len(),
        }
    }

    /// Verifies everything, in batches. `rng` must be unpredictable to whoever made the items.
    /// `progress` is told the check, the items done and the items in all.
    ///
    /// A proof under a key that `keys` does not hold is a culprit.
    pub fn verify(
        self,
        keys: &VerifyingKeys,
        rng: &mut (impl RngCore + CryptoRng),
        progress: impl FnMut(CheckId, u64, u64),
    ) -> Culprits {
        self.verify_part(0, NonZeroU32::MIN, keys, rng, progress)
    }

    /// Verifies one of so many parts, counted from 0; all parts together are everything. As [`Self::verify`].
    pub fn verify_part(
        &self,
        part: u32,
        parts: NonZeroU32,
        keys: &VerifyingKeys,
        rng: &mut (impl RngCore + CryptoRng),
        mut progress: impl FnMut(CheckId, u64, u64),
    ) -> Culprits {
        let (signatures, ballots) = (share(&self.signatures, part, parts), share(&self.ballots, part, parts));
        let (bridges, equations) = (share(&self.bridges, part, parts), share(&self.equations, part, parts));
        let (ranges, proofs) = (share(&self.ranges, part, parts), share(&self.proofs, part, parts));
        let rankings = share(&self.rankings, part, parts);
        let mut culprits = Culprits::default();
        let mut tick = |check, done: usize, total: usize| progress(check, done.min(total) as u64, total as u64);
        for (chunk, items) in signatures.chunks(BATCH).enumerate() {
            verify_signatures(items, rng, &mut culprits.signatures);
            tick(CheckId::EntriesSignatures, (chunk + 1) * BATCH, signatures.len());
        }
        // A bridge belongs to the check of its ballot.
        let (count, total) = (ballots.len(), ballots.len() + bridges.len());
        for (chunk, items) in ballots.chunks(BATCH).enumerate() {
            verify_ballot_chunk(items, rng, &mut culprits.ballots);
            tick(CheckId::EntriesBallots, ((chunk + 1) * BATCH).min(count), total);
        }
        for (chunk, items) in bridges.chunks(BATCH).enumerate() {
            verify_bridge_chunk(items, rng, &mut culprits.bridges);
            tick(CheckId::EntriesBallots, count + (chunk + 1) * BATCH, total);
        }
        for items in rankings.chunks(BATCH) {
            verify_equations(items, rng, &mut culprits.rankings);
        }
        for items in equations.chunks(BATCH) {
            verify_equations(items, rng, &mut culprits.equations);
        }
        for items in ranges.chunks(BATCH) {
            let ranges: Vec<_> = items.iter().map(|(_, range)| range).collect();
            if let Err(error) = verify_ranges(&ranges, rng) {
                culprits.ranges.extend(error.culprits.iter().filter_map(|index| Some(items.get(*index)?.0)));
            }
        }
        for (chunk, items) in proofs.chunks(BATCH).enumerate() {
            verify_proofs(items, keys, rng, &mut culprits.proofs);
            tick(CheckId::EntriesProofs, (chunk + 1) * BATCH, proofs.len());
        }
        culprits
    }
}

/// The items of one part.
fn share<T>(items: &[T], part: u32, parts: NonZeroU32) -> &[T] {
    // Below 2^64: there are fewer than 2^32 items, as each takes bytes of a record.
    let at = |part: u64| (items.len() as u64 * part / u64::from(parts.get())) as usize;
    items.get(at(part.into())..at(u64::from(part) + 1).min(items.len())).unwrap_or_default()
}

fn verify_signatures(
    items: &[(u64, SignatureObligation)],
    rng: &mut (impl RngCore + CryptoRng),
    culprits: &mut BTreeSet<u64>,
) {
    let mut batch = SignatureBatch::new();
    for (_, item) in items {
        batch.push(&item.rk, &item.digest, &item.signature);
    }
    if let Err(error) = batch.verify(rng) {
        culprits.extend(error.culprits.iter().filter_map(|index| Some(items.get(*index)?.0)));
    }
}

fn verify_ballot_chunk(
    items: &[(u64, BallotObligation)],
    rng: &mut (impl RngCore + CryptoRng),
    culprits: &mut BTreeSet<u64>,
) {
    let ballots: Vec<BallotItem<'_>> = items
        .iter()
        .map(|(_, item)| BallotItem {
            context: item.context,
            terms: item.parameters.terms(),
            body: &item.body,
            proof: &item.proof,
        })
        .collect();
    if let Err(error) = verify_ballots(&ballots, rng) {
        culprits.extend(error.culprits.iter().filter_map(|index| Some(items.get(*index)?.0)));
    }
}

fn verify_bridge_chunk(
    items: &[(u64, BridgeObligation)],
    rng: &mut (impl RngCore + CryptoRng),
    culprits: &mut BTreeSet<u64>,
) {
    let bridges: Vec<BridgeItem<'_>> = items
        .iter()
        .map(|(_, item)| BridgeItem { context: item.context, statement: item.statement, proof: &item.proof })
        .collect();
    if let Err(error) = verify_bridges(&bridges, rng) {
        culprits.extend(error.culprits.iter().filter_map(|index| Some(items.get(*index)?.0)));
    }
}

fn verify_equations(items: &[(u64, Equation)], rng: &mut (impl RngCore + CryptoRng), culprits: &mut BTreeSet<u64>) {
    if !all_hold(items.iter().map(|(_, equation)| equation), rng) {
        culprits.extend(items.iter().filter(|(_, equation)| !equation.holds()).map(|(entry, _)| entry));
    }
}

fn verify_proofs(
    items: &[(u64, ProofObligation)],
    keys: &VerifyingKeys,
    rng: &mut (impl RngCore + CryptoRng),
    culprits: &mut BTreeSet<u64>,
) {
    let mut batch = ProofBatch::new();
    let mut entries = Vec::with_capacity(items.len());
    for (entry, item) in items {
        match keys.key(item.shape, item.key) {
            Some(key) => {
                batch.push(key, item.inputs.clone(), item.proof);
                entries.push(*entry);
            }
            None => {
                culprits.insert(*entry);
            }
        }
    }
    if let Err(error) = batch.verify(rng) {
        culprits.extend(error.culprits.iter().filter_map(|index| entries.get(*index)));
    }
}
