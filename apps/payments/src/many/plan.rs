//! Which notes pay what, by amounts alone.
//!
//! Each note is a bag. Payments, the largest first, go to a bag that has enough left: to one that they use up as its second, else
//! to those with the fewest payments; if none has enough, bags are put together. A bag that pays one with change, or two exactly, is one transfer. Any other bag
//! of at most two notes is split by a transfer of its own: an even number of payments get a note of exactly their sum, and
//! the rest get what is left. A bag of k notes needs k - 2 merges before.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{note::AssetId, transaction::MAX_TRANSFERS, tree::Position};

/// A note of the payer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) enum Coin {
    /// One that the wallet has.
    Note(Position),
    /// One that a transfer of the plan makes, by its number.
    Made(usize),
}

/// What a transfer makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) enum Output {
    /// A payment, by its index.
    Payment(usize),
    /// A note of the payer's own.
    Own {
        /// Its number.
        coin: usize,
        /// Its value.
        value: u64,
    },
}

/// One transfer: one or two inputs, one or two outputs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Transfer {
    pub(super) asset: AssetId,
    pub(super) inputs: Vec<Coin>,
    pub(super) outputs: Vec<Output>,
}

/// There is not enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Short {
    pub(super) available: u128,
    pub(super) needed: u128,
}

#[derive(Debug)]
struct Bag {
    coins: Vec<(Coin, u64)>,
    payments: Vec<(usize, u64)>,
}

type Rounds = Vec<Vec<Transfer>>;

impl Bag {
    fn rest(&self) -> u128 {
        sum(&self.coins).saturating_sub(sum(&self.payments))
    }
}

/// Plans one asset after the other; all of their payments stand in the last round.
#[derive(Default)]
pub(super) struct Planner {
    rounds: Rounds,
    coins: usize,
}

impl Planner {
    /// Adds the payments of an asset, by index and amount, from notes.
    pub(super) fn add(
        &mut self,
        asset: AssetId,
        notes: Vec<(Position, u64)>,
        mut payments: Vec<(usize, u64)>,
    ) -> Result<(), Short> {
        let (available, needed) = (sum(&notes), sum(&payments));
        if available < needed {
            return Err(Short { available, needed });
        }
        payments.sort_by_key(|(index, value)| (std::cmp::Reverse(*value), *index));
        let one = |(position, value)| Bag { coins: vec![(Coin::Note(position), value)], payments: Vec::new() };
        let mut bags: Vec<Bag> = notes.into_iter().map(one).collect();
        for payment in payments {
            let amount = u128::from(payment.1);
            while !bags.iter().any(|bag| bag.rest() >= amount) {
                // All bags together have enough, so there are two.
                bags.sort_by_key(|bag| std::cmp::Reverse(bag.rest()));
                let missing = amount.saturating_sub(bags.first().map_or(0, Bag::rest));
                let second = bags.iter().rposition(|bag| bag.rest() >= missing).filter(|index| *index > 0);
                let second = bags.swap_remove(second.unwrap_or(1));
                if let Some(first) = bags.first_mut() {
                    first.coins.extend(second.coins);
                    first.payments.extend(second.payments);
                }
            }
            // Two that come to exactly what there is take one transfer.
            let fits = |bag: &Bag| bag.payments.len() == 1 && bag.rest() == amount;
            let enough = bags.iter_mut().filter(|bag| bag.rest() >= amount);
            if let Some(bag) = enough.min_by_key(|bag| (!fits(bag), bag.payments.len(), bag.rest())) {
                bag.payments.push(payment);
            }
        }
        for bag in bags.into_iter().filter(|bag| !bag.payments.is_empty()) {
            let rounds = self.merge(asset, bag);
            self.rounds = side_by_side(std::mem::take(&mut self.rounds), rounds);
        }
        Ok(())
    }

    /// The transfers of each transaction; the last one pays.
    pub(super) fn rounds(self) -> Rounds {
        // What a round does is independent of one another: a round of too many transfers becomes several. The last one has at
        // most one for each payment.
        let several = |round: Vec<Transfer>| round.chunks(MAX_TRANSFERS).map(<[_]>::to_vec).collect::<Vec<_>>();
        self.rounds.into_iter().flat_map(several).collect()
    }

    /// Merges the smallest notes of a bag until two are left.
    fn merge(&mut self, asset: AssetId, mut bag: Bag) -> Rounds {
        let mut rounds = Vec::new();
        while bag.coins.len() > 2 {
            let merges = (bag.coins.len() / 2).min(bag.coins.len() - 2);
            bag.coins.sort_by_key(|(_, value)| *value);
            let rest = bag.coins.split_off(2 * merges);
            let mut round = Vec::new();
            let mut coins = Vec::new();
            for pair in bag.coins.chunks(2) {
                let value = exact(sum(pair));
                let coin = self.coin();
                let inputs = pair.iter().map(|(coin, _)| *coin).collect();
                round.push(Transfer { asset, inputs, outputs: vec![Output::Own { coin, value }] });
                coins.push((Coin::Made(coin), value));
            }
            coins.extend(rest);
            bag.coins = coins;
            rounds.push(round);
        }
        rounds.extend(self.split(asset, bag));
        rounds
    }

    /// Pays from a bag of at most two notes, or splits it.
    fn split(&mut self, asset: AssetId, bag: Bag) -> Rounds {
        let rest = bag.rest();
        let Bag { coins, mut payments } = bag;
        let inputs = coins.iter().map(|(coin, _)| *coin).collect();
        if payments.len() <= 1 || payments.len() == 2 && rest == 0 {
            let mut outputs: Vec<_> = payments.iter().map(|(index, _)| Output::Payment(*index)).collect();
            if rest > 0 {
                outputs.push(Output::Own { coin: self.coin(), value: exact(rest) });
            }
            return vec![vec![Transfer { asset, inputs, outputs }]];
        }
        // Half of them, but an even number: these leave no note behind.
        let left = (payments.len() / 2 / 2 * 2).max(2);
        let others = payments.split_off(left);
        let value = sum(&payments);
        let other_value = sum(&others) + rest;
        let mut outputs = Vec::new();
        let mut rounds = Vec::new();
        for (value, payments) in [(value, payments), (other_value, others)] {
            if value == 0 {
                continue;
            }
            let (coin, value) = (self.coin(), exact(value));
            outputs.push(Output::Own { coin, value });
            if !payments.is_empty() {
                let part = self.split(asset, Bag { coins: vec![(Coin::Made(coin), value)], payments });
                rounds = side_by_side(rounds, part);
            }
        }
        rounds.insert(0, vec![Transfer { asset, inputs, outputs }]);
        rounds
    }

    const fn coin(&mut self) -> usize {
        self.coins += 1;
        self.coins
    }
}

/// Both, so that their last rounds are one.
fn side_by_side(a: Rounds, b: Rounds) -> Rounds {
    let (mut long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let before = long.len() - short.len();
    for (round, more) in long.iter_mut().skip(before).zip(short) {
        round.extend(more);
    }
    long
}

fn sum<T>(values: &[(T, u64)]) -> u128 {
    values.iter().map(|(_, value)| u128::from(*value)).sum()
}

/// All units of an asset together are below 2^64: its cap is.
fn exact(value: u128) -> u64 {
    u64::try_from(value).expect("no more of an asset is issued than its cap, which is below 2^64")
}

#[cfg(test)]
mod tests;
