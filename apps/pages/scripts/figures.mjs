// How fast the verifier page is in Chromium, with the built pages: `npm run figures -- RECORD [RUNS]`. One line of JSON for each
// run: ballots a second from the file's drop, a second and a half after the page is there, to the verdict; workers; and the longest
// time in which the page could not answer.
import { readFileSync } from "node:fs";
import { contextOf, launch, looks, serveDist } from "../tests/browser/support.mjs";

const [record, runs = "3"] = process.argv.slice(2);
if (record === undefined) {
  console.error("usage: npm run figures -- RECORD [RUNS]");
  process.exit(2);
}
const buffer = readFileSync(record);
const browser = await launch();
const server = await serveDist();
try {
  for (let run = 0; run < Number(runs); run++) {
    const page = await (await contextOf(browser, looks[0])).newPage();
    page.setDefaultTimeout(600_000);
    await page.goto(server.base);
    await page.evaluate(() => {
      globalThis.longest = 0;
      new PerformanceObserver((list) => {
        for (const task of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, task.duration);
      }).observe({ type: "longtask" });
      // Asking again and again, as a driver does, would keep the page drawing.
      globalThis.verified = new Promise((resolve) => {
        new PerformanceObserver((list) => {
          if (list.getEntriesByName("tabella: verification").length > 0) resolve();
        }).observe({ type: "measure" });
      });
    });
    // A reader takes longer than this to choose a file; meanwhile the page loads the engine.
    await page.waitForTimeout(1500);
    await page.locator("tb-drop input").first().setInputFiles({ name: "record.tabella", mimeType: "application/octet-stream", buffer });
    await page.evaluate(() => globalThis.verified);
    const figures = await page.evaluate(() => {
      const [{ duration, detail }] = performance.getEntriesByName("tabella: verification");
      return { seconds: duration / 1000, ballots: detail.ballots, ballots_per_second: (detail.ballots * 1000) / duration, workers: detail.workers, longest_task_ms: globalThis.longest };
    });
    console.log(JSON.stringify(figures));
    await page.context().close();
  }
} finally {
  await server.close();
  await browser.close();
}
