import "./design/index.css";
import "./pages/explorer";
