// What is refused, what fails, and what is empty: the server's own words, and a way on.

import { check, open, serve } from "../harness.mjs";
import { total } from "../units.mjs";

const ENDPOINT = "**/api/v1/livechat/units*";
const notice = (tab) => tab.texts("#notice-title, #notice-message, #notice-actions button");

export async function a_sort_that_is_none(browser, server) {
  const tab = await open(browser, server);
  await check("all", tab.text("#summary"), `${total} units`);
  await tab.$("#sort").fill('{"name":"up"}');
  await tab.$("#sort").press("Enter");
  await check("the message", notice(tab), [
    "The server refuses this sort", 'Invalid sort parameter provided: "{"name":"up"}" [error-invalid-sort]', "Default sort", "Retry",
  ]);
  await check("the reason", tab.text("#notice-text"), "The field “name” has the direction \"up\". A direction is 1 (ascending) or -1 (descending).");
  await check("it is read out", tab.attribute("#notice", "role"), "alert");
  await check("the field", tab.attribute("#sort", "aria-invalid"), "true");
  await check("the status", async () => (await tab.text("#status")()).startsWith("400 Bad Request · "), true);
  await check("no rows", () => tab.$("#units tr").count(), 0);
  await check("no order", () => tab.$("[aria-sort]").count(), 0);
  await check("no pages", () => tab.$('nav [aria-disabled="true"]').count(), 4);
  await tab.page.getByRole("button", { name: "Default sort" }).click();
  await check("all again", tab.text("#summary"), `${total} units`);
  await check("the field again", tab.attribute("#sort", "aria-invalid"), "false");
  await check("no message", () => tab.$("#notice").isVisible(), false);
  // JavaScript moves the key "7" to the front; the server does not, and is asked as it is written.
  const sort = '{"name":1,"name":-1,"7":1}';
  await tab.$("#sort").fill(sort);
  await tab.$("#sort").press("Enter");
  await check("a sort that the page cannot read", tab.fragment.bind(tab), { sort });
  await check("is answered", tab.text("td.name"), "Zz digits");
  await check("and no header claims to know it", () => tab.$("[aria-sort]").count(), 0);
  await tab.close(1);
}

export async function a_number_that_is_none(browser, server) {
  const tab = await open(browser, server, "offset=12abc");
  await check("the title", tab.text("#notice-title"), "The server refuses this request");
  await check("the server's words", async () => /offset.*12abc.*\[error-invalid-params\]/.test(await tab.text("#notice-message")()), true);
  await tab.page.getByRole("button", { name: "Start over" }).click();
  await check("all", tab.text("#summary"), `${total} units`);
  await check("the fragment", tab.fragment.bind(tab), {});
  await tab.close(1);
}

export async function nothing_found(browser, server) {
  const tab = await open(browser, server, "text=nosuchunit");
  await check("the message", notice(tab), ["No unit found", "", "Clear the search"]);
  await check("the range", tab.text("#range"), "0 of 0");
  await check("what is read out", tab.text("#spoken"), "0 of 0. 0 units whose name contains “nosuchunit”.");
  await tab.page.getByRole("button", { name: "Clear the search", exact: true }).last().click();
  await check("all", tab.text("#summary"), `${total} units`);
  await tab.close();

  const past = await open(browser, server, "offset=4000");
  await check("past the end", notice(past), ["Nothing on this page", "", "Last page"]);
  await past.page.getByRole("button", { name: "Last page" }).click();
  await check("the last page", past.text("#range"), `351–${total} of ${total}, page 8 of 8`);
  await past.close();
}

