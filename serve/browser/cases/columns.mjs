// The columns: widths, cut texts, invisible characters, dates, the sort and the number of a page.

import { check, open } from "../harness.mjs";
import { plausible, total } from "../units.mjs";

const LONG = "Long name ".repeat(1000);
const ODD = [
  { _id: "a".repeat(300), type: "u", name: LONG, visibility: "public", numMonitors: 12, numDepartments: 3456, _updatedAt: "2023-12-31T22:40:00.000Z" },
  { _id: "zero\u200Bwidth", type: "u", name: " a\u200Bb\u202Ec\u0000d\u00A0e " },
  { _id: "rtl", type: "u", name: "\u05E9\u05DC\u05D5\u05DD (1)" },
  { _id: "emoji", type: "u", name: "\u{1F468}\u200D\u{1F469}\u200D\u{1F467} family \u2764\uFE0F" },
  { _id: "empty", type: "u", name: "" },
];
const body = JSON.stringify({ units: ODD, count: ODD.length, offset: 0, total: ODD.length, success: true });
const before = (page) => page.route("**/api/**", (route) => route.fulfill({ body, contentType: "application/json" }));

/** The largest distance, in pixels, between the right edges of a header's label and its numbers. */
const misaligned = (page) => page.evaluate(() => {
  const right = (node) => { const range = document.createRange(); range.selectNodeContents(node); return range.getBoundingClientRect().right; };
  const distances = [];
  for (const field of ["numMonitors", "numDepartments"]) {
    const head = document.querySelector(`th[data-field="${field}"]`);
    const at = Array.from(head.parentNode.children).indexOf(head);
    for (const row of document.querySelectorAll("#units tr")) distances.push(Math.abs(right(row.children[at]) - right(head.querySelector("button").firstChild)));
  }
  return Math.max(...distances);
});

