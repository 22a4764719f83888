// Light and dark, large and small, and what assistive technology gets.

import { check, open } from "../harness.mjs";
import { total } from "../units.mjs";

/** WCAG's contrast of each text with what is behind it, at its lowest. */
const contrast = (page) =>
  page.evaluate(() => {
    const channels = (color) => color.match(/[\d.]+/g).map(Number);
    const light = (color) => {
      const [r, g, b] = channels(color).map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
      const { backgroundColor } = getComputedStyle(element);
      return channels(backgroundColor)[3] === 0 ? ground(element.parentElement) : backgroundColor;
    };
    const pairs = [];
    for (const element of document.querySelectorAll("body *")) {
      const own = Array.from(element.childNodes).some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      if (!own || !element.checkVisibility() || element.closest("[aria-disabled=true], script, option")) continue;
      const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
      pairs.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.id || element.className || element.tagName]);
    }
    return { texts: pairs.length, poor: pairs.filter(([ratio]) => ratio < 4.5) };
  });

export async function light_and_dark(browser, server) {
  const grounds = [];
  for (const colorScheme of ["light", "dark"]) {
    for (const fragment of ["text=sales&count=10", "sort=up"]) {
      const tab = await open(browser, server, fragment, { colorScheme });
      await check("an answer", tab.attribute("#request", "aria-busy"), "false");
      await check(`hard to read, ${colorScheme}`, async () => (await contrast(tab.page)).poor, []);
      await check("texts that were looked at", async () => (await contrast(tab.page)).texts > 25, true);
      grounds.push(await tab.page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      await tab.close(fragment === "sort=up" ? 1 : 0);
    }
  }
  await check("the grounds", () => grounds, ["rgb(246, 247, 249)", "rgb(246, 247, 249)", "rgb(20, 23, 27)", "rgb(20, 23, 27)"]);
}

export async function narrow(browser, server) {
  for (const width of [320, 390, 700, 768, 820]) {
    const tab = await open(browser, server, 'text=support&sort={"visibility":1,"_updatedAt":-1}', { viewport: { width, height: 800 } });
    await check("the range", tab.text("#range"), "1–50 of 54, page 1 of 2");
    const beyond = () => tab.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await check(`beyond the edge at ${width}`, beyond, 0);
    await check("rows are still rows", () => tab.page.getByRole("row").count(), 51);
    await check("and cells cells", () => tab.page.getByRole("cell").count(), 50 * 6);
    await tab.head("numMonitors").click();
    await check("a header sorts", tab.fragment.bind(tab), { text: "support", sort: '{"numMonitors":1}' });
    await tab.$("#next").click();
    await check("pages", tab.text("#range"), "51–54 of 54, page 2 of 2");
    await tab.close();
  }
}

export async function assistive_technology(browser, server) {
  const tab = await open(browser, server, 'sort={"visibility":1,"name":-1}&count=10');
  await check("the range", tab.text("#range"), `1–10 of ${total}, page 1 of 36`);
  const named = [
    ["heading", "Livechat units"], ["search", "Units"], ["searchbox", "Search names"], ["textbox", "Sort"], ["combobox", "Then sort by"],
    ["combobox", "Rows"], ["button", "Signed in as manager"], ["region", "Units"], ["table", /^Units\./], ["navigation", "Pages"],
    ["columnheader", "Visibility"], ["columnheader", "Name , key 2, descending"], ["button", "Next"], ["region", "Request"],
  ];
  for (const [role, name] of named) await check(`${role} ${name}`, () => tab.page.getByRole(role, { name, exact: true }).count(), 1);
  const nameless = () =>
    tab.page.evaluate(() => {
      const controls = Array.from(document.querySelectorAll("button, input, select"));
      return controls.filter((control) => !control.textContent.trim() && !control.ariaLabel && !control.labels?.length).map(({ id }) => id);
    });
  await check("controls without a name", nameless, []);
  await check("ids twice", () => tab.page.evaluate(() => {
    const ids = Array.from(document.querySelectorAll("[id]"), ({ id }) => id);
    return ids.filter((id, at) => ids.indexOf(id) !== at);
  }), []);
  await check("the language", tab.attribute("html", "lang"), "en");
  await tab.close();
}

/** Nothing but the page itself is loaded, and nothing else could be. */
export async function policy(browser, server) {
  const answer = await fetch(server.origin);
  const policy = answer.headers.get("content-security-policy");
  await check("the policy", () => ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"].every((rule) => policy.includes(rule)), true);
  const html = await answer.text();
  await check("no address of another server", () => html.match(/https?:\/\/(?!www\.w3\.org\/2000\/svg)[^\s"'`]+/g), null);
  await check("no handler in an attribute", () => html.match(/<[^>]+\son[a-z]+=/g), null);
  await check("no HTML made of text", () => html.match(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/g), null);
  const tab = await open(browser, server);
  await check("all", tab.text("#summary"), `${total} units`);
  await check("what was asked for", () => tab.requests.map((url) => url.slice(server.origin.length)).sort(), ["/", "/api/v1/livechat/units", "/explain", "/status"].sort());
  await tab.close();
}
