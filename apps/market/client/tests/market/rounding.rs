//! The rounding rule: nothing is rounded. A unit is 1/10^8 of the smallest unit, every credit is a whole number of them, and what is
//! less than a smallest unit stays where it is until more comes.

use proptest::prelude::*;
use rand_core::OsRng;
use tabella_market::{keys::MarketKeys, price::Priced};
use tabella_market_rules::{
    price::Balance,
    work::{Holder, PARTS_PER_UNIT, Work},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    keys::Seed,
    note::{AssetId, NoteValue},
};

/// Shares in basis points that add up: differences of sorted cuts.
fn arb_shares() -> impl Strategy<Value = Vec<u16>> {
    proptest::collection::btree_set(1_u16..10_000, 0..12).prop_map(|cuts| {
        let mut last = 0;
        let mut shares: Vec<u16> = Vec::new();
        for cut in cuts.into_iter().chain([10_000]) {
            shares.push(cut - last);
            last = cut;
        }
        shares
    })
}

fn party(index: usize) -> MarketKeys {
    MarketKeys::of_seed(&Seed::new([1; 32]), u32::try_from(index).unwrap())
}

fn work(shares: &[u16], royalty: u16) -> Work {
    let holders = shares.iter().enumerate();
    Work {
        title: "Rounds".into(),
        metadata: [0; 32],
        holders: holders.map(|(index, share)| Holder { party: party(index).party(), share: *share }).collect(),
        licence: AssetDescription {
            issuer: [1; 32],
            name: "Rounds".into(),
            decimals: 0,
            cap: 1,
            class: AssetClass::Named,
            uid: None,
            body: [0; 32],
        },
        payment: AssetId::from_bytes(&[1; 32]).unwrap(),
        royalty,
        minimum: 0,
        resale_minimum: 0,
        nonce: [0; 32],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Σ withdrawn + remainders = Σ prices, exactly: for numbers, and for the commitments that the ledger adds up.
    #[test]
    fn all_that_is_withdrawn_and_all_remainders_are_all_prices(
        shares in arb_shares(),
        royalty in 0_u16..=10_000,
        prices in proptest::collection::vec((1_u64.., any::<bool>(), any::<bool>()), 1..6),
    ) {
        let work = work(&shares, royalty);
        prop_assert_eq!(work.check(), Ok(()));
        let keys: Vec<_> = (0..=shares.len()).map(party).collect();
        let viewers: Vec<_> = keys.iter().map(|keys| keys.party().viewer).collect();
        let (mut parts, mut balances) = (vec![0_u128; keys.len()], vec![Balance::zero(); keys.len()]);
        let (mut sum, mut paid) = (0_u128, Balance::zero());
        for (value, resale, public) in prices {
            let weights = if resale { work.weights_of_resale() } else { work.weights_of_sale() };
            prop_assert_eq!(weights.iter().sum::<u64>(), PARTS_PER_UNIT);
            let priced = Priced::new(NoteValue(value), public, &mut OsRng);
            let price = priced.price(&viewers[..weights.len()], &mut OsRng);
            for (index, weight) in weights.iter().enumerate() {
                parts[index] += u128::from(*weight) * u128::from(value);
                balances[index] = balances[index].plus(*weight, &price, index);
                prop_assert_eq!(keys[index].read(&price, index, 0), Some(NoteValue(value)));
            }
            sum += u128::from(value);
            paid = paid.plus(PARTS_PER_UNIT, &price, 0);
        }
        // Everybody withdraws all that is whole, as often as it takes.
        let mut withdrawn = 0_u128;
        for (index, keys) in keys.iter().enumerate() {
            let mut whole = parts[index] / u128::from(PARTS_PER_UNIT);
            while whole > 0 {
                let amount = NoteValue(u64::try_from(whole).unwrap_or(u64::MAX));
                whole -= u128::from(amount.0);
                withdrawn += u128::from(amount.0);
                parts[index] -= u128::from(amount.0) * u128::from(PARTS_PER_UNIT);
                let price = Priced::new(amount, false, &mut OsRng).price(&[keys.party().viewer], &mut OsRng);
                balances[index] = balances[index].minus(PARTS_PER_UNIT, &price, 0);
                paid = paid.minus(PARTS_PER_UNIT, &price, 0);
            }
            prop_assert!(parts[index] < u128::from(PARTS_PER_UNIT));
        }
        let remainders: u128 = parts.iter().sum();
        prop_assert_eq!(withdrawn * u128::from(PARTS_PER_UNIT) + remainders, sum * u128::from(PARTS_PER_UNIT));
        // What the public adds up.
        let held = balances.iter().fold(Balance::zero(), |sum, balance| sum.and(balance));
        prop_assert_eq!(held.amount, paid.amount);
    }
}
