//! The forms.

use tabella_desk::{Choice, Field, Form, Kind, Words, words};

const AUTHOR: Words = words("Author", "저작자");
const OWNER: Words = words("Author or owner", "저작자 또는 소유자");
const VERIFIER: Words = words("Verifier", "확인하는 사람");
const AUTHORITY: Words = words("Time-stamping authority", "시각 인증 기관");
const ANYONE: Words = words("Anyone", "누구나");

const FILE: Field = Field::new("file", words("File", "파일"), Kind::File)
    .hint(words("It is read on this device and stays here.", "이 기기에서만 읽고 밖으로 보내지 않습니다."));
const NUMBER: Field =
    Field::new("number", words("Number of the key", "키 번호"), Kind::Number { least: 0, most: u32::MAX as u64 })
        .hint(words(
            "Works under keys of different numbers cannot be linked. Empty: 0.",
            "번호가 다른 키의 저작물은 서로 연결되지 않습니다. 비우면 0입니다.",
        ))
        .optional();
const CHALLENGE: Field = Field::new("challenge", words("Challenge", "질문 파일"), Kind::File);
const WORK: Field = Field::new("work", words("Work", "저작물"), Kind::Instance);
const WHO_ASKS: Field = Field::new("verifier", words("Who asks", "묻는 사람"), Kind::Text).hint(words(
    "Write the name as you know it: a challenge by somebody else is refused.",
    "알고 있는 이름을 적으십시오. 다른 사람의 질문이면 거절됩니다.",
));

const CLAIMS: &[Choice] = &[
    Choice { id: "authorship", label: words("That one is the author", "저작자임") },
    Choice { id: "ownership", label: words("That one owns the work now", "지금 소유자임") },
];

