//! A chart of a market: price, and what was produced and consumed, over its intervals. SVG 1.1, written here.

use std::fmt::Write as _;

use tabella_energy_rules::{EnergyMarkets, MarketId, MarketTerms, state::Outcome};
use tabella_protocol::note::Timestamp;

/// An interval of the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// What stands below it.
    pub label: String,
    /// The price, in smallest units; none if nothing was traded.
    pub price: Option<u64>,
    /// What was produced and consumed, in Wh; none if there is no total.
    pub energy: Option<[u64; 2]>,
}

/// What the chart says of itself.
#[derive(Clone, Debug)]
pub struct Words {
    /// Its title.
    pub title: String,
    /// Of which price, with its unit: `price of 100 Wh, Crown`.
    pub price: String,
    /// Digits after the point of the price.
    pub decimals: u8,
}

const WIDTH: f64 = 860.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 24.0;
/// Top and height of the two panels.
const PRICE: (f64, f64) = (70.0, 150.0);
const ENERGY: (f64, f64) = (286.0, 190.0);
const HEIGHT: f64 = 540.0;
/// Colours that are told apart by their lightness too.
const PRICE_COLOUR: &str = "#7a3e9d";
const PRODUCED_COLOUR: &str = "#e0a100";
const CONSUMED_COLOUR: &str = "#1f5fa8";
/// Most intervals of a market's chart.
const MAX_INTERVALS: usize = 96;
/// Most labels below.
const MOST_LABELS: usize = 12;

/// The chart of the latest intervals of a market, and how many they are. `payment` is the name of what is paid with, and its digits
/// after the point; `subject` says what the chart shows.
#[must_use]
pub fn of_market(
    state: &EnergyMarkets,
    (id, terms): (MarketId, &MarketTerms),
    payment: (&str, u8),
    subject: &str,
) -> (usize, String) {
    let mut latest: Vec<_> = state.intervals(id).rev().take(MAX_INTERVALS).collect();
    latest.reverse();
    let points = latest.into_iter().map(|(number, interval)| Point {
        label: label(terms, number),
        price: match &interval.outcome {
            Outcome::Cleared(clearing) => Some(clearing.price),
            Outcome::Open | Outcome::Nothing => None,
        },
        energy: interval.totals.total(),
    });
    let points: Vec<_> = points.collect();
    let words = Words {
        title: format!("{}: {subject}", terms.name),
        price: format!("price of {} Wh, {}", terms.lot, payment.0),
        decimals: payment.1,
    };
    (points.len(), chart(&words, &points))
}

/// When an interval begins: the hour alone, of `2026-12-01T12:15:00Z`, the day where it changes.
fn label(terms: &MarketTerms, number: u32) -> String {
    let start = terms.ends(number).map(|end| end.seconds().saturating_sub(u64::from(terms.interval_seconds)));
    let start = start.and_then(Timestamp::new);
    let text = start.map_or_else(|| number.to_string(), |start| crate::data::shown(start.seconds()));
    match (text.get(5..10), text.get(11..16)) {
        (Some(day), Some("00:00")) => day.to_owned(),
        (_, Some(hour)) => hour.to_owned(),
        _ => text,
    }
}

/// The chart of intervals, in their order.
#[must_use]
pub fn chart(words: &Words, points: &[Point]) -> String {
    let mut svg = String::new();
    let title = escaped(&words.title);
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\" role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">{title}</title>\n\
         <desc id=\"desc\">{}</desc>\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>",
        escaped(&described(words, points))
    );
    text(&mut svg, (LEFT, 26.0), "font-size=\"16\" font-weight=\"600\"", &words.title);
    prices(&mut svg, words, points);
    energies(&mut svg, points);
    let step = points.len().div_ceil(MOST_LABELS).max(1);
    for (index, point) in points.iter().enumerate().step_by(step) {
        let at = (middle(points.len(), index), ENERGY.0 + ENERGY.1 + 18.0);
        text(&mut svg, at, "text-anchor=\"middle\" fill=\"#555\"", &point.label);
    }
    svg.push_str("</svg>\n");
    svg
}

/// What the chart shows, in words.
fn described(words: &Words, points: &[Point]) -> String {
    let traded = points.iter().filter(|point| point.price.is_some()).count();
    let mut said = format!("{} intervals, in {traded} of them something was traded.", points.len());
    let prices = || points.iter().filter_map(|point| point.price);
    if let (Some(low), Some(high)) = (prices().min(), prices().max()) {
        let show = |price| decimal(price, words.decimals);
        let _ = write!(said, " The {} was {} to {}.", words.price, show(low), show(high));
    }
    let total = |flow: usize| {
        let values = points.iter().filter_map(|point| point.energy?.get(flow).copied());
        values.map(u128::from).sum::<u128>()
    };
    let kilowatt_hours = |watt_hours: u128| tabella_payments::amount::format(watt_hours, 3);
    let _ =
        write!(said, " Produced in all: {} kWh; consumed: {} kWh.", kilowatt_hours(total(0)), kilowatt_hours(total(1)));
    said
}

