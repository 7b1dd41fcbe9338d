//! Things into the registry, and notes for their owners.

use tabella_desk::{Field, Form, Kind, Message, Outcome, Stop, Value, Values, Words, Work, say, short, words};
use tabella_protocol::{
    note::AssetId,
    transaction::{Transaction, TransactionDigest},
};
use tabella_provenance_rules::{
    Provenance,
    action::{Batch, ProvenanceAction, Role},
    attribute::Value as AttributeValue,
    schema::Schema,
};

use super::{
    ISSUER, KIND, KIND_LABEL, MEASURED, NUMBER, REGISTRAR, REGISTRY, REGISTRY_LABEL, THING_LABEL, TOLD_APART, code,
    keys_of, kind, kind_words, lines, registry_of, stone,
};
use crate::{
    batch::{BatchError, Prepared, Setting, prepare},
    build::{self, BuildError, ClaimRequest},
    files::{BatchForApproval, MarkKeyFile},
    table::Columns,
};

pub(super) const REGISTER: Form = Form {
    id: "register",
    role: ISSUER,
    title: words("Certify and register a thing", "물건을 감정하여 등록"),
    about: words(
        "Its attributes stay in the certificate, which you give to its owner; the ledger gets hashes. If others of the \
         same measures are registered, you say by registering that you have told it apart from them; if one of them is \
         of another issuer, or if measures are missing, the registrar must approve, and you are given a file for it.",
        "속성은 감정서에만 적히고 원장에는 해시만 기록됩니다. 감정서를 소유자에게 주십시오. 크기가 같은 물건이 이미 있으면, \
         등록은 그것과 다른 물건임을 확인했다는 뜻입니다. 그 가운데 다른 발급자의 것이 있거나 크기를 적지 않았으면 등록 기관의 \
         승인이 필요하므로 승인을 받을 파일을 드립니다.",
    ),
    fields: &[
        REGISTRY,
        Field::new("marks", words("Key of the registry’s marks", "등록부의 표지 키"), Kind::File)
            .hint(words("From the registrar.", "등록 기관이 준 파일입니다.")),
        KIND,
        Field::new("attributes", words("Attributes", "속성"), Kind::Lines).hint(words(
            "A line for each, as in carat: 1.02 or colour: E. \"Show the attributes of a kind\" lists them. What is \
             not known is left out.",
            "한 줄에 하나씩 carat: 1.02, colour: E처럼 적으십시오. 이름은 \"종류의 속성 보기\"에 있습니다. 모르는 것은 적지 \
             않습니다.",
        )),
        Field::new("holder", words("Key of the owner", "소유자의 키"), Kind::Id).hint(words(
            "Who may have the note made: \"Show my keys\" shows it to the owner, as a holder.",
            "노트를 신청할 사람의 키입니다. 소유자가 \"내 키 보기\"에서 볼 수 있습니다.",
        )),
        Field::new(
            "told-apart",
            words("Look-alikes that it was compared with", "비교를 마친 비슷한 물건 수"),
            Kind::Number { least: 0, most: u32::MAX as u64 },
        )
        .hint(words(
            "Left empty: 0. If there are others of the same measures, you are told how many; compare it with each of \
             them first.",
            "비워 두면 0입니다. 크기가 같은 물건이 있으면 몇 개인지 알려 드립니다. 먼저 하나하나 비교하십시오.",
        ))
        .optional(),
        NUMBER,
    ],
    proves: false,
};

const DIGEST_LABEL: Words = words("Digest", "해시");
const BATCH: Field = Field::new("batch", words("Batch to approve", "승인할 묶음"), Kind::File)
    .hint(words("From its issuer.", "발급자가 준 파일입니다."));
const CLAIM: Field = Field::new("claim", words("Claim", "노트 신청서"), Kind::File)
    .hint(words("From the owner.", "소유자가 준 파일입니다."));

pub(super) const REVIEW_BATCH: Form = Form {
    id: "review-batch",
    role: REGISTRAR,
    title: words("Look at a batch", "묶음 살펴보기"),
    about: words(
        "Who registers how many things, how many look like others, and how many were not measured. Nothing is signed. The \
         digest stands for exactly this batch: approve it by that.",
        "누가 몇 개를 등록하는지, 비슷한 물건과 크기를 재지 않은 물건이 몇 개인지 봅니다. 아무것도 서명하지 않습니다. 해시는 바로 이 \
         묶음을 뜻하므로 승인할 때 적으십시오.",
    ),
    fields: &[BATCH],
    proves: false,
};

