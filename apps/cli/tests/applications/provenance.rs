//! Provenance through the command: a registrar, two laboratories, an owner, a buyer and an insurer, who hand each other files.

use std::fs;

use serde_json::Value;

use super::town::{Town, done, owned, text};

const TABLE: &str = "\
Report,Laser Inscription,Carat,Color,Clarity,x,y,z,Stock
1001,GIA 1001,1.20,E,VS1,6.80,6.83,4.20,a
1002,GIA 1002,0.71,F,VS2,5.70,5.72,3.51,b
1003,GIA 1003,1.01,D,IF,6.80,6.83,4.20,c
";

struct Registry {
    town: Town,
    id: String,
    marks: String,
    holder: String,
}

/// A registry with two laboratories, and Mira, for whom the stones are registered.
fn registry() -> Registry {
    let town = Town::new();
    for person in ["rosa", "antwerp", "mumbai", "mira"] {
        town.person(person);
    }
    let marks = town.file("marks");
    let founded = town.run("rosa", &["provenance", "found", "--name", "Diamonds", "--marks", &marks]);
    let id = owned(&founded["registry"]);
    for laboratory in ["antwerp", "mumbai"] {
        let key = owned(&town.run(laboratory, &["provenance", "keys"])["issuer"]);
        let authorise = ["provenance", "authorise", &key, "--name", laboratory, "--registry", &id];
        assert_eq!(town.run("rosa", &authorise)["is_authorised"], true);
    }
    let holder = owned(&town.run("mira", &["provenance", "keys"])["holder"]);
    Registry { town, id, marks, holder }
}

impl Registry {
    fn import<'a>(&'a self, table: &'a str, folder: &'a str) -> Vec<&'a str> {
        let mut import = vec!["provenance", "import", table, "--registry", &self.id, "--marks", &self.marks];
        import.extend(["--holder", &self.holder, "--certificates", folder]);
        import
    }
}

fn write(town: &Town, name: &str, table: &str) -> String {
    let path = town.file(name);
    fs::write(&path, table).unwrap();
    path
}

