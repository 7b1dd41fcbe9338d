//! Making the key. As in a trustees' ceremony, the stored state is replaced before the message is written.

use std::{fmt, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::{OsRng, RngCore as _};
use serde::Serialize;
use tabella_payments::viewing::ViewingKey;
use tabella_protocol::{
    ceremony::{CeremonyId, CeremonySetup, TrusteeCard},
    keys::Diversifier,
};
use tabella_prover::{
    custody::{
        CustodyAccount, CustodyKey,
        ceremony::{Opened, State, Stored},
        message::{Agreement, Opening, Sharing},
    },
    keyfile::KeyFileError,
};
use zeroize::Zeroizing;

use super::{Folder, of, read_messages};
use crate::{
    cli::Context,
    elections::{files, keys},
    paths::{Readers, refuse_existing, write_new},
};

/// Arguments of `wallet custody setup`.
#[derive(Args, Debug)]
pub struct Setup {
    /// What the account is for
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// How many custodians sign together; the others may be lost
    #[arg(long, value_name = "T")]
    threshold: u16,
    /// The custodians' cards
    #[arg(value_name = "CARD", required = true)]
    cards: Vec<PathBuf>,
    /// File of the setup
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `wallet custody open`.
#[derive(Args, Debug)]
pub struct Open {
    /// The setup
    #[arg(value_name = "SETUP")]
    setup: PathBuf,
    #[command(flatten)]
    folder: Folder,
    /// File of the message
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of the steps that answer messages.
#[derive(Args, Debug)]
pub struct Step {
    /// The messages of all custodians in the step before
    #[arg(value_name = "MESSAGES", required = true)]
    messages: Vec<PathBuf>,
    #[command(flatten)]
    folder: Folder,
    /// File of what comes of it
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `wallet custody confirm`.
#[derive(Args, Debug)]
pub struct Confirm {
    #[command(flatten)]
    step: Step,
    /// Also show the account's full viewing key: whoever has it sees everything that comes and goes
    #[arg(long)]
    show_viewing_key: bool,
}

/// Arguments of `wallet custody backup`.
#[derive(Args, Debug)]
pub struct Backup {
    /// File of the copy
    #[arg(value_name = "COPY")]
    copy: PathBuf,
    /// Id of the custody
    #[arg(long, value_name = "ID")]
    custody: CeremonyId,
    #[command(flatten)]
    folder: Folder,
}

/// Arguments of `wallet custody restore`.
#[derive(Args, Debug)]
pub struct Restore {
    /// File of the copy
    #[arg(value_name = "COPY")]
    copy: PathBuf,
    #[command(flatten)]
    folder: Folder,
}

/// Arguments of `wallet custody address`.
#[derive(Args, Debug)]
pub struct ShowAddress {
    /// The account's file
    #[arg(value_name = "ACCOUNT")]
    account: PathBuf,
    /// Which of the account's addresses; they cannot be linked to one another
    #[arg(long, value_name = "N", default_value_t = 0)]
    index: u64,
}

impl Setup {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let cards: Vec<TrusteeCard> = files::read_all(&self.cards)?;
        let mut nonce = [0; 32];
        OsRng.fill_bytes(&mut nonce);
        let setup = CeremonySetup::new(self.title, self.threshold, cards, nonce)?;
        files::write(&self.output, &setup)?;
        context.output.show(&Said::new(&setup, "the custodians are named", self.output))
    }
}

impl Open {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let setup: CeremonySetup = files::read(&self.setup)?;
        let path = self.folder.ceremony(context, setup.id())?;
        refuse_existing(&path).with_context(|| format!("this custodian has opened custody {} already", setup.id()))?;
        let (identity, passphrase) = self.folder.identity(context)?;
        let (opened, message) = Opened::start(&identity, setup.clone(), &mut OsRng)?;
        let stored = Stored { state: State::Opened(opened), message: of(setup.id(), message) };
        keys::create(&path, &stored, &passphrase, context)?;
        write_new(&self.output, &stored.message, Readers::Default)?;
        context.output.show(&Said::new(&setup, "step 1 is done: give the file to all custodians", self.output))
    }
}

impl Step {
    pub(super) fn share(self, context: &Context) -> anyhow::Result<()> {
        let Self { messages, folder, output } = self;
        let (custody, messages) = read_messages::<Opening>(&messages)?;
        let path = folder.ceremony(context, custody)?;
        let (identity, passphrase) = folder.identity(context)?;
        let stored: Stored = keys::open(&path, &passphrase)?;
        let opened = match stored.state {
            State::Opened(opened) => opened,
            State::Shared(_) => return again(&stored.message, custody, output, context),
            State::Finished(_) => bail!("the key of custody {custody} is made already"),
        };
        refuse_existing(&output)?;
        let setup = opened.setup().clone();
        let (shared, message) = opened.share(&identity, &messages)?;
        let stored = Stored { state: State::Shared(shared), message: of(custody, message) };
        keys::replace(&path, &stored, &passphrase, context)?;
        write_new(&output, &stored.message, Readers::Default)?;
        context.output.show(&Said::new(&setup, "step 2 is done: give the file to all custodians", output))
    }

    pub(super) fn finish(self, context: &Context) -> anyhow::Result<()> {
        let Self { messages, folder, output } = self;
        let (custody, messages) = read_messages::<Sharing>(&messages)?;
        let path = folder.ceremony(context, custody)?;
        let (identity, passphrase) = folder.identity(context)?;
        let stored: Stored = keys::open(&path, &passphrase)?;
        let shared = match stored.state {
            State::Shared(shared) => shared,
            State::Finished(_) => return again(&stored.message, custody, output, context),
            State::Opened(_) => bail!("`tabella wallet custody share` comes first"),
        };
        refuse_existing(&output)?;
        let (key, message) = shared.finish(&identity, &messages)?;
        // The key first. An attempt before this one may have come that far.
        let place = folder.key(context, custody)?;
        if let Err(error) = keys::create(&place, &key, &passphrase, context) {
            let bytes = |key: &CustodyKey| Zeroizing::new(borsh::to_vec(key).expect("writing to memory"));
            let exists = matches!(error.downcast_ref(), Some(KeyFileError::Exists(_)));
            let same = keys::open::<CustodyKey>(&place, &passphrase).is_ok_and(|other| bytes(&other) == bytes(&key));
            if !(exists && same) {
                return Err(error);
            }
        }
        let stored = Stored { state: State::Finished(custody), message: of(custody, message) };
        keys::replace(&path, &stored, &passphrase, context)?;
        write_new(&output, &stored.message, Readers::Default)?;
        let text = format!(
            "step 3 is done. Copy the key to another medium (`tabella wallet custody backup COPY --custody {custody}`), then give \
             the file to all custodians"
        );
        let setup = key.account().setup();
        context.output.show(&Said { key_file: Some(place), ..Said::new(setup, &text, output) })
    }
}

impl Confirm {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let Step { messages, folder, output } = self.step;
        refuse_existing(&output)?;
        let (custody, messages) = read_messages::<Agreement>(&messages)?;
        let (_, key, _) = folder.custodian(context, custody)?;
        let account = key.account();
        account.check_agreements(&messages)?;
        write_new(&output, &files::encode(account), Readers::Owner)?;
        context.output.remark(
            "Whoever has the account's file sees everything that comes and goes, and spends nothing: it is for the coordinator.",
        );
        let viewing_key = self.show_viewing_key.then(|| ViewingKey::Full(account.viewing_key().clone()));
        let viewing_key = viewing_key.map(|key| Shown(key.encode()));
        context.output.show(&ShownAccount { viewing_key, file: Some(output), ..ShownAccount::new(account, 0) })
    }
}

/// The last message once more, unchanged, after its file was lost.
fn again(message: &[u8], custody: CeremonyId, output: PathBuf, context: &Context) -> anyhow::Result<()> {
    write_new(&output, message, Readers::Default)?;
    context.output.remark("This step was taken before: this is the last message again.");
    context.output.show(&Repeated { custody: custody.to_string(), file: output })
}

impl ShowAddress {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let account: CustodyAccount = files::read(&self.account)?;
        context.output.show(&ShownAccount::new(&account, self.index))
    }
}

