//! Delegations and recalls, field by field.

use super::*;

#[test]
fn transfer_altered_in_any_field_is_refused() {
    const PROVED: &[CheckId] = &[EntriesProofs, EntriesSignatures];
    assert_entry_refused(
        entry::RECALL,
        &[
            ("version", |entry| entry.transaction.effects.version = FORMAT_VERSION + 1, &[EntriesRules]),
            ("ledger", |entry| entry.transaction.effects.ledger = LedgerId([1; 32]), &[RecordLedger]),
            ("pool", |entry| effects(entry).pool = PoolId([1; 32]), &[EntriesRules]),
            ("verifying key", |entry| effects(entry).verifying_key = VerifyingKeyId([1; 32]), &[RecordParameters]),
            (
                "verifying key of the other shape",
                |entry| effects(entry).verifying_key = key_of(Shape::Cast),
                &[RecordParameters],
            ),
            ("anchor", |entry| transfer(entry).anchor = Anchor::new(Fr::from(5u8)), &[EntriesRules]),
            ("an older anchor", |entry| transfer(entry).anchor = fixture().pool_after(1).tree().root(), PROVED),
            ("first nullifier", |entry| transfer(entry).nullifiers[0] = Nullifier::new(Fr::from(5u8)), PROVED),
            ("second nullifier", |entry| transfer(entry).nullifiers[1] = Nullifier::new(Fr::from(5u8)), PROVED),
            ("nullifiers exchanged", |entry| transfer(entry).nullifiers.reverse(), PROVED),
            (
                "one nullifier twice",
                |entry| transfer(entry).nullifiers[1] = transfer(entry).nullifiers[0],
                &[EntriesRules],
            ),
            ("rk", |entry| transfer(entry).rk = other_point(), PROVED),
            ("rk of small order", |entry| transfer(entry).rk = JubjubPoint::identity(), &[EntriesRules]),
            ("value commitment", |entry| transfer(entry).value_commitment = other_point(), PROVED),
            ("asset", |entry| transfer(entry).asset_revealed = Fr::from(5u8), PROVED),
            ("contract", |entry| transfer(entry).contract_revealed = Fr::from(5u8), &[EntriesRules]),
            ("opening of a contract", |entry| effects(entry).contract = Some(contract()), &[EntriesRules]),
            (
                "contract with its opening",
                |entry| {
                    effects(entry).contract = Some(contract());
                    transfer(entry).contract_revealed = contract().hash().element();
                },
                &[EntriesRules],
            ),
            ("longer window", |entry| transfer(entry).window = Window::new(at(0), at(CLOSES + 1)).unwrap(), PROVED),
            (
                "window that is over",
                |entry| transfer(entry).window = Window::new(at(0), at(1)).unwrap(),
                &[EntriesRules],
            ),
            ("mode", |entry| transfer(entry).mode = Mode::Exit, &[EntriesRules]),
            ("reveal", |entry| transfer(entry).reveal = true, PROVED),
            ("level", |entry| transfer(entry).level ^= true, PROVED),
            ("ciphertext", |entry| ciphertexts(entry)[0].enc[7] ^= 1, &[EntriesSignatures]),
            ("ciphertext's key", |entry| ciphertexts(entry)[1].epk = other_element(), &[EntriesSignatures]),
            ("ciphertext for the sender", |entry| ciphertexts(entry)[1].out[7] ^= 1, &[EntriesSignatures]),
            ("ciphertexts exchanged", |entry| ciphertexts(entry).reverse(), &[EntriesSignatures]),
            (
                "one ciphertext",
                |entry| {
                    ciphertexts(entry).pop();
                },
                &[EntriesRules],
            ),
            (
                "another's proof",
                |entry| {
                    entry.transaction.transfers[0].proof =
                        fixture().entries()[entry::DELEGATION].transaction.transfers[0].proof
                },
                &[EntriesProofs],
            ),
            ("no proof at all", |entry| entry.transaction.transfers[0].proof.0 = [0; 192], &[EntriesProofs]),
            ("signature", |entry| entry.transaction.transfers[0].signature.0[40] ^= 1, &[EntriesSignatures]),
            (
                "another's signature",
                |entry| {
                    entry.transaction.transfers[0].signature =
                        fixture().entries()[entry::DELEGATION].transaction.transfers[0].signature
                },
                &[EntriesSignatures],
            ),
            ("no authorization", |entry| entry.transaction.transfers.clear(), &[EntriesRules]),
            (
                "a second transfer",
                |entry| {
                    let transaction = &mut entry.transaction;
                    let mut second = fixture().entries()[entry::DELEGATION].transaction.clone();
                    transaction.effects.transfers.append(&mut second.effects.transfers);
                    transaction.transfers.append(&mut second.transfers);
                },
                &[EntriesRules],
            ),
            (
                "an action",
                |entry| {
                    let close = fixture().entries()[entry::CLOSE].transaction.clone();
                    entry.transaction.effects.actions = close.effects.actions;
                    entry.transaction.action_proofs = close.action_proofs;
                },
                &[EntriesRules],
            ),
        ],
    );
    // Other notes make another tree, against which nobody has proved.
    const OUTPUT: &[CheckId] = &[EntriesRules, EntriesProofs, EntriesSignatures];
    assert_entry_refused(
        entry::DELEGATION,
        &[
            ("first commitment", |entry| transfer(entry).commitments[0] = NoteCommitment::new(Fr::from(5u8)), OUTPUT),
            ("second commitment", |entry| transfer(entry).commitments[1] = NoteCommitment::new(Fr::from(5u8)), OUTPUT),
            ("commitments exchanged", |entry| transfer(entry).commitments.reverse(), OUTPUT),
        ],
    );
}

fn ciphertexts(entry: &mut LoggedTransaction) -> &mut Vec<NoteCiphertext> {
    match &mut effects(entry).statement {
        TransferStatement::Transfer { ciphertexts, .. } => ciphertexts,
        TransferStatement::Cast(_) => panic!("not a transfer"),
    }
}
