/** Weigh the bundle: all script together, gzipped, against its budget. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET = 200_000;
const folder = fileURLToPath(new URL("../../src/openbell/edges/web/static/", import.meta.url));
const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);
let script = 0;
for (const name of readdirSync(folder).sort()) {
  const size = gzipSync(readFileSync(folder + name), { level: 9 }).length;
  if (name.endsWith(".js")) script += size;
  console.log(`${kb(size)}  ${name}`);
}
console.log(`${kb(script)}  script, gzipped; at most ${kb(BUDGET).trim()}`);
if (script > BUDGET) process.exit(1);
