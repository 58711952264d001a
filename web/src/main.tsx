import { createRoot } from "react-dom/client";
import { App } from "./app";
import { apply, read } from "./settings";
import "./styles/tokens.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/pages.css";

apply(read());
const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
