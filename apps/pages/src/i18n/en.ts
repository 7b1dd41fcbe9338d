import { en as common } from "./common";
import { en as checks } from "./checks";
import { en as verifier } from "./verifier";

export const en = { ...common, checks, verifier };
