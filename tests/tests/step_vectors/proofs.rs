//! Signatures, and the challenges of the proofs that protocol.json and domains.json hold.

use curve25519_dalek::scalar::Scalar;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::{CryptoRng, RngCore};
use serde_json::{Value, json};
use tabella_protocol::{
    account::{AccountId, range_statement},
    ballot::{
        BallotBody, BallotProof, BallotProofKind, BallotStatement, BallotTerms, CompressedProof, DisjunctiveProof,
        QuestionRule,
        compressed::{answer_challenge, entry_challenge},
        disjunctive::branch_challenge,
    },
    bridge::{BridgeProof, BridgeStatement},
    elgamal::ElectionKey,
    jubjub::JubjubPoint,
    keys::{Account, Seed},
    note::Nullifier,
    ranking::{Ranking, RankingProof, RankingRule, RankingStatement, SealedRanking, SealingPlace, challenge},
    ristretto::Element,
    transaction::{LedgerId, SignatureBytes, TransactionDigest},
    transcript::{ProofContext, TranscriptProtocol as _},
};
use tabella_prover::{ballot::encrypt, builder::SigningRequest, ranking::seal};
use tabella_verifier::{ballot::verify_ballot, signature::RandomizedValidatingKey};

use crate::{array, borshed, hexed, part, read, step, unhex};

const CONTEXT: ProofContext = ProofContext { ledger: LedgerId([1; 32]), digest: TransactionDigest([2; 32]), index: 3 };

fn hex_of(challenge: Scalar) -> Value {
    hexed(challenge.as_bytes()).into()
}

#[test]
fn spend_signatures_are_judged_as_by_the_second_implementation() {
    let cases = step("spend signatures");
    for case in cases.as_array().unwrap() {
        let (digest, signature) =
            (TransactionDigest(array(&case["digest"])), SignatureBytes(array(&case["signature"])));
        let verdict =
            RandomizedValidatingKey::from_bytes(&array(&case["rk"])).and_then(|rk| rk.verify(&digest, &signature));
        let refused = verdict.err().map(|error| format!("{error:?}"));
        assert_eq!(json!(refused), case["refused"], "{}", case["what"]);
    }
}

fn ballot(pinned: &Value, name: &str, body: &str) {
    let given = part("protocol.json", "/proofs");
    let key: ElectionKey = read(&given["key"]);
    let (election, rules): ([u8; 32], [QuestionRule; 2]) = (array(&given["election"]), read(&given["rules"]));
    let body: BallotBody = read(&given[body]);
    let proof: BallotProof = read(&given[name]);
    let terms = BallotTerms { election: &election, key: &key, rules: &rules, proofs: proof.kind() };
    let statement = BallotStatement::new(&CONTEXT, terms, &body).unwrap();
    let mut transcript = statement.transcript();
    let found = match &proof {
        BallotProof::Compressed(CompressedProof { commitments, .. }) => {
            let x = entry_challenge(&mut transcript, &commitments.vector);
            json!({ "x": hex_of(x), "c": hex_of(answer_challenge(&mut transcript, commitments)) })
        }
        BallotProof::Disjunctive(DisjunctiveProof { unit, nonces, .. }) => {
            let c = branch_challenge(&mut transcript, unit.as_ref(), &statement.targets(), nonces);
            json!({ "c": hex_of(c) })
        }
    };
    assert_eq!(found, pinned[name], "{name}");
}

#[test]
fn challenges_of_ballots_and_bridges_agree_with_the_second_implementation() {
    let pinned = step("challenges");
    let (unit, hidden) = ("ballot", "hidden ballot (weight 250, s = 9)");
    ballot(&pinned, "ballot proof", unit);
    ballot(&pinned, "hidden ballot proof", hidden);
    ballot(&pinned, "disjunctive proof", unit);
    ballot(&pinned, "hidden disjunctive proof", hidden);
    let given = part("protocol.json", "/proofs");
    let value_commitment = JubjubPoint::from_bytes(&array(&given["bridge C"])).unwrap();
    let statement = BridgeStatement::of_one(value_commitment, read(&given["bridge C'"]));
    let proof: BridgeProof = read(&given["bridge proof"]);
    let c = statement.challenge(statement.transcript(&CONTEXT), &proof.nonces);
    assert_eq!(json!({ "c": hexed(c.to_le_bytes()) }), pinned["bridge"]);
}

#[test]
fn ballots_are_refused_by_the_rules_that_the_second_implementation_names() {
    let given = part("protocol.json", "/proofs");
    let (election, key): ([u8; 32], ElectionKey) = (array(&given["election"]), read(&given["key"]));
    for case in step("refused ballots").as_array().unwrap() {
        let text = |name: &str| case[name].as_str().unwrap();
        let mut proof = unhex(&given[text("proof")]);
        if let Some(byte) = case["from byte"].as_u64() {
            let (byte, others) = (usize::try_from(byte).unwrap(), unhex(&case["other bytes"]));
            proof[byte..byte + others.len()].copy_from_slice(&others);
        }
        let (body, rules): (BallotBody, [QuestionRule; 2]) = (read(&given[text("ballot")]), read(&case["rules"]));
        let proofs = [BallotProofKind::Compressed, BallotProofKind::Disjunctive]
            [usize::try_from(case["proofs asked for"].as_u64().unwrap()).unwrap()];
        let terms = BallotTerms { election: &election, key: &key, rules: &rules, proofs };
        let context = ProofContext { index: u32::try_from(case["index"].as_u64().unwrap()).unwrap(), ..CONTEXT };
        let refusal = verify_ballot(&context, terms, &body, &borsh::from_slice(&proof).unwrap()).unwrap_err();
        let rule = format!("{refusal:?}");
        assert_eq!(rule.split([' ', '(']).next(), Some(text("refused")), "{}: {}", text("proof"), text("what"));
    }
}

