import { en as common } from "./common";
import { en as checks } from "./checks";
import { en as verifier } from "./verifier";
import { en as keys } from "./keys";
import { en as booth } from "./booth";
import { en as admin } from "./admin";
import { en as trustee } from "./trustee";
import { en as explorer } from "./explorer";
import { en as applications } from "./applications";
import { en as wallet } from "./wallet";
import { en as problems } from "./problems";
import { en as reasons } from "./reasons";

export const en = { ...common, checks, verifier, keys, booth, admin, trustee, explorer, applications, wallet, problems, reasons };
