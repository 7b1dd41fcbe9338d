//! Meters: made, certified, registered; readings signed, put on the ledger, minted.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use rand_core::{OsRng, RngCore as _};
use tabella_energy::{
    MeterCertificate, MeterDevice, MeterRequest, Readings, SignedReading, build,
    data::{MAX_BYTES, MeterData, Standing},
    meter::MeterKey,
    rules::{MarketId, MarketTerms, PartyKeys, Reading, reading::MAX_CEILING, terms::ENERGY_DECIMALS},
};
use tabella_ledger::node::Ledger;
use tabella_payments::{amount, holder::submit};
use tabella_protocol::{
    keys::{Address, Seed},
    note::Timestamp,
    transaction::MAX_ACTIONS,
};
use tabella_prover::builder::Blinding;
use zeroize::Zeroizing;

use super::{
    AtMarket, Done, DoneRow, MarketChoice, Owner, find,
    market::hex_key,
    markets,
    show::{Certified, Ended, NewMeterShown, ReadingRow, ReadingsShown, Registered, Signed},
};
use crate::{
    cli::Context,
    commands::{asset::IssuerFile, ledger, streaming::replace, wallet::create_key, work::Sent},
    elections::{files, keys, time::Time},
};

/// Where a device has its key.
#[derive(Args, Debug)]
struct DeviceFile {
    /// Key file of the meter; the number of its next interval is kept beside it
    #[arg(long, value_name = "FILE")]
    meter: PathBuf,
}

impl DeviceFile {
    fn next(&self) -> PathBuf {
        let mut path = self.meter.as_os_str().to_owned();
        path.push(".next");
        PathBuf::from(path)
    }

    /// The device, where it has come to.
    fn start(&self, context: &Context) -> anyhow::Result<(MeterKey, MeterDevice)> {
        let (key, _): (MeterKey, _) = keys::ask_and_open(&self.meter, "`tabella energy new-meter` makes one", context)?;
        let path = self.next();
        let missing = || {
            format!(
                "cannot read {}: without it the meter does not know what it has signed, and two readings of one interval stop it",
                path.display()
            )
        };
        let text = std::fs::read_to_string(&path).with_context(missing)?;
        let next = text.trim().parse().with_context(|| format!("{} holds no number of an interval", path.display()))?;
        let device = MeterDevice::start(&key, next);
        Ok((key, device))
    }
}

