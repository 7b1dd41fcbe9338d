//! What commands on rentals show.

use std::{fmt, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use tabella_access::{
    Offer, Prices,
    rules::{RentalId, RentalRow, Rentals},
};
use tabella_ledger::node::{Accepted, Ledger};
use tabella_protocol::note::Timestamp;
use tabella_verifier::application::{InstanceId, Readable as _};

use super::{Owner, stored};
use crate::{
    assets::AssetLabel,
    cli::Context,
    commands::ledger,
    elections::time::{Time, span},
    output::{Table, visible},
};

/// Arguments of `access list`.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `access show`.
#[derive(Args, Debug)]
pub struct ShowRental {
    /// Id of the rental
    #[arg(value_name = "RENTAL")]
    rental: RentalId,
}

impl List {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let now = work.node.now()?;
        let mut rentals = Vec::new();
        for own in work.rentals()?.iter() {
            let row = row(&work.node, own.id)?;
            let due = own.due(stored(&work.node, own.id)?, now);
            let label = work.label(&own.terms.asset);
            rentals.push(Listed {
                rental: own.id.to_string(),
                role: own.party.to_string(),
                stage: row.stage,
                until: row.until.and_then(Timestamp::new).map(Time),
                due: due.map(|(_, value)| label.amount(u128::from(value.0))),
                label,
            });
        }
        context.output.show(&Listing { rentals })
    }
}

impl ShowRental {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let terms = stored(&node, self.rental)?.terms();
        let label = AssetLabel::of(node.state().assets(), &terms.asset);
        let row = row(&node, self.rental)?;
        context.output.show(&PublicRental { rental: self.rental.to_string(), label, row })
    }
}

/// What everybody may know of a rental now.
fn row(node: &Ledger, id: RentalId) -> anyhow::Result<RentalRow> {
    let rentals = node.state().application::<Rentals>();
    let row = rentals.and_then(|rentals| rentals.row(&InstanceId(id.0), node.now().ok()?));
    row.with_context(|| format!("there is no rental {id} on this ledger"))
}

/// The amount that a public number of smallest units is.
fn amount(label: &AssetLabel, units: Option<&str>) -> Option<String> {
    Some(label.amount(u128::from(units?.parse::<u64>().ok()?)))
}

#[derive(Serialize)]
pub(super) struct OwnKeys {
    pub(super) keys: String,
    pub(super) signer: String,
}

impl fmt::Display for OwnKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "as a renter              {}", self.keys)?;
        writeln!(f, "as an owner or arbiter   {}", self.signer)?;
        writeln!(
            f,
            "\nThey are no secret. An owner makes you an offer with the first: take a new --number for each rental, and no\n\
             two of your rentals have anything in common."
        )
    }
}

#[derive(Serialize)]
pub(super) struct LedgerKeyShown {
    pub(super) key: String,
}

impl fmt::Display for LedgerKeyShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\nA device is set up with it: `tabella-lock init FOLDER --ledger KEY --owner KEY`.", self.key)
    }
}

#[derive(Serialize)]
pub(super) struct OfferShown {
    rental: String,
    #[serde(flatten)]
    label: AssetLabel,
    price: String,
    rent: String,
    deposit: String,
    parts: u32,
    public: bool,
    units: u32,
    unit_seconds: u32,
    use_until: Time,
    delay_seconds: u32,
    owner: String,
    arbiter: String,
    device: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl OfferShown {
    pub(super) fn new(
        offer: &Offer,
        prices: &Prices,
        label: AssetLabel,
        file: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let terms = &offer.terms;
        let rent = prices.rent(terms).context("the rent is more than can be paid")?;
        let deposit = prices.share(terms.parts).context("the deposit is more than can be paid")?;
        let show = |opening: &tabella_prover::account::AmountOpening| label.amount(u128::from(opening.value().0));
        Ok(Self {
            rental: offer.rental().to_string(),
            price: show(&prices.price),
            rent: show(&rent),
            deposit: show(&deposit),
            label,
            parts: terms.parts,
            public: terms.sealed.is_none(),
            units: terms.units,
            unit_seconds: terms.unit_seconds,
            use_until: Time(terms.use_until),
            delay_seconds: terms.delay_seconds,
            owner: hex::encode(terms.owner),
            arbiter: hex::encode(terms.arbiter),
            device: hex::encode(terms.device),
            file,
        })
    }
}

impl fmt::Display for OfferShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.terms(f)?;
        match &self.file {
            Some(file) => writeln!(
                f,
                "file         {}\n\nGive the file to the renter: it is good for that renter alone, and once.",
                file.display()
            ),
            None => writeln!(
                f,
                "\nThe offer is good. `tabella access rent` takes it, with --rental: the id stands for exactly these terms."
            ),
        }
    }
}

impl OfferShown {
    fn terms(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = visible(&self.label.name);
        let seen = if self.public { "seen by everybody" } else { "seen by renter and owner only" };
        writeln!(f, "rental       {}", self.rental)?;
        writeln!(f, "owner        {}\ndevice       {}\narbiter      {}", self.owner, self.device, self.arbiter)?;
        writeln!(
            f,
            "rent         {} {name}: {} units of {}, at {} each, {seen}",
            self.rent,
            self.units,
            span(u64::from(self.unit_seconds)),
            self.price
        )?;
        writeln!(f, "deposit      {} {name}, in {} parts", self.deposit, self.parts)?;
        writeln!(f, "asset        {}", self.label.asset)?;
        writeln!(f, "use until    {}\ndelays       {}", self.use_until, span(u64::from(self.delay_seconds)))
    }
}

