//! Assets: an issuer's key, issues, and what there is.

use rand_core::OsRng;
use tabella_payments::{
    amount,
    issuer::{IssuerKey, next_issue, sign_issue},
};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription, AssetError},
    keys::Address,
    note::{AssetId, NoteValue},
};
use tabella_prover::keyfile::{self, WorkFactor};
use tabella_verifier::assets::{AssetState, Assets};

use crate::{Choice, Desk, Field, Form, Kind, Outcome, Stop, Value, Values, Words, Work, say, values::NOT_ZERO, words};

const ISSUER: Words = words("Issuer", "발행자");
const PUBLIC: Words = words("Anyone", "누구나");

const KEY: Field = Field::new("key", words("Issuer's key file", "발행자 키 파일"), Kind::File);
const PASSPHRASE: Field =
    Field::new("passphrase", words("Passphrase of the key file", "키 파일의 암호 문구"), Kind::Passphrase);
const TO: Field = Field::new("to", words("To whom", "받는 주소"), Kind::Address)
    .hint(words(
        "Recipient and amount of an issue are public. Only who seals may leave both empty.",
        "발행의 받는 주소와 금액은 공개됩니다. 봉인만 할 때에는 둘 다 비워 둘 수 있습니다.",
    ))
    .optional();
const AMOUNT: Field = Field::new("amount", words("Amount", "금액"), Kind::Amount).optional();
const SEAL: Field = Field::new("seal", words("Nothing more is issued after this", "이후 더 발행하지 않음"), Kind::Flag)
    .hint(words("Nobody can undo it.", "되돌릴 수 없습니다."))
    .optional();

const CLASSES: &[Choice] = &[
    Choice {
        id: "ordinary",
        label: words("Ordinary: a transfer hides which asset it moves", "일반: 어떤 자산을 옮기는지 숨김"),
    },
    Choice {
        id: "named",
        label: words(
            "Named: a transfer shows which asset it moves, and hides the owners",
            "자산 공개: 어떤 자산을 옮기는지 보이고 소유자만 숨김",
        ),
    },
];

const FORMS: &[Form] = &[
    Form {
        id: "new-issuer",
        role: ISSUER,
        title: words("Make an issuer's key", "발행자 키 만들기"),
        about: words(
            "A key file under a passphrase. Whoever has both can issue your assets up to their caps, and sign for you \
             where an application asks for an issuer's key. Keep a copy.",
            "암호 문구로 암호화된 키 파일을 만듭니다. 둘 다 가진 사람은 한도까지 자산을 발행하고, 발행자 키를 쓰는 응용에서 \
             대신 서명할 수 있습니다. 사본을 보관하십시오.",
        ),
        fields: &[
            Field::new("passphrase", words("New passphrase", "새 암호 문구"), Kind::Passphrase).hint(words(
                "At least 12 characters; four random words are good.",
                "12자 이상. 무작위 단어 네 개면 좋습니다.",
            )),
            Field::new("again", words("The same passphrase again", "같은 암호 문구를 한 번 더"), Kind::Passphrase),
        ],
        proves: false,
    },
    Form {
        id: "issue-new",
        role: ISSUER,
        title: words("Issue a new asset", "새 자산 발행"),
        about: words(
            "Name, decimals, cap and kind stay as they are for good.",
            "이름, 소수 자릿수, 한도, 종류는 나중에 바꿀 수 없습니다.",
        ),
        fields: &[
            Field::new("name", words("Name of the asset", "자산 이름"), Kind::Text),
            Field::new("decimals", words("Digits after the point", "소수 자릿수"), Kind::Number { least: 0, most: 18 })
                .hint(words("2 for amounts as 12.34.", "12.34처럼 적으려면 2입니다.")),
            Field::new("cap", words("Cap", "한도"), Kind::Amount)
                .hint(words("The most that may ever be issued.", "발행할 수 있는 최대 총액입니다.")),
            Field::new("class", words("Kind", "종류"), Kind::Choice { of: CLASSES }),
            TO,
            AMOUNT,
            SEAL,
            KEY,
            PASSPHRASE,
        ],
        proves: false,
    },
    Form {
        id: "issue-more",
        role: ISSUER,
        title: words("Issue more of an asset", "자산 추가 발행"),
        about: words("More of an asset of yours, up to its cap.", "이미 발행한 내 자산을 한도까지 더 발행합니다."),
        fields: &[Field::new("asset", words("Asset", "자산"), Kind::Asset), TO, AMOUNT, SEAL, KEY, PASSPHRASE],
        proves: false,
    },
    Form {
        id: "assets",
        role: PUBLIC,
        title: words("See all assets", "모든 자산 보기"),
        about: words(
            "The assets of this ledger, and how much of each was issued. Anybody can issue under any name: the id is \
             what counts.",
            "이 원장의 자산과 발행 총액입니다. 이름은 누구나 붙일 수 있으므로 자산 ID가 기준입니다.",
        ),
        fields: &[],
        proves: false,
    },
];

