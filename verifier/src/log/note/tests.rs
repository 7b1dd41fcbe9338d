use ed25519_dalek::{Signer as _, SigningKey};

use super::*;
use crate::log::tree::LogHash;

fn origin(text: &str) -> Origin {
    Origin::new(text).unwrap()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn verifier(name: &str, seed: u8) -> CheckpointVerifier {
    CheckpointVerifier::new(origin(name), key(seed).verifying_key()).unwrap()
}

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint::new(origin("ledger.example"), size, LogHash::of_leaf(b"hello world"))
}

fn signature(name: &str, seed: u8, text: &str) -> Signature {
    let bytes = key(seed).sign(text.as_bytes()).to_bytes().to_vec();
    Signature::new(name.to_owned(), verifier(name, seed).key_id(), bytes).unwrap()
}

fn signed() -> SignedCheckpoint {
    let checkpoint = checkpoint(5);
    let signature = signature("ledger.example", 1, &checkpoint.to_string());
    SignedCheckpoint::new(checkpoint, vec![signature]).unwrap()
}

#[test]
fn a_signed_checkpoint_verifies_and_is_read_as_it_was_printed() {
    let signed = signed();
    let read = SignedCheckpoint::from_bytes(&signed.to_bytes()).unwrap();
    assert_eq!(read, signed);
    assert_eq!(verifier("ledger.example", 1).verify(&read, &origin("ledger.example")), Ok(&checkpoint(5)));
    // The Go and Rust implementations of signed notes accept it as well.
    let standard = signed_note::StandardVerifier::new(&verifier("ledger.example", 1).to_string()).unwrap();
    let note = Note::from_bytes(&signed.to_bytes()).unwrap();
    let list = signed_note::VerifierList::new(vec![Box::new(standard)]);
    assert_eq!(note.verify(&list).unwrap().0.len(), 1);
}

#[test]
fn the_example_of_the_specification_is_a_note_and_its_key_a_key() {
    let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let verifier: CheckpointVerifier = text.parse().unwrap();
    assert_eq!(verifier.to_string(), text);
    assert_eq!(verifier.key_id(), 0xc74f_20a3);
    let note = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
                — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    // A note, well signed, but no checkpoint.
    let error = SignedCheckpoint::from_bytes(note.as_bytes()).unwrap_err();
    assert_eq!(error, CheckpointError::Origin(OriginError::Character(' ')).into());
}

#[test]
fn a_checkpoint_of_another_log_is_refused() {
    let expected = origin("ledger.example/pool/1");
    let error = verifier("ledger.example", 1).verify(&signed(), &expected).unwrap_err();
    assert_eq!(error, NoteError::WrongOrigin { expected, found: origin("ledger.example") });
}

#[test]
fn a_signature_of_another_key_or_name_is_refused() {
    let log = origin("ledger.example");
    for (name, seed) in [("ledger.example", 2), ("other.example", 1)] {
        let verifier = verifier(name, seed);
        assert_eq!(verifier.verify(&signed(), &log), Err(NoteError::NotSigned(origin(name))));
    }
    // Another's signature under the expected key's name and id.
    let text = checkpoint(5).to_string();
    let forged = Signature::new(
        "ledger.example".to_owned(),
        verifier("ledger.example", 1).key_id(),
        signature("ledger.example", 2, &text).signature().to_vec(),
    );
    let forged = SignedCheckpoint::new(checkpoint(5), vec![forged.unwrap()]).unwrap();
    assert_eq!(verifier("ledger.example", 1).verify(&forged, &log), Err(NoteError::FalseSignature(log.clone())));
    // The right key's signature of another size.
    let moved = SignedCheckpoint::new(checkpoint(6), signed().signatures().to_vec()).unwrap();
    assert_eq!(verifier("ledger.example", 1).verify(&moved, &log), Err(NoteError::FalseSignature(log)));
}