impl Backup {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let source = self.folder.key(context, self.custody)?;
        let remedy = "`tabella wallet custody finish` makes it";
        keys::back_up::<CustodyKey>(&source, &self.copy, remedy, context)?;
        context.output.show(&Copied { custody: self.custody.to_string(), from: source, to: self.copy })
    }
}

impl Restore {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let place = |key: &CustodyKey| self.folder.key(context, key.account().id());
        let (key, place) = keys::put_back(&self.copy, place, context)?;
        context.output.show(&Copied { custody: key.account().id().to_string(), from: self.copy, to: place })
    }
}

#[derive(Serialize)]
struct Said {
    custody: String,
    title: String,
    custodians: Vec<String>,
    threshold: u16,
    what: String,
    file: PathBuf,
    key_file: Option<PathBuf>,
}

impl Said {
    fn new(setup: &CeremonySetup, what: &str, file: PathBuf) -> Self {
        Self {
            custody: setup.id().to_string(),
            title: setup.title().to_owned(),
            custodians: setup.trustees().map(|(_, card)| card.name().to_string()).collect(),
            threshold: setup.threshold(),
            what: what.to_owned(),
            file,
            key_file: None,
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: custody {}", self.title, self.custody)?;
        let (names, n) = (self.custodians.join(", "), self.custodians.len());
        writeln!(f, "custodians  {names} ({} of {n} sign)\nfile        {}", self.threshold, self.file.display())?;
        if let Some(path) = &self.key_file {
            writeln!(f, "key file    {}", path.display())?;
        }
        writeln!(f, "\n{}.", self.what)
    }
}

#[derive(Serialize)]
struct Repeated {
    custody: String,
    file: PathBuf,
}

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "custody  {}\nfile     {}", self.custody, self.file.display())
    }
}

#[derive(Serialize)]
struct ShownAccount {
    custody: String,
    title: String,
    address: String,
    /// For `wallet balance`, `history` and `disclose`.
    #[serde(skip_serializing_if = "Option::is_none")]
    viewing_key: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

/// A viewing key's text: shown, never printed by Debug.
struct Shown(Zeroizing<String>);

impl Serialize for Shown {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl ShownAccount {
    fn new(account: &CustodyAccount, index: u64) -> Self {
        let key = account.viewing_key();
        Self {
            custody: account.id().to_string(),
            title: account.setup().title().to_owned(),
            address: key.incoming().address(Diversifier::from_index(index)).to_string(),
            viewing_key: None,
            file: None,
        }
    }
}

impl fmt::Display for ShownAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: custody {}\naddress      {}", self.title, self.custody, self.address)?;
        if let Some(key) = &self.viewing_key {
            writeln!(f, "viewing key  {}", &*key.0)?;
        }
        if let Some(file) = &self.file {
            writeln!(f, "file         {}", file.display())?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Copied {
    custody: String,
    from: PathBuf,
    to: PathBuf,
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from.display(), self.to.display());
        writeln!(f, "key of custody {}\nfrom  {from}\nto    {to} (opened, and good)", self.custody)
    }
}
