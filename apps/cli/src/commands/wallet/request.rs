//! Asking to be paid: a request as text and as a QR code.

use std::{fmt, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use qrcode::{
    EcLevel, QrCode,
    render::{svg, unicode::Dense1x2},
};
use serde::Serialize;
use tabella_payments::{
    holder::{Holder, PaymentOrder},
    request::{Decimal, PaymentRequest, RequestedPayment},
};
use tabella_protocol::note_encryption::Memo;

use super::{
    KeyFile,
    order::{Recipients, Wanted},
    read_key,
    send::ShownPayment,
};
use crate::{
    assets::{AssetLabel, resolve},
    cli::Context,
    commands::ledger,
    paths::{Readers, write_new},
};

/// Arguments of `wallet request`.
#[derive(Args, Debug)]
pub struct Request {
    /// Amount, as in 12.34
    #[arg(value_name = "AMOUNT")]
    amount: String,
    #[command(flatten)]
    file: KeyFile,
    /// Account of payments
    #[arg(long, value_name = "N", default_value_t = 0)]
    account: u32,
    /// Which of the account's addresses is to be paid to [default: the first to which nothing has come yet]
    #[arg(long, value_name = "N")]
    index: Option<u32>,
    /// Id of the asset, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// Message that comes back with the payment and only you read, as a number of an invoice; up to 512 bytes
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    memo: String,
    /// What the payer's wallet calls you
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// What the payer is told
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// Further payments of the same request: all are paid, or none
    #[command(flatten)]
    others: Recipients,
    /// Write the QR code to a file, too
    #[arg(long, value_name = "FILE.svg")]
    qr: Option<PathBuf>,
}

impl Request {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let mut wanted = Wanted::of(&self.others, &self.asset)?.into_iter().map(|wanted| wanted.order(&node));
        let others = wanted.by_ref().collect::<Result<Vec<_>, _>>()?;
        let assets = node.state().assets();
        let (asset, known) = resolve(assets, &self.asset)?;
        let amount = Decimal::new(&self.amount)?.units(known.description.decimals)?;
        let memo = Memo::from_text(&self.memo)?;
        let key = read_key(&self.file.path(context)?, context)?;
        let mut holder = Holder::new(key.seed(), self.account);
        let to = match self.index {
            Some(index) => holder.wallet().address(index),
            None => {
                holder.read(&node)?;
                holder.next_address()
            }
        };
        let orders: Vec<_> = [PaymentOrder { to, asset, amount, memo }].into_iter().chain(others).collect();
        let payments = orders.iter().enumerate().map(|(index, order)| {
            let first = index == 0;
            let amount = AssetLabel::of(assets, &order.asset).amount(u128::from(order.amount.0));
            Ok(RequestedPayment {
                to: order.to,
                asset: order.asset,
                amount: Decimal::new(&amount)?,
                memo: order.memo.clone(),
                label: self.label.clone().filter(|_| first),
                message: self.message.clone().filter(|_| first),
            })
        });
        let payments = payments.collect::<anyhow::Result<_>>()?;
        let request = PaymentRequest::new(Some(node.id()), payments)?.to_string();
        let code = code(&request)?;
        if let Some(path) = &self.qr {
            let image = code.render::<svg::Color<'_>>().min_dimensions(320, 320).build();
            write_new(path, image.as_bytes(), Readers::Default)?;
        }
        context.output.show(&Requested {
            request,
            payments: orders.iter().map(|order| ShownPayment::new(&node, order)).collect(),
            qr: self.qr,
            code,
        })
    }
}

/// The code with as much redundancy as fits: less of it makes longer requests fit.
fn code(text: &str) -> anyhow::Result<QrCode> {
    QrCode::with_error_correction_level(text, EcLevel::M)
        .or_else(|_| QrCode::with_error_correction_level(text, EcLevel::L))
        .with_context(|| format!("the request has {} bytes, more than a QR code holds: shorten its texts", text.len()))
}

#[derive(Serialize)]
struct Requested {
    request: String,
    payments: Vec<ShownPayment>,
    /// File of the QR code.
    qr: Option<PathBuf>,
    #[serde(skip)]
    code: QrCode,
}

impl fmt::Display for Requested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Terminals are dark as a rule, and readers of codes want them dark on light.
        let code = self.code.render::<Dense1x2>().dark_color(Dense1x2::Dark).light_color(Dense1x2::Light).build();
        writeln!(f, "{code}\n")?;
        for payment in &self.payments {
            writeln!(f, "{payment}")?;
        }
        writeln!(f, "{}", self.request)?;
        if let Some(path) = &self.qr {
            writeln!(f, "\nQR code      {}", path.display())?;
        }
        Ok(())
    }
}
