//! The files of proving and verifying keys, by their hashes. Whoever proves pins the hash of what he proves with, so the node
//! only passes files on.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use axum::body::Bytes;
use serde::Serialize;
use tabella_protocol::{domain::personal, hash::blake2b_256, statement::Shape};
use tabella_verifier::groth16::{ParametersOrigin, VerifyingKeys};
use utoipa::ToSchema;

/// Longest file that is served.
const MAX_BYTES: u64 = 64 << 20;
/// Kind, version, origin, shape and digest of the matrices.
const HEADER_BYTES: usize = 8 + 3 + 32;

/// A file of a key.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct KeyRow {
    /// `transfer` or `cast`.
    shape: &'static str,
    /// `proving` or `verifying`.
    role: &'static str,
    /// `B2b("Tabella_Paramete", file)`.
    pub(crate) hash: String,
    /// Its length.
    bytes: usize,
    /// Of a proving key, the digest of its circuit's matrices.
    circuit: Option<String>,
    /// Id of the verifying key.
    id: Option<String>,
    /// `development` or `ceremony`.
    origin: String,
    /// Anybody can forge proofs under it.
    development: bool,
}

/// The files that the node serves.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyFiles {
    rows: Vec<KeyRow>,
    files: BTreeMap<String, Bytes>,
}

impl KeyFiles {
    /// The accepted verifying keys, and what proving keys for them there are in a folder.
    pub(crate) fn load(keys: &VerifyingKeys, folder: Option<&Path>) -> io::Result<Self> {
        let mut all = Self::default();
        for file in keys.iter() {
            let id = Some(file.key.id().to_string());
            all.add(file.key.shape(), "verifying", file.origin, None, id, file.to_bytes());
        }
        let Some(folder) = folder.filter(|folder| folder.is_dir()) else { return Ok(all) };
        let mut paths: Vec<_> = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        paths.sort();
        for path in paths.into_iter().filter(|path| path.is_file()) {
            let mut bytes = Vec::new();
            File::open(&path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
            let Some((origin, shape, circuit)) = read_header(&bytes) else { continue };
            let accepted: Vec<_> =
                keys.iter().filter(|file| file.origin == origin && file.key.shape() == shape).collect();
            if accepted.is_empty() || bytes.len() as u64 > MAX_BYTES {
                continue;
            }
            let id = if let [only] = accepted.as_slice() { Some(only.key.id().to_string()) } else { None };
            all.add(shape, "proving", origin, Some(circuit), id, bytes);
        }
        Ok(all)
    }

    fn add(
        &mut self,
        shape: Shape,
        role: &'static str,
        origin: ParametersOrigin,
        circuit: Option<[u8; 32]>,
        id: Option<String>,
        bytes: Vec<u8>,
    ) {
        let hash = hex::encode(blake2b_256(personal::PARAMETERS, &[&bytes]));
        self.rows.push(KeyRow {
            shape: shape.name(),
            role,
            hash: hash.clone(),
            bytes: bytes.len(),
            circuit: circuit.map(hex::encode),
            id,
            origin: origin.to_string(),
            development: origin == ParametersOrigin::Development,
        });
        self.files.insert(hash, bytes.into());
    }

    /// All of them.
    pub(crate) fn rows(&self) -> &[KeyRow] {
        &self.rows
    }

    /// The file of a hash.
    pub(crate) fn file(&self, hash: &str) -> Option<Bytes> {
        self.files.get(hash).cloned()
    }
}

/// What a parameters file says of itself. Spec § 8.2.
fn read_header(bytes: &[u8]) -> Option<(ParametersOrigin, Shape, [u8; 32])> {
    let header = bytes.get(..HEADER_BYTES)?;
    let (magic, version, origin, shape, circuit): ([u8; 8], u8, ParametersOrigin, Shape, [u8; 32]) =
        borsh::from_slice(header).ok()?;
    (&magic == b"TabellaP" && version == 1).then_some((origin, shape, circuit))
}
