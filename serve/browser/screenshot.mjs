// Writes the picture of the README. Its fonts are those of the machine: Inter looks best.

import { launch, open, serve } from "./harness.mjs";
import { plausible } from "./units.mjs";

const lines = plausible.map((unit) => JSON.stringify(unit)).join("\n");
const server = await serve(lines, "--listen", "127.0.0.1:3000");
const browser = await launch();
try {
  const query = new URLSearchParams({ text: "support", sort: '{"numMonitors":-1,"_updatedAt":-1}', count: "6" });
  const options = { viewport: { width: 1120, height: 760 }, deviceScaleFactor: 1, folded: true };
  const { page } = await open(browser, server, query, options);
  // The second answer comes over a connection that is open, and so shows the server's time.
  for (let answers = 0; answers < 2; answers += 1) {
    await page.locator("#request[aria-busy=false]").waitFor();
    await page.getByRole("button", { name: "Refresh" }).click();
  }
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement.blur());
  await page.locator("#request[aria-busy=false]").waitFor();
  await page.screenshot({ path: new URL("../screenshot.png", import.meta.url).pathname, fullPage: true });
} finally {
  await browser.close();
  await server.stop();
}
