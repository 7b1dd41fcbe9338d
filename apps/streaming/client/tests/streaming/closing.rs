//! Lies when a session ends.

use tabella_protocol::transaction::LedgerId;
use tabella_streaming::{
    StreamingKeys,
    rules::{Party, SessionId, Stage, StreamingAction, StreamingProof, StreamingRejection as Rejection},
};

use crate::scene::{DISPUTE, MAX, NOW, Scene, WATCHING, accepted, rule, seed, time, wrong_signature};

/// The provider claims a tick with this signature of the viewer's.
fn claim(
    scene: &mut Scene,
    session: SessionId,
    ticks: u32,
    watched: Option<tabella_protocol::transaction::SignatureBytes>,
) -> Rejection {
    let action = StreamingAction::Close { session, by: Party::Provider, ticks };
    rule(scene.act(action, |scene, at| StreamingProof::Close { party: scene.provider.sign(at.digest), watched }))
}

#[test]
fn provider_cannot_claim_more_than_the_viewer_signed() {
    let mut scene = Scene::new();
    let (session, _) = scene.session(false);
    let (another, _) = scene.session(false);
    let elsewhere = {
        let terms = scene.stored(&session).terms();
        scene.viewer.sign_tick(terms.id(LedgerId([9; 32])), 9)
    };
    assert_eq!(claim(&mut scene, session, 9, None), Rejection::Proof("the viewer's signature of the tick is missing"));
    let lies = [
        wrong_signature(),
        scene.provider.sign_tick(session, 9),
        // Of the viewer, and of another tick, session or ledger, or for another purpose.
        scene.viewer.sign_tick(session, 8),
        scene.viewer.sign_tick(another, 9),
        elsewhere,
        scene.viewer.sign_final(session, 9),
    ];
    for lie in lies {
        assert_eq!(claim(&mut scene, session, 9, Some(lie)), Rejection::Tick(9));
    }
    assert_eq!(scene.stage_of(&session), Stage::Open);
    accepted(scene.close(session, Party::Provider, 9));
}

#[test]
fn more_ticks_than_were_prepaid_are_refused_though_the_viewer_signed_them() {
    let mut scene = Scene::new();
    let (session, _) = scene.session(false);
    let too_many = Rejection::TooManyTicks { ticks: MAX + 1, max: MAX };
    assert_eq!(rule(scene.close(session, Party::Provider, MAX + 1)), too_many);
    assert_eq!(rule(scene.settle(session, MAX + 1)), too_many);
    accepted(scene.close(session, Party::Provider, MAX));
}

#[test]
fn tick_0_needs_no_signature_and_has_none() {
    let mut scene = Scene::new();
    let (session, _) = scene.session(false);
    let signed = Some(scene.viewer.sign_tick(session, 0));
    assert_eq!(claim(&mut scene, session, 0, signed), Rejection::Proof("tick 0 needs no signature of the viewer"));
    accepted(scene.close(session, Party::Viewer, 0));
    assert_eq!(scene.stage_of(&session), Stage::Closing { ticks: 0, until: time(NOW + DISPUTE) });
}

#[test]
fn higher_tick_wins_and_a_lower_one_changes_nothing() {
    let mut scene = Scene::new();
    let (session, _) = scene.session(false);
    accepted(scene.close(session, Party::Viewer, 3));
    let until = time(NOW + DISPUTE);
    for (by, ticks) in [(Party::Viewer, 0), (Party::Viewer, 2), (Party::Provider, 3)] {
        assert_eq!(rule(scene.close(session, by, ticks)), Rejection::NotHigher(3));
    }
    // Until the last second, and the delay is no longer for it.
    scene.now += DISPUTE - 1;
    accepted(scene.close(session, Party::Provider, 9));
    assert_eq!(scene.stage_of(&session), Stage::Closing { ticks: 9, until });
    scene.now += 1;
    assert_eq!(scene.stage_of(&session), Stage::Settled { ticks: 9 });
}

#[test]
fn nobody_but_the_parties_closes_a_session_and_each_in_its_own_name() {
    let mut scene = Scene::new();
    let (session, _) = scene.session(false);
    let stranger = StreamingKeys::of_seed(&seed(Party::Viewer), 5);
    for by in [Party::Viewer, Party::Provider] {
        let close = StreamingAction::Close { session, by, ticks: 0 };
        let other = if by == Party::Viewer { Party::Provider } else { Party::Viewer };
        let outcome =
            scene.act(close.clone(), |_, at| StreamingProof::Close { party: stranger.sign(at.digest), watched: None });
        assert_eq!(rule(outcome), Rejection::Signature(by));
        let outcome = scene
            .act(close, |scene, at| StreamingProof::Close { party: scene.keys(other).sign(at.digest), watched: None });
        assert_eq!(rule(outcome), Rejection::Signature(by));
    }
}

