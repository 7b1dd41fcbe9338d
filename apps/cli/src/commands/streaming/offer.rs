//! Before a session: keys, offers, the prepayment.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use tabella_payments::amount;
use tabella_protocol::note::{NoteValue, Timestamp};
use tabella_prover::account::AmountOpening;
use tabella_streaming::{
    Offer, OfferOrder, build,
    rules::{SessionId, ViewerKeys},
};

use super::{
    Owner, Work,
    show::{OfferShown, Opened, OwnKeys},
};
use crate::{
    assets::{AssetLabel, resolve},
    cli::Context,
    elections::files,
    output::visible,
};

/// Arguments of `streaming key`.
#[derive(Args, Debug)]
pub struct Key {
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `streaming offer`.
#[derive(Args, Debug)]
pub struct MakeOffer {
    #[command(flatten)]
    owner: Owner,
    /// The viewer's keys, as `tabella streaming key` shows them
    #[arg(long, value_name = "KEYS")]
    viewer: ViewerKeys,
    /// Id of the asset, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// What a tick costs, as in 0.05
    #[arg(long, value_name = "AMOUNT")]
    rate: String,
    /// Let everybody see what a tick costs
    #[arg(long)]
    public: bool,
    /// How many ticks are prepaid
    #[arg(long, value_name = "N")]
    ticks: u32,
    /// Length of a tick in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    tick_seconds: u32,
    /// Days until the session expires
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=3650))]
    within: u64,
    /// Minutes in which a higher tick may be shown after one party alone has ended the session
    #[arg(long, value_name = "MINUTES", default_value_t = 1_440, value_parser = clap::value_parser!(u32).range(1..=43_200))]
    dispute: u32,
    /// File of the offer
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `streaming check-offer`.
#[derive(Args, Debug)]
pub struct CheckOffer {
    #[command(flatten)]
    owner: Owner,
    /// File of the offer
    #[arg(value_name = "OFFER")]
    offer: PathBuf,
}

/// Arguments of `streaming open`.
#[derive(Args, Debug)]
pub struct Open {
    #[command(flatten)]
    owner: Owner,
    /// File of the offer
    #[arg(value_name = "OFFER")]
    offer: PathBuf,
    /// Id of the session, as `tabella streaming check-offer` shows it: an offer of any other terms is refused
    #[arg(long, value_name = "SESSION")]
    session: SessionId,
    /// What you mean to pay with: id of the asset, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// The most to prepay for all ticks together, as in 12.34; more is refused
    #[arg(long, value_name = "AMOUNT")]
    at_most: String,
}

impl Key {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (_, keys) = self.owner.open(context)?;
        context.output.show(&OwnKeys { keys: keys.public().to_string() })
    }
}

impl MakeOffer {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let assets = work.node.state().assets();
        let (asset, _) = resolve(assets, &self.asset)?;
        let label = AssetLabel::of(assets, &asset);
        let now = work.node.now()?.seconds();
        let order = OfferOrder {
            viewer: self.viewer,
            asset,
            rate: NoteValue(amount::parse(&self.rate, label.decimals)?),
            public: self.public,
            max_ticks: self.ticks,
            tick_seconds: self.tick_seconds,
            expires: Timestamp::new(now.saturating_add(self.within.saturating_mul(86_400)))
                .context("a session that expires so late is none")?,
            dispute_seconds: self.dispute.saturating_mul(60),
        };
        let length = u64::from(order.max_ticks).saturating_mul(u64::from(order.tick_seconds));
        if length > self.within.saturating_mul(86_400) {
            bail!(
                "{} ticks of {} s take longer than the {} days of --within",
                self.ticks,
                self.tick_seconds,
                self.within
            );
        }
        let offer = Offer::new(&work.keys, work.node.id(), &order, &mut OsRng)?;
        files::write(&self.output, &offer)?;
        let rate = AmountOpening::public(order.rate);
        context.output.show(&OfferShown::new(&offer, &rate, label, Some(self.output)))
    }
}

impl CheckOffer {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let (offer, rate) = read_offer(&work, &self.offer)?;
        let label = work.label(&offer.terms.asset);
        context.output.show(&OfferShown::new(&offer, &rate, label, None))
    }
}

impl Open {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.owner.begin(context)?;
        let (offer, rate) = read_offer(&work, &self.offer)?;
        let label = work.label(&offer.terms.asset);
        if offer.session() != self.session {
            bail!("the offer is of another session than {}: check it before you pay", self.session);
        }
        if resolve(work.node.state().assets(), &self.asset)?.0 != offer.terms.asset {
            bail!("the offer asks for another asset than --asset names: {} ({})", visible(&label.name), label.asset);
        }
        let prepayment =
            build::prepayment(&offer.terms, &rate).context("all ticks together cost more than can be paid")?;
        let most = amount::parse(&self.at_most, label.decimals)?;
        if prepayment.0 > most {
            let show = |units: u64| label.amount_and_name(u128::from(units));
            bail!("the session costs {}, and --at-most allows {}", show(prepayment.0), show(most));
        }
        let mut holder = work.holder()?;
        let (asset, blinding) = (offer.terms.asset, build::blinding(&offer.terms));
        let transfer =
            work.ready(&mut holder, |holder, at| holder.prepare_exit(at, asset, prepayment, blinding, &mut OsRng))?;
        let with = build::open(&work.keys, &offer, &rate, transfer, &mut OsRng)?;
        let accepted = work.settle(&holder, with)?;
        context.output.show(&Opened {
            prepaid: label.amount(u128::from(prepayment.0)),
            offer: OfferShown::new(&offer, &rate, label, None),
            transaction: accepted.digest.to_string(),
        })
    }
}

/// An offer that the viewer may take, and its price.
fn read_offer(work: &Work<'_>, path: &Path) -> anyhow::Result<(Offer, AmountOpening)> {
    let offer: Offer = files::read(path)?;
    let rate = offer.check(&work.keys, work.node.id(), work.node.now()?);
    Ok((offer, rate.with_context(|| format!("{} is not an offer to take", path.display()))?))
}
