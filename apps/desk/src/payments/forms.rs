//! What is asked at the desk of payments.

use crate::{Field, Form, Kind, Words, words};

const PAYEE: Words = words("Payee", "받는 사람");
const PAYER: Words = words("Payer", "보내는 사람");
const OWNER: Words = words("Account owner", "계정 소유자");

const ASSET: Field = Field::new("asset", words("Asset", "자산"), Kind::Asset);
const AMOUNT: Field = Field::new("amount", words("Amount", "금액"), Kind::Amount);
const REQUEST: Field = Field::new("request", words("Request", "결제 요청"), Kind::Lines)
    .hint(words("The whole text, from tabella: on.", "tabella:로 시작하는 글 전체입니다."));
const PUBLIC: Field =
    Field::new("public", words("Let everybody see the amount", "금액을 모두에게 공개"), Kind::Flag).optional();
const DAYS: Field = Field::new(
    "days",
    words("Days in which it can be accepted", "받을 수 있는 날수"),
    Kind::Number { least: 1, most: 3650 },
)
.hint(words(
    "7 if left empty. What is not accepted by then comes back in two steps: somebody hands in \"Give a deposit back\", and then whoever \
     paid hands in \"Accept what waits\".",
    "비워 두면 7일입니다. 그때까지 받지 않은 금액은 두 단계로 돌아옵니다. 누군가 \"받지 않은 입금 돌려보내기\"를 내고, 그다음 보낸 사람이 \
     \"기다리는 금액 받기\"를 내야 합니다.",
))
.optional();
const NUMBER: Field =
    Field::new("number", words("Number of the account", "계정 번호"), Kind::Number { least: 0, most: u32::MAX as u64 })
        .hint(words(
            "0 if left empty. Accounts of different numbers cannot be linked.",
            "비워 두면 0입니다. 번호가 다른 계정은 서로 연결되지 않습니다.",
        ))
        .optional();

