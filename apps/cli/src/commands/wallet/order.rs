//! Payments as the command line and tables give them.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use tabella_ledger::node::Ledger;
use tabella_payments::{
    amount,
    holder::PaymentOrder,
    order::{Cell, LineError, cells},
    request::MAX_PAYMENTS,
};
use tabella_protocol::{keys::Address, note::NoteValue, note_encryption::Memo};

use crate::{
    assets::{AssetLabel, resolve},
    elections::files::read_bytes,
    output::{ExitKind, visible},
};

/// The longest table of payments that is read.
const MAX_BYTES: u64 = 1 << 20;

/// One payment in words, not yet looked up on a ledger.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Where it stands, for messages.
    pub(super) place: String,
    pub(super) to: String,
    pub(super) amount: String,
    pub(super) asset: String,
    pub(super) memo: String,
}

/// `--to ADDRESS [AMOUNT [MEMO]]`, once for each recipient. clap's derive keeps no groups of values.
#[derive(Clone, Debug, Default)]
pub(super) struct Recipients(pub(super) Vec<Vec<String>>);

impl Recipients {
    const ID: &str = "to";
}

impl Args for Recipients {
    fn augment_args(command: Command) -> Command {
        command.arg(
            Arg::new(Self::ID)
                .long(Self::ID)
                .value_names(["ADDRESS", "AMOUNT", "MEMO"])
                .num_args(1..=3)
                .action(ArgAction::Append)
                .help("A recipient: address, amount, and a memo that only the recipient reads; once for each"),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Recipients {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let occurrences = matches.get_occurrences::<String>(Self::ID).into_iter().flatten();
        Ok(Self(occurrences.map(|values| values.cloned().collect()).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Wanted {
    /// Each `--to` with its own amount.
    pub(super) fn of(recipients: &Recipients, asset: &str) -> anyhow::Result<Vec<Self>> {
        let wanted = recipients.0.iter().enumerate().map(|(index, values)| {
            let place = if recipients.0.len() == 1 { String::new() } else { format!("recipient {}: ", index + 1) };
            let (to, amount, memo) = match values.as_slice() {
                [to, amount] => (to, amount, String::new()),
                [to, amount, memo] => (to, amount, memo.clone()),
                _ => return Err(usage(format!("{place}--to takes an address and an amount"))),
            };
            Ok(Self { place, to: to.clone(), amount: amount.clone(), asset: asset.to_owned(), memo })
        });
        wanted.collect()
    }

    /// Reads a table with columns `address` and `amount`, and perhaps `asset` and `memo`, by the rules of
    /// [`tabella_payments::order::read_table`]: no comma in an amount is taken for the end of it.
    pub(super) fn read(path: &Path, asset: Option<&str>) -> anyhow::Result<Vec<Self>> {
        let (bytes, file) = (read_bytes(path, MAX_BYTES)?, path.display());
        let text = std::str::from_utf8(&bytes).with_context(|| format!("{file}: no table"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty());
        let place = |line: usize| format!("{file}:{line}: ");
        let wrong = |line: usize, reason: LineError| anyhow!("{}{}", place(line), visible(&reason.to_string()));
        let (line, first) = lines.next().ok_or_else(|| anyhow!("{file}: no table"))?;
        let headings = cells(first).map_err(|reason| wrong(line, reason))?;
        let headings: Vec<&str> = headings.iter().map(|heading| heading.text.as_str()).collect();
        if let Some(unknown) =
            headings.iter().find(|heading| !matches!(**heading, "address" | "amount" | "asset" | "memo"))
        {
            bail!("{file}: there is no column \"{}\": address, amount, asset, memo", visible(unknown));
        }
        let column = |name: &str| {
            let mut found =
                headings.iter().enumerate().filter(|(_, heading)| **heading == name).map(|(index, _)| index);
            match (found.next(), found.next()) {
                (column, None) => Ok(column),
                _ => Err(anyhow!("{file}: there are two columns \"{name}\"")),
            }
        };
        let missing = |name: &str| anyhow!("{file}: the first row must name a column \"{name}\"");
        let address = column("address")?.ok_or_else(|| missing("address"))?;
        let amount = column("amount")?.ok_or_else(|| missing("amount"))?;
        let (assets, memo) = (column("asset")?, column("memo")?);
        let mut wanted = Vec::new();
        for (line, text) in lines {
            let wrong = |reason| wrong(line, reason);
            if wanted.len() == MAX_PAYMENTS {
                bail!("{file}: at most {MAX_PAYMENTS} payments are made at once");
            }
            let cells = cells(text).map_err(wrong)?;
            if cells.len() != headings.len() {
                return Err(wrong(LineError::Heading { found: cells.len(), heading: headings.len() }));
            }
            let cell = |column: usize| cells[column].text.clone();
            let memo = memo.map_or(Ok(""), |column| cells[column].after_amount()).map_err(wrong)?;
            let named = assets.map(|column| asset_of(&cells[column])).transpose().map_err(wrong)?;
            let named = named.filter(|text| !text.is_empty());
            let asset = named.or(asset).map(str::to_owned);
            let place = place(line);
            let asset = asset.ok_or_else(|| usage(format!("{place}of which asset? --asset, or a column \"asset\"")))?;
            wanted.push(Self { place, to: cell(address), amount: cell(amount), asset, memo: memo.to_owned() });
        }
        if wanted.is_empty() {
            bail!("{file} holds no payment");
        }
        Ok(wanted)
    }

    /// The order on a ledger.
    pub(super) fn order(&self, node: &Ledger) -> anyhow::Result<PaymentOrder> {
        self.look_up(node).map_err(|error| if self.place.is_empty() { error } else { with_place(error, &self.place) })
    }

    fn look_up(&self, node: &Ledger) -> anyhow::Result<PaymentOrder> {
        let to: Address = self.to.parse().map_err(|error| usage(format!("{error}")))?;
        let assets = node.state().assets();
        let (asset, _) = resolve(assets, &self.asset)?;
        let label = AssetLabel::of(assets, &asset);
        let amount = NoteValue(amount::parse(&self.amount, label.decimals)?);
        if amount == NoteValue(0) {
            bail!("an amount of 0 cannot be sent");
        }
        Ok(PaymentOrder { to, asset, amount, memo: Memo::from_text(&self.memo)? })
    }
}

/// An asset of a table: ids begin with a digit as they will, and are long enough to be nothing else.
fn asset_of(cell: &Cell) -> Result<&str, LineError> {
    if cell.text.len() == 64 { Ok(&cell.text) } else { cell.after_amount() }
}

/// The error with where it stands, and its exit code.
fn with_place(error: anyhow::Error, place: &str) -> anyhow::Error {
    let text = format!("{place}{error}");
    error.context(text)
}

/// A wrong command line: exit code 2.
pub(super) fn usage(text: String) -> anyhow::Error {
    anyhow!(ExitKind::Usage).context(text)
}
