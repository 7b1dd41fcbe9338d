//! Terms of a campaign as people write them.

use jiff::{civil::Date, tz::TimeZone};
use tabella_crowdfunding_rules::Milestone;
use tabella_desk::{Stop, Values};
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
        milestone(line).map_err(|error| Stop::at("milestones", format!("milestone {number}: {error}")))
    });
    read.collect()
}

fn milestone(line: &str) -> Result<Milestone, String> {
    let mut parts = line.split(',').map(str::trim);
    let share = parts.next().unwrap_or_default().trim_end_matches('%').trim_end();
    let share = amount::parse(share, 2).map_err(|error| error.to_string())?;
    let share = u16::try_from(share).ok().filter(|share| *share <= 10_000).ok_or("a share is at most 100 percent")?;
    let mut milestone = Milestone { share, not_before: Timestamp::ZERO, release_key: None };
    for part in parts {
        match part.split_once('=') {
            Some(("from", text)) => milestone.not_before = time(text.trim())?,
            Some(("key", text)) => {
                let mut key = [0; 32];
                let read = hex::decode_to_slice(text.trim(), &mut key);
                read.map_err(|_| "a release key has 64 characters, 0 to 9 and a to f")?;
                milestone.release_key = Some(key);
            }
            _ => return Err(format!("\"{part}\": after the share comes from=TIME, key=KEY or nothing")),
        }
    }
    Ok(milestone)
}

/// A day, from its beginning in UTC, or a point in time of RFC 3339.
fn time(text: &str) -> Result<Timestamp, String> {
    // Ten characters are a day and no time of it.
    let day = || TimeZone::UTC.to_timestamp(text.parse::<Date>().ok()?.at(0, 0, 0, 0)).ok();
    let read = if text.len() == 10 { day() } else { text.parse::<jiff::Timestamp>().ok() };
    let seconds = read.and_then(|time| u64::try_from(time.as_second()).ok());
    let known = seconds.and_then(Timestamp::new);
    known.ok_or_else(|| format!("\"{text}\": a time is written as 2027-03-01 or 2027-03-01T08:00:00Z"))
}

/// Whether a text has nothing in it that is not seen, or that turns what is seen around.
pub(super) fn is_visible(text: &str) -> bool {
    let hides = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    !text.chars().any(|c| c.is_control() || hides(c))
}
