import "./design/index.css";
import "./pages/trustee";
