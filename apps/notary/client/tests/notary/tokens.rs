//! Tokens of RFC 3161, as OpenSSL verifies them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use rand_core::OsRng;
use tabella_notary::{TimeStamper, TokenError, content::digest, token::ANY_POLICY};
use tabella_prover::keyfile::{self, Passphrase, WorkFactor};

use crate::office::{NOW, Office, time};

const DAY: u64 = 86_400;

fn authority(name: &str) -> TimeStamper {
    TimeStamper::generate(name, ANY_POLICY, (time(NOW - DAY), 365), &mut OsRng).unwrap()
}

/// Whether OpenSSL is here. A test that needs it and does without is told of, or fails where all must run.
pub(crate) fn has_openssl() -> bool {
    let found = Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success());
    if !found {
        assert!(env::var_os("TABELLA_TESTS_MUST_RUN").is_none(), "there is no openssl, and all tests must run");
        eprintln!("skipped: there is no openssl on this machine");
    }
    found
}

struct Desk(tempfile::TempDir);

impl Desk {
    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// What OpenSSL says of a file and its token, at a time when all certificates here are valid.
pub(crate) fn verify(data: &Path, token: &Path, authority: &Path, more: &[&str]) -> Result<(), String> {
    let output = Command::new("openssl")
        .args(["ts", "-verify", "-data"])
        .arg(data)
        .arg("-in")
        .arg(token)
        .arg("-CAfile")
        .arg(authority)
        .args(["-attime", &NOW.to_string()])
        .args(more)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    if output.status.success() && said.contains("Verification: OK") { Ok(()) } else { Err(said) }
}

#[test]
fn openssl_accepts_the_token_of_a_stamped_file_and_no_other() {
    if !has_openssl() {
        return;
    }
    let (mut office, desk) = (Office::new(), Desk(tempfile::tempdir().unwrap()));
    let stamper = authority("Notary of Łódź, Ltd.");
    let content = b"a contract";
    let proved = office.stamp(digest(&content[..]).unwrap().0, None).check(&office.verifier()).unwrap();
    let token = stamper.issue(&proved).unwrap();
    let (data, altered) = (desk.put("data", content), desk.put("altered", b"a contract."));
    let response = desk.put("token.tsr", token.to_response().unwrap());
    let alone = desk.put("token.tst", token.to_der().unwrap());
    let pem = desk.put("authority.pem", stamper.certificate_pem().unwrap());
    assert_eq!(verify(&data, &response, &pem, &[]), Ok(()));
    assert_eq!(verify(&data, &alone, &pem, &["-token_in"]), Ok(()));

    // What the token says.
    let text = Command::new("openssl").args(["ts", "-reply", "-text", "-in"]).arg(&response).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    for line in [
        "Status: Granted.",
        "Hash Algorithm: sha256",
        "Time stamp: Jan 15 08:00:00 2027 GMT",
        "Accuracy: 0x3C seconds",
        "Ordering: no",
        "Nonce: unspecified",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }

    // Another file; the token of another file; another authority, of the same name too.
    let refused = verify(&altered, &response, &pem, &[]).unwrap_err();
    assert!(refused.contains("message imprint mismatch"), "{refused}");
    let second = office.stamp(digest(&b"a contract."[..]).unwrap().0, None).check(&office.verifier()).unwrap();
    let other = desk.put("other.tsr", stamper.issue(&second).unwrap().to_response().unwrap());
    assert_eq!(verify(&altered, &other, &pem, &[]), Ok(()));
    assert!(verify(&data, &other, &pem, &[]).unwrap_err().contains("message imprint mismatch"));
    for name in ["Notary of Łódź, Ltd.", "Another"] {
        let stranger = authority(name);
        let their_pem = desk.put("stranger.pem", stranger.certificate_pem().unwrap());
        let refused = verify(&data, &response, &their_pem, &[]).unwrap_err();
        assert!(refused.contains("certificate verify error"), "{refused}");
        let theirs = desk.put("stranger.tsr", stranger.issue(&proved).unwrap().to_response().unwrap());
        assert!(verify(&data, &theirs, &pem, &[]).is_err());
        assert_eq!(verify(&data, &theirs, &their_pem, &[]), Ok(()));
    }
    // Another time in the token, and every other byte of what is signed.
    let der = token.to_der().unwrap();
    let position = |needle: &[u8]| der.windows(needle.len()).position(|window| window == needle).unwrap();
    let backdated = position(b"20270115080000Z") + 3;
    for at in [backdated, position(&proved.digest().0), der.len() - 1, der.len() - 40] {
        let mut forged = der.clone();
        forged[at] ^= 1;
        let forged = desk.put("forged.tst", &forged);
        assert!(verify(&data, &forged, &pem, &["-token_in"]).is_err(), "byte {at}");
    }
}

#[test]
fn stamp_has_one_token_and_tokens_have_serial_numbers_of_their_own() {
    let mut office = Office::new();
    let stamper = authority("Notary");
    let file = digest(&b"a contract"[..]).unwrap().0;
    let [one, two] = [0; 2].map(|_| office.stamp(file, None).check(&office.verifier()).unwrap());
    // Two stamps of one file in one block time: only the serial number tells them apart.
    assert_eq!(one.time(), two.time());
    assert_eq!(stamper.issue(&one).unwrap(), stamper.issue(&one).unwrap());
    let [first, second] = [&one, &two].map(|stamp| stamper.issue(stamp).unwrap().to_der().unwrap());
    assert_ne!(first, second);
    let serial = tabella_notary::rules::stamp::token_serial(office.ledger.id(), one.stamp());
    assert!(first.windows(20).any(|window| window == serial) && !second.windows(20).any(|window| window == serial));
}

#[test]
fn authority_signs_no_time_outside_of_its_certificate() {
    let mut office = Office::new();
    let proved = office.stamp(digest(&b"x"[..]).unwrap().0, None).check(&office.verifier()).unwrap();
    let valid = |from, days| TimeStamper::generate("Notary", ANY_POLICY, (time(from), days), &mut OsRng);
    for (from, is_valid) in [(NOW + 1, false), (NOW, true), (NOW - DAY, true), (NOW - DAY - 1, false)] {
        let issued = valid(from, 1).unwrap().issue(&proved);
        assert_eq!(issued.is_ok(), is_valid, "{from}");
        assert!(is_valid || issued == Err(TokenError::NotValid(time(NOW))));
    }
    for days in [0, 30 * 366 + 1] {
        assert_eq!(valid(NOW, days).unwrap_err(), TokenError::Validity);
    }
    for name in ["", " ", "a\nb", &"x".repeat(65)] {
        let refused = TimeStamper::generate(name, ANY_POLICY, (time(NOW), 1), &mut OsRng).unwrap_err();
        assert_eq!(refused, TokenError::Name);
    }
    let refused = TimeStamper::generate("Notary", "policy", (time(NOW), 1), &mut OsRng).unwrap_err();
    assert_eq!(refused, TokenError::Policy("policy".into()));
}

#[test]
fn key_file_gives_the_authority_back_and_only_with_its_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tsa.key");
    let stamper = authority("Notary");
    let passphrase = Passphrase::new("correct horse battery staple".into());
    keyfile::create(&path, &stamper, &passphrase, WorkFactor::INSECURE_FAST).unwrap();
    let mut office = Office::new();
    let proved = office.stamp(digest(&b"x"[..]).unwrap().0, None).check(&office.verifier()).unwrap();
    let read: TimeStamper = keyfile::read(&path, &passphrase).unwrap();
    assert_eq!(read.issue(&proved).unwrap(), stamper.issue(&proved).unwrap());
    assert!(keyfile::read::<TimeStamper>(&path, &Passphrase::new("another".into())).is_err());
    assert_eq!(format!("{stamper:?}"), "TimeStamper(CN=Notary)");
    // A key beside the certificate of another.
    let (mine, theirs) = (borsh::to_vec(&stamper).unwrap(), borsh::to_vec(&authority("Notary")).unwrap());
    let mixed = [&mine[..32], &theirs[32..]].concat();
    assert!(borsh::from_slice::<TimeStamper>(&mine).is_ok() && borsh::from_slice::<TimeStamper>(&mixed).is_err());
}
