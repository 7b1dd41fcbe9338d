//! The meter, off the ledger.

use tabella_protocol::transaction::SignatureBytes;
use tabella_streaming::{Meter, MeterError, SignedTick, StreamingKeys, rules::Party};

use crate::scene::{MAX, Scene, seed};

#[test]
fn meter_counts_the_highest_tick_and_streams_no_further_than_its_credit() {
    let mut scene = Scene::new();
    let (session, _) = scene.session(false);
    let mut meter = Meter::new(session, scene.stored(&session).terms());
    assert_eq!((meter.ticks(), meter.stream_until(1)), (0, 1));
    for ticks in [1, 2, 7, MAX] {
        meter.count(SignedTick::new(&scene.viewer, session, ticks)).unwrap();
        assert_eq!((meter.ticks(), meter.stream_until(1)), (ticks, (ticks + 1).min(MAX)));
    }
    assert_eq!(meter.highest(), Some(&SignedTick::new(&scene.viewer, session, MAX)));
}

#[test]
fn meter_refuses_what_is_not_the_viewers_not_of_its_session_or_not_prepaid() {
    let mut scene = Scene::new();
    let [(session, _), (another, _)] = [0, 1].map(|_| scene.session(false));
    let mut meter = Meter::new(session, scene.stored(&session).terms());
    meter.count(SignedTick::new(&scene.viewer, session, 5)).unwrap();
    let mut refused = |tick: SignedTick| meter.count(tick).unwrap_err();
    assert_eq!(refused(SignedTick::new(&scene.viewer, another, 6)), MeterError::Session(another));
    let beyond = MeterError::BeyondPrepaid { ticks: MAX + 1, max: MAX };
    assert_eq!(refused(SignedTick::new(&scene.viewer, session, MAX + 1)), beyond);
    for ticks in [0, 4, 5] {
        let lower = SignedTick::new(&scene.viewer, session, ticks);
        assert_eq!(refused(lower), MeterError::NotHigher { ticks, highest: 5 });
    }
    let stranger = StreamingKeys::of_seed(&seed(Party::Viewer), 3);
    let moved = SignedTick { ticks: 6, ..SignedTick::new(&scene.viewer, session, 7) };
    let forged = SignedTick { signature: SignatureBytes([7; 64]), ..moved };
    for lie in [moved, forged, SignedTick::new(&stranger, session, 6), SignedTick::new(&scene.provider, session, 6)] {
        assert_eq!(refused(lie), MeterError::Signature(6));
    }
    assert_eq!(meter.ticks(), 5);
}
