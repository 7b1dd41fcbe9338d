//! What a wallet does in an application, as forms that a page shows and people fill in.
//!
//! An application's client has a [`Desk`]: its [`Form`]s, and what is done with one that is filled in. A page knows no application: it
//! shows the forms, hands over the [`Values`], submits the transaction of the [`Outcome`] and shows the rest. Nothing is kept
//! between two forms but the wallet's seed, the ledger's log, and the files that people are given.
//!
//! Reading order: [`form`], [`values`], [`work`]. [`assets`] is the desk of those who issue.

pub mod assets;
pub mod form;
pub mod values;
pub mod work;

pub use assets::AssetsDesk;
pub use form::{Choice, Field, Form, Kind, Words, words};
pub use values::{Entry, File, Values};
pub use work::{Outcome, ProofFailed, Prove, Refusal, Shown, Stop, Value, Work};

/// The desk of an application.
pub trait Desk: Sync {
    /// The application's name, as in URLs and commands.
    fn application(&self) -> &'static str;

    /// What can be done, in the order in which a page shows it.
    fn forms(&self) -> &'static [Form];

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
        let known = self.forms().iter().find(|known| known.id == form);
        let known = known.ok_or_else(|| Stop::refuse(format!("{} has no form \"{form}\"", self.application())))?;
        known.check(values)?;
        let before = work.holder.reserved(work.now);
        let result = self.act(form, values, work);
        // What was set aside for something that is not done now is free again.
        match &result {
            Ok(_) => {}
            Err(Stop::First(first)) => work.holder.keep_reserved(&before, Some(&first.effects), work.now),
            Err(Stop::Refused(_)) => work.holder.keep_reserved(&before, None, work.now),
        }
        result
    }
}
