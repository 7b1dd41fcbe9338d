//! What people write: ballots as Pabulib and as tables, tables of addresses, drafts of elections. Nothing panics, and what
//! is read is within its limits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tabella_forms::{
    ballots::BallotFile,
    draft::{self, TEMPLATE},
    roll::count_voters,
};
use tabella_protocol::election::{RegistrationId, Weights};

/// Few inputs would come upon these by chance.
const PABULIB: &str = "META\nkey;value\nnum_projects;2\nnum_votes;2\nvote_type;approval\nPROJECTS\nproject_id;cost\n1;1\n2;1\nVOTES\nvoter_id;vote\n";
const WEIGHTS: &[u8] = b"address,weight\n";

fn check(file: &BallotFile) {
    let rule = file.kind.rule(file.options.len()).expect("limits that make no rule are refused");
    for ballot in &file.ballots {
        rule.check(ballot).expect("a ballot that is read keeps to the rule");
    }
    assert!(file.weights.as_ref().is_none_or(|weights| weights.len() == file.ballots.len()));
    let _ = file.plain_count();
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, data)) = data.split_first() else { return };
    match kind % 4 {
        0 => {
            let Ok(text) = std::str::from_utf8(data) else { return };
            for text in [text, &format!("{PABULIB}{text}")] {
                if let Ok(file) = BallotFile::from_pabulib("fuzz.pb", text, Some(100)) {
                    check(&file);
                }
            }
        }
        1 => {
            let Ok(text) = std::str::from_utf8(data) else { return };
            for text in [text, &format!("a,b,c\n1,0,1\n{text}"), &format!("#weight = w\na,w\n{text}"), &format!("#type = rank\n#max = 2\na,b,c\n2,1,\n{text}")] {
                if let Ok(file) = BallotFile::from_table("fuzz.csv", text, Some(100)) {
                    check(&file);
                }
            }
        }
        2 => {
            let _ = count_voters(data, "fuzz.csv", Weights::One);
            let _ = count_voters(&[WEIGHTS, data].concat(), "fuzz.csv", Weights::Hidden);
        }
        _ => {
            let Ok(text) = std::str::from_utf8(data) else { return };
            for text in [text, &format!("{text}{TEMPLATE}"), &format!("{TEMPLATE}{text}")] {
                let _ = draft::parse(text, RegistrationId([1; 32]));
            }
        }
    }
});
