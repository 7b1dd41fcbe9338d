//! A whole election by the command, each role in processes of its own with key files of its own.

#[allow(dead_code)]
mod roles;

use roles::{Election, Role, json, refusal, text};
use serde_json::Value;

#[test]
fn election_does_not_open_without_the_rehearsal_of_every_trustee() {
    let election = Election::begin(3_600);
    election.register(&["Vera"]);
    election.hold_ceremony(2, &["Anna", "Bolek", "Celina"]);
    let id = text(&election.authority(&["manifest"])["election"]);
    for name in ["Anna", "Celina"] {
        let said = election.rehearse(name);
        assert_eq!(said["election"], Value::String(id.clone()));
    }
    let folder = election.path("board");
    let (anna, celina) = (election.path("Anna-rehearsal"), election.path("Celina-rehearsal"));
    let run = election.run(Role::Authority, &["authority", "open", &folder, &anna, &celina], "");
    let message = refusal(&run, 1);
    assert!(message.contains("no rehearsal by trustee 2 (Bolek)"), "{message}");

    // A rehearsal given twice does not stand for another trustee's.
    let run = election.run(Role::Authority, &["authority", "open", &folder, &anna, &celina, &anna], "");
    assert!(refusal(&run, 1).contains("trustee 1 (Anna)"));

    // Nothing was opened; with the third it opens.
    let run = election.run(Role::Authority, &["authority", "status", &folder], "");
    assert!(refusal(&run, 1).contains("is not open on the ledger"));
    election.rehearse("Bolek");
    let opened = election.open(&["Anna", "Bolek", "Celina"]);
    assert_eq!(opened["election"], Value::String(id));
    let status = election.authority(&["status"]);
    assert_eq!((&status["voters"], &status["counted"]), (&1.into(), &0.into()));
}

#[test]
fn nothing_is_overwritten_and_rounds_are_taken_once() {
    let election = Election::begin(3_600);
    election.cards(&["Anna", "Bolek"]);
    election.set_up(2, &["Anna", "Bolek"]);
    let setup = election.path("board/ceremony-setup.tabella");
    election.trustee("Anna", &["ceremony", "commit", &setup, "-o", &election.path("Anna-0")]);

    // The same round again, to another file: another commitment is what it must never give.
    let other = election.path("other");
    let run = election.run(Role::Trustee("Anna"), &["trustee", "ceremony", "commit", &setup, "-o", &other], "");
    assert!(refusal(&run, 73).contains("takes part in ceremony"));
    let ceremony = text(
        &json(&election.run(
            Role::Trustee("Bolek"),
            &["trustee", "ceremony", "commit", &setup, "-o", &election.path("Bolek-0")],
            "",
        ))["ceremony"],
    );
    election.trustee("Anna", &["ceremony", "again", &ceremony, "-o", &other]);
    assert_eq!(std::fs::read(&other).unwrap(), std::fs::read(election.path("Anna-0")).unwrap());

    // A round needs the messages of all trustees, of the round before.
    let (anna, reveal) = (election.path("Anna-0"), election.path("Anna-1"));
    let run = election.run(Role::Trustee("Anna"), &["trustee", "ceremony", "reveal", &anna, "-o", &reveal], "");
    assert!(refusal(&run, 1).contains("the message of trustee 2 (Bolek) is missing"));
    let run = election.run(Role::Trustee("Anna"), &["trustee", "ceremony", "confirm", &anna, "-o", &reveal], "");
    assert!(
        refusal(&run, 1).contains("is a file \"ceremony commitments\", and a file \"ceremony packages\" is needed")
    );

    // A second election does not take the place of the first.
    let (folder, draft) = (election.path("board"), election.path("election.toml"));
    let run = election.run(Role::Authority, &["authority", "init", &folder, "--from", &draft], "");
    refusal(&run, 73);
}

#[test]
fn roll_refuses_addresses_that_are_none_or_come_twice_and_names_their_lines() {
    let election = Election::begin(3_600);
    let vera = election.address("Vera");
    let wanda = election.address("Wanda");
    let table = election.path("voters.csv");
    std::fs::write(&table, format!("name,address\nV,{vera}\nW,{wanda}\nV,{vera}\nX,tabvote1nonsense\n")).unwrap();
    let folder = election.path("board");
    let run = election.run(Role::Authority, &["authority", "roll", "add", &folder, "--csv", &table], "");
    let message = refusal(&run, 1);
    assert!(message.contains("voters.csv:4: the same address as") && message.contains("voters.csv:2"), "{message}");
    assert!(message.contains("voters.csv:5: not an address"), "{message}");
    let added = election.authority(&["roll", "add", &vera]);
    assert_eq!(added["voters"], 1);
    let run = election.run(Role::Authority, &["authority", "roll", "add", &folder, &wanda, &vera], "");
    assert!(refusal(&run, 1).contains("address 2: the same address as line 1 of the roll"));
    assert_eq!(election.authority(&["roll", "add", &wanda])["voters"], 2);
}
