//! A voter, who may also be a delegate.

use js_sys::Function;
use rand_core::OsRng;
use serde::Serialize;
use tabella_election::voter::{self, Holding, VoterError};
use tabella_protocol::{
    election::{AnswerError, OpenedBallot, Question, RegistrationId, Weights},
    keys::AddressKind,
    statement::Shape,
    transaction::Transaction,
    tree::Position,
};
use tabella_verifier::{
    election::{BallotState, Level},
    files::{AuditFile, encode},
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    bridge::{Teller, from_js, hash, time, to_js},
    error::{Code, Coded, EngineError},
    json::{ChoiceJson, QuestionJson, choice},
    keys::{Seed, address},
    logs::ElectionLog,
    proving::{Prover, require, voting_keys},
};

/// A voter's mistake under its code.
pub(crate) fn voter_error(error: VoterError) -> EngineError {
    let code = match &error {
        VoterError::Log(_) | VoterError::Wallet(_) => Code::Log,
        VoterError::NotOpen { .. } | VoterError::TooYoung(_) => Code::Time,
        VoterError::NoSuchRight(_) | VoterError::Unusable(_) | VoterError::Delegation => Code::Right,
        VoterError::Choice(_) => Code::Choice,
        VoterError::Prove(_) => Code::Prove,
        _ => Code::Internal,
    };
    match error {
        VoterError::Unusable(reason) => EngineError::new(code, reason).with_detail(reason.name()),
        VoterError::Delegation => EngineError::new(code, error).with_detail("delegation"),
        error => EngineError::new(code, error),
    }
}

pub(crate) fn transaction(transaction: &Transaction) -> Result<Vec<u8>, EngineError> {
    borsh::to_vec(transaction).code(Code::Internal)
}

#[derive(Serialize)]
struct RightJson {
    position: u32,
    weight: u64,
    holding: &'static str,
    state: StateJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    unusable: Option<UnusableJson>,
}

#[derive(Serialize)]
struct UnusableJson {
    reason: &'static str,
    message: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum StateJson {
    Unused { cast: bool },
    Cast { cast: bool, by: &'static str, entry: u64, revision: u32 },
}

impl RightJson {
    fn of(right: &voter::Right) -> Self {
        let holding = match right.holding {
            Holding::Own => "own",
            Holding::Delegated => "delegated",
            Holding::GivenAway => "given-away",
        };
        let state = match right.state {
            Some(BallotState::Holds(ballot)) => {
                let by = match (right.holding, ballot.level) {
                    (Holding::GivenAway, Level::Plain) => "delegate",
                    (_, Level::Override) => "over-delegate",
                    _ => "holder",
                };
                StateJson::Cast { cast: true, by, entry: ballot.entry, revision: ballot.revision }
            }
            None | Some(BallotState::Spent) => StateJson::Unused { cast: false },
        };
        let unusable = right.unusable.map(|reason| UnusableJson { reason: reason.name(), message: reason.to_string() });
        Self { position: right.position.0, weight: right.weight, holding, state, unusable }
    }
}

/// A voter in one election.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Voter {
    registration: RegistrationId,
    inner: voter::Voter,
}

#[wasm_bindgen]
impl Voter {
    /// The voter of a seed.
    ///
    /// # Errors
    /// If the registration id is none.
    #[wasm_bindgen(constructor)]
    pub fn new(seed: &Seed, registration: &str) -> Result<Voter, EngineError> {
        let registration = RegistrationId(hash(registration, "a registration id")?);
        Ok(Self { registration, inner: voter::Voter::new(seed.inner(), registration) })
    }

    /// The registered address.
    #[must_use]
    pub fn address(&self) -> String {
        self.inner.registered_address().encode(AddressKind::Election)
    }

    /// An address to receive delegations at.
    #[wasm_bindgen(js_name = delegateAddress)]
    #[must_use]
    pub fn delegate_address(&self, index: u32) -> String {
        self.inner.delegate_address(index).encode(AddressKind::Election)
    }

    /// Looks for this voter's rights.
    ///
    /// # Errors
    /// If the log is of another registration, or wrong.
    pub fn sync(&mut self, log: &ElectionLog) -> Result<JsValue, EngineError> {
        let pool = log.pool()?;
        if pool.manifest().registration != self.registration {
            return Err(EngineError::new(Code::Mismatch, "the election has another registration id than this voter"));
        }
        self.inner.read(pool, log.logged()).map_err(voter_error)?;
        to_js(&self.inner.rights(pool).iter().map(RightJson::of).collect::<Vec<_>>())
    }

    /// Commits to a choice.
    ///
    /// # Errors
    /// If it is not the time, the right cannot be used, or the choice does not fit.
    pub fn prepare(
        &mut self,
        log: &ElectionLog,
        position: u32,
        points: &JsValue,
        now: f64,
    ) -> Result<PreparedBallot, EngineError> {
        let points: Vec<Vec<u16>> = from_js(points, "the points")?;
        let pool = log.pool()?;
        let prepared =
            self.inner.prepare_ballot(pool, voting_keys(), Position(position), &points, time(now)?, &mut OsRng);
        let shape = match pool.manifest().rules.weights {
            Weights::One => Shape::Cast,
            Weights::Hidden => Shape::Transfer,
        };
        let choice = choice(&pool.manifest().questions, &points);
        Ok(PreparedBallot { inner: Some(prepared.map_err(voter_error)?), position, shape, choice })
    }

