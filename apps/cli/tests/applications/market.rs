//! The marketplace through the command: a shop, an artist, and two buyers, who hand each other files.

use std::fs;

use super::town::{Town, owned, text};

/// No work, offer or invoice has this id.
const NOWHERE: &str = "0101010101010101010101010101010101010101010101010101010101010101";

/// Ann's song is on the ledger: its id.
fn registered(town: &Town) -> String {
    let keys = town.run("ann", &["market", "keys"]);
    let terms = format!(
        "title = \"Song of the Marsh\"\nartist = \"Ann\"\npayment = \"Crown\"\nlicence = \"Song of the Marsh, licence\"\n\
         edition = 100\nroyalty = 1000\n\n[[holder]]\nname = \"Ann\"\nrole = \"MainArtist\"\nowner = {}\nviewer = {}\n\
         share = 10000\n",
        keys["owner"], keys["viewer"]
    );
    let [written, registration, names] = ["terms.toml", "song.tabella", "names.json"].map(|name| town.file(name));
    fs::write(&written, terms).unwrap();
    let draft = ["market", "register", "draft", &written, "--output", &registration, "--metadata", &names];
    town.run("issuer", &draft);
    town.run("ann", &["market", "register", "sign", &registration, "--metadata", &names, "--share", "10000"]);
    owned(&town.run("ann", &["market", "register", "submit", &registration])["work"])
}

#[test]
fn order_is_signed_only_for_what_the_seller_and_the_reseller_say_themselves() {
    let town = Town::new();
    let [mia, noah] = ["mia", "noah"].map(|name| town.person(name));
    town.person("ann");
    let issue = ["asset", "issue", "--name", "Crown", "--decimals", "2", "--cap", "200.00", "--amount", "100.00"];
    let crown = owned(&town.run("issuer", &[&issue[..], &["--to", &mia]].concat())["asset"]);
    town.run("issuer", &["asset", "issue", "--asset", &crown, "--to", &noah, "--amount", "100.00"]);
    let work = registered(&town);

    let order = town.file("order.tabella");
    town.run(
        "mia",
        &["market", "buy", &work, "--licences", "2", "--price", "5.00", "--asset", &crown, "--output", &order],
    );
    let sell = |of: &str, licences: &str, price: &str, more: &[&str]| {
        let sell = ["market", "sell", &order, "--work", of, "--licences", licences, "--price", price];
        [&sell[..], more].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let refused = |person: &str, command: &[String]| {
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        town.refused(person, &command, 1)
    };
    assert!(refused("issuer", &sell(NOWHERE, "2", "5.00", &[])).contains(&work));
    assert!(refused("issuer", &sell(&work, "1", "5.00", &[])).contains("for 2 licences, and you agree to 1"));
    assert!(refused("issuer", &sell(&work, "2", "6.00", &[])).contains("5.00 Crown, and you agree to 6.00 Crown"));
    let invoice = sell(&work, "2", "5.00", &["--invoice", NOWHERE]);
    assert!(refused("issuer", &invoice).contains("another invoice"));
    assert_eq!(town.spendable("mia", "Crown"), "100.00");
    let right = sell(&work, "2", "5.00", &[]);
    let sold = town.run("issuer", &right.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((text(&sold["work"]), sold["licences"].as_u64()), (work.as_str(), Some(2)));
    assert_eq!(town.spendable("mia", "Song of the Marsh, licence"), "2");

    // Of two offers, each of one licence, the order is for the second.
    let offer = ["market", "resell", "offer", &work, "--licences", "1"];
    let [first, second] = [(); 2].map(|()| owned(&town.run("mia", &offer)["offer"]));
    let order = town.file("resale.tabella");
    let buy = ["market", "buy", "--offer", &second, "--price", "3.00", "--output", &order, "--asset"];
    let other = [&buy[..], &["Song of the Marsh, licence"]].concat();
    assert!(town.refused("noah", &other, 1).contains("another asset"));
    town.run("noah", &[&buy[..], &[&crown]].concat());
    let accept = |offer: &str, licences: &str| {
        let accept = ["market", "resell", "accept", &order, "--price", "3.00", "--offer", offer];
        [&accept[..], &["--licences", licences]].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(refused("mia", &accept(&first, "1")).contains(&second));
    assert!(refused("mia", &accept(&second, "2")).contains("for 1 licences, and you agree to 2"));
    let right = accept(&second, "1");
    town.run("mia", &right.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(town.spendable("noah", "Song of the Marsh, licence"), "1");
}