/// Arguments of `energy new-meter`.
#[derive(Args, Debug)]
pub struct NewMeter {
    #[command(flatten)]
    device: DeviceFile,
    #[command(flatten)]
    market: MarketChoice,
    /// Keys of the household, as `tabella energy key` shows them
    #[arg(long, value_name = "KEYS")]
    household: PartyKeys,
    /// The first interval that it reads
    #[arg(long, value_name = "INTERVAL", default_value_t = 0)]
    first: u32,
    /// The most that its connection carries in an interval, in kWh, each way: no reading above it is taken, and the certifier signs it
    #[arg(long, value_name = "KWH")]
    ceiling: String,
    /// File of the request, for a certifier
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `energy certify`.
#[derive(Args, Debug)]
pub struct Certify {
    #[command(flatten)]
    certifier: IssuerFile,
    /// File of the request. Certify what you have installed and sealed yourself
    #[arg(value_name = "REQUEST")]
    request: PathBuf,
    /// File of the certificate
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `energy stop`.
#[derive(Args, Debug)]
pub struct Stop {
    #[command(flatten)]
    certifier: IssuerFile,
    /// Key of the meter, 64 hexadecimal digits
    #[arg(value_name = "METER", value_parser = hex_key)]
    meter: [u8; 32],
    /// The first interval that it does not read: one whose bids are still made or revealed, or a later one
    #[arg(long, value_name = "INTERVAL")]
    from: u32,
}

/// Arguments of `energy register`.
#[derive(Args, Debug)]
pub struct Register {
    /// File of the certificate
    #[arg(value_name = "CERTIFICATE")]
    certificate: PathBuf,
}

/// Arguments of `energy sign`.
#[derive(Args, Debug)]
pub struct Sign {
    #[command(flatten)]
    device: DeviceFile,
    /// Green Button (ESPI, XML) or CSV file: all of the market's intervals that it covers wholly, that the meter has not signed, and
    /// whose readings are still taken
    #[arg(long, value_name = "FILE", conflicts_with_all = ["interval", "produced", "consumed"], required_unless_present = "interval")]
    data: Option<PathBuf>,
    /// One interval
    #[arg(long, value_name = "INTERVAL", requires_all = ["produced", "consumed"])]
    interval: Option<u32>,
    /// What was produced in it, in kWh, as in 0.640
    #[arg(long, value_name = "KWH", requires = "interval")]
    produced: Option<String>,
    /// What was consumed in it, in kWh
    #[arg(long, value_name = "KWH", requires = "interval")]
    consumed: Option<String>,
    /// Folder for the readings: a file for each interval
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
}

/// Arguments of `energy attest`.
#[derive(Args, Debug)]
pub struct Attest {
    #[command(flatten)]
    owner: Owner,
    /// Files of signed readings; those that are on the ledger already are passed over
    #[arg(value_name = "READING", required = true)]
    readings: Vec<PathBuf>,
}

/// Arguments of `energy expose`.
#[derive(Args, Debug)]
pub struct Expose {
    /// File of one reading
    #[arg(value_name = "READING")]
    first: PathBuf,
    /// File of another one of the same meter and interval
    #[arg(value_name = "READING")]
    second: PathBuf,
}

/// Arguments of `energy readings`.
#[derive(Args, Debug)]
pub struct OwnReadings {
    #[command(flatten)]
    at: AtMarket,
}

/// Arguments of `energy mint`.
#[derive(Args, Debug)]
pub struct Mint {
    #[command(flatten)]
    at: AtMarket,
    /// Only this interval [default: all that are not minted]
    #[arg(long, value_name = "INTERVAL")]
    interval: Option<u32>,
    /// Address for the energy [default: the wallet's]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

impl NewMeter {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let (id, terms) = self.market.find(&node)?;
        let mut seed = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(seed.as_mut());
        let ceiling = amount::parse(&self.ceiling, ENERGY_DECIMALS).context("--ceiling")?;
        let most = amount::format(u128::from(MAX_CEILING), ENERGY_DECIMALS);
        ensure!((1..=MAX_CEILING).contains(&ceiling), "--ceiling is 0.001 to {most} kWh");
        let key = MeterKey::new(Seed::new(*seed), &terms, (id, self.household), (self.first, ceiling));
        create_key(&self.device.meter, &key, context)?;
        replace(&self.device.next(), self.first.to_string().as_bytes())?;
        files::write(&self.output, &key.request())?;
        context.output.show(&NewMeterShown {
            meter: hex::encode(key.record().meter.signer),
            key_file: self.device.meter,
            request: self.output,
        })
    }
}

impl Certify {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let request: MeterRequest = files::read(&self.request)?;
        let (_, terms) = find(&node, &request.record.market.to_string())?;
        let certificate = request.certify(&self.certifier.key(context)?, &terms)?;
        files::write(&self.output, &certificate)?;
        context.output.show(&Certified {
            meter: hex::encode(request.record.meter.signer),
            household: request.record.household.to_string(),
            first: request.record.first,
            ceiling: amount::format(u128::from(request.record.ceiling), ENERGY_DECIMALS),
            file: self.output,
        })
    }
}

impl Stop {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut node = ledger::open(context)?;
        let state = markets(&node)?;
        let signer = hex::encode(self.meter);
        let meter = state.meter(&self.meter).with_context(|| format!("there is no meter {signer} on this ledger"))?;
        let (id, terms) = find(&node, &meter.record.market.to_string())?;
        let by = terms.certifiers.get(usize::from(meter.certifier)).copied();
        let is_stopped = meter.until.is_some_and(|until| until <= self.from);
        let now = node.now()?;
        if let Some(until) = terms.revealed_by(self.from).filter(|until| now >= *until) {
            bail!(
                "the totals of interval {} are told since {}: stop the meter from a later one on",
                self.from,
                Time(until)
            );
        }
        let mut left_out = self.counted(&node, id)?;
        ensure!(
            !is_stopped || !left_out.is_empty(),
            "this meter is stopped already, and no reading of it from there on counts"
        );
        let mut transactions = Vec::new();
        if is_stopped {
            // Anybody leaves readings out of a meter that is stopped already.
            leave_out(&mut node, &left_out, &mut transactions)?;
        } else {
            let key = self.certifier.key(context)?;
            ensure!(by == Some(key.verifying_key().to_bytes()), "another key has certified this meter, and stops it");
            // One place is for the action that stops it.
            left_out.truncate(MAX_ACTIONS - 1);
            let stop = build::stop(&key, node.id(), (self.meter, self.from), &left_out);
            transactions.push(submit(&mut node, stop)?.digest.to_string());
            // What was put on the ledger meanwhile is left out as well: from here on there comes no more.
            let rest = self.counted(&node, id)?;
            leave_out(&mut node, &rest, &mut transactions)?;
            left_out.extend(rest);
        }
        let left_out = left_out.iter().map(|reading| reading.interval).collect();
        context.output.show(&Ended { meter: signer, from: self.from, left_out, transactions })
    }

