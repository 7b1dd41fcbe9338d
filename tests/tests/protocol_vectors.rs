//! Keys, addresses, notes, trees, ids and note encryption from fixed inputs, as `tests/vectors/protocol.json` pins them.
//!
//! A second implementation checks itself against that file. Writing it anew (`TABELLA_WRITE_VECTORS=1`) approves a new
//! format; it is no way to make a failing test pass.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{fs, path::Path};

use ark_bls12_381::Fr;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use serde_json::{Value, json};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    bridge::BridgeStatement,
    elgamal::{Ciphertext, ElectionKey},
    field,
    jubjub::{self, JubjubScalar},
    keys::{Account, AddressKind, Diversifier, NullifierKey, Seed},
    note::{
        AssetId, Contract, Escrow, Guard, Lock, Note, NoteCommitmentTrapdoor, NoteValue, Nullifier, Terms, Timestamp,
    },
    note_encryption::{Memo, NoteSeed, OutputNote, decrypt},
    ristretto::{Element, hash_to_ristretto},
    statement::transfer::value_commitment,
    transaction::{LedgerId, PoolId, TransactionDigest},
    transcript::ProofContext,
    tree::{NoteCommitmentTree, Position},
};

fn hexed(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(bytes)
}

fn borshed(value: &impl borsh::BorshSerialize) -> String {
    hexed(borsh::to_vec(value).unwrap())
}

/// Compares with the committed file, or writes it.
fn check(name: &str, found: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name);
    if std::env::var_os("TABELLA_WRITE_VECTORS").is_some() {
        fs::write(&path, format!("{}\n", serde_json::to_string_pretty(found).unwrap())).unwrap();
    }
    let pinned: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let (found, pinned) = (found.as_object().unwrap(), pinned.as_object().unwrap());
    assert_eq!(found.keys().collect::<Vec<_>>(), pinned.keys().collect::<Vec<_>>());
    for (key, value) in found {
        assert_eq!(*value, pinned[key], "{key}");
    }
}

fn keys() -> Value {
    let seed = Seed::new([7; 32]);
    let accounts = [
        ("payment 0", Account::Payment(0)),
        ("payment 1", Account::Payment(1)),
        ("election", Account::Election([9; 32])),
    ];
    let derived = accounts.map(|(name, account)| {
        let key = seed.account(&account);
        let full = key.full_viewing_key();
        let addresses: Vec<Value> = [0, 1, 300]
            .map(|index| {
                let address = key.address(Diversifier::from_index(index));
                json!({
                    "diversifier": hexed(address.diversifier().0),
                    "owner_commitment": address.owner().to_string(),
                    "transmission_key": hexed(address.transmission_key().as_bytes()),
                    "payment_text": address.encode(AddressKind::Payment),
                    "election_text": address.encode(AddressKind::Election),
                })
            })
            .to_vec();
        json!({
            "account": name,
            "account_borsh": borshed(&account),
            "full_viewing_key (ak, nk, ivk, ovk)": hexed(full.to_bytes().as_slice()),
            "incoming_viewing_key (ivk, ok)": hexed(full.incoming().to_bytes().as_slice()),
            "addresses": addresses,
        })
    });
    json!({ "seed": hexed([7; 32]), "words": seed.to_words().as_str(), "accounts": derived })
}

