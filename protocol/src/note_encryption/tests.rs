use ark_bls12_381::Fr;
use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar, traits::Identity};
use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::{
    plaintext::{
        Opening, OutgoingPlaintext, PLAINTEXT_BYTES, Plaintext, derive_esk, outgoing_key, recipient_key, seal,
    },
    *,
};
use crate::{
    jubjub::JubjubScalar,
    keys::{Account, Address, Diversifier, NullifierKey, Seed, SpendingKey},
    note::{AssetId, Contract, Escrow, Guard, Lock, NoteCommitment, NoteValue, Terms, Timestamp},
};

fn person(i: u8) -> SpendingKey {
    Seed::new([i; 32]).account(&Account::Payment(0))
}

fn asset() -> AssetId {
    AssetId::new(Fr::from(77))
}

fn escrow(claimant: &Address, refund: &Address) -> Escrow {
    Escrow {
        contract: Contract {
            claimant: claimant.owner(),
            terms: Terms { claim_until: Timestamp::new(50).unwrap(), refund_from: Timestamp::MAX, burn_only: true },
            guard: Guard::none(),
        },
        refund: refund.owner(),
        nullifier_key: NullifierKey::new(Fr::from(5)),
    }
}

/// From person 1 to person 2, at their third and second address: plain, escrow, tagged escrow.
fn outputs(seed: u8) -> [OutputNote; 3] {
    let (alice, bob) = (person(1).address(Diversifier::from_index(3)), person(2).address(Diversifier::from_index(2)));
    let (escrow, memo) = (escrow(&bob, &alice), Memo::from_text("rent").unwrap());
    let (seed, r) = (NoteSeed::new([seed; 32]), JubjubScalar::from(9u64));
    [
        OutputNote::plain(bob, asset(), NoteValue(10), memo.clone(), &seed).unwrap(),
        OutputNote::escrow(bob, asset(), NoteValue(11), escrow, None, memo.clone(), &seed).unwrap(),
        OutputNote::escrow(bob, asset(), NoteValue(12), escrow, Some(r), memo, &seed).unwrap(),
    ]
}

fn encrypt(output: &OutputNote) -> NoteCiphertext {
    let refund = matches!(output.note().lock, Lock::Escrow(_)).then(|| Diversifier::from_index(3));
    output.encrypt(person(1).full_viewing_key().outgoing(), refund)
}

#[test]
fn recipient_and_sender_read_every_kind_of_note() {
    for (i, output) in outputs(1).iter().enumerate() {
        let (cm, ciphertext) = (output.commitment(), encrypt(output));
        let received = decrypt(person(2).full_viewing_key().incoming(), cm, &ciphertext).unwrap();
        assert_eq!((received.note, received.recipient), (*output.note(), *output.recipient()));
        assert_eq!(received.role, if i == 0 { Role::Owner } else { Role::Claimant });
        assert_eq!(received.memo.text(), Some("rent"));
        assert_eq!(received.blinding.map(|r| *r.expose()), (i == 2).then(|| JubjubScalar::from(9u64)));

        let sent = recover(person(1).full_viewing_key().outgoing(), cm, &ciphertext).unwrap();
        assert_eq!((sent.note, sent.recipient), (*output.note(), *output.recipient()));
        assert_eq!(sent.refund, (i > 0).then(|| Diversifier::from_index(3)));
        assert_eq!(sent.memo.text(), Some("rent"));
        assert_eq!(sent.blinding.map(|r| *r.expose()), (i == 2).then(|| JubjubScalar::from(9u64)));
    }
}

#[test]
fn escrow_sent_to_its_refund_party_names_that_role() {
    let (alice, bob) = (person(1).address(Diversifier::from_index(3)), person(2).address(Diversifier::from_index(2)));
    let seed = NoteSeed::new([1; 32]);
    let output =
        OutputNote::escrow(alice, asset(), NoteValue(1), escrow(&bob, &alice), None, Memo::empty(), &seed).unwrap();
    let ciphertext = encrypt(&output);
    let received = decrypt(person(1).full_viewing_key().incoming(), output.commitment(), &ciphertext).unwrap();
    assert_eq!(received.role, Role::RefundParty);
}

