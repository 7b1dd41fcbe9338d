//! A market for energy through the command: an operator, three households, two collectors, and a device each.

use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;

use super::town::{Town, owned, text};

const HOUSEHOLDS: [&str; 3] = ["anna", "ben", "clara"];
const COLLECTORS: [&str; 2] = ["school", "church"];
/// An interval is an hour, bids are taken for one more, and revealed for another.
const HOUR: u64 = 3_600;

/// The market is open, and every household has a meter that has read interval 0.
fn street() -> Town {
    let town = Town::new();
    let address = town.person("ben");
    for person in ["anna", "clara", "school", "church"] {
        town.person(person);
    }
    town.issue("Crown", "2", &address, "50.00");
    let keys = COLLECTORS.map(|person| owned(&town.run(person, &["energy", "key"])["keys"]));
    let open =
        ["energy", "open", "--name", "Elm Street", "--payment", "Crown", "--tick", "0.01", "--max-price", "0.20"];
    let times = ["--interval", "60", "--collector", &keys[0], "--collector", &keys[1]];
    let said = town.refused("issuer", &[&open[..], &times[..4]].concat(), 1);
    assert!(said.contains("2 to 4 collectors"), "{said}");
    assert_eq!(town.run("issuer", &[&open[..], &times[..]].concat())["energy"]["name"], "kWh of Elm Street");
    for (person, [produced, consumed]) in
        HOUSEHOLDS.into_iter().zip([["1.250", "0.100"], ["0", "0.800"], ["0.025", "0"]])
    {
        let keys = owned(&town.run(person, &["energy", "key"])["keys"]);
        let [device, request, certificate, readings] =
            ["device", "request", "certificate", "readings"].map(|name| town.file(&format!("{person}-{name}")));
        let new = ["energy", "new-meter", "Elm Street", "--meter", &device, "--household", &keys, "--output", &request];
        let said = town.refused(person, &[&new[..], &["--ceiling", "0"]].concat(), 1);
        assert!(said.contains("0.001 to 1099511627.776 kWh"), "{said}");
        town.run(person, &[&new[..], &["--ceiling", "100"]].concat());
        let said = town.refused(person, &["energy", "register", &request], 1);
        assert!(said.contains("a file \"energy meter certificate\" is needed"), "{said}");
        let certified = town.run("issuer", &["energy", "certify", &request, "--output", &certificate]);
        assert_eq!(certified["ceiling"], "100.000");
        town.run(person, &["energy", "register", &certificate]);
        let sign = ["energy", "sign", "--meter", &device, "--output", &readings, "--interval", "0"];
        let values = ["--produced", produced, "--consumed", consumed];
        assert_eq!(town.run(person, &[&sign[..], &values[..]].concat())["next"], 1);
        let said = town.refused(person, &[&sign[..], &values[..]].concat(), 1);
        assert!(said.contains("its next is 1"), "{said}");
        let reading = format!("{readings}/reading-0");
        let said = town.refused(person, &["energy", "attest", &reading], 1);
        assert!(said.contains("too early"), "{said}");
    }
    let of_ben = town.file("ben-readings/reading-0");
    let said = town.later(HOUR + 60).refused("anna", &["energy", "attest", &of_ben], 1);
    assert!(said.contains("these keys do not open the reading of interval 0"), "{said}");
    for person in HOUSEHOLDS {
        let reading = town.file(&format!("{person}-readings/reading-0"));
        town.later(HOUR + 60).run(person, &["energy", "attest", &reading]);
    }
    town
}

