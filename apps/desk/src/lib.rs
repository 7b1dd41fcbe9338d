//! What a wallet does in an application, as forms that a page shows and people fill in.
//!
//! An application's client has a [`Desk`]: its [`Form`]s, and what is done with one that is filled in. A page knows no application: it
//! shows the forms, hands over the [`Values`], submits the transaction of the [`Outcome`] and shows the rest. Nothing is kept
//! between two forms but the wallet's seed, the ledger's log, and the files that people are given.
//!
//! Reading order: [`form`], [`values`], [`refusal`], [`work`]. [`assets`] is the desk of those who issue; what every desk has is in [`waiting`].

pub mod assets;
mod errors;
pub mod form;
pub mod payments;
pub mod refusal;
pub mod values;
pub mod waiting;
pub mod work;

pub use assets::AssetsDesk;
pub use errors::korean;
pub use form::{Choice, Field, Form, Kind, Words, words};
pub use payments::PaymentsDesk;
pub use refusal::{Message, Refusal, Stop, at};
pub use values::{Entry, File, Values, unread};
pub use work::{Outcome, ProofFailed, Prove, Shown, Value, Work, short};

/// The desk of an application.
pub trait Desk: Sync {
    /// The application's name, as in URLs and commands.
    fn application(&self) -> &'static str;

    /// What can be done in this application, in the order in which a page shows it.
    fn forms(&self) -> &'static [Form];

    /// The same, and what can be done at every desk.
    fn all_forms(&self) -> Vec<&'static Form> {
        self.forms().iter().chain(&[waiting::SEE, waiting::GIVE_UP]).collect()
    }

    /// Korean for an error of the application, if it is one that people meet by ordinary mistakes.
    fn korean(&self, _error: &(dyn std::error::Error + 'static)) -> Option<String> {
        None
    }

    /// Does what a form asks for. `form` is the id of one of [`Self::forms`]; its required fields are filled in.
    ///
    /// # Errors
    /// [`Stop`]: why not, or what must be done first.
    fn act(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop>;

    /// Does what a form asks for, once it is seen to be a form of this desk with every required field filled in and no other.
    ///
    /// # Errors
    /// As [`Self::act`].
    fn hand_in(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
        let known = self.all_forms().into_iter().find(|known| known.id == form);
        let known = known.ok_or_else(|| Stop::no_form(self.application(), form))?;
        known.check(values)?;
        let before = work.holder.wallet().reservations().to_vec();
        let result = match form {
            form if form == waiting::SEE.id => Ok(waiting::see(work)),
            form if form == waiting::GIVE_UP.id => waiting::give_up(values, work),
            form => self.act(form, values, work),
        };
        // What was set aside for something that is not done now is free again.
        match &result {
            Ok(_) => {}
            Err(Stop::First(first)) => work.holder.keep_reserved(&before, Some(&first.effects)),
            Err(Stop::Refused(_)) => work.holder.keep_reserved(&before, None),
        }
        result.map_err(|stop| stop.worded(|error| self.korean(error)))
    }
}
