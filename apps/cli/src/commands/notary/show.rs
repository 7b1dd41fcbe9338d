//! What commands of the notary show.

use std::{fmt, path::PathBuf};

use serde::Serialize;
use tabella_notary::rules::{Registered, WorkId, rules::WorkRow};
use tabella_protocol::note::Timestamp;

use crate::{
    elections::time::Time,
    output::{Table, visible},
};

#[derive(Serialize)]
pub(super) struct Stamped {
    pub(super) digest: String,
    pub(super) bytes: u64,
    pub(super) stamp: String,
    pub(super) author: Option<String>,
    pub(super) time: Time,
    pub(super) certificate: PathBuf,
}

impl fmt::Display for Stamped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "SHA-256      {} ({} bytes)", self.digest, self.bytes)?;
        writeln!(f, "stamp        {}\ntime         {}", self.stamp, self.time)?;
        if let Some(author) = &self.author {
            writeln!(f, "author       {author}")?;
        }
        writeln!(f, "certificate  {}", self.certificate.display())?;
        writeln!(
            f,
            "\nThe ledger learns the stamp alone. Keep file and certificate: without both, the stamp shows nothing."
        )
    }
}

#[derive(Serialize)]
pub(super) struct Verified {
    pub(super) digest: String,
    pub(super) time: Time,
    pub(super) stamp: String,
    pub(super) author: Option<String>,
    pub(super) ledger: String,
    pub(super) entries: u64,
    /// Whether it was compared with a checkpoint that the verifier keeps.
    pub(super) same_log: bool,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The file existed when the ledger accepted its stamp.\n")?;
        writeln!(f, "time         {}\nSHA-256      {}\nstamp        {}", self.time, self.digest, self.stamp)?;
        if let Some(author) = &self.author {
            writeln!(f, "author       {author}")?;
        }
        writeln!(f, "ledger       {} (a log of {} entries)", self.ledger, self.entries)?;
        if self.same_log {
            writeln!(f, "\nThe log is that of your checkpoint.")
        } else {
            writeln!(
                f,
                "\nWhoever has the ledger's key could sign two logs: --checkpoint compares with one that you keep."
            )
        }
    }
}

#[derive(Serialize)]
pub(super) struct WrittenCheckpoint {
    pub(super) ledger: String,
    pub(super) entries: u64,
    pub(super) checkpoint: PathBuf,
    pub(super) consistency: Option<PathBuf>,
}

impl fmt::Display for WrittenCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ledger key   {}\nentries      {}", self.ledger, self.entries)?;
        writeln!(f, "checkpoint   {}", self.checkpoint.display())?;
        match &self.consistency {
            Some(consistency) => writeln!(f, "consistency  {}", consistency.display()),
            None => Ok(()),
        }
    }
}

#[derive(Serialize)]
pub(super) struct NewTimeStamper {
    pub(super) name: String,
    pub(super) key_file: PathBuf,
    pub(super) certificate: PathBuf,
}

impl fmt::Display for NewTimeStamper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "authority    {}\nkey file     {}", visible(&self.name), self.key_file.display())?;
        writeln!(f, "certificate  {}", self.certificate.display())?;
        writeln!(
            f,
            "\nGive the certificate to whoever is to trust tokens. Whoever has the key file and its passphrase can date them."
        )
    }
}

#[derive(Serialize)]
pub(super) struct MadeToken {
    pub(super) authority: String,
    pub(super) digest: String,
    pub(super) time: Time,
    pub(super) bare: bool,
    pub(super) token: PathBuf,
}

impl fmt::Display for MadeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "authority    {}\ntime         {}", visible(&self.authority), self.time)?;
        writeln!(f, "SHA-256      {}\ntoken        {}", self.digest, self.token.display())?;
        let form = if self.bare { " -token_in" } else { "" };
        writeln!(f, "\nopenssl ts -verify -data FILE -in {}{form} -CAfile CERTIFICATE", self.token.display())
    }
}

#[derive(Serialize)]
pub(super) struct KeysShown {
    pub(super) author: String,
    pub(super) owner: String,
    pub(super) viewer: String,
}

impl fmt::Display for KeysShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "author       {}\nholder       {}:{}:SHARE", self.author, self.owner, self.viewer)?;
        writeln!(f, "\nThey are public. Works under different numbers cannot be linked.")
    }
}

#[derive(Serialize)]
pub(super) struct NearWork {
    pub(super) work: String,
    pub(super) title: String,
    pub(super) author: String,
    pub(super) registered: Time,
    pub(super) stamped: Time,
    /// In how many bits the pictures' hashes differ.
    pub(super) bits: u32,
}

impl NearWork {
    pub(super) fn new(id: WorkId, registered: &Registered, bits: u32) -> Self {
        Self {
            work: id.to_string(),
            title: registered.work.title.clone(),
            author: hex::encode(registered.work.author),
            registered: Time(registered.registered),
            stamped: Time(registered.stamped),
            bits,
        }
    }
}

fn write_near(f: &mut fmt::Formatter<'_>, near: &[NearWork]) -> fmt::Result {
    let mut table = Table::new(&[">bits", "stamped", "title", "work"]);
    for near in near {
        let (bits, stamped) = (near.bits.to_string(), near.stamped.to_string());
        table.row([&bits, &stamped, &visible(&near.title), &near.work]);
    }
    write!(f, "{table}")
}

#[derive(Serialize)]
pub(super) struct RegisteredWork {
    pub(super) work: String,
    pub(super) asset: String,
    pub(super) title: String,
    pub(super) time: Time,
    pub(super) stamped: Time,
    pub(super) certificate: PathBuf,
    /// Pictures that look alike, registered before.
    pub(super) near: Vec<NearWork>,
}

