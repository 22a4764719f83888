// A server, a browser, and checks that are counted.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { chromium } from "playwright-core";

export const TOKEN = "s3cret";
/** How long something may take that should happen at once. */
const PATIENCE_MS = 30_000;

/** Starts `serve` over these JSON lines, or over the documented units. */
export async function serve(lines, ...args) {
  const folder = mkdtempSync(join(tmpdir(), "livechat-units-browser-"));
  if (lines) {
    const file = join(folder, "units.jsonl");
    writeFileSync(file, lines);
    args.push("--units", file);
  }
  const program = ["run", "--quiet", "-p", "livechat-units-serve", "--"];
  const child = spawn("cargo", [...program, "--listen", "127.0.0.1:0", "--token", TOKEN, ...args], {
    cwd: new URL(".", import.meta.url),
    stdio: ["ignore", "pipe", "inherit"],
  });
  // However this process ends, the server does not outlive it.
  process.on("exit", () => child.kill());
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const origin = await new Promise((resolve, reject) => {
    let printed = "";
    child.stdout.on("data", (data) => {
      printed += data;
      const listening = /the page: +(http:\/\/[\d.:]+)\//.exec(printed);
      if (listening) resolve(listening[1]);
    });
    child.on("error", reject);
    ended.then((code) => reject(new Error(`serve ended with ${code}, having printed: ${printed}`)));
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { origin, stop };
}

/** Debian's Chromium, or the one that CHROMIUM names. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // Its sandbox does not start for root, as which CI runs. No page but ours is opened.
    args: ["--no-sandbox"],
  });

let passed = 0;
export const checks = () => passed;

/** Checks that `actual()` comes to equal `expected`. */
export async function check(what, actual, expected) {
  const begun = performance.now();
  let last;
  do {
    last = await actual();
    if (isDeepStrictEqual(last, expected)) {
      passed += 1;
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 40));
  } while (performance.now() - begun < PATIENCE_MS);
  throw new Error(`${what}\n  expected: ${JSON.stringify(expected)}\n  found:    ${JSON.stringify(last)}`);
}

/** A tab, and what it did that it should not. */
export async function open(browser, server, fragment = "", options = {}) {
  const { path = "/", token = TOKEN, before, folded = false, ...context } = options;
  const opened = await browser.newContext({ viewport: { width: 1200, height: 900 }, timezoneId: "UTC", ...context });
  opened.setDefaultTimeout(PATIENCE_MS);
  const page = await opened.newPage();
  const [requests, faults, refusals] = [[], [], []];
  // The icon is in the page: a `data:` that is asked of nobody.
  page.on("request", (request) => request.url().startsWith("data:") || requests.push(request.url()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // Chromium itself tells of every answer that is an error, and of every one that is missing.
    if (message.text().startsWith("Failed to load resource: ")) refusals.push(message.text());
    else faults.push(message.text());
  });
  await before?.(page);
  await page.goto(server.origin + path + (token ? `#token=${token}&${fragment}` : `#${fragment}`));
  // A case that is about the folds themselves leaves them closed.
  if (!folded) await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => { fold.open = true; }));
  return new Tab(page, server, requests, faults, refusals);
}

class Tab {
  constructor(page, server, requests, faults, refusals) {
    Object.assign(this, { page, server, requests, faults, refusals });
  }

  $(selector, options) {
    return this.page.locator(selector, options);
  }

  text(selector) {
    return () => this.$(selector).first().textContent();
  }

  /** Texts of all that is there. */
  texts(selector) {
    return () => this.$(selector).allTextContents();
  }

  attribute(selector, name) {
    return () => this.$(selector).first().getAttribute(name);
  }

  focused() {
    return this.page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
  }

  head(field) {
    return this.$(`th[data-field="${field}"] button`);
  }

  fragment() {
    return Object.fromEntries(new URLSearchParams(new URL(this.page.url()).hash.slice(1)));
  }

  /** How often the endpoint was asked. */
  asked() {
    return this.requests.filter((url) => url.includes("/api/v1/")).length;
  }

  /** Ends it: nothing went wrong in it, and it asked no one but the server. */
  async close(refusals = 0) {
    await check("no fault in the console", () => this.faults, []);
    await check("refusals in the console", () => this.refusals.length, refusals);
    await check("some requests", () => this.requests.length > 0, true);
    await check("requests to others", () => this.requests.filter((url) => new URL(url).origin !== this.server.origin), []);
    await this.page.context().close();
  }
}
