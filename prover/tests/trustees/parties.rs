//! Trustees around a table, whose messages a test can change on the way.

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::{
    ceremony::{
        Acknowledgement, CeremonyRecord, CeremonySetup, Commitment, Confirmation, Culprit, Reveal, Shares, Signed,
        TrusteeIndex, TrusteeName,
    },
    transaction::LedgerId,
};
use tabella_prover::trustee::{CeremonyStepError, Committed, Confirmed, Revealed, Shared, TrusteeIdentity, TrusteeKey};
use tabella_verifier::ceremony::{CeremonyOutcome, verify};

pub(crate) const NAMES: [&str; 5] = ["Ada", "Bea", "Cyd", "Dot", "Eve"];
pub(crate) const LEDGER: LedgerId = LedgerId([3; 32]);
pub(crate) const ELECTION: [u8; 32] = [4; 32];

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(crate) fn trustee(index: u16) -> TrusteeIndex {
    TrusteeIndex::new(index).unwrap()
}

pub(crate) fn culprit(index: u16) -> Culprit {
    Culprit { index: trustee(index), name: NAMES[usize::from(index) - 1].to_owned() }
}

pub(crate) struct Table {
    pub(crate) setup: CeremonySetup,
    pub(crate) identities: Vec<TrusteeIdentity>,
}

type Said<S, P> = (Vec<S>, Vec<Signed<P>>);

impl Table {
    pub(crate) fn new(threshold: u16, count: usize, seed: u64) -> Self {
        let mut rng = rng(seed);
        let more = (NAMES.len()..count).map(|i| format!("Trustee {}", i + 1));
        let identities: Vec<_> = NAMES
            .iter()
            .map(ToString::to_string)
            .chain(more)
            .take(count)
            .map(|name| TrusteeIdentity::generate(TrusteeName::new(name).unwrap(), &mut rng))
            .collect();
        let cards = identities.iter().map(TrusteeIdentity::card).collect();
        let setup = CeremonySetup::new("Test election", threshold, cards, [seed as u8; 32]).unwrap();
        Self { setup, identities }
    }

    pub(crate) fn start(&self, seed: u64) -> Said<Committed, Commitment> {
        let mut rng = rng(seed);
        self.identities.iter().map(|who| Committed::start(who, self.setup.clone(), &mut rng).unwrap()).unzip()
    }

    /// Lets each trustee take a step. The first error ends it.
    pub(crate) fn step<S, T, P>(
        &self,
        states: Vec<S>,
        step: impl Fn(S, &TrusteeIdentity) -> Result<(T, Signed<P>), CeremonyStepError>,
    ) -> Result<Said<T, P>, CeremonyStepError> {
        states.into_iter().zip(&self.identities).map(|(state, who)| step(state, who)).collect()
    }

    pub(crate) fn reveal(&self, states: Vec<Committed>, said: &[Signed<Commitment>]) -> Said<Revealed, Reveal> {
        self.step(states, |state, who| state.reveal(who, said)).unwrap()
    }

    pub(crate) fn confirm(&self, states: Vec<Revealed>, said: &[Signed<Reveal>]) -> Said<Confirmed, Confirmation> {
        self.step(states, |state, who| state.confirm(who, said)).unwrap()
    }

    pub(crate) fn share(&self, states: Vec<Confirmed>, said: &[Signed<Confirmation>]) -> Said<Shared, Shares> {
        self.step(states, |state, who| state.share(who, said)).unwrap()
    }

    pub(crate) fn finish(&self, states: Vec<Shared>, said: &[Signed<Shares>]) -> Said<TrusteeKey, Acknowledgement> {
        self.step(states, |state, who| state.finish(who, said)).unwrap()
    }

    pub(crate) fn run(&self, seed: u64) -> (Vec<TrusteeKey>, CeremonyRecord, CeremonyOutcome) {
        let (states, commitments) = self.start(seed);
        let (states, reveals) = self.reveal(states, &commitments);
        let (states, confirmations) = self.confirm(states, &reveals);
        let (states, shares) = self.share(states, &confirmations);
        let (keys, acknowledgements) = self.finish(states, &shares);
        let setup = self.setup.clone();
        let record =
            CeremonyRecord::assemble(setup, &commitments, &reveals, &confirmations, &acknowledgements).unwrap();
        let outcome = verify(&record).unwrap();
        (keys, record, outcome)
    }
}