#[test]
fn neighbours_trade_and_the_street_knows_its_totals() {
    let town = street();
    let bidding = town.later(HOUR + 60);
    assert_eq!(bidding.run("anna", &["energy", "readings", "Elm Street"])["readings"][0]["produced"], "1.250");
    let minted = bidding.run("anna", &["energy", "mint", "Elm Street"]);
    assert_eq!(minted["done"][0]["energy"], "1.250 kWh of Elm Street");
    assert_eq!(bidding.run("anna", &["energy", "mint", "Elm Street"])["done"], Value::Array(Vec::new()));
    let bid = |person: &str, side: &str, lots: &str, price: &str| {
        let bid = ["energy", "bid", "Elm Street", side, "--lots", lots, "--price", price, "--asset", "Crown"];
        bidding.run(person, &bid)
    };
    assert_eq!(bid("anna", "sell", "12", "0.03")["locked"], "1.200 kWh of Elm Street");
    assert_eq!(bid("ben", "buy", "8", "0.10")["locked"], "0.80 Crown");
    let one = ["energy", "bid", "Elm Street", "sell", "--lots", "1", "--price", "0.03", "--asset"];
    let said = bidding.refused("anna", &[&one[..], &["kWh of Elm Street"]].concat(), 1);
    assert!(said.contains("another asset than --asset names: Crown"), "{said}");
    let said = bidding.refused("anna", &[&one[..], &["Crown"]].concat(), 1);
    assert!(said.contains("0.050 kWh of Elm Street can be spent, and 0.100 kWh of Elm Street is needed"), "{said}");
    assert_eq!(bidding.run("ben", &["energy", "reveal", "Elm Street"])["done"], Value::Array(Vec::new()));

    let revealing = town.later(2 * HOUR + 60);
    for person in ["anna", "ben"] {
        assert_eq!(revealing.run(person, &["energy", "reveal", "Elm Street"])["done"].as_array().unwrap().len(), 1);
    }
    let said = revealing.refused("school", &["energy", "collect", "Elm Street", "0"], 1);
    assert!(said.contains("all shares of interval 0 open"), "{said}");
    let said = revealing.refused("anybody", &["energy", "clear", "Elm Street", "0"], 1);
    assert!(said.contains("too early"), "{said}");
    let over = town.later(3 * HOUR + 60);
    let checked = over.run("anybody", &["energy", "auction", "Elm Street", "0"]);
    assert_eq!((&checked["cleared"], &checked["agrees"]), (&false.into(), &Value::Null));
    // Anna's next lot is hers, at 0.03; all of Ben's are bought.
    let cleared = over.run("anybody", &["energy", "clear", "Elm Street", "0"]);
    assert_eq!((text(&cleared["price"]), &cleared["lots"]), ("0.03", &8.into()));
    let checked = over.run("anybody", &["energy", "auction", "Elm Street", "0"]);
    assert_eq!((text(&checked["price"]), &checked["lots"], &checked["agrees"]), ("0.03", &8.into(), &true.into()));
    let rows = checked["bids"].as_array().unwrap().iter();
    let rows: Vec<_> =
        rows.map(|row| (text(&row["side"]), &row["lots"], text(&row["limit"]), &row["filled"])).collect();
    assert_eq!(rows, [("sell", &12.into(), "0.03", &8.into()), ("buy", &8.into(), "0.10", &8.into())]);
    let said = over.refused("anybody", &["energy", "auction", "Elm Street", "1"], 1);
    assert!(said.contains("no bids in interval 1"), "{said}");
    let listed = over.run("ben", &["energy", "bids", "Elm Street"]);
    assert_eq!((text(&listed["bids"][0]["energy"]), text(&listed["bids"][0]["money"])), ("0.800", "0.56"));
    for person in ["anna", "ben"] {
        over.run(person, &["energy", "take", "Elm Street"]);
        assert_eq!(over.run(person, &["energy", "take", "Elm Street"])["done"], Value::Array(Vec::new()));
    }
    assert_eq!(
        (over.spendable("anna", "kWh of Elm Street"), over.spendable("anna", "Crown")),
        ("0.450".into(), "0.24".into())
    );
    assert_eq!(
        (over.spendable("ben", "kWh of Elm Street"), over.spendable("ben", "Crown")),
        ("0.800".into(), "49.76".into())
    );

    let said = over.refused("anna", &["energy", "collect", "Elm Street", "0"], 1);
    assert!(said.contains("no collector's"), "{said}");
    assert_eq!(over.run("school", &["energy", "collect", "Elm Street", "0"])["produced"], Value::Null);
    let told = over.run("church", &["energy", "collect", "Elm Street", "0"]);
    assert_eq!((text(&told["produced"]), text(&told["consumed"])), ("1.275", "0.900"));
    let chart = town.file("chart.svg");
    assert_eq!(over.run("anybody", &["energy", "chart", "Elm Street", "--output", &chart])["intervals"], 1);
    assert!(std::fs::read_to_string(chart).unwrap().contains("Produced in all: 1.275 kWh; consumed: 0.900 kWh."));
    let shown = over.run("anybody", &["energy", "show", "Elm Street"]);
    let interval = &shown["intervals"][0];
    assert_eq!(
        (text(&interval["produced"]), text(&interval["price"]), text(&interval["stage"])),
        ("1275", "3", "cleared")
    );
}

