//! Every domain string, tag and label of `protocol::domain` has a test vector: in `tests/vectors/domains.json`, or where that
//! file says. A constant without one fails here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use ark_bls12_381::Fr;
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::SigningKey;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use serde_json::{Map, Value, json};
use tabella_protocol::{
    account::{AccountId, DepositId, OpenAccount, OpeningStatement, owner_message, range_statement},
    asset::issuer_message,
    ballot::compressed::vector_bases,
    decryption::{DecryptionContext, DecryptionProof, DecryptionStatement, Purpose, challenge, vartime_weighted_sum},
    domain::FORMAT_VERSION,
    election::{RegistrationId, authority_message},
    elgamal::{Ciphertext, ElectionKey},
    guard::{ReleaseParameters, consent_message},
    note::{AssetId, NoteValue, Nullifier, Timestamp},
    ranking::{Ranking, RankingProof, RankingRule, RankingStatement, SealedRanking, SealingPlace},
    ristretto::{CanonicalScalar, Element, blinding_base},
    secret::Secret,
    statement::Shape,
    transaction::{Action, ApplicationId, LedgerId, TransactionDigest, TransactionEffects},
    transcript::ProofContext,
};
use tabella_prover::{
    account::{AccountKeys, AmountOpening, prove_range},
    parameters::ParametersDigest,
};
use tabella_verifier::{
    groth16::VerifyingKeys,
    log::{BlockStamp, Checkpoint, Height, LogHash, Origin},
    setup::{self, Beacon, CircuitDescription, Text, Transcript},
};

const LEDGER: LedgerId = LedgerId([1; 32]);
const DIGEST: TransactionDigest = TransactionDigest([2; 32]);

/// Names of vectors in other files: file and JSON pointer.
const ELSEWHERE: [(&str, &str, &str); 31] = [
    ("JUBJUB_VALUE_BASE", "poseidon.json", "/hash_to_jubjub"),
    ("JUBJUB_BLINDING_BASE", "poseidon.json", "/hash_to_jubjub"),
    ("personal::TO_FIELD", "poseidon.json", "/bytes_to_field"),
    ("personal::JUBJUB_GROUP", "poseidon.json", "/hash_to_jubjub"),
    ("personal::RISTRETTO_GROUP", "protocol.json", "/ids/hash to Ristretto (label vectors, parts 01, 0203)"),
    ("personal::ACCOUNT", "steps.json", "/keys/0/sk"),
    ("personal::EXPAND", "steps.json", "/keys/0/ask"),
    ("personal::EXPAND_NOTE", "steps.json", "/note/esk"),
    ("personal::NOTE_KDF", "steps.json", "/note/key of enc"),
    ("personal::OUTGOING_KDF", "steps.json", "/note/key of out"),
    ("personal::SIGNING_NONCE", "steps.json", "/hedged signature/seed of the nonce"),
    ("personal::BOARD", "steps.json", "/board/signed"),
    ("personal::INVITATION", "steps.json", "/board/invitations"),
    ("personal::REGISTRATION", "steps.json", "/board/registration"),
    ("personal::LEDGER", "protocol.json", "/ids/ledger (name vectors.example, key 01…)"),
    ("personal::POOL", "protocol.json", "/ids/pool (label election, content 04…)"),
    ("personal::ASSET", "protocol.json", "/ids/asset id"),
    ("personal::MANIFEST", "election.json", "/election id"),
    ("personal::ROLL", "election.json", "/roll"),
    ("personal::CEREMONY", "steps.json", "/ceremony/6 outcome"),
    ("personal::CEREMONY_RECORD", "steps.json", "/ceremony/ceremony hash"),
    ("personal::TALLY", "steps.json", "/tally note/hash"),
    // What only its maker sees, so that a second implementation may do otherwise: informative.
    ("personal::PROOF_BLINDING", "steps.json", "/informative/proof blinding/seed"),
    ("randomness::BALLOT", "steps.json", "/informative/ballot randomness/r"),
    ("randomness::RANKING", "steps.json", "/informative/ranking randomness/r"),
    ("proof::BRIDGE", "protocol.json", "/proofs/bridge proof"),
    ("proof::BALLOT", "protocol.json", "/proofs/ballot proof"),
    ("proof::WEIGHTED_BALLOT", "protocol.json", "/proofs/hidden ballot proof"),
    ("proof::DISJUNCTIVE_BALLOT", "protocol.json", "/proofs/disjunctive proof"),
    ("proof::WEIGHTED_DISJUNCTIVE_BALLOT", "protocol.json", "/proofs/hidden disjunctive proof"),
    ("Use", "poseidon.json", "/poseidon"),
];

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

fn hexed(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(bytes)
}

fn borshed(value: &impl borsh::BorshSerialize) -> String {
    hexed(borsh::to_vec(value).unwrap())
}

