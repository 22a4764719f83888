// What the table shows: all units, those that a text matches, orders and pages.

import { check, open } from "../harness.mjs";
import { odd, plausible, total } from "../units.mjs";

const bytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const named = [...plausible, ...odd].filter(({ name }) => typeof name === "string").map(({ name }) => name);
/** By name: none, then numbers, then strings by their bytes. */
const byName = ["none", "404", ...[...named, "Zz digits"].sort(bytes)];
const sales = plausible.filter(({ name }) => /sales/i.test(name));
const names = (units) => units.map(({ name }) => name);

export async function first_page(browser, server) {
  const tab = await open(browser, server);
  await check("the range", tab.text("#range"), `1–50 of ${total}, page 1 of 8`);
  await check("the summary", tab.text("#summary"), `${total} units`);
  await check("the names", tab.texts("td.name"), byName.slice(0, 50));
  await check("the order", tab.attribute("th.name", "aria-sort"), "ascending");
  await check("what is read out", tab.text("#spoken"), `1–50 of ${total}, page 1 of 8. ${total} units.`);
  await check("that it is read out", tab.attribute("#spoken", "role"), "status");
  await check("the request", tab.text("#path"), "GET /api/v1/livechat/units");
  await check("the status", async () => /^200 OK · [\d.]+ ms · [\d.]+ kB$/.test(await tab.text("#status")()), true);
  await check("the explanation", async () => (await tab.text("#explanation")()).startsWith("text: none; order: index"), true);
  await check("that nothing is on its way", tab.attribute("#frame", "aria-busy"), "false");
  await check("the token is out of the URL", () => tab.page.url(), `${server.origin}/`);
  await tab.close();
}

export async function a_text(browser, server) {
  const tab = await open(browser, server);
  await tab.page.clock.install();
  await check("all units", tab.text("#summary"), `${total} units`);
  const before = tab.asked();
  await tab.$("#text").pressSequentially("sALES");
  await check("nothing is asked while someone types", () => tab.asked() - before, 0);
  await tab.page.clock.runFor(1000);
  await check("the total", tab.text("#range"), `1–27 of ${sales.length}`);
  await check("five letters are one request", () => tab.asked() - before, 1);
  await check("the rows", tab.texts("td.name"), names(sales).sort(bytes));
  await check("what matched", tab.texts("mark"), sales.map(() => "Sales"));
  await check("the summary", tab.text("#summary"), "27 units whose name contains “sALES”");
  await check("what is read out", tab.text("#spoken"), "1–27 of 27. 27 units whose name contains “sALES”.");
  await check("the request", tab.text("#path"), "GET /api/v1/livechat/units?text=sALES");
  await check("the decoded query", tab.texts("#decoded > *"), ["text", "sALES"]);
  await check("the explanation", async () => (await tab.text("#explanation")()).startsWith("text: candidates"), true);
  await tab.$("#clear").click();
  await check("cleared", tab.text("#summary"), `${total} units`);
  await check("the focus is in the field", () => tab.focused(), "text");
  await check("no marks", () => tab.$("mark").count(), 0);
  await tab.close();
}

/** The rule is the server's. By JavaScript's own, `/iu`, the first iota would match too. */
export async function folding(browser, server) {
  const marks = [
    ["k", "Kelvin \u212A, Straße, ΣΊΣΥΦΟΣ", ["K", "\u212A"]],
    ["straẞe", "Kelvin \u212A, Straße, ΣΊΣΥΦΟΣ", ["Straße"]],
    ["σίσυφος", "Kelvin \u212A, Straße, ΣΊΣΥΦΟΣ", ["ΣΊΣΥΦΟΣ"]],
    ["\u0390", "Iota \u1FD3 then \u0390", ["\u0390"]],
    ["iota \u1FD3", "Iota \u1FD3 then \u0390", ["Iota \u1FD3"]],
    ["ERROR=ALERT", null, []],
    ["onerror=ALERT(", "<img src=x onerror=alert(1)>", ["onerror=alert("]],
  ];
  const tab = await open(browser, server);
  for (const [text, name, marked] of marks) {
    await tab.$("#text").fill(text);
    await check(`the request for ${text}`, tab.text("#path"), `GET /api/v1/livechat/units?${new URLSearchParams({ text })}`);
    await check(`the answer for ${text}`, tab.attribute("#request", "aria-busy"), "false");
    const row = tab.$("tr", { has: tab.page.getByText(name ?? text, { exact: true }) });
    await check(`whether ${text} matches`, () => row.count(), name ? 1 : 0);
    await check(`what ${text} matched`, () => row.locator("mark").allTextContents(), marked);
    await check(`no doubt about ${text}`, () => tab.$("#hint").isHidden(), true);
  }
  await check("a name is text", () => tab.$("img").count(), 0);
  await tab.close();
}

