//! Lies when a session is opened.

use rand_core::OsRng;
use tabella_protocol::{note::NoteValue, statement::Mode};
use tabella_prover::{account::AmountOpening, builder::Blinding};
use tabella_streaming::{
    Offer, OfferError, StreamingKeys,
    rules::{Party, StreamingAction, StreamingProof, StreamingRejection as Rejection, TermsError},
};
use tabella_verifier::application::UseError;

use crate::scene::{
    Crossing, MAX, NOW, RATE, Scene, WATCHING, accepted, only_the_bridge, rule, seed, time, wrong_signature,
};

#[test]
fn session_that_the_provider_did_not_agree_to_is_refused() {
    let mut scene = Scene::new();
    let offered = scene.offer(false);
    let (another, _) = scene.offer(false);
    let terms = offered.0.terms.clone();
    let elsewhere = scene.provider.consent(terms.id(tabella_protocol::transaction::LedgerId([9; 32])));
    let lies = [wrong_signature(), scene.viewer.consent(offered.0.session()), another.consent, elsewhere];
    for lie in lies {
        let outcome = scene.open_with(&offered, |_, _, proof| match proof {
            StreamingProof::Open { provider, .. } => *provider = lie,
            _ => unreachable!(),
        });
        assert_eq!(rule(outcome), Rejection::Consent);
    }
    // A cheaper rate, or more ticks, than the provider signed.
    let mut altered = offered.clone();
    altered.0.terms.max_ticks += 1;
    assert_eq!(rule(scene.open_with(&altered, |_, _, _| ())), Rejection::Consent);
    let cheap = AmountOpening::hidden(NoteValue(1), &mut OsRng);
    let mut altered = offered.clone();
    altered.0.terms.rate = cheap.amount();
    assert_eq!(rule(scene.open_with(&(altered.0, cheap), |_, _, _| ())), Rejection::Consent);
    accepted(scene.open_with(&offered, |_, _, _| ()));
}

#[test]
fn session_that_the_viewer_did_not_sign_is_refused() {
    let mut scene = Scene::new();
    let offered = scene.offer(false);
    let outcome = scene.open_with(&offered, |scene, at, proof| match proof {
        StreamingProof::Open { viewer, .. } => *viewer = scene.provider.sign(at.digest),
        _ => unreachable!(),
    });
    assert_eq!(rule(outcome), Rejection::Signature(Party::Viewer));
}

#[test]
fn prepayment_of_another_amount_is_refused() {
    let mut scene = Scene::new();
    let all = RATE * u64::from(MAX);
    for amount in [all - 1, all + 1, RATE] {
        // Hidden: no bridge leads from this C to the prepayment.
        let (offer, _) = scene.offer(false);
        let exit = scene.exit(scene.asset, amount, Blinding::Random);
        let crossing = Crossing::of(&exit);
        let open = StreamingAction::Open { terms: Box::new(offer.terms.clone()), transfer: 0 };
        let outcome = scene.attempt(vec![exit], &[open], |scene, at| {
            // The best that can be had: a bridge to a commitment of the amount that did leave the pool.
            let lie = AmountOpening::hidden(NoteValue(amount), &mut OsRng);
            vec![scene.open_proof(&offer, &lie, &crossing, at, 0)]
        });
        only_the_bridge(outcome);
        // Public: the amount is in C.
        let (offer, _) = scene.offer(true);
        let exit = scene.exit(scene.asset, amount, Blinding::Public);
        let open = StreamingAction::Open { terms: Box::new(offer.terms.clone()), transfer: 0 };
        let outcome = scene.attempt(vec![exit], &[open], |scene, at| {
            let (viewer, provider) = (scene.viewer.sign(at.digest), offer.consent);
            vec![StreamingProof::Open { viewer, provider, bridge: None }]
        });
        assert_eq!(rule(outcome), Rejection::Use(UseError::Amount(0)));
    }
}

