//! The signing key of a ledger where its file is encrypted: an age file like every other key file, under a passphrase of its own.

use std::{io, path::Path, sync::Arc};

use anyhow::{Context as _, ensure};
use borsh::{BorshDeserialize, BorshSerialize};
use tabella_ledger::{
    signer::{CheckpointSigner, MalformedSigningKey},
    store::{KEY_FILE, KeyFile, Unlock},
};
use tabella_prover::keyfile::{self, KeyFileContent, KeyFileError};
use thiserror::Error;
use zeroize::Zeroizing;

use super::keys::work_factor;
use crate::{
    cli::Context,
    passphrase::{OF_LEDGER, Passphrase, PassphraseError, PassphraseSource},
};

/// The key as an encrypted file holds it: its text form.
struct LedgerKey(CheckpointSigner);

impl BorshSerialize for LedgerKey {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        BorshSerialize::serialize(self.0.to_secret_text().as_str(), writer)
    }
}

impl BorshDeserialize for LedgerKey {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let text = Zeroizing::new(String::deserialize_reader(reader)?);
        let malformed = |error: MalformedSigningKey| io::Error::new(io::ErrorKind::InvalidData, error);
        CheckpointSigner::from_secret_text(&text).map(Self).map_err(malformed)
    }
}

impl KeyFileContent for LedgerKey {
    const KIND: &'static str = "ledger key";
}

/// Why an encrypted key file is not opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LedgerKeyError {
    /// There is no passphrase.
    #[error("there is no passphrase for the ledger's key")]
    NoPassphrase(#[source] PassphraseError),
    /// The passphrase is another one.
    #[error(
        "the passphrase is not that of the ledger's key: give that one by {} or {}",
        OF_LEDGER.option,
        OF_LEDGER.variable
    )]
    WrongPassphrase(#[source] KeyFileError),
    /// The file is not what it was.
    #[error("restore the file from the backup that was made with the ledger")]
    Unreadable(#[source] KeyFileError),
}

/// Opens the file, with the passphrase that the source gives for `what`.
fn open(file: &[u8], source: &PassphraseSource, what: &str) -> Result<CheckpointSigner, LedgerKeyError> {
    let passphrase = source.existing(what).map_err(LedgerKeyError::NoPassphrase)?;
    let opened = keyfile::open::<LedgerKey>(file, &(&passphrase).into()).map_err(|error| match error {
        KeyFileError::WrongPassphrase => LedgerKeyError::WrongPassphrase(error),
        _ => LedgerKeyError::Unreadable(error),
    });
    opened.map(|LedgerKey(signer)| signer)
}

/// Opens the key file of the ledger in a directory once its key is needed, with the passphrase that the source gives then.
#[must_use]
pub fn unlock(directory: &Path, source: PassphraseSource) -> Unlock {
    let what = directory.join(KEY_FILE).display().to_string();
    Arc::new(move |file: &[u8]| Ok(open(file, &source, &what)?))
}

/// The key in the key file of the ledger in a directory.
///
/// # Errors
/// If the file does not open with the passphrase that the source gives.
pub fn signer(file: &KeyFile, directory: &Path, source: &PassphraseSource) -> anyhow::Result<CheckpointSigner> {
    match file {
        KeyFile::Plain(signer) => Ok(CheckpointSigner::clone(signer)),
        KeyFile::Encrypted(file) => {
            let what = directory.join(KEY_FILE).display().to_string();
            open(file, source, &what).with_context(|| format!("cannot open the encrypted {what}"))
        }
    }
}

/// The key file that holds a key under a passphrase. It was opened again: it may take the place of the only copy.
///
/// # Errors
/// If it cannot be encrypted, or does not open to the same key.
pub fn encrypt(signer: &CheckpointSigner, passphrase: &Passphrase, context: &Context) -> anyhow::Result<KeyFile> {
    let sealed = keyfile::seal(&LedgerKey(signer.clone()), &passphrase.into(), work_factor(context))?;
    check_sealed(&sealed, signer, passphrase)?;
    Ok(KeyFile::Encrypted(sealed))
}

fn check_sealed(sealed: &[u8], signer: &CheckpointSigner, passphrase: &Passphrase) -> anyhow::Result<()> {
    const DIFFERS: &str = "the ledger's key, encrypted, does not open to the same key; nothing was written: \
                           check this machine's memory, and try again";
    let LedgerKey(opened) = keyfile::open::<LedgerKey>(sealed, &passphrase.into()).context(DIFFERS)?;
    ensure!(opened.verifier() == signer.verifier(), DIFFERS);
    Ok(())
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;
    use tabella_prover::keyfile::WorkFactor;
    use tabella_verifier::log::Origin;

    use super::*;
    use crate::passphrase::OF_COMMAND;

    fn passphrase(folder: &Path, text: &str) -> Passphrase {
        let file = folder.join("passphrase");
        std::fs::write(&file, text).unwrap();
        PassphraseSource::new(OF_COMMAND, Some(file)).fresh("a key").unwrap()
    }

    #[test]
    fn sealed_key_that_does_not_open_to_the_same_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let [right, wrong] =
            ["correct horse battery", "wrong horse battery"].map(|text| passphrase(folder.path(), text));
        let [key, other] = [0; 2].map(|_| CheckpointSigner::generate(Origin::new("ledger.test").unwrap(), &mut OsRng));
        let seal = |key: &CheckpointSigner| {
            keyfile::seal(&LedgerKey(key.clone()), &(&right).into(), WorkFactor::INSECURE_FAST).unwrap()
        };
        check_sealed(&seal(&key), &key, &right).unwrap();
        let mut damaged = seal(&key);
        *damaged.last_mut().unwrap() ^= 1;
        for (sealed, passphrase) in [(seal(&other), &right), (seal(&key), &wrong), (damaged, &right)] {
            let error = check_sealed(&sealed, &key, passphrase).unwrap_err();
            assert!(error.to_string().contains("does not open to the same key; nothing was written"), "{error}");
        }
    }
}
