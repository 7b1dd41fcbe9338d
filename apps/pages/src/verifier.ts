import "./design/index.css";
import { verifyEngine } from "./engine/workers";
import { verifierPage } from "./pages/verifier";

verifierPage(verifyEngine);