#[test]
fn all_kinds_have_the_same_size() {
    for output in outputs(1) {
        assert_eq!(borsh::to_vec(&encrypt(&output)).unwrap().len(), 32 + ENC_BYTES + OUT_BYTES);
    }
    assert_eq!(32 + ENC_BYTES + OUT_BYTES, 946);
}

#[test]
fn other_keys_find_nothing() {
    let [output, ..] = outputs(1);
    let (cm, ciphertext) = (output.commitment(), encrypt(&output));
    for i in [1, 3] {
        let outcome = decrypt(person(i).full_viewing_key().incoming(), cm, &ciphertext);
        assert_eq!(outcome.unwrap_err(), DecryptionError::NotForThisKey);
    }
    for i in [2, 3] {
        let outcome = recover(person(i).full_viewing_key().outgoing(), cm, &ciphertext);
        assert_eq!(outcome.unwrap_err(), DecryptionError::NotForThisKey);
    }
    // Another account of the same person.
    let other = Seed::new([2; 32]).account(&Account::Election([0; 32]));
    let outcome = decrypt(other.full_viewing_key().incoming(), cm, &ciphertext);
    assert_eq!(outcome.unwrap_err(), DecryptionError::NotForThisKey);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn altered_ciphertexts_are_refused(kind in 0usize..3, byte in 0usize..ENC_BYTES, bit in 0u8..8) {
        let output = &outputs(1)[kind];
        let (cm, honest) = (output.commitment(), encrypt(output));
        let (bob, alice) = (person(2), person(1));
        let read = |cm, ciphertext: &NoteCiphertext| {
            (
                decrypt(bob.full_viewing_key().incoming(), cm, ciphertext).map(|_| ()),
                recover(alice.full_viewing_key().outgoing(), cm, ciphertext).map(|_| ()),
            )
        };
        const REFUSED: Result<(), DecryptionError> = Err(DecryptionError::NotForThisKey);
        let mut enc = honest.clone();
        enc.enc[byte] ^= 1 << bit;
        prop_assert_eq!(read(cm, &enc), (REFUSED, REFUSED));
        let mut out = honest.clone();
        out.out[byte % OUT_BYTES] ^= 1 << bit;
        prop_assert_eq!(read(cm, &out), (Ok(()), REFUSED));
        let mut epk = honest.clone();
        epk.epk = Element::new(honest.epk.point() * Scalar::from(2 + byte as u64));
        prop_assert_eq!(read(cm, &epk), (REFUSED, REFUSED));
        let other = NoteCommitment::new(cm.element() + Fr::from(1u64 << bit));
        prop_assert_eq!(read(other, &honest), (REFUSED, REFUSED));
    }
}

/// A dishonest sender: encrypts any plaintext for person 2 under any commitment and ephemeral scalar.
fn lie(bytes: &[u8; PLAINTEXT_BYTES], cm: NoteCommitment, esk: Scalar) -> Result<DecryptedNote, DecryptionError> {
    let bob = person(2).address(Diversifier::from_index(2));
    let epk = Element::new(bob.diversifier().base() * esk);
    let shared = (bob.transmission_key().point() * esk).compress().to_bytes();
    let enc = seal(&recipient_key(&shared, &epk, cm), bytes);
    decrypt(person(2).full_viewing_key().incoming(), cm, &NoteCiphertext { epk, enc, out: [0; OUT_BYTES] })
}

fn plaintext(value: u64, opening: Opening) -> Plaintext {
    Plaintext {
        diversifier: Diversifier::from_index(2),
        asset: asset(),
        value: NoteValue(value),
        rseed: zeroize::Zeroizing::new([1; 32]),
        opening,
        memo: Memo::from_text("rent").unwrap(),
    }
}

