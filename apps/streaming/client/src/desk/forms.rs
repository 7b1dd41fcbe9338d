//! The forms, by role.

use tabella_desk::{Field, Form, Kind, Words, words};
use tabella_streaming_rules::terms::{MAX_TICK_SECONDS, MAX_TICKS};

use super::party::LAST_NUMBER;

const EVERYBODY: Words = words("Everybody", "모두");
const VIEWER: Words = words("Viewer", "시청자");
const PROVIDER: Words = words("Provider", "제공자");
const BOTH: Words = words("Viewer and provider", "시청자와 제공자");

const SESSION: Field = Field::new("session", words("Session", "세션"), Kind::Instance);
const OFFER: Field = Field::new("offer", words("File of the offer", "제안 파일"), Kind::File);
const NUMBERS: Kind = Kind::Number { least: 0, most: LAST_NUMBER as u64 };
const TICKS: Field = Field::new(
    "ticks",
    words("Ticks watched, in all", "지금까지 본 틱 수"),
    Kind::Number { least: 0, most: MAX_TICKS as u64 },
);

/// All of them.
pub(super) const FORMS: &[Form] = &[
    Form {
        id: "my-sessions",
        role: EVERYBODY,
        title: words("Show my sessions", "내 세션 보기"),
        about: words(
            "Lists the sessions in which this wallet is the viewer or the provider, and what can be withdrawn.",
            "이 지갑이 시청자나 제공자인 세션과 찾을 수 있는 금액을 보여 줍니다.",
        ),
        fields: &[],
        proves: false,
    },
    Form {
        id: "viewer-keys",
        role: VIEWER,
        title: words("Make keys for a session", "세션에 쓸 키 만들기"),
        about: words(
            "Shows the keys with which a provider makes you an offer. They are no secret. With new ones for each \
             session nobody \
             sees that two sessions are yours.",
            "제공자가 제안을 만들 때 필요한 키를 보여 줍니다. 비밀이 아닙니다. 세션마다 새 키를 쓰면 두 세션이 한 사람의 것인지 \
             아무도 알 수 없습니다.",
        ),
        fields: &[Field::new("number", words("Number of the keys", "키 번호"), NUMBERS)
            .hint(words(
                "Left empty: the first that no session has yet. Choose one yourself if another offer is still open.",
                "비워 두면 아직 세션에 쓰지 않은 첫 번호입니다. 아직 받아들이지 않은 다른 제안이 있으면 직접 고르십시오.",
            ))
            .optional()],
        proves: false,
    },
    Form {
        id: "check-offer",
        role: VIEWER,
        title: words("Check an offer", "제안 확인"),
        about: words(
            "Shows all terms of an offer, and whether it is what it says. Nothing is signed. The session's id stands \
             for exactly these terms: open it with that.",
            "제안의 모든 조건과 그 내용이 사실인지를 보여 줍니다. 아무것도 서명하지 않습니다. 세션 식별자는 바로 이 조건을 뜻하므로 \
             세션을 열 때 적으십시오.",
        ),
        fields: &[OFFER],
        proves: false,
    },
    Form {
        id: "open",
        role: VIEWER,
        title: words("Open a session", "세션 열기"),
        about: words(
            "Prepays all ticks of an offer. Check it before. What you do not watch comes back.",
            "제안의 모든 틱을 미리 냅니다. 먼저 제안을 확인하십시오. 보지 않은 만큼은 돌려받습니다.",
        ),
        fields: &[
            OFFER,
            Field::new("session", words("Session", "세션"), Kind::Id).hint(words(
                "The id that \"Check an offer\" shows. An offer of any other terms is refused.",
                "\"제안 확인\"에 나오는 식별자입니다. 조건이 하나라도 다른 제안은 거절됩니다.",
            )),
            Field::new("asset", words("Asset", "자산"), Kind::Asset)
                .hint(words("What you mean to pay with.", "무엇으로 낼 생각인지 고르십시오.")),
            Field::new("at-most", words("Prepayment, at most", "미리 낼 금액 상한"), Kind::Amount)
                .hint(words("A higher price is refused.", "가격이 이보다 높으면 거절됩니다.")),
        ],
        proves: true,
    },
    Form {
        id: "sign-ticks",
        role: VIEWER,
        title: words("Sign what I have watched", "본 만큼 서명"),
        about: words(
            "Makes a file for the provider that says how many ticks you have watched. The highest that you sign is \
             what you pay: \
             sign no more than you have seen.",
            "지금까지 본 틱 수를 적은 제공자용 파일을 만듭니다. 서명한 가장 높은 수만큼 내게 되므로, 본 것보다 많이 서명하지 마십시오.",
        ),
        fields: &[SESSION, TICKS],
        proves: false,
    },
    Form {
        id: "close",
        role: VIEWER,
        title: words("End a session alone", "혼자 세션 끝내기"),
        about: words(
            "Ends the session with the ticks that you have signed. During the delay the provider may show a higher \
             one; then it is \
             settled.",
            "서명한 틱 수로 세션을 끝냅니다. 기한 안에 제공자가 더 높은 틱을 보일 수 있고, 그 뒤에 정산됩니다.",
        ),
        fields: &[SESSION, TICKS],
        proves: false,
    },
    Form {
        id: "offer",
        role: PROVIDER,
        title: words("Make an offer", "제안 만들기"),
        about: words(
            "Makes the file with which one viewer can open a session, once.",
            "시청자 한 사람이 세션을 한 번 열 수 있는 파일을 만듭니다.",
        ),
        fields: &[
            Field::new("viewer", words("Keys of the viewer", "시청자의 키"), Kind::Text)
                .hint(words("128 characters, as the viewer's wallet shows them.", "시청자의 지갑이 보여 주는 128자입니다.")),
            Field::new("asset", words("Asset", "자산"), Kind::Asset),
            Field::new("rate", words("Price of a tick", "틱당 가격"), Kind::Amount),
            Field::new("public", words("Everybody may see the price", "가격을 모두에게 공개"), Kind::Flag).optional(),
            Field::new(
                "ticks",
                words("Prepaid ticks", "미리 내는 틱 수"),
                Kind::Number { least: 1, most: MAX_TICKS as u64 },
            ),
            Field::new(
                "tick-seconds",
                words("Length of a tick, in seconds", "틱 길이(초)"),
                Kind::Number { least: 1, most: MAX_TICK_SECONDS as u64 },
            )
            .hint(words("Left empty: 60.", "비워 두면 60초입니다."))
            .optional(),
            Field::new(
                "within-days",
                words("Days until it expires", "만료까지 일수"),
                Kind::Number { least: 1, most: 3_650 },
            )
            .hint(words("Left empty: 7.", "비워 두면 7일입니다."))
            .optional(),
            Field::new(
                "dispute-minutes",
                words("Minutes to show a higher tick", "더 높은 틱을 보일 기한(분)"),
                Kind::Number { least: 1, most: 43_200 },
            )
            .hint(words(
                "After one party alone has ended the session. Left empty: 1440, a day.",
                "한쪽이 혼자 세션을 끝낸 뒤의 기한입니다. 비워 두면 1440분, 하루입니다.",
            ))
            .optional(),
            Field::new("number", words("Number of your keys", "내 키 번호"), NUMBERS)
                .hint(words(
                    "Left empty: 0. With one number for all, everybody sees that your sessions are of one provider.",
                    "비워 두면 0입니다. 늘 같은 번호를 쓰면 여러 세션이 한 제공자의 것임을 모두가 알 수 있습니다.",
                ))
                .optional(),
        ],
        proves: false,
    },
    Form {
        id: "check-ticks",
        role: PROVIDER,
        title: words("Check signed ticks", "서명된 틱 확인"),
        about: words(
            "Checks what the viewer has signed, says up to which tick to stream, and gives back the highest. Keep \
             that file: it \
             is your only claim to be paid.",
            "시청자가 서명한 틱을 확인하고 어느 틱까지 보낼지 알려 주며, 가장 높은 것을 돌려줍니다. 그 파일을 보관하십시오. 대금을 받을 \
             유일한 근거입니다.",
        ),
        fields: &[
            SESSION,
            Field::new("signed", words("Files of signed ticks", "서명된 틱 파일"), Kind::Files).hint(words(
                "Also the highest that you have kept so far.",
                "지금까지 보관한 가장 높은 것도 함께 고르십시오.",
            )),
            Field::new(
                "credit",
                words("Ticks that you stream before they are signed", "서명 전에 보내는 틱 수"),
                Kind::Number { least: 0, most: MAX_TICKS as u64 },
            )
            .hint(words("Left empty: 1.", "비워 두면 1입니다."))
            .optional(),
        ],
        proves: false,
    },
    Form {
        id: "claim",
        role: PROVIDER,
        title: words("Claim the highest tick", "가장 높은 틱 청구"),
        about: words(
            "Ends the session with the highest tick that the viewer has signed, or answers the viewer's end if that \
             tells fewer.",
            "시청자가 서명한 가장 높은 틱으로 세션을 끝냅니다. 시청자가 더 적은 틱으로 끝냈다면 그에 응답합니다.",
        ),
        fields: &[
            SESSION,
            Field::new("signed", words("File of the highest tick", "가장 높은 틱 파일"), Kind::File),
        ],
        proves: false,
    },
    Form {
        id: "propose-end",
        role: BOTH,
        title: words("Propose an end", "끝내기 제안"),
        about: words(
            "Makes a file with which the other party can settle the session at once. You have agreed to it until the \
             session is \
             settled: stream and watch no more.",
            "상대방이 세션을 바로 정산할 수 있는 파일을 만듭니다. 정산될 때까지 이 동의는 유효하니, 더 보내거나 보지 마십시오.",
        ),
        fields: &[SESSION, TICKS],
        proves: false,
    },
    Form {
        id: "agree-end",
        role: BOTH,
        title: words("Agree to an end", "끝내기 동의"),
        about: words(
            "Settles the session at once, as the other party has proposed. Say yourself how many ticks were watched: \
             only the same \
             is agreed to.",
            "상대방이 제안한 대로 세션을 바로 정산합니다. 본 틱 수를 직접 적으십시오. 같을 때만 동의가 이루어집니다.",
        ),
        fields: &[
            SESSION,
            TICKS,
            Field::new("proposal", words("File of the proposal", "제안 파일"), Kind::File),
        ],
        proves: false,
    },
    Form {
        id: "withdraw",
        role: BOTH,
        title: words("Withdraw what is mine", "내 몫 찾기"),
        about: words(
            "Pays out after the session is settled: to the provider what was watched, to the viewer the rest.",
            "세션이 정산된 뒤 제공자는 본 만큼을, 시청자는 나머지를 찾습니다.",
        ),
        fields: &[
            SESSION,
            Field::new("to", words("Pay to", "받을 주소"), Kind::Address)
                .hint(words("Left empty: to this wallet.", "비워 두면 이 지갑으로 받습니다."))
                .optional(),
        ],
        proves: true,
    },
];
