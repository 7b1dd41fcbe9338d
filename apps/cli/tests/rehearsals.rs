//! Rehearsals of every type of vote through the command: the decrypted result is the plain count.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

/// Rehearses a file and verifies the record; gives what the rehearsal and the verification say.
fn rehearse(name: &str, content: &str, proofs: &str) -> (Value, Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    let tabella = |arguments: &[&str]| {
        let run = Command::new(env!("CARGO_BIN_EXE_tabella"))
            .args(["--json"])
            .args(arguments)
            .current_dir(folder.path())
            .env("TABELLA_HOME", folder.path().join("home"))
            .env_remove("TABELLA_PRODUCTION")
            .env_remove("TABELLA_PARAMETERS")
            .env_remove("TABELLA_LEDGER")
            .output()
            .expect("the command starts");
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
        serde_json::from_slice::<Value>(&run.stdout).expect("one line of JSON")
    };
    let said =
        tabella(&["rehearse", "--delegate", "30", "--ballot-proofs", proofs, "--ballots", file.to_str().unwrap()]);
    assert_eq!((&said["valid"], &said["agrees"]), (&true.into(), &true.into()), "{said}");
    let record = folder.path().join(Path::new(said["record"].as_str().unwrap()));
    let verdict = tabella(&["verify", record.to_str().unwrap()]);
    assert_eq!(verdict["valid"], Value::Bool(true));
    assert_eq!(verdict["election"]["questions"][0]["tally"], said["tally"]);
    assert_eq!((&said["ballot_proofs"], &verdict["election"]["ballot_proofs"]), (&proofs.into(), &proofs.into()));
    (said, verdict)
}

#[test]
fn cumulative_votes_of_a_pabulib_file_are_rehearsed() {
    let (said, _) = rehearse(
        "points.pb",
        "META\nkey;value\ndescription;Parks\nvote_type;cumulative\nmin_sum_points;1\nmax_sum_points;10\nPROJECTS\n\
         project_id;cost;name;votes;score\np1;900;Trees;3;17\np2;500;Benches;4;14\np7;700;Lamps;2;8\nVOTES\n\
         voter_id;vote;points\n1;\"p1,p2\";\"7,3\"\n2;p2;10\n3;\"p1,p7\";\"9,1\"\n4;\"p7,p2,p1\";\"7,0,1\"\n5;p2;1\n",
        "compressed",
    );
    assert_eq!(said["tally"], json!({"p1": 17, "p2": 14, "p7": 8}));
}

// Minutes pass on real elections; without a terminal to draw bars on, each stage says a line when it is over.
#[test]
fn stages_are_told_line_by_line_where_there_is_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("votes.csv"), "A,B\n1,0\n0,1\n1,0\n").unwrap();
    let run = |json: &[&str]| {
        let run = Command::new(env!("CARGO_BIN_EXE_tabella"))
            .args(json)
            .args(["rehearse", "--delegate", "0", "--ballots", "votes.csv"])
            .current_dir(folder.path())
            .env("TABELLA_HOME", folder.path().join("home"))
            .env_remove("TABELLA_PRODUCTION")
            .env_remove("TABELLA_PARAMETERS")
            .env_remove("TABELLA_LEDGER")
            .output()
            .expect("the command starts");
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stderr).unwrap()
    };
    let said = run(&[]);
    for stage in ["key ceremony: ", "opening: ", "casting: 3 ballots in ", "tallying: ", "verifying the record: "] {
        assert_eq!(said.lines().filter(|line| line.starts_with(stage)).count(), 1, "{stage}: {said}");
    }
    assert_eq!(run(&["--json"]), "");
}

#[test]
fn scores_of_a_table_are_rehearsed_with_disjunctive_proofs() {
    let scores = "# type: score\n# most: 5\nA,B\n5,0\n3,4\n0,0\n1,5\n";
    let (said, _) = rehearse("scores.csv", scores, "disjunctive");
    assert_eq!(said["tally"], json!({"A": 9, "B": 9}));
}

#[test]
fn rankings_of_a_pabulib_file_are_rehearsed() {
    let (said, verdict) = rehearse(
        "ranks.pb",
        "META\nkey;value\ndescription;Parks\nvote_type;ordinal\nmax_length;3\nPROJECTS\n\
         project_id;cost;name\np1;900;Trees\np2;500;Benches\np7;700;Lamps\nVOTES\n\
         voter_id;vote\n1;\"p1,p2\"\n2;p1\n3;\"p2,p7,p1\"\n4;\"p7,p2\"\n5;\"p2,p1\"\n6;p7\n7;\"p7,p1\"\n8;\"p1,p7\"\n",
        "compressed",
    );
    // p2 has the fewest; its ballots go to p7 and p1, which then have four each; p1 had as many before, and stands first.
    assert_eq!(said["tally"], json!({"p1": 3, "p2": 2, "p7": 3}));
    assert_eq!((&said["elected"], &said["spoiled"]), (&json!("p1"), &json!(0)), "{said}");
    let rounds = json!([
        {"votes": {"p1": 3, "p2": 2, "p7": 3}, "exhausted": 0, "eliminated": "p2"},
        {"votes": {"p1": 4, "p7": 4}, "exhausted": 0, "eliminated": "p7"},
        {"votes": {"p1": 6}, "exhausted": 2, "eliminated": null},
    ]);
    assert_eq!(said["rounds"], rounds);
    let question = &verdict["election"]["questions"][0];
    assert_eq!((&question["elected"], &question["rounds"]), (&json!("p1"), &rounds));
}