export async function orders(browser, server) {
  const tab = await open(browser, server, "text=sales");
  const updated = (units) => units.sort((a, b) => bytes(a._updatedAt, b._updatedAt));
  const sorted = () => tab.page.evaluate(() => Array.from(document.querySelectorAll("[aria-sort]"), (head) => [head.dataset.field, head.ariaSort]));
  await check("at first", sorted, [["name", "ascending"]]);
  await tab.head("_updatedAt").click();
  await check("once", sorted, [["_updatedAt", "ascending"]]);
  await check("the rows once", tab.texts("td.name"), names(updated([...sales])));
  await tab.head("_updatedAt").click();
  await check("again", sorted, [["_updatedAt", "descending"]]);
  await check("the rows again", tab.texts("td.name"), names(updated([...sales]).reverse()));
  await check("the raw sort", () => tab.$("#sort").inputValue(), '{"_updatedAt":-1}');

  await tab.head("visibility").click();
  await tab.head("_updatedAt").click({ modifiers: ["Shift"] });
  await check("two keys", tab.fragment.bind(tab), { text: "sales", sort: '{"visibility":1,"_updatedAt":1}' });
  await tab.head("_updatedAt").click({ modifiers: ["Shift"] });
  await check("the second turned", tab.fragment.bind(tab), { text: "sales", sort: '{"visibility":1,"_updatedAt":-1}' });
  const two = [...sales].sort((a, b) => bytes(a.visibility, b.visibility) || bytes(b._updatedAt, a._updatedAt));
  await check("the rows by two keys", tab.texts("td.name"), names(two));
  await check("only the first has aria-sort", sorted, [["visibility", "ascending"]]);
  await check("the second tells it", () => tab.head("_updatedAt").textContent(), "Updated↓2, key 2, descending");

  await tab.$("#then").selectOption("numMonitors");
  await check("a third key", tab.fragment.bind(tab), { text: "sales", sort: '{"visibility":1,"_updatedAt":-1,"numMonitors":1}' });
  await tab.head("name").click();
  await check("a plain click is one key again", tab.fragment.bind(tab), { text: "sales", sort: '{"name":1}' });
  await tab.close();
}

export async function pages(browser, server) {
  const tab = await open(browser, server);
  await check("the first page", tab.text("#range"), `1–50 of ${total}, page 1 of 8`);
  const enabled = () => tab.page.evaluate(() => Array.from(document.querySelectorAll('nav [aria-disabled="false"]'), ({ id }) => id));
  await check("ways from the first", enabled, ["next", "last"]);
  await tab.$("#last").click();
  await check("the last page", tab.text("#range"), `351–${total} of ${total}, page 8 of 8`);
  await check("its names", tab.texts("td.name"), byName.slice(350));
  await check("ways from the last", enabled, ["first", "previous"]);
  await check("the focus stays", () => tab.focused(), "last");
  await tab.$("#previous").click();
  await check("the page before", tab.text("#range"), `301–350 of ${total}, page 7 of 8`);
  await tab.$("#first").click();
  await check("back at the first", tab.text("#range"), `1–50 of ${total}, page 1 of 8`);
  await tab.$("#next").click();
  await check("the second", tab.text("#range"), `51–100 of ${total}, page 2 of 8`);
  await tab.$("#count").selectOption("100");
  await check("larger pages", tab.text("#range"), `1–100 of ${total}, page 1 of 4`);
  await check("no page of all units", () => tab.$('#count option[value="0"]').count(), 0);
  await tab.page.evaluate(() => { location.hash = "count=0"; });
  await check("not even by hand", tab.text("#range"), `1–50 of ${total}, page 1 of 8`);
  await tab.close();
}

/** The server may give less than was asked for, and an offset need not be that of a page. */
export async function sizes_of_the_server(browser, _server, small) {
  const tab = await open(browser, small);
  await check("its default", tab.text("#range"), "1–2 of 7, page 1 of 4");
  await tab.$("#count").selectOption("100");
  await check("its maximum", tab.text("#range"), "1–3 of 7, page 1 of 3");
  await tab.$("#last").click();
  await check("the last of those", tab.text("#range"), "7–7 of 7, page 3 of 3");
  await tab.$("#previous").click();
  await check("the one before", tab.text("#range"), "4–6 of 7, page 2 of 3");
  await tab.close();
  const between = await open(browser, small, "offset=1&count=3");
  await check("between pages", between.text("#range"), "2–4 of 7");
  await between.$("#previous").click();
  await check("the first", between.text("#range"), "1–3 of 7, page 1 of 3");
  await between.close();
}

/** Damaged documents are shown as they are, with the digits that they have. */
export async function damaged_documents(browser, server) {
  const cells = async (name) => {
    const tab = await open(browser, server, `sort={"name":${name.startsWith("Zz") ? -1 : 1}}&count=${name.startsWith("Zz") ? 1 : 100}`);
    const row = tab.$("tr", { has: tab.page.locator("td.name", { hasText: new RegExp(`^${name}$`) }) });
    await check(`the row of ${name}`, () => row.count(), 1);
    const shown = await row.locator("td").allTextContents();
    await tab.close();
    return shown;
  };
  await check("digits", () => cells("Zz digits"), ["Zz digits", "none", "12345678901234567890", "1.0", "none", "digits"]);
  await check("nothing but an id", () => cells("none"), ["none", "none", "none", "none", "none", "bare"]);
  const wrong = odd.find(({ numMonitors }) => numMonitors === "three");
  const tab = await open(browser, server, `text=${encodeURIComponent(wrong.name)}`);
  await check("other types", async () => (await tab.texts("td")()).slice(1, 5), ["hidden", '"three"', String(wrong.numDepartments), '"yesterday"']);
  await tab.close();
}

/** More than a browser should draw. */
export async function a_very_long_answer(browser, server) {
  const units = Array.from({ length: 1500 }, (_, i) => ({ _id: String(i), type: "u", name: `Unit ${i}` }));
  const body = JSON.stringify({ units, count: 1500, offset: 0, total: 1500, success: true });
  const before = (page) => page.route("**/api/**", (route) => route.fulfill({ body, contentType: "application/json" }));
  const tab = await open(browser, server, "count=0", { before });
  await check("the hint", tab.text("#hint"), "The answer has 1,500 units; the first 1,000 are shown.");
  await check("the rows", () => tab.$("#units tr").count(), 1000);
  await check("the range", tab.text("#range"), "1–1,500 of 1,500");
  await tab.close();
}
