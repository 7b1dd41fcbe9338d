import "./design/index.css";
import "./components/qr";
import "./pages/wallet";