#[test]
fn senders_lies_are_refused_each_by_its_check() {
    let (alice, bob) = (person(1).address(Diversifier::from_index(3)), person(2).address(Diversifier::from_index(2)));
    let [plain, in_escrow, _] = outputs(1);
    let cm = plain.commitment();
    let honest = plaintext(10, Opening::Plain);
    let esk = |bytes: &[u8; PLAINTEXT_BYTES], cm| *derive_esk(bytes, cm, bob.transmission_key());

    let bytes = honest.to_bytes();
    assert!(lie(&bytes, cm, esk(&bytes, cm)).is_ok());
    // The ephemeral scalar is not the one that the plaintext gives.
    assert_eq!(lie(&bytes, cm, Scalar::from(4u64)).unwrap_err(), DecryptionError::EphemeralKey);
    // The note holds less than the sender says.
    let bytes = plaintext(1_000, Opening::Plain).to_bytes();
    assert_eq!(lie(&bytes, cm, esk(&bytes, cm)).unwrap_err(), DecryptionError::Commitment);
    // The note belongs to somebody else.
    let other = person(3).address(Diversifier::from_index(2));
    let not_his = OutputNote::plain(other, asset(), NoteValue(10), Memo::empty(), &NoteSeed::new([1; 32])).unwrap();
    let (bytes, cm) = (honest.to_bytes(), not_his.commitment());
    assert_eq!(lie(&bytes, cm, esk(&bytes, cm)).unwrap_err(), DecryptionError::Commitment);
    // Another diversifier of the recipient than the ephemeral key and the lock are made for.
    let cm = plain.commitment();
    let mut elsewhere = honest.clone();
    elsewhere.diversifier = Diversifier::from_index(7);
    let bytes = elsewhere.to_bytes();
    assert_eq!(lie(&bytes, cm, esk(&bytes, cm)).unwrap_err(), DecryptionError::Commitment);
    // An escrow between others.
    let cm = in_escrow.commitment();
    let foreign = plaintext(11, Opening::Escrow { escrow: escrow(&other, &alice), blinding: None }).to_bytes();
    assert_eq!(lie(&foreign, cm, esk(&foreign, cm)).unwrap_err(), DecryptionError::NotAParty);
    // Each part of an escrow's opening, told otherwise than committed to.
    let truth = escrow(&bob, &alice);
    let mut lies = [truth; 5];
    lies[0].contract.terms.claim_until = Timestamp::new(51).unwrap();
    lies[1].contract.terms.burn_only = false;
    lies[2].contract.guard = Guard::of(b"app", &[1; 32]).unwrap();
    lies[3].refund = other.owner();
    lies[4].nullifier_key = NullifierKey::new(Fr::from(6));
    for told in lies {
        let bytes = plaintext(11, Opening::Escrow { escrow: told, blinding: None }).to_bytes();
        assert_eq!(lie(&bytes, cm, esk(&bytes, cm)).unwrap_err(), DecryptionError::Commitment);
    }
    // An escrow told as a plain note.
    let bytes = plaintext(11, Opening::Plain).to_bytes();
    assert_eq!(lie(&bytes, cm, esk(&bytes, cm)).unwrap_err(), DecryptionError::Commitment);
}

#[test]
fn plaintexts_that_are_not_canonical_are_refused() {
    let cm = outputs(1)[0].commitment();
    let honest = plaintext(10, Opening::Plain).to_bytes();
    // Version; asset, above the modulus; kind; unused escrow; unused r.
    for (at, byte) in [(0, 2), (43, 0xff), (84, 3), (85, 1), (84 + 145 + 1, 1)] {
        let mut bytes = honest.clone();
        bytes[at] = byte;
        assert_eq!(lie(&bytes, cm, Scalar::from(4u64)).unwrap_err(), DecryptionError::Malformed, "byte {at}");
    }
    // A tagged escrow whose r is not below r_J.
    let bob = person(2).address(Diversifier::from_index(2));
    let blinding = Some(JubjubScalar::from(1u64));
    let mut bytes = plaintext(10, Opening::Escrow { escrow: escrow(&bob, &bob), blinding }).to_bytes();
    bytes[85 + 145 + 31] = 0xff;
    assert_eq!(lie(&bytes, cm, Scalar::from(4u64)).unwrap_err(), DecryptionError::Malformed);
}

