//! The key ceremony.

use std::collections::BTreeMap;

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use ed25519_dalek::{Signer, SigningKey};
use frost_ristretto255::{
    Identifier, Signature,
    keys::{VerifiableSecretSharingCommitment, dkg},
};
use tabella_protocol::{
    ceremony::{
        AgeRecipient, CeremonyRecord, CeremonySetup, Commitment, EncryptedShare, JointKey, MessageError,
        ProofOfKnowledge, Reveal, Round, Round1Package, RoundPayload, SignatureBytes, Signed, TranscriptHash,
        TrusteeCard, TrusteeName, TrusteeVerifyingKey,
    },
    ristretto::{CanonicalScalar, Element},
};
use tabella_prover::{
    keyfile::{self, Passphrase, WorkFactor},
    trustee::{CeremonyState, CeremonyStepError, Committed, TrusteeIdentity},
};
use tabella_verifier::ceremony::{CeremonyError, verify, verify_proof_of_knowledge};

use crate::parties::{NAMES, Table, culprit, rng, trustee};

/// A trustee whose keys the test holds, so that it can sign anything.
struct Cheat {
    signing: SigningKey,
    identity: TrusteeIdentity,
}

impl Cheat {
    fn new(name: &str, seed: u8) -> Self {
        let age = age::x25519::Identity::generate();
        let secret = age::secrecy::ExposeSecret::expose_secret(&age.to_string()).to_owned();
        let stored = borsh::to_vec(&(name, [seed; 32], secret)).unwrap();
        Self { signing: SigningKey::from_bytes(&[seed; 32]), identity: borsh::from_slice(&stored).unwrap() }
    }

    fn sign<P: RoundPayload>(&self, setup: &CeremonySetup, index: u16, payload: P) -> Signed<P> {
        let signature = self.signing.sign(&Signed::message(setup.id(), trustee(index), &payload));
        Signed { trustee: trustee(index), payload, signature: SignatureBytes(signature.to_bytes()) }
    }
}

/// Three trustees, the last of whom cheats.
fn table_with_cheat(seed: u64) -> (Table, Cheat) {
    let mut rng = rng(seed);
    let cheat = Cheat::new(NAMES[2], 77);
    let mut identities: Vec<_> =
        NAMES[..2].iter().map(|name| TrusteeIdentity::generate(TrusteeName::new(*name).unwrap(), &mut rng)).collect();
    let again = borsh::from_slice(&borsh::to_vec(&cheat.identity).unwrap()).unwrap();
    identities.push(again);
    let cards = identities.iter().map(TrusteeIdentity::card).collect();
    let setup = CeremonySetup::new("Test election", 2, cards, [seed as u8; 32]).unwrap();
    (Table { setup, identities }, cheat)
}

fn point(scalar: Scalar) -> Element {
    Element::new(RistrettoPoint::mul_base(&scalar))
}

#[test]
fn honest_ceremonies_complete_and_verify() {
    for (threshold, count) in [(2, 2), (2, 3), (3, 5)] {
        let (keys, record, outcome) = Table::new(threshold, count, 1).run(2);
        assert_eq!(outcome.names(), &NAMES[..count]);
        assert_eq!(outcome.threshold(), threshold);
        assert_eq!(outcome.hash(), record.hash());
        for (key, index) in keys.iter().zip(outcome.trustees()) {
            assert_eq!(key.trustee(), index);
            assert_eq!(key.election_key(), outcome.key());
            assert_eq!(key.check_record(&record), Ok(()));
        }
    }
}

#[test]
fn ceremony_of_the_most_trustees_completes() {
    let (keys, _, outcome) = Table::new(2, 64, 3).run(4);
    assert_eq!(keys.len(), outcome.names().len());
    assert_eq!(outcome.verifying_shares().len(), 64);
}

#[test]
fn ceremonies_never_make_the_same_key_twice() {
    let table = Table::new(2, 3, 1);
    let ((_, one, first), (_, other, second)) = (table.run(2), table.run(3));
    assert_ne!(first.key(), second.key());
    assert_ne!(one.hash(), other.hash());
}

