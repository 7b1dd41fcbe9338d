//! The authority hands out rights of hidden weight.

use js_sys::{Function, Uint8Array};
use rand_core::OsRng;
use serde::{Deserialize, Serialize};
use tabella_election::distribution::{DistributionError, Distributor, Recipient, distribution_seed, recipients_of};
use tabella_protocol::{election::RegistrationId, keys::AddressKind, statement::Shape};
use tabella_verifier::files::{ViewingKeyFile, encode};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    authority::Authority,
    bridge::{Teller, from_js, time, to_js},
    error::{Code, EngineError},
    keys::address,
    logs::ElectionLog,
    proving::{Prover, require, voting_keys},
    voter::{transaction, voter_error},
};

/// Transactions that are made at once: what an interruption can lose.
const BLOCK: usize = 16;

#[derive(Deserialize)]
struct RollEntryJson {
    address: String,
    weight: u64,
}

/// The recipients that a roll names.
pub(crate) fn recipients(roll: &JsValue) -> Result<Vec<Recipient>, EngineError> {
    let roll: Vec<RollEntryJson> = from_js(roll, "the roll")?;
    let recipient = |(number, entry): (usize, RollEntryJson)| {
        let address = address(&entry.address, AddressKind::Election);
        let address = address.map_err(|error| EngineError::new(Code::Manifest, format!("voter {number}: {error}")))?;
        Ok(Recipient { address, weight: entry.weight })
    };
    (1..).zip(roll).map(recipient).collect()
}

fn distribution_error(error: DistributionError) -> EngineError {
    let code = match error {
        DistributionError::TooLate(_) => Code::Time,
        DistributionError::OtherRoll | DistributionError::Missing(_) => Code::Mismatch,
        DistributionError::OtherWeight(_) | DistributionError::Fault(_) => Code::Refused,
        DistributionError::Transfer(error) => return voter_error(error),
        _ => Code::Manifest,
    };
    EngineError::new(code, error)
}

#[derive(Serialize)]
struct DistributionJson {
    transfers: usize,
    left: usize,
    weight: u64,
}

impl Authority {
    pub(crate) fn distributor(
        &self,
        registration: RegistrationId,
        roll: Vec<Recipient>,
    ) -> Result<Distributor, EngineError> {
        let seed = distribution_seed(self.key(), registration);
        Distributor::new(&seed, registration, roll).map_err(distribution_error)
    }

    /// The distributor of an election that has read its log.
    fn reader(&self, log: &ElectionLog, roll: &JsValue) -> Result<Distributor, EngineError> {
        let pool = log.pool()?;
        let due = recipients_of(log.logged(), &recipients(roll)?).map_err(distribution_error)?;
        let mut distributor = self.distributor(pool.manifest().registration, due)?;
        distributor.read(pool, log.logged()).map_err(distribution_error)?;
        Ok(distributor)
    }
}

#[wasm_bindgen]
impl Authority {
    /// How far the distribution of hidden weights is. Where nothing is left, everybody was sent what is due.
    ///
    /// # Errors
    /// If the election's roll is another one; if nothing is left, and not everybody was sent what is due.
    pub fn distribution(&self, log: &ElectionLog, roll: &JsValue) -> Result<JsValue, EngineError> {
        let (pool, distributor) = (log.pool()?, self.reader(log, roll)?);
        let left = distributor.transfers_left(pool);
        if left == 0 {
            distributor.check_sent(pool, log.logged()).map_err(distribution_error)?;
        }
        to_js(&DistributionJson { transfers: distributor.transfers(), left, weight: distributor.remaining(pool) })
    }

    /// The next transactions of the distribution, at most 16 of its next round.
    ///
    /// # Errors
    /// If it is too late, or the election's roll is another one.
    pub fn distribute(
        &self,
        log: &ElectionLog,
        roll: &JsValue,
        now: f64,
        prover: &Prover,
        progress: Option<Function>,
    ) -> Result<Vec<Uint8Array>, EngineError> {
        require(prover, Shape::Transfer)?;
        let (pool, teller) = (log.pool()?, Teller::new(&progress));
        let mut distributor = self.reader(log, roll)?;
        let mut round =
            distributor.next_round(pool, voting_keys(), time(now)?, &mut OsRng).map_err(distribution_error)?;
        round.truncate(BLOCK);
        let total = round.len() as u64;
        let mut transactions = Vec::with_capacity(round.len());
        for (done, transfer) in (1..).zip(round) {
            for made in distributor.authorize(vec![transfer], prover, &mut OsRng).map_err(distribution_error)? {
                transactions.push(Uint8Array::from(transaction(&made)?.as_slice()));
            }
            teller.tell("prove", done, total);
        }
        Ok(transactions)
    }

    /// The file of the distributing address's viewing key, for an auditor: whoever has it learns every weight.
    ///
    /// # Errors
    /// If the election's roll is another one.
    #[wasm_bindgen(js_name = viewingKey)]
    pub fn viewing_key(&self, log: &ElectionLog, roll: &JsValue) -> Result<Vec<u8>, EngineError> {
        let (election, distributor) = (log.pool()?.id(), self.reader(log, roll)?);
        Ok(encode(&ViewingKeyFile { election, key: *distributor.viewing_key().to_bytes() }))
    }
}
