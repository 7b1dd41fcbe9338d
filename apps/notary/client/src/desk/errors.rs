//! Korean for the errors of the notary that people meet by ordinary mistakes.

use std::error::Error;

use tabella_desk::korean as known;
use tabella_notary_rules::{challenge::ChallengeError, work::WorkFault};

use crate::{
    certificate::CertificateError,
    log::SignedLogError,
    picture::PictureError,
    proof::{AnswerError, ProofError},
    token::TokenError,
    work::RegistrationError,
};

/// What an error says, in Korean, if it is one of these.
pub(super) fn korean(error: &(dyn Error + 'static)) -> Option<String> {
    let found = error.downcast_ref().and_then(certificate);
    let found = found.or_else(|| error.downcast_ref().and_then(log));
    let found = found.or_else(|| error.downcast_ref().and_then(picture));
    let found = found.or_else(|| error.downcast_ref().and_then(answer));
    let found = found.or_else(|| error.downcast_ref().and_then(proof));
    let found = found.or_else(|| error.downcast_ref().and_then(token));
    let found = found.or_else(|| error.downcast_ref().and_then(registration));
    let found = found.or_else(|| error.downcast_ref().and_then(fault));
    found.or_else(|| error.downcast_ref().and_then(challenge))
}

fn certificate(error: &CertificateError) -> Option<String> {
    Some(
        match error {
            CertificateError::Stamp => "로그의 항목에 인증서의 확인 도장이 없습니다",
            CertificateError::File { certified, found } => {
                return Some(format!("다른 파일(SHA-256 {certified})의 인증서입니다. 이 파일은 {found}입니다"));
            }
            _ => return None,
        }
        .into(),
    )
}

fn log(error: &SignedLogError) -> Option<String> {
    Some(
        match error {
            SignedLogError::Unread { .. } => "원장을 다 읽지 않았습니다. 다시 읽으십시오",
            SignedLogError::Fork(entries) => {
                return Some(format!(
                    "원장이 항목 {entries}개의 다른 로그에도 서명했습니다. 체크포인트를 보관하십시오"
                ));
            }
            _ => return None,
        }
        .into(),
    )
}

fn picture(error: &PictureError) -> Option<String> {
    Some(
        match error {
            PictureError::TooLarge => "그림이 너무 큽니다",
            _ => return None,
        }
        .into(),
    )
}

fn answer(error: &AnswerError) -> Option<String> {
    Some(
        match error {
            AnswerError::Challenge(error) => return challenge(error),
            AnswerError::Time(..) => "질문이 유효한 때가 아닙니다",
            AnswerError::Claim(_) => "다른 것을 증명하라는 질문입니다",
            AnswerError::Ledger => "다른 원장의 질문입니다",
            AnswerError::Work { asked, found } => {
                return Some(format!("저작물 {asked}에 대한 질문인데 이것은 {found}입니다"));
            }
            AnswerError::Author => "다른 키로 등록된 저작물입니다. 도장을 찍을 때의 번호를 고르십시오",
            AnswerError::Owner(_) => "이 지갑은 저작물의 소유자가 아닙니다",
            AnswerError::Payment(error) => return known(error),
        }
        .into(),
    )
}

fn proof(error: &ProofError) -> Option<String> {
    Some(
        match error {
            ProofError::Challenge(error) => return challenge(error),
            ProofError::Ledger => "키와 다른 원장의 질문입니다",
            ProofError::OtherChallenge => {
                "다른 질문에 대한 답입니다. 다른 사람에게 주려고 했거나 묻기 전에 만든 것입니다"
            }
            ProofError::Claim(_) => "다른 것을 증명하라는 질문입니다",
            ProofError::Time(_) => "질문이 유효한 때가 아닌 답입니다",
            ProofError::Signature => "저작물을 등록한 키로 서명한 답이 아닙니다",
            ProofError::Work => "질문한 저작물의 내용이 아닙니다",
            ProofError::NoAnswer => "로그의 항목이 이 질문에 대한 답이 아닙니다",
            _ => return None,
        }
        .into(),
    )
}

fn token(error: &TokenError) -> Option<String> {
    Some(
        match error {
            TokenError::Name => "시점 확인 기관의 이름이 비어 있거나 너무 길거나 제어 문자가 들어 있습니다",
            TokenError::Policy(text) => return Some(format!("“{text}”은(는) 정책 식별자(OID)가 아닙니다")),
            TokenError::Validity => "인증서의 유효 기간은 1일부터 30년까지입니다",
            TokenError::NotValid(_) => "도장을 찍은 때에 기관의 인증서가 유효하지 않았습니다. 다른 기관에 요청하십시오",
            _ => return None,
        }
        .into(),
    )
}

fn registration(error: &RegistrationError) -> Option<String> {
    Some(
        match error {
            RegistrationError::Work(error) => return fault(error),
            RegistrationError::Author => "이 키가 아닌 다른 저작자의 저작물입니다",
            _ => return None,
        }
        .into(),
    )
}

fn fault(error: &WorkFault) -> Option<String> {
    Some(
        match error {
            WorkFault::Title => "제목이 비어 있거나 너무 길거나 제어 문자가 들어 있습니다",
            WorkFault::Licence => "이용 조건이 비어 있거나 너무 길거나 제어 문자가 들어 있습니다",
            _ => return None,
        }
        .into(),
    )
}

fn challenge(error: &ChallengeError) -> Option<String> {
    Some(
        match error {
            ChallengeError::Verifier => "묻는 사람의 이름이 비어 있거나 너무 길거나 제어 문자가 들어 있습니다",
            ChallengeError::Times => "질문은 낸 뒤 30일 안에 끝나야 합니다",
            _ => return None,
        }
        .into(),
    )
}