pub(super) const APPROVE: Form = Form {
    id: "approve",
    role: REGISTRAR,
    title: words("Approve a batch", "묶음 승인"),
    about: words(
        "You sign that what looks alike in it and in the registry are different things, and that what was not measured is \
         none of those registered before. Look at it, and compare them, first.",
        "비슷해 보이는 것들이 서로 다른 물건이며, 크기를 재지 않은 것은 이미 등록된 물건이 아님을 서명합니다. 먼저 살펴보고 \
         비교하십시오.",
    ),
    fields: &[
        BATCH,
        Field::new("digest", DIGEST_LABEL, Kind::Id).hint(words(
            "As \"Look at a batch\" shows it. Any other batch is refused.",
            "\"묶음 살펴보기\"에 나오는 값입니다. 다른 묶음은 거절됩니다.",
        )),
        NUMBER,
    ],
    proves: false,
};

pub(super) const REVIEW_CLAIM: Form = Form {
    id: "review-claim",
    role: ISSUER,
    title: words("Look at a claim", "노트 신청 살펴보기"),
    about: words(
        "Of which things notes are asked for, and by whom. Nothing is signed. The digest stands for exactly this claim: \
         grant it by that.",
        "어느 물건의 노트를 누가 신청했는지 봅니다. 아무것도 서명하지 않습니다. 해시는 바로 이 신청을 뜻하므로 승인할 때 적으십시오.",
    ),
    fields: &[CLAIM],
    proves: false,
};

pub(super) const GRANT: Form = Form {
    id: "grant",
    role: ISSUER,
    title: words("Grant a claim", "노트 신청 승인"),
    about: words(
        "The notes of the things are made, at the owner’s address. Look at the claim first.",
        "물건의 노트가 소유자의 주소에 만들어집니다. 먼저 신청서를 살펴보십시오.",
    ),
    fields: &[
        CLAIM,
        Field::new("digest", DIGEST_LABEL, Kind::Id).hint(words(
            "As \"Look at a claim\" shows it. Any other claim is refused.",
            "\"노트 신청 살펴보기\"에 나오는 값입니다. 다른 신청은 거절됩니다.",
        )),
        NUMBER,
    ],
    proves: false,
};

/// The attributes of a thing, as they are written: a name and a value in each line.
fn attributes(schema: Schema, values: &Values) -> Result<Vec<AttributeValue>, Stop> {
    let wrong = |message: Message| Stop::at("attributes", message);
    let (mut names, mut cells) = (Vec::new(), Vec::new());
    for line in lines(values, "attributes") {
        let (name, cell) = line
            .split_once(':')
            .ok_or_else(|| wrong(say!("\"{line}\": write NAME: VALUE", "“{line}”: ‘이름: 값’으로 적으십시오")))?;
        names.push(name.trim().to_owned());
        cells.push(cell.trim());
    }
    let unknown =
        |name: &str| wrong(say!("a {schema} has no attribute \"{name}\"", "{schema}에 없는 속성입니다: ‘{name}’"));
    let columns = Columns::new(schema, &names, &[], None).map_err(|error| match error {
        crate::table::TableError::Twice(name) => {
            wrong(say!("attribute {name} is there twice", "속성 {name}이(가) 두 번 나옵니다"))
        }
        crate::table::TableError::Nothing => unknown(names.first().map_or("", String::as_str)),
        other => wrong(other.into()),
    })?;
    if let Some(name) = columns.ignored().first() {
        return Err(unknown(name));
    }
    columns.row(0, cells.into_iter()).map_err(|error| wrong(error.into()))
}

fn refused(error: BatchError) -> Stop {
    match error {
        BatchError::UnknownRegistry(_) => Stop::at("registry", error),
        BatchError::MarkKey => Stop::at("marks", error),
        BatchError::Unauthorised => Stop::at(
            "number",
            words(
                "the registrar has not authorised this issuer: ask for it, with the key that \"Show my keys\" shows",
                "등록기관이 허가하지 않은 발행자입니다. ‘내 키 보기’에 나오는 키로 허가를 요청하십시오",
            ),
        ),
        BatchError::Value { error, .. } => Stop::at("attributes", error),
        BatchError::Identity { error, .. } => Stop::at("attributes", error),
        other => other.into(),
    }
}

