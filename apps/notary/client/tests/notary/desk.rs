//! The desk: a picture from its stamp to a proof of who owns it, by forms alone.

use rand_core::OsRng;
use tabella_catalogue::catalogue;
use tabella_desk::{File, Outcome, Refusal, Value, Values};
use tabella_notary::{
    AuthorKeys, CertificateError, ProofError, SignedLog, SignedLogError, StampCertificate,
    certificate::{StampDraft, new_stamp},
    desk::NotaryDesk,
    rules::{ContentDigest, Notary, WorkId},
    work::RegistrationCertificate,
};
use tabella_payments::log::{LogError, read_entries};
use tabella_stage::{
    Done, Person, Stage,
    testing::{only_file, shown},
};
use tabella_verifier::{files, log::Origin};

use crate::{
    office::{NOW, Office, time},
    tokens::{has_openssl, verify},
};

struct Desk {
    stage: Stage,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> (Self, Person, Person) {
        let folder = tempfile::tempdir().unwrap();
        let (path, name) = (folder.path().join("ledger"), Origin::new("ledger.test").unwrap());
        let stage = Stage::new(&path, name, catalogue().applications(), time(NOW)).unwrap();
        let [ada, bo] = ["Ada", "Bo"].map(|name| Person::new(name, &mut OsRng));
        (Self { stage, _folder: folder }, ada, bo)
    }

    #[track_caller]
    fn done(&mut self, by: &mut Person, form: &str, values: &Values) -> Done {
        self.stage.done(by, &NotaryDesk, form, values)
    }

    /// The outcome, and the one file that it gives.
    #[track_caller]
    fn given(&mut self, by: &mut Person, form: &str, values: &Values) -> (Outcome, File) {
        let outcome = self.done(by, form, values).outcome;
        let file = only_file(&outcome);
        (outcome, file)
    }

    /// At which field it is refused, and why.
    #[track_caller]
    fn refused(&mut self, by: &mut Person, form: &str, values: &Values) -> (String, String) {
        let Refusal { field, message, .. } = self.stage.refused(by, &NotaryDesk, form, values);
        (field.unwrap_or_default(), message)
    }

    fn notary(&self) -> &Notary {
        self.stage.ledger.state().application().unwrap()
    }

    /// Stamps the picture for a key of a number, and registers it.
    fn publish(&mut self, by: &mut Person, number: u32) -> WorkId {
        let mine = Values::new().with_file("file", picture()).with("number", number);
        let (_, draft) = self.given(by, "stamp", &mine.clone().with("author", "yes"));
        self.stage.advance(1);
        self.done(by, "register", &mine.with_file("stamp", draft).with("title", "Clouds"));
        let (id, _) = self.notary().works().next().unwrap();
        id
    }
}

fn file(name: &str, bytes: &[u8]) -> File {
    File { name: name.into(), bytes: bytes.to_vec() }
}

fn picture() -> File {
    file("clouds.png", include_bytes!("../pictures/clouds.png"))
}

#[track_caller]
fn rows(outcome: &Outcome) -> usize {
    let table = outcome.shown.iter().find_map(|line| match &line.value {
        Value::Table { rows, .. } => Some(rows.len()),
        _ => None,
    });
    table.unwrap()
}

#[test]
fn log_that_was_read_gives_the_proofs_that_the_store_gives_and_no_others() {
    let mut office = Office::new();
    let stamps: Vec<_> = (1..6).map(|digest| office.stamp(ContentDigest([digest; 32]), None)).collect();
    let mut read = Vec::new();
    let entry = |_, entry| {
        read.push(entry);
        Ok::<(), LogError>(())
    };
    read_entries(&office.ledger, entry).unwrap();
    let signed = office.ledger.store().latest_checkpoint(office.ledger.name()).unwrap().unwrap();
    let (key, other) = (office.verifier(), Office::named("other.test").verifier());
    let log = SignedLog::new(&key, &read, &signed).unwrap();
    for made in stamps {
        let certificate = StampCertificate::of_log(&log, made.opening).unwrap();
        assert_eq!(StampCertificate::of_stamp(&office.ledger, made.opening).unwrap(), Some(certificate));
    }
    let never = new_stamp(ContentDigest([9; 32]), None, &mut OsRng);
    assert_eq!(StampCertificate::of_log(&log, never), None);

    assert!(matches!(SignedLog::new(&other, &read, &signed), Err(SignedLogError::Note(_))));
    let unread = SignedLog::new(&key, &read[..4], &signed).unwrap_err();
    assert_eq!(unread, SignedLogError::Unread { signed: 5, read: 4 });
    read.swap(1, 2);
    assert_eq!(SignedLog::new(&key, &read, &signed).unwrap_err(), SignedLogError::Fork(5));
}

