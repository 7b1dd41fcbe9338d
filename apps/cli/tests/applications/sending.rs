//! Paying many at once, and paying what a request asks for.

use serde_json::{Value, json};

use super::town::{Town, owned, text};

#[test]
fn many_are_paid_at_once_or_nobody() {
    let town = Town::new();
    let (alice, bob, carol) = (town.person("alice"), town.person("bob"), town.person("carol"));
    town.issue("Crown", "2", &alice, "100.00");
    let three =
        ["wallet", "send", "--asset", "Crown", "--to", &bob, "10.00", "--to", &carol, "20.00", "for the cheese"];
    let three = [&three[..], &["--to", &bob, "0.50"]].concat();
    let planned = town.run("alice", &[&three[..], &["--dry-run"]].concat());
    assert_eq!((&planned["sent"], &planned["transactions"]), (&Value::Bool(false), &json!([1, 2])));
    let total = &planned["totals"][0];
    assert_eq!((text(&total["spendable"]), text(&total["paid"]), text(&total["left"])), ("100.00", "30.50", "69.50"));
    // Not enough for all of them: nobody is paid, and nothing is proved.
    let also = |rest: &[&str], code| town.refused("alice", &[&three[..], rest].concat(), code);
    let said = also(&["--to", &carol, "69.51"], 1);
    assert!(said.contains("100.00 Crown can be spent, and 100.01 Crown is needed: nothing was sent"), "{said}");
    let said = also(&["--to", &carol, "0"], 1);
    assert!(said.contains("recipient 4: ") && said.contains("amount of 0"), "{said}");
    let said = also(&["--to", "tab1qqq", "1"], 2);
    assert!(said.contains("recipient 4: not an address"), "{said}");
    also(&["--amount", "1"], 2);
    town.refused("alice", &["wallet", "send", "--asset", "Crown", "--to", &bob], 2);
    assert_eq!((town.spendable("alice", "Crown"), town.spendable("bob", "Crown")), ("100.00".into(), "nothing".into()));

    let sent = town.run("alice", &three);
    assert_eq!((sent["payments"].as_array().unwrap().len(), sent["preparations"].as_array().unwrap().len()), (3, 1));
    let balances = ["alice", "bob", "carol"].map(|person| town.spendable(person, "Crown"));
    assert_eq!(balances, ["69.50", "10.50", "20.00"]);
    // Everybody was paid by the one transaction.
    let first = |person| town.run(person, &["wallet", "history"])["entries"][0].clone();
    assert_eq!(text(&first("carol")["memo"]), "for the cheese");
    assert_eq!(
        (&first("bob")["transaction"], &first("carol")["transaction"]),
        (&sent["transaction"], &sent["transaction"])
    );
}

#[test]
fn payments_of_a_table_are_read_strictly() {
    let town = Town::new();
    let (alice, bob) = (town.person("alice"), town.person("bob"));
    town.issue("Crown", "2", &alice, "100.00");
    let file = town.file("pay.csv");
    let send = |content: &str| {
        std::fs::write(&file, content).unwrap();
        ["wallet", "send", "--csv", &file, "--dry-run"]
    };
    let good = format!("address,amount,asset,memo\n{bob},1.00,Crown,\"one, two\"\n{alice},2.00,Crown,\n");
    let planned = town.run("alice", &send(&good));
    assert_eq!((text(&planned["payments"][0]["memo"]), text(&planned["totals"][0]["paid"])), ("one, two", "3.00"));
    let planned =
        town.run("alice", &[&send(&format!("amount,address\n5,{bob}\n"))[..], &["--asset", "Crown"]].concat());
    assert_eq!(planned["transactions"], json!([1]));
    for (content, code, reason) in [
        (good.replace("2.00", "2.001"), 1, "pay.csv:3: "),
        (good.replace("2.00,Crown", "2.00,"), 2, "pay.csv:3: of which asset?"),
        (good.replace("memo", "note"), 1, "no column \"note\""),
        (good.replace("memo", "asset"), 1, "two columns \"asset\""),
        (good.replace(&bob, "tab1qqq"), 2, "pay.csv:2: not an address"),
        (format!("amount\n{bob}\n"), 1, "must name a column \"address\""),
        ("address,amount\n".into(), 1, "holds no payment"),
        (format!("{good}{bob}\n"), 1, "pay.csv:4: it has 1 columns, and the heading has 4"),
        (good.replace("two\"", "two"), 1, "pay.csv:2: a memo in quotation marks ends with one"),
        (good.replace("Crown,\n", "Crown,7 May\n"), 1, "pay.csv:3: \"7 May\" could be the rest of the amount"),
        (format!("address,amount,asset\n{}", format!("{bob},1,Crown\n").repeat(65)), 1, "at most 64 payments"),
    ] {
        let said = town.refused("alice", &send(&content), code);
        assert!(said.contains(reason), "{content}: {said}");
    }
    // `1,50` and `1,000` are not 1 with a memo, nor 1 of an asset: whatever stands after the amount.
    for amount in ["1,50", "1,000", "1, 50 ", "1,000.50"] {
        let rest = format!("\"{}\" could be the rest of the amount", amount[2..].trim());
        for (headings, row) in [
            ("address,amount,memo", format!("{bob},{amount}")),
            ("address,amount,memo,asset", format!("{bob},{amount},Crown")),
            ("address,amount,asset,memo", format!("{bob},{amount},Crown")),
            ("address,amount,asset", format!("{bob},{amount}")),
            ("address,memo,amount", format!("{bob},{}", amount.split(',').rev().collect::<Vec<_>>().join(","))),
        ] {
            let table = format!("{headings}\n{bob},2.00{}\n{row}\n", ",".repeat(headings.matches(',').count() - 1));
            let table = if headings == "address,memo,amount" { format!("{headings}\n\n{row}\n") } else { table };
            let said = town.refused("alice", &[&send(&table)[..], &["--asset", "Crown"]].concat(), 1);
            assert!(said.contains("pay.csv:3: ") && said.contains(&rest), "{table}: {said}");
        }
        let table = format!("address,amount\n{bob},2.00\n{bob},{amount}\n");
        let said = town.refused("alice", &[&send(&table)[..], &["--asset", "Crown"]].concat(), 1);
        assert!(said.contains("pay.csv:3: it has 3 columns, and the heading has 2"), "{said}");
    }
    // A memo that is meant stands in quotation marks.
    let planned = town.run("alice", &send(&format!("address,amount,memo,asset\n{bob},1,\"50\",Crown\n")));
    assert_eq!((text(&planned["payments"][0]["memo"]), text(&planned["totals"][0]["paid"])), ("50", "1.00"));
}

