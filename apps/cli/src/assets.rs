//! Assets as commands name and show them.

use anyhow::bail;
use serde::Serialize;
use tabella_payments::amount;
use tabella_protocol::note::AssetId;
use tabella_verifier::assets::{AssetState, Assets};

use crate::{
    bytes::bytes32,
    output::{ExitKind, visible},
};

/// The asset that a text names: its id (64 hexadecimal digits), or its name if only one asset has it. Anybody can issue
/// an asset under any name, so the id is what counts.
///
/// # Errors
/// If there is no such asset, or more than one.
pub fn resolve<'a>(assets: &'a Assets, text: &str) -> anyhow::Result<(AssetId, &'a AssetState)> {
    if let Some(bytes) = bytes32(text) {
        let known = AssetId::from_bytes(&bytes).and_then(|id| Some((id, assets.get(&id)?)));
        return known.ok_or_else(|| {
            ExitKind::missing(format!("there is no asset {text} on this ledger: `tabella asset list`"))
        });
    }
    let named: Vec<_> = assets.iter().filter(|(_, state)| state.description.name == text).collect();
    match named.as_slice() {
        [one] => Ok(*one),
        [] => Err(ExitKind::missing(format!(
            "there is no asset named \"{}\" on this ledger: `tabella asset list`",
            visible(text)
        ))),
        several => {
            let ids: Vec<String> = several.iter().map(|(id, _)| id.to_string()).collect();
            bail!("{} assets are named \"{}\": give the id of one, {}", ids.len(), visible(text), ids.join(" or "))
        }
    }
}

/// How an asset's amounts are shown.
#[derive(Clone, Debug, Serialize)]
pub struct AssetLabel {
    /// The id.
    pub asset: String,
    /// The name that its issuer gave it.
    pub name: String,
    /// Digits after the point.
    pub decimals: u8,
}

impl AssetLabel {
    /// The label of an asset; one that the ledger does not know shows its id and its smallest unit.
    #[must_use]
    pub fn of(assets: &Assets, id: &AssetId) -> Self {
        let description = assets.get(id).map(|state| &state.description);
        Self {
            asset: id.to_string(),
            name: description.map_or_else(|| "(unknown)".into(), |description| description.name.clone()),
            decimals: description.map_or(0, |description| description.decimals),
        }
    }

    /// An amount with all of its decimals.
    #[must_use]
    pub fn amount(&self, units: u128) -> String {
        amount::format(units, self.decimals)
    }

    /// An amount with the asset's name, for people.
    #[must_use]
    pub fn amount_and_name(&self, units: u128) -> String {
        format!("{} {}", self.amount(units), visible(&self.name))
    }
}
