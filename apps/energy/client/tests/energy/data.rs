//! Files of real meters, and the chart.

use tabella_energy::{
    chart::{Point, Words, chart},
    data::{DataError, MeterData},
};

use crate::scene::{END_OF_FILES, START, terms, time};

const GREEN_BUTTON: &str = include_str!("files/green_button.xml");
const TABLE: &str = include_str!("files/meter.csv");

/// What both files give: whole watt-hours, the rest carried over.
const PRODUCED: [u64; 8] = [412, 455, 390, 371, 220, 118, 40, 0];
const CONSUMED: [u64; 8] = [151, 149, 163, 170, 306, 290, 412, 389];

#[test]
fn both_files_give_the_same_readings() {
    let (xml, table) = (MeterData::read(GREEN_BUTTON).unwrap(), MeterData::read(TABLE).unwrap());
    let terms = terms("Elm Street");
    let data = xml.by_interval(&terms).unwrap();
    assert_eq!(data, table.by_interval(&terms).unwrap());
    assert!(data.incomplete.is_empty());
    let expected = (0..).zip(PRODUCED.into_iter().zip(CONSUMED).map(|(produced, consumed)| [produced, consumed]));
    assert_eq!(data.readings, expected.collect());
    // In hours.
    let mut hourly = terms;
    hourly.interval_seconds = 3_600;
    let data = xml.by_interval(&hourly).unwrap();
    let sum = |values: &[u64]| values.iter().sum::<u64>();
    let rows = [[sum(&PRODUCED[..4]), sum(&CONSUMED[..4])], [sum(&PRODUCED[4..]), sum(&CONSUMED[4..])]];
    assert_eq!(data.readings.into_values().collect::<Vec<_>>(), rows);
    assert_eq!(time(START + 7_200), time(END_OF_FILES));
}

#[test]
fn intervals_that_a_file_covers_in_part_or_before_the_market_are_left_out() {
    let mut hourly = terms("Elm Street");
    hourly.interval_seconds = 3_600;
    hourly.start = time(START + 1_800);
    let data = MeterData::read(TABLE).unwrap().by_interval(&hourly).unwrap();
    assert_eq!(data.readings.keys().collect::<Vec<_>>(), [&0]);
    assert_eq!(data.incomplete, [1]);
    hourly.start = time(START + 450);
    let error = MeterData::read(TABLE).unwrap().by_interval(&hourly).unwrap_err();
    assert!(error.to_string().contains("does not fit in one interval"), "{error}");
}

#[track_caller]
fn refused(text: &str, line: usize, words: &str) {
    match MeterData::read(text) {
        Err(DataError::Line { line: found, what }) => {
            assert!(what.contains(words), "{what}");
            assert_eq!(found, line, "{what}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_green_button_does_not_say_clearly_is_refused_with_its_line() {
    let line = |words: &str| {
        GREEN_BUTTON[..GREEN_BUTTON.find(words).unwrap()].bytes().filter(|byte| *byte == b'\n').count() + 1
    };
    let with = |from: &str, to: &str| GREEN_BUTTON.replacen(from, to, 1);
    let power = "<powerOfTenMultiplier>-3";
    refused(&with("<uom>72", "<uom>38"), line("<uom>72"), "uom is 38");
    refused(
        &with("<accumulationBehaviour>4", "<accumulationBehaviour>3"),
        line("<accumulationBehaviour>4"),
        "deltaData",
    );
    refused(&with("<flowDirection>1<", "<flowDirection>4<"), line("<flowDirection>1<"), "net reading");
    refused(&with(power, "<powerOfTenMultiplier>9"), line(power), "-6 to 6");
    refused(&with("<value>151250", "<value>-1"), line("<value>151250"), "0 or more");
    refused(&with("<value>151250", "<value>1.5"), line("<value>151250"), "0 or more");
    refused(&with("<value>151250</value>", ""), line("<value>151250") - 2, "has no value");
    refused(&with("<uom>72</uom>", "<uom>72</uom><uom>72</uom>"), line("<uom>72"), "more than one uom");
    let overlap = with("<start>1800000900</start></timePeriod>", "<start>1800000000</start></timePeriod>");
    refused(&overlap, line("<start>1800000900</start></timePeriod>") - 1, "overlaps that of line");
    refused(
        &with("<duration>900</duration><start>1800000000", "<duration>0</duration><start>1800000000"),
        line("<duration>900") - 1,
        "at least a second",
    );
    refused(
        &with("/ReadingType/1\"/>\n    <title>D", "/ReadingType/9\"/>\n    <title>D"),
        line("00000101") - 1,
        "exactly one ReadingType",
    );
    refused(&with("<?xml", "<!DOCTYPE feed><?xml"), 1, "document type");
    refused(&GREEN_BUTTON.replace("&amp;", "&own;"), line("&amp;"), "entity of its own");
    refused("<table/>", 1, "is an Atom feed");
    refused(&GREEN_BUTTON[..GREEN_BUTTON.len() - 20], GREEN_BUTTON.lines().count() - 2, "does not end");
    let empty = MeterData::read("<feed xmlns=\"http://www.w3.org/2005/Atom\"/>");
    assert_eq!(empty, Err(DataError::Empty));
}

#[test]
fn table_is_read_strictly() {
    let with = |from: &str, to: &str| TABLE.replacen(from, to, 1);
    refused(&with("seconds", "minutes"), 1, "no use for column \"minutes\"");
    refused(&with("start,", "start,start,"), 1, "twice");
    refused(&with("consumed_kwh", "produced_kwh"), 1, "once for a direction");
    refused(&with(",455,", ",-455,"), 3, "is not an amount");
    refused(&with(",455,", ",,"), 3, "leave the row out");
    refused(&with(",900,455", ",15 min,455"), 3, "is no number of seconds");
    refused(&with("+01:00,900,455", ",900,455"), 3, "is no time");
    refused(&with(",900,412", ",1800,412"), 3, "overlaps that of line 2");
    refused(&with(",455,", ",455,3,"), 3, "no table");
}

#[test]
fn chart_says_in_words_what_it_shows() {
    let point = |label: &str, price, energy| Point { label: label.into(), price, energy };
    let points = [
        point("12:00", Some(1_250), Some([4_000, 1_500])),
        point("12:15", None, None),
        point("<b>", Some(2_000), Some([0, 3_250])),
    ];
    let words = Words { title: "Elm & Oak\u{7}".into(), price: "price of 100 Wh, Crown".into(), decimals: 4 };
    let svg = chart(&words, &points);
    for part in [
        "<title id=\"title\">Elm &amp; Oak</title>",
        "3 intervals, in 2 of them something was traded. The price of 100 Wh, Crown was 0.1250 to 0.2000.",
        "Produced in all: 4.000 kWh; consumed: 4.750 kWh.",
        "&lt;b&gt;: 0.2000",
        "role=\"img\" aria-labelledby=\"title desc\"",
    ] {
        assert!(svg.contains(part), "{part}: {svg}");
    }
    assert_eq!(chart(&words, &points), svg);
    assert!(chart(&words, &[]).ends_with("</svg>\n"));
}
