//! The routes. docs/node.md describes each.

pub(crate) mod applications;
pub(crate) mod assets;
pub(crate) mod blocks;
pub(crate) mod boards;
pub(crate) mod elections;
pub(crate) mod events;
pub(crate) mod ledger;
pub(crate) mod logs;
pub(crate) mod operation;
pub(crate) mod record;
pub(crate) mod transactions;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::state::App;

/// Which part of a list.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// How many you have.
    #[serde(default)]
    pub(crate) after: u64,
    /// How many you want at most.
    pub(crate) limit: Option<u32>,
}

impl Page {
    /// The limit, between 1 and the most that there may be.
    pub(crate) fn limit(self, default: u32, most: u32) -> u32 {
        self.limit.unwrap_or(default).clamp(1, most)
    }
}

/// All routes.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/v1/transactions", post(transactions::submit))
        .route("/v1/transactions/{digest}", get(transactions::transaction))
        .route("/v1/ledger", get(ledger::ledger))
        .route("/v1/blocks", get(blocks::blocks))
        .route("/v1/blocks/{height}", get(blocks::block))
        .route("/v1/entries", get(blocks::entries))
        .route("/v1/logs", get(logs::logs))
        .route("/v1/logs/{log}/checkpoint", get(logs::checkpoint))
        .route("/v1/logs/{log}/inclusion", get(logs::inclusion))
        .route("/v1/logs/{log}/consistency", get(logs::consistency))
        .route("/v1/logs/{log}/tile/{level}/{*index}", get(logs::tile))
        .route("/v1/elections", get(elections::elections))
        .route("/v1/elections/{id}", get(elections::election))
        .route("/v1/elections/{id}/manifest", get(elections::manifest))
        .route("/v1/elections/{id}/opening", get(elections::opening))
        .route("/v1/elections/{id}/entries", get(elections::entries))
        .route("/v1/elections/{id}/record", get(record::record))
        .route("/v1/elections/{id}/receipts/{tracker}", get(record::receipt))
        .route("/v1/elections/{id}/turnout", get(elections::turnout))
        .route("/v1/assets", get(assets::assets))
        .route("/v1/assets/{id}", get(assets::asset))
        .route("/v1/applications", get(applications::applications))
        .route("/v1/applications/{name}", get(applications::instances))
        .route("/v1/applications/{name}/{id}", get(applications::instance))
        .route("/v1/keys", get(ledger::keys))
        .route("/v1/keys/{hash}", get(ledger::key))
        .route("/v1/events", get(events::events))
        .route("/v1/boards", get(boards::list).post(boards::open))
        .route("/v1/boards/{board}", get(boards::board))
        .route("/v1/boards/{board}/messages", get(boards::messages).post(boards::post))
        .route("/v1/boards/{board}/messages/{sequence}", get(boards::message))
        .route("/v1/boards/{board}/registrations", post(boards::register))
        .route("/v1/boards/{board}/registrations/query", post(boards::registrations))
        .route("/v1/boards/{board}/invitations/{id}", get(boards::invitation))
        .route("/healthz", get(operation::healthz))
        .route("/readyz", get(operation::readyz))
        .route("/metrics", get(operation::metrics))
        .route("/openapi.json", get(operation::openapi))
        .route("/docs", get(operation::docs))
        .route("/docs.css", get(operation::docs_style))
        .route("/problems/{name}", get(operation::problem))
        .fallback(operation::page)
        .method_not_allowed_fallback(operation::method_not_allowed)
        // Bodies are read with limits of their own.
        .layer(DefaultBodyLimit::disable())
}
