//! A treasury of three custodians, two of whom sign, through the command: every message is a file.

use serde_json::Value;

use super::town::{Town, owned, text};

struct Treasury {
    town: Town,
    custody: String,
    address: String,
}

const CUSTODIANS: [&str; 3] = ["ada", "bo", "cy"];

impl Treasury {
    /// Three make a key; the account's file is with the coordinator.
    fn new() -> Self {
        let town = Town::new();
        let file = |name: &str| town.file(name);
        let of_all = |what: &str| CUSTODIANS.map(|who| file(&format!("{who}.{what}")));
        for who in CUSTODIANS {
            town.run(who, &["trustee", "card", who, "--output", &file(&format!("{who}.card"))]);
        }
        let [a, b, c] = of_all("card");
        let setup = file("setup");
        let named =
            ["wallet", "custody", "setup", "--title", "Roof", "--threshold", "2", &a, &b, &c, "--output", &setup];
        let custody = owned(&town.run("dora", &named)["custody"]);
        let step = |verb: &str, before: &str, after: &str| {
            for who in CUSTODIANS {
                let [a, b, c] = of_all(before);
                let output = file(&format!("{who}.{after}"));
                town.run(who, &["wallet", "custody", verb, &a, &b, &c, "--output", &output]);
            }
        };
        for who in CUSTODIANS {
            town.run(who, &["wallet", "custody", "open", &setup, "--output", &file(&format!("{who}.opening"))]);
        }
        step("share", "opening", "sharing");
        step("finish", "sharing", "agreement");
        step("confirm", "agreement", "account");
        let [account, ..] = of_all("account");
        let address = owned(&town.run("dora", &["wallet", "custody", "address", &account])["address"]);
        Self { town, custody, address }
    }

    fn file(&self, name: &str) -> String {
        self.town.file(name)
    }

    fn custody(&self, who: &str, arguments: &[&str]) -> Value {
        self.town.run(who, &[&["wallet", "custody"], arguments].concat())
    }

    fn refused(&self, who: &str, arguments: &[&str], code: i32) -> String {
        self.town.refused(who, &[&["wallet", "custody"], arguments].concat(), code)
    }
}

#[test]
fn two_of_three_pay_and_see_what_they_sign() {
    let treasury = Treasury::new();
    let (town, account) = (&treasury.town, treasury.file("ada.account"));
    let [proposal, draft, package] = ["proposal", "draft", "package"].map(|name| treasury.file(name));
    let shop = town.person("shop");
    town.issue("Crown", "2", &treasury.address, "100.00");

    // The coordinator, who holds no share.
    let pay = ["propose", &account, "--asset", "Crown", "--to", &shop, "40.00", "slates"];
    let pay = [&pay[..], &["--output", &proposal, "--draft", &draft]].concat();
    let proposed = treasury.custody("dora", &pay);
    assert_eq!((text(&proposed["pays"][0]["amount"]), text(&proposed["back"][0]["amount"])), ("40.00", "60.00"));

    // Nobody is there to agree.
    let nonces = |who: &str| treasury.file(&format!("{who}.nonces"));
    let said = treasury.refused("ada", &["commit", &proposal, "--output", &nonces("ada")], 2);
    assert!(said.contains("nothing was signed"), "{said}");
    for who in ["ada", "cy"] {
        let seen = treasury.custody(who, &["commit", &proposal, "--yes", "--output", &nonces(who)]);
        let first = &seen["pays"][0];
        assert_eq!(
            (text(&first["to"]), text(&first["memo"]), text(&first["amount"])),
            (shop.as_str(), "slates", "40.00")
        );
    }
    // Asked again, a custodian gives the same nonces, not new ones.
    let again = treasury.file("ada.again");
    treasury.custody("ada", &["commit", &proposal, "--yes", "--output", &again]);
    assert_eq!(std::fs::read(&again).unwrap(), std::fs::read(nonces("ada")).unwrap());
    let one = ["package", &account, &draft, &nonces("ada"), "--output", &package];
    assert!(treasury.refused("dora", &one, 1).contains("1 of the 2 custodians who sign together have answered"));
    treasury.custody("dora", &["package", &account, &draft, &nonces("ada"), &nonces("cy"), "--output", &package]);
    let said = treasury.refused("bo", &["sign", &package, "--yes", "--output", &treasury.file("bo.shares")], 1);
    assert!(said.contains("has given no nonces"), "{said}");

    // A claim of the nonces that a crash has left: nothing is signed.
    let home = town.home("ada").join("trustee");
    let mut files = std::fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path());
    let session = files.find(|path| path.to_str().unwrap().contains("signing-")).unwrap();
    let claim = session.with_extension("claim");
    std::fs::write(&claim, "").unwrap();
    let said = treasury.refused("ada", &["sign", &package, "--yes", "--output", &treasury.file("none")], 1);
    assert!(said.contains("have the payment proposed again"), "{said}");
    std::fs::remove_file(&claim).unwrap();

    let shares = |who: &str| treasury.file(&format!("{who}.shares"));
    for who in ["ada", "cy"] {
        let seen = treasury.custody(who, &["sign", &package, "--yes", "--output", &shares(who)]);
        assert_eq!(text(&seen["transaction"]), text(&proposed["transaction"]));
    }
    // With another package the nonces are used up; with the same one the same shares come again.
    treasury.custody("bo", &["commit", &proposal, "--yes", "--output", &nonces("bo")]);
    let other = treasury.file("other");
    treasury.custody("dora", &["package", &account, &draft, &nonces("ada"), &nonces("bo"), "--output", &other]);
    let said = treasury.refused("ada", &["sign", &other, "--yes", "--output", &treasury.file("twice")], 1);
    assert!(said.contains("its own are used up"), "{said}");
    assert!(!claim.exists());
    // Two packages at once: one is signed.
    let third = treasury.file("third");
    treasury.custody("dora", &["package", &account, &draft, &nonces("bo"), &nonces("cy"), "--output", &third]);
    let [one, two] = ["at-once-1", "at-once-2"].map(|name| treasury.file(name));
    let at_once = [(&other, &one), (&third, &two)].map(|(package, output)| {
        town.spawn("bo", &["wallet", "custody", "sign", package, "--yes", "--output", output])
    });
    let codes = at_once.map(|child| child.wait_with_output().unwrap().status.code());
    assert!([[Some(0), Some(1)], [Some(1), Some(0)]].contains(&codes), "{codes:?}");
    assert!(std::fs::exists(&one).unwrap() != std::fs::exists(&two).unwrap());
    treasury.custody("ada", &["sign", &package, "--yes", "--output", &treasury.file("same")]);
    assert_eq!(std::fs::read(treasury.file("same")).unwrap(), std::fs::read(shares("ada")).unwrap());

    let submit = |shares: &[&str]| {
        [&["submit", &account, &draft, &package], shares].concat().iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()
    };
    let alone = submit(&[&shares("ada")]);
    let alone: Vec<&str> = alone.iter().map(String::as_str).collect();
    assert!(treasury.refused("dora", &alone, 1).contains("(cy) is missing"));
    let both = submit(&[&shares("ada"), &shares("cy")]);
    let both: Vec<&str> = both.iter().map(String::as_str).collect();
    let sent = treasury.custody("dora", &both);
    assert_eq!(text(&sent["transaction"]), text(&proposed["transaction"]));
    assert_eq!(town.spendable("shop", "Crown"), "40.00");
    treasury.refused("dora", &both, 1);

    // One note is left, for two payments: a transaction before the one that pays, and the plan is kept.
    let two = ["propose", &account, "--asset", "Crown", "--to", &shop, "1", "--to", &shop, "2"];
    let [first, draft, plan] = ["first", "first.draft", "plan"].map(|name| treasury.file(name));
    let [second, later] = ["second", "second.draft"].map(|name| treasury.file(name));
    let two = [&two[..], &["--output", &first, "--draft", &draft]].concat();
    assert!(treasury.refused("dora", &two, 2).contains("--plan FILE keeps what is to be done"));
    let proposed = treasury.custody("dora", &[&two[..], &["--plan", &plan]].concat());
    assert_eq!(proposed["pays"].as_array().unwrap().len(), 0);
    let next = ["propose", &account, "--next", &plan, "--output", &second, "--draft", &later];
    assert!(treasury.refused("dora", &next, 1).contains("is not on the ledger yet"));
}

