use curve25519_dalek::ristretto::RistrettoPoint;
use ed25519_dalek::{Signer, SigningKey};

use super::*;
use crate::ristretto::{CanonicalScalar, Element};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn card(name: &str, seed: u8) -> TrusteeCard {
    let name = TrusteeName::new(name).unwrap();
    let verifying = TrusteeVerifyingKey::from_bytes(key(seed).verifying_key().as_bytes()).unwrap();
    let recipient = AgeRecipient([seed; 32]);
    let signature = key(seed).sign(&TrusteeCard::message(&name, &verifying, &recipient));
    TrusteeCard::new(name, verifying, recipient, SignatureBytes(signature.to_bytes()))
}

fn setup() -> CeremonySetup {
    CeremonySetup::new("Test", 2, vec![card("Ada", 1), card("Bea", 2), card("Cyd", 3)], [9; 32]).unwrap()
}

fn signed<P: RoundPayload>(setup: &CeremonySetup, trustee: u16, seed: u8, payload: P) -> Signed<P> {
    let trustee = TrusteeIndex::new(trustee).unwrap();
    let signature = key(seed).sign(&Signed::message(setup.id(), trustee, &payload));
    Signed { trustee, payload, signature: SignatureBytes(signature.to_bytes()) }
}

fn culprit(index: u16, name: &str) -> Culprit {
    Culprit { index: TrusteeIndex::new(index).unwrap(), name: name.to_owned() }
}

fn package(seed: u64) -> Round1Package {
    let element = |k: u64| Element::new(RistrettoPoint::mul_base(&Scalar::from(seed * 10 + k)));
    let proof = ProofOfKnowledge { commitment: element(5), response: CanonicalScalar(Scalar::from(seed)) };
    Round1Package::new(vec![element(1), element(2)], proof).unwrap()
}

#[test]
fn setup_with_bad_numbers_names_or_cards_is_refused() {
    let cards = || vec![card("Ada", 1), card("Bea", 2), card("Cyd", 3)];
    let new = |threshold, cards| CeremonySetup::new("Test", threshold, cards, [0; 32]);
    assert_eq!(new(1, cards()), Err(SetupError::Threshold { threshold: 1, trustees: 3 }));
    assert_eq!(new(4, cards()), Err(SetupError::Threshold { threshold: 4, trustees: 3 }));
    assert_eq!(new(2, vec![card("Ada", 1)]), Err(SetupError::Count { found: 1 }));
    assert_eq!(new(2, (0..65).map(|i| card(&format!("T{i}"), i)).collect()), Err(SetupError::Count { found: 65 }));
    assert_eq!(CeremonySetup::new("", 2, cards(), [0; 32]), Err(SetupError::Title));
    let same = |second| SetupError::Duplicate { first: culprit(1, "Ada"), second };
    assert_eq!(new(2, vec![card("Ada", 1), card("Ada", 2)]), Err(same(culprit(2, "Ada"))));
    assert_eq!(new(2, vec![card("Ada", 1), card("Bea", 1)]), Err(same(culprit(2, "Bea"))));
    // A card that took another's place: the name was changed after signing.
    let mut bytes = borsh::to_vec(&card("Bea", 2)).unwrap();
    bytes[4] = b'L';
    let forged = borsh::from_slice(&bytes).unwrap();
    assert_eq!(new(2, vec![card("Ada", 1), forged]), Err(SetupError::CardSignature(culprit(2, "Lea"))));
}