    /// The meter's readings from there on that count in totals.
    fn counted(&self, node: &Ledger, market: MarketId) -> anyhow::Result<Vec<Reading>> {
        let readings = Readings::of_ledger(node, market)?;
        Ok(readings.counted(markets(node)?, self.meter, self.from).cloned().collect())
    }
}

fn leave_out(node: &mut Ledger, readings: &[Reading], transactions: &mut Vec<String>) -> anyhow::Result<()> {
    for some in readings.chunks(MAX_ACTIONS) {
        let transaction = build::leave_out(node.id(), some);
        transactions.push(submit(node, transaction)?.digest.to_string());
    }
    Ok(())
}

impl Register {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut node = ledger::open(context)?;
        let certificate: MeterCertificate = files::read(&self.certificate)?;
        let transaction = build::register(node.id(), &certificate);
        let accepted = submit(&mut node, transaction)?;
        context.output.show(&Registered {
            meter: hex::encode(certificate.request.record.meter.signer),
            transaction: accepted.digest.to_string(),
        })
    }
}

impl Sign {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let (key, mut device) = self.device.start(context)?;
        let (_, terms) = find(&node, &key.record().market.to_string())?;
        let (readings, incomplete) = match (&self.data, self.interval, &self.produced, &self.consumed) {
            (Some(path), ..) => {
                let data = read_data(path)?.by_interval(&terms);
                let data = data.with_context(|| format!("cannot use {}", path.display()))?;
                (data.readings, data.incomplete)
            }
            (None, Some(interval), Some(produced), Some(consumed)) => {
                let parse = |text: &str| amount::parse(text, ENERGY_DECIMALS);
                (BTreeMap::from([(interval, [parse(produced)?, parse(consumed)?])]), Vec::new())
            }
            _ => bail!("give --data, or --interval with --produced and --consumed"),
        };
        let first = device.next();
        let before = readings.range(..first).count();
        let now = node.now()?;
        if let Some(interval) = self.interval {
            still_taken(&terms, interval, now)?;
        }
        let (mut written, mut closed, mut over) = (Vec::new(), Vec::new(), Vec::new());
        for (interval, reading) in readings.range(first..) {
            if Standing::of(&terms, *interval, now) == Standing::Closed {
                closed.push(*interval);
                continue;
            }
            if self.data.is_some() && reading.iter().any(|read| *read > key.record().ceiling) {
                over.push(*interval);
                continue;
            }
            let signed = device.sign(*interval, *reading)?;
            // Kept before the reading leaves the device: else a second one could be signed after an interruption.
            replace(&self.device.next(), device.next().to_string().as_bytes())?;
            let path = self.output.join(format!("reading-{interval}"));
            files::write(&path, &signed)?;
            written.push(path);
        }
        if written.is_empty() && self.interval.is_some() {
            bail!("the meter signs each interval once and in order, and its next is {first}");
        }
        let next = device.next();
        context.output.show(&Signed { readings: written, signed_before: before, closed, over, incomplete, next })
    }
}

/// That the ledger takes a reading of an interval, now or once it has ended.
fn still_taken(terms: &MarketTerms, interval: u32, now: Timestamp) -> anyhow::Result<()> {
    let closes = terms.closes(interval).filter(|closes| now >= *closes);
    if let Some(closes) = closes {
        bail!("readings of interval {interval} were taken before {}: nothing is signed", Time(closes));
    }
    Ok(())
}