pub(super) const FORMS: &[Form] = &[
    Form {
        id: "request",
        role: PAYEE,
        title: words("Ask for a payment", "결제 요청하기"),
        about: words(
            "Makes a text and a QR code that say to whom, how much and of what, at an address that nobody has paid to, and \
             that was shown to nobody since this wallet was opened. Nothing goes to the ledger. Whoever can change it on its way can put \
             another address in: tell the payer the digest on another channel.",
            "누구에게 무엇을 얼마나 보낼지 담은 글과 QR 코드를 만듭니다. 주소는 아직 받은 적이 없고 이 지갑을 연 뒤로 아무에게도 보여 주지 \
             않은 주소입니다. 원장에는 아무것도 보내지 않습니다. 전달 중에 고칠 수 있는 사람은 다른 주소를 넣을 수 있으니 요약값을 \
             다른 경로로 알려 주십시오.",
        ),
        fields: &[
            ASSET,
            AMOUNT,
            Field::new("memo", words("Memo", "메모"), Kind::Text)
                .hint(words(
                    "It comes back with the payment, as the number of an invoice.",
                    "송장 번호처럼 결제와 함께 돌아옵니다.",
                ))
                .optional(),
            Field::new("label", words("What the payer's wallet calls you", "보내는 사람에게 보일 이름"), Kind::Text)
                .optional(),
            Field::new("message", words("What the payer is told", "보내는 사람에게 전할 말"), Kind::Text).optional(),
        ],
        proves: false,
    },
    Form {
        id: "read-request",
        role: PAYER,
        title: words("Read a request", "결제 요청 읽기"),
        about: words(
            "Shows what a request asks for, and pays nothing. Label and message are the payee's words. Compare every address and amount; \
             the digest that is shown is asked for when you pay. A request for several assets at once is paid on the command line, by `tabella \
             wallet pay`.",
            "결제 요청의 내용을 보여 주고 아무것도 보내지 않습니다. 이름과 말은 받는 사람이 적은 것입니다. 주소와 금액을 모두 \
             비교하십시오. 보낼 때 여기에 나온 요약값을 묻습니다. 여러 자산을 한꺼번에 요청하면 명령줄의 `tabella wallet pay`로 \
             보냅니다.",
        ),
        fields: &[REQUEST],
        proves: false,
    },
    Form {
        id: "pay-request",
        role: PAYER,
        title: words("Pay a request", "결제 요청에 따라 보내기"),
        about: words(
            "Pays all that a request asks for, in one transaction, if it is the one that you have read. Read it first, and compare \
             its digest or the addresses on another channel where it matters. All payments are in one asset: a request for several is paid \
             on the command line, by `tabella wallet pay`.",
            "읽어 본 그 요청이면 요청된 결제를 모두 한 거래로 보냅니다. 먼저 읽어 보고, 중요하면 요약값이나 주소를 다른 경로로 \
             비교하십시오. 모든 결제가 한 자산이어야 합니다. 여러 자산을 한꺼번에 요청하면 명령줄의 `tabella wallet pay`로 보냅니다.",
        ),
        fields: &[
            REQUEST,
            Field::new("asset", words("What you agreed to pay in", "합의한 자산"), Kind::Asset),
            Field::new("amount", words("What you agreed to pay in all", "합의한 총액"), Kind::Amount)
                .hint(words(
                    "A request for another sum is refused. Who is paid, the sum does not say: the digest does.",
                    "요청의 총액이 이와 다르면 거절합니다. 누구에게 보내는지는 총액이 아니라 요약값으로 확인합니다.",
                )),
            Field::new("digest", super::DIGEST, Kind::Text).hint(words(
                "As \"Read a request\" shows it beside payees and amounts. Another request is refused.",
                "\"결제 요청 읽기\"에서 받는 주소, 금액과 함께 나온 값입니다. 다른 요청이면 거절합니다.",
            )),
        ],
        proves: true,
    },
    Form {
        id: "pay-many",
        role: PAYER,
        title: words("Pay many at once", "여러 사람에게 한 번에 보내기"),
        about: words(
            "Everybody is paid in one transaction, or nobody. Where your notes do not suffice for that, transactions \
             before it bring them into shape, and pay nobody.",
            "한 거래로 모두에게 보내거나 아무에게도 보내지 않습니다. 노트가 알맞지 않으면 먼저 나누거나 합치는 거래를 하며, 그 \
             거래는 아무에게도 보내지 않습니다.",
        ),
        fields: &[
            ASSET,
            Field::new("table", words("Payments", "결제 목록"), Kind::Lines).hint(words(
                "One a line: address,amount or address,amount,memo. Amounts have a point before decimals and no comma. A memo with a \
                 comma, or one that begins with a digit, stands in quotation marks. At most 64.",
                "한 줄에 하나씩: 주소,금액 또는 주소,금액,메모. 금액의 소수점은 마침표로 쓰고 쉼표는 쓰지 않습니다. 쉼표가 들었거나 \
                 숫자로 시작하는 메모는 따옴표로 묶습니다. 최대 64건입니다.",
            )),
            Field::new("total", words("What you agreed to pay in all", "합의한 총액"), Kind::Amount).hint(words(
                "Lines that add up to anything else are refused.",
                "목록의 합계가 이와 다르면 거절합니다.",
            )),
        ],
        proves: true,
    },
    Form {
        id: "open-account",
        role: OWNER,
        title: words("Open an account", "계정 열기"),
        about: words(
            "An account of an asset outside the pools: everybody sees whose it is and when it changes, and nobody else how \
             much is in it. Others pay to its id.",
            "풀 밖에 있는 한 자산의 계정입니다. 누구의 계정이 언제 바뀌는지는 모두에게 보이고, 얼마가 들었는지는 소유자만 \
             봅니다. 다른 사람은 계정 ID로 보냅니다.",
        ),
        fields: &[ASSET, NUMBER],
        proves: false,
    },
    Form {
        id: "deposit",
        role: OWNER,
        title: words("Deposit into an account", "계정에 넣기"),
        about: words(
            "Takes an amount out of your notes, to an account, where it waits to be accepted.",
            "내 노트에서 금액을 꺼내 계정으로 보냅니다. 받을 때까지 기다립니다.",
        ),
        fields: &[
            ASSET,
            AMOUNT,
            Field::new("to", words("Id of the account", "계정 ID"), Kind::Id)
                .hint(words("Your own if left empty.", "비워 두면 내 계정입니다."))
                .optional(),
            PUBLIC,
            DAYS,
            NUMBER,
        ],
        proves: true,
    },
    Form {
        id: "accept",
        role: OWNER,
        title: words("Accept what waits", "기다리는 금액 받기"),
        about: words(
            "Takes all that waits for your account, in time, into its balance: 64 deposits at most.",
            "내 계정으로 온, 기한이 지나지 않은 입금을 모두 잔액에 넣습니다. 한 번에 최대 64건입니다.",
        ),
        fields: &[ASSET, NUMBER],
        proves: false,
    },
    Form {
        id: "pay-from-account",
        role: OWNER,
        title: words("Pay from an account", "계정에서 보내기"),
        about: words(
            "To another account, where it waits to be accepted. Everybody sees that the one paid the other.",
            "다른 계정으로 보냅니다. 받을 때까지 기다립니다. 어느 계정이 어느 계정에 보냈는지는 모두에게 보입니다.",
        ),
        fields: &[
            ASSET,
            AMOUNT,
            Field::new("to", words("Id of the recipient's account", "받는 계정 ID"), Kind::Id),
            PUBLIC,
            DAYS,
            NUMBER,
        ],
        proves: false,
    },
    Form {
        id: "withdraw",
        role: OWNER,
        title: words("Withdraw from an account", "계정에서 꺼내기"),
        about: words(
            "Brings an amount from the account into the pool, to your wallet or to an address. Nobody sees whose note it \
             becomes.",
            "계정의 금액을 풀로 옮겨 내 지갑이나 다른 주소로 보냅니다. 누구의 노트가 되는지는 아무도 보지 못합니다.",
        ),
        fields: &[
            ASSET,
            AMOUNT,
            Field::new("to", words("Address", "받는 주소"), Kind::Address)
                .hint(words("Your own wallet's if left empty.", "비워 두면 내 지갑입니다."))
                .optional(),
            PUBLIC,
            NUMBER,
        ],
        proves: true,
    },
    Form {
        id: "give-back",
        role: OWNER,
        title: words("Give a deposit back", "받지 않은 입금 돌려보내기"),
        about: words(
            "Sends a deposit that was not accepted in time back to the account that it came from, where its payer accepts it. \
             Anybody may.",
            "기한 안에 받지 않은 입금을 보낸 계정으로 돌려보냅니다. 누구나 할 수 있습니다. 보낸 사람이 받아야 잔액에 들어갑니다.",
        ),
        fields: &[Field::new("deposit", words("Id of the deposit", "입금 ID"), Kind::Id)],
        proves: false,
    },
    Form {
        id: "accounts",
        role: OWNER,
        title: words("See my accounts", "내 계정 보기"),
        about: words(
            "Balances, what waits to be accepted, and what you paid that nobody has accepted yet.",
            "잔액, 받기를 기다리는 입금, 보냈으나 아직 받지 않은 금액입니다.",
        ),
        fields: &[NUMBER],
        proves: false,
    },
];
