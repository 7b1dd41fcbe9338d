//! The trustees' ceremony with all parties in one process.

use rand_core::{CryptoRng, RngCore};
use tabella_protocol::ceremony::{CeremonyRecord, CeremonySetup, TrusteeName};
use tabella_prover::trustee::{Committed, TrusteeIdentity, TrusteeKey};

use super::RehearsalError;

/// Runs all rounds for trustees of the given names. Returns each trustee's key and the public record.
///
/// # Errors
/// [`RehearsalError::Ceremony`] if a round fails, which in one process only a wrong setup makes happen.
pub fn hold_ceremony(
    title: &str,
    threshold: u16,
    names: &[&str],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(Vec<TrusteeKey>, CeremonyRecord), RehearsalError> {
    let failed = |error: &dyn std::fmt::Display| RehearsalError::Ceremony(error.to_string());
    let mut identities = Vec::with_capacity(names.len());
    for name in names {
        let name = TrusteeName::new(*name).map_err(|error| failed(&error))?;
        identities.push(TrusteeIdentity::generate(name, rng));
    }
    let cards = identities.iter().map(TrusteeIdentity::card).collect();
    let mut nonce = [0; 32];
    rng.fill_bytes(&mut nonce);
    let setup = CeremonySetup::new(title, threshold, cards, nonce).map_err(|error| failed(&error))?;

    let mut states = Vec::with_capacity(names.len());
    let mut commitments = Vec::with_capacity(names.len());
    for identity in &identities {
        let (state, message) = Committed::start(identity, setup.clone(), rng).map_err(|error| failed(&error))?;
        states.push(state);
        commitments.push(message);
    }
    let (states, packages) =
        round(&identities, states, |state, identity| state.reveal(identity, &commitments)).map_err(|e| failed(&e))?;
    let (states, confirmations) =
        round(&identities, states, |state, identity| state.confirm(identity, &packages)).map_err(|e| failed(&e))?;
    let (states, shares) =
        round(&identities, states, |state, identity| state.share(identity, &confirmations)).map_err(|e| failed(&e))?;
    let (keys, acknowledgements) =
        round(&identities, states, |state, identity| state.finish(identity, &shares)).map_err(|e| failed(&e))?;
    let record = CeremonyRecord { setup, commitments, packages, confirmations, acknowledgements };
    Ok((keys, record))
}

/// One round: every trustee takes its step.
fn round<A, B, M, E>(
    identities: &[TrusteeIdentity],
    states: Vec<A>,
    step: impl Fn(A, &TrusteeIdentity) -> Result<(B, M), E>,
) -> Result<(Vec<B>, Vec<M>), E> {
    let results = states.into_iter().zip(identities).map(|(state, identity)| step(state, identity));
    Ok(results.collect::<Result<Vec<_>, E>>()?.into_iter().unzip())
}
