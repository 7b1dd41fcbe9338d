//! What voters and delegates do and must not do, and the tally: by the command, each role in processes of its own.

use std::{fs, process::Stdio, thread, time::Duration};

use serde_json::Value;

use crate::{
    imported::imported,
    roles::{Election, Role, json, refusal, text},
};

const TRUSTEES: [&str; 3] = ["Anna", "Bolek", "Celina"];

fn begin(voters: &[&str]) -> (Election, String) {
    let election = Election::begin(7_200);
    election.register(voters);
    election.hold_ceremony(2, &TRUSTEES);
    let id = election.freeze_and_open(&TRUSTEES);
    (election, id)
}

impl Election {
    fn rights(&self, name: &str, id: &str) -> Vec<Value> {
        self.voter(name, &["rights", "--election", id])["rights"].as_array().unwrap().clone()
    }

    fn delegate(&self, name: &str, to: &str, id: &str) -> String {
        let address = self.voter(to, &["delegate-address", "--registration", &self.registration]);
        let position = self.rights(name, id)[0]["position"].to_string();
        let address = text(&address["address"]);
        self.voter(name, &["delegate", &position, &address, "--election", id])["position"].to_string()
    }

    fn cast(&self, name: &str, id: &str, arguments: &[&str]) -> String {
        let all: Vec<&str> = ["cast", "--yes", "--election", id].into_iter().chain(arguments.iter().copied()).collect();
        text(&self.voter(name, &all)["ballots"][0]["tracker"])
    }

    fn refused(&self, role: Role<'_>, arguments: &[&str], code: i32) -> String {
        refusal(&self.run(role, arguments, ""), code)
    }
}

#[test]
fn recall_returns_a_right_until_it_is_cast_and_then_only_an_override_helps() {
    let (election, id) = begin(&["Vera", "Zofia", "Wanda"]);
    // Vera delegates and recalls: the right is hers again, at another place.
    let given = election.delegate("Vera", "Wanda", &id);
    election.next_epoch();
    let shown = election.rights("Wanda", &id);
    let delegated: Vec<_> = shown.iter().filter(|right| right["holding"] == "delegated to you").collect();
    assert_eq!((delegated.len(), &delegated[0]["own"]), (1, &false.into()));
    let back = election.voter("Vera", &["recall", &given, "--election", &id])["position"].to_string();
    let rights = election.rights("Vera", &id);
    assert_eq!((rights.len(), rights[0]["position"].to_string(), &rights[0]["own"]), (1, back, &true.into()));
    let message = election.refused(Role::Voter("Vera"), &["voter", "recall", &given, "--election", &id], 1);
    assert!(message.contains("was delegated, recalled or moved on"), "{message}");
    election.next_epoch();
    let nothing = ["voter", "cast", "--all-delegated", "--yes", "--election", &id, "--choose", "jan"];
    assert!(election.refused(Role::Voter("Wanda"), &nothing, 1).contains("no right that was delegated to you is left"));
    election.cast("Vera", &id, &["--choose", "anna"]);

    // Zofia delegates, and the delegate casts: a recall is refused and says what helps.
    let given = election.delegate("Zofia", "Wanda", &id);
    election.next_epoch();
    election.cast("Wanda", &id, &["--all-delegated", "--choose", "jan"]);
    let message = election.refused(Role::Voter("Zofia"), &["voter", "recall", &given, "--election", &id], 1);
    assert!(message.contains("has cast this right already: override it"), "{message}");
    let without = ["voter", "cast", "--yes", "--election", &id, "--choose", "ewa"];
    let message = election.refused(Role::Voter("Zofia"), &without, 1);
    assert!(message.contains(&format!("you delegated right {given}: name it to cast over the delegate")), "{message}");
    election.cast("Zofia", &id, &[&given, "--choose", "ewa"]);
    let again = ["voter", "cast", &given, "--yes", "--election", &id, "--choose", "jan"];
    assert!(election.refused(Role::Voter("Wanda"), &again, 1).contains("cast a ballot over this delegation"));
    let status = election.authority(&["status"]);
    assert_eq!((&status["ballots"], &status["counted"], &status["rights_moved"]), (&3.into(), &2.into(), &3.into()));
}

