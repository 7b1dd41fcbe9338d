// The fifteen checks of a record in plain words: what is true if it passes, and what it means if it does not.
import type { Widen } from "./words";

export const en = {
  groups: { file: "The file", opening: "How the election was set up", entries: "What was cast", tally: "The count" },
  skipped: "Not reached: an earlier check failed",
  passed: "passed",
  failed: "failed",
  means: "What this means",
  list: {
    "record.encoding": { title: "The file is a complete election record", bad: "The file was cut off or altered on its way, or is something else. Get it again." },
    "record.parameters": { title: "Proofs are under keys that this verifier accepts", bad: "Proofs are under a key that there is no reason to trust. They may be forged." },
    "record.ledger": { title: "Every entry was made for this ledger", bad: "Entries of another ledger were mixed in." },
    "record.log": { title: "The ledger signed exactly these entries", bad: "Entries were added, left out, altered or put in another order after the ledger signed them." },
    "opening.authority": { title: "The authority signed the opening", bad: "Somebody else than the announced authority opened this election." },
    "opening.manifest": { title: "The questions, times and rules are well formed", bad: "The manifest is malformed or belongs to another ledger." },
    "opening.ceremony": { title: "The trustees made the election’s key together", bad: "The key was not made by all trustees together: somebody may be able to decrypt ballots alone." },
    "opening.canaries": { title: "Every trustee showed beforehand that it can decrypt", bad: "A trustee has not shown that its key works. The election should not have opened." },
    "opening.roll": { title: "The roll is the announced one and adds up", bad: "The rights to vote are not those that were announced. Rights may have been added." },
    "entries.rules": { title: "Every entry obeys the rules of the election", bad: "The ledger accepted what it must refuse, such as a right used twice or a ballot out of time." },
    "entries.proofs": { title: "Every zero-knowledge proof is valid", bad: "A right that is not on the roll, or belongs to somebody else, may have been used." },
    "entries.signatures": { title: "Every right was used by its holder", bad: "A ballot or delegation was not authorised by the holder of the right." },
    "entries.ballots": { title: "Every encrypted ballot holds a valid choice", bad: "A ballot may hold a negative, double or overfull vote." },
    "tally.closed": { title: "The election was closed, and nothing came after", bad: "The election is still open, or what stands before its close is not what the authority signed." },
    "tally.result": { title: "The result is the sum of the ballots that count", bad: "No result is published yet, or its numbers are not the sum of the ballots." },
  },
};

export const ko: Widen<typeof en> = {
  groups: { file: "파일", opening: "선거의 준비", entries: "투표 내용", tally: "개표" },
  skipped: "앞선 검사에서 실패하여 검사하지 않음",
  passed: "통과",
  failed: "실패",
  means: "무슨 뜻인가",
  list: {
    "record.encoding": { title: "온전한 선거 기록 파일이다", bad: "파일이 잘렸거나 도중에 바뀌었거나 다른 종류의 파일입니다. 다시 받으십시오." },
    "record.parameters": { title: "증명이 이 검증기가 인정하는 키로 만들어졌다", bad: "믿을 근거가 없는 키로 만든 증명입니다. 위조되었을 수 있습니다." },
    "record.ledger": { title: "모든 항목이 이 원장을 위해 만들어졌다", bad: "다른 원장의 항목이 섞여 있습니다." },
    "record.log": { title: "원장이 정확히 이 항목들에 서명했다", bad: "원장이 서명한 뒤 항목이 추가, 삭제, 변경되었거나 순서가 바뀌었습니다." },
    "opening.authority": { title: "선거 관리자가 개시에 서명했다", bad: "공고된 관리자가 아닌 누군가가 이 선거를 열었습니다." },
    "opening.manifest": { title: "질문, 시간, 규칙이 올바른 형식이다", bad: "공고문의 형식이 잘못되었거나 다른 원장의 것입니다." },
    "opening.ceremony": { title: "개표 관리인들이 함께 선거 키를 만들었다", bad: "키가 모든 관리인에 의해 함께 만들어지지 않았습니다. 누군가 혼자 투표지를 풀 수 있을지 모릅니다." },
    "opening.canaries": { title: "모든 관리인이 풀 수 있음을 미리 보였다", bad: "어떤 관리인의 키가 작동하는지 확인되지 않았습니다. 선거를 열지 말았어야 합니다." },
    "opening.roll": { title: "명부가 공고된 것이며 수가 맞는다", bad: "투표권이 공고된 것과 다릅니다. 투표권이 추가되었을 수 있습니다." },
    "entries.rules": { title: "모든 항목이 선거 규칙을 지킨다", bad: "원장이 거부해야 할 것을 받아들였습니다. 예: 두 번 쓰인 투표권, 시간 밖의 투표지." },
    "entries.proofs": { title: "모든 영지식 증명이 유효하다", bad: "명부에 없거나 다른 사람의 투표권이 쓰였을 수 있습니다." },
    "entries.signatures": { title: "모든 투표권을 그 주인이 썼다", bad: "투표지나 위임이 투표권 주인의 승인을 받지 않았습니다." },
    "entries.ballots": { title: "모든 암호화된 투표지가 유효한 선택을 담고 있다", bad: "음수, 이중 또는 초과 투표가 들어 있을 수 있습니다." },
    "tally.closed": { title: "선거가 마감되었고 이후에 추가된 것이 없다", bad: "선거가 아직 열려 있거나, 마감 전 항목이 관리자가 서명한 것과 다릅니다." },
    "tally.result": { title: "결과가 유효한 투표지의 합이다", bad: "아직 결과가 없거나, 공표된 수가 투표지의 합과 다릅니다." },
  },
};
