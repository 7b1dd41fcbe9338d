//! Works, stamps and challenges: limits, ids, and the hashes of the vectors.

#![allow(clippy::unwrap_used, reason = "a test stops where something unforeseen happens")]

use std::collections::BTreeSet;

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_POINT, scalar::Scalar};
use tabella_market_rules::work::{Holder, MAX_HOLDERS, Party, ViewerKey, WorkError};
use tabella_notary_rules::{
    Challenge, ChallengeError, Claim, ContentDigest, PictureHash, StampOpening, Work, WorkFault,
    challenge::{MAX_SECONDS, author_message},
    stamp::token_serial,
    work::{MAX_TEXT_BYTES, register_message},
};
use tabella_protocol::{
    asset::AssetClass,
    note::Timestamp,
    transaction::{LedgerId, TransactionDigest},
};

/// SHA-256 of `abc`.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const LEDGER: LedgerId = LedgerId([6; 32]);

fn holder(owner: u8, viewer: u64, share: u16) -> Holder {
    let element = (Scalar::from(viewer) * RISTRETTO_BASEPOINT_POINT).into();
    Holder { party: Party { owner: [owner; 32], viewer: ViewerKey::new(element).unwrap() }, share }
}

fn work() -> Work {
    Work {
        title: "Étude".into(),
        author: [20; 32],
        licence: "CC-BY-4.0".into(),
        holders: vec![holder(21, 7, 6_667), holder(22, 9, 3_333)],
        digest: ABC.parse().unwrap(),
        picture: Some(PictureHash(0x0123_4567_89ab_cdef)),
    }
}

fn challenge() -> Challenge {
    Challenge {
        ledger: LEDGER,
        work: work().id(LEDGER),
        claim: Claim::Ownership,
        verifier: "Galerie".into(),
        nonce: [12; 32],
        issued: Timestamp::new(1_800_000_000).unwrap(),
        expires: Timestamp::new(1_800_003_600).unwrap(),
    }
}

#[test]
fn split_that_does_not_add_up_is_refused() {
    let with = |holders: Vec<Holder>| Work { holders, ..work() }.check();
    assert_eq!(work().check(), Ok(()));
    assert_eq!(with(vec![holder(1, 7, 10_000)]), Ok(()));
    for shares in [[5_000, 4_999], [5_000, 5_001], [10_000, 0], [1, 1], [u16::MAX, 10_000]] {
        let sum = shares.iter().map(|share| u32::from(*share)).sum();
        let holders = vec![holder(1, 7, shares[0]), holder(2, 9, shares[1])];
        assert_eq!(with(holders), Err(WorkFault::Split(WorkError::Shares(sum))), "{shares:?}");
    }
    assert_eq!(with(vec![]), Err(WorkFault::Split(WorkError::Holders)));
    let twice = vec![holder(1, 7, 5_000), holder(1, 9, 5_000)];
    assert_eq!(with(twice), Err(WorkFault::Split(WorkError::Repeated(1))));
    let many: Vec<_> = (0..=MAX_HOLDERS).map(|owner| holder(owner as u8, 7, 1)).collect();
    assert_eq!(with(many.clone()), Err(WorkFault::Split(WorkError::Holders)));
    // Such a list does not even decode.
    let bytes = borsh::to_vec(&Work { holders: many, ..work() }).unwrap();
    assert!(borsh::from_slice::<Work>(&bytes).is_err());
    assert_eq!(borsh::from_slice::<Work>(&borsh::to_vec(&work()).unwrap()).unwrap(), work());
}

#[test]
fn texts_are_lines_of_bounded_length() {
    let long = "x".repeat(MAX_TEXT_BYTES);
    for (text, is_good) in [("", false), ("  ", false), ("a\nb", false), ("\u{1b}[2J", false), (&*long, true)] {
        let title = Work { title: text.into(), ..work() }.check();
        assert_eq!(title, if is_good { Ok(()) } else { Err(WorkFault::Title) }, "{text:?}");
        let licence = Work { licence: text.into(), ..work() }.check();
        assert_eq!(licence, if is_good { Ok(()) } else { Err(WorkFault::Licence) }, "{text:?}");
        let verifier = Challenge { verifier: text.into(), ..challenge() }.check();
        assert_eq!(verifier, if is_good { Ok(()) } else { Err(ChallengeError::Verifier) }, "{text:?}");
    }
    let longer = format!("{long}x");
    assert_eq!(Work { title: longer.clone(), ..work() }.check(), Err(WorkFault::Title));
    assert_eq!(Work { licence: longer, ..work() }.check(), Err(WorkFault::Licence));
}

