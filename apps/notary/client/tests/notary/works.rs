//! Works: what is registered, what is not, and what is found.

use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::OsRng;
use tabella_market_rules::work::WorkError;
use tabella_notary::{
    rules::{
        NotaryAction, NotaryProof, NotaryRejection, PictureHash, StampOpening, Work, WorkFault,
        work::{NEAR, register_message},
    },
    work::{RegistrationError, RegistrationProofError, register},
};
use tabella_protocol::transaction::{SignatureBytes, Transaction, TransactionEffects};
use tabella_verifier::application::{InstanceId, Readable as _};

use crate::office::{NOW, Office, address, keys, rule, time, work};

/// A registration alone, with a signature of somebody's choice.
fn alone(
    office: &Office,
    work: &Work,
    blinding: [u8; 32],
    sign: impl FnOnce(&[u8; 32]) -> SignatureBytes,
) -> Transaction {
    let body = NotaryAction::Register { work: Box::new(work.clone()), blinding };
    let effects = TransactionEffects::new(office.ledger.id(), Vec::new(), vec![body.action()]);
    let signature = sign(&register_message(effects.digest()));
    let action_proofs = vec![NotaryProof::Register(signature).to_bytes()];
    Transaction { effects, transfers: Vec::new(), action_proofs }
}

/// A signature by the key of a number.
fn signed(number: u8, message: &[u8; 32]) -> SignatureBytes {
    SignatureBytes(SigningKey::from_bytes(&[number; 32]).sign(message).to_bytes())
}

#[test]
fn work_is_one_note_that_commits_to_its_attributes_and_everybody_finds_it() {
    let mut office = Office::new();
    let author = keys(1);
    let poem = work(&author, "A poem", 1);
    let certificate = office.register(&author, &poem);
    let (ledger, id) = (office.ledger.id(), poem.id(office.ledger.id()));
    let (proved, entry) = certificate.check(&office.verifier(), id).unwrap();
    assert_eq!((proved, entry.time()), (poem.clone(), time(NOW + 1)));
    let other = work(&author, "Another", 1).id(ledger);
    assert_eq!(certificate.check(&office.verifier(), other).unwrap_err(), RegistrationProofError::Missing(other));

    let (found, registered) = office.notary().of_content(&poem.digest).unwrap();
    assert_eq!((found, &registered.work, registered.stamped), (id, &poem, time(NOW)));
    let asset = office.ledger.state().assets().get(&registered.asset).unwrap();
    assert_eq!((asset.issued, asset.description.cap, asset.description.body), (1, 1, id.0));
    // Sealed: nobody, not even the author, makes a second note.
    assert!(asset.sealed);

    let rows: Vec<_> = office.notary().instances(None).collect();
    assert_eq!(rows, [InstanceId(id.0)]);
    let row = office.notary().row(&rows[0], time(NOW)).unwrap();
    assert_eq!((row.title.as_str(), row.digest, row.registered), ("A poem", poem.digest.to_string(), NOW + 1));
    assert_eq!(office.notary().instances(Some(rows[0])).count(), 0);
}

#[test]
fn same_file_is_not_registered_twice_whatever_is_altered() {
    let mut office = Office::new();
    let author = keys(1);
    let poem = work(&author, "A poem", 1);
    office.register(&author, &poem);
    let id = poem.id(office.ledger.id());
    let thief = keys(2);
    let mut split = poem.clone();
    split.holders[0].party.owner = [5; 32];
    for (keys, altered) in [
        (&author, poem.clone()),
        (&author, Work { title: "Another poem".into(), ..poem.clone() }),
        (&author, Work { licence: "CC0-1.0".into(), ..poem.clone() }),
        (&author, Work { picture: Some(PictureHash(1)), ..poem.clone() }),
        (&author, split),
        (&thief, work(&thief, "My poem", 1)),
    ] {
        let blinding = office.stamped(&altered);
        let transaction = office.registration(keys, &altered, blinding);
        // The very same work is issued already as well; the rule comes first.
        assert_eq!(rule(office.submit(transaction)), NotaryRejection::Registered(id));
    }
    // Two titles at once, both rightly signed: the second is refused, and so the first is not applied.
    let key = SigningKey::from_bytes(&[7; 32]);
    let first = Work { author: key.verifying_key().to_bytes(), ..work(&author, "One", 2) };
    let second = Work { title: "Two".into(), ..first.clone() };
    let blinding = office.stamped(&first);
    let body = |work: &Work| NotaryAction::Register { work: Box::new(work.clone()), blinding }.action();
    let effects = TransactionEffects::new(office.ledger.id(), Vec::new(), vec![body(&first), body(&second)]);
    let signature = SignatureBytes(key.sign(&register_message(effects.digest())).to_bytes());
    let action_proofs = vec![NotaryProof::Register(signature).to_bytes(); 2];
    let both = Transaction { effects, transfers: Vec::new(), action_proofs };
    let first_id = first.id(office.ledger.id());
    assert_eq!(rule(office.submit(both)), NotaryRejection::Registered(first_id));
    assert!(office.notary().of_content(&first.digest).is_none());
    let one = alone(&office, &first, blinding, |message| signed(7, message));
    office.submit(one).unwrap();
    assert_eq!(office.notary().of_content(&first.digest).unwrap().0, first_id);
}

