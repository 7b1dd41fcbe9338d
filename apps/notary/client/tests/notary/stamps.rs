//! Stamps and their certificates.

use tabella_ledger::{
    clock::BlockTimeError,
    node::{NodeError, Refusal},
};
use tabella_notary::{
    CertificateError, ConsistencyFile, EntryError, ForkError, StampCertificate,
    certificate::{new_stamp, stamp},
    content::digest,
    entry::agree,
    rules::{ContentDigest, NotaryAction, NotaryProof, NotaryRejection},
};
use tabella_protocol::transaction::{Transaction, TransactionEffects};
use tabella_verifier::{
    files,
    log::{ConsistencyProof, NoteError, ProofError},
};

use crate::office::{NOW, Office, rule, time};
use rand_core::OsRng;

#[test]
fn certificate_names_time_and_digest_and_refuses_another_file() {
    let mut office = Office::new();
    let (file, _) = digest(&b"a poem"[..]).unwrap();
    let certificate = office.stamp(file, None);
    office.clock.advance(100);
    let later = office.stamp(file, None);
    let verifier = office.verifier();
    let proved = certificate.check_file(&verifier, file).unwrap();
    assert_eq!((proved.digest(), proved.time(), proved.checkpoint().size()), (file, time(NOW), 1));
    assert_eq!(
        (proved.ledger(), proved.author(), proved.stamp()),
        (office.ledger.id(), None, certificate.opening.id())
    );
    assert_eq!(later.check_file(&verifier, file).unwrap().time(), time(NOW + 100));
    // The log tells nothing of the file: equal files have unequal stamps, and no entry holds the digest.
    assert_ne!(certificate.opening.id(), later.opening.id());
    for entry in [&certificate, &later] {
        assert!(!entry.entry.leaf.windows(32).any(|window| window == file.0));
    }
    assert_eq!((office.notary().stamps(), office.notary().stamp(&proved.stamp())), (2, Some(time(NOW))));

    let (found, _) = digest(&b"a poem."[..]).unwrap();
    let refused = certificate.check_file(&verifier, found).unwrap_err();
    assert_eq!(refused, CertificateError::File { certified: file, found });
}

#[test]
fn certificate_of_which_any_byte_is_altered_proves_nothing() {
    let mut office = Office::new();
    office.stamp(ContentDigest([1; 32]), None);
    let certificate = office.stamp(ContentDigest([2; 32]), Some([3; 32]));
    let verifier = office.verifier();
    let bytes = files::encode(&certificate);
    assert_eq!(files::decode::<StampCertificate>(&bytes).unwrap(), certificate);
    for at in 0..bytes.len() {
        for flip in [1, 0x80] {
            let mut altered = bytes.clone();
            altered[at] ^= flip;
            let outcome = files::decode::<StampCertificate>(&altered).map(|it| it.check(&verifier).is_ok());
            assert_ne!(outcome, Ok(true), "byte {at}");
        }
    }
    for length in 0..bytes.len() {
        assert!(files::decode::<StampCertificate>(&bytes[..length]).is_err());
    }
    // Other content for the same stamp, and the stamp of another entry.
    let mut forged = certificate.clone();
    forged.opening.digest = ContentDigest([4; 32]);
    assert_eq!(forged.check(&verifier).unwrap_err(), CertificateError::Stamp);
    let mut forged = certificate.clone();
    forged.opening = new_stamp(ContentDigest([2; 32]), None, &mut OsRng);
    assert_eq!(forged.check(&verifier).unwrap_err(), CertificateError::Stamp);
    // Another time in the entry is another leaf.
    let mut backdated = certificate;
    let earlier = (NOW - 86_400).to_le_bytes();
    let at = backdated.entry.leaf.windows(8).position(|window| window == NOW.to_le_bytes()).unwrap();
    backdated.entry.leaf[at..at + 8].copy_from_slice(&earlier);
    let refused = backdated.check(&verifier).unwrap_err();
    assert_eq!(refused, CertificateError::Entry(EntryError::Inclusion(ProofError::RootMismatch)));
}