#[test]
fn stone_goes_from_a_table_to_a_buyer_and_is_shown_stopped_and_found() {
    let registry = registry();
    let Registry { town, id, .. } = &registry;
    let table = write(town, "stones.csv", &TABLE.replace("Report", "Laboratory,Report").replace("\n10", "\nGIA,10"));
    let folder = town.file("certificates");
    let imported = town.run("antwerp", &registry.import(&table, &folder));
    assert_eq!((&imported["registered"], &imported["look_alikes"]), (&3.into(), &1.into()));
    assert_eq!(imported["ignored"], serde_json::json!(["Stock"]));
    let batch = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let shown = town.run("anybody", &["provenance", "show", id]);
    assert_eq!((&shown["things"], &shown["stolen"]), (&3.into(), &0.into()));

    // Mira takes the first certificate and claims the note.
    let [certificate, claim] = ["certificate", "claim"].map(|name| town.file(name));
    let extract =
        ["provenance", "certificate", batch.to_str().unwrap(), "--certificate", "1001", "--output", &certificate];
    let stone = owned(&town.run("mira", &extract)["thing"]);
    assert_eq!(text(&town.run("mira", &["provenance", "read", &certificate])["thing"]), stone);
    let claimed = town.run("mira", &["provenance", "claim", &stone, "--output", &claim]);
    let address = owned(&claimed["address"]);
    let review = |file: &str| town.run("antwerp", &["provenance", "review-claim", file]);
    let reviewed = review(&claim);
    assert_eq!((&reviewed["things"], text(&reviewed["assets"][0])), (&1.into(), stone.as_str()));
    let digest = owned(&reviewed["digest"]);
    let grant = ["provenance", "grant", &claim, "--digest", &digest];
    let said = town.refused("mumbai", &grant, 1);
    assert!(said.contains("of this issuer"), "{said}");
    // Another claim under the name of the one that was looked at.
    let again = town.file("again");
    town.run("mira", &["provenance", "claim", &stone, "--output", &again]);
    let said = town.refused("antwerp", &["provenance", "grant", &again, "--digest", &digest], 1);
    assert!(said.contains("the file holds another claim"), "{said}");
    let granted = town.run("antwerp", &grant);
    assert_eq!((&granted["things"], text(&granted["digest"])), (&1.into(), digest.as_str()));
    let said = town.refused("antwerp", &grant, 1);
    assert!(said.contains("was accepted before"), "{said}");
    let digest = owned(&review(&again)["digest"]);
    let said = town.refused("antwerp", &["provenance", "grant", &again, "--digest", &digest], 1);
    assert!(said.contains("was claimed already"), "{said}");

    // Bruno asks; Mira shows; the proof is for nobody else.
    let question = owned(&town.run("bruno", &["provenance", "ask"])["question"]);
    let presentation = town.file("presentation");
    let asked = ["--question", &question, "--for", "Bruno"];
    let mut present = vec!["provenance", "present", &certificate, "--open", "clarity", "--output", &presentation];
    present.extend(asked);
    let said = town.refused("mira", &[&present[..], &["--at-least", "carat=1.21"]].concat(), 1);
    assert!(said.contains("attribute carat is not within these bounds"), "{said}");
    town.run("mira", &[&present[..], &["--at-least", "carat=1"]].concat());
    let check = ["provenance", "check", &presentation];
    let checked = town.run("bruno", &[&check[..], &asked].concat());
    assert_eq!(checked["attributes"], serde_json::json!([["carat", "at least 1.000 ct"], ["clarity", "VS1"]]));
    assert_eq!((text(&checked["issuer_name"]), text(&checked["thing"])), ("antwerp", stone.as_str()));
    assert_eq!(checked["is_measured"], true);
    let said = town.refused("ines", &[&check[..], &["--question", &question, "--for", "Ines"]].concat(), 1);
    assert!(said.contains("attribute carat is not proved to be within these bounds"), "{said}");

    // He buys it: stone and money in one transaction.
    let purse = town.person("bruno");
    town.issue("Crown", "2", &purse, "9000.00");
    let [offer, answer] = ["offer", "answer"].map(|name| town.file(name));
    let mut buy = vec!["provenance", "buy", &stone, "--price", "6000.00", "--asset", "Crown", "--to", &address];
    buy.extend(["--offer", &offer, "--answer", &answer, "--wait", "2"]);
    let buying = town.spawn("bruno", &buy);
    while !fs::exists(&offer).unwrap() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let mut sell = vec!["provenance", "sell", &stone, "--offer", &offer, "--asset", "Crown", "--answer", &answer];
    let said = town.refused("mira", &[&sell[..], &["--at-least", "6000.01"]].concat(), 1);
    assert!(said.contains("less than 6000.01"), "{said}");
    sell.extend(["--at-least", "6000"]);
    for lie in town.lying_offers(&offer) {
        let lying: Vec<&str> = sell.iter().map(|one| if *one == offer { lie.as_str() } else { *one }).collect();
        let said = town.refused("mira", &lying, 1);
        assert!(said.contains("something else than this thing, or in another asset"), "{said}");
    }
    town.run("mira", &sell);
    let bought = done(&buy, &buying.wait_with_output().unwrap());
    assert_eq!((text(&bought["thing"]), text(&bought["price"])), (stone.as_str(), "6000.00"));
    assert_eq!(town.spendable("mira", "Crown"), "6000.00");

    // Stolen, and found.
    let said = town.refused("bruno", &["provenance", "report", &stone], 1);
    assert!(said.contains("neither the registrar"), "{said}");
    assert_eq!(town.run("antwerp", &["provenance", "report", &stone])["by"], "issuer");
    let give = ["wallet", "send", "--to", &address, "--asset", &stone, "--amount", "1"];
    let said = town.refused("bruno", &give, 1);
    assert!(said.contains("an application refuses transfers of this asset"), "{said}");
    assert!(text(&town.run("ines", &[&check[..], &asked].concat())["stolen_since"]).contains("20"));
    assert_eq!(town.run("rosa", &["provenance", "lift", &stone])["by"], "registrar");
    assert_eq!(town.run("bruno", &["provenance", "show", &stone])["version"], 2);

    // Who had it, and the same for others.
    let [mine, both] = ["custody-mira", "custody"].map(|name| town.file(name));
    town.run("mira", &["provenance", "custody", &stone, "--output", &mine]);
    let said = town.refused("antwerp", &["provenance", "custody", &stone, "--output", &both], 1);
    assert!(said.contains("took part in no hand-over"), "{said}");
    let chain = town.run("ines", &["provenance", "check-custody", &mine]);
    assert_eq!((&chain["disclosed"], &chain["undisclosed"]), (&2.into(), &0.into()));
    // An address of hers that nobody else was given.
    let received = text(&chain["steps"][2]["to"]);
    assert!(received.starts_with("tab1") && received != purse, "{received}");
    // An insurer sees it by viewing key, without a wallet of her own; a key of what comes in shows the arrivals alone.
    let full = owned(&town.run("mira", &["wallet", "export-viewing-key"])["viewing_key"]);
    let incoming = owned(&town.run("bruno", &["wallet", "export-viewing-key", "--incoming"])["viewing_key"]);
    let sight = |key: &str| town.run("ines", &["provenance", "custody", &stone, "--viewing-key", key]);
    let parts =
        |seen: &Value| seen["steps"].as_array().unwrap().iter().map(|step| owned(&step["what"])).collect::<Vec<_>>();
    let seen = sight(&full);
    assert_eq!((parts(&seen), &seen["is_here"]), (vec!["note made here".into(), "handed on".into()], &false.into()));
    let seen = sight(&incoming);
    assert_eq!((parts(&seen), &seen["is_here"]), (vec!["came in".to_owned()], &Value::Null));
    let moving = ["wallet", "send", "--to", &address, "--asset", &stone, "--amount", "1"];
    assert_ne!(town.output("ines", &moving).status.code(), Some(0), "a viewing key is no wallet");
    let stranger = owned(&town.run("rosa", &["wallet", "export-viewing-key"])["viewing_key"]);
    let said = town.refused("ines", &["provenance", "custody", &stone, "--viewing-key", &stranger], 1);
    assert!(said.contains("had no part in any hand-over"), "{said}");

    let events = town.file("events.json");
    let base = ["--base", "https://registry.example", "--custody", &mine, "--output", &events];
    let written = town.run("ines", &[&["provenance", "epcis", &stone][..], &base].concat());
    assert_eq!(written["events"].as_array().unwrap().len(), 7);
    let document: Value = serde_json::from_str(&fs::read_to_string(&events).unwrap()).unwrap();
    assert_eq!(document["epcisBody"]["eventList"][0]["eventID"], written["events"][0]);
}

