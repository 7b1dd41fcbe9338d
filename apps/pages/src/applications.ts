import "./design/index.css";
import "./pages/applications";
