//! Travel-rule data: who sends and who receives, as the law of both sides wants it told (FATF recommendation 16), in the data
//! model IVMS101, sealed to the two institutions with age and bound to one quote and its amounts.

mod ivms;

use std::io::{Read as _, Write as _};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tabella_protocol::{
    ceremony::AgeRecipient,
    note::{NoteValue, Timestamp},
};
use tabella_remittance_rules::Corridor;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{keys::RemittanceKeys, quote::Quote};

pub use ivms::{
    Address, AddressType, Beneficiary, BeneficiaryVasp, DateAndPlaceOfBirth, Ivms101, IvmsError, LegalName,
    LegalPerson, LegalPersonName, NameIdentifier, NationalIdentification, NaturalPerson, NaturalPersonName,
    OriginatingVasp, Originator, Person,
};

/// Longest message, in bytes.
pub const MAX_BYTES: usize = 1 << 16;

/// Why a message is not made or not believed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TravelError {
    /// The data break a rule of IVMS101.
    #[error(transparent)]
    Data(#[from] IvmsError),
    /// A line of text.
    #[error("{what} is a line of 1 to {most} characters")]
    Line {
        /// Which.
        what: &'static str,
        /// Most characters.
        most: usize,
    },
    /// Sealing failed.
    #[error("the travel-rule message cannot be sealed to these recipients")]
    Seal,
    /// Too long.
    #[error("a travel-rule message has at most {MAX_BYTES} bytes")]
    Length,
    /// Sealed to others.
    #[error("the travel-rule message is not sealed to these keys")]
    NotForUs,
    /// Not the message that is expected.
    #[error("the travel-rule message is damaged: {0}")]
    Damaged(String),
    /// Of another remittance.
    #[error("the travel-rule message is of another remittance: its {0} is another one")]
    Other(&'static str),
}

/// What is told about a payment beside its amounts.
#[derive(Clone)]
pub struct Particulars {
    /// By which the sender's order names it: 1 to 35 characters.
    pub reference: String,
    /// For the receiver: at most 140 characters.
    pub information: Option<String>,
    /// Who.
    pub ivms101: Ivms101,
}

impl std::fmt::Debug for Particulars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Particulars").field("reference", &self.reference).finish_non_exhaustive()
    }
}

/// An amount of an asset, in smallest units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TravelAmount {
    /// Id of the asset, in hexadecimal.
    pub asset: String,
    /// Smallest units, as text.
    pub units: String,
}

/// What is sealed: JSON.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TravelMessage {
    /// The digest of the quote, in hexadecimal.
    pub quote: String,
    /// By which the sender's order names the payment: 1 to 35 characters.
    pub reference: String,
    /// For the receiver: at most 140 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub information: Option<String>,
    /// What is paid.
    pub paid: TravelAmount,
    /// What is delivered.
    pub delivered: TravelAmount,
    /// Who.
    pub ivms101: Ivms101,
}

impl std::fmt::Debug for TravelMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TravelMessage").field("quote", &self.quote).finish_non_exhaustive()
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The day of a time in UTC; behind the calendar's end it is the last one.
#[must_use]
pub fn day(at: Timestamp) -> Date {
    let time = i64::try_from(at.seconds()).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map_or(Date::MAX, |time| jiff::tz::Offset::UTC.to_datetime(time).date())
}

impl TravelMessage {
    /// The message about an exchange.
    ///
    /// # Errors
    /// [`TravelError::Data`].
    pub fn new(quote: &Quote, corridor: &Corridor, told: Particulars) -> Result<Self, TravelError> {
        let Particulars { reference, information, ivms101 } = told;
        let amount = |asset: tabella_protocol::note::AssetId, units: NoteValue| TravelAmount {
            asset: asset.to_string(),
            units: units.0.to_string(),
        };
        let message = Self {
            quote: hex(&quote.digest()),
            reference,
            information,
            paid: amount(corridor.pays, quote.priced.pay),
            delivered: amount(corridor.receives, quote.priced.deliver),
            ivms101,
        };
        message.check(quote.expires)?;
        Ok(message)
    }

    fn check(&self, at: Timestamp) -> Result<(), TravelError> {
        let is_line = |text: &str, most: usize| {
            !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
        };
        if !is_line(&self.reference, 35) {
            return Err(TravelError::Line { what: "the reference", most: 35 });
        }
        if self.information.as_ref().is_some_and(|text| !is_line(text, 140)) {
            return Err(TravelError::Line { what: "what the receiver is told", most: 140 });
        }
        Ok(self.ivms101.check(day(at))?)
    }

    /// Seals the message to both institutions.
    ///
    /// # Errors
    /// [`TravelError::Seal`], [`TravelError::Length`].
    pub fn seal(&self, recipients: &[AgeRecipient]) -> Result<Vec<u8>, TravelError> {
        let recipients: Vec<age::x25519::Recipient> = recipients
            .iter()
            .map(|recipient| recipient.to_string().parse().map_err(|_| TravelError::Seal))
            .collect::<Result<_, _>>()?;
        let plain = Zeroizing::new(serde_json::to_vec(self).map_err(|_| TravelError::Seal)?);
        if plain.len() > MAX_BYTES {
            return Err(TravelError::Length);
        }
        let all = recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(all).map_err(|_| TravelError::Seal)?;
        let mut sealed = Vec::with_capacity(plain.len() + 1024);
        let mut writer = encryptor.wrap_output(&mut sealed).map_err(|_| TravelError::Seal)?;
        writer.write_all(&plain).map_err(|_| TravelError::Seal)?;
        writer.finish().map_err(|_| TravelError::Seal)?;
        Ok(sealed)
    }

    /// Opens a sealed message, and checks its data as they were when its quote was good: people were born before it expired.
    ///
    /// # Errors
    /// [`TravelError`].
    pub fn open(keys: &RemittanceKeys, sealed: &[u8], expires: Timestamp) -> Result<Self, TravelError> {
        if sealed.len() > 2 * MAX_BYTES {
            return Err(TravelError::Length);
        }
        let damaged = |error: &dyn std::fmt::Display| TravelError::Damaged(error.to_string());
        let decryptor = age::Decryptor::new_buffered(sealed).map_err(|error| damaged(&error))?;
        let identity = std::iter::once(keys.age() as &dyn age::Identity);
        let reader = decryptor.decrypt(identity).map_err(|_| TravelError::NotForUs)?;
        let mut plain = Zeroizing::new(Vec::new());
        reader.take(MAX_BYTES as u64 + 1).read_to_end(&mut plain).map_err(|error| damaged(&error))?;
        if plain.len() > MAX_BYTES {
            return Err(TravelError::Length);
        }
        let message: Self = serde_json::from_slice(&plain).map_err(|error| damaged(&error))?;
        message.check(expires)?;
        Ok(message)
    }

    /// That the message is of this exchange.
    ///
    /// # Errors
    /// [`TravelError::Other`].
    pub fn expect(
        &self,
        quote: [u8; 32],
        corridor: &Corridor,
        paid: NoteValue,
        delivered: NoteValue,
    ) -> Result<(), TravelError> {
        let is = |amount: &TravelAmount, units: NoteValue| amount.units == units.0.to_string();
        if self.quote != hex(&quote) {
            return Err(TravelError::Other("quote"));
        }
        if self.paid.asset != corridor.pays.to_string() || !is(&self.paid, paid) {
            return Err(TravelError::Other("payment"));
        }
        if self.delivered.asset != corridor.receives.to_string() || !is(&self.delivered, delivered) {
            return Err(TravelError::Other("delivery"));
        }
        Ok(())
    }
}
