//! The marketplace through the command: a shop, an artist, and two buyers, who hand each other files.

use std::fs;

use serde_json::json;

use super::town::{Town, owned, text};

/// No work, offer or invoice has this id.
const NOWHERE: &str = "0101010101010101010101010101010101010101010101010101010101010101";

const LICENCE: &str = "Song of the Marsh, licence";

fn borrowed(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

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

/// Two buyers with money, and Ann's song: the town, the money's asset and the work.
fn begin() -> (Town, String, String) {
    let town = Town::new();
    let [mia, noah] = ["mia", "noah"].map(|name| town.person(name));
    town.person("ann");
    let issue = ["asset", "issue", "--name", "Crown", "--decimals", "2", "--cap", "200.00", "--amount", "100.00"];
    let crown = owned(&town.run("issuer", &[&issue[..], &["--to", &mia]].concat())["asset"]);
    town.run("issuer", &["asset", "issue", "--asset", &crown, "--to", &noah, "--amount", "100.00"]);
    let work = registered(&town);
    (town, crown, work)
}

#[test]
fn order_is_signed_only_for_what_the_seller_and_the_reseller_say_themselves() {
    let (town, crown, work) = begin();

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
    assert!(refused("issuer", &sell(&work, "2", "5.00", &["--public"])).contains("hides the price"));
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
    // Nor does a reseller publish a price of which that was not said.
    let published = town.file("public.tabella");
    let buy = ["market", "buy", "--offer", &second, "--price", "3.00", "--public", "--output", &published];
    town.run("noah", &[&buy[..], &["--asset", &crown]].concat());
    let public = ["market", "resell", "accept", &published, "--price", "3.00", "--offer", &second, "--licences", "1"];
    assert!(town.refused("mia", &public, 1).contains("lets everybody see the price"));
    let right = accept(&second, "1");
    town.run("mia", &right.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(town.spendable("noah", "Song of the Marsh, licence"), "1");
}

#[test]
fn sale_is_listed_offered_again_credited_withdrawn_stated_and_reported() {
    let (town, crown, work) = begin();
    let shown = || town.run("anybody", &["market", "show", &work]);
    assert_eq!(town.run("anybody", &["market", "list"])["works"][0]["title"], "Song of the Marsh");
    // Buyer and seller name the same invoice, apart from each other.
    let [order, invoice] = [town.file("order.tabella"), "0a".repeat(32)];
    let buy = ["market", "buy", &work, "--licences", "2", "--price", "5.00", "--asset", &crown, "--invoice", &invoice];
    let ordered = town.run("mia", &[&buy[..], &["--output", &order]].concat());
    assert_eq!(text(&ordered["invoice"]), invoice);
    let sell = ["market", "sell", &order, "--work", &work, "--licences", "2", "--price", "5.00"];
    assert!(town.refused("issuer", &sell, 1).contains("another invoice"));
    let said = town.refused("issuer", &[&sell[..], &["--invoice", NOWHERE]].concat(), 1);
    assert!(said.contains("another invoice"), "{said}");
    let sold = town.run("issuer", &[&sell[..], &["--invoice", &invoice]].concat());
    assert_eq!(text(&sold["invoice"]), invoice);
    let row = shown();
    assert_eq!((&row["sales"], &row["licences"], &row["adds_up"]), (&json!(1), &json!(2), &json!(true)));

    // One licence is offered at a price for anybody; another offer is taken back.
    let offer = ["market", "resell", "offer", &work];
    let asked = owned(&town.run("mia", &[&offer[..], &["--ask", "3.00"]].concat())["offer"]);
    let agreed = owned(&town.run("mia", &offer)["offer"]);
    assert_eq!(shown()["offers"].as_array().unwrap().len(), 2);
    town.run("mia", &["market", "resell", "take-back", &agreed]);
    let said = town.refused("mia", &["market", "resell", "take-back", &agreed], 1);
    assert!(said.contains(&agreed), "{said}");
    assert_eq!(text(&shown()["offers"][0]["offer"]), asked);
    assert_eq!(town.spendable("mia", LICENCE), "1");
    let buy = ["market", "buy", "--offer", &asked, "--asset", &crown];
    let said = town.refused("noah", &[&buy[..], &["--price", "2.00"]].concat(), 1);
    assert!(said.contains("offered for 3.00 Crown, and you pay 2.00 Crown"), "{said}");
    let bought = town.run("noah", &buy);
    assert_eq!((text(&bought["price"]), &bought["public"]), ("3.00", &json!(true)));
    assert_eq!((town.spendable("noah", LICENCE), town.spendable("noah", "Crown")), ("1".into(), "97.00".into()));

    // Ann has the sale and a tenth of the resale, Mia the rest of it.
    let balance = |of: &str| owned(&town.run(of, &["market", "balance"])["works"][0]["balance"]);
    assert_eq!((balance("ann"), balance("mia")), ("5.3 Crown".into(), "2.7 Crown".into()));
    let withdraw = ["market", "withdraw", &work];
    let said = town.refused("ann", &[&withdraw[..], &["--amount", "5.31"]].concat(), 1);
    assert!(said.contains("the account holds 5.30 Crown"), "{said}");
    let taken = town.run("ann", &[&withdraw[..], &["--amount", "5.00"]].concat());
    assert_eq!((text(&taken["amount"]), text(&taken["rest"])), ("5.00 Crown", "0.3 Crown"));
    assert_eq!(town.spendable("ann", "Crown"), "5.00");
    assert_eq!(shown()["adds_up"], true);

    // What was earned is stated, and believed by whoever has the ledger.
    let statement = town.file("income.tabella");
    let stated = town.run("ann", &["market", "statement", &work, "--output", &statement]);
    let checked = town.run("anybody", &["market", "check-statement", &statement]);
    for income in [&stated, &checked] {
        assert_eq!((text(&income["total"]), &income["credits"]), ("5.3 Crown", &json!(2)));
    }
    let mut forged = fs::read(&statement).unwrap();
    *forged.last_mut().unwrap() ^= 1;
    fs::write(&statement, forged).unwrap();
    town.refused("anybody", &["market", "check-statement", &statement], 1);

    let [names, others, flat] = ["names.json", "others.json", "report.tsv"].map(|name| town.file(name));
    let report = |names: &str| {
        let report = ["market", "report", &work, "--metadata", names, "--currency", "XXX", "--output", &flat];
        let sender = ["--sender", "PADPIDA2026000001A", "--sender-name", "Ann"];
        let recipient = ["--recipient", "PADPIDA2026000002B", "--recipient-name", "Society"];
        [&report[..], &sender, &recipient].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    fs::write(&others, fs::read_to_string(&names).unwrap().replace("Ann", "Eve")).unwrap();
    let said = town.refused("ann", &borrowed(&report(&others)), 1);
    assert!(said.contains("not what the work was registered with"), "{said}");
    assert_eq!(town.run("ann", &borrowed(&report(&names)))["credits"], 2);
    assert!(fs::read_to_string(&flat).unwrap().contains("Song of the Marsh"));
}

#[test]
fn licence_is_shown_for_one_challenge_by_whoever_holds_it() {
    let (town, crown, work) = begin();
    let order = town.file("order.tabella");
    town.run("mia", &["market", "buy", &work, "--price", "5.00", "--asset", &crown, "--output", &order]);
    town.run("issuer", &["market", "sell", &order, "--work", &work, "--licences", "1", "--price", "5.00"]);
    let challenge = owned(&town.run("club", &["market", "check-licence", &work])["challenge"]);
    let shown = town.file("shown.tabella");
    let show = ["market", "show-licence", &work, "--challenge", &challenge, "--output", &shown];
    let said = town.refused("noah", &show, 1);
    assert!(said.contains("can be spent"), "{said}");
    town.run("mia", &show);
    let check = ["market", "check-licence", &work, &shown, "--challenge"];
    let checked = town.run("club", &[&check[..], &[&challenge]].concat());
    assert_eq!(checked["marks"].as_array().unwrap().len(), 2);
    let said = town.refused("club", &[&check[..], &[NOWHERE]].concat(), 1);
    assert!(said.contains("shows no licence"), "{said}");
    assert_eq!(town.spendable("mia", LICENCE), "1");
}
