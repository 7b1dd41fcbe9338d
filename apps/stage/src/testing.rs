//! What tests at desks say again and again. Everything here panics, at its caller, where something else happens than is said.

#![allow(clippy::panic, reason = "a test fails by it")]

use std::convert::Infallible;

use rand_chacha::ChaCha20Rng;
use rand_core::OsRng;
use tabella_desk::{Desk, File, Outcome, Refusal, Value, Values};
use tabella_ledger::node::{self, Accepted};
use tabella_payments::{holder::ProvingKeys, issuer::IssuerKey};
use tabella_protocol::{note::Timestamp, statement::Shape, transaction::ProofBytes};
use tabella_prover::{
    builder::ProvingJob,
    keyfile::{self, Passphrase, WorkFactor},
};
use tabella_verifier::{groth16::VerifyingKeys, shielded::ShieldedRejection, state::LedgerRejection};

use crate::{Done, Person, Stage, StageError};

/// A time of a ledger.
///
/// # Panics
/// If it is beyond those of a ledger.
#[must_use]
#[track_caller]
pub const fn time(seconds: u64) -> Timestamp {
    Timestamp::new(seconds).expect("a time of a ledger")
}

/// The keys under which the development parameters prove.
///
/// # Panics
/// If they lack one.
#[must_use]
pub fn proving_keys() -> ProvingKeys {
    let keys = VerifyingKeys::development();
    let id = |shape| keys.of_shape(shape).next().expect("each shape has a development key").id();
    ProvingKeys { transfer: id(Shape::Transfer), cast: id(Shape::Cast) }
}

/// Proves nothing, quickly: for what is refused before proofs are looked at.
///
/// # Errors
/// None.
pub fn no_proof(_: ProvingJob<'_>, _: &mut ChaCha20Rng) -> Result<ProofBytes, Infallible> {
    Ok(ProofBytes([0; 192]))
}

/// The ledger refuses by exactly this rule of the pools.
///
/// # Panics
/// If it does not.
#[track_caller]
pub fn refused_by_pool(outcome: &Result<Accepted, StageError>, rule: &ShieldedRejection) {
    match outcome {
        Err(StageError::Refused(node::Refusal::Rule(LedgerRejection::Shielded(found)))) => assert_eq!(found, rule),
        other => panic!("{other:?}"),
    }
}

/// The ledger refuses so, for instance because a proof does not verify.
///
/// # Panics
/// If it does not.
#[track_caller]
pub fn refused_as(outcome: &Result<Accepted, StageError>, refusal: &node::Refusal) {
    match outcome {
        Err(StageError::Refused(found)) => assert_eq!(found, refusal),
        other => panic!("{other:?}"),
    }
}

impl Stage {
    /// Hands in a form that is done.
    ///
    /// # Panics
    /// If it is refused.
    #[track_caller]
    pub fn done(&mut self, by: &mut Person, desk: &dyn Desk, form: &str, values: &Values) -> Done {
        match self.hand_in(by, desk, form, values) {
            Ok(Ok(done)) => done,
            Ok(Err(refusal)) => panic!("{form}: {refusal:?}"),
            Err(error) => panic!("{form}: {error}"),
        }
    }

    /// Hands in a form that the desk refuses; at which field, if at one, and why.
    ///
    /// # Panics
    /// If it is done.
    #[track_caller]
    pub fn refused(&mut self, by: &mut Person, desk: &dyn Desk, form: &str, values: &Values) -> Refusal {
        match self.hand_in(by, desk, form, values) {
            Ok(Err(refusal)) => refusal,
            Ok(Ok(done)) => panic!("{form}: {done:?}"),
            Err(error) => panic!("{form}: {error}"),
        }
    }

    /// Hands in a form that the desk refuses at a field, or as a whole if that is empty; why.
    ///
    /// # Panics
    /// If it is done, or refused at another.
    #[track_caller]
    pub fn refused_at(&mut self, by: &mut Person, desk: &dyn Desk, form: &str, values: &Values, field: &str) -> String {
        let refusal = self.refused(by, desk, form, values);
        assert_eq!(refusal.field.as_deref().unwrap_or_default(), field, "{form}: {refusal:?}");
        refusal.message
    }
}

/// A value as text: words in English, and of a table the number of its rows.
#[must_use]
pub fn written(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Code(text) | Value::Picture(text) => text.clone(),
        Value::Words(words) => words.en.to_owned(),
        Value::Time(seconds) => seconds.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Table { rows, .. } => rows.len().to_string(),
    }
}

/// What stands beside a label.
///
/// # Panics
/// If nothing does.
#[must_use]
#[track_caller]
pub fn value<'o>(outcome: &'o Outcome, label: &str) -> &'o Value {
    match outcome.shown.iter().find(|line| line.label.en == label) {
        Some(line) => &line.value,
        None => panic!("nothing stands beside \"{label}\": {:?}", outcome.shown),
    }
}

/// The same as text.
///
/// # Panics
/// As [`value`].
#[must_use]
#[track_caller]
pub fn shown(outcome: &Outcome, label: &str) -> String {
    written(value(outcome, label))
}

/// The rows of the table that stands beside a label.
///
/// # Panics
/// As [`value`]; also if it is no table, or a row is not as wide as the table.
#[must_use]
#[track_caller]
pub fn rows(outcome: &Outcome, label: &str) -> Vec<Vec<String>> {
    let Value::Table { columns, rows } = value(outcome, label) else { panic!("\"{label}\" is no table") };
    assert!(rows.iter().all(|row| row.len() == columns.len()), "{label}: {rows:?}");
    rows.iter().map(|row| row.iter().map(written).collect()).collect()
}

/// The one row of the table that is shown first.
///
/// # Panics
/// If there is no table, or not one row as wide as the table.
#[must_use]
#[track_caller]
pub fn row(outcome: &Outcome) -> Vec<Value> {
    let Some(Value::Table { columns, rows }) = outcome.shown.first().map(|line| &line.value) else {
        panic!("no table is shown first: {:?}", outcome.shown)
    };
    match rows.as_slice() {
        [row] if row.len() == columns.len() => row.clone(),
        _ => panic!("{rows:?}"),
    }
}

/// The file that is given, whose name begins so.
///
/// # Panics
/// If there is none.
#[must_use]
#[track_caller]
pub fn file(outcome: &Outcome, prefix: &str) -> File {
    match outcome.files.iter().find(|file| file.name.starts_with(prefix)) {
        Some(file) => file.clone(),
        None => panic!("no file {prefix}… is given: {:?}", outcome.files),
    }
}

/// The one file that is given.
///
/// # Panics
/// If there is none, or more than one.
#[must_use]
#[track_caller]
pub fn only_file(outcome: &Outcome) -> File {
    match outcome.files.as_slice() {
        [file] => file.clone(),
        files => panic!("{files:?}"),
    }
}

/// The file of a new issuer's key, which opens fast.
///
/// # Panics
/// If it cannot be sealed.
#[must_use]
pub fn issuer_file(passphrase: &str) -> File {
    let key = IssuerKey::generate(&mut OsRng);
    let sealed = keyfile::seal(&key, &Passphrase::new(passphrase.into()), WorkFactor::INSECURE_FAST);
    File { name: "issuer.age".into(), bytes: sealed.expect("a key is short, and is written to memory") }
}