pub(super) fn register(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = keys_of(values, work)?;
    let (registry, known) = registry_of(values, work)?;
    let marks: MarkKeyFile = values.decode("marks")?;
    if marks.registry != registry {
        return Err(Stop::at(
            "marks",
            say!("it is the key of another registry, {}", "다른 등록부의 키입니다: {}", marks.registry),
        ));
    }
    let (schema, ledger) = (kind(values)?, work.state.id());
    let things = vec![attributes(schema, values)?];
    let setting = Setting { ledger, registry, schema, holder: values.bytes32("holder")? };
    let rules = work.rules::<Provenance>()?;
    let Prepared { batch, mut certificates, look_alikes: _ } =
        prepare(&keys, &marks.key, rules, &setting, things).map_err(refused)?;
    let marks = batch.stones.iter().flat_map(|stone| &stone.marks);
    if let Some(asset) = marks.filter_map(|mark| rules.marked(registry, *mark)).next() {
        return Err(Stop::at(
            "attributes",
            say!("this thing is registered already, as {asset}", "이미 {asset}(으)로 등록된 물건입니다"),
        ));
    }
    let told_apart: u32 = batch.stones.iter().filter_map(|stone| stone.likeness).map(|one| one.told_apart).sum();
    if values.optional::<u32>("told-apart")?.unwrap_or(0) != told_apart {
        let message = say!(
            "things of the same measures in the registry: {told_apart}. Compare this one with each of them, and write \
             {told_apart} only if it is none of them",
            "등록부에 치수가 같은 물건이 {told_apart}개 있습니다. 하나씩 비교하고, 그 가운데 하나가 아닐 때에만 {told_apart}을(를) 적으십시오"
        );
        return Err(Stop::at("told-apart", message));
    }
    let certificate = certificates.pop().ok_or(BatchError::Size)?;
    let asset = certificate.asset().ok_or(BatchError::Size)?;
    let name = short(asset);
    let (is_approved, unmeasured) = (batch.is_approved, batch.unmeasured());
    let transaction = build::register(&keys, ledger, batch);
    let outcome = if is_approved {
        let file = BatchForApproval { transaction };
        Outcome::new().give_file(format!("{name}.batch"), &file).show(
            words("Next", "다음 할 일"),
            words(
                "Give the batch to the registrar, who approves it.",
                "묶음 파일을 등록 기관에 주어 승인을 받으십시오.",
            ),
        )
    } else {
        Outcome::submit(transaction)
    };
    let outcome = outcome
        .show(THING_LABEL, code(asset))
        .show(REGISTRY_LABEL, known.registry.name.as_str())
        .give_file(format!("{name}.certificate"), &certificate);
    Ok(match schema.has_measures() {
        true if unmeasured > 0 => outcome.show(MEASURED, false),
        true => outcome.show(MEASURED, true).show(TOLD_APART, Value::number(told_apart)),
        false => outcome,
    })
}

/// The batch of a file, and the transaction that registers it.
fn batch(values: &Values, work: &Work<'_>) -> Result<(Batch, Transaction), Stop> {
    let BatchForApproval { transaction } = values.decode("batch")?;
    if transaction.effects.ledger != work.state.id() {
        return Err(Stop::at("batch", words("it is for another ledger", "다른 원장의 것입니다")));
    }
    let body = transaction.effects.actions.first().and_then(|action| borsh::from_slice(&action.body).ok());
    match body {
        Some(ProvenanceAction::Register(batch)) => Ok((*batch, transaction)),
        _ => Err(Stop::at("batch", words("it holds no batch", "묶음이 들어 있지 않습니다"))),
    }
}

