//! The end of a session: claims, closes, agreements, payouts.

use rand_core::OsRng;
use tabella_desk::{Outcome, Stop, Value, Values, Work, say, words};
use tabella_streaming_rules::{Stage, terms::Party};

use super::party::{SESSION, TICKS, own_as, own_sides, party_name, price_of, session_id, stored, ticks_of};
use crate::{
    build,
    history::OwnSession,
    meter::{Meter, SignedEnd, SignedTick},
};

/// Ends a session alone, as the viewer.
pub(super) fn close(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (keys, own) = own_as(values, work, Party::Viewer)?;
    let ticks = ticks_of(values, &own)?;
    let tick = (ticks > 0).then(|| SignedTick::new(&keys, own.id, ticks));
    let transaction = build::close(&keys, work.state.id(), own.id, Party::Viewer, tick.as_ref());
    show_end(Outcome::submit(transaction), work, &own, ticks)
}

/// Claims the highest tick, as the provider.
pub(super) fn claim(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (keys, own) = own_as(values, work, Party::Provider)?;
    let tick: SignedTick = values.decode("signed")?;
    Meter::new(own.id, &own.terms).count(tick).map_err(|error| Stop::at("signed", error))?;
    let transaction = build::close(&keys, work.state.id(), own.id, Party::Provider, Some(&tick));
    show_end(Outcome::submit(transaction), work, &own, tick.ticks)
}

/// Gives a file with which the other party can settle at once.
pub(super) fn propose(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let sides = own_sides(values, work)?;
    let Some((keys, own)) = sides.first() else {
        return Err(Stop::at("session", words("this wallet has no part in it", "이 지갑은 당사자가 아닙니다")));
    };
    let ticks = ticks_of(values, own)?;
    let name = format!("session-{:.8}-{ticks}.end", own.id.to_string());
    let outcome = show_end(Outcome::new(), work, own, ticks)?;
    Ok(outcome
        .show(
            words("Note", "알림"),
            words(
                "Whoever has the other's signature as well settles with it, also later: stream and watch no more.",
                "상대방의 서명까지 가진 사람은 나중에라도 이것으로 정산할 수 있습니다. 더 보내거나 보지 마십시오.",
            ),
        )
        .give_file(name, &SignedEnd::new(keys, own.id, ticks)))
}

/// Settles at once, as the other party has proposed.
pub(super) fn agree(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let sides = own_sides(values, work)?;
    let theirs: SignedEnd = values.decode("proposal")?;
    let signed = sides.iter().find(|(_, own)| {
        let other = if own.party == Party::Viewer { Party::Provider } else { Party::Viewer };
        theirs.is_by(own.id, &own.terms, other)
    });
    let not_signed = || {
        Stop::at(
            "proposal",
            words("the other party of this session has not signed it", "이 세션의 상대가 서명한 것이 아닙니다"),
        )
    };
    let (keys, own) = signed.ok_or_else(not_signed)?;
    let ticks = ticks_of(values, own)?;
    if theirs.ticks != ticks {
        return Err(Stop::at(
            "ticks",
            say!(
                "the file proposes {} ticks, and not {ticks}",
                "파일이 제안하는 것은 {}틱이며 {ticks}틱이 아닙니다",
                theirs.ticks
            ),
        ));
    }
    let ours = SignedEnd::new(keys, own.id, ticks);
    let (viewer, provider) = if own.party == Party::Viewer { (&ours, &theirs) } else { (&theirs, &ours) };
    show_end(Outcome::submit(build::settle(work.state.id(), viewer, provider)?), work, own, ticks)
}

fn show_end(outcome: Outcome, work: &Work<'_>, own: &OwnSession, ticks: u32) -> Result<Outcome, Stop> {
    let rest = own.terms.max_ticks.saturating_sub(ticks);
    Ok(outcome
        .show(SESSION, Value::code(own.id))
        .show(TICKS, Value::number(ticks))
        .show(words("For the provider", "제공자 몫"), price_of(work, own, ticks)?)
        .show(words("Back to the viewer", "시청자에게 돌아갈 몫"), price_of(work, own, rest)?))
}

/// Pays out what the wallet is owed of a session.
pub(super) fn withdraw(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let sides = own_sides(values, work)?;
    let session = stored(work, session_id(values)?)?;
    match session.stage(work.now) {
        Stage::Settled { .. } => {}
        Stage::Closing { .. } => {
            return Err(Stop::at(
                "session",
                words(
                    "it is not settled yet: your sessions show when it is",
                    "아직 정산되지 않았습니다. 정산되는 때는 세션 목록에 나옵니다",
                ),
            ));
        }
        Stage::Open => {
            return Err(Stop::at("session", words("it is open: end it first", "아직 열려 있습니다. 먼저 끝내십시오")));
        }
    }
    let owed = sides.iter().find_map(|(keys, own)| Some((keys, own, own.due(session, work.now)?)));
    let Some((keys, own, (ticks, value))) = owed else {
        let is_paid = sides.iter().any(|(_, own)| session.is_paid(own.party));
        let message = if is_paid {
            words("you have withdrawn already", "이미 꺼냈습니다")
        } else {
            words("nothing of it is owed to you", "받을 것이 없습니다")
        };
        return Err(Stop::at("session", message));
    };
    let to = work.recipient(values, "to")?;
    let (asset, blinding) = (own.terms.asset, build::blinding(&own.terms));
    let at = work.moment();
    let transfer = work.holder.prepare_entry(&at, asset, to, value, blinding, &mut OsRng)?;
    let with = build::withdraw(keys, work.state.id(), own, ticks, transfer, &mut OsRng)?;
    Ok(Outcome::submit(work.prove(with.transaction, vec![with.proof])?)
        .show(SESSION, Value::code(own.id))
        .show(words("As", "자격"), party_name(own.party))
        .show(words("Ticks", "틱"), Value::number(ticks))
        .show(words("Withdrawn", "찾은 금액"), work.amount_and_name(&asset, value.0)))
}
