//! Notary and copyright: stamps and their certificates, time-stamp tokens, works, proofs without a name.

mod demo;
mod proof;
mod show;
mod stamp;
mod token;
mod work;

use std::{fs::File, io::Read as _, path::Path};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use tabella_ledger::node::Ledger;
use tabella_notary::{
    AuthorKeys,
    content::digest,
    picture::{MAX_BYTES, is_picture, picture_hash},
    rules::{ContentDigest, Notary as Rules, PictureHash, Registered, WorkId},
};
use tabella_verifier::log::CheckpointVerifier;

use super::ledger;
use crate::{cli::Context, output::ExitKind};

/// What authors, owners, authorities and verifiers do.
#[derive(Debug, Subcommand)]
pub enum Notary {
    /// Stamp a file: its blinded digest goes into the log, and a certificate comes out
    Stamp(stamp::Stamp),
    /// Verify the certificate of a file, offline if the ledger's key is given
    Verify(stamp::Verify),
    /// Write the ledger's latest checkpoint, and show its key: what verifiers keep
    Checkpoint(stamp::WriteCheckpoint),
    /// Make a time-stamping authority: its key file and its certificate
    NewAuthority(token::NewAuthority),
    /// Authority: sign a time-stamp token (RFC 3161) for a stamped file, by its certificate
    Token(token::MakeToken),
    /// Author: show the keys that the wallet has for a work
    Keys(work::Keys),
    /// Author: register a stamped file as a work, which is one note of the wallet's
    Register(Box<work::Register>),
    /// Find the work of a file, and pictures near it
    Find(work::Find),
    /// List the works of the ledger
    List,
    /// Show a work
    Show(work::Show),
    /// Verifier: write a challenge to whoever says that a work is theirs
    Ask(proof::Ask),
    /// Author or owner: look at a challenge, and answer it
    Prove(proof::Prove),
    /// Check an answer to a challenge, offline if the ledger's key is given
    Check(proof::Check),
    /// Try out: a picture from its stamp to its sale, with those who lie about it, on a ledger of its own
    Demo(demo::Demo),
}

impl Notary {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Stamp(stamp) => stamp.run(context),
            Self::Verify(verify) => verify.run(context),
            Self::Checkpoint(checkpoint) => checkpoint.run(context),
            Self::NewAuthority(new) => new.run(context),
            Self::Token(token) => token.run(context),
            Self::Keys(keys) => keys.run(context),
            Self::Register(register) => register.run(context),
            Self::Find(find) => find.run(context),
            Self::List => work::list(context),
            Self::Show(show) => show.run(context),
            Self::Ask(ask) => ask.run(context),
            Self::Prove(prove) => prove.run(context),
            Self::Check(check) => check.run(context),
            Self::Demo(demo) => demo.run(context),
        }
    }
}

/// Whose keys.
type Author = super::work::Owner<AuthorKeys>;

/// An author or an owner at work.
type Work<'a> = super::work::Work<'a, AuthorKeys>;

/// Whose signatures on the log are believed.
#[derive(Args, Debug)]
struct Trust {
    /// Name and key of the ledger, as `tabella notary checkpoint` shows them; you know from elsewhere whose they are [default: those
    /// of the ledger in --ledger]
    #[arg(long, value_name = "KEY")]
    ledger_key: Option<CheckpointVerifier>,
}

impl Trust {
    fn verifier(self, context: &Context) -> anyhow::Result<CheckpointVerifier> {
        match self.ledger_key {
            Some(key) => Ok(key),
            None => Ok(ledger::open(context)?.store().verifier().clone()),
        }
    }
}

fn rules(node: &Ledger) -> anyhow::Result<&Rules> {
    node.state().application::<Rules>().context("this ledger has no notary")
}

fn registered(node: &Ledger, id: WorkId) -> anyhow::Result<&Registered> {
    let missing = || ExitKind::missing(format!("there is no work {id}: `tabella notary list` has them"));
    rules(node)?.work(&id).ok_or_else(missing)
}

/// The digest of a file, and its length.
fn digest_of(path: &Path) -> anyhow::Result<(ContentDigest, u64)> {
    File::open(path).and_then(digest).with_context(|| format!("cannot read {}", path.display()))
}

/// The perceptual hash of a picture; none of another file.
fn picture_of(path: &Path) -> anyhow::Result<Option<PictureHash>> {
    let cannot = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(cannot)?;
    let mut bytes = Vec::new();
    file.by_ref().take(8).read_to_end(&mut bytes).with_context(cannot)?;
    if !is_picture(&bytes) {
        return Ok(None);
    }
    file.take(MAX_BYTES).read_to_end(&mut bytes).with_context(cannot)?;
    if bytes.len() as u64 > MAX_BYTES {
        bail!("the picture {} is longer than {MAX_BYTES} bytes", path.display());
    }
    picture_hash(&bytes).with_context(|| format!("{} has no perceptual hash", path.display()))
}
