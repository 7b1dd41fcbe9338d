//! A whole election by the command, each role in processes of its own with key files of its own.

#![allow(clippy::unwrap_used, reason = "a test stops where something unforeseen happens")]

mod imported;
mod roles;
mod voters;
mod weights;

use roles::{Election, Role, json, refusal, text};
use serde_json::Value;

#[test]
fn election_does_not_open_without_the_rehearsal_of_every_trustee() {
    let election = Election::begin(3_600);
    election.register(&["Vera"]);
    election.hold_ceremony(2, &["Anna", "Bolek", "Celina"]);
    let frozen = election.authority(&["manifest"]);
    assert!(frozen.get("warning").is_none(), "weights of one tell nothing: {frozen}");
    let id = text(&frozen["election"]);
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
    assert!(refusal(&run, 66).contains("is not open on the ledger"));
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

/// Two of three trustees; three voters, of whom one delegates to another and then casts over the delegate.
#[test]
fn small_election_is_run_role_by_role_and_its_record_verifies() {
    let election = Election::begin(3_600);
    election.register(&["Vera", "Wanda", "Zofia"]);
    election.hold_ceremony(2, &["Anna", "Bolek", "Celina"]);
    let id = text(&election.authority(&["manifest"])["election"]);
    for name in ["Anna", "Bolek", "Celina"] {
        election.rehearse(name);
    }
    election.open(&["Anna", "Bolek", "Celina"]);
    let frozen = election.run(Role::Authority, &["authority", "roll", "add", &election.path("board"), "x"], "");
    assert!(refusal(&frozen, 1).contains("the roll is frozen"));

    // Zofia delegates to Wanda.
    let rights = election.voter("Zofia", &["rights", "--election", &id]);
    assert_eq!((&rights["rights"][0]["holding"], &rights["rights"][0]["position"]), (&"own".into(), &2.into()));
    let address = election.voter("Wanda", &["delegate-address", "--registration", &election.registration]);
    let address = text(&address["address"]);
    let given = election.voter("Zofia", &["delegate", "2", &address, "--election", &id])["position"].to_string();

    // Vera has her first ballot opened, and checks it; it is not cast. Then she casts.
    let opened = election.path("opened");
    let choose = ["--choose", "anna", "ewa"];
    let arguments = ["voter", "cast", "--election", &id, "--audit-file", &opened].into_iter().chain(choose);
    let run = election.run(Role::Voter("Vera"), &arguments.collect::<Vec<_>>(), "audit\n");
    let audited = text(&json(&run)["audited"]);
    let checked = election.voter("Vera", &["check-audit", &opened, "--election", &id]);
    let chosen =
        |choice: &Value| choice[0]["chosen"].as_array().unwrap().iter().map(|o| text(&o["id"])).collect::<Vec<_>>();
    assert_eq!(
        (text(&checked["tracker"]), chosen(&checked["choice"])),
        (audited.clone(), vec!["anna".into(), "ewa".into()])
    );
    let receipt = election.path("receipt");
    let run = election.run(Role::Voter("Vera"), &["voter", "receipt", &audited, "--election", &id, "-o", &receipt], "");
    assert!(refusal(&run, 1).contains("holds no ballot"));
    let arguments = ["voter", "cast", "--election", &id].into_iter().chain(choose);
    let run = election.run(Role::Voter("Vera"), &arguments.collect::<Vec<_>>(), "cast\n");
    let vera = text(&json(&run)["ballots"][0]["tracker"]);
    assert_ne!(vera, audited);

    // Wanda casts her own right and Zofia's; Zofia casts over her.
    election.next_epoch();
    let wanda = election.voter("Wanda", &["cast", "--yes", "--election", &id, "--choose", "jan"]);
    assert_eq!(wanda["ballots"].as_array().unwrap().len(), 1);
    let all = ["cast", "--all-delegated", "--spread", "0", "--yes", "--election", &id, "--choose", "jan"];
    let delegated = election.voter("Wanda", &all);
    let delegated = text(&delegated["ballots"][0]["tracker"]);
    election.voter("Vera", &["receipt", &delegated, "--election", &id, "-o", &receipt]);
    let over = election.voter("Zofia", &["cast", &given, "--yes", "--election", &id, "--choose", "blank"]);
    let over = text(&over["ballots"][0]["tracker"]);
    let late = election.run(
        Role::Voter("Wanda"),
        &["voter", "cast", &given, "--yes", "--election", &id, "--choose", "ewa"],
        "",
    );
    assert!(refusal(&late, 1).contains("cast a ballot over this delegation"));
    let status = election.authority(&["status"]);
    assert_eq!((&status["ballots"], &status["counted"], &status["rights_moved"]), (&4.into(), &3.into(), &1.into()));
    let early = election.run(Role::Authority, &["authority", "close", &election.path("board")], "");
    assert!(refusal(&early, 1).contains("cannot close before"));

    // Bolek's key is gone at the tally; two of three suffice, and one does not.
    election.wait_for_close();
    let closed = text(&election.authority(&["close"])["record"]);
    let partial = |name: &str| election.path(&format!("{name}-partial"));
    for name in ["Anna", "Celina"] {
        election.trustee(name, &["decrypt", &closed, "--election", &id, "-o", &partial(name)]);
    }
    let board = election.path("board");
    let few = election.run(Role::Authority, &["authority", "publish", &board, &partial("Anna")], "");
    assert!(refusal(&few, 1).contains("decryptions by trustees: 1; needed: 2, so 1 more"));
    let result = election.authority(&["publish", &partial("Anna"), &partial("Celina")]);
    let votes = result["questions"][0]["options"].as_array().unwrap().iter().map(|o| o["votes"].as_u64().unwrap());
    assert_eq!(votes.collect::<Vec<_>>(), [1, 1, 1, 1]);

    // Anybody verifies the record, and voters find their ballots in it.
    let record = text(&result["record"]);
    let verified = json(&election.run(Role::Voter("Vera"), &["verify", &record, "--election", &id], ""));
    assert_eq!(verified["valid"], true);
    let counts = |tracker: &str, counts: bool| {
        let file = election.path(&format!("receipt-{}", &tracker[..8]));
        election.voter("Vera", &["receipt", tracker, "--election", &id, "-o", &file]);
        let shown = election.voter("Vera", &["check-receipt", &file, "--election", &id, "--record", &record]);
        assert_eq!((&shown["valid"], &shown["counts"]), (&true.into(), &counts.into()));
    };
    counts(&vera, true);
    counts(&over, true);
    counts(&delegated, false);
    // The receipt that was taken while ballots still came in.
    election.voter("Vera", &["check-receipt", &receipt, "--record", &record]);
    receipt_that_was_changed_is_refused(&election, &receipt);
    audit_that_was_changed_is_refused(&election, &opened);
}

fn receipt_that_was_changed_is_refused(election: &Election, receipt: &str) {
    let mut bytes = std::fs::read(receipt).unwrap();
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    let changed = election.path("changed-receipt");
    std::fs::write(&changed, bytes).unwrap();
    let run = election.run(Role::Voter("Vera"), &["voter", "check-receipt", &changed], "");
    assert!(refusal(&run, 1).contains("is not valid"));
}

fn audit_that_was_changed_is_refused(election: &Election, opened: &str) {
    let mut bytes = std::fs::read(opened).unwrap();
    // The low byte of the last scalar: another canonical scalar, but not the one that was used.
    let last = bytes.len() - 1 - 32;
    bytes[last] ^= 1;
    let changed = election.path("changed-opened");
    std::fs::write(&changed, bytes).unwrap();
    let run = election.run(Role::Voter("Vera"), &["voter", "check-audit", &changed], "");
    assert!(refusal(&run, 1).contains("does not encrypt what the opening says"));
}
