//! From JavaScript's values to those of the protocol, and back.

use js_sys::{Array, Function, JSON, Reflect, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use tabella_verifier::{
    groth16::{ParametersOrigin, VerifyingKeyFile, VerifyingKeys},
    record::Progress,
};
use wasm_bindgen::{JsCast, JsValue};

use crate::error::{Code, Coded, EngineError};

/// A value as JSON would give it.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, EngineError> {
    let text = serde_json::to_string(value).code(Code::Internal)?;
    JSON::parse(&text).map_err(|_| EngineError::new(Code::Internal, "a result is no JSON"))
}

/// The value that a JSON object is.
pub(crate) fn from_js<T: DeserializeOwned>(value: &JsValue, what: &str) -> Result<T, EngineError> {
    let wrong = |error: &dyn std::fmt::Display| EngineError::new(Code::Argument, format!("{what}: {error}"));
    let text = JSON::stringify(value).map_err(|_| wrong(&"not JSON"))?;
    let text = text.as_string().ok_or_else(|| wrong(&"not JSON"))?;
    serde_json::from_str(&text).map_err(|error| wrong(&error))
}

/// 32 bytes in hexadecimal.
pub(crate) fn hash(text: &str, what: &str) -> Result<[u8; 32], EngineError> {
    let mut bytes = [0; 32];
    let read = hex::decode_to_slice(text, &mut bytes);
    read.map_err(|_| EngineError::new(Code::Argument, format!("{what} is 64 hexadecimal digits")))?;
    Ok(bytes)
}

/// The keys that a caller accepts: those for development, unless it says otherwise, and files of others.
pub(crate) fn accepted_keys(accepted: &JsValue) -> Result<VerifyingKeys, EngineError> {
    let field = |name: &str| {
        let value = if accepted.is_object() { Reflect::get(accepted, &name.into()).ok() } else { None };
        value.filter(|value| !value.is_undefined() && !value.is_null())
    };
    let development = field("development").is_none_or(|value| value.is_truthy());
    let mut keys = if development { VerifyingKeys::development() } else { VerifyingKeys::new() };
    let Some(files) = field("verifyingKeys") else { return Ok(keys) };
    for file in Array::from(&files).iter() {
        let bytes = file.dyn_into::<Uint8Array>();
        let bytes = bytes.map_err(|_| EngineError::new(Code::Argument, "a verifying key is a Uint8Array"))?;
        let file = VerifyingKeyFile::from_bytes(&bytes.to_vec()).code(Code::File)?;
        if !development && file.origin == ParametersOrigin::Development {
            return Err(EngineError::new(
                Code::File,
                "a development key is among the keys, and those are not accepted",
            ));
        }
        keys.insert(file).code(Code::File)?;
    }
    Ok(keys)
}

/// A caller's progress function, if it gave one.
pub(crate) struct Teller<'a>(&'a Option<Function>);

impl<'a> Teller<'a> {
    pub(crate) const fn new(function: &'a Option<Function>) -> Self {
        Self(function)
    }

    pub(crate) fn tell(&self, stage: &str, done: u64, total: u64) {
        if let Some(function) = self.0 {
            // Whatever the function throws is its own affair.
            let _ = function.call3(&JsValue::UNDEFINED, &stage.into(), &(done as f64).into(), &(total as f64).into());
        }
    }

    /// As a verification tells.
    pub(crate) fn verification(&self) -> impl FnMut(Progress) + '_ {
        let mut last = u64::MAX;
        move |Progress { check, done, total }| {
            // A call into JavaScript for each entry of a replay would cost more than the replay.
            let step = done * 100 / total.max(1);
            if step != last || done == total {
                last = step;
                self.tell(check.as_str(), done, total);
            }
        }
    }
}

/// Byte strings, each with its length before it (u32, little-endian).
#[cfg(feature = "prove")]
pub(crate) fn frames(bytes: &[u8]) -> Result<Vec<&[u8]>, EngineError> {
    let cut = || EngineError::new(Code::Log, "a page of entries is cut off");
    let mut rest = bytes;
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (frame, after) = after.split_at_checked(length).ok_or_else(cut)?;
        frames.push(frame);
        rest = after;
    }
    Ok(frames)
}

/// The bytes of several files.
#[cfg(feature = "prove")]
pub(crate) fn files(files: &[Uint8Array]) -> Vec<Vec<u8>> {
    files.iter().map(Uint8Array::to_vec).collect()
}

/// An object whose values are not all JSON.
#[cfg(feature = "prove")]
pub(crate) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in fields {
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

#[cfg(feature = "prove")]
pub(crate) fn bytes_to_js(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// The time that a caller gives.
#[cfg(feature = "prove")]
pub(crate) fn time(seconds: f64) -> Result<tabella_protocol::note::Timestamp, EngineError> {
    let whole = (seconds >= 0.0 && seconds < 1e15).then_some(seconds as u64);
    let time = whole.and_then(tabella_protocol::note::Timestamp::new);
    time.ok_or_else(|| EngineError::new(Code::Argument, "a time is whole seconds since 1970"))
}
