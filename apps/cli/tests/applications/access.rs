//! Rentals through the command: an owner, a renter, an arbiter and a lock over one ledger.

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use rand_core::OsRng;
use serde_json::Value;
use tabella_access::lock::{Config, Device, Opening};

use super::town::{Town, owned, text};

/// The time of the town's people, which are so many seconds ahead.
fn now(ahead: u64) -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + ahead
}

#[test]
fn device_is_let_opens_offline_and_the_deposit_is_divided() {
    let town = Town::new();
    let address = town.person("rudi");
    town.person("olga");
    town.person("judge");
    town.issue("Crown", "2", &address, "30.00");

    // The lock.
    let owner = owned(&town.run("olga", &["access", "key"])["signer"]);
    let ledger = owned(&town.run("olga", &["access", "ledger-key"])["key"]);
    let mut owner_key = [0; 32];
    hex::decode_to_slice(&owner, &mut owner_key).unwrap();
    let config = Config { ledger, owner: owner_key, max_age: 600, reopens: false };
    let folder = town.file("lock");
    let kept = town.file("checkpoint");
    town.run("olga", &["notary", "checkpoint", "--output", &kept]);
    let kept = std::fs::read_to_string(kept).unwrap();
    let mut device = Device::create_pinned(Path::new(&folder), config, &kept, &mut OsRng).unwrap();
    let device_key = hex::encode(device.public_key());

    // Offer and rental.
    let arbiter = owned(&town.run("judge", &["access", "key"])["signer"]);
    let keys = owned(&town.run("rudi", &["access", "key", "--number", "4"])["keys"]);
    let offer_file = town.file("offer");
    let order =
        ["access", "offer", "--renter", &keys, "--device", &device_key, "--arbiter", &arbiter, "--asset", "Crown"];
    let price = ["--price", "0.75", "--units", "4", "--delay", "60", "--output", &offer_file];
    let said = town.refused("olga", &[&order[..], &price, &["--deposit", "20.01"]].concat(), 1);
    assert!(said.contains("whole smallest units"), "{said}");
    let offered = town.run("olga", &[&order[..], &price, &["--deposit", "20.00"]].concat());
    assert_eq!((text(&offered["rent"]), text(&offered["deposit"])), ("3.00", "20.00"));
    let rental = owned(&offered["rental"]);
    let number = ["--number", "4"];
    assert_eq!(town.run("rudi", &[&["access", "check-offer", &offer_file][..], &number].concat())["rent"], "3.00");
    let rent = |most: &'static str, deposit: &'static str| {
        let mut rent = vec!["access", "rent", &offer_file, "--at-most", most, "--deposit-at-most", deposit];
        rent.extend(number);
        rent.extend(["--asset", "Crown", "--rental", &rental]);
        rent
    };
    // Of other terms than he checked, or in an asset that he does not mean.
    town.issue("Florin", "2", &address, "30.00");
    let checked = rent("3", "20");
    let (rest, other) = (&checked[..checked.len() - 4], "0".repeat(64));
    let said = town.refused("rudi", &[rest, &["--asset", "Crown", "--rental", &other]].concat(), 1);
    assert!(said.contains(&format!("the offer is of another rental than {other}")), "{said}");
    let said = town.refused("rudi", &[rest, &["--asset", "Florin", "--rental", &rental]].concat(), 1);
    assert!(said.contains("another asset than --asset names: Crown"), "{said}");
    let said = town.refused("rudi", &rent("2.99", "20"), 1);
    assert!(said.contains("the rent is 3.00 Crown, and --at-most allows 2.99 Crown"), "{said}");
    let said = town.refused("rudi", &rent("3", "19.99"), 1);
    assert!(said.contains("--deposit-at-most allows 19.99 Crown"), "{said}");
    let said = town.refused("olga", &rent("3", "20"), 1);
    assert!(said.contains("the offer is for another renter"), "{said}");
    // Rent and deposit come from his one note, which is split.
    let rented = town.run("rudi", &checked);
    assert_eq!((text(&rented["rent"]), text(&rented["arbiter"])), ("3.00", arbiter.as_str()));
    let said = town.refused("rudi", &[&["access", "use", &rental][..], &number].concat(), 1);
    assert!(said.contains("the owner has not accepted"), "{said}");
    let said = town.refused("rudi", &[&["access", "accept", &rental][..], &number].concat(), 1);
    assert!(said.contains("these keys are the renter's"), "{said}");
    assert_eq!(town.run("olga", &["access", "accept", &rental])["stage"], "accepted");
    let said = town.refused("olga", &["access", "collect", &rental], 1);
    assert!(said.contains("once the right was used"), "{said}");

    // Used, asked, answered, opened.
    assert_eq!(town.run("rudi", &[&["access", "use", &rental][..], &number].concat())["stage"], "used");
    let (challenge, answer) = (town.file("challenge"), town.file("answer"));
    std::fs::write(&challenge, device.ask(now(0), &mut OsRng).unwrap().to_json()).unwrap();
    let reply = ["access", "answer", &rental, "--challenge", &challenge, "--output", &answer];
    let said = town.refused("olga", &reply, 1);
    assert!(said.contains("was not used with these keys"), "{said}");
    let answered = town.run("rudi", &[&reply[..], &number].concat());
    let opening = Opening::from_json(&std::fs::read(&answer).unwrap()).unwrap();
    let opened = device.open(&opening, now(0)).unwrap();
    assert_eq!((hex::encode(opened.rental), Some(opened.until)), (rental.clone(), answered["until"].as_u64()));
    assert!(device.open(&opening, now(0)).is_err());

    // Rent, claim, dispute, decision, payout.
    assert_eq!(town.run("olga", &["access", "collect", &rental])["amount"], "3.00");
    let said = town.refused("olga", &["access", "claim", &rental, "--damage", "20.01"], 1);
    assert!(said.contains("no more than the deposit"), "{said}");
    // Rounded down to whole parts of 0.20.
    let claimed = town.run("olga", &["access", "claim", &rental, "--damage", "12.19"]);
    assert_eq!((text(&claimed["stage"]), &claimed["owner_parts"]), ("claimed", &60.into()));
    town.run("rudi", &[&["access", "dispute", &rental][..], &number].concat());
    let decide = ["access", "decide", &rental, "--parts", "15"];
    let said = town.refused("olga", &decide, 1);
    assert!(said.contains("another arbiter"), "{said}");
    assert_eq!(town.run("judge", &decide)["stage"], "settled");
    assert_eq!(town.run("olga", &["access", "withdraw", &rental])["amount"], "3.00");
    let withdraw = [&["access", "withdraw", &rental][..], &number].concat();
    assert_eq!(town.run("rudi", &withdraw)["amount"], "17.00");
    let said = town.refused("rudi", &withdraw, 1);
    assert!(said.contains("the renter has withdrawn already"), "{said}");
    assert_eq!((town.spendable("rudi", "Crown"), town.spendable("olga", "Crown")), ("24.00".into(), "6.00".into()));
    let shown = town.run("anybody", &["access", "show", &rental]);
    assert_eq!((&shown["owner_parts"], &shown["price"], &shown["part"]), (&15.into(), &Value::Null, &Value::Null));
    let listed = town.run("rudi", &[&["access", "list"][..], &number].concat());
    assert_eq!((text(&listed["rentals"][0]["role"]), &listed["rentals"][0]["due"]), ("renter", &Value::Null));
}
