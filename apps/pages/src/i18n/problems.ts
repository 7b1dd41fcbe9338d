// What went wrong, by the codes of the engine, the names of the node's problems, and the reasons of rights that cannot be used.
import type { ErrorCode, UnusableReason } from "../../../browser/engine";
import type { Widen } from "./words";

/** Names of the node's problems (docs/node.md) that its pages can meet. */
export type NodeProblem =
  | "malformed" | "bad-signature" | "not-an-author" | "not-allowed" | "unknown-invitation" | "stale-query" | "not-found" | "method-not-allowed" | "already-accepted" | "board-exists"
  | "out-of-order" | "invitation-used" | "registration-closed" | "head-too-large" | "too-large" | "unsupported-type" | "refused" | "no-such-proof" | "rate-limited" | "queue-full" | "internal"
  | "unavailable" | "timeout" | "board-full";

/** Kinds of rules by which a node refuses a transaction (docs/node.md, member `rule`). */
export type Rule = "structure" | "time" | "open" | "election" | "assets" | "proof" | "signature" | "ballot" | "ranking" | "bridge" | "range" | "equation" | "duplicate" | "other";

const engineEn: Record<ErrorCode, string> = {
  argument: "Something that was typed or scanned is not of the right form. Check that all of it is here.",
  file: "This file is damaged, or of another kind. Choose the right one.",
  passphrase: "This passphrase does not open the file. Check capitals and the keyboard’s language, and try again.",
  "weak-passphrase": "The passphrase is too short. Take at least 12 characters.",
  words: "These are not the 24 words of a key. Check each of them.",
  mismatch: "What was given belongs to another election, ceremony, ledger or board.",
  time: "This cannot be done at this time: it is too early or too late.",
  right: "This right cannot be used in this way.",
  choice: "The choice does not fit the questions.",
  insufficient: "The wallet does not hold enough.",
  record: "The record does not verify. Open it in the verifier to see which check fails.",
  log: "The node’s log is not what the ledger has signed. Tell its operator, and trust nothing that it shows.",
  ceremony: "A message of the ceremony is missing or wrong.",
  manifest: "The draft, the roll or the manifest breaks a rule.",
  "second-tally": "Another tally was decrypted with this key already. A second one would reveal more than the totals.",
  refused: "The check does not hold: the file was altered, or proves something else.",
  "proving-key": "The proving key is not loaded. Try again.",
  prove: "The proof could not be made. Try again.",
  used: "This was used already, and serves once.",
  internal: "The engine has failed. Reload the page.",
};

const engineKo: Record<ErrorCode, string> = {
  argument: "입력하거나 읽은 것의 형식이 맞지 않습니다. 빠진 부분이 없는지 확인하십시오.",
  file: "파일이 손상되었거나 다른 종류의 파일입니다. 올바른 파일을 고르십시오.",
  passphrase: "이 암호 문구로는 파일이 열리지 않습니다. 대소문자와 자판 언어를 확인하고 다시 시도하십시오.",
  "weak-passphrase": "암호 문구가 너무 짧습니다. 12자 이상으로 하십시오.",
  words: "키의 24단어가 아닙니다. 단어를 하나씩 확인하십시오.",
  mismatch: "다른 선거, 생성식, 원장 또는 게시판의 것입니다.",
  time: "지금은 할 수 없습니다. 너무 이르거나 늦었습니다.",
  right: "이 투표권은 이렇게 쓸 수 없습니다.",
  choice: "선택이 질문과 맞지 않습니다.",
  insufficient: "지갑의 잔액이 부족합니다.",
  record: "기록이 검증되지 않습니다. 검증기에서 열어 어느 검사가 실패하는지 확인하십시오.",
  log: "노드의 로그가 원장이 서명한 것과 다릅니다. 운영자에게 알리고 이 노드가 보여 주는 것을 믿지 마십시오.",
  ceremony: "키 생성식의 메시지가 없거나 잘못되었습니다.",
  manifest: "초안이나 명부, 공고문이 규칙에 어긋납니다.",
  "second-tally": "이 키로 이미 다른 집계를 풀었습니다. 또 풀면 합계보다 많은 것이 드러납니다.",
  refused: "확인에 실패했습니다. 파일이 변조되었거나 다른 것을 증명합니다.",
  "proving-key": "증명 키를 불러오지 않았습니다. 다시 시도하십시오.",
  prove: "증명을 만들지 못했습니다. 다시 시도하십시오.",
  used: "이미 쓰였습니다. 한 번만 쓸 수 있습니다.",
  internal: "엔진에 문제가 생겼습니다. 페이지를 새로 고치십시오.",
};