/// Where every proof stands.
fn context() -> ProofContext {
    ProofContext { ledger: LEDGER, digest: DIGEST, index: 3 }
}

fn key() -> ElectionKey {
    ElectionKey::new(base(77)).unwrap()
}

/// A multiple of B.
fn base(k: u64) -> Element {
    Element::new(bulletproofs::PedersenGens::default().B * Scalar::from(k))
}

fn generators(found: &mut Map<String, Value>) {
    let [first, second] = [0, 1].map(|i| hexed(Element::new(*vector_bases(2).nth(i).unwrap()).as_bytes()));
    found.insert("FORMAT_VERSION".into(), json!(FORMAT_VERSION));
    found.insert(
        "RISTRETTO_GENERATORS".into(),
        json!({ "B": hexed(base(1).as_bytes()), "B~": hexed(Element::new(*blinding_base()).as_bytes()) }),
    );
    found.insert("BALLOT_VECTOR_BASE".into(), json!({ "G_1": first, "G_2": second }));
    let checkpoint = Checkpoint::new(Origin::new("vectors.example").unwrap(), 3, LogHash::new([5; 32]))
        .with_stamp(BlockStamp { height: Height::new(7), time: Timestamp::new(1_800_000_000).unwrap() });
    found.insert(
        "CHECKPOINT_BLOCK".into(),
        json!({ "size": 3, "root": hexed([5; 32]), "height": 7, "time": 1_800_000_000u64, "text": checkpoint.to_string() }),
    );
}

fn transactions(found: &mut Map<String, Value>) {
    let action = Action { application: ApplicationId(*b"vectors\0"), body: vec![1, 2, 3] };
    let effects = TransactionEffects::new(LEDGER, Vec::new(), vec![action]);
    let mut insert = |name: &str, value| found.insert(format!("personal::{name}"), value);
    insert("TRANSACTION", json!({ "effects": borshed(&effects), "digest": effects.digest().to_string() }));
    let digest = DIGEST.to_string();
    insert("ISSUE", json!({ "digest": digest, "message": hexed(issuer_message(DIGEST)) }));
    insert("AUTHORITY", json!({ "digest": digest, "message": hexed(authority_message(DIGEST)) }));
    insert("ACCOUNT_OWNER", json!({ "digest": digest, "message": hexed(owner_message(DIGEST)) }));
    insert("DEPOSIT_ID", json!({ "digest": digest, "action": 3, "deposit": DepositId::derive(DIGEST, 3).to_string() }));
    let keys = VerifyingKeys::development();
    let ids = Shape::ALL.map(|shape| {
        let key = keys.of_shape(shape).next().unwrap();
        json!({ "shape": shape.name(), "bytes": hexed(key.as_bytes()), "id": key.id().to_string() })
    });
    insert("VERIFYING_KEY", json!(ids));
    let parameters = ReleaseParameters {
        keys: vec![[3; 32], [4; 32]],
        threshold: 1,
        not_before: Timestamp::new(5).unwrap(),
        nonce: [6; 32],
        memo: None,
    };
    let guard = parameters.guard().unwrap();
    insert(
        "RELEASE",
        json!({ "parameters": borshed(&parameters), "digest": hexed(parameters.digest()), "guard": guard.to_string() }),
    );
    let consent = hexed(consent_message(LEDGER, &guard, DIGEST));
    insert("RELEASE_CONSENT", json!({ "ledger": LEDGER.to_string(), "digest": digest, "message": consent }));
    let distributor =
        tabella_election::distribution::distribution_seed(&SigningKey::from_bytes(&[8; 32]), RegistrationId([9; 32]));
    insert(
        "DISTRIBUTION",
        json!({ "authority": hexed([8; 32]), "registration": hexed([9; 32]), "seed": hexed(distributor.expose()) }),
    );
}

