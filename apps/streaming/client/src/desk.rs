//! What viewers and providers do on a page. Nothing is kept but the seed and the files that are given: the provider
//! keeps the highest tick of each session.
//!
//! A wallet has pairs of keys of the numbers 0 to 99. Which of them a session or an offer is of, the desk finds out
//! itself.

mod end;
mod errors;
mod forms;
mod offer;
mod overview;
mod party;
mod watch;

use tabella_desk::{Desk, Form, Outcome, Stop, Values, Work};

/// The desk of metered streaming.
#[derive(Clone, Copy, Debug)]
pub struct StreamingDesk;

impl Desk for StreamingDesk {
    fn application(&self) -> &'static str {
        "streaming"
    }

    fn forms(&self) -> &'static [Form] {
        forms::FORMS
    }

    fn korean(&self, error: &(dyn std::error::Error + 'static)) -> Option<String> {
        errors::korean(error)
    }

    fn act(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
        match form {
            "my-sessions" => overview::sessions(work),
            "viewer-keys" => offer::viewer_keys(values, work),
            "check-offer" => offer::check(values, work),
            "open" => offer::open(values, work),
            "sign-ticks" => watch::sign(values, work),
            "close" => end::close(values, work),
            "offer" => offer::make(values, work),
            "check-ticks" => watch::check(values, work),
            "claim" => end::claim(values, work),
            "propose-end" => end::propose(values, work),
            "agree-end" => end::agree(values, work),
            "withdraw" => end::withdraw(values, work),
            other => Err(Stop::no_form(self.application(), other)),
        }
    }
}
