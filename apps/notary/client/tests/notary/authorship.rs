//! Proofs of authorship: for one challenge, and by one key.

use rand_core::OsRng;
use tabella_notary::{
    AuthorshipProof, EntryError, ProofError,
    proof::{AnswerError, ask},
    rules::{Challenge, ChallengeError, Claim},
    work::RegistrationProofError,
};
use tabella_protocol::note::Timestamp;
use tabella_verifier::{files, log::NoteError};

use crate::office::{NOW, Office, keys, time, work};

fn asked(office: &Office, work: tabella_notary::rules::WorkId, claim: Claim, verifier: &str) -> Challenge {
    ask(&office.verifier(), (work, claim), verifier, (time(NOW + 10), 3_600), &mut OsRng).unwrap()
}

#[test]
fn proof_is_good_for_its_challenge_only() {
    let mut office = Office::new();
    let (author, stranger) = (keys(1), keys(2));
    let poem = work(&author, "A poem", 1);
    let registration = office.register(&author, &poem);
    let id = poem.id(office.ledger.id());
    let (verifier, at) = (office.verifier(), time(NOW + 20));
    let challenge = asked(&office, id, Claim::Authorship, "Publisher");
    let answer = |challenge: &Challenge, now| {
        AuthorshipProof::answer(&author, challenge.clone(), (&poem, registration.clone()), now)
    };
    let proof = answer(&challenge, at).unwrap();
    let read: AuthorshipProof = files::decode(&files::encode(&proof)).unwrap();
    let proved = read.check(&challenge, &verifier).unwrap();
    assert_eq!((&proved.work, proved.time), (&poem, at));

    // Replayed for another challenge, of the same verifier or another, as it is or with the challenge exchanged.
    for name in ["Publisher", "Court"] {
        let other = asked(&office, id, Claim::Authorship, name);
        assert_eq!(proof.check(&other, &verifier).unwrap_err(), ProofError::OtherChallenge);
        let replayed = AuthorshipProof { challenge: other.clone(), ..proof.clone() };
        assert_eq!(replayed.check(&other, &verifier).unwrap_err(), ProofError::Signature);
    }
    // At another time, within the challenge's and outside of it.
    let shifted = AuthorshipProof { time: time(NOW + 21), ..proof.clone() };
    assert_eq!(shifted.check(&challenge, &verifier).unwrap_err(), ProofError::Signature);
    for late in [NOW + 9, NOW + 3_610] {
        let shifted = AuthorshipProof { time: time(late), ..proof.clone() };
        assert_eq!(shifted.check(&challenge, &verifier).unwrap_err(), ProofError::Time(time(late)));
        assert!(matches!(answer(&challenge, time(late)), Err(AnswerError::Time(..))));
    }
    // Somebody else, who has the registration too: everybody has.
    let refused = AuthorshipProof::answer(&stranger, challenge.clone(), (&poem, registration.clone()), at);
    assert!(matches!(refused, Err(AnswerError::Author)));
    let theirs = work(&stranger, "A poem", 2);
    let their_registration = office.register(&stranger, &theirs);
    let refused = AuthorshipProof::answer(&stranger, challenge.clone(), (&theirs, their_registration.clone()), at);
    let found = theirs.id(office.ledger.id());
    assert!(matches!(refused, Err(AnswerError::Work { asked, found: other }) if asked == id && other == found));
    let theirs_asked = asked(&office, found, Claim::Authorship, "Publisher");
    let own = AuthorshipProof::answer(&stranger, theirs_asked, (&theirs, their_registration), at).unwrap();
    let forged = AuthorshipProof { challenge: challenge.clone(), ..own };
    let missing = RegistrationProofError::Missing(id);
    assert_eq!(forged.check(&challenge, &verifier).unwrap_err(), ProofError::Registration(missing));
    let forged = AuthorshipProof { registration: registration.clone(), ..forged };
    assert_eq!(forged.check(&challenge, &verifier).unwrap_err(), ProofError::Signature);
    // For a claim that was not asked for, and a challenge that is none.
    let owner = asked(&office, id, Claim::Ownership, "Publisher");
    assert!(matches!(answer(&owner, at), Err(AnswerError::Claim(Claim::Ownership))));
    let replayed = AuthorshipProof { challenge: owner.clone(), ..proof.clone() };
    assert_eq!(replayed.check(&owner, &verifier).unwrap_err(), ProofError::Claim(Claim::Ownership));
    let endless = Challenge { expires: Timestamp::MAX, ..challenge.clone() };
    assert!(matches!(answer(&endless, at), Err(AnswerError::Challenge(ChallengeError::Times))));
    assert_eq!(proof.check(&endless, &verifier).unwrap_err(), ProofError::Challenge(ChallengeError::Times));
}

#[test]
fn registration_on_a_ledger_of_ones_own_proves_nothing() {
    let (mut office, mut other) = (Office::new(), Office::new());
    let author = keys(1);
    let poem = work(&author, "A poem", 1);
    let registration = other.register(&author, &poem);
    // Asked about a work of the verifier's ledger, which registers nothing of the kind.
    office.stamp(poem.digest, None);
    let id = poem.id(office.ledger.id());
    let challenge = asked(&office, id, Claim::Authorship, "Publisher");
    let proof = AuthorshipProof::answer(&author, challenge.clone(), (&poem, registration), time(NOW + 20)).unwrap();
    let name = office.ledger.name().clone();
    let expected =
        ProofError::Registration(RegistrationProofError::Entry(EntryError::Note(NoteError::NotSigned(name))));
    assert_eq!(proof.check(&challenge, &office.verifier()).unwrap_err(), expected);
    assert_eq!(proof.check(&challenge, &other.verifier()).unwrap_err(), ProofError::Ledger);
}
