//! Works: registered, found, shown.

use rand_core::OsRng;
use tabella_desk::{Outcome, Stop, Value, Values, Work, say, short, words};
use tabella_market::keys::MarketKeys;
use tabella_market_rules::work::{Holder, Party, ViewerKey, WHOLE};
use tabella_notary_rules::{
    ContentDigest, Notary, PictureHash, StampOpening, Work as Terms, WorkFault, WorkId, work::NEAR,
};
use tabella_protocol::{note::NoteValue, ristretto::Element};
use tabella_verifier::files::{self, PublicFile as _};

use super::{
    AUTHOR, DIGEST, STAMPED, TITLE, WORK, author, code, digest_of, number, picture_of, registered, show_work,
    signed_log, unsigned,
};
use crate::{
    certificate::{StampCertificate, StampDraft},
    keys::AuthorKeys,
    work::{self, RegistrationCertificate, RegistrationError},
};

/// Of how many of the wallet's keys the works are shown.
const OWN_KEYS: u32 = 32;

/// The opening of a stamp, from its draft or its certificate.
fn opening(values: &Values) -> Result<StampOpening, Stop> {
    let is_certificate = files::kind_of(&values.file("stamp")?.bytes).as_deref() == Some(StampCertificate::KIND);
    if is_certificate {
        Ok(values.decode::<StampCertificate>("stamp")?.opening)
    } else {
        Ok(values.decode::<StampDraft>("stamp")?.opening)
    }
}

fn holder(line: &str) -> Result<Holder, Stop> {
    let wrong = || {
        Stop::at(
            "holders",
            say!(
                "\"{line}\": write OWNER:VIEWER:SHARE, two keys of 64 digits and a number",
                "“{line}”: ‘소유 키:열람 키:지분’으로 적으십시오. 키는 각각 64자, 지분은 수입니다"
            ),
        )
    };
    let [owner, viewer, share] = line.split(':').map(str::trim).collect::<Vec<_>>()[..] else { return Err(wrong()) };
    let key = |text: &str| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map(|()| bytes).map_err(|_| wrong())
    };
    let viewer = Element::decode(key(viewer)?).and_then(ViewerKey::new);
    let viewer = viewer.ok_or_else(|| {
        Stop::at(
            "holders",
            say!("\"{line}\": the second is no key that reads", "“{line}”: 두 번째는 읽을 수 있는 키가 아닙니다"),
        )
    })?;
    Ok(Holder { party: Party { owner: key(owner)?, viewer }, share: share.parse().map_err(|_| wrong())? })
}

pub(super) fn register(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (keys, notary) = (author(values, work)?, work.rules::<Notary>()?);
    let file = values.file("file")?;
    let (opening, digest) = (opening(values)?, digest_of(file)?);
    if opening.digest != digest {
        let message = say!(
            "it is of another file, of SHA-256 {}; this one has {digest}",
            "다른 파일(SHA-256 {})의 도장입니다. 이 파일은 {digest}입니다",
            opening.digest
        );
        return Err(Stop::at("stamp", message));
    }
    let stamped = notary.stamp(&opening.id());
    let stamped = stamped.ok_or_else(|| {
        Stop::at(
            "stamp",
            words(
                "the ledger does not have this stamp: stamp the file again",
                "원장에 없는 확인 도장입니다. 파일에 다시 찍으십시오",
            ),
        )
    })?;
    if opening.author != Some(keys.public()) {
        let message = words(
            "the file was not stamped for this key: stamp it as your work, under the number of the registration",
            "이 키로 찍은 파일이 아닙니다. 등록할 번호로, 내 저작물로 찍으십시오",
        );
        return Err(Stop::at("stamp", message));
    }
    if let Some((id, _)) = notary.of_content(&digest) {
        return Err(Stop::at(
            "file",
            say!("this file is registered already, as work {id}", "이미 저작물 {id}(으)로 등록된 파일입니다"),
        ));
    }
    let picture = picture_of(file)?;
    let mut holders = Vec::new();
    for line in values.optional_text("holders").unwrap_or_default().lines().filter(|line| !line.trim().is_empty()) {
        holders.push(holder(line)?);
    }
    if holders.is_empty() {
        holders.push(Holder { party: MarketKeys::of_seed(work.seed, number(values)?).party(), share: WHOLE });
    }
    let terms = Terms {
        title: values.text("title")?.to_owned(),
        author: keys.public(),
        licence: values.optional_text("licence").unwrap_or("All rights reserved").to_owned(),
        holders,
        digest,
        picture,
    };
    let to = work.recipient(values, "to")?;
    let ledger = (work.state.id(), work.state.assets());
    let made =
        work::register(&keys, ledger, &terms, opening.blinding, to, &mut OsRng).map_err(|error| match error {
            RegistrationError::Work(fault @ WorkFault::Title) => Stop::at("title", fault),
            RegistrationError::Work(fault @ WorkFault::Licence) => Stop::at("licence", fault),
            RegistrationError::Work(fault @ WorkFault::Split(_)) => Stop::at("holders", fault),
            other => other.into(),
        })?;
    let id = terms.id(work.state.id());
    let outcome = Outcome::submit(made).show(WORK, code(id)).show(TITLE, terms.title).show(STAMPED, stamped);
    Ok(near(outcome, notary, picture, NEAR, None))
}

