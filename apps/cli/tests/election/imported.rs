//! A folder of parameters as an import leaves it.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::{fs, path::Path};

use tabella_verifier::groth16::{ParametersOrigin, VerifyingKey, VerifyingKeyFile, VerifyingKeys};

/// A folder as an import leaves it, with keys as a ceremony could have made them: those for development with two points
/// exchanged.
pub(crate) fn imported(folder: &Path) -> Vec<VerifyingKeyFile> {
    let files: Vec<_> = VerifyingKeys::development()
        .iter()
        .map(|file| {
            let mut bytes = file.key.as_bytes().to_vec();
            let inputs = bytes.len() - 96;
            let (last_but_one, last) = bytes[inputs..].split_at_mut(48);
            last_but_one.swap_with_slice(last);
            let key = VerifyingKey::from_bytes(file.key.shape(), &bytes).unwrap();
            VerifyingKeyFile { origin: ParametersOrigin::Ceremony, key }
        })
        .collect();
    let parameters = |shape| tabella_prover::parameters::verifying_key_path(folder, shape);
    let mut pins = b"TabellaI\x01".to_vec();
    pins.extend([9; 32]);
    for file in &files {
        pins.extend([8; 32]);
        pins.extend(file.key.id().0);
        fs::write(parameters(file.key.shape()), file.to_bytes()).unwrap();
    }
    let short = |shape| tabella_prover::parameters::pinned_matrices(shape)[..8].to_owned();
    let [transfer, cast] = tabella_protocol::statement::Shape::ALL.map(short);
    fs::write(folder.join(format!("ceremony-{transfer}-{cast}.pins")), pins).unwrap();
    files
}
