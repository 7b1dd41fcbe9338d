//! The turnstile: in public, no more of an asset leaves its pool than came in. Spec § 3.5; after ZIP 209.
//!
//! A second wall behind the circuits. It stands as long as all that crossed was public: a hidden amount says nothing of how much
//! came in, or came back after it had left in hiding, and from then on what enters rests on the range proofs of accounts alone.
//! Whoever holds one unit of an asset can cross with it in hiding. Nothing honest is ever refused.

use std::collections::BTreeMap;

use tabella_protocol::note::{AssetId, NoteValue};
use thiserror::Error;

/// More of an asset leaves its pool than ever came in.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{leaving} units of asset {asset} leave the pool, and there are at most {held} in it")]
pub struct Overdrawn {
    /// The asset.
    pub asset: AssetId,
    /// What the transaction takes out in public.
    pub leaving: u128,
    /// The most that the pool can hold.
    pub held: u128,
}

/// What one transaction moves of one asset.
#[derive(Clone, Copy, Debug, Default)]
struct Flow {
    leaving: u128,
    leaves_hidden: bool,
    entering: Held,
}

/// What is known of the units of an asset in its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// At most so many.
    AtMost(u128),
    /// At most so many, and hidden amounts have left, which were not subtracted: what enters now may be they.
    Left(u128),
    /// Hidden amounts have entered, or may have.
    Unknown,
}

impl Default for Held {
    fn default() -> Self {
        Self::AtMost(0)
    }
}

impl Held {
    /// Saturates: 2^128 - 1 units cannot have entered by 64-bit amounts.
    const fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::AtMost(a), Self::AtMost(b)) => Self::AtMost(a.saturating_add(b)),
            (Self::Left(a), Self::AtMost(0)) => Self::Left(a),
            _ => Self::Unknown,
        }
    }
}

/// What one transaction moves into and out of pools.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flows(BTreeMap<[u8; 32], Flow>);

impl Flows {
    /// A public amount, issued or entering by a transfer.
    pub(crate) fn enter(&mut self, asset: AssetId, amount: NoteValue) {
        self.enters(asset, Held::AtMost(amount.0.into()));
    }

    /// A hidden amount enters.
    pub(crate) fn enter_hidden(&mut self, asset: AssetId) {
        self.enters(asset, Held::Unknown);
    }

    /// A public amount leaves, or is consumed.
    pub(crate) fn leave(&mut self, asset: AssetId, amount: NoteValue) {
        let flow = self.0.entry(asset.to_bytes()).or_default();
        flow.leaving = flow.leaving.saturating_add(amount.0.into());
    }

    /// A hidden amount leaves, or is consumed.
    pub(crate) fn leave_hidden(&mut self, asset: AssetId) {
        self.0.entry(asset.to_bytes()).or_default().leaves_hidden = true;
    }

    fn enters(&mut self, asset: AssetId, held: Held) {
        let flow = self.0.entry(asset.to_bytes()).or_default();
        flow.entering = flow.entering.plus(held);
    }
}

/// For each asset, the most that its pool can hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turnstile(BTreeMap<[u8; 32], Held>);

impl Turnstile {
    /// Whether all that leaves was in the pools before the transaction: what enters with it cannot leave with it.
    pub(crate) fn check(&self, flows: &Flows) -> Result<(), Overdrawn> {
        for (bytes, flow) in &flows.0 {
            match self.held(bytes) {
                Held::AtMost(held) | Held::Left(held) if flow.leaving > held => {
                    let asset = AssetId::from_bytes(bytes).expect("it was an asset's id");
                    return Err(Overdrawn { asset, leaving: flow.leaving, held });
                }
                Held::AtMost(_) | Held::Left(_) | Held::Unknown => {}
            }
        }
        Ok(())
    }

    /// Applies what [`Turnstile::check`] has approved.
    pub(crate) fn execute(&mut self, flows: Flows) {
        for (bytes, flow) in flows.0 {
            let rest = match self.held(&bytes) {
                Held::AtMost(held) if !flow.leaves_hidden => Held::AtMost(held.saturating_sub(flow.leaving)),
                Held::AtMost(held) | Held::Left(held) => Held::Left(held.saturating_sub(flow.leaving)),
                Held::Unknown => Held::Unknown,
            };
            self.0.insert(bytes, rest.plus(flow.entering));
        }
    }

    fn held(&self, asset: &[u8; 32]) -> Held {
        self.0.get(asset).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flows(build: impl FnOnce(&mut Flows)) -> Flows {
        let mut flows = Flows::default();
        build(&mut flows);
        flows
    }

    fn gold() -> AssetId {
        AssetId::new(7.into())
    }

    #[test]
    fn no_more_leaves_than_was_there_before() {
        let mut turnstile = Turnstile::default();
        turnstile.execute(flows(|all| all.enter(gold(), NoteValue(10))));
        let too_much = flows(|all| {
            all.leave(gold(), NoteValue(6));
            all.leave(gold(), NoteValue(5));
            all.enter(gold(), NoteValue(100));
        });
        let refused = Overdrawn { asset: gold(), leaving: 11, held: 10 };
        assert_eq!(turnstile.check(&too_much), Err(refused));
        let all_of_it = flows(|all| all.leave(gold(), NoteValue(10)));
        assert_eq!(turnstile.check(&all_of_it), Ok(()));
        turnstile.execute(all_of_it);
        let one = flows(|all| all.leave(gold(), NoteValue(1)));
        assert_eq!(turnstile.check(&one), Err(Overdrawn { asset: gold(), leaving: 1, held: 0 }));
        let silver = AssetId::new(8.into());
        turnstile.execute(flows(|all| all.enter(silver, NoteValue(1))));
        assert!(turnstile.check(&one).is_err(), "another asset is no help");
    }

    /// It may be more than was there: only its circuit says how much left.
    #[test]
    fn what_left_in_hiding_and_comes_back_says_nothing_of_what_is_there() {
        let mut turnstile = Turnstile::default();
        turnstile.execute(flows(|all| all.enter(gold(), NoteValue(10))));
        turnstile.execute(flows(|all| all.leave_hidden(gold())));
        let (all_of_it, more) =
            (flows(|all| all.leave(gold(), NoteValue(10))), flows(|all| all.leave(gold(), NoteValue(11))));
        assert_eq!(turnstile.check(&all_of_it), Ok(()));
        assert_eq!(turnstile.check(&more), Err(Overdrawn { asset: gold(), leaving: 11, held: 10 }));
        turnstile.execute(flows(|all| all.enter(gold(), NoteValue(5))));
        assert_eq!(turnstile.check(&more), Ok(()));
        assert_eq!(turnstile.held(&gold().to_bytes()), Held::Unknown);
    }

    #[test]
    fn nothing_is_known_once_a_hidden_amount_has_entered() {
        let mut turnstile = Turnstile::default();
        turnstile.execute(flows(|all| all.enter_hidden(gold())));
        let much = flows(|all| all.leave(gold(), NoteValue(u64::MAX)));
        assert_eq!(turnstile.check(&much), Ok(()));
        turnstile.execute(much);
        turnstile.execute(flows(|all| all.enter(gold(), NoteValue(1))));
        assert_eq!(turnstile.check(&flows(|all| all.leave(gold(), NoteValue(2)))), Ok(()));
    }
}