#[test]
fn setup_round_trips_and_its_id_covers_every_field() {
    let setup = setup();
    let bytes = borsh::to_vec(&setup).unwrap();
    assert_eq!(borsh::from_slice::<CeremonySetup>(&bytes).unwrap(), setup);
    assert!(borsh::from_slice::<CeremonySetup>(&[bytes.as_slice(), &[0]].concat()).is_err());
    assert!(borsh::from_slice::<CeremonySetup>(&bytes[..bytes.len() - 1]).is_err());
    let cards = || vec![card("Ada", 1), card("Bea", 2), card("Cyd", 3)];
    for other in [
        CeremonySetup::new("Tess", 2, cards(), [9; 32]),
        CeremonySetup::new("Test", 3, cards(), [9; 32]),
        CeremonySetup::new("Test", 2, cards(), [8; 32]),
        CeremonySetup::new("Test", 2, cards().into_iter().rev().collect(), [9; 32]),
    ] {
        assert_ne!(other.unwrap().id(), setup.id());
    }
    assert_eq!(setup.spare(), 1);
}

#[test]
fn message_under_another_key_round_ceremony_or_sender_is_refused() {
    let setup = setup();
    let payload = Commitment { package: PackageHash([7; 32]) };
    let good = signed(&setup, 2, 2, payload);
    assert_eq!(good.verify(&setup), Ok(()));
    let refused = Err(MessageError::Signature { trustee: culprit(2, "Bea"), round: Round::Commit });
    assert_eq!(signed(&setup, 2, 1, payload).verify(&setup), refused);
    let elsewhere =
        CeremonySetup::new("Test", 2, vec![card("Ada", 1), card("Bea", 2), card("Cyd", 3)], [8; 32]).unwrap();
    assert_eq!(good.verify(&elsewhere), refused);
    // A confirmation has the same bytes as a commitment; its round tells them apart.
    let confirmation = signed(&setup, 2, 2, Confirmation { transcript: TranscriptHash([7; 32]) });
    let as_commitment = Signed { trustee: good.trustee, payload, signature: confirmation.signature };
    assert_eq!(as_commitment.verify(&setup), refused);
    let moved = Signed { trustee: TrusteeIndex::new(1).unwrap(), ..good.clone() };
    let refused = MessageError::Signature { trustee: culprit(1, "Ada"), round: Round::Commit };
    assert_eq!(moved.verify(&setup), Err(refused));
    let unknown = TrusteeIndex::new(4).unwrap();
    let refused = MessageError::UnknownTrustee { trustee: unknown, round: Round::Commit };
    assert_eq!(Signed { trustee: unknown, ..good }.verify(&setup), Err(refused));
}

#[test]
fn round_with_missing_or_contradicting_messages_names_the_culprit() {
    let setup = setup();
    let say = |trustee: u16, word: u8| {
        signed(&setup, trustee, trustee as u8, Commitment { package: PackageHash([word; 32]) })
    };
    let sorted = vec![say(1, 1), say(2, 2), say(3, 3)];
    let received = [say(3, 3), say(1, 1), say(2, 2), say(1, 1)];
    assert_eq!(collect_round(&setup, &received).unwrap(), sorted);
    let missing = MessageError::Missing { trustee: culprit(3, "Cyd"), round: Round::Commit };
    assert_eq!(collect_round(&setup, &received[1..]), Err(missing.clone()));
    assert_eq!(check_round(&setup, &sorted[..2]), Err(missing));
    let equivocated = MessageError::Equivocated { trustee: culprit(3, "Cyd"), round: Round::Commit };
    assert_eq!(collect_round(&setup, &[say(3, 3), say(1, 1), say(2, 2), say(3, 4)]), Err(equivocated));
    let order = Err(MessageError::Order { round: Round::Commit });
    assert_eq!(check_round(&setup, &sorted), Ok(()));
    assert_eq!(check_round(&setup, &received[..3]), order);
    assert_eq!(check_round(&setup, &[sorted.clone(), vec![say(3, 3)]].concat()), order);
}

