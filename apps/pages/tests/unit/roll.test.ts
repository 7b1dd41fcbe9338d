// The roll: names and weights, from a table or typed; and everything that somebody may try with them.
import { deepEqual, equal, match, throws } from "node:assert/strict";
import { test } from "node:test";
import type { Registered } from "../../../browser/engine";
import type { Invited } from "../../src/components/invitations";
import "./browser";

const { mostPoints, mostTotal, readRoll, reissued, rollEntries, rollOfTable, transfersOf, weightsOf } = await import("../../src/engine/roll");

const names = (table: string): string[] => rollOfTable(table, "one").lines;
const weighed = (table: string): string[] => rollOfTable(table, "hidden").lines;

/** A table that is refused: nothing of it is taken. */
function refused(table: string, weights: "one" | "hidden", said: RegExp): void {
  const { lines, error } = rollOfTable(table, weights);
  deepEqual(lines, []);
  match(error ?? "", said);
}

/** Lines that are refused where weights are hidden. */
const wrong = (text: string, said: RegExp, points = 1): void => {
  match(readRoll(text, "hidden", points).error ?? "", said);
};

test("names come from the first column of a table, without its heading, or from the column that is headed so", () => {
  deepEqual(names('name;town\n"Nowak; Anna";Łódź\nJan;Kraków\n'), ["Nowak; Anna", "Jan"]);
  deepEqual(names("김하나,서울\r\n이두리,부산"), ["김하나", "이두리"]);
  deepEqual(names('number,Name\n1,"Ada ""the first"""\n\n2,Blaise'), ['Ada "the first"', "Blaise"]);
});

test("weights of a table are refused where each has one vote, unless each is 1, and line and culprit are named", () => {
  deepEqual(names("name,weight\nAda,1\nBlaise,1"), ["Ada", "Blaise"]);
  for (const [weight, said] of [["2", "“2”"], ["1.0", "“1.0”"], ["", "(nothing)"]] as const)
    refused(`name;weight\nAda;1\nBlaise;${weight}`, "one", new RegExp(`^Line 3: “Blaise” has weight ${said.replace(/[.()]/g, "\\$&")}, and this election gives each voter one vote`));
});

test("digits beside a name are not passed over where each has one vote, without a heading of weights as well", () => {
  refused("Ada,5\nBlaise,3", "one", /^Line 1: beside “Ada” stands “5”, which may be a weight, and this election gives each voter one vote\. .* Other mistakes: 1\.$/);
  refused("name;shares\nAda;5", "one", /^Line 2: beside “Ada” stands “5”/);
});

test("a table whose characters are lost is refused", () => {
  for (const weights of ["one", "hidden"] as const) refused("name,weight\nNowak \uFFFD,1", weights, /Save it as “CSV UTF-8”/);
});

test("weights that were typed are not passed over where each has one vote", () => {
  match(readRoll("Ada\nBlaise; 5", "one", 1).error ?? "", /^Line 2: “Blaise; 5” ends in a weight/);
  const { voters, total, error } = readRoll("Ada\nNowak; Anna", "one", 1);
  deepEqual([voters, total, error], [[{ name: "Ada", weight: 1 }, { name: "Nowak; Anna", weight: 1 }], 2, undefined]);
});

test("weights come from the column that is headed so, in both languages and any order", () => {
  deepEqual(weighed("name,weight\nAda,5\nBlaise,3"), ["Ada; 5", "Blaise; 3"]);
  deepEqual(weighed("\uFEFF가중치;이름\r\n5;김하나\r\n\r\n12;이두리\r\n"), ["김하나; 5", "이두리; 12"]);
  // Headings as a Mac writes them.
  deepEqual(weighed(`${"이름".normalize("NFD")},${"가중치".normalize("NFD")}\n${"김하나".normalize("NFD")},5`), ["김하나; 5"]);
  deepEqual(weighed('Weight,name,town\n5,"Nowak; Anna",Łódź'), ["Nowak; Anna; 5"]);
});

test("a table without headings, or with the same one twice, is refused where weights are hidden", () => {
  for (const table of ["Ada,5\nBlaise,3", "name,shares\nAda,5", "Weight,member,town\n5,Ada,Łódź", ""]) refused(table, "hidden", /^Rights of this election weigh differently: the first row must be one of headings/);
  refused("name,weight,가중치\nAda,5,7", "hidden", /same heading twice/);
  refused("name,이름,weight\nAda,Bea,7", "hidden", /same heading twice/);
});