fn decimal(units: u64, decimals: u8) -> String {
    tabella_payments::amount::format(u128::from(units), decimals)
}

/// Of pictures alone: 53 bits are more than a chart shows.
const fn real(value: u64) -> f64 {
    value as f64
}

fn slot(count: usize) -> f64 {
    (WIDTH - LEFT - RIGHT) / real(count.max(1) as u64)
}

fn middle(count: usize, index: usize) -> f64 {
    LEFT + slot(count) * (real(index as u64) + 0.5)
}

/// The top of an axis: 1, 2 or 5 times a power of ten, divided in as many steps as it has.
fn axis(most: u64) -> (u64, u64) {
    let mut power = 1_u64;
    loop {
        for (factor, steps) in [(1, 5), (2, 4), (5, 5)] {
            let top = power.saturating_mul(factor);
            if top >= most.max(1) {
                return (top, steps.min(top));
            }
        }
        power = power.saturating_mul(10);
    }
}

/// Where a value stands in a panel whose axis goes to `high`.
fn height((top, height): (f64, f64), high: u64, value: u64) -> f64 {
    top + height * (1.0 - real(value) / real(high))
}

/// Lines and numbers of the axis of a panel; `show` writes a value. Returns where the axis goes to.
fn grid(svg: &mut String, panel: (f64, f64), most: u64, show: impl Fn(u64) -> String) -> u64 {
    let (high, steps) = axis(most);
    for step in 0..=steps {
        let value = high / steps * step;
        let (at, colour) = (height(panel, high, value), if step == 0 { "#888" } else { "#e3e3e3" });
        let _ = writeln!(svg, "<path d=\"M{LEFT} {at:.1}H{:.1}\" stroke=\"{colour}\"/>", WIDTH - RIGHT);
        text(svg, (LEFT - 8.0, at + 4.0), "text-anchor=\"end\" fill=\"#555\"", &show(value));
    }
    high
}

fn prices(svg: &mut String, words: &Words, points: &[Point]) {
    text(svg, (LEFT, PRICE.0 - 14.0), &format!("fill=\"{PRICE_COLOUR}\""), &words.price);
    let most = points.iter().filter_map(|point| point.price).max().unwrap_or(0);
    let high = grid(svg, PRICE, most, |price| decimal(price, words.decimals));
    let half = slot(points.len()) / 2.0;
    let mut before = None;
    for (index, point) in points.iter().enumerate() {
        let Some(price) = point.price else {
            before = None;
            continue;
        };
        let (x, at) = (middle(points.len(), index), height(PRICE, high, price));
        if let Some(before) = before {
            let _ = writeln!(svg, "<path d=\"M{:.1} {before:.1}V{at:.1}\" stroke=\"{PRICE_COLOUR}\"/>", x - half);
        }
        let _ = writeln!(
            svg,
            "<path d=\"M{:.1} {at:.1}H{:.1}\" stroke=\"{PRICE_COLOUR}\" stroke-width=\"2.5\"><title>{}: {}</title></path>",
            x - half,
            x + half,
            escaped(&point.label),
            decimal(price, words.decimals)
        );
        before = Some(at);
    }
}

fn energies(svg: &mut String, points: &[Point]) {
    let legend = [(PRODUCED_COLOUR, "produced, kWh"), (CONSUMED_COLOUR, "consumed, kWh")];
    for ((colour, words), x) in legend.into_iter().zip([LEFT, LEFT + 130.0]) {
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{:.1}\" width=\"11\" height=\"11\" fill=\"{colour}\"/>",
            ENERGY.0 - 24.0
        );
        text(svg, (x + 17.0, ENERGY.0 - 14.0), "", words);
    }
    let most = points.iter().filter_map(|point| point.energy).flatten().max().unwrap_or(0);
    let high = grid(svg, ENERGY, most, |watt_hours| decimal(watt_hours, 3));
    let width = slot(points.len()) * 0.38;
    for (index, point) in points.iter().enumerate() {
        let x = middle(points.len(), index);
        let Some(energy) = point.energy else {
            text(svg, (x, ENERGY.0 + ENERGY.1 - 6.0), "text-anchor=\"middle\" fill=\"#888\"", "?");
            continue;
        };
        for ((value, colour), left) in energy.into_iter().zip([PRODUCED_COLOUR, CONSUMED_COLOUR]).zip([x - width, x]) {
            let top = height(ENERGY, high, value);
            let _ = writeln!(
                svg,
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{colour}\"><title>{}: {} kWh</title></rect>",
                ENERGY.0 + ENERGY.1 - top,
                escaped(&point.label),
                decimal(value, 3)
            );
        }
    }
}

fn text(svg: &mut String, (x, y): (f64, f64), more: &str, words: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" {more}>{}</text>", escaped(words));
}

/// Text as XML has it; characters that XML has not are left out.
fn escaped(text: &str) -> String {
    let is_none = |character: char| character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}');
    let visible: String = text.chars().filter(|character| !is_none(*character)).collect();
    quick_xml::escape::escape(visible.as_str()).into_owned()
}