export async function widths(browser, server) {
  for (const width of [390, 700, 820, 900, 1280]) {
    for (const colorScheme of ["light", "dark"]) {
      const viewport = { width, height: 500 };
      const odd = await open(browser, server, "", { viewport, colorScheme, before, timezoneId: "Asia/Kolkata" });
      await check("all", odd.text("#summary"), `${ODD.length} units`);
      await check(`beyond the edge at ${width}`, () => odd.page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
      const lines = () => odd.page.evaluate(() => Math.max(...Array.from(document.querySelectorAll(".clamp"), (name) => name.clientHeight / parseFloat(getComputedStyle(name).lineHeight))));
      await check(`lines of a name at ${width}`, async () => Math.round(await lines()), 2);
      const date = () => odd.page.evaluate(() => { const time = document.querySelector("time"); return [time.getClientRects().length, time.parentNode.scrollWidth <= time.parentNode.clientWidth]; });
      await check(`a date at ${width}`, date, [1, true]);
      await odd.close();
      const tab = await open(browser, server, "count=50", { viewport, colorScheme });
      await check("all units", tab.text("#summary"), `${total} units`);
      if (width > 860) await check(`headers beside their numbers at ${width}`, async () => (await misaligned(tab.page)) < 1.5, true);
      await tab.page.evaluate(() => scrollTo(0, 900));
      await check(`the header sticks at ${width}`, () => tab.page.evaluate(() => Math.round(document.querySelector("th").getBoundingClientRect().top) < 12 && Math.round(document.querySelector("th").getBoundingClientRect().top) >= 0), true);
      await tab.close();
    }
  }
}

export async function cut_texts(browser, server) {
  const tab = await open(browser, server, "", { before, permissions: ["clipboard-read", "clipboard-write"] });
  const clipboard = () => tab.page.evaluate(() => navigator.clipboard.readText());
  await check("the whole name", tab.attribute(".clamp", "title"), LONG);
  await check("the whole id", tab.attribute("td.id .cut", "title"), ODD[0]._id);
  await tab.$("td.name .copy").first().click();
  await check("the copied name", clipboard, LONG);
  await check("it is read out", tab.text("#spoken"), "The name is copied.");
  await tab.$("td.id .copy").first().focus();
  await tab.page.keyboard.press("Enter");
  await check("the copied id", clipboard, ODD[0]._id);
  await check("signs", () => tab.$("tr:nth-child(2) td.name .sign").allTextContents(), ["SP", "ZWSP", "RLO", "NUL", "NBSP", "SP"]);
  await check("a sign in an id", () => tab.$("tr:nth-child(2) td.id .sign").allTextContents(), ["ZWSP"]);
  await check("no sign in emoji or RTL", () => tab.$("tr:nth-child(3) .sign, tr:nth-child(4) .sign").count(), 0);
  await check("an empty name", () => tab.$("tr:nth-child(5) td.name").textContent(), '""');
  await tab.close();
}

export async function time_zone(browser, server) {
  const tab = await open(browser, server, "", { before, timezoneId: "America/New_York" });
  await check("the date", tab.text("time"), "31 Dec 2023, 17:40 GMT-5");
  await check("its title", tab.attribute("time", "title"), "2023-12-31T22:40:00.000Z, shown in America/New_York");
  await tab.close();
}

export async function clearing_a_sort(browser, server) {
  const tab = await open(browser, server);
  const sort = async () => tab.fragment().sort;
  for (const expected of ['{"numMonitors":1}', '{"numMonitors":-1}', undefined]) {
    await tab.head("numMonitors").click();
    await check("a click", sort, expected);
  }
  await check("the default order", tab.attribute("th.name", "aria-sort"), "ascending");
  await tab.$("#then").selectOption("-_updatedAt");
  await check("then descending", sort, '{"name":1,"_updatedAt":-1}');
  await tab.head("_updatedAt").click({ modifiers: ["Shift"] });
  await check("a further key cleared", sort, '{"name":1}');
  await tab.close();
}

export async function a_numbered_page(browser, server) {
  const tab = await open(browser, server);
  await check("the number", () => tab.$("#page").inputValue(), "1");
  await check("the bound", tab.attribute("#page", "max"), "8");
  await tab.$("#page").fill("3");
  await tab.$("#page").press("Enter");
  await check("the third page", tab.text("#range"), `101–150 of ${total}, page 3 of 8`);
  for (const wrong of ["9", "0", "1.5", ""]) {
    const asked = tab.asked();
    await tab.$("#page").fill(wrong);
    await tab.$("#page").press("Enter");
    await check(`${wrong} is invalid`, () => tab.$("#page").evaluate((field) => field.validity.valid), false);
    await check("nothing is asked", () => tab.asked() - asked, 0);
  }
  await tab.close();
}

export async function folds(browser, server) {
  const tab = await open(browser, server, "text=sales", { folded: true });
  await check("the answer", tab.text("#summary"), "27 units whose name contains “sales”");
  for (const id of ["sort", "path", "explanation"]) await check(`${id} is behind a fold`, () => tab.$(`#${id}`).isVisible(), false);
  await check("the plan in words", async () => /^The text index found \d+ candidates?\. The store made \d+ comparisons? of a name with the text\. .*index/.test(await tab.text("#plan")()), true);
  await tab.$("#text").fill("support");
  await check("a scan in words", async () => /^The text index found 54 candidates\. The store compared all names with the text\. /.test(await tab.text("#plan")()), true);
  await tab.$("#raw summary").focus();
  await tab.page.keyboard.press("Enter");
  await check("a key opens it", () => tab.$("#sort").isVisible(), true);
  await tab.close();
}

/** Each reason agrees with the server, which refuses each of these sorts. */
export async function reasons(browser, server) {
  const wrong = [
    ["{", "It is not JSON."], ["[]", "It is not a JSON object."], ['{"":1}', "A field has an empty name."],
    ['{"a..b":1}', "The field “a..b” has an empty part beside a dot."], ['{"$a":1}', "The field “$a” has a part that starts with “$”."],
    [JSON.stringify(Object.fromEntries(plausible.slice(0, 33).map((_unit, at) => [`f${at}`, 1]))), "It has 33 fields. The maximum is 32."],
  ];
  for (const [sort, reason] of wrong) {
    const tab = await open(browser, server, new URLSearchParams({ sort }), { folded: true });
    await check(`the reason for ${sort}`, tab.text("#notice-text"), reason);
    await check("the field is in sight", () => tab.$("#sort").isVisible(), true);
    await tab.close(1);
  }
}