#[test]
fn proof_of_knowledge_agrees_with_frosts_own_verification() {
    let (_, record, _) = Table::new(3, 5, 5).run(6);
    let packages: Vec<_> = record.packages.iter().map(|reveal| reveal.payload.package.clone()).collect();
    let to_frost = |package: &Round1Package| {
        let commitment =
            VerifiableSecretSharingCommitment::deserialize(package.commitments().iter().map(Element::as_bytes))
                .unwrap();
        let proof = package.proof();
        let bytes = [*proof.commitment.as_bytes(), proof.response.0.to_bytes()].concat();
        dkg::round1::Package::new(commitment, Signature::deserialize(&bytes).unwrap())
    };
    // Another trustee 1 to receive them, whom frost lets verify the proofs of 2 to 5.
    let accepts = |packages: &[Round1Package]| {
        let (secret, _) = dkg::part1(Identifier::try_from(1).unwrap(), 5, 3, rng(7)).unwrap();
        let others: BTreeMap<_, _> =
            (2..=5).map(|i| (Identifier::try_from(i).unwrap(), to_frost(&packages[usize::from(i) - 1]))).collect();
        dkg::part2(secret, &others).is_ok()
    };
    assert!(accepts(&packages));
    for i in 2..=5 {
        assert!(verify_proof_of_knowledge(trustee(i), &packages[usize::from(i) - 1]).is_ok());
        // Neither takes the proof for another trustee's, nor with another response or commitment.
        let other = if i == 5 { 2 } else { i + 1 };
        assert!(verify_proof_of_knowledge(trustee(other), &packages[usize::from(i) - 1]).is_err());
        let mut swapped = packages.clone();
        swapped.swap(usize::from(i) - 1, usize::from(other) - 1);
        assert!(!accepts(&swapped));
        let good = &packages[usize::from(i) - 1];
        let proof = *good.proof();
        for bad in [
            ProofOfKnowledge { response: CanonicalScalar(proof.response.0 + Scalar::ONE), ..proof },
            ProofOfKnowledge { commitment: point(Scalar::ONE), ..proof },
        ] {
            let bad = Round1Package::new(good.commitments().to_vec(), bad).unwrap();
            assert!(verify_proof_of_knowledge(trustee(i), &bad).is_err());
            let mut changed = packages.clone();
            changed[usize::from(i) - 1] = bad;
            assert!(!accepts(&changed));
        }
    }
}

// Attack 32: the last to publish chooses a package that cancels the others' and leaves a key that it knows.
#[test]
fn trustee_who_changes_its_package_after_seeing_the_others_is_caught_by_its_commitment() {
    let (table, cheat) = table_with_cheat(10);
    let (states, commitments) = table.start(11);
    let (states, mut reveals) = table.reveal(states, &commitments);
    let own = Scalar::from(5_u64);
    let rest = reveals[0].payload.package.constant().point() + reveals[1].payload.package.constant().point();
    let rogue = Element::new(RistrettoPoint::mul_base(&own) - rest);
    let second = *reveals[2].payload.package.commitments().last().unwrap();
    let proof = *reveals[2].payload.package.proof();
    let package = Round1Package::new(vec![rogue, second], proof).unwrap();
    reveals[2] = cheat.sign(&table.setup, 3, Reveal { package });
    let packages: Vec<_> = reveals.iter().map(|reveal| reveal.payload.package.clone()).collect();
    assert_eq!(JointKey::from_packages(&packages).unwrap().key().element(), &point(own), "the attack would work");
    for (state, who) in states.into_iter().zip(&table.identities).take(2) {
        let refused = state.confirm(who, &reveals).unwrap_err();
        assert_eq!(refused, CeremonyStepError::PackageChanged(culprit(3)));
    }
}

