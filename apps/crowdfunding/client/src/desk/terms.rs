//! Terms of a campaign as people write them.

use jiff::{civil::Date, tz::TimeZone};
use tabella_crowdfunding_rules::Milestone;
use tabella_desk::{Message, Stop, Values, say, words};
use tabella_payments::amount;
use tabella_protocol::note::Timestamp;

/// The milestones of a form, one on each line: `PERCENT[,from=TIME][,key=KEY]`, as on the command line. Without any,
/// all is paid at once.
pub(super) fn milestones(values: &Values) -> Result<Vec<Milestone>, Stop> {
    let Some(text) = values.optional_text("milestones") else {
        return Ok(vec![Milestone { share: 10_000, not_before: Timestamp::ZERO, release_key: None }]);
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let read = (1..).zip(lines).map(|(number, line)| {
        let place = (format!("milestone {number}"), format!("단계 {number}"));
        milestone(line).map_err(|message| Stop::at("milestones", message.at(place)))
    });
    read.collect()
}

fn milestone(line: &str) -> Result<Milestone, Message> {
    let mut parts = line.split(',').map(str::trim);
    let share = parts.next().unwrap_or_default().trim_end_matches('%').trim_end();
    let share = amount::parse(share, 2)?;
    let share = u16::try_from(share)
        .ok()
        .filter(|share| *share <= 10_000)
        .ok_or(words("a share is at most 100 percent", "몫은 100퍼센트까지입니다"))?;
    let mut milestone = Milestone { share, not_before: Timestamp::ZERO, release_key: None };
    for part in parts {
        match part.split_once('=') {
            Some(("from", text)) => milestone.not_before = time(text.trim())?,
            Some(("key", text)) => {
                let mut key = [0; 32];
                let read = hex::decode_to_slice(text.trim(), &mut key);
                read.map_err(|_| {
                    words("a release key has 64 characters, 0 to 9 and a to f", "해제 키는 0–9와 a–f로 된 64자입니다")
                })?;
                milestone.release_key = Some(key);
            }
            _ => {
                return Err(say!(
                    "\"{part}\": after the share comes from=TIME, key=KEY or nothing",
                    "“{part}”: 몫 다음에는 from=시각, key=키를 적거나 아무것도 적지 않습니다"
                ));
            }
        }
    }
    Ok(milestone)
}

/// A day, from its beginning in UTC, or a point in time of RFC 3339.
fn time(text: &str) -> Result<Timestamp, Message> {
    // Ten characters are a day and no time of it.
    let day = || TimeZone::UTC.to_timestamp(text.parse::<Date>().ok()?.at(0, 0, 0, 0)).ok();
    let read = if text.len() == 10 { day() } else { text.parse::<jiff::Timestamp>().ok() };
    let seconds = read.and_then(|time| u64::try_from(time.as_second()).ok());
    let known = seconds.and_then(Timestamp::new);
    known.ok_or_else(|| {
        say!(
            "\"{text}\": a time is written as 2027-03-01 or 2027-03-01T08:00:00Z",
            "“{text}”: 시각은 2027-03-01이나 2027-03-01T08:00:00Z처럼 적습니다"
        )
    })
}

/// Whether a text has nothing in it that is not seen, or that turns what is seen around.
pub(super) fn is_visible(text: &str) -> bool {
    let hides = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    !text.chars().any(|c| c.is_control() || hides(c))
}
