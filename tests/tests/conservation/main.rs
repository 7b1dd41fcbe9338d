//! Nothing is made and nothing is lost, whatever all applications do on one ledger: for every asset, what was issued less what was
//! used up is what all notes, escrows among them, all accounts, and all that applications hold come to.
//!
//! Each history goes through the stories of all applications, those that end well and those that fail, expire or are taken back.
//! Who takes part, how much is paid, who goes on when, and what happens in between, are drawn by lot from a seed that is shown if
//! the books do not balance. Wallets and accounts are opened with their owners' keys and issues are read from the log; what
//! applications hold is what people have handed in and taken out. The ledger's own sums are not asked.
//!
//! `TABELLA_EXHAUSTIVE=1`: many more histories.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod books;
mod everyday;
mod stories;
mod town;
mod world;

use proptest::prelude::*;

use books::{Books, Unbalanced};
use town::{Town, play};

fn histories() -> u32 {
    if std::env::var_os("TABELLA_EXHAUSTIVE").is_some_and(|value| value == "1") { 64 } else { 3 }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: histories(), max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_is_made_or_lost_whatever_the_applications_do(seed in any::<u64>()) {
        let town = Town::new(seed);
        let turns = stories::all_turns(&town);
        play(&town, stories::all(&town, &turns));
        let books = town.world(|world| {
            world.check();
            // At their ends the stories have taken out all that they had put in, but for what stays in accounts of a work.
            let rest = world.held.iter().filter(|((application, _), _)| *application != world::MARKET);
            assert!(rest.clone().all(|(_, amount)| *amount == 0), "{:?}", rest.collect::<Vec<_>>());
            Books::of(world)
        });
        every_note_is_missed(&books);
    }
}

/// The books do not balance if any one note is left out, or counted twice.
fn every_note_is_missed(books: &Books) {
    assert!(books.assets() > 8, "assets of every application");
    for (place, (asset, value)) in &books.notes {
        let mut without = books.clone();
        without.notes.remove(place);
        let Err(Unbalanced { asset: found, due, in_notes, outside }) = without.compare() else {
            panic!("a note of {value} is not missed")
        };
        assert_eq!((found, due), (*asset, in_notes + outside + value));
        let mut twice = books.clone();
        twice.notes.insert(*place, (*asset, 2 * value));
        assert!(twice.compare().is_err());
    }
}
