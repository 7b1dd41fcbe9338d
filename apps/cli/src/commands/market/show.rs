//! What commands of the marketplace show.

use std::{fmt, path::PathBuf};

use serde::Serialize;
use tabella_ledger::node::Accepted;
use tabella_market::{history::ReadCredit, order::Review};
use tabella_market_rules::{journal::Kind, market::WorkRow, statement::IncomeStatement, work::Party};
use tabella_protocol::note::Timestamp;

use super::parts_and_name;
use crate::{
    assets::AssetLabel,
    elections::time::Time,
    output::{Table, visible},
};

#[derive(Serialize)]
pub(super) struct KeysShown {
    owner: String,
    viewer: String,
}

impl KeysShown {
    pub(super) fn new(party: &Party) -> Self {
        Self { owner: hex::encode(party.owner), viewer: hex::encode(party.viewer.element().as_bytes()) }
    }
}

impl fmt::Display for KeysShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "owner        {}\nviewer       {}", self.owner, self.viewer)?;
        writeln!(f, "\nWhoever drafts a work needs both. They are public; the wallet's 24 words give the secrets back.")
    }
}

#[derive(Serialize)]
pub(super) struct Drafted {
    pub(super) work: String,
    pub(super) file: PathBuf,
    pub(super) metadata: PathBuf,
}

impl fmt::Display for Drafted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "work         {}\nfile         {}", self.work, self.file.display())?;
        writeln!(f, "names        {}", self.metadata.display())?;
        writeln!(
            f,
            "\nThe seller has signed. Every holder signs (`tabella market register sign`), then anybody submits it."
        )
    }
}

#[derive(Serialize)]
pub(super) struct Signed {
    pub(super) work: String,
    pub(super) share: u16,
    /// Who has not signed yet.
    pub(super) missing: Option<String>,
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "work         {}\nyour share   {} of 10,000", self.work, self.share)?;
        match &self.missing {
            Some(missing) => writeln!(f, "{missing}"),
            None => writeln!(f, "all have signed: `tabella market register submit`"),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Registered {
    pub(super) work: String,
    pub(super) transaction: String,
}

impl fmt::Display for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "work         {}\ntransaction  {}", self.work, self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct Listed {
    pub(super) works: Vec<ListedWork>,
}

#[derive(Serialize)]
pub(super) struct ListedWork {
    pub(super) work: String,
    pub(super) title: String,
    pub(super) holders: usize,
    pub(super) sales: u64,
    pub(super) licences: u64,
    pub(super) resales: u64,
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.works.is_empty() {
            return writeln!(f, "There is no work on this ledger: `tabella market register` makes one.");
        }
        let mut table = Table::new(&["title", ">holders", ">sales", ">licences", ">resales", "work"]);
        for work in &self.works {
            let numbers =
                [work.holders as u64, work.sales, work.licences, work.resales].map(|number| number.to_string());
            let [holders, sales, licences, resales] = &numbers;
            table.row([&visible(&work.title), holders, sales, licences, resales, &work.work]);
        }
        write!(f, "{table}")
    }
}

#[derive(Serialize)]
pub(super) struct ShownWork {
    pub(super) work: String,
    #[serde(flatten)]
    pub(super) row: WorkRow,
    #[serde(skip)]
    pub(super) payment: AssetLabel,
}

impl fmt::Display for ShownWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (row, show) = (&self.row, |units: u64| self.payment.amount_and_name(u128::from(units)));
        writeln!(f, "work         {}\ntitle        {}", self.work, visible(&row.title))?;
        writeln!(f, "seller       {}", row.seller)?;
        writeln!(f, "licence      {}, {} of at most {}", visible(&row.licence_name), row.licences, row.edition)?;
        writeln!(f, "royalty      {} of 10,000 of each resale", row.royalty)?;
        writeln!(f, "least price  {}; resold {}", show(row.minimum), show(row.resale_minimum))?;
        writeln!(f, "so far       {} sales, {} resales", row.sales, row.resales)?;
        let adds_up = if row.adds_up { "hold all that was paid and not withdrawn" } else { "DO NOT ADD UP" };
        writeln!(f, "accounts     {}: {adds_up}", row.accounts)?;
        let mut table = Table::new(&[">share", "owner", "account"]);
        for holder in &row.holders {
            table.row([&holder.share.to_string(), &holder.owner, &holder.account]);
        }
        write!(f, "{table}")?;
        if row.offers.is_empty() {
            return Ok(());
        }
        let mut table = Table::new(&[">licences", ">price", "offer"]);
        for offer in &row.offers {
            let ask = offer.ask.map_or_else(|| "by agreement".to_owned(), show);
            table.row([&offer.licences.to_string(), &ask, &offer.offer]);
        }
        write!(f, "{table}")
    }
}

