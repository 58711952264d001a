/** Write beside the bundle what it was made of, so that a bundle older than its sources is found without Node. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const inside = (folder) => readdirSync(root + folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  .map((one) => `${one.parentPath}/${one.name}`.slice(root.length));
const names = [...inside("src"), ...inside("public"), "index.html", "package-lock.json", "vite.config.ts"].sort();
const sum = createHash("sha256");
for (const name of names) {
  sum.update(`${name}\0`);
  sum.update(readFileSync(root + name));
  sum.update("\0");
}
writeFileSync(fileURLToPath(new URL("../../src/openbell/edges/web/static/sources.json", import.meta.url)), `${JSON.stringify({ sha256: sum.digest("hex"), files: names.length })}\n`);
