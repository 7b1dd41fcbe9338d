//! What is the wallet's.

use tabella_desk::{Outcome, Stop, Value, Work, words};
use tabella_streaming_rules::{Stage, Streams, terms::Party};

use super::party::{LAST_NUMBER, TICKS, party_name};
use crate::{history::OwnSessions, keys::StreamingKeys};

/// The sessions of all of the wallet's keys.
pub(super) fn sessions(work: &Work<'_>) -> Result<Outcome, Stop> {
    let streams = work.rules::<Streams>()?;
    let mut rows = Vec::new();
    for number in 0..=LAST_NUMBER {
        let keys = StreamingKeys::of_seed(work.seed, number);
        let signer = keys.signer();
        let parties = [Party::Viewer, Party::Provider];
        if !streams.sessions().any(|(_, session)| parties.iter().any(|party| *session.terms().signer(*party) == signer))
        {
            continue;
        }
        for own in OwnSessions::of_log(&keys, work.log)?.iter() {
            let Some(session) = streams.session(&own.id) else { continue };
            let amount = |units: u64| Value::Text(work.amount_and_name(&own.terms.asset, units));
            let nothing = || Value::from("");
            let (stage, ticks, settles) = match session.stage(work.now) {
                Stage::Open => (words("open", "열림"), None, own.terms.end()),
                Stage::Closing { ticks, until } => (words("being settled", "정산 중"), Some(ticks), Some(until)),
                Stage::Settled { ticks } => (words("settled", "정산됨"), Some(ticks), None),
            };
            rows.push(vec![
                Value::code(own.id),
                party_name(own.party).into(),
                stage.into(),
                settles.map_or_else(nothing, Value::from),
                ticks.map_or_else(nothing, Value::number),
                Value::number(own.terms.max_ticks),
                own.price(1).map_or_else(nothing, |price| amount(price.value().0)),
                own.due(session, work.now).map_or_else(nothing, |(_, value)| amount(value.0)),
            ]);
        }
    }
    let label = words("Sessions", "세션");
    if rows.is_empty() {
        return Ok(Outcome::new().show(label, words("none", "없음")));
    }
    let columns = vec![
        words("Session", "세션"),
        words("You are", "내 자격"),
        words("Stage", "상태"),
        words("Settles by itself", "저절로 정산"),
        TICKS,
        words("Prepaid ticks", "미리 낸 틱"),
        words("Price of a tick", "틱당 가격"),
        words("To withdraw", "찾을 금액"),
    ];
    Ok(Outcome::new().show(label, Value::Table { columns, rows }))
}