#[test]
fn mistakes_of_voters_are_refused_with_what_to_do() {
    let (election, id) = begin(&["Vera"]);
    let vera = Role::Voter("Vera");
    let cast = |election_id: &str, option: &str| -> Vec<String> {
        ["voter", "cast", "--yes", "--election", election_id, "--choose", option].map(str::to_owned).to_vec()
    };
    let run = |role, arguments: &[String], environment: &[(&str, &str)]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        election.run_with(role, &arguments, "", environment)
    };
    let message = refusal(&run(vera, &cast(&id, "nobody"), &[]), 1);
    assert!(message.contains("there is no option \"nobody\"; the options are anna, jan, ewa, blank"), "{message}");
    let other = "00".repeat(32);
    let message = refusal(&run(vera, &cast(&other, "anna"), &[]), 66);
    assert!(message.contains("is not open on the ledger in") && message.contains("check the id"), "{message}");
    refusal(&run(vera, &cast("abc", "anna"), &[]), 2);
    let elsewhere = election.path("elsewhere");
    let message = refusal(&run(vera, &cast(&id, "anna"), &[("TABELLA_LEDGER", &elsewhere)]), 1);
    assert!(message.contains("cannot open the ledger in") && message.contains("elsewhere"), "{message}");
    let wrong = [("TABELLA_PASSPHRASE", "not the passphrase of Vera")];
    let message = refusal(&run(vera, &cast(&id, "anna"), &wrong), 77);
    assert!(message.contains("passphrase"), "{message}");
    // Somebody who is not on the roll, and somebody without a wallet.
    let message = refusal(&run(Role::Voter("Nobody"), &cast(&id, "anna"), &[]), 66);
    assert!(message.contains("tabella wallet new"), "{message}");
    election.address("Stranger");
    let message = refusal(&run(Role::Voter("Stranger"), &cast(&id, "anna"), &[]), 1);
    assert!(message.contains("is this the key file that you registered with?"), "{message}");

    // The choice between cast and audit is the one line that is asked for; the result is the one object on standard output.
    let ask = ["voter", "cast", "--election", &id, "--choose", "anna"];
    let message = refusal(&election.run(vera, &ask, "perhaps\n"), 2);
    assert!(message.contains("nothing was cast"), "{message}");
    let cast_now = json(&election.run(vera, &ask, "cast\n"));
    assert_eq!(cast_now["ballots"].as_array().unwrap().len(), 1);

    // After the closing time it is over, in words and times that people read.
    election.wait_for_close();
    let message = refusal(&run(vera, &cast(&id, "anna"), &[]), 1);
    assert!(message.contains("the election takes ballots from 20") && !message.contains("1970"), "{message}");
}

#[test]
fn spread_casts_are_interrupted_and_go_on_and_none_is_cast_twice() {
    let (election, id) = begin(&["Vera", "Zofia", "Xenia", "Wanda"]);
    for name in ["Vera", "Zofia", "Xenia"] {
        election.delegate(name, "Wanda", &id);
    }
    election.next_epoch();
    let all = ["voter", "cast", "--all-delegated", "--yes", "--election", &id, "--choose", "jan"];
    let too_long = [&all[..], &["--spread", "500"]].concat();
    assert!(election.refused(Role::Voter("Wanda"), &too_long, 1).contains("spread the casts over less time"));
    refusal(
        &election.run(
            Role::Voter("Wanda"),
            &["voter", "cast", "--spread", "1", "--election", &id, "--choose", "jan"],
            "",
        ),
        2,
    );

    let spread = [&all[..], &["--spread", "1"]].concat();
    let mut command = election.command(Role::Voter("Wanda"), &spread, &[]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let ballots = || election.authority(&["status"])["ballots"].as_u64().unwrap();
    let mut seen = 0;
    while seen == 0 && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(200));
        seen = ballots();
    }
    // All at once would show as three; at random times within a minute the first comes alone, but for bad luck.
    child.kill().unwrap();
    child.wait().unwrap();
    let before = ballots();
    assert!((1..=3).contains(&before), "{before}");
    if before < 3 {
        let rest = json(&election.run(Role::Voter("Wanda"), &[&all[..], &["--spread", "0"]].concat(), ""));
        assert_eq!(rest["ballots"].as_array().unwrap().len() as u64, 3 - before);
    }
    assert!(election.refused(Role::Voter("Wanda"), &all, 1).contains("is left to be cast"));
    let status = election.authority(&["status"]);
    assert_eq!((&status["ballots"], &status["counted"]), (&3.into(), &3.into()));
}