#[test]
fn outgoing_part_of_another_recipient_is_refused() {
    let [output, ..] = outputs(1);
    let (cm, mut ciphertext) = (output.commitment(), encrypt(&output));
    let alice = person(1);
    let ovk = alice.full_viewing_key().outgoing();
    let bob = person(2).address(Diversifier::from_index(2));
    let bytes = plaintext(10, Opening::Plain).to_bytes();
    let esk = *derive_esk(&bytes, cm, bob.transmission_key());
    let owner = person(3).address(Diversifier::from_index(2)).owner();
    let outgoing = OutgoingPlaintext { transmission_key: *bob.transmission_key(), owner, esk, refund: None };
    ciphertext.out = seal(&outgoing_key(ovk.expose(), cm, &ciphertext.epk), outgoing.to_bytes().as_slice());
    assert_eq!(recover(ovk, cm, &ciphertext).unwrap_err(), DecryptionError::Commitment);
}

#[test]
fn disclosure_opens_its_ciphertext_alone_and_as_the_recipient_would() {
    let [plain, in_escrow, tagged] = outputs(1);
    let (alice, bob) = (person(1), person(2));
    let (ovk, ivk) = (alice.full_viewing_key().outgoing(), bob.full_viewing_key().incoming());
    for (output, other) in [(&plain, &in_escrow), (&in_escrow, &tagged), (&tagged, &plain)] {
        let (cm, ciphertext) = (output.commitment(), encrypt(output));
        let by_sender = NoteDisclosure::by_sender(ovk, cm, &ciphertext).unwrap();
        let by_recipient = NoteDisclosure::by_recipient(ivk, cm, &ciphertext).unwrap();
        assert_eq!(borsh::to_vec(&by_sender).unwrap(), borsh::to_vec(&by_recipient).unwrap());
        let opened = by_sender.open(cm, &ciphertext).unwrap();
        assert_eq!((opened.note, opened.recipient), (*output.note(), *output.recipient()));
        assert_eq!((opened.memo.text(), opened.refund), (Some("rent"), None));
        assert_eq!(by_sender.open(other.commitment(), &encrypt(other)).unwrap_err(), DecryptionError::NotForThisKey);
        // The keys of others make none.
        let (ovk, ivk) = (bob.full_viewing_key().outgoing(), alice.full_viewing_key().incoming());
        assert_eq!(NoteDisclosure::by_sender(ovk, cm, &ciphertext).unwrap_err(), DecryptionError::NotForThisKey);
        assert_eq!(NoteDisclosure::by_recipient(ivk, cm, &ciphertext).unwrap_err(), DecryptionError::NotForThisKey);
    }
}

/// A ciphertext that opens with an esk other than the one that the recipient derives: he could not read what is disclosed.
#[test]
fn disclosure_of_what_the_recipient_cannot_read_is_refused() {
    let cm = outputs(1)[0].commitment();
    let bob = person(2).address(Diversifier::from_index(2));
    let bytes = plaintext(10, Opening::Plain).to_bytes();
    let esk = *derive_esk(&bytes, cm, bob.transmission_key());
    let epk = Element::new(bob.diversifier().base() * esk);
    let disclosed = |esk: Scalar| {
        let shared = (bob.transmission_key().point() * esk).compress().to_bytes();
        let enc = seal(&recipient_key(&shared, &epk, cm), bytes.as_slice());
        let fields = (bob.owner(), *bob.transmission_key(), crate::ristretto::CanonicalScalar(esk));
        let disclosure: NoteDisclosure = borsh::from_slice(&borsh::to_vec(&fields).unwrap()).unwrap();
        disclosure.open(cm, &NoteCiphertext { epk, enc, out: [0; OUT_BYTES] }).map(drop)
    };
    assert_eq!(disclosed(esk), Ok(()));
    assert_eq!(disclosed(esk + Scalar::ONE), Err(DecryptionError::EphemeralKey));
    // Nor is an address disclosed that anybody could read.
    let fields = (bob.owner(), Element::new(RistrettoPoint::identity()), crate::ristretto::CanonicalScalar(esk));
    assert!(borsh::from_slice::<NoteDisclosure>(&borsh::to_vec(&fields).unwrap()).is_err());
}