#[derive(Serialize)]
pub(super) struct Rented {
    #[serde(flatten)]
    pub(super) offer: OfferShown,
    pub(super) transaction: String,
}

impl fmt::Display for Rented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.offer.terms(f)?;
        writeln!(f, "transaction  {}", self.transaction)?;
        writeln!(f, "\nOnce the owner has accepted, `tabella access use` begins the paid time.")
    }
}

#[derive(Serialize)]
pub(super) struct Stands {
    rental: String,
    stage: &'static str,
    owner_parts: Option<u32>,
    until: Option<Time>,
    transaction: String,
}

impl Stands {
    pub(super) fn new(node: &Ledger, id: RentalId, accepted: &Accepted) -> anyhow::Result<Self> {
        let row = row(node, id)?;
        Ok(Self {
            rental: id.to_string(),
            stage: row.stage,
            owner_parts: row.owner_parts,
            until: row.until.and_then(Timestamp::new).map(Time),
            transaction: accepted.digest.to_string(),
        })
    }
}

impl fmt::Display for Stands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "rental       {}\nstage        {}", self.rental, self.stage)?;
        if let Some(parts) = self.owner_parts {
            writeln!(f, "owner's      {parts} parts of the deposit")?;
        }
        if let Some(until) = self.until {
            writeln!(f, "until        {until}")?;
        }
        writeln!(f, "transaction  {}", self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct Answered {
    pub(super) rental: String,
    /// Seconds after 1970.
    pub(super) from: u64,
    /// Seconds after 1970.
    pub(super) until: u64,
    pub(super) file: PathBuf,
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "rental       {}\nfile         {}", self.rental, self.file.display())?;
        if let Some(until) = Timestamp::new(self.until) {
            writeln!(f, "paid until   {}", Time(until))?;
        }
        writeln!(
            f,
            "\nGive the file to the device: `tabella-lock open FOLDER FILE`. It is good once, and for some minutes."
        )
    }
}

#[derive(Serialize)]
pub(super) struct Proposed {
    pub(super) rental: String,
    pub(super) parts: u32,
    pub(super) file: PathBuf,
}

impl fmt::Display for Proposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "rental       {}\nowner keeps  {} parts of the deposit", self.rental, self.parts)?;
        writeln!(
            f,
            "file         {}\n\nWhoever has the file and the other party's agreement divides the deposit.",
            self.file.display()
        )
    }
}

#[derive(Serialize)]
pub(super) struct Paid {
    pub(super) rental: String,
    pub(super) party: String,
    pub(super) amount: String,
    #[serde(flatten)]
    pub(super) label: AssetLabel,
    pub(super) transaction: String,
}

impl fmt::Display for Paid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "rental       {}", self.rental)?;
        writeln!(f, "{:12} {} {}", self.party, self.amount, visible(&self.label.name))?;
        writeln!(f, "transaction  {}", self.transaction)
    }
}

#[derive(Serialize)]
struct Listed {
    rental: String,
    role: String,
    stage: &'static str,
    until: Option<Time>,
    due: Option<String>,
    #[serde(flatten)]
    label: AssetLabel,
}

#[derive(Serialize)]
struct Listing {
    rentals: Vec<Listed>,
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["rental", "role", "stage", "until", "deposit to withdraw"]);
        for Listed { rental, role, stage, until, due, label } in &self.rentals {
            let until = until.as_ref().map_or_else(String::new, ToString::to_string);
            let due = due.as_ref().map_or_else(String::new, |due| format!("{due} {}", visible(&label.name)));
            table.row([rental.clone(), role.clone(), (*stage).to_owned(), until, due]);
        }
        write!(f, "{table}")
    }
}

#[derive(Serialize)]
struct PublicRental {
    rental: String,
    #[serde(skip)]
    label: AssetLabel,
    #[serde(flatten)]
    row: RentalRow,
}

impl fmt::Display for PublicRental {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (row, name) = (&self.row, visible(&self.label.name));
        let hidden = || "hidden".to_owned();
        writeln!(f, "rental       {}\nrenter       {}", self.rental, row.renter)?;
        writeln!(f, "owner        {}\narbiter      {}\ndevice       {}", row.owner, row.arbiter, row.device)?;
        let price = amount(&self.label, row.price.as_deref()).unwrap_or_else(hidden);
        let part = amount(&self.label, row.part.as_deref()).unwrap_or_else(hidden);
        writeln!(
            f,
            "price        {price} {name} for each of {} units of {}",
            row.units,
            span(u64::from(row.unit_seconds))
        )?;
        writeln!(f, "deposit      {} parts of {part} {name}", row.parts)?;
        if let Some(used) = row.used.and_then(Timestamp::new) {
            writeln!(f, "used         {}", Time(used))?;
        }
        writeln!(f, "stage        {}", row.stage)?;
        if let Some(parts) = row.owner_parts {
            writeln!(f, "owner's      {parts} parts of the deposit")?;
        }
        match row.until.and_then(Timestamp::new) {
            Some(until) => writeln!(f, "until        {}", Time(until)),
            None => Ok(()),
        }
    }
}
