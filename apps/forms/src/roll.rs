//! A roll: voters' addresses, and where weights are hidden each with its weight.

mod table;

use std::collections::BTreeMap;

use anyhow::anyhow;
use tabella_protocol::{
    election::{MAX_TOTAL_WEIGHT, Weights},
    keys::{Address, AddressKind},
};

pub use table::read as read_table;

/// Mistakes that are named in one message.
const NAMED: usize = 10;

/// An address and its weight as they were given, and where: `weight` is `None` where every right weighs 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Where the address stands, in words.
    pub place: String,
    /// Where the weight stands, in words.
    pub weight_place: String,
    /// The address's text.
    pub address: String,
    /// The weight's text.
    pub weight: Option<String>,
}

/// An entry of the roll that was checked.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it stood, in words.
    pub place: String,
    /// The voter's address.
    pub address: Address,
    /// What the right weighs, at least 1.
    pub weight: u64,
}

/// How many voters a table of addresses adds to an empty roll; `name` is that of the table, for messages.
///
/// # Errors
/// If it is no table, or one of its addresses or weights is wrong.
pub fn count_voters(table: &[u8], name: &str, weights: Weights) -> anyhow::Result<usize> {
    Ok(check(table::parse(table, name, weights)?)?.len())
}

/// Checks that every text is an address of a voter, that none comes twice, and that weights are within their limits.
///
/// # Errors
/// With the first ten of all mistakes and their places.
pub fn check(given: impl IntoIterator<Item = Placed>) -> anyhow::Result<Vec<Entry>> {
    let mut seen: BTreeMap<[u8; 32], String> = BTreeMap::new();
    let mut checked = Vec::new();
    let mut mistakes = Vec::new();
    let mut total = 0_u64;
    for Placed { place, weight_place, address, weight } in given {
        match read_weight(weight.as_deref()) {
            Ok(weight) => {
                // Named once: the first that is too much.
                let is_within = total <= MAX_TOTAL_WEIGHT;
                total = total.saturating_add(weight);
                if is_within && total > MAX_TOTAL_WEIGHT {
                    mistakes.push(format!(
                        "{weight_place}: with {weight} the sum of all weights is {total}, and {MAX_TOTAL_WEIGHT} (2^40) is the most"
                    ));
                }
                match Address::decode(&address, AddressKind::Election) {
                    Ok(address) => match seen.get(&address.owner().to_bytes()) {
                        Some(first) => mistakes.push(format!("{place}: the same address as {first}")),
                        None => {
                            seen.insert(address.owner().to_bytes(), place.clone());
                            checked.push(Entry { place, address, weight });
                        }
                    },
                    Err(error) => mistakes.push(format!("{place}: {error}")),
                }
            }
            Err(error) => mistakes.push(format!("{weight_place}: {error}")),
        }
    }
    if mistakes.is_empty() {
        return Ok(checked);
    }
    let more = mistakes.len().saturating_sub(NAMED);
    mistakes.truncate(NAMED);
    if more > 0 {
        mistakes.push(format!("and {more} more"));
    }
    Err(anyhow!("{}", mistakes.join("\n  ")))
}

fn read_weight(text: Option<&str>) -> Result<u64, String> {
    match text {
        None => Ok(1),
        Some("") => Err("the weight is missing".into()),
        Some(text) => match text.parse::<u64>() {
            Ok(0) => Err("the weight is 0, and a right weighs at least 1: leave out who has no vote".into()),
            Ok(weight) => Ok(weight),
            Err(_) => Err(format!("the weight \"{text}\" is not a whole number below 2^64")),
        },
    }
}
