//! The ledger that a record names, its verifying keys and its checkpoint.

use super::*;

#[test]
fn head_of_the_record_altered_is_refused() {
    let edit = |alter: fn(&mut ElectionRecord)| {
        let mut record = fixture().record.clone();
        alter(&mut record);
        record
    };
    assert_refused([
        ("name of the ledger", edit(|record| record.ledger_name.push('x')), [RecordLedger].as_slice()),
        (
            "key of the ledger",
            edit(|record| record.ledger_key = SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes()),
            &[RecordLedger],
        ),
        (
            "no entries and no keys",
            edit(|record| {
                record.entries.clear();
                record.verifying_keys.clear();
            }),
            &[OpeningAuthority],
        ),
        ("no entries", edit(|record| record.entries.clear()), &[RecordParameters]),
        (
            "a key is missing",
            edit(|record| {
                record.verifying_keys.pop();
            }),
            &[RecordParameters],
        ),
        (
            "a key twice",
            edit(|record| record.verifying_keys.push(record.verifying_keys[0].clone())),
            &[RecordParameters],
        ),
        ("keys in another order", edit(|record| record.verifying_keys.reverse()), &[RecordParameters]),
        (
            "a key cut short",
            edit(|record| {
                record.verifying_keys[0].pop();
            }),
            &[RecordParameters],
        ),
        ("a key with another byte", edit(|record| record.verifying_keys[0][200] ^= 1), &[RecordParameters]),
        ("a key of another shape", edit(|record| record.verifying_keys[0][10] ^= 1), &[RecordParameters]),
        ("a development key that says it is a ceremony's", edit(mislabel), &[RecordParameters]),
        ("an ornament before a key", edit(|record| record.verifying_keys[0].insert(0, 0)), &[RecordParameters]),
    ]);
    let report = verify(&fixture().record.encode(), &VerifyingKeys::new());
    assert_eq!(
        report.first_failure().map(|check| check.id),
        Some(RecordParameters),
        "keys that the verifier does not know"
    );
}

fn mislabel(record: &mut ElectionRecord) {
    let mut file = VerifyingKeyFile::from_bytes(&record.verifying_keys[0]).unwrap();
    file.origin = ParametersOrigin::Ceremony;
    record.verifying_keys[0] = file.to_bytes();
}

#[test]
fn checkpoint_of_another_log_size_root_or_key_is_refused() {
    let record = &fixture().record;
    let signer = fixture().signer();
    let id = fixture().pool_after(1).id();
    let log = election_log(signer.verifier().name(), id).unwrap();
    let tree = |entries: &[LoggedTransaction]| {
        let mut tree = CompactTree::new();
        entries.iter().for_each(|entry| drop(tree.append(&borsh::to_vec(entry).unwrap()).unwrap()));
        tree
    };
    let (whole, shorter) = (tree(&record.entries), tree(&record.entries[..entry::CLOSE]));
    let with = |signer: &CheckpointSigner, checkpoint: Checkpoint| {
        let checkpoint = String::from_utf8(signer.sign(checkpoint).to_bytes()).unwrap();
        ElectionRecord { checkpoint, ..record.clone() }
    };
    let text = |checkpoint: &str| ElectionRecord { checkpoint: checkpoint.into(), ..record.clone() };
    let stranger = CheckpointSigner::new(signer.verifier().name().clone(), SigningKey::from_bytes(&[1; 32]));
    let namesake =
        CheckpointSigner::new(Origin::new("other.tabella").unwrap(), SigningKey::from_bytes(&fixture().ledger_secret));
    let foreign = election_log(signer.verifier().name(), OTHER_ELECTION).unwrap();
    let point = |size: u64, root: LogHash| Checkpoint::new(log.clone(), size, root);
    let honest = || point(whole.size(), whole.root());
    assert_refused([
        ("honest", with(&signer, honest()), [].as_slice()),
        ("another key", with(&stranger, honest()), &[RecordLog]),
        ("another name", with(&namesake, honest()), &[RecordLog]),
        ("of an earlier size", with(&signer, point(shorter.size(), shorter.root())), &[RecordLog]),
        ("a size that the root has not", with(&signer, point(whole.size() + 1, whole.root())), &[RecordLog]),
        ("a root that the size has not", with(&signer, point(whole.size(), shorter.root())), &[RecordLog]),
        ("another election's log", with(&signer, Checkpoint::new(foreign, whole.size(), whole.root())), &[RecordLog]),
        (
            "the ledger's own log",
            with(&signer, Checkpoint::new(signer.verifier().name().clone(), whole.size(), whole.root())),
            &[RecordLog],
        ),
        ("none", text(""), &[RecordLog]),
        ("no signature", text(&record.checkpoint[..record.checkpoint.find('—').unwrap()]), &[RecordLog]),
        ("a line more", text(&format!("{}x\n", record.checkpoint)), &[RecordLog]),
    ]);
}