test("a wrong weight in a table is named with its line in the file, its name and a remedy", () => {
  refused("name,weight\n\nAda,0", "hidden", /^Line 3: “Ada” has weight 0, and a right weighs at least 1\. Leave out who has no vote\.$/);
  refused("name,weight\nAda,5\nBlaise,", "hidden", /^Line 3: the weight of “Blaise” is missing/);
  refused("name,weight\nAda,5\nBlaise", "hidden", /^Line 3: the weight of “Blaise” is missing/);
  for (const weight of ["-1", "+1", "1.5", "1e3", "1 000", "５", "0x5", "five"])
    refused(`name;weight\nAda;${weight}`, "hidden", /^Line 2: “Ada” has weight “.+”\. Write a whole number from 1 to 1,099,511,627,776 in digits alone/);
  refused('name,weight\nAda,"1,000"', "hidden", /has weight “1,000”/);
  refused("name,weight\nAda,-1\nBlaise,0\nCarl,x", "hidden", /^Line 2: .* Other mistakes: 2\.$/);
  refused("name,weight\nAda,5\n,3", "hidden", /^Line 3: there is a weight and no name/);
});

// Each of these would read as another weight, or lose a voter.
test("separators within a weight, and quotes that do not end, are refused", () => {
  refused("name,weight\nAda,5\nBlaise,1,234", "hidden", /^Line 3: “Blaise” has more cells than there are headings/);
  refused("name,weight\nNowak, Anna,5", "hidden", /^Line 2: “Nowak” has more cells/);
  // An empty cell as well: the heading does not say that there is one.
  refused("name,weight,note\nAda,5,\nBlaise,1,234,", "hidden", /^Line 3: “Blaise” has more cells than there are headings/);
  refused("name,weight\nAda,5,", "hidden", /^Line 2: “Ada” has more cells/);
  refused("name,weight\nAda,1,", "one", /^Line 2: “Ada” has more cells/);
  refused("name\nNowak, Anna", "one", /^Line 2: “Nowak” has more cells/);
  refused('weight,name\n5,"Ada\n3,Blaise\n2,"Carl"\n1,Dora', "hidden", /^Line 2: a quotation mark opens there and is never closed, or text follows its end\./);
  refused('name,weight\n"Ada" Lovelace,5', "hidden", /^Line 2: a quotation mark .* text follows its end/);
  deepEqual(weighed('name,weight\r\n"Ada ""A""","5"\r\n"Blaise",3\r\n'), ['Ada "A"; 5', "Blaise; 3"]);
  refused('weight,name\n5,"Ada\n3,Blaise', "hidden", /^Line 2: a quotation mark opens there and is never closed/);
  deepEqual(weighed('name,weight,note\n"Ada\nthe first",5,"x\ny"\nBlaise,3'), ["Ada the first; 5", "Blaise; 3"]);
});

test("lines of a roll are names and weights, of which the total is told", () => {
  const { voters, total, error } = readRoll("Ada; 5\n\n  Blaise ;3 \nNowak; Anna; 1\n", "hidden", 1);
  deepEqual(voters, [{ name: "Ada", weight: 5 }, { name: "Blaise", weight: 3 }, { name: "Nowak; Anna", weight: 1 }]);
  deepEqual([total, error], [9, undefined]);
});

test("a line with a wrong weight is named", () => {
  wrong("", /^There must be at least one voter/);
  wrong("Ada; 5\nBlaise", /^Line 2: “Blaise” is not a name and a weight\. Write both with a semicolon/);
  wrong("Ada, 5", /^Line 1: “Ada, 5” is not a name and a weight/);
  wrong("; 5", /^Line 1: “; 5” is not a name and a weight/);
  wrong("Ada; 5\n\nBlaise;", /^Line 3: the weight of “Blaise” is missing/);
  wrong("Ada; 0", /^Line 1: “Ada” has weight 0/);
  wrong("Ada; 000", /^Line 1: “Ada” has weight 0/);
  wrong("Ada; 1,234", /^Line 1: “Ada” has weight “1,234”/);
});

test("a name that stands twice is said with its line", () => {
  equal(readRoll("A\nB\nA", "one", 1).error, "Line 3: “A” is there already. Remove it, or tell the two apart.");
  equal(readRoll("", "one", 1).error, "There must be at least one voter, and no name twice.");
  wrong("Ada; 5\nBlaise; 3\nAda; 1", /^Line 3: “Ada” is there already/);
  // The same name in other bytes.
  wrong(`김하나; 5\n${"김하나".normalize("NFD")}; 5`, /^Line 2: “김하나” is there already/);
  wrong("Kim Hana; 5\nKim  Hana; 5", /^Line 2: “Kim Hana” is there already/);
  // With something that is not seen.
  for (const unseen of ["\u200B", "\u200F", "\u00AD", "\u2060"]) wrong(`Ada; 5\nA${unseen}da; 5`, /^Line 2: “Ada” is there already/);
});