#[test]
fn signature_for_one_transaction_closes_no_session_in_another() {
    let mut scene = Scene::new();
    let [(first, _), (second, _)] = [0, 1].map(|_| scene.session(false));
    let close = |session| StreamingAction::Close { session, by: Party::Viewer, ticks: 0 };
    let mut signature = None;
    accepted(scene.act(close(first), |scene, at| {
        signature = Some(scene.viewer.sign(at.digest));
        StreamingProof::Close { party: signature.unwrap(), watched: None }
    }));
    let outcome = scene.act(close(second), |_, _| StreamingProof::Close { party: signature.unwrap(), watched: None });
    assert_eq!(rule(outcome), Rejection::Signature(Party::Viewer));
}

#[test]
fn claim_after_the_session_was_settled_is_refused() {
    // By the delay.
    let mut scene = Scene::new();
    let (session, _) = scene.session(false);
    accepted(scene.close(session, Party::Viewer, 0));
    scene.now += DISPUTE;
    assert_eq!(rule(scene.close(session, Party::Provider, 9)), Rejection::Settled(0));
    assert_eq!(rule(scene.settle(session, 9)), Rejection::Settled(0));
    // By both.
    let (session, _) = scene.session(false);
    accepted(scene.settle(session, 4));
    assert_eq!(rule(scene.close(session, Party::Provider, 9)), Rejection::Settled(4));
    assert_eq!(rule(scene.settle(session, 9)), Rejection::Settled(4));
    // By its end: the provider claims until the dispute delay after it expired.
    let [late, (session, _)] = [0, 1].map(|_| scene.session(false));
    scene.now = NOW + WATCHING + DISPUTE - 1;
    accepted(scene.close(late.0, Party::Provider, 9));
    scene.now += 1;
    assert_eq!(scene.stage_of(&late.0), Stage::Settled { ticks: 9 }, "no delay goes beyond the end");
    assert_eq!(rule(scene.close(session, Party::Provider, 9)), Rejection::Settled(0));
}

#[test]
fn session_is_settled_at_once_by_nothing_but_both_signatures_of_one_end() {
    let mut scene = Scene::new();
    let [(session, _), (another, _)] = [0, 1].map(|_| scene.session(false));
    let settle = StreamingAction::Settle { session, ticks: 9 };
    let honest = (scene.viewer.sign_final(session, 9), scene.provider.sign_final(session, 9));
    let lies = [Party::Viewer, Party::Provider].map(|party| {
        let keys = scene.keys(party);
        let other = scene.keys(if party == Party::Viewer { Party::Provider } else { Party::Viewer });
        let wrong = [
            keys.sign_final(session, 8),
            keys.sign_final(another, 9),
            keys.sign_tick(session, 9),
            other.sign_final(session, 9),
        ];
        (party, wrong)
    });
    for (party, wrong) in lies {
        for lie in wrong {
            let (viewer, provider) = if party == Party::Viewer { (lie, honest.1) } else { (honest.0, lie) };
            let outcome = scene.act(settle.clone(), |_, _| StreamingProof::Settle { viewer, provider });
            assert_eq!(rule(outcome), Rejection::Final(party));
        }
    }
    // Both may agree to less than was signed, also after one has closed.
    accepted(scene.close(session, Party::Provider, 20));
    accepted(scene.settle(session, 9));
    assert_eq!(scene.stage_of(&session), Stage::Settled { ticks: 9 });
}

#[test]
fn sessions_that_do_not_exist_and_proofs_of_another_kind_are_refused() {
    let mut scene = Scene::new();
    let nowhere = SessionId([9; 32]);
    assert_eq!(rule(scene.close(nowhere, Party::Viewer, 0)), Rejection::UnknownSession(nowhere));
    assert_eq!(rule(scene.settle(nowhere, 0)), Rejection::UnknownSession(nowhere));
    let (session, _) = scene.session(true);
    let outcome = scene.act(StreamingAction::Settle { session, ticks: 1 }, |scene, at| StreamingProof::Close {
        party: scene.viewer.sign(at.digest),
        watched: None,
    });
    assert_eq!(rule(outcome), Rejection::Proof("it is of another kind of action"));
}
