//! The world as stories see it, and when each of them goes on.
//!
//! A story is a straight line of forms. Between two of them it says in which time it can go on, and who goes on is drawn by lot;
//! the clock never passes what a story still has to do in time.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use rand::Rng as _;
use tabella_desk::{Desk, File, Outcome, Values};
use tabella_protocol::note::AssetId;

use crate::world::{NOW, World};

/// No end.
pub(crate) const EVER: u64 = 1 << 39;

/// Everything there is, shared by the stories.
pub(crate) struct Town(RefCell<World>);

impl Town {
    pub(crate) fn new(seed: u64) -> Self {
        Self(RefCell::new(World::new(seed)))
    }

    pub(crate) fn world<T>(&self, with: impl FnOnce(&mut World) -> T) -> T {
        with(&mut self.0.borrow_mut())
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.borrow().now
    }

    pub(crate) fn asset(&self, which: usize) -> AssetId {
        self.0.borrow().assets[which]
    }

    /// Different people, drawn by lot.
    pub(crate) fn cast<const N: usize>(&self) -> [usize; N] {
        self.world(World::cast)
    }

    /// A number, drawn by lot: from the first to below the second.
    pub(crate) fn draw(&self, from: u64, below: u64) -> u64 {
        self.world(|world| world.rng.gen_range(from..below))
    }

    /// The same values, and sometimes the amount is public.
    pub(crate) fn perhaps_public(&self, values: Values) -> Values {
        if self.draw(0, 2) == 0 { values } else { values.with("public", "yes") }
    }

    /// A form that is handed in, and must be accepted.
    #[track_caller]
    pub(crate) fn done(&self, who: usize, desk: &dyn Desk, form: &str, values: &Values) -> Outcome {
        let done = self.world(|world| world.hand_in(who, desk, form, values));
        done.unwrap_or_else(|refusal| panic!("{} {form}: {refusal:?}", desk.application()))
    }

    /// A form that must be refused.
    #[track_caller]
    pub(crate) fn refused(&self, who: usize, desk: &dyn Desk, form: &str, values: &Values) {
        let done = self.world(|world| world.hand_in(who, desk, form, values));
        assert!(done.is_err(), "{} {form}", desk.application());
    }

    /// An application has taken so much of an asset.
    pub(crate) fn takes(&self, application: &'static str, asset: AssetId, amount: u64) {
        self.changes(application, asset, i128::from(amount));
    }

    /// An application has paid so much of an asset out.
    pub(crate) fn pays(&self, application: &'static str, asset: AssetId, amount: u64) {
        self.changes(application, asset, -i128::from(amount));
    }

    fn changes(&self, application: &'static str, asset: AssetId, change: i128) {
        self.world(|world| *world.held.entry((application, asset.to_bytes())).or_default() += change);
    }
}

/// When a story goes on.
#[derive(Debug)]
pub(crate) struct Turn(Cell<(u64, u64)>);

impl Turn {
    /// Lets others go first; goes on at a time between these, the second excluded.
    pub(crate) async fn at(&self, from: u64, until: u64) {
        self.0.set((from, until));
        let mut waited = false;
        poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Lets others go first.
    pub(crate) async fn any(&self) {
        self.at(NOW, EVER).await;
    }
}

/// A story under way.
pub(crate) type Story<'t> = Pin<Box<dyn Future<Output = ()> + 't>>;

/// So many turns; the stories begin on the first two days.
pub(crate) fn turns(town: &Town, count: usize) -> Vec<Turn> {
    (0..count).map(|_| Turn(Cell::new((NOW + town.draw(0, 2 * 86_400), EVER)))).collect()
}

/// Goes through all stories to their ends, in an order and at times that are drawn by lot. After each step the books are compared.
pub(crate) fn play<'t>(town: &'t Town, mut stories: Vec<(&'t Turn, Story<'t>)>) {
    let mut nobody = Context::from_waker(Waker::noop());
    while !stories.is_empty() {
        let windows: Vec<_> = stories.iter().map(|(turn, _)| turn.0.get()).collect();
        let now = town.now();
        let limit = windows.iter().map(|(_, until)| *until).min().unwrap();
        assert!(now < limit, "a story has missed its time");
        let next = windows.iter().map(|(from, _)| *from).filter(|from| *from > now).min();
        let nobody_can = windows.iter().all(|(from, _)| *from > now);
        let next = next.filter(|next| *next < limit && (nobody_can || town.draw(0, 6) == 0));
        let now = next.unwrap_or(now);
        town.world(|world| world.now = now);
        let ready: Vec<_> = (0..windows.len()).filter(|story| windows[*story].0 <= now).collect();
        let chosen = ready[usize::try_from(town.draw(0, ready.len() as u64)).unwrap()];
        if stories[chosen].1.as_mut().poll(&mut nobody).is_ready() {
            drop(stories.swap_remove(chosen));
        }
        town.world(|world| {
            world.check();
            if world.rng.gen_bool(0.4) {
                world.everyday();
                world.check();
            }
        });
    }
}

/// A file that somebody brings.
pub(crate) fn document(bytes: &[u8]) -> File {
    File { name: "document".into(), bytes: bytes.to_vec() }
}

/// An amount of an asset with two digits after the point.
pub(crate) fn units(amount: u64) -> String {
    tabella_payments::amount::format(amount.into(), 2)
}
