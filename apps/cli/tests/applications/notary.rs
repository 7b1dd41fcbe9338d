//! Notary and copyright through the command: an author, a buyer, a time-stamping authority, and verifiers who have no ledger.

use std::{env, fs, process::Command};

use super::town::{Town, owned, text};

const PICTURE: &[u8] = include_bytes!("../../../notary/client/tests/pictures/clouds.png");
const COPY: &[u8] = include_bytes!("../../../notary/client/tests/pictures/clouds.jpg");

fn put(town: &Town, name: &str, bytes: &[u8]) -> String {
    let path = town.file(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn file_is_stamped_certified_offline_and_given_a_token() {
    let town = Town::bare();
    town.run("operator", &["ledger", "init", "ledger.test"]);
    let (contract, altered) = (put(&town, "contract", b"we agree"), put(&town, "altered", b"we disagree"));
    let [certificate, kept, later, proof] = ["certificate", "kept", "later", "proof"].map(|name| town.file(name));
    let stamped = town.run("ada", &["notary", "stamp", &contract, "--output", &certificate]);
    assert_eq!((&stamped["bytes"], stamped["author"].is_null()), (&8.into(), true));
    assert!(
        town.refused("ada", &["notary", "stamp", &contract, "--output", &certificate], 73).contains("exists already")
    );
    // Interrupted after the ledger had it: the draft is there, the certificate is not, and a second run makes it.
    let (draft, written) = (format!("{certificate}.draft"), fs::read(&certificate).unwrap());
    assert!(!fs::exists(&draft).unwrap());
    let head = written.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let kind = String::from_utf8(written[..head].to_vec()).unwrap().replace("stamp certificate", "stamp draft");
    // Digest, no author, blinding.
    fs::write(&draft, [kind.as_bytes(), &written[head..head + 65]].concat()).unwrap();
    fs::remove_file(&certificate).unwrap();
    let said = town.refused("ada", &["notary", "stamp", &altered, "--output", &certificate], 1);
    assert!(said.contains("an interrupted stamp of another file"), "{said}");
    let again = town.run("ada", &["notary", "stamp", &contract, "--output", &certificate]);
    assert_eq!((&again["stamp"], &again["time"]), (&stamped["stamp"], &stamped["time"]));
    assert_eq!((fs::read(&certificate).unwrap(), fs::exists(&draft).unwrap()), (written, false));
    let key = owned(&town.run("operator", &["notary", "checkpoint", "--output", &kept])["ledger"]);

    // Offline: whoever verifies has the key, and no ledger.
    let offline = ["--ledger", "/nowhere", "notary", "verify"];
    let verify = |file: &str, more: &[&str]| {
        [&offline, &[file, "--certificate", &certificate, "--ledger-key", &key][..], more].concat().join("\n")
    };
    let run = |line: &str| town.run("court", &line.split('\n').collect::<Vec<_>>());
    let refused = |line: &str| town.refused("court", &line.split('\n').collect::<Vec<_>>(), 1);
    let verified = run(&verify(&contract, &["--checkpoint", &kept]));
    assert_eq!((&verified["time"], &verified["digest"]), (&stamped["time"], &stamped["digest"]));
    assert!(refused(&verify(&altered, &[])).contains("the certificate is of another file"));
    let other = Town::bare();
    other.run("operator", &["ledger", "init", "ledger.test"]);
    other.run("ada", &["notary", "stamp", &contract, "--output", &other.file("certificate")]);
    let other_kept = other.file("kept");
    let other_key = owned(&other.run("operator", &["notary", "checkpoint", "--output", &other_kept])["ledger"]);
    let said = refused(&verify(&contract, &["--checkpoint", &other_kept]));
    assert!(said.contains("is no checkpoint of the ledger"), "{said}");
    let said = refused(&verify(&contract, &[]).replace(&key, &other_key));
    assert!(said.contains("is not signed by ledger.test"), "{said}");

    // The log grows; the verifier's newer checkpoint is of the same log.
    town.run("ada", &["notary", "stamp", &altered, "--output", &town.file("second")]);
    let checkpoint = ["notary", "checkpoint", "--output", &later, "--since", &certificate, "--consistency", &proof];
    assert_eq!(town.run("operator", &checkpoint)["entries"], 2);
    let said = refused(&verify(&contract, &["--checkpoint", &later]));
    assert!(said.contains("a consistency proof between them is needed"), "{said}");
    assert_eq!(run(&verify(&contract, &["--checkpoint", &later, "--consistency", &proof]))["same_log"], true);

    // The authority signs what the ledger proves.
    let [pem, token] = ["authority.pem", "token.tsr"].map(|name| town.file(name));
    town.run("tsa", &["notary", "new-authority", "Notary of Łódź", "--output", &pem]);
    // The first stamp may be a second older than the authority's certificate.
    let fresh = town.file("fresh");
    town.later(5).run("ada", &["notary", "stamp", &contract, "--output", &fresh]);
    let sign = |key: &str, output: &str| {
        ["--ledger", "/nowhere", "notary", "token", &fresh, "--ledger-key", key, "--output", output].join("\n")
    };
    let made = town.run("tsa", &sign(&key, &token).split('\n').collect::<Vec<_>>());
    assert_eq!(made["digest"], stamped["digest"]);
    let none = town.file("none");
    let said = town.refused("tsa", &sign(&other_key, &none).split('\n').collect::<Vec<_>>(), 1);
    assert!(said.contains("no token is signed for it"), "{said}");
    openssl(&contract, &altered, &token, &pem);
}

/// OpenSSL accepts the token of the file, and refuses it of another.
fn openssl(data: &str, altered: &str, token: &str, pem: &str) {
    let verify = |data: &str| {
        Command::new("openssl").args(["ts", "-verify", "-data", data, "-in", token, "-CAfile", pem]).output()
    };
    let Ok(accepted) = verify(data) else {
        assert!(env::var_os("TABELLA_TESTS_MUST_RUN").is_none(), "there is no openssl, and all tests must run");
        eprintln!("skipped: there is no openssl on this machine");
        return;
    };
    assert!(accepted.status.success(), "{}", String::from_utf8_lossy(&accepted.stderr));
    assert!(!verify(altered).unwrap().status.success());
}

#[test]
fn work_is_registered_found_sold_and_proved_without_a_name() {
    let town = Town::bare();
    town.run("operator", &["ledger", "init", "ledger.test"]);
    town.person("ada");
    let bo = town.person("bo");
    let (picture, copy) = (put(&town, "clouds.png", PICTURE), put(&town, "clouds.jpg", COPY));
    let files = ["stamp", "registration", "again", "ask", "answer", "ask-author", "answer-author"];
    let [stamp, registration, again, ask, answer, ask_author, answer_author] = files.map(|name| town.file(name));
    town.run("ada", &["notary", "stamp", &picture, "--author", "--number", "3", "--output", &stamp]);
    let keys = town.run("bo", &["notary", "keys"]);
    let share = |share: &str| format!("{}:{}:{share}", text(&keys["owner"]), text(&keys["viewer"]));
    let own = town.run("ada", &["notary", "keys", "--number", "3"]);
    let most = format!("{}:{}:7000", text(&own["owner"]), text(&own["viewer"]));
    let register = |rest: &str, number: &str| {
        let words = ["notary", "register", &picture, "--certificate", &stamp, "--title", "Clouds", "--number", number];
        let holders = ["--holder", &most, "--holder", rest, "--output", &registration];
        [&words[..], &holders].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let words = |owned: &[String]| owned.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    let later = town.later(2);
    let refused = |line: String| later.refused("ada", &line.split('\n').collect::<Vec<_>>(), 1);
    let said = refused(words(&register(&share("2999"), "3")));
    assert!(said.contains("add up to 10000; these add up to 9999"), "{said}");
    let said = refused(words(&register(&share("3000"), "0")));
    assert!(said.contains("the file was not stamped for this key"), "{said}");
    let line = words(&register(&share("3000"), "3"));
    let made = later.run("ada", &line.split('\n').collect::<Vec<_>>());
    let (work, asset) = (owned(&made["work"]), owned(&made["asset"]));
    assert!(made["near"].as_array().unwrap().is_empty());

    // Found by everybody: exactly, or as a picture that looks alike.
    let found = later.run("anybody", &["notary", "find", &picture]);
    assert_eq!((text(&found["exact"]["work"]), found["near"].as_array().unwrap().len()), (work.as_str(), 0));
    let found = later.run("anybody", &["notary", "find", &copy]);
    assert_eq!((found["exact"].is_null(), text(&found["near"][0]["work"])), (true, work.as_str()));
    let shown = later.run("anybody", &["notary", "show", &work]);
    assert_eq!((text(&shown["title"]), &shown["holders"][0]["share"]), ("Clouds", &7_000.into()));
    assert_eq!(later.run("anybody", &["notary", "list"])["works"].as_array().unwrap().len(), 1);
    // Nobody registers the file again, whatever it is called.
    let second = town.file("second");
    later.run("bo", &["notary", "stamp", &picture, "--author", "--output", &second]);
    let thief = ["notary", "register", &picture, "--certificate", &second, "--title", "Mine", "--output", &again];
    assert!(town.later(4).refused("bo", &thief, 1).contains("registered already, as work"));

    // Sold as any note is sent. Then the buyer answers as the owner, and the author only as the author.
    later.run("ada", &["wallet", "send", "--to", &bo, "--asset", &asset, "--amount", "1"]);
    let asking = |claim: &str, output: &str| {
        later.run("insurer", &["notary", "ask", &work, claim, "--verifier", "Insurer", "--output", output]);
    };
    asking("ownership", &ask);
    asking("authorship", &ask_author);
    let prove = |challenge: &str, output: &str| {
        ["notary", "prove", challenge, "--verifier", "Insurer", "--number", "3", "--output", output].join("\n")
    };
    let said = refused(prove(&ask, &answer));
    assert!(said.contains("this wallet does not own the work"), "{said}");
    let said = refused(prove(&ask, &answer).replace("Insurer", "Bank"));
    assert!(said.contains("the challenge is by \"Insurer\", and not by \"Bank\""), "{said}");
    later.run("bo", &prove(&ask, &answer).split('\n').collect::<Vec<_>>());
    let said = later.refused("bo", &prove(&ask_author, &answer_author).split('\n').collect::<Vec<_>>(), 1);
    assert!(said.contains("the work was registered under another key"), "{said}");
    later.run("ada", &prove(&ask_author, &answer_author).split('\n').collect::<Vec<_>>());
    assert_eq!(later.spendable("bo", "Clouds"), "1");

    // Offline.
    let key = owned(&later.run("operator", &["notary", "checkpoint", "--output", &town.file("kept")])["ledger"]);
    let check = |answer: &str, challenge: &str| {
        ["--ledger", "/nowhere", "notary", "check", answer, "--challenge", challenge, "--ledger-key", &key].join("\n")
    };
    for (answer, ask, claim) in [(&answer, &ask, "ownership"), (&answer_author, &ask_author, "authorship")] {
        let proved = town.run("insurer", &check(answer, ask).split('\n').collect::<Vec<_>>());
        assert_eq!((text(&proved["claim"]), text(&proved["title"])), (claim, "Clouds"));
    }
    let replayed = town.file("ask-again");
    later.run("bank", &["notary", "ask", &work, "ownership", "--verifier", "Bank", "--output", &replayed]);
    let said = town.refused("bank", &check(&answer, &replayed).split('\n').collect::<Vec<_>>(), 1);
    assert!(said.contains("it answers another challenge"), "{said}");
}

#[test]
fn demonstration_runs_and_every_lie_is_refused() {
    let town = Town::bare();
    let shown = town.run("anybody", &["notary", "demo"]);
    let lies =
        shown["steps"].as_array().unwrap().iter().filter(|step| text(&step["what"]).contains("refused: ")).count();
    assert_eq!((lies, &shown["works"]), (9, &1.into()));
}
