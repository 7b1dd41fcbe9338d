//! What renters, holders of rights, owners and arbiters do on a page. Nothing is kept but the seed and the files that
//! are given.
//!
//! A wallet has sets of keys of the numbers 0 to 99. Which of them a rental, an offer or a use is of, the desk finds
//! out itself.

mod deposit;
mod errors;
mod forms;
mod offer;
mod overview;
mod party;
mod right;

use tabella_access_rules::terms::Party;
use tabella_desk::{Desk, Form, Outcome, Stop, Values, Work};

/// The desk of access and rentals.
#[derive(Clone, Copy, Debug)]
pub struct AccessDesk;

impl Desk for AccessDesk {
    fn application(&self) -> &'static str {
        "access"
    }

    fn forms(&self) -> &'static [Form] {
        forms::FORMS
    }

    fn korean(&self, error: &(dyn std::error::Error + 'static)) -> Option<String> {
        errors::korean(error)
    }

    fn act(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
        match form {
            "my-rentals" => overview::rentals(work),
            "renter-keys" => offer::renter_keys(values, work),
            "check-offer" => offer::check(values, work),
            "rent" => offer::rent(values, work),
            "dispute" => deposit::dispute(values, work),
            "take-rent-back" => right::collect(values, work, Party::Renter),
            "my-rights" => overview::rights(work),
            "use" => right::use_right(values, work),
            "answer" => right::answer(values, work),
            "owner-key" | "arbiter-key" => offer::own_key(values, work),
            "offer" => offer::make(values, work),
            "accept" => right::accept(values, work),
            "collect-rent" => right::collect(values, work, Party::Owner),
            "claim" => deposit::claim(values, work),
            "propose-division" => deposit::propose(values, work),
            "agree-division" => deposit::agree(values, work),
            "withdraw" => deposit::withdraw(values, work),
            "decide" => deposit::decide(values, work),
            other => Err(Stop::no_form(self.application(), other)),
        }
    }
}