#[test]
fn key_of_a_custodian_is_copied_and_put_back_and_steps_are_taken_once() {
    let treasury = Treasury::new();
    let copy = treasury.file("copy");
    treasury.custody("bo", &["backup", &copy, "--custody", &treasury.custody]);
    treasury.refused("bo", &["backup", &copy, "--custody", &treasury.custody], 73);
    treasury.refused("bo", &["restore", &copy], 73);
    let home = treasury.town.home("bo").join("trustee");
    let key = std::fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path());
    let key = key.into_iter().find(|path| path.to_str().unwrap().contains("custody-key-")).unwrap();
    std::fs::remove_file(key).unwrap();
    treasury.custody("bo", &["restore", &copy]);
    let all = |what: &str| CUSTODIANS.map(|who| treasury.file(&format!("{who}.{what}")));
    let [a, b, c] = all("agreement");
    let account = treasury.file("bo.account-again");
    treasury.custody("bo", &["confirm", &a, &b, &c, "--output", &account]);
    assert_eq!(std::fs::read(&account).unwrap(), std::fs::read(treasury.file("ada.account")).unwrap());
    // The viewing key is shown to whoever asks for it only.
    let [quiet, loud] = ["quiet", "loud"].map(|name| treasury.file(name));
    let shown = treasury.custody("bo", &["confirm", &a, &b, &c, "--output", &quiet]);
    assert!(shown.get("viewing_key").is_none());
    let shown = treasury.custody("bo", &["confirm", &a, &b, &c, "--output", &loud, "--show-viewing-key"]);
    assert!(text(&shown["viewing_key"]).starts_with("tabview1"));
    let two = ["confirm", &a, &b, "--output", &treasury.file("early")];
    assert!(treasury.refused("bo", &two, 1).contains("(cy) is missing"));
    // A step that was taken gives its message again, and draws nothing new.
    treasury.refused("bo", &["open", &treasury.file("setup"), "--output", &treasury.file("new")], 73);
    let [a, b, c] = all("sharing");
    treasury.custody("bo", &["finish", &a, &b, &c, "--output", &treasury.file("finish-again")]);
    let (again, first) = (treasury.file("finish-again"), treasury.file("bo.agreement"));
    assert_eq!(std::fs::read(again).unwrap(), std::fs::read(first).unwrap());
}
