//! What is to be paid, looked up on a ledger: the payments of a request, or the lines of a table. One that is wrong has all of
//! them refused, with its place.

use tabella_protocol::{
    keys::{Address, AddressError},
    note::{AssetId, NoteValue},
    note_encryption::{Memo, MemoTooLong},
    transaction::LedgerId,
};
use tabella_verifier::assets::Assets;
use thiserror::Error;

use crate::{
    amount::{self, AmountError},
    holder::PaymentOrder,
    request::{MAX_PAYMENTS, PaymentRequest},
};

/// Why a request is not one for this ledger.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OrderError {
    /// It names another ledger.
    #[error("the request is to be paid on ledger {asked}, and this is ledger {here}")]
    Ledger {
        /// The one that it names.
        asked: LedgerId,
        /// This one.
        here: LedgerId,
    },
    /// Of an asset that the ledger does not have.
    #[error("payment {payment} of the request: there is no asset {asset} on this ledger")]
    Asset {
        /// Number of the payment, from 1.
        payment: usize,
        /// The asset.
        asset: AssetId,
    },
    /// Not an amount of the asset.
    #[error("payment {payment} of the request: {error}")]
    Amount {
        /// Number of the payment, from 1.
        payment: usize,
        /// What is wrong.
        error: AmountError,
    },
}

impl PaymentRequest {
    /// What it asks for, on a ledger.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn orders(&self, here: LedgerId, assets: &Assets) -> Result<Vec<PaymentOrder>, OrderError> {
        if let Some(asked) = self.ledger().filter(|asked| *asked != here) {
            return Err(OrderError::Ledger { asked, here });
        }
        let order = |(payment, wanted): (usize, &crate::request::RequestedPayment)| {
            let asset = wanted.asset;
            let known = assets.get(&asset).ok_or(OrderError::Asset { payment, asset })?;
            let amount = wanted.amount.units(known.description.decimals);
            let amount = amount.map_err(|error| OrderError::Amount { payment, error })?;
            Ok(PaymentOrder { to: wanted.to, asset, amount, memo: wanted.memo.clone() })
        };
        (1..).zip(self.payments()).map(order).collect()
    }
}

/// Why a table is refused.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableError {
    /// No line.
    #[error("the table holds no payment: write address,amount or address,amount,memo, one payment a line")]
    Empty,
    /// More than are made at once.
    #[error("line {0}: at most {MAX_PAYMENTS} payments are made at once")]
    Count(usize),
    /// A line that is no payment.
    #[error("line {line}: {reason}; nobody was paid")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What is wrong.
        reason: LineError,
    },
}

/// Why a line is no payment.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineError {
    /// Quotation marks that do not close, or with something after them.
    #[error("a memo in quotation marks ends with one, and one within it is written twice")]
    Quotes,
    /// Not two or three of them.
    #[error(
        "it has {0} columns, and a payment has two or three: address,amount or address,amount,memo, a memo with commas in \
         quotation marks, and no comma in an amount"
    )]
    Columns(usize),
    /// Not as many as the heading.
    #[error(
        "it has {found} columns, and the heading has {heading}: an amount has no comma, and an empty memo has one before it"
    )]
    Heading {
        /// How many it has.
        found: usize,
        /// How many the heading has.
        heading: usize,
    },
    /// A memo that could be what follows a comma in an amount.
    #[error(
        "\"{0}\" could be the rest of the amount: write a point before decimals and nothing between thousands, and a memo that begins \
         with a digit in quotation marks"
    )]
    Rest(String),
    /// Not an address of payments.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Not an amount of the asset.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// Nothing.
    #[error("an amount of 0 cannot be sent")]
    Zero,
    /// Too long.
    #[error(transparent)]
    Memo(#[from] MemoTooLong),
}

/// Reads a table of payments of one asset: `address,amount` or `address,amount,memo` (RFC 4180), perhaps under a line that names these
/// columns, of which each line then has all. Empty lines are passed over. A memo that begins with a digit stands in quotation marks: many write
/// `1,50` or `1,000` for an amount, and neither is to be paid as 1.
///
/// # Errors
/// [`TableError`] names the line.
pub fn read_table(text: &str, asset: AssetId, decimals: u8) -> Result<Vec<PaymentOrder>, TableError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut orders = Vec::new();
    let mut heading = None;
    let lines = (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty());
    for (place, (line, text)) in lines.enumerate() {
        let wrong = |reason| TableError::Line { line, reason };
        let cells = cells(text).map_err(wrong)?;
        if place == 0 && is_heading(&cells) {
            heading = Some(cells.len());
            continue;
        }
        if orders.len() == MAX_PAYMENTS {
            return Err(TableError::Count(line));
        }
        orders.push(order(&cells, heading, asset, decimals).map_err(wrong)?);
    }
    if orders.is_empty() { Err(TableError::Empty) } else { Ok(orders) }
}