/// The desk of assets.
#[derive(Clone, Copy, Debug, Default)]
pub struct AssetsDesk;

impl Desk for AssetsDesk {
    fn application(&self) -> &'static str {
        "assets"
    }

    fn forms(&self) -> &'static [Form] {
        FORMS
    }

    fn act(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
        match form {
            "new-issuer" => new_issuer(values),
            "issue-new" => {
                let key = issuer_key(values)?;
                let description = new_description(values, work.state.assets(), key.key().verifying_key().to_bytes())?;
                issue(values, work, &key, description)
            }
            "issue-more" => {
                let key = issuer_key(values)?;
                let known = values.asset("asset", work.state.assets())?.1.description.clone();
                if known.issuer != key.key().verifying_key().to_bytes() {
                    return Err(Stop::at(
                        "asset",
                        words("this asset is of another issuer", "다른 발행자의 자산입니다"),
                    ));
                }
                issue(values, work, &key, known)
            }
            "assets" => Ok(list(work.state.assets())),
            other => Err(Stop::no_form(self.application(), other)),
        }
    }
}

fn new_issuer(values: &Values) -> Result<Outcome, Stop> {
    let passphrase = values.new_passphrase("passphrase", "again")?;
    let key = IssuerKey::generate(&mut OsRng);
    let file = keyfile::seal(&key, &passphrase, WorkFactor::STANDARD)?;
    Ok(Outcome::new()
        .show(words("Issuer", "발행자"), Value::code(hex::encode(key.key().verifying_key().as_bytes())))
        .give("issuer.age", file))
}

fn issuer_key(values: &Values) -> Result<IssuerKey, Stop> {
    values.key_file("key", "passphrase")
}

/// Characters that hide or reorder text, or that nobody sees.
fn is_invisible(c: char) -> bool {
    let hides = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}');
    c.is_control() || hides || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// An asset that the issuer has not issued yet.
fn new_description(values: &Values, assets: &Assets, issuer: [u8; 32]) -> Result<AssetDescription, Stop> {
    let name = values.text("name")?.to_owned();
    if name.chars().any(is_invisible) {
        let invisible = words(
            "the name of an asset has no invisible characters",
            "자산 이름에는 보이지 않는 글자를 쓸 수 없습니다",
        );
        return Err(Stop::at("name", invisible));
    }
    let own = |state: &AssetState| state.description.issuer == issuer && state.description.name == name;
    if assets.iter().any(|(_, state)| own(state)) {
        let issued = say!(
            "you have issued \"{name}\" before: issue more of it",
            "‘{name}’ 자산은 이미 발행했습니다. ‘자산 추가 발행’을 쓰십시오"
        );
        return Err(Stop::at("name", issued));
    }
    let class = match values.choice("class", &["ordinary", "named"])? {
        "named" => AssetClass::Named,
        _ => AssetClass::Ordinary,
    };
    let decimals = values.parse("decimals")?;
    let mut description = AssetDescription { issuer, name, decimals, cap: 1, class, uid: None, body: [0; 32] };
    description.check().map_err(|error| match error {
        AssetError::Decimals => Stop::at("decimals", error),
        other => Stop::at("name", other),
    })?;
    description.cap = amount::parse(values.text("cap")?, decimals).map_err(|error| Stop::at("cap", error))?;
    description.check().map_err(|error| Stop::at("cap", error))?;
    Ok(description)
}

