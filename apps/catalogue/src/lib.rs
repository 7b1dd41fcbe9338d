//! Which applications a ledger has. Whoever makes, opens or replays a ledger takes them from here: command line, node, pages.
//! An application is added by one line; nothing else of the core knows its name.

use tabella_verifier::application::Catalogue;

/// The applications of a ledger, in their first state.
#[must_use]
pub fn catalogue() -> Catalogue {
    Catalogue::standard()
}
