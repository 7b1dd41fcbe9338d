//! Parameters of a ceremony that somebody imported: made here from a transcript that was checked, and pinned from then on.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use tabella_protocol::{statement::Shape, transaction::VerifyingKeyId};
use tabella_verifier::{
    groth16::{ParametersOrigin, VerifyingKey, VerifyingKeyFile},
    setup::TranscriptHash,
};

use crate::groth16::ProverOptions;

use super::{
    Parameters, ParametersDigest, ParametersError, ParametersFile, ParametersPin, Progress,
    cache::{at, write_durably},
    file_path, pinned_matrices,
};

/// The parameters of one ceremony in a folder.
///
/// Encoding: `"TabellaI"`, format version (1 byte), hash of the transcript (32 bytes); for transfer and cast, hash of the
/// parameters file and id of the verifying key (32 bytes each).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportedCeremony {
    /// Hash of the transcript that they were made from.
    pub transcript: TranscriptHash,
    /// The parameters, transfer first.
    pub pins: [ParametersPin; 2],
}

const MAGIC: [u8; 8] = *b"TabellaI";
const FORMAT: u8 = 1;
const LENGTH: usize = 9 + 5 * 32;

type Encoded = ([u8; 8], u8, [u8; 32], [[u8; 32]; 4]);

impl ImportedCeremony {
    fn to_bytes(self) -> Vec<u8> {
        let [transfer, cast] = self.pins;
        let hashes = [transfer.file.0, transfer.verifying_key.0, cast.file.0, cast.verifying_key.0];
        let encoded: Encoded = (MAGIC, FORMAT, self.transcript.0, hashes);
        borsh::to_vec(&encoded).expect("writing to memory")
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (magic, format, transcript, [a, b, c, d]) = borsh::from_slice::<Encoded>(bytes).ok()?;
        let pin = |shape, file, key| ParametersPin {
            shape,
            file: ParametersDigest(file),
            verifying_key: VerifyingKeyId(key),
        };
        let pins = [pin(Shape::Transfer, a, b), pin(Shape::Cast, c, d)];
        (magic == MAGIC && format == FORMAT).then_some(Self { transcript: TranscriptHash(transcript), pins })
    }

    /// The ceremony whose parameters are in a folder, if there are any for the circuits of this version.
    ///
    /// # Errors
    /// [`ParametersError::Io`]; [`ParametersError::ImportDamaged`].
    pub fn find(directory: &Path) -> Result<Option<Self>, ParametersError> {
        let path = pins_path(directory);
        let Some(bytes) = read(&path, LENGTH)? else { return Ok(None) };
        Self::from_bytes(&bytes).map(Some).ok_or(ParametersError::ImportDamaged { path })
    }

    /// Stores the parameters that were made from a transcript. The pins come last, so that a folder with pins is complete.
    ///
    /// # Errors
    /// [`ParametersError::OtherCeremony`] if the folder has those of another ceremony; else about files.
    pub fn store(
        directory: &Path,
        transcript: TranscriptHash,
        files: &[ParametersFile; 2],
    ) -> Result<Self, ParametersError> {
        if let Some(other) = Self::find(directory)?.filter(|other| other.transcript != transcript) {
            let (path, found) = (directory.to_owned(), other.transcript);
            return Err(ParametersError::OtherCeremony { path, found });
        }
        fs::create_dir_all(directory).map_err(at(directory))?;
        let store = |file: &ParametersFile| {
            let bytes = file.to_bytes();
            let path = file_path(directory, ParametersOrigin::Ceremony, file.shape);
            write_durably(&path, &bytes).map_err(at(&path))?;
            let key = verifying_key_file(file)?;
            let path = verifying_key_path(directory, file.shape);
            write_durably(&path, &key.to_bytes()).map_err(at(&path))?;
            let pin =
                ParametersPin { shape: file.shape, file: ParametersDigest::of(&bytes), verifying_key: key.key.id() };
            Ok::<_, ParametersError>(pin)
        };
        let [transfer, cast] = files;
        let imported = Self { transcript, pins: [store(transfer)?, store(cast)?] };
        let path = pins_path(directory);
        write_durably(&path, &imported.to_bytes()).map_err(at(&path))?;
        Ok(imported)
    }

    /// Loads the parameters for proving: only files of the pinned hashes.
    ///
    /// # Errors
    /// [`ParametersError`].
    pub fn load(
        &self,
        directory: &Path,
        options: ProverOptions,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Parameters, ParametersError> {
        Parameters::load_pinned(directory, (ParametersOrigin::Ceremony, &self.pins), options, progress)
    }

    /// The verifying keys, transfer first. Much faster than [`Self::load`].
    ///
    /// # Errors
    /// [`ParametersError::ImportDamaged`] if a file does not hold the pinned key; [`ParametersError::Io`].
    pub fn verifying_keys(&self, directory: &Path) -> Result<[VerifyingKeyFile; 2], ParametersError> {
        let key = |pin: &ParametersPin| {
            let path = verifying_key_path(directory, pin.shape);
            let length = VerifyingKey::encoded_length(pin.shape) + 11;
            let bytes = read(&path, length)?.unwrap_or_default();
            let file = VerifyingKeyFile::from_bytes(&bytes).ok().filter(|file| {
                file.origin == ParametersOrigin::Ceremony
                    && file.key.shape() == pin.shape
                    && file.key.id() == pin.verifying_key
            });
            file.ok_or(ParametersError::ImportDamaged { path })
        };
        let [transfer, cast] = &self.pins;
        Ok([key(transfer)?, key(cast)?])
    }
}

/// The verifying key of a parameters file, as a file.
///
/// # Errors
/// [`ParametersError::Prover`] if the key is refused.
pub fn verifying_key_file(file: &ParametersFile) -> Result<VerifyingKeyFile, ParametersError> {
    let key = VerifyingKey::from_setup(file.shape, &file.key.vk).map_err(crate::groth16::ProverError::from)?;
    Ok(VerifyingKeyFile { origin: file.origin, key })
}

/// Where the verifying key of a shape lies in a folder of imported parameters.
#[must_use]
pub fn verifying_key_path(directory: &Path, shape: Shape) -> PathBuf {
    file_path(directory, ParametersOrigin::Ceremony, shape).with_extension("vk")
}

fn pins_path(directory: &Path) -> PathBuf {
    let digest = |shape| pinned_matrices(shape).get(..8).unwrap_or_default();
    directory.join(format!("ceremony-{}-{}.pins", digest(Shape::Transfer), digest(Shape::Cast)))
}

/// The bytes of a small file, one more than `length` at most; `None` if there is none.
fn read(path: &Path, length: usize) -> Result<Option<Vec<u8>>, ParametersError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(length as u64 + 1).read_to_end(&mut bytes).map_err(at(path))?;
    Ok(Some(bytes))
}
