// The page of `servanda report` in a real browser. SERVANDA names the command, CHROMIUM the browser.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const servanda = process.env.SERVANDA ?? join(root, "target/debug/servanda");
const directory = mkdtempSync(join(tmpdir(), "servanda-page-"));
let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});
after(async () => {
  await browser?.close();
  rmSync(directory, { recursive: true });
});

function run(...words) {
  return execFileSync(servanda, words, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 });
}

/** The results that the page is made of, from the command itself. */
function results(rules, log) {
  try {
    return JSON.parse(run("check", rules, "--log", log, "--format", "json"));
  } catch (error) {
    return JSON.parse(error.stdout);
  }
}

/** Opens the report on a log; what the browser complains about is gathered, and what it asks of anything but the file. */
async function report(rules, log, { address = "", ...options } = {}) {
  const file = join(directory, `${Math.random().toString(36).slice(2)}.html`);
  run("report", rules, "--log", log, "--output", file);
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options });
  const complaints = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) complaints.push(message.text()); });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => { complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith(pathToFileURL(file).href)) complaints.push(request.url()); });
  await page.goto(pathToFileURL(file).href + address);
  await page.waitForSelector(".filters:not([hidden])");
  return { page, complaints };
}

const RULES = "rules/us-ukraine-2024.clause";
const BREACHED = "examples/fictional-breached.yaml";
const shown = (page) => page.locator(".finding:visible").count();