const nodeEn: Record<NodeProblem, string> = {
  malformed: "The node cannot read what was sent.",
  "bad-signature": "The node refuses the signature.",
  "not-an-author": "This key may not write that on the board.",
  "not-allowed": "This node does not hold elections for this key. Ask its operator.",
  "unknown-invitation": "This invitation is not known here. Check the link, or ask for a new one.",
  "stale-query": "The clocks of this device and of the node differ by more than two minutes. Set the clock right.",
  "not-found": "The node does not have it.",
  "method-not-allowed": "The node does not take such a request.",
  "already-accepted": "The ledger has accepted it already.",
  "board-exists": "There is another board of this id. Begin again.",
  "out-of-order": "Something was written meanwhile, perhaps from another window. Try again.",
  "invitation-used": "This invitation was used already. If it was not you, ask for a new one.",
  "registration-closed": "Registration is over: the roll is fixed.",
  "head-too-large": "The browser sent longer headers than the node takes.",
  "too-large": "It is too large for the node.",
  "unsupported-type": "The node does not take such a request.",
  refused: "A rule of the ledger refuses it. Sending it again does not help.",
  "no-such-proof": "There is no such proof.",
  "rate-limited": "There were too many requests from this address. Wait a moment, then try again.",
  "queue-full": "The node is busy. Wait a moment, then try again.",
  internal: "The node has failed. Tell its operator.",
  unavailable: "The node cannot do this now. Try again in a moment.",
  timeout: "It took the node too long. Look whether it was accepted before you send it again.",
  "board-full": "The board is full. Ask the node’s operator.",
};

const nodeKo: Record<NodeProblem, string> = {
  malformed: "노드가 받은 내용을 읽을 수 없습니다.",
  "bad-signature": "노드가 서명을 거부했습니다.",
  "not-an-author": "이 키로는 게시판에 그것을 쓸 수 없습니다.",
  "not-allowed": "이 노드는 이 키의 선거를 받지 않습니다. 운영자에게 문의하십시오.",
  "unknown-invitation": "알 수 없는 초대입니다. 링크를 확인하거나 새 초대를 요청하십시오.",
  "stale-query": "이 기기와 노드의 시계가 2분 넘게 다릅니다. 시계를 맞추십시오.",
  "not-found": "노드에 없습니다.",
  "method-not-allowed": "노드가 받지 않는 요청입니다.",
  "already-accepted": "원장이 이미 접수했습니다.",
  "board-exists": "같은 식별자의 다른 게시판이 있습니다. 처음부터 다시 하십시오.",
  "out-of-order": "그 사이 다른 창에서 무언가 게시되었을 수 있습니다. 다시 시도하십시오.",
  "invitation-used": "이미 쓰인 초대입니다. 본인이 아니라면 새 초대를 요청하십시오.",
  "registration-closed": "등록이 끝났습니다. 명부가 확정되었습니다.",
  "head-too-large": "브라우저가 보낸 헤더가 노드의 한도보다 깁니다.",
  "too-large": "노드가 받기에는 너무 큽니다.",
  "unsupported-type": "노드가 받지 않는 요청입니다.",
  refused: "원장의 규칙에 따라 거부되었습니다. 다시 보내도 소용없습니다.",
  "no-such-proof": "그런 증명이 없습니다.",
  "rate-limited": "이 주소에서 요청이 너무 많았습니다. 잠시 뒤에 다시 시도하십시오.",
  "queue-full": "노드가 바쁩니다. 잠시 뒤에 다시 시도하십시오.",
  internal: "노드에 문제가 생겼습니다. 운영자에게 알리십시오.",
  unavailable: "노드가 지금은 할 수 없습니다. 잠시 뒤에 다시 시도하십시오.",
  timeout: "노드가 너무 오래 걸렸습니다. 다시 보내기 전에 접수되었는지 확인하십시오.",
  "board-full": "게시판이 가득 찼습니다. 노드 운영자에게 문의하십시오.",
};

const rulesEn: Record<Rule, string> = {
  structure: "The ledger refuses it: it is not put together as it must be.",
  time: "The ledger refuses it: it is too early or too late for it. Check the device’s clock.",
  open: "The ledger refuses it: an election cannot be opened in this way, or is open already.",
  election: "The ledger refuses it: a rule of the election does not allow it.",
  assets: "The ledger refuses it: a rule of the payments or of the application does not allow it, or what it spends was spent before.",
  proof: "The ledger refuses it: its proof does not verify. Try again.",
  signature: "The ledger refuses it: its signature does not verify. Try again.",
  ballot: "The ledger refuses it: the proof of the ballot does not verify. Try again.",
  ranking: "The ledger refuses it: the proof of the ranking does not verify. Try again.",
  bridge: "The ledger refuses it: an amount is not the one that was locked.",
  range: "The ledger refuses it: an amount is not within its bounds.",
  equation: "The ledger refuses it: its sums do not come out even.",
  duplicate: "The ledger refuses it: it holds it already.",
  other: "A rule of the ledger refuses it. Sending it again does not help.",
};

