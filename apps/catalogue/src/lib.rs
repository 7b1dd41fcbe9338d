//! Which applications a ledger has. Whoever makes, opens or replays a ledger takes them from here: command line, node, pages.
//! An application is added by one line; nothing else of the core knows its name.

use tabella_access_rules::Rentals;
use tabella_crowdfunding_rules::Crowdfunding;
use tabella_energy_rules::EnergyMarkets;
use tabella_market_rules::Market;
use tabella_notary_rules::Notary;
use tabella_provenance_rules::Provenance;
use tabella_remittance_rules::Remittances;
use tabella_streaming_rules::Streams;
use tabella_trade_rules::TradeFinance;
use tabella_verifier::application::{Catalogue, NameTaken};

/// The applications of a ledger, in their first state.
#[must_use]
pub fn catalogue() -> Catalogue {
    applications().expect("the names here differ, as the test shows")
}

fn applications() -> Result<Catalogue, NameTaken> {
    Catalogue::standard()
        // One line for each.
        .with(Rentals::default())?
        .with(Crowdfunding::default())?
        .with(EnergyMarkets::default())?
        .with(Market::default())?
        .with(Notary::default())?
        .with(Provenance::default())?
        .with(Remittances::default())?
        .with(Streams::default())?
        .with(TradeFinance::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_applications_differ() {
        assert!(applications().is_ok());
    }
}
