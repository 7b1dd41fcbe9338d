//! A report of sales in the form of DDEX: Digital Sales Report Message Suite, flat file, Basic Audio Profile, multi record block
//! variant. Records and cells are those of Part 8 (record type definitions): `HEAD`, `SY01.03`, `RE01.03`, `AS01.03`, `SU01.03`,
//! `FOOT`.
//!
//! One tab between cells, one line for a record. A cell never holds a tab, a line break or the bar `|`, which separates several
//! values of one cell: in texts they become spaces. What the market does not know (territory, identifiers of parties) whoever makes
//! the report says.

use std::fmt::Write as _;

use tabella_market_rules::{journal::Kind, metadata::Metadata};

use crate::history::ReadCredit;

/// What the report says beside the sales.
#[derive(Clone, Debug)]
pub struct ReportHeader {
    /// `MessageVersion`: the versions of Parts 1, 2 and 8 that both sides have agreed on, such as `dsrf/1.2/1.5/1.4`.
    pub message_version: String,
    /// `MessageId`, unique among the sender's.
    pub message: String,
    /// `MessageCreatedDateTime`, RFC 3339.
    pub created: String,
    /// `UsageStartDate` and `UsageEndDate`, both inclusive, `YYYY-MM-DD`.
    pub period: (String, String),
    /// `SenderPartyId` and `SenderName`.
    pub sender: (String, String),
    /// `RecipientPartyId` and `RecipientName`.
    pub recipient: (String, String),
    /// `Territory`, such as `KR`, or `Worldwide`.
    pub territory: String,
    /// `CurrencyOfReporting`: a code of ISO 4217, or what both sides call the payment asset.
    pub currency: String,
    /// `ServiceDescription`: no spaces or underscores.
    pub service: String,
    /// Digits after the point of the payment asset.
    pub decimals: u8,
}

/// The report of one work, for the party whose credits these are. Each sale is a line, and resales have a summary of their own.
///
/// `NetRevenue` is exact: what the party was credited with. The price of one of several licences (`PriceEndUserPaidExcSalesTax`)
/// is rounded down to 1/10^8 of the smallest unit.
#[must_use]
pub fn report(header: &ReportHeader, metadata: &Metadata, work: &str, credits: &[&ReadCredit]) -> String {
    let mut lines = Vec::new();
    lines.push(row(&[
        "HEAD",
        &header.message_version,
        "BasicAudioProfile",
        PROFILE_VERSION,
        &header.message,
        &header.created,
        "1",
        "1",
        &header.period.0,
        &header.period.1,
        &header.sender.0,
        &header.sender.1,
        &header.service,
        &header.recipient.0,
        &header.recipient.1,
        "",
    ]));
    let of_kind = |resale: bool| {
        let is_of = move |credit: &&&ReadCredit| matches!(credit.credit.kind, Kind::Resale(_)) == resale;
        credits.iter().copied().filter(move |credit| is_of(&credit)).collect::<Vec<_>>()
    };
    let groups: Vec<(&str, &str, Vec<&ReadCredit>)> = [("1", "Sales", of_kind(false)), ("2", "Resales", of_kind(true))]
        .into_iter()
        .filter(|group| !group.2.is_empty() || group.0 == "1")
        .collect();
    for (summary, service, sold) in &groups {
        let usages: u64 = sold.iter().map(|credit| u64::from(licences(credit))).sum();
        let parts = sold.iter().map(|credit| credit.parts()).sum();
        let usages = usages.to_string();
        let revenue = format_parts(parts, header.decimals);
        lines.push(row(&[
            "SY01.03",
            summary,
            "",
            "",
            "PayAsYouGoModel",
            "PermanentDownload",
            &header.territory,
            service,
            &usages,
            "",
            &header.currency,
            &revenue,
            "",
            "",
            "",
            "",
            "",
            "",
        ]));
    }
    let mut blocks = 0;
    if !credits.is_empty() {
        blocks = 1;
        let release = if metadata.release.is_empty() { work } else { &metadata.release };
        lines.push(row(&[
            "RE01.03",
            "1",
            "1",
            release,
            "",
            "",
            "",
            &metadata.artist,
            "",
            &metadata.title,
            "",
            "Single",
            "",
            "",
            "",
            "",
            "",
        ]));
        lines.push(row(&[
            "AS01.03",
            "1",
            "2",
            work,
            &metadata.isrc,
            &metadata.title,
            "",
            &metadata.artist,
            "",
            "",
            "SoundRecording",
            "true",
            "",
            "",
            "",
        ]));
        let mut transaction = 0_u64;
        for (summary, _, sold) in &groups {
            for credit in sold {
                transaction += 1;
                let (id, usages) = (transaction.to_string(), licences(credit).to_string());
                let price = price_of_one(credit, header.decimals);
                lines.push(row(&[
                    "SU01.03",
                    "1",
                    summary,
                    &id,
                    "",
                    "2",
                    "true",
                    "false",
                    &usages,
                    "0",
                    &price,
                    "",
                    "PermanentDownload",
                ]));
            }
        }
    }
    // The file is the report, so that both numbers of lines are one, and both numbers of blocks.
    let (count, blocks) = ((lines.len() + 1).to_string(), blocks.to_string());
    lines.push(row(&["FOOT", &count, &count, &groups.len().to_string(), &blocks, &blocks]));
    lines.concat()
}

/// Version of the Basic Audio Profile (Part 3) that binds these versions of the records.
const PROFILE_VERSION: &str = "1.4";

const fn licences(credit: &ReadCredit) -> u32 {
    match credit.credit.kind {
        Kind::Sale(licences) | Kind::Resale(licences) => licences,
    }
}

/// The price of one licence, rounded down to parts.
fn price_of_one(credit: &ReadCredit, decimals: u8) -> String {
    let parts = u128::from(credit.price.0) * PARTS;
    format_parts(parts / u128::from(licences(credit).max(1)), decimals)
}

const PARTS: u128 = tabella_market_rules::work::PARTS_PER_UNIT as u128;

/// Parts of 1/10^8 of a smallest unit as a decimal number of the asset's units, without zeros at the end.
#[must_use]
pub fn format_parts(parts: u128, decimals: u8) -> String {
    let digits = usize::from(decimals) + 8;
    let padded = format!("{parts:0>width$}", width = digits + 1);
    let (whole, fraction) = padded.split_at(padded.len() - digits);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

/// A record: its cells, a tab between them, and the end of the line.
fn row(cells: &[&str]) -> String {
    let mut line = String::new();
    for (index, cell) in cells.iter().enumerate() {
        let separator = if index == 0 { "" } else { "\t" };
        let clean: String = cell.chars().map(|c| if c.is_control() || c == '|' { ' ' } else { c }).collect();
        // Writing to a string cannot fail.
        let _ = write!(line, "{separator}{clean}");
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_written_exactly() {
        assert_eq!(format_parts(0, 2), "0");
        assert_eq!(format_parts(1, 0), "0.00000001");
        assert_eq!(format_parts(250_000_000, 2), "0.025");
        assert_eq!(format_parts(12_300_000_000, 2), "1.23");
        assert_eq!(format_parts(u128::from(u64::MAX) * 100_000_000, 18), "18.446744073709551615");
    }

    #[test]
    fn text_of_a_stranger_makes_no_cells_and_no_lines() {
        assert_eq!(row(&["a\tb", "c|d\ne", ""]), "a b\tc d e\t\n");
    }
}