#[test]
fn stamp_is_certified_and_verified_by_forms() {
    let (mut desk, mut ada, mut bo) = Desk::new();
    let letter = file("letter.txt", b"A letter");
    desk.done(&mut bo, "stamp", &Values::new().with_file("file", file("other.txt", b"Other")));
    let store = desk.stage.ledger.store();
    let old = store.latest_checkpoint(desk.stage.ledger.name()).unwrap().unwrap().to_bytes();
    desk.stage.advance(5);
    let (_, draft) = desk.given(&mut ada, "stamp", &Values::new().with_file("file", letter.clone()));
    assert_eq!((draft.name.as_str(), desk.notary().stamps()), ("letter.txt.stamp-draft", 2));

    // A draft of which the ledger has no stamp gives no certificate.
    let never = StampDraft { opening: new_stamp(ContentDigest([9; 32]), None, &mut OsRng) };
    let never = Values::new().with_file("draft", file("never", &files::encode(&never)));
    assert_eq!(desk.refused(&mut ada, "certificate", &never).0, "draft");
    let (outcome, certificate) = desk.given(&mut ada, "certificate", &Values::new().with_file("draft", draft));
    assert_eq!(shown(&outcome, "Stamped"), (NOW + 5).to_string());
    // What the desk has made is what the command reads.
    let read: StampCertificate = files::decode(&certificate.bytes).unwrap();
    let proved = read.check(desk.stage.ledger.store().verifier()).unwrap();
    assert_eq!((proved.time(), proved.author()), (time(NOW + 5), None));

    let values = Values::new().with_file("certificate", certificate).with_file("file", letter);
    let kept = values.clone().with_file("kept", file("kept", &old));
    let verified = desk.done(&mut bo, "verify", &kept).outcome;
    assert_eq!(shown(&verified, "Stamped"), (NOW + 5).to_string());
    // A kept checkpoint of which a letter is altered is not signed.
    let mut forged = old;
    forged[14] ^= 1;
    assert_eq!(desk.refused(&mut bo, "verify", &values.clone().with_file("kept", file("kept", &forged))).0, "kept");
    let (field, message) = desk.refused(&mut bo, "verify", &values.with_file("file", file("letter.txt", b"A letteR")));
    assert_eq!(field, "certificate");
    let found = tabella_notary::content::digest(b"A letteR".as_slice()).unwrap().0;
    assert_eq!(message, CertificateError::File { certified: proved.digest(), found }.to_string());
    // A certificate of another ledger, of the same name.
    let opening = new_stamp(found, None, &mut OsRng);
    let foreign = Office::new().stamp_as(opening);
    let foreign = Values::new().with_file("certificate", file("foreign", &files::encode(&foreign)));
    let foreign = foreign.with_file("file", file("letter.txt", b"A letteR"));
    assert_eq!(desk.refused(&mut bo, "verify", &foreign).0, "certificate");
}

