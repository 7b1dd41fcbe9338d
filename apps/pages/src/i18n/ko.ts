import { ko as common } from "./common";
import { ko as checks } from "./checks";
import { ko as verifier } from "./verifier";
import type { Words } from "./words";

export const ko: Words = { ...common, checks, verifier };
