//! Writes events of a made-up history into a folder, for `scripts/epcis.sh`: their hashes are computed again by a program that is
//! not ours.

use std::{error::Error, fs, path::PathBuf};

use ark_bls12_381::Fr;
use tabella_protocol::{
    keys::{Account, Diversifier, Seed},
    note::{AssetId, LockCommitment, Timestamp},
    transaction::{LedgerId, TransactionDigest, TransactionEffects},
};
use tabella_provenance::{
    custody::{Custodian, Event, Step},
    epcis::{Subject, document},
    rules::{action::Authority, registry::RegistryId},
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: epcis_events FOLDER")?);
    let moved = |transfer, is_exchange| Step::Moved {
        transfer,
        is_exchange,
        effects: Box::new(TransactionEffects::new(LedgerId([1; 32]), Vec::new(), Vec::new())),
    };
    let steps = [
        Step::Registered,
        Step::Claimed(LockCommitment::new(Fr::from(7u64))),
        moved(0, false),
        moved(1, true),
        Step::Reported(Authority::Issuer),
        Step::Lifted(Authority::Registrar),
    ];
    let mut history = Vec::new();
    for (index, step) in (0u8..).zip(steps) {
        let time = Timestamp::new(1_796_155_200 + 86_399 * u64::from(index)).ok_or("time")?;
        let transaction = TransactionDigest([index + 10; 32]);
        history.push(Event { entry: u64::from(index), time, transaction, step });
    }
    let address = Seed::new([5; 32]).account(&Account::Payment(0)).address(Diversifier::from_index(0));
    let created = Timestamp::new(1_800_000_000).ok_or("time")?;
    for (name, byte, to) in [("hidden", 3, None), ("disclosed", 4, Some(address))] {
        let asset = AssetId::from_bytes(&[byte; 32]).ok_or("asset")?;
        let subject = Subject { asset, registry: RegistryId([byte; 32]), issuer: [0x9c; 32] };
        let custody: Vec<Custodian> = (1..4).map(|event| Custodian { event, to }).collect();
        let made = document(&subject, &history, &custody, "https://registry.example/diamonds", created)?;
        fs::write(folder.join(format!("{name}.json")), made.to_json())?;
    }
    Ok(())
}
