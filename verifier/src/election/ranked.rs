//! Ranked questions: what a ballot must hold, and what the trustees' decryptions open. Spec § 6.8.

use tabella_protocol::{
    elgamal::Ciphertext,
    note::Nullifier,
    ranking::{RankedResult, RankingProof, RankingStatement, SealedRanking, SealingPlace},
    ristretto::Element,
    transcript::ProofContext,
};

use crate::{
    election::{pool::ElectionPool, rules::Rejection},
    ranking::ranking_equation,
    sigma::Equation,
};

impl ElectionPool {
    /// The equations of a ballot's sealed rankings, which are one for each ranked question, each of the right length and with
    /// a proof.
    pub(super) fn ranking_equations(
        &self,
        context: ProofContext,
        nullifier: Nullifier,
        rankings: &[SealedRanking],
        proofs: &[RankingProof],
    ) -> Result<Vec<Equation>, Rejection> {
        let questions = &self.parameters.rankings;
        if rankings.len() != questions.len() || proofs.len() != questions.len() {
            return Err(Rejection::Rankings);
        }
        let items = questions.iter().zip(rankings.iter().zip(proofs));
        let equation = items.map(|(question, (sealed, proof))| {
            let place = SealingPlace { election: self.id.as_bytes(), nullifier, question: question.question };
            let statement = RankingStatement { context, place, key: &self.manifest.key, rule: question.rule, sealed };
            ranking_equation(&statement, proof).map_err(|_| Rejection::Rankings)
        });
        equation.collect()
    }

    /// What the trustees decrypt of the ranked questions: for each question in order, of each ballot that counts, in the
    /// ascending order of the bytes of their nullifiers, `c1` with the identity.
    pub(super) fn ranking_ciphertexts(&self) -> impl Iterator<Item = Ciphertext> {
        (0..self.parameters.rankings.len()).flat_map(|question| {
            let sealed = self.counted.values().filter_map(move |content| content.rankings.get(question));
            sealed.map(SealedRanking::ciphertext)
        })
    }

    /// Opens and counts the rankings of all ballots that count with what the trustees gave for the ciphertexts of
    /// [`Self::tally_statement`] behind the sums: `r·Y` of each. One that opens to no ranking is spoiled.
    #[must_use]
    pub fn open_rankings(&self, shared: &[Element]) -> Vec<RankedResult> {
        let mut shared = shared.iter();
        let questions = self.parameters.rankings.iter().enumerate();
        questions
            .map(|(index, question)| {
                let opened: Vec<_> = self
                    .counted
                    .values()
                    .zip(shared.by_ref())
                    .map(|(content, shared)| {
                        let nullifier = content.nullifier;
                        let place =
                            SealingPlace { election: self.id.as_bytes(), nullifier, question: question.question };
                        content.rankings.get(index)?.open(&place, &question.rule, shared)
                    })
                    .collect();
                RankedResult::of(question.rule.options(), &opened)
            })
            .collect()
    }
}
