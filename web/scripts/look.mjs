/**
 * Take pictures of pages and fail on anything the browser complains of: errors, refused resources, other hosts.
 *
 *   node scripts/look.mjs FOLDER [page ...] [--url http://127.0.0.1:8787/] [--theme dark,light] [--width 1440,360] [--language en] [--do STEP] [--open CODE]
 *
 * Chromium comes from CHROMIUM, /usr/bin/chromium where that is not set.
 */

import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: "string", default: "http://127.0.0.1:8787/" }, theme: { type: "string", default: "dark" }, width: { type: "string", default: "1440" }, language: { type: "string", default: "en" }, palette: { type: "string", default: "green_red" }, do: { type: "string", default: "" }, wait: { type: "string", default: "1200" }, state: { type: "string", default: "demo-7" }, open: { type: "string", default: "" } },
});
const [folder = "shots", ...pages] = positionals;
const HEIGHT = { 1440: 900, 360: 800, 1024: 768 };
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-component-update", "--disable-sync"] });
const complaints = new Set();
for (const theme of values.theme.split(",")) {
  for (const width of values.width.split(",").map(Number)) {
    const context = await browser.newContext({ viewport: { width, height: HEIGHT[width] ?? 900 }, locale: "en-US", timezoneId: "UTC", hasTouch: width < 720 });
    await context.addInitScript((settings) => { if (location.protocol.startsWith("http")) localStorage.setItem("openbell.settings", settings); }, JSON.stringify({ theme, language: values.language, palette: values.palette }));
    const page = await context.newPage();
    page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") complaints.add(message.text()); });
    page.on("pageerror", (error) => complaints.add(String(error)));
    page.on("request", (request) => { if (new URL(request.url()).host !== new URL(values.url).host && !request.url().startsWith("blob:")) complaints.add(`another host: ${request.url()}`); });
    if (values.open) {
      await page.goto(`${values.url}#open=${values.open}`);
      await page.waitForTimeout(1500);
    }
    for (const name of pages.length ? pages : ["overview"]) {
      const [place, step = values.do] = name.split("+");
      await page.goto("about:blank");
      await page.goto(`${values.url}#/${values.state}/${place}`);
      await page.waitForTimeout(Number(values.wait));
      if (step) for (const one of step.split(";")) await act(page, one);
      const spill = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (spill > 0) complaints.add(`${place} at ${width}: ${spill} px too wide`);
      await page.screenshot({ path: `${folder}/${place.replace(/\W/g, "_")}${step ? `-${step.replace(/\W+/g, "_").slice(0, 30)}` : ""}-${width}-${theme}.png` });
    }
    await context.close();
  }
}
await browser.close();
for (const one of complaints) console.log(one);
process.exit(complaints.size ? 1 : 0);

/** `click:testid`, `key:s`, `wait:500`. */
async function act(page, step) {
  const [verb, value] = step.split(":");
  if (verb === "click") await page.click(`[data-testid="${value}"]`);
  else if (verb === "key") await page.keyboard.press(value);
  else await page.waitForTimeout(Number(value));
  await page.waitForTimeout(200);
}
