//! While a session runs: the viewer signs, the provider checks. Nothing goes to the ledger.

use tabella_desk::{Outcome, Stop, Value, Values, Work, unread, words};
use tabella_streaming_rules::{
    Stage,
    terms::{MAX_TICKS, Party, SessionId},
};
use tabella_verifier::files;

use super::party::{SESSION, TICKS, own_as, price_of, session_id, stored, ticks_of};
use crate::meter::{Meter, SignedTick};

/// Signs ticks, as the viewer.
pub(super) fn sign(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (keys, own) = own_as(values, work, Party::Viewer)?;
    if !runs(work, own.id)? {
        return Err(Stop::at(
            "session",
            words("it has ended: nothing more is to be watched", "끝난 세션입니다. 더 볼 것이 없습니다"),
        ));
    }
    let ticks = ticks_of(values, &own)?;
    if ticks == 0 {
        return Err(Stop::at("ticks", words("there is nothing to sign for 0 ticks", "0틱에는 서명할 것이 없습니다")));
    }
    let name = format!("session-{:.8}-{ticks}.tick", own.id.to_string());
    Ok(Outcome::new()
        .show(SESSION, Value::code(own.id))
        .show(TICKS, Value::number(ticks))
        .show(words("Prepaid ticks", "미리 낸 틱"), Value::number(own.terms.max_ticks))
        .show(words("Owed for them", "그 값"), price_of(work, &own, ticks)?)
        .give_file(name, &SignedTick::new(&keys, own.id, ticks)))
}

/// Checks ticks, as the provider, and gives the highest back.
pub(super) fn check(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let id = session_id(values)?;
    let terms = stored(work, id)?.terms();
    let credit = values.number("credit", (0, MAX_TICKS), 1)?;
    let mut ticks = Vec::new();
    for file in values.files("signed") {
        let decoded = files::decode::<SignedTick>(&file.bytes);
        let tick = decoded.map_err(|error| Stop::at("signed", unread(file, error)))?;
        // Each on its own: files are chosen in any order, and one may be the kept one.
        let counted = Meter::new(id, terms).count(tick);
        counted.map_err(|error| Stop::at("signed", unread(file, error)))?;
        ticks.push(tick);
    }
    ticks.sort_by_key(|tick| tick.ticks);
    ticks.dedup_by_key(|tick| tick.ticks);
    let mut meter = Meter::new(id, terms);
    for tick in ticks {
        meter.count(tick).map_err(|error| Stop::at("signed", error))?;
    }
    let highest = meter.highest().ok_or_else(|| Stop::at("signed", words("choose a file", "파일을 고르십시오")))?;
    let runs = runs(work, id)?;
    let until = if runs { meter.stream_until(credit) } else { meter.ticks() };
    let name = format!("session-{:.8}-{}.tick", id.to_string(), highest.ticks);
    Ok(Outcome::new()
        .show(SESSION, Value::code(id))
        .show(words("Ticks signed", "서명된 틱"), Value::number(highest.ticks))
        .show(words("Prepaid ticks", "미리 낸 틱"), Value::number(terms.max_ticks))
        .show(words("Stream until tick", "이 틱까지 보내기"), Value::number(until))
        .show(words("The session has ended", "세션이 끝났음"), !runs)
        .give_file(name, highest))
}

/// Whether there is anything to watch.
fn runs(work: &Work<'_>, id: SessionId) -> Result<bool, Stop> {
    let session = stored(work, id)?;
    Ok(session.stage(work.now) == Stage::Open && work.now < session.terms().expires)
}
