//! What a refusal tells programs: the code of its rule, the entry, and the values that its words need.

use serde_json::{Value, json};

use super::*;

/// What the report's JSON says of the check that a record fails first.
fn told(record: &ElectionRecord, keys: &VerifyingKeys) -> Value {
    let report = verify(&record.encode(), keys);
    serde_json::to_value(&report.first_failure().unwrap().finding).unwrap()
}

#[test]
fn refusal_of_a_tampered_record_carries_code_entry_and_values() {
    let record = &fixture().record;
    let edit = |alter: &dyn Fn(&mut ElectionRecord)| {
        let mut record = record.clone();
        alter(&mut record);
        record
    };
    let authority = fixture().authority();
    let (ledger, closes) = (fixture().ledger().to_string(), entry::CLOSE);
    let other_key = SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes();
    let other_ledger = LedgerId::derive(&record.ledger_name, &other_key).to_string();
    let repeated =
        |index: usize| fixture().forged_by_ledger(|record| record.entries.insert(index, record.entries[index].clone()));
    let without_close = fixture().forged_by_ledger(|record| drop(record.entries.remove(closes)));
    let weak = fixture().forged_by_ledger_and_authority(|record| {
        transfer(&mut record.entries[entry::DELEGATION]).rk = JubjubPoint::identity();
    });
    let one_more = fixture().forged_by_ledger(|record| {
        edit_publication(&mut record.entries[entry::PUBLICATION], Some(&authority), |p| p.results.totals[0][0] += 1);
    });
    let without_title = fixture().forged_opening(|opening| opening.manifest.title.clear());
    let without_epoch = fixture().forged_opening(|opening| opening.manifest.rules.epoch_seconds = 0);
    let cases = [
        (
            edit(&|record| record.ledger_key = other_key),
            json!({"entry": 0, "code": "other-ledger", "values": {"expected": other_ledger, "found": ledger}}),
        ),
        (
            edit(&|record| {
                record.entries.clear();
                record.verifying_keys.clear();
            }),
            json!({"code": "record-empty", "values": {}}),
        ),
        (repeated(entry::FIRST_VOTE), json!({"entry": entry::FIRST_VOTE + 1, "code": "replayed", "values": {}})),
        (without_close, json!({"entry": closes, "code": "stage-publish", "values": {}})),
        (weak, json!({"entry": entry::DELEGATION, "code": "transfer-small-order", "values": {"transfer": 0}})),
        (one_more, json!({"entry": entry::PUBLICATION, "code": "total-wrong", "values": {"index": 0}})),
        (without_epoch, json!({"code": "manifest-epoch", "values": {}})),
    ];
    for (record, mut expected) in cases {
        let mut found = told(&record, keys());
        expected["kind"] = "refused".into();
        let reason = found.as_object_mut().unwrap().remove("reason");
        assert!(reason.is_some_and(|reason| reason.is_string()), "{found}");
        assert_eq!(found, expected);
    }
    // What an error below says stays English, and is told apart.
    let details = [
        (without_title, "manifest-text"),
        (edit(&|record| record.checkpoint.clear()), "checkpoint-malformed"),
        (edit(&|record| record.verifying_keys[0].truncate(9)), "key-unreadable"),
    ];
    for (record, code) in details {
        let found = told(&record, keys());
        assert_eq!(found["code"], code);
        assert!(found["values"]["detail"].is_string(), "{found}");
    }
    let unknown = told(record, &VerifyingKeys::new());
    assert_eq!((&unknown["code"], &unknown["values"]["index"]), (&json!("key-development"), &json!(0)));
}