#[test]
fn prepayment_of_another_asset_or_by_a_transfer_that_takes_nothing_out_is_refused() {
    let mut scene = Scene::new();
    let (offer, rate) = scene.offer(false);
    let prepaid = rate.times(u64::from(MAX)).unwrap();
    let open = StreamingAction::Open { terms: Box::new(offer.terms.clone()), transfer: 0 };
    let florins = scene.exit(scene.other, prepaid.value().0, Blinding::Random);
    let entry = scene.entry(scene.asset, prepaid.value().0, Blinding::Random);
    let refused = [(florins, UseError::Asset(0)), (entry, UseError::Mode { transfer: 0, expected: Mode::Exit })];
    for (transfer, expected) in refused {
        let crossing = Crossing::of(&transfer);
        let outcome = scene.attempt(vec![transfer], std::slice::from_ref(&open), |scene, at| {
            vec![scene.open_proof(&offer, &prepaid, &crossing, at, 0)]
        });
        assert_eq!(rule(outcome), Rejection::Use(expected));
    }
    let outcome = scene.act(open, |scene, at| StreamingProof::Open {
        viewer: scene.viewer.sign(at.digest),
        provider: offer.consent,
        bridge: None,
    });
    assert_eq!(rule(outcome), Rejection::Proof("there is no bridge"));
}

#[test]
fn two_sessions_cannot_share_a_prepayment() {
    let mut scene = Scene::new();
    let (first, rate) = scene.offer(true);
    let (second, _) = scene.offer(true);
    let exit = scene.exit(scene.asset, RATE * u64::from(MAX), Blinding::Public);
    let crossing = Crossing::of(&exit);
    let open = |offer: &Offer| StreamingAction::Open { terms: Box::new(offer.terms.clone()), transfer: 0 };
    let actions = [open(&first), open(&second)];
    let outcome = scene.attempt(vec![exit], &actions, |scene, at| {
        [&first, &second].map(|offer| scene.open_proof(offer, &rate, &crossing, at, 0)).to_vec()
    });
    assert_eq!(rule(outcome), Rejection::Use(UseError::Used(0)));
}

#[test]
fn an_offer_opens_one_session_also_within_one_transaction() {
    let mut scene = Scene::new();
    let offered = scene.offer(true);
    let exits = [0, 1].map(|_| scene.exit(scene.asset, RATE * u64::from(MAX), Blinding::Public));
    let crossing = Crossing::of(&exits[0]);
    let open = |transfer| StreamingAction::Open { terms: Box::new(offered.0.terms.clone()), transfer };
    let outcome = scene.attempt(exits.to_vec(), &[open(0), open(1)], |scene, at| {
        [0, 1].map(|index| scene.open_proof(&offered.0, &offered.1, &crossing, at, index)).to_vec()
    });
    let id = offered.0.session();
    assert_eq!(rule(outcome), Rejection::Exists(id));
    accepted(scene.open_with(&offered, |_, _, _| ()));
    assert_eq!(rule(scene.open_with(&offered, |_, _, _| ())), Rejection::Exists(id));
    // Nor does it open another one when all is over and paid.
    accepted(scene.settle(id, MAX));
    accepted(scene.withdraw(&(id, offered.1.clone()), Party::Provider, MAX));
    assert_eq!(rule(scene.open_with(&offered, |_, _, _| ())), Rejection::Exists(id));
}

#[test]
fn expired_offer_is_refused_by_viewer_and_ledger() {
    let mut scene = Scene::new();
    let offered = scene.offer(false);
    scene.now = NOW + WATCHING;
    assert_eq!(rule(scene.open_with(&offered, |_, _, _| ())), Rejection::Expired);
    let check = offered.0.check(&scene.viewer, scene.ledger(), time(scene.now));
    assert_eq!(check.unwrap_err(), OfferError::Expired);
    scene.now -= 1;
    accepted(scene.open_with(&offered, |_, _, _| ()));
}

