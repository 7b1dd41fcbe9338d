//! Whatever the parties do, what they take out is what was prepaid.

use proptest::prelude::*;
use tabella_streaming::rules::{Party, SessionId, Stage};

use crate::scene::{DISPUTE, MAX, NOW, RATE, Scene, WATCHING, accepted};

/// One thing that somebody tries.
#[derive(Clone, Copy, Debug)]
enum Try {
    Close(bool, u32),
    Settle(u32),
    Withdraw(bool, u32),
    Wait(u64),
}

fn arb_try() -> impl Strategy<Value = Try> {
    prop_oneof![
        (any::<bool>(), 0..=MAX + 1).prop_map(|(viewer, ticks)| Try::Close(viewer, ticks)),
        (0..=MAX + 1).prop_map(Try::Settle),
        (any::<bool>(), 0..=MAX + 1).prop_map(|(viewer, ticks)| Try::Withdraw(viewer, ticks)),
        (1..DISPUTE).prop_map(Try::Wait),
    ]
}

const fn party(viewer: bool) -> Party {
    if viewer { Party::Viewer } else { Party::Provider }
}

/// The price of what a party has taken.
struct Taken([u64; 2]);

impl Taken {
    fn withdraw(
        &mut self,
        scene: &mut Scene,
        session: &(SessionId, tabella_prover::account::AmountOpening),
        by: Party,
        ticks: u32,
    ) {
        let outcome = scene.withdraw(session, by, ticks);
        if outcome.is_ok_and(|culprits| culprits.is_empty()) {
            self.0[usize::from(by == Party::Provider)] += u64::from(ticks) * RATE;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn payouts_add_up_to_the_prepayment(public in any::<bool>(), history in prop::collection::vec(arb_try(), 0..10)) {
        let mut scene = Scene::new();
        let session = scene.session(public);
        let mut taken = Taken([0, 0]);
        let mut highest = 0;
        let mut agreed = None;
        for one in history {
            match one {
                Try::Close(viewer, ticks) => {
                    if scene.close(session.0, party(viewer), ticks).is_ok() {
                        highest = highest.max(ticks);
                    }
                }
                Try::Settle(ticks) => {
                    if scene.settle(session.0, ticks).is_ok() {
                        agreed = Some(ticks);
                    }
                }
                Try::Withdraw(viewer, ticks) => taken.withdraw(&mut scene, &session, party(viewer), ticks),
                Try::Wait(seconds) => scene.now += seconds,
            }
        }
        scene.now = scene.now.max(NOW + WATCHING + DISPUTE);
        let Stage::Settled { ticks } = scene.stage_of(&session.0) else { panic!("every session is settled by its end") };
        prop_assert_eq!(ticks, agreed.unwrap_or(highest));
        for (by, share) in [(Party::Provider, ticks), (Party::Viewer, MAX - ticks)] {
            if share > 0 && !scene.stored(&session.0).is_paid(by) {
                accepted(scene.withdraw(&session, by, share));
                taken.0[usize::from(by == Party::Provider)] += u64::from(share) * RATE;
            }
        }
        prop_assert_eq!(taken.0[1], u64::from(ticks) * RATE);
        prop_assert_eq!(taken.0[0] + taken.0[1], u64::from(MAX) * RATE);
    }
}