/// The digest of the invoice that an order or a sale names.
pub(super) fn shown_invoice(review: &Review) -> Option<String> {
    (review.invoice != [0; 32]).then(|| hex::encode(review.invoice))
}

#[derive(Serialize)]
pub(super) struct Ordered {
    pub(super) file: PathBuf,
    pub(super) licences: u32,
    pub(super) price: String,
    #[serde(flatten)]
    pub(super) label: AssetLabel,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invoice: Option<String>,
    pub(super) to: &'static str,
    #[serde(skip)]
    pub(super) command: &'static str,
}

impl fmt::Display for Ordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "licences     {}\nprice        {} {}", self.licences, self.price, visible(&self.label.name))?;
        if let Some(invoice) = &self.invoice {
            writeln!(f, "invoice      {invoice}")?;
        }
        writeln!(f, "file         {}", self.file.display())?;
        writeln!(
            f,
            "\nNothing is paid yet. The file tells the price: give it to the {} alone, whose answer is",
            self.to
        )?;
        writeln!(f, "`{}`. It is good for an hour, and until another sale comes first.", self.command)
    }
}

#[derive(Serialize)]
pub(super) struct Sold {
    work: String,
    licences: u32,
    price: String,
    /// Whether everybody sees the price.
    public: bool,
    #[serde(flatten)]
    label: AssetLabel,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<String>,
    time: Time,
    transaction: String,
}

impl Sold {
    pub(super) fn new(review: &Review, label: &AssetLabel, accepted: &Accepted) -> Self {
        Self {
            work: review.work.to_string(),
            licences: review.licences,
            price: label.amount(u128::from(review.price.0)),
            public: review.is_public,
            label: label.clone(),
            invoice: shown_invoice(review),
            time: Time(accepted.time),
            transaction: accepted.digest.to_string(),
        }
    }
}

