import "./design/index.css";
import "./pages/admin";