/// What a registrar approves.
fn show_batch(outcome: Outcome, work: &Work<'_>, batch: &Batch, digest: TransactionDigest) -> Result<Outcome, Stop> {
    let known = work.rules::<Provenance>()?.registry(&batch.registry);
    let known = known.ok_or_else(|| Stop::at("batch", BatchError::UnknownRegistry(batch.registry)))?;
    let issuer = known.issuers.get(&batch.issuer).map(|issuer| issuer.name.clone()).unwrap_or_default();
    let look_alikes = batch.stones.iter().filter_map(|stone| stone.likeness).filter(|one| one.told_apart > 0).count();
    Ok(outcome
        .show(DIGEST_LABEL, code(digest))
        .show(REGISTRY_LABEL, known.registry.name.as_str())
        .show(words("Id of the registry", "등록부 식별자"), code(batch.registry))
        .show(words("Issuer", "발급자"), issuer)
        .show(words("Key of the issuer", "발급자의 키"), code(hex::encode(batch.issuer)))
        .show(KIND_LABEL, kind_words(batch.schema))
        .show(words("Things", "물건 수"), Value::number(batch.stones.len()))
        .show(words("Of these, like others", "그 가운데 비슷한 것이 있는 물건"), Value::number(look_alikes))
        .show(words("Of these, not measured", "그 가운데 크기를 재지 않은 물건"), Value::number(batch.unmeasured()))
        .show(words("Key of their holder", "소유자의 키"), code(hex::encode(batch.holder))))
}

pub(super) fn review_batch(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (batch, transaction) = batch(values, work)?;
    show_batch(Outcome::new(), work, &batch, transaction.effects.digest())
}

pub(super) fn approve(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (batch, mut transaction) = batch(values, work)?;
    let keys = keys_of(values, work)?;
    let registrar = work.rules::<Provenance>()?.registry(&batch.registry).map(|known| known.registry.registrar);
    if registrar != Some(keys.public(Role::Registrar)) {
        return Err(Stop::at(
            "number",
            words(
                "these are not the keys of the registrar of the batch's registry",
                "이 묶음의 등록부를 맡은 등록기관의 키가 아닙니다",
            ),
        ));
    }
    let digest = transaction.effects.digest();
    if values.bytes32("digest")? != *digest.as_bytes() {
        return Err(Stop::at(
            "digest",
            words(
                "the file holds another batch than this: look at it before you approve it",
                "다른 묶음의 파일입니다. 승인하기 전에 살펴보십시오",
            ),
        ));
    }
    build::approve(&keys, &mut transaction).map_err(|error| Stop::at("batch", error))?;
    show_batch(Outcome::submit(transaction), work, &batch, digest)
}

fn claimed(request: &ClaimRequest) -> impl Iterator<Item = AssetId> {
    request.issues.iter().filter_map(|issue| issue.asset.id())
}

/// The claim of a file, and the digest of what it asks for.
fn claim(values: &Values, work: &Work<'_>) -> Result<(ClaimRequest, TransactionDigest), Stop> {
    let request: ClaimRequest = values.decode("claim")?;
    if request.ledger != work.state.id() {
        return Err(Stop::at("claim", BuildError::Ledger));
    }
    let digest = request.digest().map_err(|error| Stop::at("claim", error))?;
    Ok((request, digest))
}

/// What an issuer grants.
fn show_claim(
    outcome: Outcome,
    work: &Work<'_>,
    request: &ClaimRequest,
    digest: TransactionDigest,
) -> Result<Outcome, Stop> {
    let mut rows = Vec::new();
    for asset in claimed(request) {
        let (stone, batch) = stone("claim", asset, work)?;
        rows.push(vec![
            code(asset),
            kind_words(batch.schema).into(),
            batch.time.into(),
            code(hex::encode(batch.holder)),
            stone.is_claimed.into(),
        ]);
    }
    let columns = vec![
        THING_LABEL,
        KIND_LABEL,
        words("Registered", "등록"),
        words("Key of the holder", "소유자의 키"),
        words("Its note is made", "노트가 만들어짐"),
    ];
    Ok(outcome.show(DIGEST_LABEL, code(digest)).show(words("Things", "물건"), Value::Table { columns, rows }))
}

pub(super) fn review_claim(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (request, digest) = claim(values, work)?;
    show_claim(Outcome::new(), work, &request, digest)
}

pub(super) fn grant(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (request, digest) = claim(values, work)?;
    let (keys, rules) = (keys_of(values, work)?, work.rules::<Provenance>()?);
    if values.bytes32("digest")? != *digest.as_bytes() {
        return Err(Stop::at(
            "digest",
            words(
                "the file holds another claim than this: look at it before you grant it",
                "다른 신청의 파일입니다. 허가하기 전에 살펴보십시오",
            ),
        ));
    }
    let transaction = request.grant(&keys, work.state.id(), rules).map_err(|error| Stop::at("claim", error))?;
    show_claim(Outcome::submit(transaction), work, &request, digest)
}