    /// Proves and signs a ballot.
    ///
    /// # Errors
    /// If it was cast or audited before, or the proving key is not loaded.
    pub fn cast(
        &self,
        log: &ElectionLog,
        ballot: &mut PreparedBallot,
        prover: &Prover,
        progress: Option<Function>,
    ) -> Result<Vec<u8>, EngineError> {
        if !ballot.get()?.is_proved() {
            ballot.prove(prover, progress)?;
        }
        let inner = ballot.take()?;
        transaction(&self.inner.cast(log.pool()?, inner, prover, &mut OsRng).map_err(voter_error)?)
    }

    /// Delegates a right.
    ///
    /// # Errors
    /// If it is not the time, or the right cannot be delegated.
    pub fn delegate(
        &mut self,
        log: &ElectionLog,
        position: u32,
        to: &str,
        now: f64,
        prover: &Prover,
    ) -> Result<Vec<u8>, EngineError> {
        require(prover, Shape::Transfer)?;
        let (to, pool, now) = (address(to, AddressKind::Election)?, log.pool()?, time(now)?);
        let prepared = self.inner.delegate(pool, voting_keys(), Position(position), to, now, &mut OsRng);
        let prepared = prepared.map_err(voter_error)?;
        transaction(&self.inner.authorize(prepared, prover, &mut OsRng).map_err(voter_error)?)
    }

    /// Takes a delegated right back.
    ///
    /// # Errors
    /// If it is not the time, or the delegate has cast it.
    pub fn recall(
        &mut self,
        log: &ElectionLog,
        position: u32,
        now: f64,
        prover: &Prover,
    ) -> Result<Vec<u8>, EngineError> {
        require(prover, Shape::Transfer)?;
        let (pool, now) = (log.pool()?, time(now)?);
        let prepared = self.inner.recall(pool, voting_keys(), Position(position), now, &mut OsRng);
        let prepared = prepared.map_err(voter_error)?;
        transaction(&self.inner.authorize(prepared, prover, &mut OsRng).map_err(voter_error)?)
    }
}

/// A ballot between its preparation and the voter's choice.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PreparedBallot {
    inner: Option<voter::PreparedBallot>,
    position: u32,
    shape: Shape,
    choice: Vec<ChoiceJson>,
}

impl PreparedBallot {
    fn get(&self) -> Result<&voter::PreparedBallot, EngineError> {
        self.inner.as_ref().ok_or_else(used)
    }

    fn take(&mut self) -> Result<voter::PreparedBallot, EngineError> {
        self.inner.take().ok_or_else(used)
    }
}

fn used() -> EngineError {
    EngineError::new(Code::Used, "this ballot was cast or opened already")
}

#[wasm_bindgen]
impl PreparedBallot {
    /// The tracker.
    ///
    /// # Errors
    /// If the ballot was used.
    #[wasm_bindgen(getter)]
    pub fn tracker(&self) -> Result<String, EngineError> {
        Ok(self.get()?.tracker().to_string())
    }

    /// The right.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn position(&self) -> u32 {
        self.position
    }

    /// The choice in words.
    ///
    /// # Errors
    /// Never.
    #[wasm_bindgen(getter)]
    pub fn choice(&self) -> Result<JsValue, EngineError> {
        to_js(&self.choice)
    }

    /// Proves ahead of the choice between cast and audit.
    ///
    /// # Errors
    /// If the ballot was used, or the proving key is not loaded.
    pub fn prove(&mut self, prover: &Prover, progress: Option<Function>) -> Result<(), EngineError> {
        require(prover, self.shape)?;
        let teller = Teller::new(&progress);
        teller.tell("prove", 0, 1);
        self.inner.as_mut().ok_or_else(used)?.prove(prover, &mut OsRng).map_err(voter_error)?;
        teller.tell("prove", 1, 1);
        Ok(())
    }

    /// Whether it is proved.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn proved(&self) -> bool {
        self.inner.as_ref().is_some_and(voter::PreparedBallot::is_proved)
    }

    /// Opens the ballot instead of casting it.
    ///
    /// # Errors
    /// If it was used.
    pub fn audit(&mut self, log: &ElectionLog) -> Result<Vec<u8>, EngineError> {
        let manifest = log.pool()?.manifest().clone();
        let ballot = self.take()?;
        let tracker = ballot.tracker();
        let OpenedBallot { effects, opening, rankings } = ballot.audit();
        Ok(encode(&AuditFile { manifest, tracker, effects, opening, rankings }))
    }
}

/// What is wrong with a choice, question by question.
///
/// # Errors
/// If questions or points are not of their form.
#[wasm_bindgen(js_name = checkChoice)]
pub fn check_choice(questions: &JsValue, points: &JsValue) -> Result<JsValue, EngineError> {
    let questions: Vec<QuestionJson> = from_js(questions, "the questions")?;
    let points: Vec<Vec<u16>> = from_js(points, "the points")?;
    let found = (0..).zip(questions).map(|(index, question)| {
        let row = points.get::<usize>(index).map_or(&[][..], Vec::as_slice);
        fault(&question.into(), row)
    });
    to_js(&found.collect::<Vec<_>>())
}

fn fault(question: &Question, row: &[u16]) -> Option<String> {
    let Some(rule) = question.rule() else { return Some("its limits allow no ballot".into()) };
    rule.check(row).err().map(|error| match error {
        AnswerError::Points { option, points, most } => {
            let id = question.options.get(option).map_or("", |option| option.id.as_str());
            format!("option \"{id}\" is given {points}, and at most {most} are allowed")
        }
        other => other.to_string(),
    })
}