#[test]
fn requests_are_paid_as_they_say_and_tampered_ones_are_not() {
    let town = Town::new();
    let (alice, bob, carol) = (town.person("alice"), town.person("bob"), town.person("carol"));
    let mut issue =
        ["asset", "issue", "--name", "Crown", "--decimals", "2", "--cap", "500", "--to", &alice, "--amount", "100"];
    town.run("issuer", &issue);
    issue[9] = &bob;
    town.run("issuer", &issue);
    let ask = ["wallet", "request", "12.34", "--asset", "Crown", "--memo", "invoice 7 & 8", "--label", "Bob's bread"];
    let image = town.file("request.svg");
    let both = [&ask[..], &["--message", "Thank you", "--to", &carol, "1.50", "--qr", &image]].concat();
    let request = owned(&town.run("bob", &both)["request"]);
    // Bob has been paid to his first address already: this is a new one.
    assert!(request.starts_with("tabella:tab1") && !request.contains(&bob) && request.contains("&req-ledger="));
    assert!(std::fs::read_to_string(&image).unwrap().contains("<svg"));
    assert!(town.refused("bob", &both, 73).contains("request.svg exists already"));
    for amount in ["12.345", "0.00", "1e3"] {
        town.refused("bob", &["wallet", "request", amount, "--asset", "Crown"], 1);
    }

    let planned = town.run("alice", &["wallet", "pay", &request, "--dry-run"]);
    let first = &planned["payments"][0];
    assert_eq!((text(&first["label_by_payee"]), text(&first["message"])), ("Bob's bread", "Thank you"));
    // Nobody is there to say yes.
    assert!(town.refused("alice", &["wallet", "pay", &request], 2).contains("nothing was sent"));
    let unknown = "07".repeat(32);
    let at = |name: &str| request.find(name).unwrap() + name.len();
    let with_id = |at: usize| format!("{}{unknown}{}", &request[..at], &request[at + 64..]);
    for (tampered, code, reason) in [
        (request.replace("amount=12.34", "amount=12.345"), 1, "3 digits after the point"),
        (request.replace("amount=12.34", "amount=112.34"), 1, "can be spent"),
        (request.replace("amount=12.34", "amount=0.00"), 1, "amount of 0"),
        (format!("{request}&amount=1"), 1, "gives amount twice"),
        (format!("{request}&req-expires=1"), 1, "demands \"req-expires\""),
        (request.replace("tabella:tab1", "tabella:tab1q"), 1, "not an address"),
        (request.replace("memo=", "memo=!"), 1, "memo is not base64url"),
        (with_id(at("req-ledger=")), 1, "the wrong --ledger?"),
        (with_id(at("asset=")), 66, "there is no asset 0707"),
    ] {
        let said = town.refused("alice", &["wallet", "pay", &tampered, "--yes"], code);
        assert!(said.contains(reason), "{reason}: {said}");
    }

    town.run("alice", &["wallet", "pay", &request, "--yes"]);
    let balances = ["alice", "bob", "carol"].map(|person| town.spendable(person, "Crown"));
    assert_eq!(balances, ["86.16", "112.34", "1.50"]);
    let history = town.run("bob", &["wallet", "history"]);
    assert_eq!(text(&history["entries"][1]["memo"]), "invoice 7 & 8");
}
