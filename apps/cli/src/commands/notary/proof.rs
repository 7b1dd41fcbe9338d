//! Challenges and answers.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use rand_core::OsRng;
use tabella_notary::{
    AuthorshipProof, OwnershipProof,
    proof::{ProvedClaim, answer_as_owner, ask, ownership_proof},
    rules::{Challenge, Claim, WorkId},
    work::RegistrationCertificate,
};
use tabella_verifier::files::PublicFile as _;

use super::{
    Author, Trust, Work, registered,
    show::{Answered, Asked, CheckedClaim},
};
use crate::{
    cli::Context,
    commands::ledger,
    elections::{
        files::{kind, read, write},
        time::Time,
    },
    output::visible,
    paths::refuse_existing,
};

/// What is asked.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum AskedClaim {
    /// Who has the key that the work was registered under
    Authorship,
    /// Who owns the work's note now
    Ownership,
}

/// Arguments of `notary ask`.
#[derive(Args, Debug)]
pub struct Ask {
    /// Id of the work
    #[arg(value_name = "WORK")]
    work: WorkId,
    /// What is to be proved
    #[arg(value_name = "CLAIM")]
    claim: AskedClaim,
    /// Who asks: whoever answers sees this
    #[arg(long, value_name = "NAME")]
    verifier: String,
    /// For how many minutes it may be answered, up to 30 days
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=43_200))]
    minutes: u64,
    /// File of the challenge
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `notary prove`.
#[derive(Args, Debug)]
pub struct Prove {
    /// File of the challenge
    #[arg(value_name = "CHALLENGE")]
    challenge: PathBuf,
    /// Who you know to ask: refused if the challenge names somebody else
    #[arg(long, value_name = "NAME")]
    verifier: String,
    #[command(flatten)]
    author: Author,
    /// File of the answer
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `notary check`.
#[derive(Args, Debug)]
pub struct Check {
    /// File of the answer
    #[arg(value_name = "ANSWER")]
    answer: PathBuf,
    /// The challenge, as it was given out
    #[arg(long, value_name = "FILE")]
    challenge: PathBuf,
    #[command(flatten)]
    trust: Trust,
}

impl Ask {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        registered(&node, self.work)?;
        let claim = match self.claim {
            AskedClaim::Authorship => Claim::Authorship,
            AskedClaim::Ownership => Claim::Ownership,
        };
        let when = (node.now()?, 60 * self.minutes);
        let challenge = ask(node.store().verifier(), (self.work, claim), &self.verifier, when, &mut OsRng)
            .context("the challenge would expire after the end of time")?;
        challenge.check()?;
        write(&self.output, &challenge)?;
        context.output.show(&Asked {
            work: self.work.to_string(),
            claim: claim.to_string(),
            expires: Time(challenge.expires),
            challenge: self.output,
        })
    }
}

impl Prove {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let challenge: Challenge = read(&self.challenge)?;
        if challenge.verifier != self.verifier {
            bail!(
                "the challenge is by \"{}\", and not by \"{}\": an answer would convince somebody else",
                visible(&challenge.verifier),
                visible(&self.verifier)
            );
        }
        let mut at = self.author.begin(context)?;
        if challenge.ledger != at.node.id() {
            bail!("the challenge is of ledger {}, and not of the one in --ledger", challenge.ledger);
        }
        let (claim, work) = (challenge.claim, challenge.work);
        let time = match claim {
            Claim::Authorship => answer_as_author(&at, challenge, &self.output)?,
            Claim::Ownership => answer(&mut at, challenge, &self.output)?,
        };
        context.output.show(&Answered {
            work: work.to_string(),
            claim: claim.to_string(),
            verifier: self.verifier,
            time,
            answer: self.output,
        })
    }
}

fn answer_as_author(at: &Work<'_>, challenge: Challenge, output: &std::path::Path) -> anyhow::Result<Time> {
    let work = &registered(&at.node, challenge.work)?.work;
    let registration = RegistrationCertificate::of_work(&at.node, challenge.work)?;
    let now = at.node.now()?;
    write(output, &AuthorshipProof::answer(&at.keys, challenge, (work, registration), now)?)?;
    Ok(Time(now))
}

fn answer(at: &mut Work<'_>, challenge: Challenge, output: &std::path::Path) -> anyhow::Result<Time> {
    let known = registered(&at.node, challenge.work)?;
    let (asset, work) = (known.asset, known.work.clone());
    let mut holder = at.holder()?;
    let to = holder.wallet().address(0);
    let prepared = answer_as_owner(&mut holder, &at.moment()?, &challenge, (asset, to), &mut OsRng)?;
    let transaction = at.prove(&holder, prepared, vec![ownership_proof()])?;
    let accepted = at.submit(transaction)?;
    write(output, &OwnershipProof::of_ledger(&at.node, challenge, work, accepted.digest)?)?;
    Ok(Time(accepted.time))
}

impl Check {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let challenge: Challenge = read(&self.challenge)?;
        let verifier = self.trust.verifier(context)?;
        let kind = kind(&self.answer)?;
        let proved: Result<ProvedClaim, _> = if kind == AuthorshipProof::KIND {
            read::<AuthorshipProof>(&self.answer)?.check(&challenge, &verifier)
        } else {
            read::<OwnershipProof>(&self.answer)?.check(&challenge, &verifier)
        };
        let proved = proved.with_context(|| format!("{} proves nothing", self.answer.display()))?;
        context.output.show(&CheckedClaim {
            work: challenge.work.to_string(),
            title: proved.work.title,
            digest: proved.work.digest.to_string(),
            claim: challenge.claim.to_string(),
            verifier: challenge.verifier,
            asked: Time(challenge.issued),
            time: Time(proved.time),
        })
    }
}
