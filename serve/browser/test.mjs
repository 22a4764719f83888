// The page of `serve`, used as people use it: with a mouse, with the keyboard alone, on a
// small screen, in the dark, and when things go wrong.

import { checks, launch, serve } from "./harness.mjs";
import * as columns from "./cases/columns.mjs";
import * as failures from "./cases/failures.mjs";
import * as listing from "./cases/listing.mjs";
import * as looks from "./cases/looks.mjs";
import * as state from "./cases/state.mjs";
import { lines } from "./units.mjs";

/** How many checks there are. A case that is skipped, or ends early, must not pass. */
const CHECKS = 663;

// Until all is done, an end of the process is a failure.
process.exitCode = 1;
const [units, small, browser] = await Promise.all([serve(lines), serve(null, "--default-count", "2", "--max-count", "3"), launch()]);
try {
  const cases = [listing, columns, state, failures, looks].flatMap((module) => Object.entries(module));
  for (const [name, run] of cases) {
    const before = checks();
    await run(browser, units, small).catch((error) => {
      throw new Error(`${name}: ${error.message}`, { cause: error });
    });
    console.log(`${name}: ${checks() - before} checks`);
  }
  if (checks() !== CHECKS) throw new Error(`${checks()} checks passed, and there are ${CHECKS}`);
  console.log(`${cases.length} cases, ${checks()} checks passed`);
  process.exitCode = 0;
} catch (error) {
  console.error(`FAILED after ${checks()} checks: ${error.message}`);
} finally {
  await browser.close();
  await Promise.all([units.stop(), small.stop()]);
}