#[test]
fn challenge_of_a_ranking_agrees_with_the_second_implementation() {
    let given = part("domains.json", "/personal::RANKING_KDF");
    let key: ElectionKey = read(&given["key"]);
    let (election, rule): ([u8; 32], RankingRule) = (array(&given["election"]), read(&given["rule"]));
    let sealed: SealedRanking = read(&given["sealed"]);
    let nullifier = Nullifier::from_bytes(&array(&given["nullifier"])).unwrap();
    let place = SealingPlace { election: &election, nullifier, question: 1 };
    let statement = RankingStatement { context: CONTEXT, place, key: &key, rule, sealed: &sealed };
    let proof: RankingProof = read(&part("domains.json", "/proof::RANKING/proof"));
    let c = challenge(&mut statement.transcript(), &proof.nonce);
    assert_eq!(json!({ "c": hex_of(c) }), step("challenges")["ranking"]);
}

// The steps of the crate `bulletproofs` are repeated here as Spec § 5.3 counts on them: its transcript goes on from this one.
#[test]
fn challenges_of_a_range_proof_agree_with_the_second_implementation() {
    let given = part("domains.json", "/proof::RANGE");
    let commitment: Element = read(&given["C'"]);
    let account = AccountId(array(&given["account"]));
    let statement = range_statement(account, given["version"].as_u64().unwrap(), vec![commitment]);
    let bytes = unhex(&given["proof"]);
    let parts: Vec<&[u8]> = bytes.chunks(32).collect();
    let mut transcript = statement.transcript(&CONTEXT);
    transcript.append_message(b"dom-sep", b"rangeproof v1");
    transcript.append_u64(b"n", 64);
    transcript.append_u64(b"m", 1);
    transcript.append_element(b"V", &commitment);
    transcript.append_message(b"A", parts[0]);
    transcript.append_message(b"S", parts[1]);
    let (y, z) = (transcript.challenge_scalar(b"y"), transcript.challenge_scalar(b"z"));
    transcript.append_message(b"T_1", parts[2]);
    transcript.append_message(b"T_2", parts[3]);
    let x = transcript.challenge_scalar(b"x");
    transcript.append_message(b"t_x", parts[4]);
    transcript.append_message(b"t_x_blinding", parts[5]);
    transcript.append_message(b"e_blinding", parts[6]);
    let w = transcript.challenge_scalar(b"w");
    transcript.append_message(b"dom-sep", b"ipp v1");
    transcript.append_u64(b"n", 64);
    let rounds = parts[7..parts.len() - 2].chunks(2).map(|pair| {
        transcript.append_message(b"L", pair[0]);
        transcript.append_message(b"R", pair[1]);
        hex_of(transcript.challenge_scalar(b"u"))
    });
    let rounds: Vec<Value> = rounds.collect();
    let found = json!({ "y": hex_of(y), "z": hex_of(z), "x": hex_of(x), "w": hex_of(w), "u": rounds });
    assert_eq!(found, step("challenges")["range"]);
}

/// A random source that gives one byte for ever.
struct Constant(u8);

impl RngCore for Constant {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes([self.0; 4])
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes([self.0; 8])
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Constant {}

#[test]
fn nonce_of_a_spend_signature_is_hedged_as_by_the_second_implementation() {
    let pinned = step("hedged signature");
    let request: SigningRequest = read(&pinned["request"]);
    assert_eq!(request.effects().digest().to_string(), pinned["digest"]);
    let key = Seed::new([0; 32]).account(&Account::Payment(0)).spend_authorizing_key();
    let response = request.sign(&key, &mut Constant(4)).unwrap();
    assert_eq!(response.signatures.len(), 1);
    assert_eq!(hexed(response.signatures[0].1.0), pinned["signature"]);
}

// Informative, as the next one: nobody but the voter's device sees how it draws.
#[test]
fn randomness_of_a_ballot_is_drawn_as_by_the_second_implementation() {
    let pinned = step("informative/ballot randomness");
    let (key, rules): (ElectionKey, Vec<QuestionRule>) = (read(&pinned["key"]), read(&pinned["rules"]));
    let points: Vec<Vec<u16>> = serde_json::from_value(pinned["points"].clone()).unwrap();
    let (_, opening) = encrypt(&rules, &key, None, &points, &mut ChaCha20Rng::from_seed([4; 32])).unwrap();
    let drawn: Vec<Vec<Value>> =
        opening.randomness().iter().map(|row| row.iter().copied().map(hex_of).collect()).collect();
    assert_eq!(json!(drawn), pinned["r"]);
}

#[test]
fn randomness_of_a_ranking_is_drawn_as_by_the_second_implementation() {
    let pinned = step("informative/ranking randomness");
    let (key, rule): (ElectionKey, RankingRule) = (read(&pinned["key"]), read(&pinned["rule"]));
    let (election, nullifier) =
        (array(&pinned["election"]), Nullifier::from_bytes(&array(&pinned["nullifier"])).unwrap());
    let options = serde_json::from_value(pinned["options from the best"].clone()).unwrap();
    let ranking = Ranking::new(&rule, options).unwrap();
    let place = SealingPlace { election: &election, nullifier, question: 1 };
    let (sealed, opening) = seal(&place, &rule, &key, &ranking, &mut ChaCha20Rng::from_seed([4; 32]));
    assert_eq!(hex_of(*opening.randomness().expose()), pinned["r"]);
    assert_eq!(borshed(&sealed), pinned["sealed"]);
}
