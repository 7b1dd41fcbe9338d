use super::*;

#[derive(Debug, PartialEq, BorshSerialize, BorshDeserialize)]
struct Word(String);

impl KeyFileContent for Word {
    const KIND: &'static str = "word";
}

#[derive(Debug, BorshSerialize, BorshDeserialize)]
struct Number(u64);

impl KeyFileContent for Number {
    const KIND: &'static str = "number";
}

const FAST: WorkFactor = WorkFactor::INSECURE_FAST;

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse".to_owned())
}

fn word() -> Word {
    Word("sesame".to_owned())
}

#[test]
fn secret_comes_back_under_its_passphrase_only() {
    let sealed = seal(&word(), &passphrase(), FAST).unwrap();
    assert_eq!(open::<Word>(&sealed, &passphrase()).unwrap(), word());
    let wrong = Passphrase::new("Correct horse".to_owned());
    assert!(matches!(open::<Word>(&sealed, &wrong), Err(KeyFileError::WrongPassphrase)));
    assert!(!sealed.windows(6).any(|window| window == b"sesame"));
    assert_eq!(format!("{:?}", passphrase()), "<secret>");
}

#[test]
fn file_of_another_kind_is_named() {
    let sealed = seal(&word(), &passphrase(), FAST).unwrap();
    let Err(KeyFileError::WrongKind { expected, found }) = open::<Number>(&sealed, &passphrase()) else {
        panic!("a word is no number")
    };
    assert_eq!((expected, found.as_str()), ("number", "word"));
}

#[test]
fn damage_anywhere_is_noticed() {
    let sealed = seal(&word(), &passphrase(), FAST).unwrap();
    for position in 0..sealed.len() {
        let mut damaged = sealed.clone();
        damaged[position] ^= 1;
        assert!(open::<Word>(&damaged, &passphrase()).is_err(), "byte {position}");
    }
    let last = sealed.len() - 1;
    let mut damaged = sealed.clone();
    damaged[last] ^= 1;
    assert!(matches!(open::<Word>(&damaged, &passphrase()), Err(KeyFileError::Damaged(_))));
    assert!(matches!(open::<Word>(&sealed[..last], &passphrase()), Err(KeyFileError::Damaged(_))));
    let longer = [sealed.as_slice(), &[0]].concat();
    assert!(matches!(open::<Word>(&longer, &passphrase()), Err(KeyFileError::Damaged(_))));
    assert!(matches!(open::<Word>(b"", &passphrase()), Err(KeyFileError::NotAKeyFile)));
    assert!(matches!(open::<Word>(b"a letter", &passphrase()), Err(KeyFileError::NotAKeyFile)));
}

#[test]
fn file_that_asks_for_too_much_work_is_refused_before_the_work() {
    let sealed = seal(&word(), &passphrase(), FAST).unwrap();
    let head = String::from_utf8_lossy(&sealed[..120]).into_owned();
    let line = head.lines().nth(1).unwrap();
    let start = head.find(line).unwrap();
    let asked = line.replace(" 1", " 40");
    let greedy = [&sealed[..start], asked.as_bytes(), &sealed[start + line.len()..]].concat();
    assert!(matches!(open::<Word>(&greedy, &passphrase()), Err(KeyFileError::TooMuchWork(40))));
    assert_eq!((WorkFactor::new(0), WorkFactor::new(23)), (None, None));
}

#[test]
fn file_encrypted_to_a_key_is_no_key_file() {
    let recipient = age::x25519::Identity::generate().to_public();
    let sealed = age::encrypt(&recipient, b"sesame").unwrap();
    assert!(matches!(open::<Word>(&sealed, &passphrase()), Err(KeyFileError::NotAKeyFile)));
}

#[test]
fn version_and_length_are_checked() {
    let plaintext = |version: u8, body: &[u8]| {
        let mut bytes = [MAGIC.as_slice(), &[version]].concat();
        ("word", body).serialize(&mut bytes).unwrap();
        bytes
    };
    let body = borsh::to_vec(&word()).unwrap();
    assert_eq!(parse::<Word>(&plaintext(1, &body)).unwrap(), word());
    assert!(matches!(parse::<Word>(&plaintext(2, &body)), Err(KeyFileError::Version(2))));
    assert!(matches!(parse::<Word>(&[plaintext(1, &body), vec![0]].concat()), Err(KeyFileError::Damaged(_))));
    assert!(matches!(parse::<Word>(&plaintext(1, &[body, vec![0]].concat())), Err(KeyFileError::Damaged(_))));
    assert!(matches!(parse::<Word>(b"TABELLA"), Err(KeyFileError::NotAKeyFile)));
}

#[test]
fn existing_file_is_never_overwritten_by_create() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("word.key");
    create(&path, &word(), &passphrase(), FAST).unwrap();
    let other = Word("other".to_owned());
    assert!(matches!(create(&path, &other, &passphrase(), FAST), Err(KeyFileError::Exists(at)) if at == path));
    assert_eq!(read::<Word>(&path, &passphrase()).unwrap(), word());
    replace(&path, &other, &passphrase(), FAST).unwrap();
    assert_eq!(read::<Word>(&path, &passphrase()).unwrap(), other);
    let nowhere = folder.path().join("absent.key");
    assert!(matches!(replace(&nowhere, &other, &passphrase(), FAST), Err(KeyFileError::Io { .. })));
    assert!(matches!(read::<Word>(&nowhere, &passphrase()), Err(KeyFileError::Io { .. })));
    // Nothing is left lying about.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("word.key");
    create(&path, &word(), &passphrase(), FAST).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    replace(&path, &word(), &passphrase(), FAST).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
