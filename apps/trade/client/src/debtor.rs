//! A debtor: registers its key once, and confirms invoices.

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use rand_core::{CryptoRng, RngCore};
use tabella_payments::issuer::{IssueError, next_issue, sign_issue};
use tabella_protocol::{
    keys::Address,
    note::NoteValue,
    ristretto::{CanonicalScalar, Element},
    transaction::{LedgerId, Transaction},
};
use tabella_trade_rules::{
    TradeFinance,
    action::{TradeAction, TradeProof},
    confirmation::{Confirmation, PossessionProof, TagProof, TagStatement},
    invoice::Invoice,
};
use tabella_verifier::assets::Assets;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{keys::TradeKeys, letters::alone};

/// Why an invoice is not confirmed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfirmError {
    /// The key is not registered.
    #[error("this key is not registered on this ledger: `tabella trade invoice register` does it, once")]
    NotRegistered,
    /// Another key is registered under the debtor's name.
    #[error(
        "another confirmation key is registered for this debtor: invoices are confirmed with the seed that registered it"
    )]
    OtherKey,
    /// The invoice names another debtor.
    #[error("the invoice is owed by another debtor")]
    OtherDebtor,
    /// An invoice of nothing.
    #[error("the invoice is of nothing, or due before it was written")]
    Content,
    /// The invoice was confirmed before, saying something else.
    #[error(
        "invoice {number} of {seller} was confirmed before with another amount, date or document. It has one confirmation: a \
         corrected invoice has a number of its own"
    )]
    Confirmed {
        /// The seller.
        seller: String,
        /// The number.
        number: String,
    },
    /// The unit cannot be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

/// Registers the debtor's key.
#[must_use]
pub fn register(keys: &TradeKeys, ledger: LedgerId, rng: &mut (impl RngCore + CryptoRng)) -> Transaction {
    let (debtor, key) = (keys.party(), keys.confirming_key());
    alone(ledger, &TradeAction::Register { debtor, key }, |context| {
        let transcript = PossessionProof::transcript(context, &debtor, &key);
        let mut nonces =
            transcript.build_rng().rekey_with_witness_bytes(b"sk", keys.confirming().expose().as_bytes()).finalize(rng);
        let k = Zeroizing::new(Scalar::random(&mut nonces));
        let nonce = Element::new(&*k * RISTRETTO_BASEPOINT_TABLE);
        let c = PossessionProof::challenge(transcript, &nonce);
        let response = CanonicalScalar(*k + c * keys.confirming().expose());
        TradeProof {
            possession: Some(PossessionProof { nonce, response }),
            ..TradeProof::signed(keys.sign(context.digest))
        }
    })
}

/// What confirming an invoice gives.
#[derive(Debug)]
pub struct Confirmed {
    /// Issues the invoice's one unit to the seller; `None` if that was done before: then only the file was lost.
    pub transaction: Option<Transaction>,
    /// For the seller.
    pub confirmation: Confirmation,
}

/// Confirms an invoice to its seller, once. The same invoice gives the same tag and the same asset, however often it is asked for.
///
/// # Errors
/// [`ConfirmError`].
pub fn confirm(
    keys: &TradeKeys,
    ledger: LedgerId,
    (trade, assets): (&TradeFinance, &Assets),
    invoice: Invoice,
    seller: Address,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Confirmed, ConfirmError> {
    if invoice.identity.debtor != keys.party() {
        return Err(ConfirmError::OtherDebtor);
    }
    if invoice.amount.0 == 0 || invoice.due < invoice.issued {
        return Err(ConfirmError::Content);
    }
    let registered = trade.debtor(&keys.party()).ok_or(ConfirmError::NotRegistered)?;
    if registered.key != keys.confirming_key() {
        return Err(ConfirmError::OtherKey);
    }
    let confirmation = prove(keys, ledger, invoice, rng);
    let description = confirmation.invoice.asset(&confirmation.tag, &confirmation.blinding);
    let of_this = |state: &tabella_verifier::assets::AssetState| state.description.uid == description.uid;
    if let Some((_, known)) = assets.iter().find(|(_, state)| of_this(state)) {
        if known.description == description && known.issued == 1 {
            return Ok(Confirmed { transaction: None, confirmation });
        }
        let identity = &confirmation.invoice.identity;
        let (seller, number) = (identity.seller.to_string(), identity.number.to_string());
        return Err(ConfirmError::Confirmed { seller, number });
    }
    let (_, issue) = next_issue(assets, description, &[(seller, NoteValue(1))], true, rng)?;
    let transaction = sign_issue(keys.signing(), ledger, &issue)?;
    Ok(Confirmed { transaction: Some(transaction), confirmation })
}

/// Tag and proof of an invoice.
fn prove(keys: &TradeKeys, ledger: LedgerId, invoice: Invoice, rng: &mut (impl RngCore + CryptoRng)) -> Confirmation {
    let content = borsh::to_vec(&invoice).expect("writing to memory");
    let blinding = keys.blinding_of(&[b"invoice", ledger.as_bytes(), &content]);
    let sk = keys.confirming();
    let point = invoice.identity.point(ledger);
    let tag = Element::new(sk.expose() * point.point());
    let statement = TagStatement { ledger, key: keys.confirming_key(), tag, invoice: &invoice, blinding: &blinding };
    let transcript = statement.transcript(&point);
    let mut nonces = transcript.build_rng().rekey_with_witness_bytes(b"sk", sk.expose().as_bytes()).finalize(rng);
    let k = Zeroizing::new(Scalar::random(&mut nonces));
    let nonce_base = Element::new(&*k * RISTRETTO_BASEPOINT_TABLE);
    let nonce_point = Element::new(*k * point.point());
    let c = TagStatement::challenge(transcript, &nonce_base, &nonce_point);
    let response = CanonicalScalar(*k + c * sk.expose());
    Confirmation { ledger, blinding, tag, proof: TagProof { nonce_base, nonce_point, response }, invoice }
}
