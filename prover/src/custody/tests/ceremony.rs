//! How the key is made, and who lies on the way.

use tabella_protocol::{
    ceremony::{CeremonyId, Commitment, MessageError, PackageHash, SignatureBytes, TrusteeIndex},
    transaction::TransactionDigest,
};

use super::{
    message::{Agreement, NoncePair, Opening, Sharing, Tag},
    *,
};
use crate::{
    custody::ceremony::{commit, transcript, viewing_key},
    trustee::SecretBytes,
};

#[test]
fn key_is_read_back_as_it_was_written_and_a_changed_share_is_refused() {
    let custodians = Custodians::new(2, &["Ada", "Bo"]);
    let keys = custodians.keys();
    let bytes = borsh::to_vec(&keys[1]).unwrap();
    let again: CustodyKey = borsh::from_slice(&bytes).unwrap();
    assert_eq!(borsh::to_vec(&again).unwrap(), bytes);
    assert!(!format!("{again:?}").contains(&hex::encode(&bytes[bytes.len() - 32..])));
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    borsh::from_slice::<CustodyKey>(&changed).unwrap_err();
    // A share under another custodian's number.
    let mut other = bytes;
    let at = other.len() - 34;
    other[at] = 1;
    borsh::from_slice::<CustodyKey>(&other).unwrap_err();
    let state: Vec<u8> = borsh::to_vec(&custodians.open().0[0]).unwrap();
    assert_eq!(borsh::to_vec(&borsh::from_slice::<Opened>(&state).unwrap()).unwrap(), state);
}

#[test]
fn openings_without_knowledge_or_of_another_length_are_refused() {
    let custodians = Custodians::new(2, &["Ada", "Bo", "Cy"]);
    let name =
        |openings: &[Signed<Opening>]| match custodians.open().0.remove(0).share(&custodians.identities[0], openings) {
            Err(CeremonyError::Opening(culprit)) => culprit.name,
            other => panic!("{other:?}"),
        };
    let (_, openings) = custodians.open();
    let says = |who: usize, payload: Opening| {
        let mut changed = openings.clone();
        changed[who] = custodians.identities[who].sign(&custodians.setup, openings[who].trustee, payload);
        changed
    };
    // Bo says what Ada says: a proof of knowledge is good for one custodian.
    assert_eq!(name(&says(1, openings[0].payload.clone())), "Bo");
    let mut longer = openings[2].payload.clone();
    longer.commitments.push(longer.commitments[0]);
    assert_eq!(name(&says(2, longer)), "Cy");
    let mut identity = openings[2].payload.clone();
    identity.commitments[1] = [0; 32];
    identity.commitments[1][0] = 1;
    assert_eq!(name(&says(2, identity)), "Cy");
    let mut torsion = openings[2].payload.clone();
    torsion.commitments[1] = [0; 32];
    assert_eq!(name(&says(2, torsion)), "Cy");
    let opened = custodians.open().0.remove(0);
    let missing = opened.share(&custodians.identities[0], &openings[..2]).unwrap_err();
    assert!(matches!(missing, CeremonyError::Message(MessageError::Missing { .. })));
    let opened = custodians.open().0.remove(0);
    let mut own = openings[0].payload.clone();
    own.contribution[0] ^= 1;
    let error = opened.share(&custodians.identities[0], &says(0, own)).unwrap_err();
    assert_eq!(error, CeremonyError::OwnMessage);
    let stranger = Custodians::new(2, &["Ada", "Dee"]);
    let refused = Opened::start(&stranger.identities[1], custodians.setup.clone(), &mut rng()).unwrap_err();
    assert_eq!(refused, CeremonyError::NotACustodian);
}

#[test]
fn shares_that_do_not_fit_and_openings_that_differ_are_named() {
    let custodians = Custodians::new(2, &["Ada", "Bo", "Cy"]);
    let (opened, openings) = custodians.open();
    let (mut shared, sharings) = custodians.share(opened, &openings);
    let ada = &custodians.identities[0];
    let stored = borsh::to_vec(&shared.remove(0)).unwrap();
    let finish = |messages: &[Signed<Sharing>]| borsh::from_slice::<Shared>(&stored).unwrap().finish(ada, messages);
    finish(&sharings).unwrap();
    let says = |who: usize, payload: Sharing| {
        let mut changed = sharings.clone();
        changed[who] = custodians.identities[who].sign(&custodians.setup, sharings[who].trustee, payload);
        changed
    };
    // Bo has seen other openings, or says so.
    let mut other = sharings[1].payload.clone();
    other.transcript[0] ^= 1;
    assert!(matches!(finish(&says(1, other)), Err(CeremonyError::OtherTranscript(culprit)) if culprit.name == "Bo"));
    // Cy passes on what Bo encrypted: it is bound to its sender.
    let mut copied = sharings[2].payload.clone();
    copied.shares[0] = sharings[1].payload.shares[0].clone();
    assert!(matches!(finish(&says(2, copied)), Err(CeremonyError::Unreadable(culprit)) if culprit.name == "Cy"));
    let mut short = sharings[1].payload.clone();
    short.shares.clear();
    assert!(matches!(finish(&says(1, short)), Err(CeremonyError::Unreadable(_))));

    // Bo runs the ceremony twice, opens the one and shares the other: share and contribution are of another opening.
    let again = Opened::start(&custodians.identities[1], custodians.setup.clone(), &mut rng_of("another")).unwrap();
    let mut changed = openings.clone();
    changed[1] = again.1;
    let (_, message) = again.0.share(&custodians.identities[1], &changed).unwrap();
    let mut payload = message.payload;
    payload.transcript = sharings[0].payload.transcript;
    assert!(matches!(finish(&says(1, payload)), Err(CeremonyError::Contribution(culprit)) if culprit.name == "Bo"));
    let mut equal = openings[1].payload.clone();
    equal.commitments = changed[1].payload.commitments.clone();
    equal.proof = changed[1].payload.proof;
    let mixed = says_opening(&custodians, &openings, 1, equal);
    let opened = custodians.open().0;
    let mut states = opened.into_iter();
    let (shared, _) = states.next().unwrap().share(ada, &mixed).unwrap();
    let (_, cy) = states.nth(1).unwrap().share(&custodians.identities[2], &mixed).unwrap();
    // The contribution is that of the first opening, the polynomial that of the second; Bo sends a share of the first.
    let mut payload = sharings[1].payload.clone();
    payload.transcript = cy.payload.transcript;
    let bo = custodians.identities[1].sign(&custodians.setup, sharings[1].trustee, payload);
    let mut own = sharings[0].clone();
    let bytes = borsh::to_vec(&shared).unwrap();
    let state = || borsh::from_slice::<Shared>(&bytes).unwrap();
    own.payload = state().own_message();
    own = custodians.identities[0].sign(&custodians.setup, own.trustee, own.payload);
    let error = state().finish(ada, &[own, bo, cy]).unwrap_err();
    assert!(matches!(&error, CeremonyError::Share(culprit) if culprit.name == "Bo"), "{error}");
}

