//! Challenges and answers.

use rand_core::OsRng;
use tabella_desk::{Message, Outcome, Stop, Values, Words, Work, say, words};
use tabella_notary_rules::{Challenge, Claim, WorkId};
use tabella_verifier::files::{self, PublicFile as _};

use super::{DIGEST, TITLE, WORK, author, code, is_logged, registered, signed_log, unsigned};
use crate::{
    proof::{AnswerError, AuthorshipProof, OwnershipProof, answer_as_owner, answers, ask_on, ownership_proof},
    work::RegistrationCertificate,
};

const ASKED: Words = words("To be proved", "증명할 것");
const WHO_ASKS: Words = words("Who asks", "묻는 사람");
const UNTIL: Words = words("Answered before", "응답 기한");

const fn claim_words(claim: Claim) -> Words {
    match claim {
        Claim::Authorship => words("Authorship", "저작자임"),
        Claim::Ownership => words("Ownership", "소유자임"),
    }
}

fn show(outcome: Outcome, challenge: &Challenge) -> Outcome {
    outcome
        .show(WORK, code(challenge.work))
        .show(ASKED, claim_words(challenge.claim))
        .show(WHO_ASKS, challenge.verifier.as_str())
        .show(UNTIL, challenge.expires)
}

pub(super) fn ask(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let id = WorkId(values.bytes32("work")?);
    let known = registered("work", id, work)?;
    let claim = match values.choice("claim", &["authorship", "ownership"])? {
        "authorship" => Claim::Authorship,
        _ => Claim::Ownership,
    };
    let minutes: u64 = values.optional("minutes")?.unwrap_or(60);
    let challenge =
        ask_on(work.state.id(), (id, claim), values.text("verifier")?, (work.now, 60 * minutes), &mut OsRng);
    let challenge = challenge.ok_or_else(|| {
        Stop::at(
            "minutes",
            words("the challenge would expire after the end of time", "그렇게 늦게 끝나는 질문은 없습니다"),
        )
    })?;
    challenge.check().map_err(|error| Stop::at("verifier", error))?;
    let outcome = show(Outcome::new().show(TITLE, known.work.title.as_str()), &challenge);
    Ok(outcome.give_file(format!("{claim}.challenge"), &challenge))
}

pub(super) fn review(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let challenge: Challenge = values.decode("challenge")?;
    challenge.check().map_err(|error| Stop::at("challenge", error))?;
    of_this_ledger(&challenge, work)?;
    let known = registered("challenge", challenge.work, work)?;
    let outcome = show(Outcome::new().show(TITLE, known.work.title.as_str()), &challenge);
    Ok(outcome.show(words("Can be answered now", "지금 답할 수 있음"), challenge.admits(work.now)))
}

fn of_this_ledger(challenge: &Challenge, work: &Work<'_>) -> Result<(), Stop> {
    if challenge.ledger == work.state.id() {
        return Ok(());
    }
    let message = say!(
        "the challenge is of ledger {}, and not of the one that is open here",
        "질문은 원장 {}의 것이며 여기 열린 원장의 것이 아닙니다",
        challenge.ledger
    );
    Err(Stop::at("challenge", message))
}

/// A challenge by whom one knows to ask.
fn challenge(values: &Values, work: &Work<'_>) -> Result<Challenge, Stop> {
    let challenge: Challenge = values.decode("challenge")?;
    let verifier = values.text("verifier")?;
    if challenge.verifier != verifier {
        let message = say!(
            "the challenge is by \"{}\", and not by \"{verifier}\": an answer would convince somebody else",
            "질문한 사람은 ‘{}’이며 ‘{verifier}’이(가) 아닙니다. 답하면 다른 사람에게 증명하게 됩니다",
            challenge.verifier
        );
        return Err(Stop::at("verifier", message));
    }
    of_this_ledger(&challenge, work)?;
    Ok(challenge)
}

/// At which field an answer is refused.
fn refused(error: AnswerError) -> Stop {
    match error {
        AnswerError::Author => Stop::at("number", error),
        AnswerError::Challenge(_) | AnswerError::Time(..) | AnswerError::Claim(_) => Stop::at("challenge", error),
        other => other.into(),
    }
}

pub(super) fn prove_authorship(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let challenge = challenge(values, work)?;
    let (keys, asked) = (author(values, work)?, challenge.clone());
    let known = &registered("challenge", asked.work, work)?.work;
    let registration = RegistrationCertificate::of_log(&signed_log(work)?, asked.work).ok_or_else(unsigned)?;
    let proof = AuthorshipProof::answer(&keys, challenge, (known, registration), work.now).map_err(refused)?;
    proof.check(&asked, work.signed()?.1)?;
    let outcome = show(Outcome::new().show(TITLE, known.title.as_str()), &asked);
    Ok(outcome.give_file("authorship.answer", &proof))
}

pub(super) fn prove_ownership(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let challenge = challenge(values, work)?;
    let known = registered("challenge", challenge.work, work)?;
    let (asset, title) = (known.asset, known.work.title.clone());
    let to = work.holder.wallet().address(0);
    let moment = work.moment();
    let prepared = answer_as_owner(work.holder, &moment, &challenge, (asset, to), &mut OsRng).map_err(refused)?;
    let transaction = work.prove(prepared, vec![ownership_proof()])?;
    Ok(show(Outcome::submit(transaction).show(TITLE, title), &challenge))
}

pub(super) fn ownership(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let challenge: Challenge = values.decode("challenge")?;
    of_this_ledger(&challenge, work)?;
    let (hash, asked) = (challenge.hash(), challenge.work);
    let is_answered = is_logged(work, |action| answers(action, asked, hash));
    if !is_answered {
        return Err(Stop::at(
            "challenge",
            words(
                "the ledger has no answer to this challenge: prove that you own the work first",
                "이 질문에 대한 답이 원장에 없습니다. 먼저 저작물의 소유를 증명하십시오",
            ),
        ));
    }
    let known = registered("challenge", asked, work)?.work.clone();
    let proof = OwnershipProof::of_log(&signed_log(work)?, challenge.clone(), known).ok_or_else(unsigned)?;
    let proved = proof.check(&challenge, work.signed()?.1)?;
    let outcome = show(Outcome::new().show(TITLE, proved.work.title), &challenge);
    Ok(outcome.show(words("Answered", "답한 때"), proved.time).give_file("ownership.answer", &proof))
}

pub(super) fn check(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let challenge: Challenge = values.decode("challenge")?;
    let (_, key) = work.signed()?;
    let is_authorship = files::kind_of(&values.file("answer")?.bytes).as_deref() == Some(AuthorshipProof::KIND);
    let proved = if is_authorship {
        values.decode::<AuthorshipProof>("answer")?.check(&challenge, key)
    } else {
        values.decode::<OwnershipProof>("answer")?.check(&challenge, key)
    };
    let proved = proved.map_err(|error| {
        Stop::at("answer", Message::from(error).at(("it proves nothing", "아무것도 증명하지 못합니다")))
    })?;
    let label = match challenge.claim {
        Claim::Authorship => words("Whoever answered is the author", "답한 사람이 저작자임"),
        Claim::Ownership => words("Whoever answered owned the work then", "답한 사람이 그때 소유자였음"),
    };
    Ok(show(Outcome::new().show(label, true).show(TITLE, proved.work.title), &challenge)
        .show(DIGEST, code(proved.work.digest))
        .show(words("Answered", "답한 때"), proved.time))
}