#[test]
fn id_and_asset_commit_to_every_attribute_and_the_ledger() {
    let changes: [fn(&mut Work); 10] = [
        |work| work.title.push('!'),
        |work| work.author[0] ^= 1,
        |work| work.licence.push('!'),
        |work| work.holders[0].party.owner[0] ^= 1,
        |work| work.holders[0].party.viewer = holder(0, 11, 1).party.viewer,
        |work| work.holders[0].share -= 1,
        |work| work.holders.swap(0, 1),
        |work| work.digest.0[31] ^= 1,
        |work| work.picture = None,
        |work| work.picture = Some(PictureHash(0x0123_4567_89ab_cdee)),
    ];
    let other = LedgerId([7; 32]);
    let mut ids = BTreeSet::from([work().id(LEDGER), work().id(other)]);
    let asset = |work: &Work, ledger| work.asset(ledger).unwrap().to_bytes();
    let mut assets = BTreeSet::from([asset(&work(), LEDGER), asset(&work(), other)]);
    for change in changes {
        let mut work = work();
        change(&mut work);
        assert!(ids.insert(work.id(LEDGER)) && assets.insert(asset(&work, LEDGER)));
    }
    assert_eq!((ids.len(), assets.len()), (12, 12));
    let description = work().description(LEDGER);
    assert_eq!((description.cap, description.decimals, description.class), (1, 0, AssetClass::Ordinary));
    assert_eq!((description.issuer, description.check()), (work().author, Ok(())));
}

#[test]
fn stamp_hides_and_binds() {
    let opening = StampOpening { digest: work().digest, author: Some([20; 32]), blinding: [11; 32] };
    let others = [
        StampOpening { digest: ContentDigest([0; 32]), ..opening },
        StampOpening { author: None, ..opening },
        StampOpening { author: Some([21; 32]), ..opening },
        StampOpening { blinding: [12; 32], ..opening },
    ];
    for other in others {
        assert_ne!(other.id(), opening.id());
    }
    // What is printed of an opening is what everybody sees.
    assert_eq!(format!("{opening:?}"), format!("StampOpening(of {:?})", opening.id()));
}

#[test]
fn challenge_is_good_within_its_time_and_binds_everything() {
    let time = |seconds| Timestamp::new(seconds).unwrap();
    for (seconds, is_good) in [(0, false), (1, true), (MAX_SECONDS, true), (MAX_SECONDS + 1, false)] {
        let challenge = Challenge { expires: time(1_800_000_000 + seconds), ..challenge() };
        assert_eq!(challenge.check(), if is_good { Ok(()) } else { Err(ChallengeError::Times) }, "{seconds}");
    }
    assert_eq!(Challenge { expires: time(1), ..challenge() }.check(), Err(ChallengeError::Times));
    for (seconds, admits) in
        [(1_799_999_999, false), (1_800_000_000, true), (1_800_003_599, true), (1_800_003_600, false)]
    {
        assert_eq!(challenge().admits(time(seconds)), admits, "{seconds}");
    }
    let changes: [fn(&mut Challenge); 7] = [
        |challenge| challenge.ledger.0[0] ^= 1,
        |challenge| challenge.work.0[0] ^= 1,
        |challenge| challenge.claim = Claim::Authorship,
        |challenge| challenge.verifier.push('!'),
        |challenge| challenge.nonce[0] ^= 1,
        |challenge| challenge.issued = Timestamp::new(1_800_000_001).unwrap(),
        |challenge| challenge.expires = Timestamp::new(1_800_003_601).unwrap(),
    ];
    let mut hashes = BTreeSet::from([challenge().hash().0]);
    for change in changes {
        let mut challenge = challenge();
        change(&mut challenge);
        assert!(hashes.insert(challenge.hash().0));
    }
    let at = |seconds| author_message(challenge().hash(), time(seconds));
    assert_ne!(at(1_800_000_000), at(1_800_000_001));
}

#[test]
fn distance_of_pictures_counts_bits() {
    let hash = PictureHash(0x00ff);
    assert_eq!((hash.distance(hash), hash.distance(PictureHash(0)), hash.distance(PictureHash(!0xff))), (0, 8, 64));
}

#[test]
fn hashes_are_those_of_the_vectors() {
    let file = include_str!("../../../../tests/vectors/applications/notary.json");
    let vectors: serde_json::Value = serde_json::from_str(file).unwrap();
    let (digest, blinding) = (work().digest, [11; 32]);
    let anonymous = StampOpening { digest, author: None, blinding };
    let stamp = StampOpening { digest, author: Some([20; 32]), blinding }.id();
    for (name, found) in [
        ("stamp_anonymous", anonymous.id().0.to_vec()),
        ("stamp_by_author", stamp.0.to_vec()),
        ("token_serial", token_serial(LEDGER, stamp).to_vec()),
        ("work", borsh::to_vec(&work()).unwrap()),
        ("work_id", work().id(LEDGER).0.to_vec()),
        ("asset", work().asset(LEDGER).unwrap().to_bytes().to_vec()),
        ("register", register_message(TransactionDigest([10; 32])).to_vec()),
        ("challenge", borsh::to_vec(&challenge()).unwrap()),
        ("challenge_hash", challenge().hash().0.to_vec()),
        ("author_message", author_message(challenge().hash(), Timestamp::new(1_800_000_100).unwrap()).to_vec()),
    ] {
        assert_eq!(vectors[name], hex::encode(found), "{name}");
    }
}