fn notes() -> Value {
    let key = Seed::new([7; 32]).account(&Account::Payment(0));
    let (owner, other) = (key.address(Diversifier::from_index(0)), key.address(Diversifier::from_index(1)));
    let (asset, rcm) = (AssetId::new(Fr::from(11u64)), NoteCommitmentTrapdoor::new(Fr::from(12u64)));
    let nk_e = NullifierKey::new(Fr::from(13u64));
    let terms = Terms {
        claim_until: Timestamp::new(2_000_000_000).unwrap(),
        refund_from: Timestamp::new(5).unwrap(),
        burn_only: true,
    };
    let guard = Guard::of(b"vectors", &[3; 32]).unwrap();
    let contract = Contract { claimant: other.owner(), terms, guard };
    let escrow = Escrow { contract, refund: owner.owner(), nullifier_key: nk_e };
    let locks = [("plain", Lock::Plain(owner.owner())), ("escrow", Lock::Escrow(escrow))];
    let described = locks.map(|(name, lock)| {
        let note = Note { asset, value: NoteValue(1_000_000_007), lock, rcm };
        let cm = note.commitment();
        let nk = if name == "plain" { key.full_viewing_key().nullifier_key() } else { nk_e };
        let nullifiers = [0, 1, u32::MAX].map(|p| Nullifier::derive(nk, cm, Position(p)).to_string());
        json!({ "kind": name, "lock": lock.commitment().to_string(), "cm": cm.to_string(),
                "nullifiers at 0, 1, 2^32 - 1": nullifiers })
    });
    let mut tree = NoteCommitmentTree::new();
    let empty = tree.root().to_string();
    let roots: Vec<String> = (0..6u64)
        .map(|i| {
            let note = Note { asset, value: NoteValue(i), lock: Lock::Plain(owner.owner()), rcm };
            tree.append(&[note.commitment()]).unwrap();
            tree.root().to_string()
        })
        .collect();
    json!({
        "asset": asset.to_string(), "value": 1_000_000_007u64, "rcm": hexed(field::to_bytes(&rcm.element())),
        "nk_e": hexed(field::to_bytes(&nk_e.element())), "terms": borshed(&terms),
        "terms packed": hexed(field::to_bytes(&terms.element())), "guard": guard.to_string(),
        "contract": contract.hash().to_string(), "locks": described,
        "empty root": empty, "roots after notes of value 0 to 5 (plain)": roots,
        "value commitment of 1000000007 under r = 5": hexed(value_commitment(NoteValue(1_000_000_007), JubjubScalar::from(5u64)).to_bytes()),
    })
}

fn ciphertexts() -> Value {
    let (alice, bob) =
        (Seed::new([7; 32]).account(&Account::Payment(0)), Seed::new([8; 32]).account(&Account::Payment(0)));
    let to = bob.address(Diversifier::from_index(3));
    let memo = Memo::from_text("for the vectors").unwrap();
    let asset = AssetId::new(Fr::from(11u64));
    let output = OutputNote::plain(to, asset, NoteValue(42), memo, &NoteSeed::new([6; 32])).unwrap();
    let ciphertext = output.encrypt(alice.full_viewing_key().outgoing(), None);
    let read = decrypt(bob.full_viewing_key().incoming(), output.commitment(), &ciphertext).unwrap();
    assert_eq!(read.note.value, NoteValue(42));
    json!({ "sender seed": hexed([7; 32]), "recipient seed": hexed([8; 32]), "recipient diversifier": hexed(to.diversifier().0),
            "asset": asset.to_string(), "value": 42, "memo": "for the vectors", "rseed": hexed([6; 32]),
            "cm": output.commitment().to_string(), "ciphertext": borshed(&ciphertext) })
}

fn ids() -> Value {
    let ledger = LedgerId::derive("vectors.example", &[1; 32]);
    let asset = AssetDescription {
        issuer: [2; 32],
        name: "Euro".into(),
        decimals: 2,
        cap: 1_000,
        class: AssetClass::Ordinary,
        uid: None,
        body: [0; 32],
    };
    json!({
        "ledger (name vectors.example, key 01…)": ledger.to_string(),
        "shielded pool": tabella_protocol::asset::shielded_pool(ledger).to_string(),
        "pool (label election, content 04…)": PoolId::derive(ledger, "election", &[4; 32]).to_string(),
        "asset description": borshed(&asset), "asset id": asset.id().unwrap().to_string(),
        "V": hexed(jubjub::scalar_to_bytes(&JubjubScalar::from(1u64))),
        "hash to Ristretto (label vectors, parts 01, 0203)": hexed(Element::new(hash_to_ristretto("vectors", &[&[1], &[2, 3]])).as_bytes()),
    })
}