#[test]
fn work_is_registered_found_and_certified_by_forms() {
    let (mut desk, mut ada, mut bo) = Desk::new();
    let mine = Values::new().with_file("file", picture());
    let (_, draft) = desk.given(&mut ada, "stamp", &mine.clone().with("author", "yes").with("number", 3));
    desk.stage.advance(1);
    let terms = mine.clone().with_file("stamp", draft.clone()).with("title", "Clouds").with("licence", "CC-BY-4.0");
    // Not under the number of the stamp; not by somebody else; not another file; not with shares that do not add up.
    assert_eq!(desk.refused(&mut ada, "register", &terms).0, "stamp");
    assert_eq!(desk.refused(&mut bo, "register", &terms.clone().with("number", 3)).0, "stamp");
    let other = terms.clone().with_file("file", file("hills.png", include_bytes!("../pictures/hills.png")));
    assert_eq!(desk.refused(&mut ada, "register", &other.with("number", 3)).0, "stamp");
    let keys = desk.done(&mut bo, "keys", &Values::new()).outcome;
    let whole = shown(&keys, "For a registration of which you hold all");
    let half = whole.replace(":10000", ":5000");
    let lacking = terms.clone().with("number", 3).with("holders", &half);
    assert_eq!(desk.refused(&mut ada, "register", &lacking).0, "holders");
    assert_eq!(desk.refused(&mut ada, "register", &lacking.clone().with("holders", "Bo:all")).0, "holders");
    assert_eq!(
        desk.refused(&mut ada, "register", &terms.clone().with("number", 3).with("title", "x".repeat(129))).0,
        "title"
    );
    let keys = desk.done(&mut ada, "keys", &Values::new().with("number", 3)).outcome;
    let halves =
        format!("{half}\n{}", shown(&keys, "For a registration of which you hold all").replace(":10000", ":5000"));
    let done = desk.done(&mut ada, "register", &terms.clone().with("number", 3).with("holders", halves));
    assert!(done.accepted.is_some());

    let (id, known) = desk.notary().works().next().map(|(id, known)| (id, known.clone())).unwrap();
    assert_eq!(shown(&done.outcome, "Work"), id.to_string());
    assert_eq!((known.work.title.as_str(), known.work.holders.len()), ("Clouds", 2));
    assert_eq!(known.work.author, AuthorKeys::of_seed(&ada.seed, 3).public());
    assert_eq!(desk.stage.balance(&ada, known.asset).unwrap(), 1);
    assert_eq!(desk.refused(&mut ada, "register", &terms.with("number", 3)).0, "file");

    // Her overview has it, his has not; everybody finds it, and what looks like it.
    assert_eq!(rows(&desk.done(&mut ada, "mine", &Values::new()).outcome), 1);
    assert_eq!(rows(&desk.done(&mut bo, "mine", &Values::new()).outcome), 0);
    let found = desk.done(&mut bo, "find", &mine).outcome;
    assert_eq!((shown(&found, "Work"), rows(&found)), (id.to_string(), 0));
    let grey = Values::new().with_file("file", file("grey.jpg", include_bytes!("../pictures/clouds-grey.jpg")));
    let near = desk.done(&mut bo, "find", &grey).outcome;
    assert_eq!((shown(&near, "Exactly this file is registered"), rows(&near)), ("false".into(), 1));

    let (_, certificate) = desk.given(&mut bo, "registration", &Values::new().with("work", id));
    let read: RegistrationCertificate = files::decode(&certificate.bytes).unwrap();
    assert_eq!(read.check(desk.stage.ledger.store().verifier(), id).unwrap().0, known.work);
}

#[test]
fn openssl_accepts_a_token_that_is_made_by_forms() {
    if !has_openssl() {
        return;
    }
    let (mut desk, mut ada, mut notary) = Desk::new();
    let (word, folder) = ("correct horse battery staple", tempfile::tempdir().unwrap());
    let named = |name: &str| Values::new().with("name", name).with("passphrase", word).with("again", word);
    for (field, wrong) in [
        ("name", named(&"x".repeat(65))),
        ("policy", named("Notary").with("policy", "none")),
        ("days", named("Notary").with("days", 10_981)),
        ("again", named("Notary").with("again", "another passphrase")),
        ("passphrase", named("Notary").with("passphrase", "short").with("again", "short")),
    ] {
        assert_eq!(desk.refused(&mut notary, "new-authority", &wrong).0, field);
    }
    let made = desk.done(&mut notary, "new-authority", &named("Notary")).outcome.files;
    let [key, pem] = made.as_slice() else { panic!("{made:?}") };
    // A stamp's certificate is signed as a token: OpenSSL verifies it for this file, and for no other.
    let stamped = |desk: &mut Desk, ada: &mut Person, file: File| {
        let (_, draft) = desk.given(ada, "stamp", &Values::new().with_file("file", file));
        desk.given(ada, "certificate", &Values::new().with_file("draft", draft)).1
    };
    let certificate = stamped(&mut desk, &mut ada, picture());
    let sign = |certificate: &File, key: &File| {
        let files = Values::new().with_file("certificate", certificate.clone()).with_file("key", key.clone());
        files.with("passphrase", word)
    };
    let (told, response) = desk.given(&mut notary, "token", &sign(&certificate, key));
    let (_, bare) = desk.given(&mut notary, "token", &sign(&certificate, key).with("bare", "yes"));
    assert_eq!((shown(&told, "Authority"), response.name.as_str()), ("CN=Notary".into(), "clouds.png.tsr"));
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let (data, altered) = (put("data", &picture().bytes), put("altered", b"another picture"));
    let (authority, token) = (put("authority.pem", &pem.bytes), put("token.tsr", &response.bytes));
    assert_eq!(verify(&data, &token, &authority, &[]), Ok(()));
    assert_eq!(verify(&data, &put("token.tst", &bare.bytes), &authority, &["-token_in"]), Ok(()));
    assert!(verify(&altered, &token, &authority, &[]).unwrap_err().contains("message imprint mismatch"));
    // An authority of the same name made another certificate.
    let theirs = desk.done(&mut ada, "new-authority", &named("Notary")).outcome.files;
    assert!(verify(&data, &token, &put("theirs.pem", &theirs[1].bytes), &[]).is_err());

    // Nothing is signed that the ledger does not prove, by whoever does not know the passphrase, or for a time before the authority.
    let mut forged = certificate.clone();
    *forged.bytes.last_mut().unwrap() ^= 1;
    assert_eq!(desk.refused(&mut notary, "token", &sign(&forged, key)).0, "certificate");
    let (mut elsewhere, mut eve, _) = Desk::new();
    let foreign = stamped(&mut elsewhere, &mut eve, picture());
    assert_eq!(desk.refused(&mut notary, "token", &sign(&foreign, key)).0, "certificate");
    let unknown = sign(&certificate, key).with("passphrase", "wrong horse battery staple");
    assert_eq!(desk.refused(&mut notary, "token", &unknown).0, "passphrase");
    assert_eq!(desk.refused(&mut notary, "token", &sign(&certificate, pem)).0, "key");
    desk.stage.advance(1);
    let later = desk.done(&mut notary, "new-authority", &named("Later")).outcome.files;
    let (field, message) = desk.refused(&mut notary, "token", &sign(&certificate, &later[0]));
    assert!(field == "key" && message.contains("was not valid"), "{message}");
}