// Attack 32, committed in time: without knowing the secret there is no proof of knowledge.
#[test]
fn trustee_without_the_secret_of_its_package_is_named() {
    let (table, cheat) = table_with_cheat(12);
    let (states, mut commitments) = table.start(13);
    let proof = ProofOfKnowledge { commitment: point(Scalar::from(3_u64)), response: CanonicalScalar(Scalar::ONE) };
    let package = Round1Package::new(vec![point(Scalar::from(8_u64)), point(Scalar::from(9_u64))], proof).unwrap();
    commitments[2] = cheat.sign(&table.setup, 3, Commitment { package: package.hash(table.setup.id(), trustee(3)) });
    let mut states = states.into_iter();
    let mut revealed = Vec::new();
    let mut reveals = Vec::new();
    for who in &table.identities[..2] {
        let (state, message) = states.next().unwrap().reveal(who, &commitments).unwrap();
        revealed.push(state);
        reveals.push(message);
    }
    // The honest program of the third would notice that somebody else uses its key.
    let own = states.next().unwrap().reveal(&cheat.identity, &commitments).unwrap_err();
    assert_eq!(own, CeremonyStepError::OwnMessage(Round::Commit));
    reveals.push(cheat.sign(&table.setup, 3, Reveal { package }));
    for (state, who) in revealed.into_iter().zip(&table.identities) {
        assert_eq!(state.confirm(who, &reveals).unwrap_err(), CeremonyStepError::ProofOfKnowledge(culprit(3)));
    }
}

#[test]
fn package_of_another_degree_is_named() {
    let (table, cheat) = table_with_cheat(16);
    let (states, mut commitments) = table.start(17);
    // A polynomial of higher degree would make shares of which more than the threshold are needed.
    let (_, long) = dkg::part1(Identifier::try_from(3).unwrap(), 3, 3, rng(18)).unwrap();
    let element = |bytes: &[u8]| Element::decode(bytes.try_into().unwrap()).unwrap();
    let commitments_long = long.commitment().serialize().unwrap().iter().map(|bytes| element(bytes)).collect();
    let proof = long.proof_of_knowledge().serialize().unwrap();
    let response = Scalar::from_canonical_bytes(proof[32..].try_into().unwrap()).unwrap();
    let proof = ProofOfKnowledge { commitment: element(&proof[..32]), response: CanonicalScalar(response) };
    let package = Round1Package::new(commitments_long, proof).unwrap();
    assert!(verify_proof_of_knowledge(trustee(3), &package).is_ok());
    commitments[2] = cheat.sign(&table.setup, 3, Commitment { package: package.hash(table.setup.id(), trustee(3)) });
    let (states, mut reveals): (Vec<_>, Vec<_>) = states
        .into_iter()
        .zip(&table.identities)
        .take(2)
        .map(|(state, who)| state.reveal(who, &commitments).unwrap())
        .unzip();
    reveals.push(cheat.sign(&table.setup, 3, Reveal { package }));
    for (state, who) in states.into_iter().zip(&table.identities) {
        let refused = CeremonyStepError::Degree { trustee: culprit(3), found: 3, threshold: 2 };
        assert_eq!(state.confirm(who, &reveals).unwrap_err(), refused);
    }
}

#[test]
fn trustee_who_shows_different_packages_to_different_trustees_is_found_before_any_share_is_sent() {
    let (table, cheat) = table_with_cheat(19);
    let (states, commitments) = table.start(20);
    let (states, reveals) = table.reveal(states, &commitments);
    let (states, mut confirmations) = table.confirm(states, &reveals);
    let other = tabella_protocol::ceremony::Confirmation { transcript: TranscriptHash([0; 32]) };
    confirmations[2] = cheat.sign(&table.setup, 3, other);
    for (state, who) in states.into_iter().zip(&table.identities).take(2) {
        assert_eq!(state.share(who, &confirmations).unwrap_err(), CeremonyStepError::OtherTranscript(culprit(3)));
    }
}

