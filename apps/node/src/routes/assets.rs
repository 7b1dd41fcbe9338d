//! Assets.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tabella_protocol::{asset::AssetClass, note::AssetId};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{self, Answer, Path, Query},
    problem::Problem,
    state::App,
    view::AssetView,
};

/// Assets of a page.
const ASSETS: (u32, u32) = (100, 500);

/// An asset. Amounts are decimal texts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssetRow {
    id: String,
    name: String,
    /// Ed25519 key of the issuer.
    issuer: String,
    decimals: u8,
    /// `ordinary` or `named`.
    class: &'static str,
    cap: String,
    issued: String,
    issues: u64,
    sealed: bool,
    uid: Option<String>,
    body: Option<String>,
}

/// Assets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssetList {
    assets: Vec<AssetRow>,
    /// `after` of the next page.
    next: Option<String>,
}

/// Which assets.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AssetQuery {
    /// Id of the last asset that you have.
    after: Option<String>,
    limit: Option<u32>,
}

impl From<&AssetView> for AssetRow {
    fn from(asset: &AssetView) -> Self {
        let description = &asset.state.description;
        Self {
            id: hex::encode(asset.id.to_bytes()),
            name: description.name.clone(),
            issuer: hex::encode(description.issuer),
            decimals: description.decimals,
            class: match description.class {
                AssetClass::Ordinary => "ordinary",
                AssetClass::Named => "named",
            },
            cap: description.cap.to_string(),
            issued: asset.state.issued.to_string(),
            issues: asset.state.next,
            sealed: asset.state.sealed,
            uid: description.uid.map(hex::encode),
            body: (description.body != [0; 32]).then(|| hex::encode(description.body)),
        }
    }
}

fn read_id(text: &str) -> Result<AssetId, Problem> {
    let mut bytes = [0; 32];
    let decoded = hex::decode_to_slice(text, &mut bytes).ok().and_then(|()| AssetId::from_bytes(&bytes));
    decoded.ok_or_else(|| Problem::malformed("an asset's id has 64 hexadecimal digits"))
}

/// All assets.
#[utoipa::path(get, path = "/v1/assets", tag = "assets", params(AssetQuery),
    responses((status = 200, body = AssetList), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn assets(State(app): State<App>, Query(query): Query<AssetQuery>) -> Answer {
    let view = app.view();
    let after = query.after.as_deref().filter(|text| !text.is_empty()).map(read_id).transpose()?;
    let limit = query.limit.unwrap_or(ASSETS.0).clamp(1, ASSETS.1) as usize;
    let start = after.map_or(0, |after| view.assets.partition_point(|asset| asset.id.to_bytes() <= after.to_bytes()));
    let rows: Vec<AssetRow> = view.assets.iter().skip(start).take(limit).map(AssetRow::from).collect();
    let more = start + rows.len() < view.assets.len();
    let next = rows.last().filter(|_| more).map(|last| last.id.clone());
    http::json(&AssetList { assets: rows, next })
}

/// An asset.
#[utoipa::path(get, path = "/v1/assets/{id}", tag = "assets", params(("id" = String, Path)),
    responses((status = 200, body = AssetRow), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn asset(State(app): State<App>, Path(id): Path<String>) -> Answer {
    let (id, view) = (read_id(&id)?, app.view());
    let asset = view.assets.iter().find(|asset| asset.id == id);
    http::json(&AssetRow::from(asset.ok_or_else(|| Problem::not_found("there is no asset of this id"))?))
}