#[test]
fn author_and_owner_answer_by_forms_and_nobody_else() {
    let (mut desk, mut ada, mut bo) = Desk::new();
    let id = desk.publish(&mut ada, 2);
    let ask = |claim: &str| Values::new().with("work", id).with("claim", claim).with("verifier", "Publisher");
    assert_eq!(desk.refused(&mut bo, "ask", &ask("beauty")).0, "claim");
    let (_, challenge) = desk.given(&mut bo, "ask", &ask("authorship"));
    let (_, another) = desk.given(&mut bo, "ask", &ask("authorship"));
    let looked = desk.done(&mut ada, "review", &Values::new().with_file("challenge", challenge.clone())).outcome;
    assert_eq!((shown(&looked, "Who asks"), shown(&looked, "To be proved")), ("Publisher".into(), "Authorship".into()));

    let values = Values::new().with_file("challenge", challenge.clone()).with("verifier", "Publisher");
    assert_eq!(desk.refused(&mut ada, "prove-authorship", &values.clone().with("verifier", "Court")).0, "verifier");
    assert_eq!(desk.refused(&mut ada, "prove-authorship", &values).0, "number");
    assert_eq!(desk.refused(&mut bo, "prove-authorship", &values.clone().with("number", 2)).0, "number");
    let (_, answer) = desk.given(&mut ada, "prove-authorship", &values.with("number", 2));
    let check = |answer: &File, challenge: &File| {
        Values::new().with_file("answer", answer.clone()).with_file("challenge", challenge.clone())
    };
    let checked = desk.done(&mut bo, "check", &check(&answer, &challenge)).outcome;
    assert_eq!(shown(&checked, "Whoever answered is the author"), "true");
    let (field, message) = desk.refused(&mut bo, "check", &check(&answer, &another));
    assert_eq!(field, "answer");
    assert!(message.contains(&ProofError::OtherChallenge.to_string()), "{message}");

    // Ownership: whoever does not hold the note proves nothing, and the challenge is for the right form.
    let (_, challenge) = desk.given(&mut bo, "ask", &ask("ownership"));
    let values = Values::new().with_file("challenge", challenge.clone()).with("verifier", "Publisher");
    let (_, message) = desk.refused(&mut bo, "prove-ownership", &values);
    assert!(message.contains("this wallet does not own the work"), "{message}");
    let authorship = values.clone().with_file("challenge", another);
    assert_eq!(desk.refused(&mut ada, "prove-ownership", &authorship).0, "challenge");
    let asked = Values::new().with_file("challenge", challenge.clone());
    assert_eq!(desk.refused(&mut ada, "ownership", &asked).0, "challenge");
    assert!(desk.done(&mut ada, "prove-ownership", &values).accepted.is_some());
    let (_, answer) = desk.given(&mut ada, "ownership", &asked);
    let checked = desk.done(&mut bo, "check", &check(&answer, &challenge)).outcome;
    assert_eq!(shown(&checked, "Whoever answered owned the work then"), "true");
    let asset = desk.notary().work(&id).unwrap().asset;
    assert_eq!(desk.stage.balance(&ada, asset).unwrap(), 1);
}
