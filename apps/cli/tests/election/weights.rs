//! Shareholders: rights of hidden weight, from the draft to the record.

use std::fs;

use crate::roles::{Election, Role, json, refusal};

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
    let election = Election::begin_with(1, 3_600, hidden);
    json(&add(&election, &format!("address,weight\n{},5\n", election.address("Vera"))));
    election.hold_ceremony(2, &TRUSTEES);
    election.authority(&["manifest"]);
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