#[test]
fn equal_seeds_repeat_no_trapdoor_and_no_key() {
    let all = outputs(1);
    let (alice, bob) = (person(1).address(Diversifier::from_index(3)), person(2).address(Diversifier::from_index(2)));
    let seed = NoteSeed::new([1; 32]);
    let make = |to, value, memo: &str| {
        OutputNote::plain(to, asset(), NoteValue(value), Memo::from_text(memo).unwrap(), &seed).unwrap()
    };
    // Different value, lock or recipient: different rcm, commitment and ephemeral key. Different memo alone: same
    // commitment, but another ephemeral key and so another cipher key.
    let notes = [&make(bob, 10, "rent"), &make(bob, 20, "rent"), &make(alice, 10, "rent"), &all[1], &all[2]];
    for (i, a) in notes.iter().enumerate() {
        for b in &notes[..i] {
            assert_ne!(a.note().rcm, b.note().rcm);
            assert_ne!(a.commitment(), b.commitment());
            assert_ne!(encrypt(a).epk, encrypt(b).epk);
        }
    }
    let other_memo = make(bob, 10, "gift");
    assert_eq!(other_memo.commitment(), notes[0].commitment());
    assert_ne!(encrypt(&other_memo).epk, encrypt(notes[0]).epk);
    assert_ne!(encrypt(&outputs(2)[0]).epk, encrypt(notes[0]).epk);
}

#[test]
fn impossible_outputs_are_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let seed = NoteSeed::random(&mut rng);
    let (alice, bob) = (person(1).address(Diversifier::from_index(3)), person(2).address(Diversifier::from_index(2)));
    let outsider = person(3).address(Diversifier::from_index(2));
    let outcome = OutputNote::escrow(outsider, asset(), NoteValue(1), escrow(&bob, &alice), None, Memo::empty(), &seed);
    assert_eq!(outcome.unwrap_err(), EncryptionError::RecipientHasNoPart);
    let identity = Element::new(RistrettoPoint::identity());
    let open_to_all = Address::from_parts(bob.diversifier(), bob.owner(), identity);
    let outcome = OutputNote::plain(open_to_all, asset(), NoteValue(1), Memo::empty(), &seed);
    assert_eq!(outcome.unwrap_err(), EncryptionError::IdentityTransmissionKey);
}

#[test]
fn secrets_are_not_printed() {
    let [output, ..] = outputs(1);
    let ciphertext = encrypt(&output);
    let received = decrypt(person(2).full_viewing_key().incoming(), output.commitment(), &ciphertext).unwrap();
    assert_eq!(format!("{output:?} {:?}", NoteSeed::new([1; 32])), "OutputNote(<secret>) NoteSeed(<secret>)");
    assert!(!format!("{received:?}").contains("rent"));
    let sent = recover(person(1).full_viewing_key().outgoing(), output.commitment(), &ciphertext).unwrap();
    assert_eq!(format!("{received:?} {sent:?}"), "DecryptedNote(<secret>) SentNote(<secret>)");
    // Neither value nor owner, also not within something else that derives Debug.
    for output in outputs(1) {
        let note = output.note();
        assert_eq!(format!("{note:?} {:?}", Some(note.lock)), "Note(<secret>) Some(Lock(<secret>))");
        if let Lock::Escrow(escrow) = note.lock {
            assert_eq!(format!("{escrow:?}"), "Escrow(<secret>)");
        }
    }
}