fn says_opening(
    custodians: &Custodians,
    openings: &[Signed<Opening>],
    who: usize,
    payload: Opening,
) -> Vec<Signed<Opening>> {
    let mut changed = openings.to_vec();
    changed[who] = custodians.identities[who].sign(&custodians.setup, openings[who].trustee, payload);
    changed
}

#[test]
fn account_counts_only_when_every_custodian_has_agreed_to_it() {
    let custodians = Custodians::new(2, &["Ada", "Bo"]);
    let keys = custodians.keys();
    let account = keys[0].account();
    let agree = |who: usize, account| {
        custodians.identities[who].sign(&custodians.setup, keys[who].custodian(), Agreement { tag: Tag, account })
    };
    let hash = account.hash();
    account.check_agreements(&[agree(0, hash), agree(1, hash)]).unwrap();
    assert!(matches!(account.check_agreements(&[agree(0, hash)]), Err(AccountError::Message(_))));
    let other = account.check_agreements(&[agree(0, hash), agree(1, [1; 32])]).unwrap_err();
    assert!(matches!(other, AccountError::Other(culprit) if culprit.name == "Bo"));
}

/// `scripts/vectors/custody.py` computes the same.
#[test]
fn hashes_agree_with_the_second_implementation() {
    const FILE: &str = include_str!("../../../../tests/vectors/applications/custody.json");
    let (custody, digest) = (CeremonyId([1; 32]), TransactionDigest([2; 32]));
    let opening = |byte: u8| Opening {
        tag: Tag,
        commitments: vec![[byte; 32], [byte + 1; 32]],
        proof: [byte + 2; 64],
        contribution: [byte + 3; 32],
    };
    let transcript = transcript(custody, &[opening(10), opening(20)]);
    let [third, first] = [3, 1].map(|index| TrusteeIndex::new(index).unwrap());
    let contributions = [7, 8].map(|byte| SecretBytes::new(vec![byte; 32]));
    let ak = person(1).full_viewing_key().spend_validating_key().point().to_bytes();
    let viewing = viewing_key(custody, &transcript, &ak, &contributions).unwrap();
    let says = |index: TrusteeIndex| {
        let byte = u8::try_from(index.get()).unwrap();
        let pairs = vec![NoncePair { hiding: [byte; 32], binding: [byte + 1; 32] }];
        Signed { trustee: index, payload: Nonces { tag: Tag, digest, pairs }, signature: SignatureBytes([0; 64]) }
    };
    let package = Package { custody, digest, nonces: vec![says(first), says(third)] };
    for (name, value) in [
        ("contribution", commit(custody, third, &[7; 32]).to_vec()),
        ("transcript", transcript.to_vec()),
        ("viewing", viewing.to_bytes()[32..].to_vec()),
        ("package", package.hash().to_vec()),
    ] {
        assert!(FILE.contains(&format!("\"{name}\": \"{}\"", hex::encode(&value))), "{name}: {}", hex::encode(value));
    }
}

/// A trustee's message in an election's ceremony of the same setup is none here, and the other way round.
#[test]
fn messages_of_elections_are_no_messages_of_custodians() {
    let custodians = Custodians::new(2, &["Ada", "Bo"]);
    let elections = custodians.identities[0].sign(
        &custodians.setup,
        custodians.open().1[0].trustee,
        Commitment { package: PackageHash([7; 32]) },
    );
    let bytes = borsh::to_vec(&elections).unwrap();
    borsh::from_slice::<Signed<Nonces>>(&bytes).unwrap_err();
    let (_, openings) = custodians.open();
    let bytes = borsh::to_vec(&openings[0]).unwrap();
    let reveal = borsh::from_slice::<Signed<tabella_protocol::ceremony::Reveal>>(&bytes);
    assert!(reveal.is_err() || reveal.unwrap().verify(&custodians.setup).is_err());
}
