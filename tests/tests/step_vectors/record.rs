//! What the committed record holds on the way: its ceremony, decryptions, first notes, and the statements of two proofs.

use std::fs;

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use rand_core::OsRng;
use serde_json::{Value, json};
use tabella_protocol::{
    ceremony::{CeremonyRecord, Commitment, Signed, TranscriptHash, TrusteeCard, TrusteeIndex},
    decryption::{DecryptionContext, DecryptionStatement, PartialDecryption, Purpose, canary, challenge},
    domain::personal,
    election::{ElectionAction, ElectionRecord, Opening, Publication},
    elgamal::Ciphertext,
    hash::blake2b_256,
    ristretto::Element,
    transaction::{TransferEffects, TransferStatement},
    tree::NoteCommitmentTree,
};
use tabella_verifier::{
    ceremony,
    election::{ElectionPool, open},
    groth16::VerifyingKeys,
    record::verify_record,
};

use crate::{borshed, element, file, hexed, scalar, step};

fn record() -> ElectionRecord {
    ElectionRecord::decode(&fs::read(file("election.tabella")).unwrap()).unwrap()
}

fn action(record: &ElectionRecord, entry: usize) -> ElectionAction {
    borsh::from_slice(&record.entries[entry].transaction.effects.actions[0].body).unwrap()
}

fn opening(record: &ElectionRecord) -> Opening {
    let ElectionAction::Open(opening) = action(record, 0) else { panic!("the record begins with its opening") };
    *opening
}

/// As it stands after the opening.
fn opened(record: &ElectionRecord) -> ElectionPool {
    let ledger = tabella_protocol::transaction::LedgerId::derive(&record.ledger_name, &record.ledger_key);
    open(&record.entries[0], ledger, &VerifyingKeys::development()).unwrap()
}

#[test]
fn every_hash_of_the_ceremony_agrees_with_the_second_implementation() {
    let CeremonyRecord { setup, commitments, packages, acknowledgements, .. } = &opening(&record()).ceremony;
    let pinned = step("ceremony");
    let (id, first) = (setup.id(), TrusteeIndex::new(1).unwrap());
    let card = setup.card(first).unwrap();
    let commitment: &Commitment = &commitments[0].payload;
    let payload = borsh::to_vec(commitment).unwrap();
    let package = &packages[0].payload.package;
    let outcome = ceremony::verify(&opening(&record()).ceremony).unwrap();
    let shares: Vec<String> = outcome.verifying_shares().iter().map(|share| hexed(share.as_bytes())).collect();
    let found = json!({
        "record": "that of the opening in election.tabella", "trustee": 1, "setup": borshed(setup),
        "0 setup: ceremony id": id.to_string(),
        "1 card": hexed(TrusteeCard::message(card.name(), card.key(), card.recipient())),
        "2 payload of round 0": hexed(blake2b_256(personal::CEREMONY, &[&[2, 0], &payload])),
        "3 message of round 0": hexed(Signed::message(id, first, commitment)),
        "package": borshed(package), "4 package": package.hash(id, first).to_string(),
        "5 transcript": TranscriptHash::new(id, commitments, packages).to_string(),
        "6 outcome": acknowledgements[0].payload.outcome.to_string(), "ceremony hash": outcome.hash().to_string(),
        "proof of knowledge": {
            "constant": hexed(package.constant().as_bytes()), "R": hexed(package.proof().commitment.as_bytes()),
            "challenge": pinned["proof of knowledge"]["challenge"],
        },
        "Y": hexed(outcome.key().element().as_bytes()), "Y_i": shares,
    });
    assert_eq!(found, pinned);
    // The challenge is right if the proof, which the first implementation accepts, holds under it: no other makes it hold.
    let c = scalar(&pinned["proof of knowledge"]["challenge"]);
    let z = package.proof().response.0;
    let nonce = RistrettoPoint::mul_base(&z) - package.constant().point() * c;
    assert_eq!(Element::new(nonce), package.proof().commitment);
}

fn challenges(
    context: DecryptionContext,
    share: Element,
    ciphertexts: &[Ciphertext],
    partial: &PartialDecryption,
) -> (Value, Value) {
    let statement = DecryptionStatement { context, trustee: partial.trustee, verifying_share: share, ciphertexts };
    let (mut transcript, weights) = statement.transcript(&partial.shares);
    let proof = &partial.proof;
    let c: Scalar = challenge(&mut transcript, &proof.base_commitment, &proof.sum_commitment);
    let weights: Vec<String> = weights.iter().map(|weight| hexed(weight.as_bytes())).collect();
    (weights.into(), hexed(c.as_bytes()).into())
}

