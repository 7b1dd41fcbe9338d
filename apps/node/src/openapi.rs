//! The description of the interface: one document, for programs. `docs` makes a page of it for people.

use std::sync::OnceLock;

use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::routes::{
    applications, assets, blocks, boards, elections, events, ledger, logs, operation, record, transactions,
};

/// An error (RFC 9457). Some have more members.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// `/problems/<name>`.
    r#type: String,
    title: String,
    status: u16,
    detail: String,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tabella node",
        description = "A ledger for secret, verifiable voting and private payments. \
        What the node answers is verified by whoever asks; docs/node.md in the source says how."
    ),
    paths(
        transactions::submit,
        transactions::transaction,
        ledger::ledger,
        blocks::blocks,
        blocks::block,
        blocks::entries,
        logs::logs,
        logs::checkpoint,
        logs::inclusion,
        logs::consistency,
        logs::tile,
        elections::elections,
        elections::election,
        elections::manifest,
        elections::opening,
        elections::entries,
        record::record,
        record::receipt,
        elections::turnout,
        assets::assets,
        assets::asset,
        applications::applications,
        applications::instances,
        applications::instance,
        ledger::keys,
        ledger::key,
        events::events,
        boards::list,
        boards::open,
        boards::board,
        boards::messages,
        boards::post,
        boards::message,
        boards::register,
        boards::registrations,
        boards::invitation,
        operation::healthz,
        operation::readyz,
        operation::metrics,
    ),
    tags(
        (name = "transactions", description = "What changes the ledger. Everything is proved and signed before it comes here."),
        (name = "ledger", description = "The ledger itself: its identity, its blocks, its own entries."),
        (name = "logs", description = "The transparency logs: signed checkpoints, and proofs that an entry is there and that nothing was taken away."),
        (name = "elections", description = "Elections as the ledger has them, their records and receipts."),
        (name = "assets", description = "Assets and what was issued of each."),
        (name = "applications", description = "Applications that the ledger has beside elections and assets, and what each of their instances shows to everybody."),
        (name = "keys", description = "Files of proving and verifying keys, by the hash of their content."),
        (name = "events", description = "What happens, while it happens: server-sent events."),
        (name = "board", description = "What happens before an election is on the ledger, and between trustees and authority: signed messages that the node keeps and does not read."),
        (name = "operation", description = "For whoever runs the node."),
    ),
    components(schemas(ProblemBody, blocks::Order))
)]
struct Description;

/// The document.
pub(crate) fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| Description::openapi().to_json().unwrap_or_else(|_| "{}".to_owned()))
}