/// What stands between two commas of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Without the quotation marks, and without spaces around them; what is within them is not changed.
    pub text: String,
    /// Whether it stands in quotation marks.
    pub is_quoted: bool,
}

impl Cell {
    /// What a memo says; or an asset in its place, after an amount.
    ///
    /// # Errors
    /// [`LineError::Rest`] if it begins with a digit, without quotation marks.
    pub fn after_amount(&self) -> Result<&str, LineError> {
        if !self.is_quoted && self.text.starts_with(char::is_numeric) {
            return Err(LineError::Rest(self.text.clone()));
        }
        Ok(&self.text)
    }
}

fn is_heading(cells: &[Cell]) -> bool {
    let names = ["address", "amount", "memo"];
    (2..=3).contains(&cells.len()) && cells.iter().zip(names).all(|(cell, name)| cell.text.eq_ignore_ascii_case(name))
}

fn order(cells: &[Cell], heading: Option<usize>, asset: AssetId, decimals: u8) -> Result<PaymentOrder, LineError> {
    let found = cells.len();
    let (to, amount, memo) = match cells {
        [to, amount] => (&to.text, &amount.text, None),
        [to, amount, memo] => (&to.text, &amount.text, Some(memo)),
        _ => return Err(LineError::Columns(found)),
    };
    if let Some(heading) = heading.filter(|heading| *heading != found) {
        return Err(LineError::Heading { found, heading });
    }
    let memo = memo.map_or(Ok(""), Cell::after_amount)?;
    let to: Address = to.parse()?;
    let amount = NoteValue(amount::parse(amount, decimals)?);
    if amount == NoteValue(0) {
        return Err(LineError::Zero);
    }
    Ok(PaymentOrder { to, asset, amount, memo: Memo::from_text(memo)? })
}

/// The cells of a line of a table (RFC 4180, and no line break within a cell).
///
/// # Errors
/// [`LineError::Quotes`] if its quotation marks are wrong.
pub fn cells(line: &str) -> Result<Vec<Cell>, LineError> {
    split(line).ok_or(LineError::Quotes)
}

fn split(line: &str) -> Option<Vec<Cell>> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let quoted = rest.trim_start().strip_prefix('"');
        let (text, after) = match quoted {
            Some(quoted) => quoted_cell(quoted)?,
            None => {
                let (cell, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
                (cell.trim().to_owned(), after)
            }
        };
        cells.push(Cell { text, is_quoted: quoted.is_some() });
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return after.is_empty().then_some(cells),
        }
    }
}

/// What stands before the quotation mark that closes, and what comes after it.
fn quoted_cell(mut text: &str) -> Option<(String, &str)> {
    let mut cell = String::new();
    loop {
        let (before, after) = text.split_once('"')?;
        cell.push_str(before);
        match after.strip_prefix('"') {
            Some(rest) => {
                cell.push('"');
                text = rest;
            }
            None => return Some((cell, after.trim())),
        }
    }
}

#[cfg(test)]
mod tests {
    use tabella_protocol::keys::{Account, Diversifier, Seed};

    use super::*;

    fn asset() -> AssetId {
        AssetId::from_bytes(&[5; 32]).unwrap()
    }

    fn address(index: u64) -> Address {
        Seed::new([1; 32]).account(&Account::Payment(0)).address(Diversifier::from_index(index))
    }

    fn read(text: &str) -> Result<Vec<(Address, u64, String)>, TableError> {
        let orders = read_table(text, asset(), 2)?;
        let row = |order: PaymentOrder| (order.to, order.amount.0, order.memo.text().unwrap_or_default().to_owned());
        Ok(orders.into_iter().map(row).collect())
    }