const rulesKo: Record<Rule, string> = {
  structure: "원장이 거부했습니다. 구성이 올바르지 않습니다.",
  time: "원장이 거부했습니다. 너무 이르거나 늦었습니다. 기기의 시계를 확인하십시오.",
  open: "원장이 거부했습니다. 이렇게는 선거를 열 수 없거나 이미 열려 있습니다.",
  election: "원장이 거부했습니다. 선거의 규칙에 맞지 않습니다.",
  assets: "원장이 거부했습니다. 결제나 응용의 규칙에 맞지 않거나, 이미 사용된 금액입니다.",
  proof: "원장이 거부했습니다. 증명이 맞지 않습니다. 다시 시도하십시오.",
  signature: "원장이 거부했습니다. 서명이 맞지 않습니다. 다시 시도하십시오.",
  ballot: "원장이 거부했습니다. 투표지의 증명이 맞지 않습니다. 다시 시도하십시오.",
  ranking: "원장이 거부했습니다. 순위의 증명이 맞지 않습니다. 다시 시도하십시오.",
  bridge: "원장이 거부했습니다. 금액이 잠근 금액과 다릅니다.",
  range: "원장이 거부했습니다. 금액이 허용 범위를 벗어났습니다.",
  equation: "원장이 거부했습니다. 합계가 맞지 않습니다.",
  duplicate: "원장이 거부했습니다. 이미 원장에 있습니다.",
  other: "원장의 규칙에 따라 거부되었습니다. 다시 보내도 소용없습니다.",
};

const rightsEn: Record<UnusableReason, string> = {
  "none-own": "You hold no right of your own.",
  "none-delegated": "No right was delegated to you.",
  "none-given-away": "You have delegated no right.",
  moved: "This right was delegated, recalled or moved on.",
  foreign: "It is no right of this election.",
  merged: "Several rights were merged into it, and this election counts rights of weight 1.",
  guarded: "It was delegated under a guard, and ballots cannot be cast with guarded rights.",
  expires: "It was delegated for a time that ends before the election closes.",
  bound: "You delegated it until a time after the election opens, and so cannot vote over the delegate.",
  "not-own": "Only a right of your own can be delegated. Recall it first.",
  "not-given-away": "Only a right that you delegated can be recalled.",
  "cast-by-delegate": "The delegate has voted with this right already. Vote yourself: that goes over it.",
  revoting: "A ballot was cast with this right, and this election does not allow voting again.",
  revisions: "So many ballots were cast with this right that no number is left for another.",
  overridden: "The voter has voted over this delegation.",
  delegation: "This election does not allow delegation.",
};

const rightsKo: Record<UnusableReason, string> = {
  "none-own": "본인의 투표권이 없습니다.",
  "none-delegated": "위임받은 투표권이 없습니다.",
  "none-given-away": "위임한 투표권이 없습니다.",
  moved: "위임되었거나 회수되었거나 옮겨진 투표권입니다.",
  foreign: "이 선거의 투표권이 아닙니다.",
  merged: "여러 투표권이 합쳐져 있습니다. 이 선거는 가중치가 1인 투표권만 집계합니다.",
  guarded: "조건을 붙여 위임된 투표권으로는 투표할 수 없습니다.",
  expires: "선거 마감 전에 끝나는 기간으로 위임되었습니다.",
  bound: "선거 시작 뒤까지 위임했으므로 수임인을 대신해 투표할 수 없습니다.",
  "not-own": "본인의 투표권만 위임할 수 있습니다. 먼저 회수하십시오.",
  "not-given-away": "본인이 위임한 투표권만 회수할 수 있습니다.",
  "cast-by-delegate": "수임인이 이미 투표했습니다. 직접 투표하면 그것이 우선합니다.",
  revoting: "이미 투표했으며, 이 선거에서는 다시 투표할 수 없습니다.",
  revisions: "이 투표권으로 너무 많이 투표하여 더 투표할 수 없습니다.",
  overridden: "투표권의 주인이 직접 투표했습니다.",
  delegation: "이 선거에서는 위임할 수 없습니다.",
};

export const en = { engine: engineEn, node: nodeEn, rules: rulesEn, rights: rightsEn, other: "Something unexpected happened. Try again; if it stays so, reload the page." };

export const ko: Widen<typeof en> = {
  engine: engineKo,
  node: nodeKo,
  rules: rulesKo,
  rights: rightsKo,
  other: "예상하지 못한 일이 일어났습니다. 다시 시도하고, 계속되면 페이지를 새로 고치십시오.",
};