/// Ciphertexts, and proofs made with a seeded generator: their bytes pin transcripts and nonces alike.
fn proofs() -> Value {
    use curve25519_dalek::scalar::Scalar;
    use tabella_protocol::ballot::{
        BallotBody, BallotOpening, BallotProofKind, BallotTerms, QuestionRule, WeightOpening,
    };
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let secret = Scalar::from(77u64);
    let key = ElectionKey::new(Element::new(secret * bulletproofs::PedersenGens::default().B)).unwrap();
    let context = ProofContext { ledger: LedgerId([1; 32]), digest: TransactionDigest([2; 32]), index: 3 };
    let (election, rules) = ([4; 32], [QuestionRule::choose(4, 1, 2).unwrap(), QuestionRule::new(3, 5, 1, 9).unwrap()]);
    let choice = [vec![1, 0, 1, 0], vec![0, 5, 2]];
    let (body, opening) = tabella_prover::ballot::encrypt(&rules, &key, None, &choice, &mut rng).unwrap();
    let terms = |proofs| BallotTerms { election: &election, key: &key, rules: &rules, proofs };
    let prove = |proofs, body: &BallotBody, opening: &BallotOpening, rng: &mut ChaCha20Rng| {
        let proof = tabella_prover::ballot::prove(&context, terms(proofs), body, opening, rng).unwrap();
        tabella_verifier::ballot::verify_ballot(&context, terms(proofs), body, &proof).unwrap();
        borshed(&proof)
    };
    let proof = prove(BallotProofKind::Compressed, &body, &opening, &mut rng);

    let weight = WeightOpening::new(250, Scalar::from(9u64));
    let r = JubjubScalar::from(10u64);
    let statement = BridgeStatement::of_one(value_commitment(NoteValue(250), r), weight.commitment());
    let bridge_opening = tabella_prover::bridge::BridgeOpening::of_weight(&weight, r);
    let bridge = tabella_prover::bridge::prove_bridge(&context, &statement, &bridge_opening, &mut rng).unwrap();
    tabella_verifier::bridge::verify_bridge(&context, &statement, &bridge).unwrap();
    let (hidden, hidden_opening) =
        tabella_prover::ballot::encrypt(&rules, &key, Some(weight), &choice, &mut rng).unwrap();
    let hidden_proof = prove(BallotProofKind::Compressed, &hidden, &hidden_opening, &mut rng);
    let disjunctive = prove(BallotProofKind::Disjunctive, &body, &opening, &mut rng);
    let hidden_disjunctive = prove(BallotProofKind::Disjunctive, &hidden, &hidden_opening, &mut rng);
    json!({
        "context": { "ledger": context.ledger.to_string(), "digest": context.digest.to_string(), "index": 3 },
        "election": hexed(election), "secret key": 77, "key": hexed(key.element().as_bytes()), "rules": borshed(&rules),
        "ciphertext of 1 under r = 2": borshed(&Ciphertext::encrypt(&key, &Scalar::ONE, &Scalar::from(2u64))),
        "ballot": borshed(&body), "ballot proof": proof, "disjunctive proof": disjunctive,
        "bridge C": hexed(statement.jubjub.to_bytes()), "bridge C'": hexed(statement.ristretto.as_bytes()),
        "bridge proof": borshed(&bridge),
        "hidden ballot (weight 250, s = 9)": borshed(&hidden), "hidden ballot proof": hidden_proof,
        "hidden disjunctive proof": hidden_disjunctive,
    })
}

#[test]
fn protocol_values_are_the_pinned_ones() {
    let found =
        json!({ "keys": keys(), "notes": notes(), "ciphertexts": ciphertexts(), "ids": ids(), "proofs": proofs() });
    check("protocol.json", &found);
}