/// All of them.
pub(super) const FORMS: &[Form] = &[
    Form {
        id: "stamp",
        role: AUTHOR,
        title: words("Stamp a file", "파일에 도장 찍기"),
        about: words(
            "Puts a hash on the ledger that tells nothing of the file. You are given a draft: keep it, for without it \
             the stamp proves nothing. The certificate is made from it.",
            "파일에 대해 아무것도 알려 주지 않는 해시를 원장에 기록합니다. 초안 파일을 받으면 보관하십시오. 초안이 없으면 도장은 \
             아무것도 증명하지 못합니다. 초안으로 증명서를 만듭니다.",
        ),
        fields: &[
            FILE,
            Field::new("author", words("I want to register it as my work", "내 저작물로 등록할 것입니다"), Kind::Flag)
                .hint(words("It is stamped for your key.", "내 키를 위한 도장을 찍습니다."))
                .optional(),
            NUMBER,
        ],
        proves: false,
    },
    Form {
        id: "certificate",
        role: AUTHOR,
        title: words("Make the certificate of a stamp", "도장의 증명서 만들기"),
        about: words(
            "Whoever has the file and this certificate can check, without the ledger, since when the file exists.",
            "파일과 이 증명서가 있으면 원장 없이도 파일이 언제부터 있었는지 확인할 수 있습니다.",
        ),
        fields: &[Field::new("draft", words("Draft of the stamp", "도장의 초안"), Kind::File)],
        proves: false,
    },
    Form {
        id: "keys",
        role: AUTHOR,
        title: words("Show my keys", "내 키 보기"),
        about: words(
            "Your key as an author, and your keys as a holder of shares. They may be shown to anybody.",
            "저작자로서의 키와 지분 권리자로서의 키입니다. 누구에게나 보여 주어도 됩니다.",
        ),
        fields: &[NUMBER],
        proves: false,
    },
    Form {
        id: "register",
        role: AUTHOR,
        title: words("Register a work", "저작물 등록"),
        about: words(
            "Registers a file that was stamped for your key, and makes the one note of the work. Title, licence, \
             shares and the file’s digest are public for good.",
            "내 키로 도장을 찍은 파일을 등록하고 저작물의 하나뿐인 노트를 만듭니다. 제목, 이용 조건, 지분, 파일의 다이제스트는 \
             영구히 공개됩니다.",
        ),
        fields: &[
            FILE,
            Field::new("stamp", words("Draft or certificate of its stamp", "도장의 초안 또는 증명서"), Kind::File),
            Field::new("title", words("Title", "제목"), Kind::Text),
            Field::new("licence", words("Licence", "이용 조건"), Kind::Text)
                .hint(words(
                    "On what terms others may use it: CC-BY-4.0, or an address. Empty: All rights reserved.",
                    "남이 쓸 수 있는 조건: CC-BY-4.0 또는 주소. 비우면 All rights reserved입니다.",
                ))
                .optional(),
            Field::new("holders", words("Holders of shares", "지분 권리자"), Kind::Lines)
                .hint(words(
                    "A line for each: OWNER:VIEWER:SHARE, with the keys that each is shown by \"Show my keys\"; all \
                     shares add up to 10000. Empty: all is yours.",
                    "한 줄에 한 명씩 서명키:읽기키:지분을 적으십시오. 키는 각자 \"내 키 보기\"에서 봅니다. 지분의 합은 10000입니다. \
                     비우면 모두 본인 몫입니다.",
                ))
                .optional(),
            Field::new("to", words("Who gets the note", "노트를 받을 주소"), Kind::Address)
                .hint(words("Empty: this wallet.", "비우면 이 지갑입니다."))
                .optional(),
            NUMBER,
        ],
        proves: false,
    },
    Form {
        id: "registration",
        role: AUTHOR,
        title: words("Make the certificate of a registration", "등록 증명서 만들기"),
        about: words(
            "Shows without the ledger what was registered as the work, and when.",
            "무엇이 언제 저작물로 등록되었는지 원장 없이 보여 줍니다.",
        ),
        fields: &[WORK],
        proves: false,
    },
    Form {
        id: "mine",
        role: OWNER,
        title: words("Show my works", "내 저작물 보기"),
        about: words(
            "The works that were registered under your keys of numbers 0 to 31, and those whose note this wallet \
             holds.",
            "0번부터 31번까지의 내 키로 등록한 저작물과 이 지갑이 노트를 가진 저작물입니다.",
        ),
        fields: &[],
        proves: false,
    },
    Form {
        id: "review",
        role: OWNER,
        title: words("Look at a challenge", "질문 살펴보기"),
        about: words(
            "Who asks, for what, and until when. Nothing is signed.",
            "누가, 무엇을, 언제까지 묻는지 봅니다. 아무것도 서명하지 않습니다.",
        ),
        fields: &[CHALLENGE],
        proves: false,
    },
    Form {
        id: "prove-authorship",
        role: OWNER,
        title: words("Prove that I am the author", "저작자임을 증명하기"),
        about: words(
            "Signs the challenge with the key of the registration. Give the answer to whoever asked: it convinces \
             nobody else.",
            "등록한 키로 질문에 서명합니다. 답은 물은 사람에게 주십시오. 다른 사람에게는 증명이 되지 않습니다.",
        ),
        fields: &[CHALLENGE, WHO_ASKS, NUMBER],
        proves: false,
    },
    Form {
        id: "prove-ownership",
        role: OWNER,
        title: words("Prove that I own a work", "소유자임을 증명하기"),
        about: words(
            "The note of the work is spent and made anew for this wallet. That the owner has answered something is \
             public; who it is, is not. Then make the answer’s file.",
            "저작물의 노트를 쓰고 이 지갑에 새로 만듭니다. 소유자가 무언가에 답했다는 사실은 공개되고 누구인지는 숨겨집니다. 그 \
             다음에 답 파일을 만드십시오.",
        ),
        fields: &[CHALLENGE, WHO_ASKS],
        proves: true,
    },
    Form {
        id: "ownership",
        role: OWNER,
        title: words("Make the file of an ownership answer", "소유 증명의 답 파일 만들기"),
        about: words(
            "Once the ledger has your answer: the file for whoever asked.",
            "원장에 답이 기록된 뒤, 물은 사람에게 줄 파일을 만듭니다.",
        ),
        fields: &[CHALLENGE],
        proves: false,
    },
    Form {
        id: "verify",
        role: VERIFIER,
        title: words("Verify a certificate", "증명서 확인"),
        about: words(
            "Tells since when a file exists, by the certificate of its stamp. It must be of the log that was read \
             here.",
            "도장의 증명서로 파일이 언제부터 있었는지 확인합니다. 여기서 읽은 로그의 증명서여야 합니다.",
        ),
        fields: &[
            FILE,
            Field::new("certificate", words("Certificate of its stamp", "도장의 증명서"), Kind::File),
            Field::new("kept", words("Checkpoint that you keep", "보관한 체크포인트"), Kind::File)
                .hint(words("It must be of the same log.", "같은 로그의 것이어야 합니다."))
                .optional(),
        ],
        proves: false,
    },
    Form {
        id: "ask",
        role: VERIFIER,
        title: words("Ask for a proof", "증명 요청"),
        about: words(
            "Writes a challenge to whoever says that a work is theirs. Keep it: the answer is checked with it.",
            "저작물이 자기 것이라고 하는 사람에게 줄 질문을 만듭니다. 보관하십시오. 이것으로 답을 확인합니다.",
        ),
        fields: &[
            WORK,
            Field::new("claim", words("What is to be proved", "증명할 것"), Kind::Choice { of: CLAIMS }),
            Field::new("verifier", words("Your name", "내 이름"), Kind::Text)
                .hint(words("Whoever answers sees it.", "답하는 사람이 봅니다.")),
            Field::new("minutes", words("Minutes to answer", "답할 시간(분)"), Kind::Number { least: 1, most: 43_200 })
                .hint(words("Empty: 60.", "비우면 60분입니다."))
                .optional(),
        ],
        proves: false,
    },
    Form {
        id: "check",
        role: VERIFIER,
        title: words("Check an answer", "답 확인"),
        about: words(
            "Tells whether the answer proves what you asked.",
            "답이 물은 것을 증명하는지 확인합니다.",
        ),
        fields: &[
            Field::new("answer", words("Answer", "답 파일"), Kind::File),
            Field::new("challenge", words("Your challenge", "내가 준 질문 파일"), Kind::File),
        ],
        proves: false,
    },
    Form {
        id: "new-authority",
        role: AUTHORITY,
        title: words("Make an authority", "인증 기관 만들기"),
        about: words(
            "A key file under a passphrase, and a certificate for time stamps that the key signs itself. Whoever has key file and \
             passphrase can sign any time. Give the certificate to those who are to trust your tokens.",
            "암호 문구로 암호화된 키 파일과, 그 키로 서명한 시각 인증용 인증서를 만듭니다. 키 파일과 암호 문구를 가진 사람은 어떤 \
             시각에든 서명할 수 있습니다. 토큰을 믿을 사람에게 인증서를 주십시오.",
        ),
        fields: &[
            Field::new("name", words("Name in the certificate", "인증서에 적을 이름"), Kind::Text),
            Field::new("passphrase", words("New passphrase", "새 암호 문구"), Kind::Passphrase).hint(words(
                "At least 12 characters; four random words are good.",
                "12자 이상. 무작위 단어 네 개면 좋습니다.",
            )),
            Field::new("again", words("The same passphrase again", "같은 암호 문구를 한 번 더"), Kind::Passphrase),
            Field::new("policy", words("Policy", "정책"), Kind::Text)
                .hint(words(
                    "An object identifier. Empty: 2.5.29.32.0, any policy.",
                    "객체 식별자입니다. 비우면 2.5.29.32.0(모든 정책)입니다.",
                ))
                .optional(),
            Field::new("days", words("Days of validity", "유효 기간(일)"), Kind::Number { least: 1, most: 10_980 })
                .hint(words("From now on. Empty: 3653.", "지금부터입니다. 비우면 3653일입니다."))
                .optional(),
        ],
        proves: false,
    },
    Form {
        id: "token",
        role: AUTHORITY,
        title: words("Make a token", "토큰 만들기"),
        about: words(
            "Signs what the certificate of a stamp proves, as a token of RFC 3161: programs that know no ledger verify it, such as \
             openssl ts -verify. The token names the file’s SHA-256 in clear.",
            "도장 증명서가 증명하는 것을 RFC 3161 토큰으로 서명합니다. 원장을 모르는 프로그램도 openssl ts -verify처럼 확인할 수 \
             있습니다. 토큰에는 파일의 SHA-256이 그대로 적힙니다.",
        ),
        fields: &[
            Field::new("certificate", words("Certificate of the stamp", "도장 증명서"), Kind::File),
            Field::new("key", words("Key file of the authority", "인증 기관의 키 파일"), Kind::File),
            Field::new("passphrase", words("Passphrase of the key file", "키 파일의 암호 문구"), Kind::Passphrase),
            Field::new("bare", words("The token alone (.tst)", "토큰만(.tst)"), Kind::Flag)
                .hint(words("In place of a response (.tsr).", "응답(.tsr) 대신 만듭니다."))
                .optional(),
        ],
        proves: false,
    },
    Form {
        id: "find",
        role: ANYONE,
        title: words("Find the work of a file", "파일의 저작물 찾기"),
        about: words(
            "Whether exactly this file is registered, and which registered pictures look alike.",
            "바로 이 파일이 등록되었는지, 비슷한 그림이 등록되어 있는지 찾습니다.",
        ),
        fields: &[
            FILE,
            Field::new("within", words("Bits that may differ", "달라도 되는 비트 수"), Kind::Number { least: 0, most: 64 })
                .hint(words(
                    "A picture is near if so many of its hash’s 64 bits differ, or fewer. Empty: 10.",
                    "그림 해시의 64비트 가운데 이만큼 이하로 다르면 비슷한 그림입니다. 비우면 10입니다.",
                ))
                .optional(),
        ],
        proves: false,
    },
];
