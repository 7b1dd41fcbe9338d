//! What authors, owners and verifiers do in the browser: forms, and what comes of them.

mod claims;
mod errors;
mod forms;
mod stamps;
mod tokens;
mod works;

use tabella_desk::{Desk, File, Form, Outcome, Stop, Values, Words, Work, say, unread, words};
use tabella_market::keys::MarketKeys;
use tabella_notary_rules::{ContentDigest, NAME, Notary, NotaryAction, PictureHash, Registered, WorkId};

use crate::{content::digest, keys::AuthorKeys, log::SignedLog, picture::picture_hash};

/// The desk of notary and copyright.
#[derive(Clone, Copy, Debug, Default)]
pub struct NotaryDesk;

impl Desk for NotaryDesk {
    fn application(&self) -> &'static str {
        NAME
    }

    fn forms(&self) -> &'static [Form] {
        forms::FORMS
    }

    fn korean(&self, error: &(dyn std::error::Error + 'static)) -> Option<String> {
        errors::korean(error)
    }

    fn act(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
        match form {
            "stamp" => stamps::stamp(values, work),
            "certificate" => stamps::certificate(values, work),
            "verify" => stamps::verify(values, work),
            "new-authority" => tokens::new_authority(values, work),
            "token" => tokens::token(values, work),
            "keys" => keys(values, work),
            "register" => works::register(values, work),
            "registration" => works::registration(values, work),
            "mine" => works::mine(work),
            "find" => works::find(values, work),
            "ask" => claims::ask(values, work),
            "review" => claims::review(values, work),
            "prove-authorship" => claims::prove_authorship(values, work),
            "prove-ownership" => claims::prove_ownership(values, work),
            "ownership" => claims::ownership(values, work),
            "check" => claims::check(values, work),
            other => Err(Stop::no_form(self.application(), other)),
        }
    }
}

const AUTHOR: Words = words("Key of the author", "저작자의 키");
const DIGEST: Words = words("SHA-256 of the file", "파일의 SHA-256");
const STAMP: Words = words("Stamp", "도장");
const STAMPED: Words = words("Stamped", "도장 시각");
const TITLE: Words = words("Title", "제목");
const WORK: Words = words("Work", "저작물");

fn keys(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let number = number(values)?;
    let party = MarketKeys::of_seed(work.seed, number).party();
    let viewer = hex::encode(party.viewer.element().as_bytes());
    let owner = hex::encode(party.owner);
    Ok(Outcome::new()
        .show(AUTHOR, code(hex::encode(AuthorKeys::of_seed(work.seed, number).public())))
        .show(words("As a holder: key that signs", "권리자로서: 서명하는 키"), code(&owner))
        .show(words("As a holder: key that reads", "권리자로서: 읽는 키"), code(&viewer))
        .show(
            words("For a registration of which you hold all", "모든 지분을 가지는 등록에 적을 내용"),
            code(format!("{owner}:{viewer}:10000")),
        ))
}

fn code(text: impl std::fmt::Display) -> tabella_desk::Value {
    tabella_desk::Value::code(text)
}

/// Which of the wallet's keys.
fn number(values: &Values) -> Result<u32, Stop> {
    Ok(values.optional("number")?.unwrap_or(0))
}

fn author(values: &Values, work: &Work<'_>) -> Result<AuthorKeys, Stop> {
    Ok(AuthorKeys::of_seed(work.seed, number(values)?))
}

fn digest_of(file: &File) -> Result<ContentDigest, Stop> {
    Ok(digest(file.bytes.as_slice())?.0)
}

/// The perceptual hash of a picture; none of another file.
fn picture_of(file: &File) -> Result<Option<PictureHash>, Stop> {
    picture_hash(&file.bytes).map_err(|error| Stop::at("file", unread(file, error)))
}

/// A work by its id.
fn registered<'a>(field: &str, id: WorkId, work: &'a Work<'_>) -> Result<&'a Registered, Stop> {
    work.rules::<Notary>()?.work(&id).ok_or_else(|| {
        Stop::at(field, say!("there is no work {id} on this ledger", "이 원장에 없는 저작물입니다: {id}"))
    })
}

/// The log under the ledger's newest checkpoint.
fn signed_log<'a>(work: &'a Work<'_>) -> Result<SignedLog<'a>, Stop> {
    let (signed, key) = work.signed()?;
    Ok(SignedLog::new(key, work.log, signed)?)
}

/// What is said where the log has an entry that its checkpoint does not sign.
fn unsigned() -> Stop {
    Stop::refuse(words(
        "the ledger has not signed this entry yet: read it again in a moment",
        "원장이 아직 이 항목에 서명하지 않았습니다. 잠시 뒤에 다시 읽으십시오",
    ))
}

/// Whether the log has an action that is meant.
fn is_logged(work: &Work<'_>, is_meant: impl Fn(&NotaryAction) -> bool) -> bool {
    work.log.iter().any(|entry| crate::entry::find(entry, |action| is_meant(&action).then_some(())).is_some())
}

/// Lines of a work as everybody sees it.
fn show_work(outcome: Outcome, id: WorkId, known: &Registered) -> Outcome {
    outcome
        .show(WORK, code(id))
        .show(TITLE, known.work.title.as_str())
        .show(AUTHOR, code(hex::encode(known.work.author)))
        .show(words("Licence", "이용 조건"), known.work.licence.as_str())
        .show(words("Registered", "등록"), known.registered)
        .show(STAMPED, known.stamped)
}
