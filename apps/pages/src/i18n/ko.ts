import { ko as common } from "./common";
import { ko as checks } from "./checks";
import { ko as verifier } from "./verifier";
import { ko as keys } from "./keys";
import { ko as booth } from "./booth";
import { ko as admin } from "./admin";
import { ko as trustee } from "./trustee";
import { ko as explorer } from "./explorer";
import { ko as applications } from "./applications";
import { ko as wallet } from "./wallet";
import { ko as problems } from "./problems";
import { ko as reasons } from "./reasons";
import type { Words } from "./words";

export const ko: Words = { ...common, checks, verifier, keys, booth, admin, trustee, explorer, applications, wallet, problems, reasons };
