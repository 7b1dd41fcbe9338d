//! The desks of applications: what a wallet does there.

use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use rand_chacha::ChaCha20Rng;
use serde::Serialize;
use tabella_desk::{Desk, Entry, File, Form, Outcome, ProofFailed, Stop, Values, Work};
use tabella_desks::{desk_of, desks as all};
use tabella_payments::holder::Holder;
use tabella_protocol::{keys::Seed, statement::Shape};
use tabella_prover::builder::{ProvingEngine as _, ProvingJob};
use wasm_bindgen::{
    JsCast as _,
    prelude::{JsValue, wasm_bindgen},
};

use crate::{
    bridge::{Teller, bytes_to_js, object, time, to_js},
    error::{Code, EngineError},
    logs::LedgerLog,
    proving::{Prover, payment_keys, require},
    voter::transaction,
};

#[derive(Serialize)]
struct DeskJson {
    application: &'static str,
    forms: Vec<&'static Form>,
}

/// What can be done in each application.
///
/// # Errors
/// Never.
#[wasm_bindgen]
pub fn desks() -> Result<JsValue, EngineError> {
    let json = |desk: &&dyn Desk| DeskJson { application: desk.application(), forms: desk.all_forms() };
    to_js(&all().iter().map(json).collect::<Vec<_>>())
}

/// What was filled in: for each field a text, or files as arrays of `{name, bytes}`.
fn values(given: &JsValue) -> Result<Values, EngineError> {
    let wrong = || EngineError::new(Code::Argument, "a form is an object of texts and files");
    let mut values = Values::new();
    for pair in Object::entries(given.dyn_ref::<Object>().ok_or_else(wrong)?) {
        let pair: Array = pair.unchecked_into();
        let name = pair.get(0).as_string().ok_or_else(wrong)?;
        let entry = match pair.get(1).as_string() {
            Some(text) => Entry::Text(text),
            None => {
                let list = pair.get(1).dyn_into::<Array>().map_err(|_| wrong())?;
                Entry::Files(list.iter().map(|one| file(&one).ok_or_else(wrong)).collect::<Result<_, _>>()?)
            }
        };
        values.insert(&name, entry);
    }
    Ok(values)
}

fn file(given: &JsValue) -> Option<File> {
    let name = Reflect::get(given, &"name".into()).ok()?.as_string()?;
    let bytes = Reflect::get(given, &"bytes".into()).ok()?.dyn_into::<Uint8Array>().ok()?;
    Some(File { name, bytes: bytes.to_vec() })
}

/// Hands a form in.
pub(crate) fn hand_in(
    (seed, holder): (&Seed, &mut Holder),
    log: &LedgerLog,
    (application, form): (&str, &str),
    given: &JsValue,
    now: f64,
    (prover, progress): (&Prover, &Option<Function>),
) -> Result<JsValue, EngineError> {
    let desk = desk_of(application)
        .ok_or_else(|| EngineError::new(Code::Argument, format!("\"{application}\" has no desk here")))?;
    if desk.all_forms().iter().any(|known| known.id == form && known.proves) {
        require(prover, Shape::Transfer)?;
    }
    let teller = Teller::new(progress);
    teller.tell("desk", 0, 1);
    let prove = |job: ProvingJob<'_>, rng: &mut ChaCha20Rng| {
        prover.prove(job, rng).map_err(|error| ProofFailed(error.to_string()))
    };
    let verifier = log.verifier()?;
    let mut work = Work {
        seed,
        holder,
        state: log.state(),
        log: log.logged(),
        keys: payment_keys(),
        checkpoint: log.signed().map(|signed| (signed, &verifier)),
        now: time(now)?,
        engine: &prove,
    };
    let (first, outcome) = match desk.hand_in(form, &values(given)?, &mut work) {
        Ok(outcome) => (false, outcome),
        Err(Stop::First(first)) => (true, Outcome::submit(*first)),
        Err(Stop::Refused(refusal)) => {
            let more = [("detail", refusal.field), ("korean", refusal.korean), ("below", refusal.detail)];
            let told = more.into_iter().filter_map(|(name, text)| Some((name, text?)));
            let error = EngineError::new(Code::Refused, refusal.message);
            return Err(told.fold(error, |error, (name, text)| error.with(name, text)));
        }
    };
    teller.tell("desk", 1, 1);
    let files = Array::new();
    for file in &outcome.files {
        files.push(&object(&[("name", file.name.as_str().into()), ("bytes", bytes_to_js(&file.bytes))]));
    }
    let submit = match &outcome.transaction {
        Some(made) => bytes_to_js(&transaction(made)?),
        None => JsValue::NULL,
    };
    let shown = to_js(&outcome.shown)?;
    Ok(object(&[("first", first.into()), ("transaction", submit), ("shown", shown), ("files", files.into())]))
}