test("the page tells what the command tells", async () => {
  const { counts, instances } = results(RULES, BREACHED);
  const { page, complaints } = await report(RULES, BREACHED);
  assert.equal(await page.locator("h1").textContent(), "US-Ukraine Bilateral Security Agreement");
  assert.equal(Number(await page.locator(".legend .v-violated b").textContent()), counts.violated);
  assert.equal(await page.locator(".finding").count(), instances.length);
  const headlines = await page.locator(".finding h3").allTextContents();
  const told = instances.map(({ headline }) => headline.replaceAll("`", "").toLowerCase()).sort();
  assert.deepEqual(headlines.map((text) => text.toLowerCase()).sort(), told);
  // The lines of the log and of the rules are beside each other, with what matters marked.
  const finding = page.locator(".finding").first();
  assert.ok(await finding.locator('[aria-label="What the clause says"] mark').count() > 0);
  assert.ok(await finding.locator('[aria-label="What the log says"] mark').count() > 0);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("filters show what they name, and the address keeps them", async () => {
  const { page, complaints } = await report("rules/partners/agreements.clause", "examples/fictional-partners-breached.jsonl");
  const all = await page.locator(".finding").count();
  assert.ok(all > 2);
  const of = (name) => page.locator(`.finding[data-parties~="${name}"]`).count();
  const party = await page.locator(".finding").first().getAttribute("data-parties").then((names) => names.split(" ")[0]);
  await page.selectOption("#party", party);
  assert.equal(await shown(page), await of(party));
  const address = await page.evaluate(() => location.hash);
  assert.match(address, /party=/);
  await page.reload();
  await page.waitForSelector(".filters:not([hidden])");
  assert.equal(await shown(page), await of(party));
  await page.click("#reset");
  assert.equal(await shown(page), all);
  await page.uncheck("input[value=violated]", { force: true });
  assert.equal(await shown(page), await page.locator(".finding:not([data-verdict=violated])").count());
  await page.click("#reset");
  const lane = await page.locator(".finding").last().getAttribute("data-lane");
  await page.selectOption("#clause", lane);
  assert.equal(await shown(page), await page.locator(`.finding[data-lane="${lane}"]`).count());
  await page.click("#reset");
  await page.fill("#search", "no such words anywhere");
  await page.waitForSelector("#nothing:not([hidden])");
  assert.equal(await shown(page), 0);
  await page.keyboard.press("Escape");
  assert.equal(await shown(page), all);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("the keyboard reaches everything", async () => {
  const { page, complaints } = await report(RULES, BREACHED);
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "skip");
  await page.keyboard.press("j");
  assert.equal(await focused(), "f1");
  await page.keyboard.press("j");
  assert.equal(await focused(), "f2");
  await page.keyboard.press("k");
  assert.equal(await focused(), "f1");
  await page.keyboard.press("/");
  assert.equal(await focused(), "search");
  await page.keyboard.press("Escape");
  await page.focus(".canvas");
  await page.keyboard.press("PageDown");
  await page.waitForSelector(".tip:not([hidden])");
  const first = await page.locator(".tip").textContent();
  assert.match(first, /^(Violated|Unknown|Excused|Repaired|Waived): /);
  await page.keyboard.press("Enter");
  assert.match(await focused(), /^f\d+$/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("the timeline zooms, moves and opens what is clicked", async () => {
  const { page, complaints } = await report(RULES, BREACHED);
  const picture = () => page.evaluate(() => document.querySelector("canvas").toDataURL());
  const settled = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await settled();
  const whole = await picture();
  await page.click("[data-zoom=in]");
  await settled();
  const near = await picture();
  assert.notEqual(near, whole);
  await page.focus(".canvas");
  await page.keyboard.press("ArrowLeft");
  await settled();
  assert.notEqual(await picture(), near);
  await page.click("[data-zoom=fit]");
  await page.focus(".canvas");
  await page.keyboard.press("PageDown");
  await settled();
  const place = await page.evaluate(() => {
    const box = document.querySelector(".tip").getBoundingClientRect();
    return { x: box.left - 12, y: box.top - 14 };
  });
  await page.mouse.click(place.x, place.y);
  assert.match(await page.evaluate(() => document.activeElement.id), /^f\d+$/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a log full of markup injects nothing", async () => {
  const markup = `</script></pre><img src=x onerror=alert(1)><script>alert(2)</script><b id=injected>'"&`;
  const rules = join(directory, "markup.clause");
  writeFileSync(rules, `agreement demo "Demo" { party US "</script><img src=x onerror=alert(3)>" }
event note { id: text, said: optional text }
clause answered "Answered <b id=injected>" { when note n US must ensure note m where m.id == n.id and m.said == "done" within 1 hour }
`);
  const log = join(directory, "markup.jsonl");
  const records = [1, 2, 3].map((minute) => ({ time: `2025-01-01T00:0${minute}:00Z`, type: "note", id: markup, said: minute === 2 ? markup : `x${minute}` }));
  writeFileSync(log, `${records.map((record) => JSON.stringify(record)).join("\n")}\n{"time":"2025-01-02T00:00:00Z","type":"note","id":"z"}\n`);
  const { page, complaints } = await report(rules, log);
  assert.ok(await page.locator(".finding").count() > 0);
  assert.equal(await page.locator("img, #injected").count(), 0);
  assert.equal(await page.locator("script").count(), 2);
  assert.ok((await page.locator(".finding pre").allTextContents()).some((text) => text.includes("<img src=x onerror=alert(1)>")));
  // Were markup to slip through, the page's policy would still not run it.
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
  });
  assert.equal(await page.evaluate(() => window.ran), undefined);
  assert.equal(complaints.length, 1);
  assert.match(complaints[0], /Content Security Policy/);
  await page.close();
});

test("ten thousand findings are there without being drawn at once", async () => {
  const log = join(directory, "many.jsonl");
  const lines = Array.from({ length: 10000 }, (_, index) => {
    const time = new Date(Date.UTC(2024, 6, 1) + index * 3600e3).toISOString();
    return JSON.stringify({ time, type: "contact_request", id: `C-${index}`, from: "US", to: "UA" });
  });
  writeFileSync(log, `${lines.join("\n")}\n${JSON.stringify({ time: "2026-01-01T00:00:00Z", type: "contact_request", id: "last", from: "US", to: "UA" })}\n`);
  const { page, complaints } = await report(RULES, log, { address: "#f9990" });
  assert.ok(await page.locator(".finding").count() >= 10000);
  await page.waitForSelector("#f9990 h3");
  assert.ok(await page.locator("*").count() < 100_000, "the bodies of most findings wait as text");
  await page.fill("#search", "C-4711");
  await page.waitForFunction(() => document.querySelectorAll(".finding:not([hidden])").length === 1);
  assert.match(await page.locator(".finding:visible h3").textContent(), /contact_answer/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("it is readable in the dark, on a telephone and on paper", async () => {
  const { page, complaints } = await report(RULES, BREACHED, { colorScheme: "dark", viewport: { width: 390, height: 800 } });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await background();
  await page.click("#theme");
  assert.notEqual(await background(), dark);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `${overflow} pixels too wide`);
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.locator(".filters").isHidden());
  assert.ok(await page.locator(".finding").first().isVisible());
  const pdf = await page.pdf({ format: "A4" });
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
  assert.deepEqual(complaints, []);
  await page.close();
});