#[test]
fn table_with_a_bad_row_is_refused_by_the_row_and_look_alikes_go_to_the_registrar() {
    let registry = registry();
    let Registry { town, .. } = &registry;
    let folder = town.file("certificates");
    let bad = write(town, "bad.csv", &TABLE.replace("GIA 1003", "gia-1001"));
    let said = town.refused("antwerp", &registry.import(&bad, &folder), 1);
    assert!(said.contains("row 3 of the table stops its batch") && said.contains("is registered already"), "{said}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "no certificate is left behind");
    let said = town.refused("antwerp", &registry.import(&bad, &folder), 1);
    assert!(said.contains("row 3"), "{said}");
    let unnamed = write(town, "unnamed.csv", &TABLE.replace("GIA 1002", ""));
    let said = town.refused("antwerp", &registry.import(&unnamed, &folder), 1);
    assert!(said.contains("row 2") && said.contains("nothing identifies it"), "{said}");
    let table = write(town, "stones.csv", TABLE);
    let said = town.refused("rosa", &registry.import(&table, &folder), 1);
    assert!(said.contains("the registrar has not authorised this issuer"), "{said}");
    town.run("antwerp", &registry.import(&table, &folder));

    // Another laboratory has a stone of the same measures.
    let other = "Inscription,x,y,z\nIGI 5,6.83,6.80,4.20\n";
    let other = write(town, "other.csv", other);
    let held = town.run("mumbai", &registry.import(&other, &folder));
    assert_eq!(held["registered"], 0);
    let batch = owned(&held["to_approve"]);
    let review = |file: &str| town.run("rosa", &["provenance", "review-batch", file]);
    let reviewed = review(&batch);
    assert_eq!((text(&reviewed["issuer_name"]), &reviewed["things"]), ("mumbai", &1.into()));
    assert_eq!(reviewed["look_alikes"], 1);
    let digest = owned(&reviewed["digest"]);
    let approve = ["provenance", "approve", &batch, "--digest", &digest];
    let said = town.refused("antwerp", &approve, 1);
    assert!(said.contains("not signed by the registrar"), "{said}");
    // Another batch under the name of the one that was looked at.
    let swapped = write(town, "swapped.csv", "Inscription,x,y,z\nIGI 7,6.83,6.80,4.20\n");
    let held = town.run("mumbai", &registry.import(&swapped, &town.file("swapped")));
    let lie = ["provenance", "approve", text(&held["to_approve"]), "--digest", &digest];
    let said = town.refused("rosa", &lie, 1);
    assert!(said.contains("the file holds another batch"), "{said}");
    assert_eq!(town.run("rosa", &approve)["things"], 1);
    assert_eq!(town.run("anybody", &["provenance", "list"])["registries"][0]["things"], 4);
    let dismissed = owned(&town.run("mumbai", &["provenance", "keys"])["issuer"]);
    town.run("rosa", &["provenance", "dismiss", &dismissed, "--registry", &registry.id]);
    let next = write(town, "next.csv", "Inscription,x,y,z\nIGI 6,5,5,5\n");
    let said = town.refused("mumbai", &registry.import(&next, &folder), 1);
    assert!(said.contains("the registrar has not authorised this issuer"), "{said}");
}

#[test]
fn rows_without_measures_are_registered_by_themselves_and_with_the_registrars_approval() {
    let registry = registry();
    let Registry { town, .. } = &registry;
    let folder = town.file("certificates");
    // The second row is the first stone under another name, and says nothing by which that could be noticed.
    let table = "Inscription,Carat,x,y,z\nIGI 1,1.2,6.80,6.83,4.20\nIGI 2,1.2,,,\nIGI 3,0.7,5.70,5.72,3.51\nIGI 4,1,6.1,6.2,0\n";
    let table = write(town, "stones.csv", table);
    let import = registry.import(&table, &folder);
    let imported = town.run("mumbai", &import);
    assert_eq!((&imported["registered"], &imported["unmeasured"]), (&2.into(), &2.into()));
    assert_eq!(imported["to_approve"], Value::Null);
    let one_by_one = [&import[..], &["--unmeasured", "--batch", "1"]].concat();
    let held = town.run("mumbai", &one_by_one);
    assert_eq!((&held["registered"], &held["skip"]), (&0.into(), &3.into()));
    let review = |batch: &str| town.run("rosa", &["provenance", "review-batch", batch]);
    let approve = |batch: &str| {
        let reviewed = review(batch);
        assert_eq!(
            (&reviewed["things"], &reviewed["unmeasured"], &reviewed["look_alikes"]),
            (&1.into(), &1.into(), &0.into())
        );
        town.run("rosa", &["provenance", "approve", batch, "--digest", text(&reviewed["digest"])])
    };
    approve(text(&held["to_approve"]));
    // The rest of the table, by the number of rows that was shown; the row that is named is that of the table.
    let rest = [&one_by_one[..], &["--skip", "3"]].concat();
    let held = town.run("mumbai", &rest);
    assert_eq!((&held["registered"], &held["skip"]), (&0.into(), &Value::Null));
    approve(text(&held["to_approve"]));
    let said = town.refused("mumbai", &[&import[..], &["--skip", "3"]].concat(), 1);
    assert!(said.contains("every row of") && said.contains("--unmeasured"), "{said}");

    let certificates: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    let batch = certificates.iter().find(|path| path.to_str().unwrap().ends_with("-1.certificates")).unwrap();
    let certificate = town.file("certificate");
    let extract = ["provenance", "certificate", batch.to_str().unwrap(), "--at", "1", "--output", &certificate];
    let stone = owned(&town.run("mira", &extract)["thing"]);
    assert_eq!(town.run("anybody", &["provenance", "show", &stone])["is_measured"], false);
}

#[test]
fn demonstration_on_the_extract_runs_and_writes_its_events() {
    let town = Town::bare();
    let events = town.file("events.json");
    let told = town.run("anybody", &["provenance", "demo", "--epcis", &events]);
    assert_eq!((&told["registered"], &told["batches"]), (&200.into(), &1.into()));
    let refused = told["steps"].as_array().unwrap().iter().filter(|step| step["refused"].is_string()).count();
    assert_eq!((refused, &told["unmeasured"]), (11, &0.into()));
    assert_eq!(told["events"].as_array().unwrap().len(), 9);
    assert!(fs::read_to_string(&events).unwrap().contains("TransactionEvent"));
}