#[test]
fn key_is_restored_from_its_copy_at_the_tally_and_steps_are_taken_once() {
    let (election, id) = begin(&["Vera", "Wanda"]);
    // Anna copies her key, and her computer is lost.
    let copy = election.path("copy");
    let ceremony = election.ceremony.borrow().clone();
    election.trustee("Anna", &["backup", &copy, "--ceremony", &ceremony]);
    assert!(
        election
            .refused(Role::Trustee("Anna"), &["trustee", "backup", &copy, "--ceremony", &ceremony], 73)
            .contains("exists")
    );
    fs::remove_dir_all(election.path("trustee-Anna")).unwrap();

    for name in ["Vera", "Wanda"] {
        election.cast(name, &id, &["--choose", "anna"]);
    }
    let board = election.path("board");
    let message = election.refused(Role::Authority, &["authority", "close", &board], 1);
    assert!(message.contains("cannot close before"), "{message}");
    let message = election.refused(Role::Authority, &["authority", "publish", &board], 1);
    assert!(message.contains("not closed yet"), "{message}");
    election.wait_for_close();
    let closed = text(&election.authority(&["close"])["record"]);
    assert!(election.refused(Role::Authority, &["authority", "close", &board], 1).contains("is closed already"));

    // The lost key is missed in words that help; another computer with the copy takes its place.
    let partial = |name: &str| election.path(&format!("{name}-partial"));
    let (anna, celina) = (partial("Anna"), partial("Celina"));
    let decrypt = ["trustee", "decrypt", &closed, "--election", &id, "-o", &anna];
    assert!(election.refused(Role::Trustee("Anna"), &decrypt, 66).contains("trustee restore"));
    let new = Role::Trustee("AnnasNewComputer");
    let passphrase = [("TABELLA_PASSPHRASE", "the passphrase of trustee-Anna")];
    assert!(refusal(&election.run(new, &["trustee", "restore", &copy], ""), 77).contains("passphrase"));
    json(&election.run_with(new, &["trustee", "restore", &copy], "", &passphrase));

    // A trustee goes by its own clock, by the announced election, and by the checkpoint that the others have.
    let early = [passphrase[0], ("TABELLA_INSECURE_CLOCK_AHEAD", "0")];
    let message = refusal(&election.run_with(new, &decrypt, "", &early), 1);
    assert!(message.contains("the times of the record are false") && !message.contains("1970"), "{message}");
    let other = "00".repeat(32);
    let wrong = ["trustee", "decrypt", &closed, "--election", &other, "-o", &anna];
    assert!(refusal(&election.run_with(new, &wrong, "", &passphrase), 1).contains("the record is of election"));
    let first = json(&election.run_with(new, &decrypt, "", &passphrase));
    let checkpoint = text(&first["checkpoint"]);
    let theirs = |checkpoint: &str| -> Vec<String> {
        ["trustee", "decrypt", &closed, "--election", &id, "-o", &celina, "--checkpoint", checkpoint]
            .map(str::to_owned)
            .to_vec()
    };
    let run = |arguments: Vec<String>| {
        election.run(Role::Trustee("Celina"), &arguments.iter().map(String::as_str).collect::<Vec<_>>(), "")
    };
    let message = refusal(&run(theirs(&checkpoint.replacen(':', "0:", 1))), 1);
    assert!(message.contains("there are two records of this election"), "{message}");
    assert_eq!(json(&run(theirs(&checkpoint)))["checkpoint"], Value::String(checkpoint));

    // Two of three trustees are missing, then one; the result comes out once.
    let message = election.refused(Role::Authority, &["authority", "publish", &board, &anna], 1);
    assert!(message.contains("decryptions by trustees: 1; needed: 2, so 1 more"), "{message}");
    let message = election.refused(Role::Authority, &["authority", "publish", &board, &anna, &anna], 1);
    assert!(message.contains("trustee 1"), "{message}");

    // A ceremony was imported since; the ballots' proofs are under development parameters all the same, and it is said.
    let ceremony = election.path("imported");
    fs::create_dir(&ceremony).unwrap();
    imported(ceremony.as_ref());
    let environment = [("TABELLA_PARAMETERS", ceremony.as_str())];
    let authority = |arguments: &[&str]| json(&election.run_with(Role::Authority, arguments, "", &environment));
    assert_eq!(authority(&["authority", "status", &board])["parameters"], "development");
    let result = authority(&["authority", "publish", &board, &anna, &celina]);
    assert_eq!(result["development_parameters"], true);
    assert_eq!(result["questions"][0]["options"][0]["votes"], 2);
    let message = election.refused(Role::Authority, &["authority", "publish", &board, &anna, &celina], 1);
    assert!(message.contains("is published already"), "{message}");
}

#[test]
fn result_of_a_tiny_group_is_neither_decrypted_nor_published() {
    let (election, id) = begin(&["Vera", "Wanda"]);
    election.cast("Vera", &id, &["--choose", "anna"]);
    election.wait_for_close();
    let closed = election.authority(&["close"]);
    assert_eq!((&closed["counted"], &closed["smallest_group"]), (&1.into(), &2.into()));
    let (closed, partial) = (text(&closed["record"]), election.path("partial"));
    let decrypt = ["trustee", "decrypt", &closed, "--election", &id, "-o", &partial];
    let message = election.refused(Role::Trustee("Anna"), &decrypt, 1);
    assert!(
        message.contains("the manifest publishes no result of fewer than 2 ballots, and the number that count is 1"),
        "{message}"
    );
    assert!(!fs::exists(&partial).unwrap());
    let message = election.refused(Role::Authority, &["authority", "publish", &election.path("board")], 1);
    assert!(message.contains("decryptions by trustees") || message.contains("smallest"), "{message}");
}
