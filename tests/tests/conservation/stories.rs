//! Every application, with an end that is good and one that is not.

mod escrows;
mod sessions;
mod things;
mod trades;

use crate::town::{Story, Town, Turn, turns};

/// How many there are.
const STORIES: usize = 15;

/// The turns of all stories.
pub(crate) fn all_turns(town: &Town) -> Vec<Turn> {
    turns(town, STORIES)
}

/// All stories, each with its turn.
pub(crate) fn all<'t>(town: &'t Town, turns: &'t [Turn]) -> Vec<(&'t Turn, Story<'t>)> {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = turns else { panic!("a turn for each story") };
    vec![
        (a, Box::pin(escrows::campaign(town, a, true))),
        (b, Box::pin(escrows::campaign(town, b, false))),
        (c, Box::pin(escrows::remittance(town, c, true))),
        (d, Box::pin(escrows::remittance(town, d, false))),
        (e, Box::pin(escrows::letter(town, e, true))),
        (f, Box::pin(escrows::letter(town, f, false))),
        (g, Box::pin(escrows::invoice(town, g))),
        (h, Box::pin(sessions::session(town, h, true))),
        (i, Box::pin(sessions::session(town, i, false))),
        (j, Box::pin(sessions::rental(town, j, true))),
        (k, Box::pin(sessions::rental(town, k, false))),
        (l, Box::pin(trades::work(town, l))),
        (m, Box::pin(trades::auction(town, m))),
        (n, Box::pin(things::picture(town, n))),
        (o, Box::pin(things::stone(town, o))),
    ]
}