fn accounts(found: &mut Map<String, Value>) {
    let mut rng = ChaCha20Rng::from_seed([6; 32]);
    let keys = AccountKeys::new(&Secret::new([7; 32]));
    found.insert(
        "personal::ACCOUNT_KEYS".into(),
        json!({ "secret": hexed([7; 32]), "owner": hexed(keys.owner()), "viewer": hexed(keys.viewer().as_bytes()) }),
    );
    let open = OpenAccount {
        owner: keys.owner(),
        viewer: keys.viewer(),
        asset: AssetId::new(Fr::from(11u64)),
        nonce: [3; 32],
    };
    let account = open.id(LEDGER);
    found.insert(
        "personal::ACCOUNT_ID".into(),
        json!({ "ledger": LEDGER.to_string(), "open": borshed(&open), "account": account.to_string() }),
    );
    let amount = AmountOpening::new(NoteValue(250), Scalar::from(9u64));
    let sealed = amount.seal(&keys.viewer(), &mut rng);
    assert!(keys.unseal(&amount.commitment(), &sealed).is_some());
    found.insert(
        "personal::OPENING_KDF".into(),
        json!({ "secret": hexed([7; 32]), "w": 250, "s": 9, "C'": hexed(amount.commitment().as_bytes()), "sealed": borshed(&sealed) }),
    );
    let statement = OpeningStatement { account, deposit: DepositId([4; 32]), commitment: amount.commitment() };
    let opening = amount.prove(&context(), &statement, &mut rng);
    let c = OpeningStatement::challenge(statement.transcript(&context()), &opening.nonce);
    found.insert(
        "proof::OPENING".into(),
        json!({ "account": account.to_string(), "deposit": hexed([4; 32]), "C'": hexed(amount.commitment().as_bytes()),
                "challenge": hexed(c.as_bytes()), "proof": borshed(&opening) }),
    );
    let statement = range_statement(AccountId([5; 32]), 6, vec![amount.commitment()]);
    let range = prove_range(&context(), &statement, std::slice::from_ref(&amount), &mut rng).unwrap();
    tabella_verifier::range::verify_range(&context(), &statement, &range, &mut rng).unwrap();
    found.insert(
        "proof::RANGE".into(),
        json!({ "account": hexed([5; 32]), "version": 6, "C'": hexed(amount.commitment().as_bytes()), "proof": hexed(&range.0) }),
    );
}

/// The share is 5, the nonce 7: everybody can compute the proof again.
fn decryption(found: &mut Map<String, Value>) {
    let (share, nonce) = (Scalar::from(5u64), Scalar::from(7u64));
    let ciphertexts = [1u64, 0].map(|m| Ciphertext::encrypt(&key(), &Scalar::from(m), &Scalar::from(m + 2)));
    let statement = DecryptionStatement {
        context: DecryptionContext { ledger: LEDGER, election: [4; 32], purpose: Purpose::Tally, key: key() },
        trustee: borsh::from_slice(&2u16.to_le_bytes()).unwrap(),
        verifying_share: base(5),
        ciphertexts: &ciphertexts,
    };
    let shares = ciphertexts.each_ref().map(|each| Element::new(share * each.c1.point()));
    let (mut transcript, weights) = statement.transcript(&shares);
    let sum = vartime_weighted_sum(&weights, ciphertexts.iter().map(|each| &each.c1));
    let (base_commitment, sum_commitment) = (base(7), Element::new(nonce * sum));
    let c = challenge(&mut transcript, &base_commitment, &sum_commitment);
    let proof = DecryptionProof { base_commitment, sum_commitment, response: CanonicalScalar(nonce + c * share) };
    found.insert(
        "proof::DECRYPTION".into(),
        json!({ "ledger": LEDGER.to_string(), "election": hexed([4; 32]), "purpose": 1, "key": hexed(key().element().as_bytes()),
                "trustee": 2, "share": 5, "nonce": 7, "ciphertexts": borshed(&ciphertexts), "shares": borshed(&shares),
                "weights": weights.iter().map(|weight| hexed(weight.as_bytes())).collect::<Vec<_>>(),
                "challenge": hexed(c.as_bytes()), "proof": borshed(&proof) }),
    );
}

fn ranking(found: &mut Map<String, Value>) {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let rule = RankingRule::new(4, 1, 3).unwrap();
    let ranking = Ranking::new(&rule, vec![2, 0]).unwrap();
    let place = SealingPlace { election: &[4; 32], nullifier: Nullifier::new(Fr::from(12u64)), question: 1 };
    let r = Scalar::random(&mut rng);
    let c1 = Element::new(bulletproofs::PedersenGens::default().B * r);
    let sealed = SealedRanking::seal(&place, &rule, &ranking, c1, &Element::new(r * key().point()));
    let statement = RankingStatement { context: context(), place, key: &key(), rule, sealed: &sealed };
    let mut transcript = statement.transcript();
    let mut nonces = transcript.build_rng().rekey_with_witness_bytes(b"r", r.as_bytes()).finalize(&mut rng);
    let nonce = Scalar::random(&mut nonces);
    let commitment = Element::new(bulletproofs::PedersenGens::default().B * nonce);
    let c = tabella_protocol::ranking::challenge(&mut transcript, &commitment);
    let proof = RankingProof { nonce: commitment, response: CanonicalScalar(nonce + c * r) };
    tabella_verifier::ranking::verify_ranking(&statement, &proof).unwrap();
    found.insert(
        "personal::RANKING_KDF".into(),
        json!({ "election": hexed([4; 32]), "nullifier": place.nullifier.to_string(), "question": 1, "rule": borshed(&rule),
                "options from the best": [2, 0], "key": hexed(key().element().as_bytes()), "r": hexed(r.as_bytes()), "sealed": borshed(&sealed) }),
    );
    found.insert(
        "proof::RANKING".into(),
        json!({ "statement": "that of personal::RANKING_KDF", "proof": borshed(&proof) }),
    );
}