#[test]
fn terms_that_are_none_are_refused_though_both_signed_them() {
    let mut scene = Scene::new();
    let offered = scene.offer(true);
    let mut terms = offered.0.terms.clone();
    terms.dispute_seconds = 59;
    let consent = scene.provider.consent(terms.id(scene.ledger()));
    let altered = (Offer { terms, consent, ..offered.0 }, offered.1);
    assert_eq!(rule(scene.open_with(&altered, |_, _, _| ())), Rejection::Terms(TermsError::Dispute));
}

#[test]
fn viewer_takes_no_offer_that_lies_about_its_price_or_is_for_somebody_else() {
    let scene = Scene::new();
    let (offer, _) = scene.offer(false);
    let now = time(NOW);
    let check = |offer: &Offer, keys: &StreamingKeys| offer.check(keys, scene.ledger(), now).map(|_| ());
    let resigned = |mut offer: Offer| {
        offer.consent = scene.provider.consent(offer.session());
        offer
    };
    // The commitment is to another price than the one that is sealed.
    let mut lie = offer.clone();
    lie.terms.rate = AmountOpening::hidden(NoteValue(RATE + 1), &mut OsRng).amount();
    assert_eq!(check(&resigned(lie), &scene.viewer), Err(OfferError::Rate));
    let mut lie = offer.clone();
    lie.terms.max_ticks -= 1;
    assert_eq!(check(&lie, &scene.viewer), Err(OfferError::Consent));
    let mut lie = offer.clone();
    lie.ledger = tabella_protocol::transaction::LedgerId([9; 32]);
    assert_eq!(check(&lie, &scene.viewer), Err(OfferError::Ledger(lie.ledger)));
    let other = StreamingKeys::of_seed(&seed(Party::Viewer), 1);
    assert_eq!(check(&offer, &other), Err(OfferError::Viewer));
    // Free, or more than can be paid.
    for rate in [0, u64::MAX / u64::from(MAX) + 1] {
        for public in [false, true] {
            let order = tabella_streaming::OfferOrder { rate: NoteValue(rate), ..scene.order(public) };
            let refused = Offer::new(&scene.provider, scene.ledger(), &order, &mut OsRng);
            assert_eq!(refused.unwrap_err(), OfferError::Price);
        }
    }
    assert_eq!(check(&offer, &scene.viewer), Ok(()));
}

#[test]
fn rate_that_is_no_whole_number_makes_no_money() {
    use curve25519_dalek::scalar::Scalar;
    use tabella_streaming::rules::Stage;

    let mut scene = Scene::new();
    // 3 ticks for 100: each costs 100/3 modulo l, which no transfer can carry.
    let (third, t) = (Scalar::from(3_u64).invert(), Scalar::from(77_u64));
    let prepaid = AmountOpening::new(NoteValue(100), t);
    let (mut offer, _) = scene.offer(false);
    offer.terms.max_ticks = 3;
    offer.terms.rate = tabella_protocol::account::Amount::Hidden((third * prepaid.commitment().point()).into());
    offer.consent = scene.provider.consent(offer.session());
    let check = offer.check(&scene.viewer, scene.ledger(), time(NOW));
    assert_eq!(check.unwrap_err(), OfferError::Rate, "the viewer's wallet refuses it");
    let exit = scene.exit(scene.asset, 100, Blinding::Random);
    let crossing = Crossing::of(&exit);
    let open = StreamingAction::Open { terms: Box::new(offer.terms.clone()), transfer: 0 };
    accepted(
        scene.attempt(vec![exit], &[open], |scene, at| vec![scene.open_proof(&offer, &prepaid, &crossing, at, 0)]),
    );
    let id = offer.session();
    accepted(scene.settle(id, 1));
    for amount in [33, 34, 100] {
        let lie = AmountOpening::new(NoteValue(amount), third * t);
        let outcome = scene.withdraw_as(id, Party::Provider, 1, &lie, |scene, at| scene.provider.sign(at.digest));
        only_the_bridge(outcome);
    }
    assert_eq!(scene.stage_of(&id), Stage::Settled { ticks: 1 });
}