#[test]
fn cloned_meter_is_stopped_and_an_unrevealed_bid_comes_back_less_the_penalty() {
    let town = street();
    let later = town.later(HOUR + 60);
    // Anna's device, restored from a copy that had not signed yet.
    let [device, other] = ["anna-device", "other"].map(|name| town.file(name));
    std::fs::write(format!("{device}.next"), "0").unwrap();
    let sign = ["energy", "sign", "--meter", &device, "--output", &other, "--interval", "0"];
    later.run("anna", &[&sign[..], &["--produced", "99", "--consumed", "0"]].concat());
    let [first, second] = ["anna-readings", "other"].map(|folder| town.file(&format!("{folder}/reading-0")));
    let said = later.refused("anna", &["energy", "attest", &second], 1);
    assert!(said.contains("is on the ledger already") && said.contains("`tabella energy expose`"), "{said}");
    later.run("issuer", &["energy", "expose", &first, &second]);
    let said = later.refused("anna", &["energy", "mint", "Elm Street"], 1);
    assert!(said.contains("this meter is stopped"), "{said}");
    let shown = later.run("anybody", &["energy", "show", "Elm Street"]);
    assert_eq!((shown["stopped"].as_array().unwrap().len(), &shown["stopped"][0]["interval"]), (1, &0.into()));

    let bid = ["energy", "bid", "Elm Street", "buy", "--lots", "5", "--price", "0.10", "--asset", "Crown"];
    assert_eq!(later.run("ben", &bid)["limit"], "0.10 Crown");
    let over = town.later(3 * HOUR + 60);
    let back = over.run("ben", &["energy", "reclaim", "Elm Street"]);
    assert_eq!(back["done"][0]["money"], "0.45 Crown");
    // The operator's wallet gets the rest.
    town.person("issuer");
    let taken = over.run("issuer", &["energy", "penalties", "Elm Street"]);
    assert_eq!(taken["done"][0]["money"], "0.05 Crown");
    assert_eq!(over.spendable("issuer", "Crown"), "0.05");
}

#[test]
fn certifier_stops_a_meter_and_whoever_takes_first_clears_the_auction() {
    let town = street();
    let bidding = town.later(HOUR + 60);
    bidding.run("anna", &["energy", "mint", "Elm Street"]);
    let meter = owned(&bidding.run("clara", &["energy", "readings", "Elm Street"])["readings"][0]["meter"]);
    let stop = ["energy", "stop", &meter, "--from", "0"];
    bidding.run("clara", &["asset", "new-issuer"]);
    let said = bidding.refused("clara", &stop, 1);
    assert!(said.contains("another key has certified this meter"), "{said}");
    assert_eq!(bidding.run("issuer", &stop)["left_out"], serde_json::json!([0]));
    let said = bidding.refused("issuer", &stop, 1);
    assert!(said.contains("stopped already"), "{said}");
    let own = bidding.run("clara", &["energy", "readings", "Elm Street"]);
    assert_eq!((&own["readings"][0]["minted"], &own["readings"][0]["left_out"]), (&false.into(), &true.into()));
    // Shares are looked at before the close, and while nothing happens on the ledger.
    let said = bidding.refused("school", &["energy", "collect", "Elm Street", "0"], 1);
    assert!(said.contains("all shares of interval 0 open, of 2 readings"), "{said}");
    let said = bidding.refused("clara", &["energy", "mint", "Elm Street"], 1);
    assert!(said.contains("this meter is stopped"), "{said}");
    let shown = bidding.run("anybody", &["energy", "show", "Elm Street"]);
    assert_eq!((text(&shown["ended"][0]["meter"]), &shown["ended"][0]["from"]), (meter.as_str(), &0.into()));
    assert_eq!((&shown["intervals"][0]["readings"], &shown["intervals"][0]["left_out"]), (&2.into(), &1.into()));

    let bid = |person: &str, side: &str, price: &str| {
        let bid = ["energy", "bid", "Elm Street", side, "--lots", "5", "--price", price, "--asset", "Crown"];
        bidding.run(person, &bid);
    };
    bid("anna", "sell", "0.04");
    bid("ben", "buy", "0.10");
    for person in ["anna", "ben"] {
        town.later(2 * HOUR + 60).run(person, &["energy", "reveal", "Elm Street"]);
    }
    let over = town.later(3 * HOUR + 60);
    // The middle of 0.04 and 0.10.
    let taken = over.run("ben", &["energy", "take", "Elm Street"]);
    let row = &taken["done"][0];
    assert_eq!((text(&row["energy"]), text(&row["money"])), ("0.500 kWh of Elm Street", "0.15 Crown"));
    assert_eq!(over.run("anna", &["energy", "take", "Elm Street"])["done"][0]["money"], "0.35 Crown");
    let said = over.refused("anybody", &["energy", "clear", "Elm Street", "0"], 1);
    assert!(said.contains("cleared already"), "{said}");
}

const GREEN_BUTTON: &str = include_str!("../../../energy/client/tests/energy/files/green_button.xml");
const TABLE: &str = include_str!("../../../energy/client/tests/energy/files/meter.csv");

