import { createRoot } from "react-dom/client";
import { App } from "./app";
import { load } from "./i18n";
import { apply, read } from "./settings";
import "./styles/tokens.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/pages.css";

apply(read());
const root = document.getElementById("root");
const AGAIN_MS = 2000;

/** Without its texts the page cannot say anything, not even that they are missing: it asks until they are there. */
function begin(): void {
  load("en").then(() => load(read().language).catch(() => undefined)).then(() => {
    if (root) createRoot(root).render(<App />);
  }, () => window.setTimeout(begin, AGAIN_MS));
}
begin();