#[test]
fn package_with_identity_or_wrong_length_is_refused() {
    let good = package(1);
    let identity = Element::new(RistrettoPoint::default());
    let new = |commitments: Vec<Element>, proof| Round1Package::new(commitments, proof);
    assert_eq!(new(vec![*good.constant()], *good.proof()), Err(PackageError::Count));
    assert_eq!(new(vec![*good.constant(); 65], *good.proof()), Err(PackageError::Count));
    assert_eq!(new(vec![*good.constant(), identity], *good.proof()), Err(PackageError::Identity));
    let proof = ProofOfKnowledge { commitment: identity, ..*good.proof() };
    assert_eq!(new(good.commitments().to_vec(), proof), Err(PackageError::Identity));

    let bytes = borsh::to_vec(&good).unwrap();
    assert_eq!(borsh::from_slice::<Round1Package>(&bytes).unwrap(), good);
    assert!(borsh::from_slice::<Round1Package>(&[bytes.as_slice(), &[0]].concat()).is_err());
    let mut endless = bytes.clone();
    endless[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(borsh::from_slice::<Round1Package>(&endless).is_err());
    let mut non_canonical = bytes;
    let z = non_canonical.len() - 32;
    non_canonical[z..].copy_from_slice(&[0xff; 32]);
    assert!(borsh::from_slice::<Round1Package>(&non_canonical).is_err());
}

#[test]
fn transcript_covers_every_package_and_not_the_signatures() {
    let setup = setup();
    let commitments: Vec<_> =
        (1..=3).map(|i| signed(&setup, i, i as u8, Commitment { package: PackageHash([i as u8; 32]) })).collect();
    let packages: Vec<_> =
        (1..=3).map(|i| signed(&setup, i, i as u8, Reveal { package: package(u64::from(i)) })).collect();
    let hash = TranscriptHash::new(setup.id(), &commitments, &packages);
    let mut other = packages.clone();
    other[1].payload.package = package(4);
    assert_ne!(TranscriptHash::new(setup.id(), &commitments, &other), hash);
    let mut other = commitments.clone();
    other[2].payload.package = PackageHash([0; 32]);
    assert_ne!(TranscriptHash::new(setup.id(), &other, &packages), hash);
    let mut other = commitments.clone();
    other[2].signature = SignatureBytes([0; 64]);
    assert_eq!(TranscriptHash::new(setup.id(), &other, &packages), hash);
}

#[test]
fn packages_that_cancel_out_make_no_key() {
    let one = package(1);
    let negated = one.commitments().iter().map(|element| Element::new(-element.point())).collect();
    let other = Round1Package::new(negated, *one.proof()).unwrap();
    assert_eq!(JointKey::from_packages([&one, &other]), Err(IdentityKey));
    let joint = JointKey::from_packages([&one, &package(2)]).unwrap();
    assert_eq!(joint.shares().len(), 2);
    let index = TrusteeIndex::new(2).unwrap();
    assert_eq!(joint.share(index).unwrap().point(), &(one.evaluate(index) + package(2).evaluate(index)));
}

#[test]
fn weak_or_non_canonical_verifying_keys_are_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert!(TrusteeVerifyingKey::from_bytes(&identity).is_none());
    // y = p + 3 decodes to the point of y = 3 if reduced.
    let mut above = [0xff; 32];
    above[0] = 0xf0;
    above[31] = 0x7f;
    assert!(TrusteeVerifyingKey::from_bytes(&above).is_none());
}

#[test]
fn age_recipients_have_one_text_form() {
    let recipient = AgeRecipient([5; 32]);
    let text = recipient.to_string();
    assert!(text.starts_with("age1") && text.len() == 62);
    assert_eq!(text.parse(), Ok(recipient));
    assert_eq!(text.replace("age1", "abe1").parse::<AgeRecipient>(), Err(NotAnAgeRecipient));
}

#[test]
fn names_are_short_and_plain() {
    for bad in ["", " Ada", "Ada\n", "A\u{7}da", &"x".repeat(129)] {
        assert_eq!(TrusteeName::new(bad), Err(NameError));
    }
    assert!(TrusteeName::new("Grace Hopper").is_ok());
}