/// Two hours in quarters from a time on, in both forms.
fn files_from(start: Timestamp) -> [String; 2] {
    let written: Timestamp = "2027-01-15T08:00:00Z".parse().unwrap();
    let (mut xml, mut table) = (GREEN_BUTTON.to_owned(), TABLE.to_owned());
    for quarter in 0..8_i64 {
        let [old, new] = [written, start].map(|start| start + (15 * quarter).minutes());
        xml = xml.replace(&old.as_second().to_string(), &new.as_second().to_string());
        let local = format!("{}+01:00", (old + 1.hour()).to_string().trim_end_matches('Z'));
        assert!(table.contains(&local), "{local}");
        table = table.replace(&local, &new.to_string());
    }
    [xml, table]
}

#[test]
fn files_of_real_meters_are_signed_put_on_the_ledger_and_minted() {
    let town = Town::new();
    let address = town.person("ben");
    for person in ["anna", "clara", "school", "church"] {
        town.person(person);
    }
    town.issue("Crown", "2", &address, "50.00");
    let keys = COLLECTORS.map(|person| owned(&town.run(person, &["energy", "key"])["keys"]));
    let open = ["energy", "open", "--name", "Elm Street", "--payment", "Crown", "--tick", "0.01", "--interval", "60"];
    let rest = ["--max-price", "0.20", "--collector", &keys[0], "--collector", &keys[1]];
    let opened = town.run("issuer", &[&open[..], &rest[..]].concat());
    let [xml, table] = files_from(text(&opened["start"]).parse().unwrap());
    let [xml, table] = [("meter.xml", xml), ("meter.csv", table)].map(|(name, content)| {
        let path = town.file(name);
        std::fs::write(&path, content).unwrap();
        path
    });
    // Clara's connection carries less than the file says for the first hour.
    for (person, ceiling) in [("anna", "10"), ("ben", "10"), ("clara", "1.5")] {
        let keys = owned(&town.run(person, &["energy", "key"])["keys"]);
        let [device, request, certificate] =
            ["device", "request", "certificate"].map(|name| town.file(&format!("{person}-{name}")));
        let new = ["energy", "new-meter", "Elm Street", "--meter", &device, "--household", &keys, "--output", &request];
        town.run(person, &[&new[..], &["--ceiling", ceiling]].concat());
        town.run("issuer", &["energy", "certify", &request, "--output", &certificate]);
        town.run(person, &["energy", "register", &certificate]);
    }
    let sign = |at: &Town, person: &str, file: &str| {
        let [device, output] = ["device", "readings"].map(|name| town.file(&format!("{person}-{name}")));
        at.run(person, &["energy", "sign", "--meter", &device, "--output", &output, "--data", file])
    };
    let none = serde_json::json!([]);
    let first = town.later(HOUR + 60);
    let signed = sign(&first, "anna", &xml);
    assert_eq!((signed["readings"].as_array().unwrap().len(), &signed["next"]), (2, &2.into()));
    assert_eq!((&signed["closed"], &signed["over"], &signed["incomplete"]), (&none, &none, &none));
    let signed = sign(&first, "clara", &table);
    assert_eq!((&signed["over"], signed["readings"].as_array().unwrap().len()), (&serde_json::json!([0]), 1));
    // An hour later nobody takes what the first one had: it is not signed, and said to be lost.
    let second = town.later(2 * HOUR + 60);
    let signed = sign(&second, "ben", &table);
    assert_eq!((&signed["closed"], signed["readings"].as_array().unwrap().len()), (&serde_json::json!([0]), 1));
    let [device, output] = ["anna-device", "late"].map(|name| town.file(name));
    let one = ["energy", "sign", "--meter", &device, "--output", &output, "--interval", "0"];
    let said = second.refused("anna", &[&one[..], &["--produced", "1", "--consumed", "1"]].concat(), 1);
    assert!(said.contains("readings of interval 0 were taken before"), "{said}");
    let broken = town.file("broken.csv");
    std::fs::write(&broken, TABLE.replace(",455,", ",,")).unwrap();
    let said =
        first.refused("anna", &["energy", "sign", "--meter", &device, "--output", &output, "--data", &broken], 1);
    assert!(said.contains("line 3"), "{said}");

    for (at, person, interval, produced, consumed) in
        [(&first, "anna", 0, "1.628", "0.633"), (&second, "ben", 1, "0.378", "1.397")]
    {
        let reading = town.file(&format!("{person}-readings/reading-{interval}"));
        at.run(person, &["energy", "attest", &reading]);
        let read = at.run(person, &["energy", "readings", "Elm Street"]);
        let row = &read["readings"][0];
        assert_eq!((text(&row["produced"]), text(&row["consumed"])), (produced, consumed));
        let minted = at.run(person, &["energy", "mint", "Elm Street"]);
        assert_eq!(text(&minted["done"][0]["energy"]), format!("{produced} kWh of Elm Street"));
        assert_eq!(at.spendable(person, "kWh of Elm Street"), produced);
    }
}