test("weights that add up to more than can be counted are refused with the line at which they do", () => {
  equal(mostTotal, 1_099_511_627_776);
  equal(readRoll(`Ada; ${mostTotal - 1}\nBlaise; 1`, "hidden", 1).error, undefined);
  wrong(`Ada; ${mostTotal}\nBlaise; 1\nCarl; 1`, /^Line 2: with “Blaise” the weights add up to more than 1,099,511,627,776 \(2\^40\).*unit\.$/);
  wrong(`Ada; ${mostTotal + 1}`, /^Line 1: with “Ada” the weights add up to more/);
  for (const digits of [16, 17, 20, 400]) wrong(`Ada; ${"9".repeat(digits)}\nBlaise; 1`, /^Line 1: with “Ada” the weights add up to more than [\d,]+ \(2\^40\), and no more can be counted\. [^:]*$/);
});

test("weights with points that an option could get more of than can be counted are refused", () => {
  const split = { title: "", options: [], kind: { type: "split" as const, most: 8, min: 0, max: 8 } };
  equal(mostPoints([{ title: "", options: [], kind: { type: "choose", min: 1, max: 3 } }]), 1);
  equal(mostPoints([split, { title: "", options: [], kind: { type: "score", most: 5, blank: true } }]), 8);
  equal(readRoll(`Ada; ${mostTotal / 8}`, "hidden", 8).error, undefined);
  wrong(`Ada; ${mostTotal / 8}\nBlaise; 1`, /^The weights add up to 137,438,953,473, and with 8 points from each an option could get more than/, 8);
});

const invited: Invited[] = [
  { role: "trustee", name: "Ada", token: "t" },
  { role: "voter", name: "Ada", token: "a", weight: 5 },
  { role: "voter", name: "Blaise", token: "b", weight: 3 },
  { role: "voter", name: "Carl", token: "c", weight: 1 },
];

test("the roll has whoever registered, in that order, with the weight of the invitation", () => {
  const registered: Registered[] = [
    { role: "voter", token: "c", address: "C" },
    { role: "trustee", token: "t", name: "Ada", card: new Uint8Array() },
    { role: "voter", token: "b", refused: "the MAC is wrong" },
    { role: "voter", token: "a", address: "A" },
  ];
  equal(weightsOf(invited), "hidden");
  deepEqual(rollEntries(registered, invited, "hidden"), [{ address: "C", weight: 1 }, { address: "A", weight: 5 }]);
  const equals = invited.map(({ role, name, token }) => ({ role, name, token }));
  equal(weightsOf(equals), "one");
  deepEqual(rollEntries(registered, equals, "one"), [{ address: "C", weight: 1 }, { address: "A", weight: 1 }]);
});

test("a voter whose weight is not in the file is no voter of weight 1", () => {
  const without = [...invited, { role: "voter" as const, name: "Dora", token: "d" }];
  throws(() => rollEntries([{ role: "voter", token: "d", address: "D" }], without, "hidden"), /^Error: There is no weight for “Dora” in this file\. Open the administrator’s file that was saved last/);
  // Whoever used another invitation is no voter at all.
  deepEqual(rollEntries([{ role: "voter", token: "e", address: "E" }], invited, "hidden"), []);
});

test("two registrations with one invitation are refused, whatever they say", () => {
  for (const address of ["A", "B"])
    throws(() => rollEntries([{ role: "voter", token: "a", address: "A" }, { role: "voter", token: "a", address }], invited, "hidden"), /^Error: The node shows two registrations with one invitation/);
  // One that does not hold takes nobody's place.
  deepEqual(rollEntries([{ role: "voter", token: "a", refused: "the MAC is wrong" }, { role: "voter", token: "a", address: "A" }], invited, "hidden"), [{ address: "A", weight: 5 }]);
});

test("the last of the voters needs no transfer of his own, unless he is the only one", () => {
  deepEqual([0, 1, 2, 3, 600].map(transfersOf), [0, 1, 1, 2, 599]);
});

test("an invitation that replaces another keeps its weight, and no other changes", () => {
  const next = reissued(invited, { role: "voter", name: "Ada", token: "a" }, "new");
  deepEqual(next[1], { role: "voter", name: "Ada", token: "new", weight: 5 });
  deepEqual([next[0], next[2], next[3]], [invited[0], invited[2], invited[3]]);
  deepEqual(rollEntries([{ role: "voter", token: "new", address: "A" }], next, "hidden"), [{ address: "A", weight: 5 }]);
});