#[test]
fn bad_share_names_its_sender() {
    let (table, cheat) = table_with_cheat(21);
    let (states, commitments) = table.start(22);
    let (states, reveals) = table.reveal(states, &commitments);
    let (states, confirmations) = table.confirm(states, &reveals);
    let (states, shares) = table.share(states, &confirmations);
    let (first, first_identity) = (borsh::to_vec(&states[0]).unwrap(), &table.identities[0]);
    let finish = |messages: &[Signed<tabella_protocol::ceremony::Shares>]| {
        let state: tabella_prover::trustee::Shared = borsh::from_slice(&first).unwrap();
        state.finish(first_identity, messages).map(|_| ()).unwrap_err()
    };
    let encrypted = |plaintext: &[u8]| {
        let to: age::x25519::Recipient = first_identity.card().recipient().to_string().parse().unwrap();
        EncryptedShare { recipient: trustee(1), ciphertext: age::encrypt(&to, plaintext).unwrap() }
    };
    let sent = |share: EncryptedShare| {
        let mut messages = shares.clone();
        let mut payload = messages[2].payload.clone();
        payload.shares[0] = share;
        messages[2] = cheat.sign(&table.setup, 3, payload);
        messages
    };
    let plaintext = |sender: u16, recipient: u16, share: Scalar| {
        borsh::to_vec(&(table.setup.id(), trustee(sender), trustee(recipient), share.to_bytes())).unwrap()
    };
    let wrong = CeremonyStepError::ShareWrong(culprit(3));
    assert_eq!(finish(&sent(encrypted(&plaintext(3, 1, Scalar::ONE)))), wrong);
    let unreadable = CeremonyStepError::ShareUnreadable(culprit(3));
    assert_eq!(finish(&sent(encrypted(&plaintext(2, 1, Scalar::ONE)))), unreadable, "another sender's");
    assert_eq!(finish(&sent(encrypted(&plaintext(3, 2, Scalar::ONE)))), unreadable, "another recipient's");
    assert_eq!(finish(&sent(encrypted(b"nothing"))), unreadable);
    let copied = shares[1].payload.shares[0].clone();
    assert_eq!(finish(&sent(copied)), unreadable, "copied from another sender");
    let garbage = EncryptedShare { recipient: trustee(1), ciphertext: vec![7; 100] };
    assert_eq!(finish(&sent(garbage)), unreadable);

    let mut messages = shares.clone();
    let mut payload = messages[2].payload.clone();
    payload.shares.swap(0, 1);
    messages[2] = cheat.sign(&table.setup, 3, payload);
    assert_eq!(finish(&messages), CeremonyStepError::ShareList(culprit(3)));
    let missing = MessageError::Missing { trustee: culprit(3), round: Round::Share };
    assert_eq!(finish(&shares[..2]), missing.into());
    let mut forged = shares.clone();
    forged[2].payload.shares.swap(0, 1);
    let refused = MessageError::Signature { trustee: culprit(3), round: Round::Share };
    assert_eq!(finish(&forged), refused.into());
}

#[test]
fn identity_outside_the_setup_takes_no_part() {
    let table = Table::new(2, 3, 23);
    let stranger = TrusteeIdentity::generate(TrusteeName::new("Ada").unwrap(), &mut rng(24));
    let refused = Committed::start(&stranger, table.setup.clone(), &mut rng(25)).map(|_| ()).unwrap_err();
    assert_eq!(refused, CeremonyStepError::NotATrustee);
    let (mut states, commitments) = table.start(26);
    let refused = states.remove(0).reveal(&table.identities[1], &commitments).map(|_| ()).unwrap_err();
    assert_eq!(refused, CeremonyStepError::NotATrustee);
}

#[test]
fn messages_of_an_earlier_ceremony_are_refused() {
    let table = Table::new(2, 3, 27);
    let (_, old) = table.start(28);
    let cards = table.identities.iter().map(TrusteeIdentity::card).collect();
    let setup = CeremonySetup::new("Test election", 2, cards, [0xee; 32]).unwrap();
    let table = Table { setup, identities: table.identities };
    let (mut states, mut commitments) = table.start(29);
    commitments[1] = old[1].clone();
    let refused = states.remove(0).reveal(&table.identities[0], &commitments).map(|_| ()).unwrap_err();
    assert_eq!(refused, MessageError::Signature { trustee: culprit(2), round: Round::Commit }.into());
}