    #[test]
    fn tables_are_read_as_spreadsheets_write_them() {
        let (a, b) = (address(0), address(1));
        let text = format!(
            "\u{feff}Address,Amount,Memo\r\n{a},1.5,\r\n\r\n {b} , 2 ,\"he said \"\"one, two\"\"\"\r\n{a},3,\n"
        );
        let said = "he said \"one, two\"".to_owned();
        let rows = vec![(a, 150, String::new()), (b, 200, said), (a, 300, String::new())];
        assert_eq!(read(&text), Ok(rows));
        assert_eq!(read(&format!("{a},1,rent")), Ok(vec![(a, 100, "rent".into())]));
    }

    #[test]
    fn line_that_is_no_payment_has_all_refused_and_is_named() {
        let (a, b) = (address(0), address(1));
        let good = format!("{a},1.00\n\n{b},2.00,rent\n");
        let lie = |lie: String| match read(&format!("{good}{lie}\n{good}")) {
            Err(TableError::Line { line, reason }) => (line, reason),
            other => panic!("{lie}: {other:?}"),
        };
        let four = |reason| (4, reason);
        assert_eq!(lie(format!("{a}")), four(LineError::Columns(1)));
        assert_eq!(lie(format!("{a},1,one, two")), four(LineError::Columns(4)));
        assert_eq!(lie(format!("{a},0")), four(LineError::Zero));
        assert_eq!(lie(format!("{a},1,\"rent")), four(LineError::Quotes));
        assert_eq!(lie(format!("{a},1,\"rent\" for May")), four(LineError::Quotes));
        assert_eq!(lie(format!("{a},1,{}", "x".repeat(513))), four(LineError::Memo(MemoTooLong { length: 513 })));
        assert!(matches!(lie(format!("{a},1.001")), (4, LineError::Amount(AmountError::Decimals { .. }))));
        assert!(matches!(lie(format!("{a},ten")), (4, LineError::Amount(AmountError::Form(_)))));
        let broken = format!("{a}").replacen("tab1", "tab1q", 1);
        assert!(matches!(lie(format!("{broken},1")), (4, LineError::Address(_))));
        // A second heading is no payment.
        assert!(matches!(lie("address,amount".into()), (4, LineError::Address(_))));
    }

    #[test]
    fn comma_in_an_amount_is_never_the_memo_of_a_smaller_one() {
        let a = address(0);
        let lie = |text: String| match read(&text) {
            Err(TableError::Line { reason, .. }) => reason,
            other => panic!("{text}: {other:?}"),
        };
        for heading in ["", "address,amount,memo\n"] {
            for rest in ["50", "000", "000.50", "50 EUR", "5%", "٥٠"] {
                assert_eq!(lie(format!("{heading}{a},1,{rest}")), LineError::Rest(rest.into()));
            }
            assert_eq!(lie(format!("{heading}{a},1, 50 ")), LineError::Rest("50".into()));
            assert_eq!(lie(format!("{heading}{a},1,000,000")), LineError::Columns(4));
            assert!(matches!(lie(format!("{heading}{a},\"1,50\",")), LineError::Amount(AmountError::Form(_))));
            let rows = vec![(a, 100, "50".into()), (a, 200, "rent, 7".into()), (a, 300, "rent 7".into())];
            let text = format!("{heading}{a},1,\"50\"\n{a},2,\"rent, 7\"\n{a},3,rent 7\n");
            assert_eq!(read(&text), Ok(rows), "{text}");
        }
        // A line has what its heading has.
        assert_eq!(lie(format!("address,amount\n{a},1,50")), LineError::Heading { found: 3, heading: 2 });
        assert_eq!(lie(format!("address,amount\n{a},1,rent")), LineError::Heading { found: 3, heading: 2 });
        assert_eq!(lie(format!("address,amount,memo\n{a},1")), LineError::Heading { found: 2, heading: 3 });
        assert_eq!(lie(format!("address,amount,memo\n{a},1,50,rent")), LineError::Columns(4));
        // Where there is none, some have a memo.
        assert_eq!(read(&format!("{a},1\n{a},2,rent")).map(|rows| rows.len()), Ok(2));
    }

    #[test]
    fn table_of_nothing_or_of_too_much_is_refused() {
        for text in ["", "\n \n", "address,amount\n"] {
            assert_eq!(read(text), Err(TableError::Empty));
        }
        let line = format!("{},1\n", address(0));
        assert_eq!(read(&line.repeat(64)).map(|rows| rows.len()), Ok(64));
        assert_eq!(read(&line.repeat(65)), Err(TableError::Count(65)));
    }
}