pub(super) fn registration(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let id = WorkId(values.bytes32("work")?);
    let known = registered("work", id, work)?;
    let made = RegistrationCertificate::of_log(&signed_log(work)?, id).ok_or_else(unsigned)?;
    made.check(work.signed()?.1, id)?;
    let name = short(id);
    Ok(show_work(Outcome::new(), id, known).give_file(format!("{name}.registration"), &made))
}

pub(super) fn mine(work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys: Vec<_> = (0..OWN_KEYS).map(|number| (number, AuthorKeys::of_seed(work.seed, number).public())).collect();
    let wallet = work.holder.wallet();
    let owns = |asset| wallet.unspent().any(|note| note.note().asset == asset && note.note().value == NoteValue(1));
    let mut rows = Vec::new();
    for (id, known) in work.rules::<Notary>()?.works() {
        let number = keys.iter().find(|(_, key)| *key == known.work.author).map(|(number, _)| number.to_string());
        let is_owned = owns(known.asset);
        if number.is_none() && !is_owned {
            continue;
        }
        rows.push(vec![
            known.work.title.as_str().into(),
            code(id),
            number.unwrap_or_default().into(),
            is_owned.into(),
            known.registered.into(),
        ]);
    }
    let columns = vec![
        TITLE,
        WORK,
        words("My key’s number", "내 키 번호"),
        words("I own it", "소유함"),
        words("Registered", "등록"),
    ];
    Ok(Outcome::new().show(words("My works", "내 저작물"), Value::Table { columns, rows }))
}

pub(super) fn find(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let notary = work.rules::<Notary>()?;
    let file = values.file("file")?;
    let (digest, picture): (ContentDigest, _) = (digest_of(file)?, picture_of(file)?);
    let within: u32 = values.optional("within")?.unwrap_or(NEAR);
    let exact = notary.of_content(&digest);
    let outcome = Outcome::new()
        .show(DIGEST, code(digest))
        .show(words("Exactly this file is registered", "바로 이 파일이 등록됨"), exact.is_some());
    let outcome = match exact {
        Some((id, known)) => show_work(outcome, id, known),
        None => outcome,
    };
    Ok(near(outcome, notary, picture, within, exact.map(|(id, _)| id)))
}

/// Shows the pictures near one, the nearest first.
fn near(outcome: Outcome, notary: &Notary, picture: Option<PictureHash>, most: u32, but: Option<WorkId>) -> Outcome {
    let Some(picture) = picture else { return outcome };
    let mut near: Vec<_> = notary.near(picture, most).filter(|(id, _, _)| Some(*id) != but).collect();
    near.sort_by_key(|(_, _, bits)| *bits);
    let columns = vec![words("Bits that differ", "다른 비트 수"), TITLE, WORK, AUTHOR];
    let rows = near.into_iter().map(|(id, known, bits)| {
        let author = code(hex::encode(known.work.author));
        vec![Value::number(bits), known.work.title.as_str().into(), code(id), author]
    });
    outcome
        .show(words("Perceptual hash", "지각 해시"), code(picture))
        .show(words("Pictures that look alike", "비슷한 그림"), Value::Table { columns, rows: rows.collect() })
}