impl fmt::Display for Sold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = if self.public { "everybody sees it" } else { "its parties alone see it" };
        writeln!(f, "work         {}\nlicences     {}", self.work, self.licences)?;
        writeln!(f, "price        {} {} ({seen})", self.price, visible(&self.label.name))?;
        if let Some(invoice) = &self.invoice {
            writeln!(f, "invoice      {invoice}")?;
        }
        writeln!(f, "time         {}\ntransaction  {}", self.time, self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct Offered {
    pub(super) offer: String,
    pub(super) licences: u32,
    pub(super) ask: Option<String>,
    pub(super) transaction: String,
}

impl fmt::Display for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ask = self.ask.as_deref().unwrap_or("by agreement");
        writeln!(f, "offer        {}\nlicences     {}\nprice        {ask}", self.offer, self.licences)?;
        writeln!(f, "transaction  {}", self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct TakenBack {
    pub(super) offer: String,
    pub(super) transaction: String,
}

impl fmt::Display for TakenBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "taken back   offer {}\ntransaction  {}", self.offer, self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct Balances {
    pub(super) works: Vec<OwnWork>,
}

#[derive(Serialize)]
pub(super) struct OwnWork {
    pub(super) work: String,
    pub(super) title: String,
    pub(super) account: String,
    pub(super) balance: String,
    /// What can be withdrawn from without collecting.
    pub(super) collected: String,
    pub(super) credits: Vec<CreditRow>,
}

#[derive(Serialize)]
pub(super) struct CreditRow {
    time: Time,
    kind: &'static str,
    licences: u32,
    price: String,
    credited: String,
    transaction: String,
}

impl CreditRow {
    pub(super) fn new(read: &ReadCredit, label: &AssetLabel) -> Self {
        let (kind, licences) = match read.credit.kind {
            Kind::Sale(licences) => ("sale", licences),
            Kind::Resale(licences) => ("resale", licences),
        };
        Self {
            time: Time(read.credit.time),
            kind,
            licences,
            price: label.amount(u128::from(read.price.0)),
            credited: tabella_market::report::format_parts(read.parts(), label.decimals),
            transaction: read.credit.transaction.to_string(),
        }
    }
}

impl fmt::Display for Balances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.works.is_empty() {
            return writeln!(f, "These keys were never credited on this ledger.");
        }
        for work in &self.works {
            writeln!(f, "{}: {} (collected {})", visible(&work.title), work.balance, work.collected)?;
            writeln!(f, "work {}  account {}", work.work, work.account)?;
            let mut table = Table::new(&["time", "kind", ">licences", ">price", ">credited"]);
            for credit in &work.credits {
                let (time, licences) = (credit.time.to_string(), credit.licences.to_string());
                table.row([&time, credit.kind, &licences, &credit.price, &credit.credited]);
            }
            write!(f, "{table}")?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
pub(super) struct Withdrawn {
    pub(super) amount: String,
    pub(super) rest: String,
    pub(super) to: String,
    pub(super) transaction: String,
}

impl fmt::Display for Withdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "withdrawn    {}\nto           {}", self.amount, self.to)?;
        writeln!(f, "stays        {}\ntransaction  {}", self.rest, self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct IncomeShown {
    work: String,
    owner: String,
    from: Option<Time>,
    before: Option<Time>,
    credits: u64,
    total: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl IncomeShown {
    pub(super) fn new(statement: &IncomeStatement, label: &AssetLabel, file: Option<PathBuf>) -> Self {
        let income = &statement.income;
        Self {
            work: income.work.to_string(),
            owner: hex::encode(income.party.owner),
            from: (income.from != Timestamp::ZERO).then_some(Time(income.from)),
            before: (income.to != Timestamp::MAX).then_some(Time(income.to)),
            credits: income.credits,
            total: parts_and_name(income.parts, label),
            file,
        }
    }
}

impl fmt::Display for IncomeShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |time: Option<Time>, none: &str| time.map_or_else(|| none.to_owned(), |time| time.to_string());
        writeln!(f, "work         {}\nowner        {}", self.work, self.owner)?;
        writeln!(f, "from         {}", time(self.from, "the beginning"))?;
        writeln!(f, "before       {}", time(self.before, "the end"))?;
        writeln!(f, "credits      {}\ntotal        {}", self.credits, self.total)?;
        match &self.file {
            Some(file) => writeln!(f, "file         {}", file.display()),
            None => writeln!(f, "\nThe credits on this ledger add up to this total. No single price is shown."),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Reported {
    pub(super) file: PathBuf,
    pub(super) lines: usize,
    pub(super) credits: usize,
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "file         {}\nlines        {}\nsales        {}", self.file.display(), self.lines, self.credits)
    }
}

#[derive(Serialize)]
pub(super) struct LicenceShown {
    pub(super) work: String,
    pub(super) file: PathBuf,
}

impl fmt::Display for LicenceShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "work         {}\nfile         {}", self.work, self.file.display())?;
        writeln!(
            f,
            "\nFor whoever gave the challenge. It moves nothing, and shows no name; the same licence is known again."
        )
    }
}

#[derive(Serialize)]
pub(super) struct Challenge {
    pub(super) challenge: String,
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "challenge    {}", self.challenge)?;
        writeln!(f, "\nFor one answer: `tabella market show-licence`. Then check the file, with --challenge.")
    }
}

#[derive(Serialize)]
pub(super) struct LicenceChecked {
    pub(super) work: String,
    /// One of them is the licence's.
    pub(super) marks: [String; 2],
}

impl fmt::Display for LicenceChecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = &self.marks;
        writeln!(
            f,
            "work         {}\nlicence      held, and not sold on\nmarks        {first}\n             {second}",
            self.work
        )?;
        writeln!(f, "\nWhoever answered holds a licence now. The same licence has one of these marks again.")
    }
}