#[test]
fn certificate_of_another_ledger_or_key_is_refused() {
    let (mut office, mut other, mut namesake) = (Office::new(), Office::named("other.test"), Office::new());
    let digest = ContentDigest([1; 32]);
    let certificate = office.stamp(digest, None);
    for (forger, by_name) in [(&mut other, true), (&mut namesake, false)] {
        // Its operator stamps whatever it likes, even the same opening, and signs with its own key.
        let forged = forger.stamp_as(certificate.opening);
        assert!(forged.check_file(&forger.verifier(), digest).is_ok());
        match forged.check(&office.verifier()).unwrap_err() {
            CertificateError::Entry(EntryError::Note(NoteError::WrongOrigin { .. })) => assert!(by_name),
            CertificateError::Entry(EntryError::Note(NoteError::NotSigned(_))) => assert!(!by_name),
            wrong => panic!("{wrong:?}"),
        }
        // The entry of one ledger beside the checkpoint of the other.
        let mut mixed = certificate.clone();
        mixed.entry.leaf.clone_from(&forged.entry.leaf);
        assert!(matches!(mixed.check(&office.verifier()), Err(CertificateError::Entry(EntryError::Inclusion(_)))));
        let mut mixed = forged;
        mixed.entry.checkpoint.clone_from(&certificate.entry.checkpoint);
        assert!(matches!(mixed.check(&office.verifier()), Err(CertificateError::Entry(EntryError::Inclusion(_)))));
    }
}

#[test]
fn fork_is_found_by_whoever_keeps_a_checkpoint() {
    let mut office = Office::new();
    office.stamp(ContentDigest([1; 32]), None);
    let (mut one, mut two) = office.fork();
    assert_eq!(one.verifier(), two.verifier());
    let backdated = two.stamp(ContentDigest([2; 32]), None);
    one.stamp(ContentDigest([3; 32]), None);
    let verifier = one.verifier();
    // Both histories are signed: from itself, the certificate is good. Whoever holds the other checkpoint refuses it.
    let forged = backdated.check(&verifier).unwrap();
    assert_eq!(agree(forged.checkpoint(), &one.checkpoint(), None), Err(ForkError::Fork(2)));
    one.stamp(ContentDigest([4; 32]), None);
    assert_eq!(agree(forged.checkpoint(), &one.checkpoint(), None), Err(ForkError::NoProof(2, 3)));
    let consistency = |office: &Office, older, newer| {
        office.ledger.store().consistency_proof(office.ledger.name(), older, newer).unwrap()
    };
    two.stamp(ContentDigest([5; 32]), None);
    for proof in [consistency(&one, 2, 3), consistency(&two, 2, 3), ConsistencyProof::new(2, 3, Vec::new())] {
        let refused = agree(&one.checkpoint(), forged.checkpoint(), Some(&proof));
        assert!(matches!(refused, Err(ForkError::Inconsistent(_))), "{refused:?}");
    }
    // The honest one connects, in both orders, and as a file.
    let file = files::encode(&ConsistencyFile { proof: consistency(&two, 2, 3) });
    let proof = files::decode::<ConsistencyFile>(&file).unwrap().proof;
    assert_eq!(agree(forged.checkpoint(), &two.checkpoint(), Some(&proof)), Ok(()));
    assert_eq!(agree(&two.checkpoint(), forged.checkpoint(), Some(&proof)), Ok(()));
    assert_eq!(agree(forged.checkpoint(), forged.checkpoint(), None), Ok(()));
}

#[test]
fn clock_that_is_set_back_stamps_nothing() {
    let mut office = Office::new();
    office.stamp(ContentDigest([1; 32]), None);
    office.clock.set(time(NOW - 86_400));
    let opening = new_stamp(ContentDigest([2; 32]), None, &mut OsRng);
    let transaction = stamp(office.ledger.id(), &opening);
    let refused = office.try_submit(transaction.clone());
    assert!(matches!(refused, Err(NodeError::Time(BlockTimeError::FarFromClock { .. }))), "{refused:?}");
    // A clock that is behind a little waits at the last block's time.
    office.clock.set(time(NOW - 30));
    assert_eq!(office.submit(transaction).unwrap().time, time(NOW));
}

#[test]
fn stamp_is_in_the_log_once() {
    let mut office = Office::new();
    let certificate = office.stamp(ContentDigest([1; 32]), None);
    let id = certificate.opening.id();
    // The same transaction is no new one; another that holds the stamp again is refused by the rule.
    assert!(matches!(office.submit(stamp(office.ledger.id(), &certificate.opening)), Err(Refusal::Rule(_))));
    let two = |first, second| {
        let actions = [first, second].map(|id| NotaryAction::Stamp(id).action()).to_vec();
        let effects = TransactionEffects::new(office.ledger.id(), Vec::new(), actions);
        Transaction { effects, transfers: Vec::new(), action_proofs: vec![NotaryProof::Stamp.to_bytes(); 2] }
    };
    let [fresh, other] = [5, 6].map(|digest| new_stamp(ContentDigest([digest; 32]), None, &mut OsRng).id());
    let (again, twice, good) = (two(fresh, id), two(fresh, fresh), two(fresh, other));
    assert_eq!(rule(office.submit(again)), NotaryRejection::Stamped(id));
    assert_eq!(rule(office.submit(twice)), NotaryRejection::Stamped(fresh));
    office.submit(good).unwrap();
    assert_eq!(office.notary().stamps(), 3);
}
