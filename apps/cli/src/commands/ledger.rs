//! The ledger in the folder that `--ledger` names: made once, then opened by every command that reads or writes it; and the file
//! of its signing key.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};
use rand_core::OsRng;
use serde::Serialize;
use tabella_catalogue::catalogue;
use tabella_ledger::{
    node::Ledger as Node,
    signer::CheckpointSigner,
    store::{DATABASE_FILE, KEY_FILE, KeyFile, Store},
};
use tabella_verifier::log::Origin;

use crate::{
    cli::Context,
    elections::{self, clock::CommandClock, ledger_key},
    output::ExitKind,
    passphrase::{NEW_OF_LEDGER, Passphrase, PassphraseSource},
};

/// What an encrypted key means for people.
const ENCRYPTED: &str =
    "Its signing key is encrypted: whoever writes to it needs the passphrase, and a node when it starts.";
/// And one in plain text.
const PLAIN: &str = "Its signing key lies in plain text, readable by its owner only.";

/// What can be done with a ledger.
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Make an empty ledger, under a new signing key, in the folder that --ledger names
    Init(Init),
    /// Encrypt the ledger's signing key, decrypt it, change its passphrase
    #[command(subcommand)]
    Key(Key),
}

/// Arguments of `ledger init`.
#[derive(Args, Debug)]
pub struct Init {
    /// Name of the ledger, which its checkpoints carry: visible ASCII, by custom an address without a scheme
    #[arg(value_name = "NAME")]
    name: String,
    /// Encrypt its signing key under a new passphrase, which whoever writes to the ledger needs, and a node when it starts
    #[arg(long)]
    encrypt_key: bool,
}

/// What can be done with the file of the signing key. The key stays the same: a ledger has one for ever.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Encrypt the signing key under a new passphrase, which whoever writes to the ledger needs, and a node when it starts
    Encrypt,
    /// Decrypt it: it lies in plain text from then on, readable by its owner only
    Decrypt,
    /// Encrypt it under another passphrase
    ChangePassphrase(ChangePassphrase),
}

/// Arguments of `ledger key change-passphrase`.
#[derive(Args, Debug)]
pub struct ChangePassphrase {
    /// File with the new passphrase (else TABELLA_NEW_LEDGER_PASSPHRASE, else you are asked)
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
}

/// A new passphrase never comes from the general names, which may be those of a wallet's.
fn new_passphrase(directory: &Path, source: &PassphraseSource) -> anyhow::Result<Passphrase> {
    Ok(source.fresh(&format!("the signing key {}", directory.join(KEY_FILE).display()))?)
}

impl Ledger {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Init(init) => init.run(context),
            Self::Key(key) => key.run(context),
        }
    }
}

impl Init {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let directory = context.paths.ledger();
        if directory.join(DATABASE_FILE).try_exists().unwrap_or(false) {
            let text = format!("there is a ledger in {} already; nothing was written", directory.display());
            return Err(anyhow!(ExitKind::Exists).context(text));
        }
        let name = Origin::new(&self.name).context("not a name for a ledger")?;
        let clock = CommandClock::new(context)?;
        let (keys, applications) = (elections::ledger::accepted_keys(context)?, catalogue().applications());
        let signer = CheckpointSigner::generate(name, &mut OsRng);
        let file = if self.encrypt_key {
            ledger_key::encrypt(&signer, &new_passphrase(directory, &context.ledger_passphrase)?, context)?
        } else {
            KeyFile::Plain(Box::new(signer.clone()))
        };
        let node = Node::create_signing(directory, signer, &file, keys, applications, Arc::new(clock))?;
        context.output.show(&NewLedger {
            ledger: node.id().to_string(),
            name: node.name().as_str().to_owned(),
            directory: directory.to_owned(),
            production: node.store().is_for_production(),
            key_encrypted: self.encrypt_key,
        })
    }
}

impl Key {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let directory = context.paths.ledger();
        refuse_missing(directory)?;
        let store = Store::open_for_reading(directory)?;
        let place = directory.join(KEY_FILE).display().to_string();
        let present = KeyFile::read(directory)?;
        match (&self, &present) {
            (Self::Encrypt, KeyFile::Encrypted(_)) => {
                bail!("{place} is encrypted already: `tabella ledger key change-passphrase` changes its passphrase")
            }
            (Self::Decrypt | Self::ChangePassphrase(_), KeyFile::Plain(_)) => {
                bail!("{place} lies in plain text: `tabella ledger key encrypt` encrypts it")
            }
            _ => {}
        }
        // No other key file is read, so that its names serve for this one too.
        let signer = ledger_key::signer(&present, directory, &context.ledger_passphrase.or(&context.passphrase))?;
        store.check_key(&signer)?;
        let file = match self {
            Self::Encrypt => {
                ledger_key::encrypt(&signer, &new_passphrase(directory, &context.ledger_passphrase)?, context)?
            }
            Self::Decrypt => KeyFile::Plain(Box::new(signer)),
            Self::ChangePassphrase(change) => {
                let source = PassphraseSource::new(NEW_OF_LEDGER, change.new_passphrase_file);
                ledger_key::encrypt(&signer, &new_passphrase(directory, &source)?, context)?
            }
        };
        file.replace(directory)?;
        context.output.show(&KeyState {
            ledger: store.ledger_id().to_string(),
            key_file: directory.join(KEY_FILE),
            encrypted: matches!(file, KeyFile::Encrypted(_)),
        })
    }
}

/// Opens the ledger that `--ledger` names.
///
/// # Errors
/// If there is none (exit code 66), or it cannot be read.
pub fn open(context: &Context) -> anyhow::Result<Node> {
    refuse_missing(context.paths.ledger())?;
    elections::ledger::open(context)
}

fn refuse_missing(directory: &Path) -> anyhow::Result<()> {
    if directory.join(DATABASE_FILE).try_exists().unwrap_or(true) {
        return Ok(());
    }
    let text = format!("there is no ledger in {}: `tabella ledger init NAME` makes one", directory.display());
    Err(anyhow!(ExitKind::NoInput).context(text))
}

#[derive(Serialize)]
struct NewLedger {
    ledger: String,
    name: String,
    directory: PathBuf,
    /// Whether it refuses proofs under development parameters for ever.
    production: bool,
    key_encrypted: bool,
}

impl fmt::Display for NewLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ledger  {}\nname    {}\nfolder  {}", self.ledger, self.name, self.directory.display())?;
        let proofs = if self.production {
            "It is in production mode for ever: it takes proofs under the parameters of a ceremony only."
        } else {
            "It takes proofs under development parameters, which anybody can forge: for trying out only."
        };
        let key = if self.key_encrypted { ENCRYPTED } else { PLAIN };
        writeln!(f, "\n{proofs}\n{key}")
    }
}

#[derive(Serialize)]
struct KeyState {
    ledger: String,
    key_file: PathBuf,
    encrypted: bool,
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ledger    {}\nkey file  {}\n", self.ledger, self.key_file.display())?;
        if self.encrypted {
            writeln!(f, "{ENCRYPTED}\nCopies that were made before, such as those in backups, are what they were.")
        } else {
            writeln!(f, "{PLAIN}")
        }
    }
}
