//! Whose keys: those of a wallet that a session, an offer or a form names.

use tabella_desk::{Stop, Values, Words, Work, say, words};
use tabella_protocol::keys::Seed;
use tabella_streaming_rules::{
    Session, Streams,
    terms::{Party, SessionId},
};

use crate::{
    history::{OwnSession, OwnSessions},
    keys::StreamingKeys,
};

/// The highest number of keys that a desk looks for.
pub(super) const LAST_NUMBER: u32 = 99;

pub(super) const SESSION: Words = words("Session", "세션");
pub(super) const TICKS: Words = words("Ticks watched", "본 틱");

/// The first of a wallet's pairs of keys for which this holds.
pub(super) fn find_keys(seed: &Seed, holds: impl Fn(&StreamingKeys) -> bool) -> Option<StreamingKeys> {
    (0..=LAST_NUMBER).map(|number| StreamingKeys::of_seed(seed, number)).find(holds)
}

/// The session that a form names.
pub(super) fn session_id(values: &Values) -> Result<SessionId, Stop> {
    Ok(SessionId(values.bytes32("session")?))
}

/// A session on the ledger.
pub(super) fn stored<'w>(work: &'w Work<'_>, id: SessionId) -> Result<&'w Session, Stop> {
    let session = work.rules::<Streams>()?.session(&id);
    session.ok_or_else(|| {
        Stop::at("session", say!("there is no session {id} on this ledger", "이 원장에 없는 세션입니다: {id}"))
    })
}

/// The session that a form names, on each side on which the wallet is: on both, if somebody streams to themselves.
pub(super) fn own_sides(values: &Values, work: &Work<'_>) -> Result<Vec<(StreamingKeys, OwnSession)>, Stop> {
    let id = session_id(values)?;
    let terms = stored(work, id)?.terms();
    let mut sides = Vec::new();
    for party in [Party::Viewer, Party::Provider] {
        let Some(keys) = find_keys(work.seed, |keys| keys.signer() == *terms.signer(party)) else { continue };
        let own = OwnSessions::of_log(&keys, work.log)?.get(&id).cloned();
        sides.extend(own.map(|own| (keys, own)));
    }
    if sides.is_empty() {
        Err(Stop::at(
            "session",
            words("this wallet is neither its viewer nor its provider", "이 지갑은 보는 사람도 제공자도 아닙니다"),
        ))
    } else {
        Ok(sides)
    }
}

/// The session that a form names, as one of the two.
pub(super) fn own_as(values: &Values, work: &Work<'_>, party: Party) -> Result<(StreamingKeys, OwnSession), Stop> {
    let own = own_sides(values, work)?.into_iter().find(|(_, own)| own.party == party);
    let name = party_name(party).ko;
    own.ok_or_else(|| Stop::at("session", say!("this wallet is not its {party}", "이 지갑은 {name}이(가) 아닙니다")))
}

/// A number of ticks of a session, as a form says it.
pub(super) fn ticks_of(values: &Values, own: &OwnSession) -> Result<u32, Stop> {
    let ticks = values.parse("ticks")?;
    if ticks > own.terms.max_ticks {
        return Err(Stop::at(
            "ticks",
            say!("{} ticks are prepaid", "미리 지급한 것은 {}틱입니다", own.terms.max_ticks),
        ));
    }
    Ok(ticks)
}

/// What a number of ticks costs, as text.
pub(super) fn price_of(work: &Work<'_>, own: &OwnSession, ticks: u32) -> Result<String, Stop> {
    let sealed = || Stop::at("session", words("its price is sealed to other keys", "값이 다른 키로 봉인되어 있습니다"));
    let price = own.price(ticks).ok_or_else(sealed)?;
    Ok(work.amount_and_name(&own.terms.asset, price.value().0))
}

/// What somebody is called.
pub(super) const fn party_name(party: Party) -> Words {
    match party {
        Party::Viewer => words("viewer", "시청자"),
        Party::Provider => words("provider", "제공자"),
    }
}