#[test]
fn registration_needs_an_older_stamp_of_its_author() {
    let mut office = Office::new();
    let (author, thief) = (keys(1), keys(2));
    let poem = work(&author, "A poem", 1);
    let certificate = office.stamp(poem.digest, Some(poem.author));
    let StampOpening { blinding, .. } = certificate.opening;
    // In the second of the stamp, nobody can tell which was first.
    let honest = office.registration(&author, &poem, blinding);
    assert_eq!(rule(office.submit(honest.clone())), NotaryRejection::YoungStamp);
    office.clock.advance(1);
    // Whoever copies the registration on its way has the file's digest and the blinding, but the stamp names the author.
    let copied = work(&thief, "My poem", 1);
    let stamp = StampOpening { digest: poem.digest, author: Some(copied.author), blinding }.id();
    let transaction = office.registration(&thief, &copied, blinding);
    assert_eq!(rule(office.submit(transaction)), NotaryRejection::NoStamp(stamp));
    // A stamp of one's own in the same transaction, or in the same second, is too young.
    let body = NotaryAction::Register { work: Box::new(copied.clone()), blinding };
    let actions = vec![NotaryAction::Stamp(stamp).action(), body.action()];
    let effects = TransactionEffects::new(office.ledger.id(), Vec::new(), actions);
    let proofs = vec![NotaryProof::Stamp.to_bytes(), NotaryProof::Register(signed(1, &[0; 32])).to_bytes()];
    let at_once = Transaction { effects, transfers: Vec::new(), action_proofs: proofs };
    assert_eq!(rule(office.submit(at_once)), NotaryRejection::NoStamp(stamp));
    let own = office.stamp(poem.digest, Some(thief.public()));
    let transaction = office.registration(&thief, &copied, own.opening.blinding);
    assert_eq!(rule(office.submit(transaction)), NotaryRejection::YoungStamp);
    // A stamp of nobody's, or of another blinding, registers nothing.
    let nobodys = office.stamp(poem.digest, None).opening.blinding;
    for blinding in [nobodys, [0; 32]] {
        let transaction = office.registration(&author, &poem, blinding);
        assert!(matches!(rule(office.submit(transaction)), NotaryRejection::NoStamp(_)));
    }
    office.submit(honest).unwrap();
}

#[test]
fn only_the_author_registers_and_only_what_adds_up() {
    let mut office = Office::new();
    let author = keys(1);
    let poem = work(&author, "A poem", 1);
    let blinding = office.stamped(&poem);
    let forged = alone(&office, &poem, blinding, |message| signed(3, message));
    assert_eq!(rule(office.submit(forged)), NotaryRejection::Author);
    let unsigned = alone(&office, &poem, blinding, |_| SignatureBytes([0; 64]));
    assert_eq!(rule(office.submit(unsigned)), NotaryRejection::Author);
    let at = (office.ledger.id(), office.ledger.state().assets());
    let refused = register(&keys(2), at, &poem, blinding, address(), &mut OsRng);
    assert!(matches!(refused, Err(RegistrationError::Author)));
    for share in [9_999, 10_001, 0] {
        let mut wrong = poem.clone();
        wrong.holders[0].share = share;
        let fault = WorkFault::Split(WorkError::Shares(share.into()));
        let at = (office.ledger.id(), office.ledger.state().assets());
        let refused = register(&author, at, &wrong, blinding, address(), &mut OsRng);
        assert!(matches!(refused, Err(RegistrationError::Work(found)) if found == fault));
        let transaction = alone(&office, &wrong, blinding, |message| signed(3, message));
        assert_eq!(rule(office.submit(transaction)), NotaryRejection::Work(fault));
    }
    // A proof of another kind.
    let mut transaction = alone(&office, &poem, blinding, |message| signed(3, message));
    transaction.action_proofs = vec![NotaryProof::Stamp.to_bytes()];
    assert_eq!(rule(office.submit(transaction)), NotaryRejection::Proof);
}

#[test]
fn near_pictures_are_found_and_not_refused() {
    let mut office = Office::new();
    let author = keys(1);
    let pictures = [(1, 0), (2, 0b111), (3, (1 << 11) - 1), (4, u64::MAX)];
    for (digest, hash) in pictures {
        let picture = Work { picture: Some(PictureHash(hash)), ..work(&author, "A picture", digest) };
        office.register(&author, &picture);
    }
    office.register(&author, &work(&author, "A text", 5));
    let near = |most| {
        let mut found: Vec<_> =
            office.notary().near(PictureHash(0), most).map(|(_, work, bits)| (work.work.digest.0[0], bits)).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(near(0), [(1, 0)]);
    assert_eq!(near(NEAR), [(1, 0), (2, 3)]);
    assert_eq!(near(11), [(1, 0), (2, 3), (3, 11)]);
    assert_eq!(near(64).len(), 4);
}