/// Who is given how much; nobody, if an asset is sealed only.
fn recipient(values: &Values, decimals: u8) -> Result<Option<(Address, NoteValue)>, Stop> {
    match (values.is_given("to"), values.is_given("amount")) {
        (false, false) if values.flag("seal") => Ok(None),
        (false, _) => Err(Stop::at("to", words("an issue goes to somebody", "받는 주소를 적으십시오"))),
        (true, false) => Err(Stop::at("amount", words("this is needed, too", "금액도 적으십시오"))),
        (true, true) => {
            let to = values.address("to")?;
            let units = amount::parse(values.text("amount")?, decimals).map_err(|error| Stop::at("amount", error))?;
            if units == 0 {
                return Err(Stop::at("amount", NOT_ZERO));
            }
            Ok(Some((to, NoteValue(units))))
        }
    }
}

fn issue(values: &Values, work: &Work<'_>, key: &IssuerKey, description: AssetDescription) -> Result<Outcome, Stop> {
    let AssetDescription { decimals, cap, .. } = description;
    let name = description.name.clone();
    let shown = |units: u64| format!("{} {name}", amount::format(u128::from(units), decimals));
    let recipients: Vec<_> = recipient(values, decimals)?.into_iter().collect();
    let issued = recipients.first().map_or(0, |(_, value)| value.0);
    let assets = work.state.assets();
    let known = description.id().and_then(|id| assets.get(&id));
    if known.is_some_and(|state| state.sealed) {
        let sealed = words("this asset is sealed: nothing more can be issued", "봉인되어 더 발행할 수 없는 자산입니다");
        return Err(Stop::at("asset", sealed));
    }
    let before = known.map_or(0, |state| state.issued);
    let total = before.checked_add(issued).filter(|total| *total <= cap);
    let total = total.ok_or_else(|| {
        let (most, before) = (shown(cap), shown(before));
        let message = say!(
            "{most} may be issued in all, and {before} was issued",
            "발행 한도는 {most}이고 이미 {before}을 발행했습니다"
        );
        Stop::at("amount", message)
    })?;
    let (id, issue) = next_issue(assets, description, &recipients, values.flag("seal"), &mut OsRng)?;
    Ok(Outcome::submit(sign_issue(key.key(), work.state.id(), &issue)?)
        .show(words("Asset", "자산 ID"), Value::code(id))
        .show(words("Issued now", "이번 발행"), shown(issued))
        .show(words("Issued in all", "발행 총액"), shown(total))
        .show(words("Cap", "한도"), shown(cap))
        .show(words("Sealed", "봉인됨"), issue.seal))
}

fn list(assets: &Assets) -> Outcome {
    let row = |(id, state): (AssetId, &AssetState)| {
        let AssetDescription { name, decimals, cap, class, issuer, .. } = &state.description;
        let show = |units: u64| Value::Text(amount::format(u128::from(units), *decimals));
        vec![
            Value::Text(name.clone()),
            show(state.issued),
            show(*cap),
            match class {
                AssetClass::Ordinary => words("ordinary", "일반"),
                AssetClass::Named => words("named", "자산 공개"),
            }
            .into(),
            if state.sealed { words("sealed", "봉인됨") } else { words("open", "발행 가능") }.into(),
            Value::code(id),
            Value::code(hex::encode(issuer)),
        ]
    };
    let table = Value::Table {
        columns: vec![
            words("Name", "이름"),
            words("Issued", "발행 총액"),
            words("Cap", "한도"),
            words("Kind", "종류"),
            words("State", "상태"),
            words("Asset", "자산 ID"),
            words("Issuer", "발행자"),
        ],
        rows: assets.iter().map(row).collect(),
    };
    Outcome::new().show(words("Assets", "자산"), table)
}
