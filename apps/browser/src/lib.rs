//! The engine for the browser: the verifier, the prover and the roles, as classes and functions of JavaScript.
//!
//! Everything here is a thin cover of `tabella_verifier`, `tabella_election`, `tabella_payments` and `tabella_prover`: it
//! turns bytes and JSON into their types and back, and decides nothing. `engine.d.ts` is the interface with its types, codes of
//! errors and conventions. Two modules are made of this crate, with and without the feature `prove`: see `scripts/wasm.sh`.

mod bridge;
mod error;
mod json;
mod proofs;
mod verify;

#[cfg(feature = "prove")]
mod authority;
#[cfg(feature = "prove")]
mod board;
#[cfg(feature = "prove")]
mod desk;
#[cfg(feature = "prove")]
mod distribution;
#[cfg(feature = "prove")]
mod keys;
#[cfg(feature = "prove")]
mod logs;
#[cfg(feature = "prove")]
mod payments;
#[cfg(feature = "prove")]
mod proving;
#[cfg(feature = "prove")]
mod trustee;
#[cfg(feature = "prove")]
mod voter;
#[cfg(feature = "prove")]
mod wallet;

use wasm_bindgen::prelude::wasm_bindgen;

pub use error::EngineError;

#[cfg(all(feature = "threads", target_arch = "wasm32"))]
pub use wasm_bindgen_rayon::init_thread_pool;

/// Version of the engine.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// How many threads prove and check.
#[cfg(feature = "prove")]
#[wasm_bindgen]
#[must_use]
pub fn threads() -> u32 {
    #[cfg(feature = "threads")]
    let count = u32::try_from(rayon::current_num_threads()).unwrap_or(u32::MAX);
    #[cfg(not(feature = "threads"))]
    let count = 1;
    count
}

#[cfg(test)]
mod tests {
    // The macros of wasm-bindgen write unsafe code, so that the crate cannot forbid it; nobody else writes any here.
    #[test]
    fn no_unsafe_code_is_written_by_hand() {
        let word = concat!("un", "safe");
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).expect("the sources") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("text");
            let found = text.lines().find(|line| {
                let code = line.split("//").next().unwrap_or_default();
                code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|part| part == word)
            });
            assert!(found.is_none(), "{}: {found:?}", path.display());
        }
    }
}
