// What is kept, in which order things happen, and what can be copied.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { check, open, TOKEN } from "../harness.mjs";
import { total } from "../units.mjs";

export async function reload_and_back(browser, server) {
  const tab = await open(browser, server);
  await check("all", tab.text("#summary"), `${total} units`);
  await tab.$("#text").fill("support");
  await check("a text", tab.text("#range"), "1–50 of 54, page 1 of 2");
  await tab.head("name").click();
  await check("turned round", tab.text("td.name"), "Technical Support Zürich");
  await tab.$("#next").click();
  await check("the second page", tab.text("#range"), "51–54 of 54, page 2 of 2");
  const kept = { text: "support", sort: '{"name":-1}', offset: "50" };
  await check("the fragment", tab.fragment.bind(tab), kept);
  const rows = await tab.texts("td")();
  await tab.page.reload();
  await check("the rows after a reload", tab.texts("td"), rows);
  await check("the fragment after a reload", tab.fragment.bind(tab), kept);
  await check("the text after a reload", () => tab.$("#text").inputValue(), "support");
  await check("the sort after a reload", () => tab.$("#sort").inputValue(), '{"name":-1}');

  await tab.page.goBack();
  await check("back: the first page", tab.text("#range"), "1–50 of 54, page 1 of 2");
  await tab.page.goBack();
  await check("back: the default order", tab.attribute("th.name", "aria-sort"), "ascending");
  await tab.page.goBack();
  await check("back: no text, for its letters were one step", tab.text("#summary"), `${total} units`);
  await check("back: the field", () => tab.$("#text").inputValue(), "");
  await tab.page.goForward();
  await check("forward", tab.text("#summary"), "54 units whose name contains “support”");
  await tab.page.evaluate(() => { location.hash = "count=7&offset=7"; });
  await check("a fragment by hand", tab.text("#range"), `8–14 of ${total}, page 2 of 52`);
  await check("its page size", () => tab.$("#count").inputValue(), "7");
  await tab.close();
}

/** Letters typed one after another are one step back. */
export async function letters_are_one_step(browser, server) {
  const tab = await open(browser, server);
  await check("all", tab.text("#summary"), `${total} units`);
  for (const text of ["s", "sa", "sal"]) {
    await tab.$("#text").fill(text);
    await check(`the request for ${text}`, tab.fragment.bind(tab), { text });
  }
  await tab.page.goBack();
  await check("all again", tab.fragment.bind(tab), {});
  await check("and shown", tab.text("#summary"), `${total} units`);
  await tab.close();
}

/** The answer to an earlier question, or one that comes late. */
export async function answers_out_of_order(browser, server) {
  const tab = await open(browser, server);
  await check("all", tab.text("#summary"), `${total} units`);
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  let late = 0;
  await tab.page.route("**/units?text=billing", async (route) => {
    const response = await route.fetch();
    await held;
    // Where the page has given the request up, there is no one to answer.
    await route.fulfill({ response }).catch(() => {});
    late += 1;
  });
  await tab.$("#text").fill("billing");
  await check("it waits", tab.attribute("#frame", "aria-busy"), "true");
  await check("what there was stays", () => tab.$("#units tr").count(), 50);
  await tab.$("#text").fill("sales");
  await check("the newer one", tab.text("#summary"), "27 units whose name contains “sales”");
  await check("it waits no more", tab.attribute("#frame", "aria-busy"), "false");
  release();
  await check("the older one came", () => late, 1);
  // Whatever it changed would be seen once this answer is there, which came after it.
  await tab.page.evaluate(async () => (await fetch("/folding")).text());
  await check("and changed nothing", tab.text("#summary"), "27 units whose name contains “sales”");
  await check("nor the rows", async () => (await tab.texts("td.name")()).every((name) => name.startsWith("Sales")), true);
  await tab.close();
}

/** What is copied for a shell gives, in a shell, what the page got. */
export async function copies(browser, server) {
  const fragment = new URLSearchParams({ text: "'s & \"100%\" $(x) ü", sort: '{"name":-1}', count: "3" });
  for (const query of [fragment, new URLSearchParams({ text: "köln", sort: '{"name":-1}', count: "3" })]) {
    const tab = await open(browser, server, query, { permissions: ["clipboard-read", "clipboard-write"] });
    const clipboard = () => tab.page.evaluate(() => navigator.clipboard.readText());
    await tab.$("[data-copies=path]").click();
    await check("it says so", tab.text("[data-copies=path]"), "Copied");
    await check("the path", clipboard, `/api/v1/livechat/units?${query}`);
    await check("the token is not shown", async () => (await tab.text("#curl")()).includes(TOKEN), false);
    await tab.$("[data-copies=curl]").click();
    await check("it has the token", async () => (await clipboard()).includes(`-H 'X-Auth-Token: ${TOKEN}'`), true);
    const headers = { "X-User-Id": "manager", "X-Auth-Token": TOKEN };
    const wanted = await (await fetch(`${server.origin}/api/v1/livechat/units?${query}`, { headers })).text();
    const { stdout } = await promisify(execFile)("sh", ["-c", await clipboard()]);
    await check("what curl printed", () => stdout, wanted);
    await check("which is a listing", () => JSON.parse(stdout).total, query === fragment ? 0 : 13);
    await tab.close();
  }
}

export async function keyboard_alone(browser, server) {
  const tab = await open(browser, server);
  const { keyboard } = tab.page;
  await check("all", tab.text("#summary"), `${total} units`);
  await keyboard.press("/");
  await check("the search", () => tab.focused(), "text");
  await keyboard.type("support");
  await keyboard.press("Enter");
  await check("found", tab.text("#range"), "1–50 of 54, page 1 of 2");
  await keyboard.press("PageDown");
  await check("the next page from the search", tab.text("#range"), "51–54 of 54, page 2 of 2");
  await keyboard.press("PageUp");
  await check("and back", tab.text("#range"), "1–50 of 54, page 1 of 2");
  while (!(await tab.focused()).startsWith("Visibility")) await keyboard.press("Tab");
  const outline = () => tab.page.evaluate(() => getComputedStyle(document.activeElement).outline);
  await check("the focus is seen", async () => /solid 2px$/.test(await outline()), true);
  await keyboard.press("Enter");
  await check("sorted", tab.fragment.bind(tab), { text: "support", sort: '{"visibility":1}' });
  await keyboard.press("Tab");
  await keyboard.press("Shift+Enter");
  await check("a second key", tab.fragment.bind(tab), { text: "support", sort: '{"visibility":1,"numMonitors":1}' });
  await check("the focus stays", async () => (await tab.focused()).startsWith("Monitors"), true);
  await keyboard.press("ArrowRight");
  await check("the next page from a header", tab.text("#range"), "51–54 of 54, page 2 of 2");
  await keyboard.press("ArrowRight");
  await check("there is none after it", tab.text("#range"), "51–54 of 54, page 2 of 2");
  await keyboard.press("ArrowLeft");
  await check("the one before", tab.text("#range"), "1–50 of 54, page 1 of 2");
  await keyboard.press("/");
  await keyboard.press("Escape");
  await check("cleared", tab.text("#summary"), `${total} units`);
  await check("the slash is no text", () => tab.$("#text").inputValue(), "");
  await tab.close();
}