export async function who_asks(browser, server) {
  const tab = await open(browser, server, "", { token: "" });
  await check("nobody", notice(tab), ["Not signed in", "You must be logged in to do this.", "Sign in", "Retry"]);
  await tab.page.getByRole("button", { name: "Sign in", exact: true }).first().click();
  await check("the dialog", () => tab.$("#sign-in").evaluate((dialog) => dialog.open), true);
  await tab.$("#token").fill("wrong");
  await tab.$("#token").press("Enter");
  await check("a wrong token", () => tab.asked(), 2);
  await check("still nobody", notice(tab), ["Not signed in", "You must be logged in to do this.", "Sign in", "Retry"]);
  await tab.$("#who").click();
  await tab.$("#token").fill("s3cret");
  await tab.$("#token").press("Enter");
  await check("the manager", tab.text("#summary"), `${total} units`);
  await tab.page.reload();
  await check("still the manager", tab.text("#summary"), `${total} units`);
  await tab.$("#who").click();
  await tab.$("#user").selectOption("agent");
  await tab.page.getByRole("button", { name: "Sign in", exact: true }).last().click();
  await check("the agent", notice(tab), [
    "Not allowed", "User does not have the permissions required for this action [error-unauthorized]", "Change user", "Retry",
  ]);
  await check("nothing is said of units", tab.texts("#units tr"), []);
  await tab.page.evaluate(() => { location.hash = "user=ü&token=ü"; });
  await check("what no header can carry", notice(tab), ["Not signed in", "You must be logged in to do this.", "Sign in", "Retry"]);
  await tab.$("#who").click();
  await tab.page.keyboard.press("Escape");
  await check("the dialog closes", () => tab.$("#sign-in").evaluate((dialog) => dialog.open), false);
  await tab.close(4);
}

export async function a_server_that_fails(browser, server) {
  const tab = await open(browser, server);
  await check("all", tab.text("#summary"), `${total} units`);
  const failures = [
    [{ status: 500, body: '{"success":false,"error":"Internal server error"}' }, ["The server failed", "Internal server error", "Retry"]],
    [{ status: 502, body: "<h1>Bad gateway</h1>" }, ["The server failed", "<h1>Bad gateway</h1>", "Retry"]],
    [{ status: 414, body: "" }, ["The server refuses this request", "414 URI Too Long", "Start over", "Retry"]],
    [{ status: 200, body: '{"units":' }, ["An unexpected answer", '{"units":', "Retry"]],
    [{ status: 200, body: '{"units":[]}' }, ["An unexpected answer", '{"units":[]}', "Retry"]],
  ];
  for (const [answer, texts] of failures) {
    await tab.page.route(ENDPOINT, (route) => route.fulfill({ contentType: "application/json", ...answer }), { times: 1 });
    await tab.$("#refresh").click();
    await check(`after ${answer.status}`, notice(tab), texts);
    await tab.page.getByRole("button", { name: "Retry" }).click();
    await check("tried again", tab.text("#summary"), `${total} units`);
  }
  await tab.close(3);
}

/** The server itself is stopped, and the page says what it knows. */
export async function no_server(browser) {
  const own = await serve(null);
  const tab = await open(browser, own);
  await check("all", tab.text("#summary"), "7 units");
  await own.stop();
  await tab.$("#next").focus();
  await tab.$("#refresh").click();
  await check("the message", async () => (await notice(tab)()).filter((_text, at) => at !== 1), ["The server cannot be reached", "Retry"]);
  await check("the status", tab.text("#status"), "no answer");
  await tab.page.route("**/*", (route) => route.fulfill({ body: '{"units":[],"count":0,"offset":0,"total":0,"success":true}' }));
  await tab.page.getByRole("button", { name: "Retry" }).click();
  await check("tried again", notice(tab), ["No units", ""]);
  await tab.close(1);
}

/** The rows are shown, unmarked, and the page says so. */
export async function no_folding_rule(browser, server) {
  const before = (page) => page.route("**/folding", (route) => route.abort());
  const tab = await open(browser, server, "text=sales", { before });
  await check("the rows", () => tab.$("#units tr").count(), 27);
  await check("no marks", () => tab.$("mark").count(), 0);
  await check("the hint", tab.text("#hint"), "What matched is not marked: the server did not tell its folding rule.");
  await tab.page.unroute("**/folding");
  await tab.$("#refresh").click();
  await check("marks", () => tab.$("mark").count(), 27);
  await check("no hint", () => tab.$("#hint").isHidden(), true);
  await tab.close(1);
}

/** A rule that the page knows, and by which a name does not match. */
export async function another_folding_rule(browser, server) {
  const before = (page) => page.route("**/folding", (route) => route.fulfill({ body: '{"folding":"Bb"}' }));
  const tab = await open(browser, server, "text=sales", { before });
  await check("the hint", tab.text("#hint"), "27 names matched by a rule that this page does not know, and nothing is marked there.");
  await check("no marks", () => tab.$("mark").count(), 0);
  await tab.close();
}