/// A copy of a record in which the third trustee, who cheats, says something else.
fn record_with_cheat() -> (CeremonyRecord, Cheat) {
    let (table, cheat) = table_with_cheat(30);
    let (_, record, _) = table.run(31);
    (record, cheat)
}

#[test]
fn tampered_records_are_refused_naming_the_culprit() {
    let (good, cheat) = record_with_cheat();
    assert!(verify(&good).is_ok());
    let setup = &good.setup;
    let tampered = |change: &dyn Fn(&mut CeremonyRecord)| {
        let mut record = good.clone();
        change(&mut record);
        assert_ne!(record.hash(), good.hash());
        verify(&record).unwrap_err()
    };

    let missing = MessageError::Missing { trustee: culprit(3), round: Round::Finish };
    assert_eq!(tampered(&|record| record.acknowledgements.truncate(record.acknowledgements.len() - 1)), missing.into());
    let order = MessageError::Order { round: Round::Confirm };
    assert_eq!(tampered(&|record| record.confirmations.swap(0, 1)), order.into());
    let signature = MessageError::Signature { trustee: culprit(2), round: Round::Reveal };
    assert_eq!(tampered(&|record| record.packages[1].signature.0[5] ^= 1), signature.into());

    let constant = *good.packages[2].payload.package.constant();
    let first = good.packages[0].payload.package.clone();
    let changed = |commitments: Vec<Element>, proof| Round1Package::new(commitments, proof).unwrap();
    let proof = *good.packages[2].payload.package.proof();
    let swapped = changed(vec![constant, *first.constant()], proof);
    let reveal = |package: &Round1Package| cheat.sign(setup, 3, Reveal { package: package.clone() });
    let commit =
        |package: &Round1Package| cheat.sign(setup, 3, Commitment { package: package.hash(setup.id(), trustee(3)) });
    assert_eq!(tampered(&|record| record.packages[2] = reveal(&swapped)), CeremonyError::PackageChanged(culprit(3)));
    let both = |package: &Round1Package| {
        tampered(&|record| {
            record.packages[2] = reveal(package);
            record.commitments[2] = commit(package);
        })
    };
    assert_eq!(both(&swapped), CeremonyError::Confirmation(culprit(1)));
    let long = changed(vec![constant, *first.constant(), constant], proof);
    assert_eq!(both(&long), CeremonyError::Degree { trustee: culprit(3), found: 3, threshold: 2 });
    let unproven = changed(vec![*first.constant(), constant], proof);
    assert_eq!(both(&unproven), CeremonyError::ProofOfKnowledge(culprit(3)));
    let copied = both(&first);
    assert_eq!(copied, CeremonyError::ProofOfKnowledge(culprit(3)), "another trustee's package");

    let confirmation = tabella_protocol::ceremony::Confirmation { transcript: TranscriptHash([0; 32]) };
    assert_eq!(
        tampered(&|record| record.confirmations[2] = cheat.sign(setup, 3, confirmation)),
        CeremonyError::Confirmation(culprit(3))
    );
    let acknowledgement =
        tabella_protocol::ceremony::Acknowledgement { outcome: tabella_protocol::ceremony::OutcomeHash([0; 32]) };
    assert_eq!(
        tampered(&|record| record.acknowledgements[2] = cheat.sign(setup, 3, acknowledgement)),
        CeremonyError::Acknowledgement(culprit(3))
    );
}

