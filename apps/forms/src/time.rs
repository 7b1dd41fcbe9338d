//! Times as people write and read them.

use anyhow::{Context as _, bail};
use jiff::{
    civil,
    tz::{Offset, TimeZone},
};
use serde::{Serialize, Serializer};
use tabella_protocol::note::Timestamp;

/// A time in a result: RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Timestamp);

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match to_jiff(self.0) {
            Some(time) => write!(f, "{time}"),
            None => write!(f, "{} seconds after 1970", self.0.seconds()),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn to_jiff(time: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_second(i64::try_from(time.seconds()).ok()?).ok()
}

/// A span in words: `2 d 3 h`, `4 min`, `12 s`.
#[must_use]
pub fn span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// Reads RFC 3339: with an offset (`2026-12-01T08:00:00Z`, `…+01:00`), or without one as the local time of `zone` (by
/// default of this computer).
///
/// # Errors
/// If the text is no time, or a local time that the zone does not have or has twice.
pub fn parse(text: &str, zone: Option<&str>) -> anyhow::Result<Timestamp> {
    let normal = text.trim();
    let form = "a time is written as 2026-12-01T08:00:00Z, 2026-12-01T09:00:00+01:00 or 2026-12-01T09:00:00";
    let time = if let Ok(time) = normal.parse::<jiff::Timestamp>() {
        time
    } else {
        let local: civil::DateTime = normal.parse().with_context(|| format!("\"{text}\": {form}"))?;
        let zone = match zone {
            Some(name) => TimeZone::get(name).with_context(|| format!("there is no time zone \"{name}\""))?,
            None => TimeZone::try_system().unwrap_or_else(|_| TimeZone::fixed(Offset::UTC)),
        };
        let ambiguous = zone.to_ambiguous_timestamp(local);
        ambiguous
            .unambiguous()
            .with_context(|| format!("\"{text}\": clocks are changed then; give it with its offset"))?
    };
    let seconds = u64::try_from(time.as_second()).ok().and_then(Timestamp::new);
    match seconds {
        Some(time) => Ok(time),
        None => bail!("\"{text}\" is before 1970"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_offset_or_in_a_zone() {
        let expected = Timestamp::new(1_796_112_000).unwrap();
        for (text, zone) in [
            ("2026-12-01T08:00:00Z", None),
            ("2026-12-01T09:00:00+01:00", None),
            ("2026-12-01T09:00:00", Some("Europe/Warsaw")),
            ("2026-12-01 08:00", Some("UTC")),
        ] {
            assert_eq!(parse(text, zone).unwrap(), expected, "{text}");
        }
        assert_eq!(Time(expected).to_string(), "2026-12-01T08:00:00Z");
    }

    #[test]
    fn times_that_are_none_are_refused() {
        for text in ["", "tomorrow", "2026-13-01T08:00:00Z", "1969-12-01T08:00:00Z"] {
            assert!(parse(text, None).is_err(), "{text}");
        }
        // The hour that is left out, and the one that comes twice.
        assert!(parse("2026-03-29T02:30:00", Some("Europe/Warsaw")).is_err());
        assert!(parse("2026-10-25T02:30:00", Some("Europe/Warsaw")).is_err());
        assert!(parse("2026-12-01T08:00:00", Some("Mars/Olympus")).is_err());
    }

    #[test]
    fn spans_are_in_words() {
        let words: Vec<_> = [12, 252, 7_500, 180_000].into_iter().map(span).collect();
        assert_eq!(words, ["12 s", "4 min 12 s", "2 h 5 min", "2 d 2 h"]);
    }
}