fn read_data(path: &Path) -> anyhow::Result<MeterData> {
    let bytes = files::read_bytes(path, MAX_BYTES as u64)?;
    let text = std::str::from_utf8(&bytes).with_context(|| format!("{} is no text in UTF-8", path.display()))?;
    MeterData::read(text).with_context(|| format!("cannot read {}", path.display()))
}

impl Attest {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (_, keys) = self.owner.open(context)?;
        let mut node = ledger::open(context)?;
        let mut all: Vec<SignedReading> = files::read_all(&self.readings)?;
        all.sort_by_key(|signed| (signed.reading.meter, signed.reading.interval));
        let mut done = Vec::new();
        for signed in all {
            let (meter, interval) = (signed.reading.meter, signed.reading.interval);
            let stored = markets(&node)?.reading(&meter, interval);
            if stored.is_some_and(|stored| stored.message == signed.reading.message()) {
                continue;
            }
            let known = markets(&node)?.meter(&meter);
            let unknown = || format!("meter {} is not registered on this ledger", hex::encode(meter));
            let record = known.with_context(unknown)?.record;
            let transaction = build::attest(&keys, node.id(), &record, &signed, &mut OsRng)?;
            let accepted = submit(&mut node, transaction);
            let accepted = accepted.with_context(|| format!("the reading of interval {interval} is not taken"))?;
            let what = format!("the reading of meter {} is on the ledger", hex::encode(meter));
            let transaction = accepted.digest.to_string();
            done.push(DoneRow { what, interval, energy: None, money: None, transaction });
        }
        context.output.show(&Done { nothing: "All of them are on the ledger already.", done })
    }
}

impl Expose {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut node = ledger::open(context)?;
        let readings: [SignedReading; 2] = [files::read(&self.first)?, files::read(&self.second)?];
        let transaction = build::expose(node.id(), &readings);
        let accepted = submit(&mut node, transaction)?;
        let sent = Sent { time: Time(accepted.time), transaction: accepted.digest.to_string() };
        context.output.show(&sent)
    }
}

impl OwnReadings {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (work, id, _) = self.at.begin(context)?;
        let readings = Readings::of_ledger(&work.node, id)?;
        let state = markets(&work.node)?;
        let show = |units: u64| amount::format(u128::from(units), ENERGY_DECIMALS);
        let rows = readings.own(&work.keys, state).map(|own| {
            let stored = state.reading(&own.meter, own.interval);
            ReadingRow {
                meter: hex::encode(own.meter),
                interval: own.interval,
                produced: show(own.produced.value().0),
                consumed: show(own.consumed.value().0),
                minted: stored.is_some_and(|stored| stored.is_minted),
                left_out: stored.is_some_and(|stored| stored.is_left_out),
            }
        });
        context.output.show(&ReadingsShown { readings: rows.collect() })
    }
}

impl Mint {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (mut work, id, terms) = self.at.begin(context)?;
        let readings = Readings::of_ledger(&work.node, id)?;
        let state = markets(&work.node)?;
        let is_due = |own: &tabella_energy::OwnReading| {
            let stored = state.reading(&own.meter, own.interval);
            let is_chosen = self.interval.is_none_or(|interval| interval == own.interval);
            is_chosen && own.produced.value().0 > 0 && stored.is_some_and(|stored| !stored.is_minted)
        };
        let due = readings.own(&work.keys, state).filter(is_due);
        // A meter that was stopped keeps no other from minting.
        let (due, stopped): (Vec<_>, Vec<_>) = due.partition(|own| own.is_good(state));
        if let (true, Some(own)) = (due.is_empty(), stopped.first()) {
            bail!("this meter is stopped, and mints nothing of interval {}: {}", own.interval, hex::encode(own.meter));
        }
        let energy = terms.energy_id()?;
        let mut done = Vec::new();
        for own in due {
            let mut holder = work.holder()?;
            let amount = own.produced.value().0;
            let entry = work.entry(&mut holder, (energy, amount), self.to, Blinding::Random)?;
            let with =
                build::mint(&work.keys, work.node.id(), &own, entry.context("nothing was produced")?, &mut OsRng)?;
            let sent = work.settle(&holder, with)?;
            let energy = Some(work.label(&energy).amount_and_name(u128::from(amount)));
            let what = "what was produced is a note now".to_owned();
            done.push(DoneRow { what, interval: own.interval, energy, money: None, transaction: sent.transaction });
        }
        context.output.show(&Done { nothing: "Nothing is to be minted.", done })
    }
}