#[test]
fn records_and_messages_round_trip_and_refuse_trailing_bytes() {
    fn check<T: borsh::BorshSerialize + borsh::BorshDeserialize + PartialEq + std::fmt::Debug>(value: &T) {
        let bytes = borsh::to_vec(value).unwrap();
        assert_eq!(&borsh::from_slice::<T>(&bytes).unwrap(), value);
        assert!(borsh::from_slice::<T>(&[bytes.as_slice(), &[0]].concat()).is_err());
        for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            assert!(borsh::from_slice::<T>(&bytes[..length]).is_err());
        }
    }
    let table = Table::new(2, 3, 32);
    let (states, commitments) = table.start(33);
    let (states, reveals) = table.reveal(states, &commitments);
    let (states, confirmations) = table.confirm(states, &reveals);
    let (states, shares) = table.share(states, &confirmations);
    let (_, acknowledgements) = table.finish(states, &shares);
    let record =
        CeremonyRecord::assemble(table.setup.clone(), &commitments, &reveals, &confirmations, &acknowledgements)
            .unwrap();
    check(&table.setup);
    check(&table.identities[0].card());
    check(&commitments[0]);
    check(&reveals[0]);
    check(&confirmations[0]);
    check(&shares[0]);
    check(&acknowledgements[0]);
    check(&record);
}

#[test]
fn state_of_every_round_continues_from_its_file() {
    fn reload(path: &std::path::Path, state: CeremonyState, first: bool) -> CeremonyState {
        let passphrase = Passphrase::new("between rounds".to_owned());
        let write = if first { keyfile::create } else { keyfile::replace };
        write(path, &state, &passphrase, WorkFactor::INSECURE_FAST).unwrap();
        assert!(format!("{state:?}").contains("<secret>"));
        keyfile::read(path, &passphrase).unwrap()
    }
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..3).map(|i| folder.path().join(format!("{i}.state"))).collect();
    let table = Table::new(2, 3, 34);

    let (states, commitments) = table.start(35);
    let states = states.into_iter().zip(&paths).map(|(s, path)| reload(path, CeremonyState::Committed(s), true));
    let states = states.map(|state| match state {
        CeremonyState::Committed(state) => state,
        other => panic!("{:?}", other.waits_for()),
    });
    let (states, reveals) = table.reveal(states.collect(), &commitments);
    let states = states.into_iter().zip(&paths).map(|(s, path)| reload(path, CeremonyState::Revealed(s), false));
    let states = states.map(|state| match state {
        CeremonyState::Revealed(state) => state,
        other => panic!("{:?}", other.waits_for()),
    });
    let (states, confirmations) = table.confirm(states.collect(), &reveals);
    let states = states.into_iter().zip(&paths).map(|(s, path)| reload(path, CeremonyState::Confirmed(s), false));
    let states = states.map(|state| match state {
        CeremonyState::Confirmed(state) => state,
        other => panic!("{:?}", other.waits_for()),
    });
    let (states, shares) = table.share(states.collect(), &confirmations);
    let states = states.into_iter().zip(&paths).map(|(s, path)| reload(path, CeremonyState::Shared(s), false));
    let states = states.map(|state| match state {
        CeremonyState::Shared(state) => state,
        other => panic!("{:?}", other.waits_for()),
    });
    let (_, acknowledgements) = table.finish(states.collect(), &shares);
    let record =
        CeremonyRecord::assemble(table.setup.clone(), &commitments, &reveals, &confirmations, &acknowledgements)
            .unwrap();
    assert!(verify(&record).is_ok());
}

#[test]
fn secrets_are_never_printed() {
    let (table, _) = table_with_cheat(36);
    let (keys, ..) = table.run(37);
    assert!(format!("{:?}", table.identities[0]).contains("<secret>"));
    assert!(format!("{:?}", keys[0]).contains("<secret>"));
}

#[test]
fn card_with_anothers_recipient_needs_a_new_signature() {
    let table = Table::new(2, 3, 38);
    let card = table.identities[0].card();
    assert!(card.verify().is_ok());
    let bytes = borsh::to_vec(&card).unwrap();
    let signature = SignatureBytes(bytes[bytes.len() - 64..].try_into().unwrap());
    let key = TrusteeVerifyingKey::from_bytes(card.key().as_bytes()).unwrap();
    assert!(TrusteeCard::new(card.name().clone(), key, AgeRecipient([1; 32]), signature).verify().is_err());
}
