//! What commands on accounts show.

use std::fmt;

use serde::Serialize;
use tabella_protocol::account::DepositId;
use tabella_prover::account::WaitingDeposit;

use crate::{
    assets::AssetLabel,
    elections::time::Time,
    output::{Table, visible},
};

#[derive(Serialize)]
pub(super) struct Opened {
    pub(super) account: String,
    #[serde(flatten)]
    pub(super) label: AssetLabel,
    pub(super) transaction: String,
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "account      {}\nasset        {}", self.account, visible(&self.label.name))?;
        writeln!(f, "transaction  {}", self.transaction)?;
        writeln!(f, "\nOthers pay to this id. The wallet's 24 words and the ledger give the account back.")
    }
}

#[derive(Serialize)]
pub(super) struct Listed {
    pub(super) accounts: Vec<ListedAccount>,
}

#[derive(Serialize)]
pub(super) struct ListedAccount {
    pub(super) account: String,
    #[serde(flatten)]
    pub(super) label: AssetLabel,
    pub(super) balance: String,
    pub(super) version: u64,
    pub(super) waiting: Vec<WaitingRow>,
}

#[derive(Serialize)]
pub(super) struct WaitingRow {
    deposit: String,
    /// None of a deposit that the wallet cannot open, and does not accept.
    amount: Option<String>,
    until: Option<Time>,
}

impl WaitingRow {
    pub(super) fn new(id: DepositId, deposit: &WaitingDeposit, label: &AssetLabel) -> Self {
        let amount = deposit.opening.as_ref().map(|opening| label.amount(u128::from(opening.value().0)));
        Self { deposit: id.to_string(), amount, until: deposit.until.map(|(deadline, _)| Time(deadline)) }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.accounts.is_empty() {
            return writeln!(f, "The wallet has no account on this ledger: `tabella account open` makes one.");
        }
        for account in &self.accounts {
            let name = visible(&account.label.name);
            writeln!(f, "{} {name}  account {}", account.balance, account.account)?;
            if account.waiting.is_empty() {
                continue;
            }
            let mut table = Table::new(&[">waits", "until", "deposit"]);
            for row in &account.waiting {
                let amount = row.amount.as_deref().unwrap_or("cannot be opened");
                let until = row.until.map_or_else(|| "-".to_owned(), |until| until.to_string());
                table.row([amount, until.as_str(), &row.deposit]);
            }
            write!(f, "{table}")?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
pub(super) struct Changed {
    pub(super) account: String,
    #[serde(flatten)]
    pub(super) label: AssetLabel,
    pub(super) amount: String,
    /// Whether the amount is hidden from everybody else.
    pub(super) hidden: bool,
    /// Of the account, afterwards.
    pub(super) balance: String,
    pub(super) time: Time,
    pub(super) transaction: String,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = visible(&self.label.name);
        writeln!(f, "amount       {} {name}\naccount      {}", self.amount, self.account)?;
        writeln!(f, "balance      {} {name}\ntime         {}", self.balance, self.time)?;
        writeln!(f, "transaction  {}", self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct Returned {
    pub(super) deposit: String,
    pub(super) transaction: String,
}

impl fmt::Display for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "returned     deposit {}\ntransaction  {}", self.deposit, self.transaction)
    }
}