#[test]
fn challenges_of_canaries_and_decryptions_agree_with_the_second_implementation() {
    let record = record();
    let verification = verify_record(&record.encode(), &VerifyingKeys::development(), &mut OsRng, |_| ());
    let pool = verification.election.unwrap().pool;
    let (tally, sums) = pool.tally_statement();
    let share = |trustee: TrusteeIndex| *pool.trustees().verifying_share(trustee).unwrap();
    let canaries = opening(&record).canaries;
    let rehearsed = canaries.iter().map(|proof| {
        let context = DecryptionContext { purpose: Purpose::Canary, ..tally };
        let ciphertexts = [canary(pool.id().as_bytes(), &tally.key, proof.trustee)];
        let (rho, c) = challenges(context, share(proof.trustee), &ciphertexts, &proof.partial());
        json!({ "c1": hexed(ciphertexts[0].c1.as_bytes()), "trustee": proof.trustee.get(), "rho": rho, "c": c })
    });
    let last = action(&record, record.entries.len() - 1);
    let ElectionAction::Publish(Publication { partials, .. }) = last else { panic!("the record ends with its result") };
    let decrypted = partials.iter().map(|partial| {
        let (rho, c) = challenges(tally, share(partial.trustee), &sums, partial);
        json!({ "trustee": partial.trustee.get(), "rho": rho, "c": c })
    });
    let found = json!({ "canaries": rehearsed.collect::<Vec<_>>(), "tally": decrypted.collect::<Vec<_>>() });
    assert_eq!(found, step("decryptions"));
}

#[test]
fn first_notes_of_the_pool_agree_with_the_second_implementation() {
    let record = record();
    let pool = opened(&record);
    let notes = opening(&record).roll.notes(pool.id(), pool.asset()).unwrap();
    let mut tree = NoteCommitmentTree::new();
    let leaves: Vec<_> = notes.iter().map(|note| note.commitment()).collect();
    tree.append(&leaves).unwrap();
    assert_eq!(tree.root(), pool.tree().root());
    let found = json!({
        "election id": pool.id().to_string(), "asset_e": pool.asset().to_string(), "pool": pool.pool().to_string(),
        "rcm": notes.iter().map(|note| element(&note.rcm.element())).collect::<Vec<_>>(),
        "leaves": leaves.iter().map(ToString::to_string).collect::<Vec<_>>(), "root": tree.root().to_string(),
    });
    assert_eq!(found, step("roll"));
}

fn statement(transfer: &TransferEffects) -> Value {
    let window = transfer.window();
    let (start, end) = (window.start().seconds(), window.end().seconds());
    match &transfer.statement {
        TransferStatement::Transfer { instance, .. } => json!({
            "anchor": instance.anchor.to_string(), "nf": instance.nullifiers.map(|nf| nf.to_string()),
            "cm": instance.commitments.map(|cm| cm.to_string()), "rk": hexed(instance.rk.to_bytes()),
            "C": hexed(instance.value_commitment.to_bytes()), "asset_revealed": element(&instance.asset_revealed),
            "contract_revealed": element(&instance.contract_revealed), "start": start, "end": end,
            "mode": instance.flags() % 8, "reveal": instance.reveal, "level": instance.level,
        }),
        TransferStatement::Cast(instance) => json!({
            "anchor": instance.anchor.to_string(), "nf": [instance.nullifier.to_string()],
            "rk": hexed(instance.rk.to_bytes()), "asset": instance.asset.to_string(),
            "contract_revealed": element(&instance.contract_revealed), "weight": instance.weight, "level": instance.level,
            "start": start, "end": end,
        }),
    }
}

#[test]
fn public_inputs_of_both_shapes_agree_with_the_second_implementation() {
    let (record, keys) = (record(), VerifyingKeys::development());
    let pinned = step("groth16");
    for (index, inputs) in [14, 10].into_iter().enumerate() {
        let pinned = &pinned[index];
        let entry = usize::try_from(pinned["entry of election.tabella"].as_u64().unwrap()).unwrap();
        let transaction = &record.entries[entry].transaction;
        let transfer = &transaction.effects.transfers[0];
        let public = transfer.public_inputs();
        assert_eq!(public.len(), inputs);
        let found = json!({
            "entry of election.tabella": entry, "shape": transfer.shape().name(),
            "verifying key": transfer.verifying_key.to_string(), "statement": statement(transfer),
            "public inputs": public.iter().map(element).collect::<Vec<_>>(),
            "proof": hexed(transaction.transfers[0].proof.0),
        });
        assert_eq!(found, *pinned);
        let key = keys.key(transfer.shape(), transfer.verifying_key).unwrap();
        assert_eq!(key.verify(&public, &transaction.transfers[0].proof), Ok(()));
    }
}
