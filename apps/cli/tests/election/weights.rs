//! Shareholders: rights of hidden weight, from the draft to the record.

use std::{fs, process::Stdio, thread, time::Duration};

use serde_json::Value;

use crate::roles::{Election, Role, json, refusal, text};

const TRUSTEES: [&str; 2] = ["Anna", "Bolek"];

fn hidden(draft: String) -> String {
    draft.replace("weights = \"one\"", "weights = \"hidden\"")
}

fn add(election: &Election, table: &str) -> std::process::Output {
    let path = election.path("voters.csv");
    fs::write(&path, table).unwrap();
    election.run(Role::Authority, &["authority", "roll", "add", &election.path("board"), "--csv", &path], "")
}

#[test]
fn tables_with_wrong_weights_are_refused_with_row_and_column() {
    let election = Election::begin_with(3_600, 7_200, hidden);
    let (vera, wanda, zofia) = (election.address("Vera"), election.address("Wanda"), election.address("Zofia"));
    let cases = [
        (format!("{vera}\n"), "the first row must be one of headings, with \"address\" and \"weight\" among them"),
        (format!("address,shares\n{vera},5\n"), "the first row must be one of headings"),
        (
            format!("name,address,Weight\nV,{vera},5\nW,{wanda},\n"),
            "voters.csv:3: column 3 (Weight): the weight is missing",
        ),
        (format!("address,weight\n{vera},5\n{wanda}\n"), "voters.csv:3: column 2 (weight): the weight is missing"),
        (format!("weight,address\n0,{vera}\n"), "voters.csv:2: column 1 (weight): the weight is 0"),
        (
            format!("weight,address\n-1,{vera}\n"),
            "voters.csv:2: column 1 (weight): the weight \"-1\" is not a whole number",
        ),
        (format!("address,weight\n{vera},1.5\n"), "the weight \"1.5\" is not a whole number"),
        (
            format!("address,weight\n{vera},1099511627776\n{wanda},1\n"),
            "voters.csv:3: column 2 (weight): with 1 the sum of all weights is 1099511627777",
        ),
        (
            format!("address,weight\n{vera},18446744073709551615\n{wanda},18446744073709551615\n"),
            "voters.csv:2: column 2",
        ),
        (format!("address,weight\n{vera},5\n{wanda},6\n{vera},5\n"), "voters.csv:4: the same address as"),
    ];
    for (table, said) in cases {
        let message = refusal(&add(&election, &table), 1);
        assert!(message.contains(said), "{message}");
    }
    // Nothing was added; a table with another separator and other columns is.
    let added = json(&add(&election, &format!("weight;name;address\n5;V;{vera}\n1000;W;{wanda}\n")));
    assert_eq!((&added["voters"], &added["total"]), (&2.into(), &1005.into()));
    let board = election.path("board");
    let run = election.run(Role::Authority, &["authority", "roll", "add", &board, &zofia], "");
    assert!(refusal(&run, 1).contains("write ADDRESS=WEIGHT"));
    let added = election.authority(&["roll", "add", &format!("{zofia}=7")]);
    assert_eq!((&added["voters"], &added["total"]), (&3.into(), &1012.into()));
    // What somebody weighs is nobody's business.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(election.path("board/roll.txt")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}

#[test]
fn weights_in_an_election_of_one_vote_each_are_refused() {
    let election = Election::begin(3_600);
    let vera = election.address("Vera");
    let message = refusal(&add(&election, &format!("address,weight\n{vera},5\n")), 1);
    assert!(message.contains("this election gives every voter one vote"), "{message}");
    let run =
        election.run(Role::Authority, &["authority", "roll", "add", &election.path("board"), &format!("{vera}=5")], "");
    assert!(refusal(&run, 1).contains("has a weight"));
}

#[test]
fn election_of_hidden_weights_opens_before_its_opening_time_or_never() {
    let election = Election::begin_with(60, 3_600, hidden);
    json(&add(&election, &format!("address,weight\n{},5\n", election.address("Vera"))));
    election.hold_ceremony(2, &TRUSTEES);
    let frozen = election.authority(&["manifest"]);
    assert_eq!(frozen["total"], 5);
    let warning = text(&frozen["warning"]);
    assert!(warning.contains("distinctive weights can be inferred"), "{warning}");
    let files: Vec<String> = TRUSTEES
        .iter()
        .map(|name| {
            election.rehearse(name);
            election.path(&format!("{name}-rehearsal"))
        })
        .collect();
    election.wait_for_opening();
    let board = election.path("board");
    let run = election.run(Role::Authority, &["authority", "open", &board, &files[0], &files[1]], "");
    assert!(refusal(&run, 1).contains("rights of hidden weight are distributed before it"));
}

/// Whoever runs it again after the power failed goes on where it was: nothing is lost, and nobody is given a right twice.
#[test]
fn distribution_that_is_killed_in_the_middle_goes_on_where_it_was() {
    let election = Election::begin_with(3_600, 7_200, hidden);
    let people: Vec<(String, u64)> = (0..8).map(|n| (format!("Holder-{n}"), 1 << n)).collect();
    let rows: Vec<String> =
        people.iter().map(|(name, weight)| format!("{},{weight}\n", election.address(name))).collect();
    json(&add(&election, &format!("address,weight\n{}", rows.concat())));
    election.hold_ceremony(2, &TRUSTEES);
    let id = election.freeze_and_open(&TRUSTEES);

    // Eight rights take seven transfers, in three rounds.
    let transfers = || election.authority(&["status"])["distribution"]["transfers"].as_u64().unwrap();
    let board = election.path("board");
    let mut child = election
        .command(Role::Authority, &["authority", "distribute", &board], &[])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while transfers() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended without a transfer");
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = transfers();
    assert!((1..7).contains(&before), "killed after {before} of 7 transfers");

    let made = election.authority(&["distribute"]);
    assert_eq!((&made["transfers"], &made["made_now"]), (&7.into(), &(7 - before).into()));
    assert_eq!((transfers(), &made["total"]), (7, &255.into()));
    for (name, weight) in &people {
        let rights = election.voter(name, &["rights", "--election", &id]);
        let found: Vec<_> =
            rights["rights"].as_array().unwrap().iter().map(|right| (&right["own"], &right["weight"])).collect();
        assert_eq!(found, [(&true.into(), &(*weight).into())], "{name}");
    }

    // Other weights of the same total, which the manifest cannot refuse: nobody is told that everything is as it should be.
    let path = election.path("board/roll.txt");
    let roll = fs::read_to_string(&path).unwrap();
    let swapped = roll.lines().map(|line| match line.rsplit_once(' ') {
        Some((address, "64")) => format!("{address} 128\n"),
        Some((address, "128")) => format!("{address} 64\n"),
        _ => format!("{line}\n"),
    });
    fs::write(&path, swapped.collect::<String>()).unwrap();
    let message = refusal(&election.run(Role::Authority, &["authority", "distribute", &board], ""), 1);
    assert!(message.contains("not everybody was sent what roll.txt says"), "{message}");
    assert!(message.contains("voter 7 of the election's roll was sent another weight than is due"), "{message}");
}

/// Four shareholders; one delegates and is content, one delegates and casts over the delegate, one votes twice.
#[test]
fn shareholders_are_given_rights_that_they_delegate_recall_cast_and_override() {
    let election = Election::begin_with(3_600, 7_200, hidden);
    let people = [("Vera", 1), ("Wanda", 20), ("Zofia", 300), ("Xenia", 4000)];
    let rows: Vec<String> =
        people.iter().map(|(name, weight)| format!("{},{weight}\n", election.address(name))).collect();
    let table = format!("address,weight\n{}", rows.concat());
    assert_eq!(json(&add(&election, &table))["total"], 4321);
    election.hold_ceremony(2, &TRUSTEES);
    let id = election.freeze_and_open(&TRUSTEES);

    // Nothing came in yet. The distribution is repeated without harm.
    assert_eq!(election.voter("Vera", &["rights", "--election", &id])["rights"], Value::Array(vec![]));
    let key = election.path("viewing-key");
    election.authority(&["viewing-key", "-o", &key]);
    let board = election.path("board");
    let audit = ["authority", "audit-distribution", &key, "--election", &id];
    assert!(refusal(&election.run(Role::Voter("Auditor"), &audit, ""), 1).contains("was sent no weight"));
    let made = election.authority(&["distribute"]);
    assert_eq!((&made["transfers"], &made["made_now"], &made["total"]), (&3.into(), &3.into(), &4321.into()));
    assert_eq!(election.authority(&["distribute"])["made_now"], 0);
    let status = election.authority(&["status"]);
    assert_eq!(status["distribution"], serde_json::json!({"transfers": 3, "needed": 3}));

    // The auditor sees all weights, and compares them with a register, which may be wrong.
    let register = election.path("register.csv");
    fs::write(&register, &table).unwrap();
    let with_register: Vec<&str> = audit.into_iter().chain(["--register", &register]).collect();
    let audited = json(&election.run(Role::Voter("Auditor"), &with_register, ""));
    let weights: Vec<_> = audited["rights"].as_array().unwrap().iter().map(|right| right["weight"].clone()).collect();
    assert_eq!((weights, &audited["total"]), (vec![1.into(), 20.into(), 300.into(), 4000.into()], &4321.into()));
    fs::write(&register, table.replace(",300\n", ",301\n")).unwrap();
    let message = refusal(&election.run(Role::Voter("Auditor"), &with_register, ""), 1);
    assert!(message.contains("register.csv:4: a weight of 300 was sent, and 301 is due"), "{message}");

    // Each voter looks.
    let mut own = Vec::new();
    for (name, weight) in people {
        let rights = election.voter(name, &["rights", "--election", &id]);
        let right = &rights["rights"][0];
        assert_eq!((&right["own"], &right["weight"]), (&true.into(), &weight.into()), "{rights}");
        own.push(right["position"].to_string());
    }
    // Vera and Xenia delegate to Wanda, and Vera recalls.
    let address = election.voter("Wanda", &["delegate-address", "--registration", &election.registration]);
    let address = text(&address["address"]);
    let given = |name: &str, position: &str| {
        election.voter(name, &["delegate", position, &address, "--election", &id])["position"].to_string()
    };
    let (vera, xenia) = (given("Vera", &own[0]), given("Xenia", &own[3]));
    election.voter("Vera", &["recall", &vera, "--election", &id]);
    let shown = election.voter("Wanda", &["rights", "--election", &id]);
    let delegated: Vec<&Value> =
        shown["rights"].as_array().unwrap().iter().filter(|right| right["own"] == false).collect();
    assert_eq!((delegated.len(), &delegated[0]["weight"]), (1, &4000.into()), "{shown}");

    election.wait_for_opening();
    election.next_epoch();
    let cast = |name: &str, arguments: &[&str]| {
        let all: Vec<&str> =
            ["cast", "--yes", "--election", &id].into_iter().chain(arguments.iter().copied()).collect();
        text(&election.voter(name, &all)["ballots"][0]["tracker"])
    };
    cast("Vera", &["--choose", "anna"]);
    let first = cast("Zofia", &["--choose", "anna"]);
    cast("Wanda", &["--choose", "jan"]);
    cast("Wanda", &["--all-delegated", "--spread", "0", "--choose", "jan"]);
    cast("Zofia", &["--choose", "jan", "ewa"]);
    cast("Xenia", &[&xenia, "--choose", "ewa"]);
    let late = election.run(Role::Authority, &["authority", "distribute", &board], "");
    assert_eq!(json(&late)["made_now"], 0);

    election.wait_for_close();
    let closed = text(&election.authority(&["close"])["record"]);
    let partial = |name: &str| election.path(&format!("{name}-partial"));
    for name in TRUSTEES {
        election.trustee(name, &["decrypt", &closed, "--election", &id, "-o", &partial(name)]);
    }
    let result = election.authority(&["publish", &partial("Anna"), &partial("Bolek")]);
    let votes = result["questions"][0]["options"].as_array().unwrap().iter().map(|o| o["votes"].as_u64().unwrap());
    assert_eq!(votes.collect::<Vec<_>>(), [1, 320, 4300, 0]);
    let record = text(&result["record"]);
    let verified =
        json(&election.run(Role::Voter("Vera"), &["verify", &record, "--election", &id, "--tracker", &first], ""));
    let weights = &verified["election"]["weights"];
    assert_eq!((&verified["valid"], &weights["total"]), (&true.into(), &4321.into()));
    assert_eq!(weights["transfers_of_distribution"], 3);
    // Those of the distribution, two delegations and a recall.
    assert_eq!(weights["transfers_before_opening"], 6);
    assert_eq!((&verified["tracker"]["found"], &verified["tracker"]["counts"]), (&true.into(), &false.into()));
    // The auditor can read the record in place of the ledger.
    let by_record: Vec<&str> = audit.into_iter().chain(["--record", &record]).collect();
    assert_eq!(json(&election.run(Role::Voter("Auditor"), &by_record, ""))["voters"], 4);
}