#[test]
fn cosignatures_are_carried_and_repeated_keys_refused() {
    let text = checkpoint(5).to_string();
    let lines = vec![signature("ledger.example", 1, &text), signature("witness.example", 9, &text)];
    let note = SignedCheckpoint::new(checkpoint(5), lines.clone()).unwrap();
    let note = SignedCheckpoint::from_bytes(&note.to_bytes()).unwrap();
    let log = origin("ledger.example");
    verifier("ledger.example", 1).verify(&note, &log).unwrap();
    verifier("witness.example", 9).verify(&note, &log).unwrap();

    let repeated = vec![lines[0].clone(), lines[1].clone(), lines[0].clone()];
    assert_eq!(SignedCheckpoint::new(checkpoint(5), repeated), Err(NoteError::RepeatedKey(2)));
    assert_eq!(SignedCheckpoint::new(checkpoint(5), vec![]), Err(NoteError::SignatureCount(0)));
}

#[test]
fn altered_bytes_of_a_note_never_verify() {
    let bytes = signed().to_bytes();
    let verifier = verifier("ledger.example", 1);
    let log = origin("ledger.example");
    for i in 0..bytes.len() {
        for bit in 0..8 {
            let mut altered = bytes.clone();
            altered[i] ^= 1 << bit;
            let verified =
                SignedCheckpoint::from_bytes(&altered).and_then(|note| verifier.verify(&note, &log).cloned());
            assert!(verified.is_err(), "byte {i} bit {bit}");
        }
    }
    for insertion in [&b" "[..], b"\n", b"0", b"\r"] {
        for i in 0..=bytes.len() {
            let altered = [&bytes[..i], insertion, &bytes[i..]].concat();
            let verified =
                SignedCheckpoint::from_bytes(&altered).and_then(|note| verifier.verify(&note, &log).cloned());
            assert!(verified.is_err(), "{insertion:?} at {i}");
        }
    }
}

#[test]
fn endless_notes_are_refused_before_they_are_read() {
    let error = SignedCheckpoint::from_bytes(&vec![b'a'; MAX_NOTE_BYTES + 1]).unwrap_err();
    assert_eq!(error, NoteError::TooLong(MAX_NOTE_BYTES + 1));
    let line = String::from_utf8(signed().signatures()[0].to_bytes()).unwrap();
    let many = format!("{}\n{}", checkpoint(5), line.repeat(17));
    assert_eq!(SignedCheckpoint::from_bytes(many.as_bytes()), Err(NoteError::SignatureCount(17)));
}

#[test]
fn verifier_keys_in_another_form_are_refused() {
    let parse = |text: &str| text.parse::<CheckpointVerifier>().unwrap_err();
    let text = verifier("ledger.example", 1).to_string();
    let (name, rest) = text.split_once('+').unwrap();
    let (id, key) = rest.split_once('+').unwrap();
    assert_eq!(parse(name), VerifierKeyError::Form);
    assert_eq!(parse(&format!("other.example+{id}+{key}")), VerifierKeyError::KeyId);
    assert_eq!(parse(&format!("{name}+00000000+{key}")), VerifierKeyError::KeyId);
    assert_eq!(parse(&format!("{name}+{}+{key}", id.to_uppercase())), VerifierKeyError::Form);
    assert_eq!(parse(&format!("{name}+{id}+{key} ")), VerifierKeyError::Form);
    assert_eq!(parse(&format!("+{id}+{key}")), VerifierKeyError::Name(OriginError::Empty));
    let encode = |bytes: &[u8]| format!("{name}+{id}+{}", STANDARD.encode(bytes));
    assert_eq!(parse(&encode(&[2; 33])), VerifierKeyError::Algorithm);
    assert_eq!(parse(&encode(&[1; 32])), VerifierKeyError::Key);
    // The identity: anybody can sign for it.
    let mut identity = [0; 33];
    (identity[0], identity[1]) = (ED25519, 1);
    assert_eq!(parse(&encode(&identity)), VerifierKeyError::Weak);
}
