//! Statements of income: a total, proved, that shows no single price.

use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use tabella_market_rules::{
    statement::{Income, IncomeProof, IncomeStatement, total},
    work::WorkId,
};
use tabella_protocol::{
    note::Timestamp,
    ristretto::{CanonicalScalar, Element, blinding_base},
    transaction::LedgerId,
};
use zeroize::Zeroizing;

use crate::{history::MarketHistory, keys::MarketKeys};

/// States what a party was credited with for a work, from one time on and before another.
#[must_use]
pub fn state_income(
    keys: &MarketKeys,
    ledger: LedgerId,
    history: &MarketHistory<'_>,
    work: WorkId,
    (from, to): (Timestamp, Timestamp),
    rng: &mut (impl RngCore + CryptoRng),
) -> IncomeStatement {
    let mut income = Income { ledger, work, party: keys.party(), from, to, credits: 0, parts: 0 };
    let counted = || history.credits().iter().filter(|read| income.covers(&read.credit));
    let parts = counted().map(|read| read.parts()).sum();
    let (balance, credits) = total(&income, counted().map(|read| &read.credit));
    (income.credits, income.parts) = (credits, parts);
    let transcript = income.transcript(&balance);
    let mut nonces = transcript.build_rng().rekey_with_witness_bytes(b"k", keys.viewer().as_bytes()).finalize(rng);
    let mask = Zeroizing::new(Scalar::random(&mut nonces));
    let key_nonce = Element::new(*mask * blinding_base());
    let nonce = Element::new(*mask * income.blinding_of(&balance));
    let c = Income::challenge(transcript, &key_nonce, &nonce);
    let key = CanonicalScalar(*mask + c * keys.viewer());
    IncomeStatement { income, proof: IncomeProof { key_nonce, nonce, key } }
}