impl fmt::Display for RegisteredWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "work         {}\ntitle        {}\nasset        {}", self.work, visible(&self.title), self.asset)?;
        writeln!(f, "registered   {}\nstamped      {}", self.time, self.stamped)?;
        writeln!(f, "certificate  {}", self.certificate.display())?;
        if !self.near.is_empty() {
            writeln!(f, "\nPictures that look alike were registered before:\n")?;
            write_near(f, &self.near)?;
        }
        writeln!(f, "\nThe work is a note of your wallet's: `tabella wallet send` hands it over.")
    }
}

#[derive(Serialize)]
pub(super) struct FoundWorks {
    pub(super) digest: String,
    pub(super) picture: Option<String>,
    /// The work of exactly this file.
    pub(super) exact: Option<NearWork>,
    /// Pictures that look alike.
    pub(super) near: Vec<NearWork>,
}

impl fmt::Display for FoundWorks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "SHA-256      {}", self.digest)?;
        if let Some(picture) = &self.picture {
            writeln!(f, "dHash        {picture}")?;
        }
        match &self.exact {
            Some(exact) => {
                writeln!(f, "work         {}\ntitle        {}", exact.work, visible(&exact.title))?;
                writeln!(f, "author       {}", exact.author)?;
                writeln!(f, "registered   {}\nstamped      {}", exact.registered, exact.stamped)?;
            }
            None => writeln!(f, "\nNo work of exactly this file is registered here.")?,
        }
        if self.near.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nPictures that look alike, by the hashes that their authors registered:\n")?;
        write_near(f, &self.near)
    }
}

#[derive(Serialize)]
pub(super) struct ListedWork {
    work: String,
    title: String,
    licence: String,
    holders: usize,
    registered: Time,
}

impl ListedWork {
    pub(super) fn new(id: WorkId, registered: &Registered) -> Self {
        Self {
            work: id.to_string(),
            title: registered.work.title.clone(),
            licence: registered.work.licence.clone(),
            holders: registered.work.holders.len(),
            registered: Time(registered.registered),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Listed {
    pub(super) works: Vec<ListedWork>,
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.works.is_empty() {
            return writeln!(f, "There is no work on this ledger: `tabella notary register` makes one.");
        }
        let mut table = Table::new(&["registered", "title", "licence", ">holders", "work"]);
        for work in &self.works {
            let (registered, holders) = (work.registered.to_string(), work.holders.to_string());
            table.row([&registered, &visible(&work.title), &visible(&work.licence), &holders, &work.work]);
        }
        write!(f, "{table}")
    }
}

#[derive(Serialize)]
pub(super) struct ShownWork {
    work: String,
    registered_at: Option<Time>,
    stamped_at: Option<Time>,
    #[serde(flatten)]
    row: WorkRow,
}

impl ShownWork {
    pub(super) fn new(id: WorkId, row: WorkRow) -> Self {
        let [registered_at, stamped_at] = [row.registered, row.stamped].map(|time| Timestamp::new(time).map(Time));
        Self { work: id.to_string(), registered_at, stamped_at, row }
    }
}

impl fmt::Display for ShownWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = &self.row;
        writeln!(f, "work         {}\ntitle        {}", self.work, visible(&row.title))?;
        writeln!(f, "author       {}\nlicence      {}", row.author, visible(&row.licence))?;
        writeln!(f, "SHA-256      {}", row.digest)?;
        if let Some(picture) = &row.picture {
            writeln!(f, "dHash        {picture}")?;
        }
        for (name, time) in [("registered", self.registered_at), ("stamped", self.stamped_at)] {
            if let Some(time) = time {
                writeln!(f, "{name:13}{time}")?;
            }
        }
        writeln!(f, "asset        {}\n", row.asset)?;
        let mut table = Table::new(&[">share", "holder"]);
        for holder in &row.holders {
            table.row([&holder.share.to_string(), &holder.owner]);
        }
        write!(f, "{table}")
    }
}

#[derive(Serialize)]
pub(super) struct Asked {
    pub(super) work: String,
    pub(super) claim: String,
    pub(super) expires: Time,
    pub(super) challenge: PathBuf,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "work         {}\nclaim        {}\nexpires      {}", self.work, self.claim, self.expires)?;
        writeln!(f, "challenge    {}", self.challenge.display())?;
        writeln!(f, "\nKeep it: an answer is checked with it.")
    }
}

#[derive(Serialize)]
pub(super) struct Answered {
    pub(super) work: String,
    pub(super) claim: String,
    pub(super) verifier: String,
    pub(super) time: Time,
    pub(super) answer: PathBuf,
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "work         {}\nclaim        {}\nfor          {}",
            self.work,
            self.claim,
            visible(&self.verifier)
        )?;
        writeln!(f, "time         {}\nanswer       {}", self.time, self.answer.display())
    }
}

#[derive(Serialize)]
pub(super) struct CheckedClaim {
    pub(super) work: String,
    pub(super) title: String,
    pub(super) digest: String,
    pub(super) claim: String,
    pub(super) verifier: String,
    pub(super) asked: Time,
    pub(super) time: Time,
}

impl fmt::Display for CheckedClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (claim, verifier) = (&self.claim, visible(&self.verifier));
        writeln!(f, "Whoever answered {verifier} has proved {claim}, as of the time of the answer.\n")?;
        writeln!(f, "work         {}\ntitle        {}\nSHA-256      {}", self.work, visible(&self.title), self.digest)?;
        writeln!(f, "asked        {}\nanswered     {}", self.asked, self.time)
    }
}