fn ceremony(found: &mut Map<String, Value>) {
    found.insert(
        "personal::PARAMETERS".into(),
        json!({ "file": hexed("vectors"), "digest": ParametersDigest::of(b"vectors").to_string() }),
    );
    let circuit = |shape: Shape| CircuitDescription {
        shape,
        matrices: [8; 32],
        instance: u32::try_from(shape.public_inputs()).unwrap() + 1,
        witness: 2,
        constraints: 1,
    };
    let [transfer, cast] = [Shape::Transfer, Shape::Cast].map(circuit);
    let transcript = Transcript::new(Text::new("vectors").unwrap(), [transfer, cast]);
    let previous = transcript.initial_hash();
    found.insert(
        "personal::SETUP".into(),
        json!({ "transcript": hexed(transcript.to_bytes()), "initial hash": hexed(previous.0),
                "digest of the powers": hexed(transcript.powers.digest()) }),
    );
    let beacon = Beacon::new(Text::new("vectors").unwrap(), vec![1, 2, 3], 4).unwrap();
    let seed = beacon.seed(&|_| ());
    let factor = Beacon::factor(&seed, &previous, setup::Secret::Tau);
    found.insert(
        "personal::SETUP_SECRET".into(),
        json!({ "value": "010203", "rounds": "2^4", "seed": hexed(seed), "previous": hexed(previous.0),
                "factor of tau": hexed(tabella_protocol::field::to_bytes(&factor)) }),
    );
    let points = |secret| setup::SecretPoints::initial(secret);
    let record = setup::Record {
        author: setup::Author::Contributor(Text::new("vectors").unwrap()),
        previous,
        points: setup::Phase::Powers.secrets().iter().copied().map(points).collect(),
        digest: [9; 32],
        proofs: Vec::new(),
    };
    let base = points(setup::Secret::Tau).g1;
    let merlin = record.knowledge_transcript(setup::Phase::Powers, setup::Secret::Tau, base);
    let c = setup::knowledge_challenge(merlin, &base);
    found.insert(
        "proof::SETUP".into(),
        json!({ "contribution": hexed(record.statement()), "secret": "tau", "base and commitment": "G1",
                "challenge": hexed(tabella_protocol::field::to_bytes(&c)) }),
    );
}

fn found() -> Map<String, Value> {
    let mut found = Map::new();
    generators(&mut found);
    transactions(&mut found);
    accounts(&mut found);
    decryption(&mut found);
    ranking(&mut found);
    ceremony(&mut found);
    let circuits = tabella_prover::setup::circuits().unwrap();
    let digests = circuits.map(|circuit| {
        let CircuitDescription { shape, matrices, .. } = circuit.description();
        json!({ "shape": shape.name(), "digest": hexed(matrices) })
    });
    found.insert("personal::MATRICES".into(), json!(digests));
    for (name, file, pointer) in ELSEWHERE {
        found.insert(name.into(), json!({ "file": file, "at": pointer }));
    }
    found
}

#[test]
fn values_of_every_domain_are_the_pinned_ones() {
    let (path, found) = (vectors().join("domains.json"), Value::Object(found()));
    if std::env::var_os("TABELLA_WRITE_VECTORS").is_some() {
        fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&found).unwrap())).unwrap();
    }
    let pinned: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for (name, value) in found.as_object().unwrap() {
        assert_eq!(*value, pinned[name], "{name}");
    }
    assert_eq!(found, pinned);
}

#[test]
fn every_domain_has_a_vector() {
    let source = include_str!("../../protocol/src/domain.rs");
    let mut module = "";
    let mut constants = BTreeSet::new();
    for line in source.lines() {
        if let Some(name) = line.strip_prefix("pub mod ").and_then(|line| line.strip_suffix(" {")) {
            module = name;
        } else if line == "}" {
            module = "";
        } else if let Some((name, _)) = line.trim_start().strip_prefix("pub const ").and_then(|l| l.split_once(':')) {
            constants.insert(if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") });
        } else if let Some(name) = line.strip_prefix("pub enum ") {
            constants.insert(name.trim_end_matches(" {").to_owned());
        }
    }
    assert!(constants.len() > 45, "the source is read");
    let with: BTreeSet<String> = found().keys().cloned().collect();
    assert_eq!(constants, with);
    for (name, file, pointer) in ELSEWHERE {
        let content: Value = serde_json::from_str(&fs::read_to_string(vectors().join(file)).unwrap()).unwrap();
        assert!(content.pointer(pointer).is_some(), "{name}: {file} has nothing at {pointer}");
    }
}
