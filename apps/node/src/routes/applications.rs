//! Applications: what stands in each instance is for the application to say.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tabella_verifier::application::{InstanceId, Picture};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{self, Answer, Path, Query},
    problem::Problem,
    state::App,
    view::View,
};

/// Instances of a page.
const INSTANCES: (u32, u32) = (100, 500);

/// An application of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApplicationRow {
    /// Its name in URLs.
    name: &'static str,
    /// Its name in actions and guards: eight bytes in hexadecimal.
    id: String,
}

/// Applications.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApplicationList {
    applications: Vec<ApplicationRow>,
}

/// One thing that an application keeps: a campaign, a letter of credit, a work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InstanceRow {
    id: String,
    /// What everybody may know of it; its form is the application's.
    state: Value,
}

/// Instances.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InstanceList {
    instances: Vec<InstanceRow>,
    /// `after` of the next page.
    next: Option<String>,
}

/// Which instances.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct InstanceQuery {
    /// Id of the last instance that you have.
    after: Option<String>,
    limit: Option<u32>,
}

fn read_id(text: &str) -> Result<InstanceId, Problem> {
    let mut bytes = [0; 32];
    let decoded = hex::decode_to_slice(text, &mut bytes);
    decoded.map_err(|_| Problem::malformed("an instance's id has 64 hexadecimal digits"))?;
    Ok(InstanceId(bytes))
}

fn find<'v>(view: &'v View, name: &str) -> Result<&'v dyn Picture, Problem> {
    let unknown = || Problem::not_found("the ledger has no application of this name: /v1/applications lists them");
    view.application(name).map(|picture| &**picture).ok_or_else(unknown)
}

/// The applications of the ledger that show their state.
#[utoipa::path(get, path = "/v1/applications", tag = "applications",
    responses((status = 200, body = ApplicationList), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn applications(State(app): State<App>) -> Answer {
    let row = |shown: &tabella_verifier::application::Shown| ApplicationRow {
        name: shown.name(),
        id: hex::encode(shown.id().0),
    };
    http::json(&ApplicationList { applications: app.shown.iter().map(row).collect() })
}

/// What an application keeps.
#[utoipa::path(get, path = "/v1/applications/{name}", tag = "applications", params(("name" = String, Path), InstanceQuery),
    responses((status = 200, body = InstanceList), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn instances(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<InstanceQuery>,
) -> Answer {
    let view = app.view();
    let picture = find(&view, &name)?;
    let after = query.after.as_deref().filter(|text| !text.is_empty()).map(read_id).transpose()?;
    let limit = query.limit.unwrap_or(INSTANCES.0).clamp(1, INSTANCES.1) as usize;
    let mut page = picture.page(after, limit + 1, app.now());
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|(id, _)| id.to_string());
    let row = |(id, state): (InstanceId, Value)| InstanceRow { id: id.to_string(), state };
    http::json(&InstanceList { instances: page.into_iter().map(row).collect(), next })
}

/// One of them.
#[utoipa::path(get, path = "/v1/applications/{name}/{id}", tag = "applications",
    params(("name" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = InstanceRow), (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn instance(State(app): State<App>, Path((name, id)): Path<(String, String)>) -> Answer {
    let (view, id) = (app.view(), read_id(&id)?);
    let state = find(&view, &name)?.instance(&id, app.now());
    let state = state.ok_or_else(|| Problem::not_found("the application keeps nothing of this id"))?;
    http::json(&InstanceRow { id: id.to_string(), state })
}
