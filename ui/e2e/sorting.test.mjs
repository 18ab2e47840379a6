// Sorting rules on the page Tuning, against a station with four lanes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, openPage } from "../dev/browser.mjs";
import { Station } from "./station.mjs";

const isReal = process.env.INSPECTOR_BIN !== undefined;
const station = new Station();
let browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await station.kill();
});

describe("sorting rules", { skip: isReal ? false : "only a real station makes versions of them" }, () => {
  test("are added, take only what their lane may have, and are a version that the history shows", { timeout: 120_000 }, async () => {
    await station.start("sorted");
    const { page, problems, close } = await openPage(browser, { width: 768, height: 1024 });
    try {
      // Tests before this one may have made versions of their own.
      const next = (await station.json("/api/recipes/gear/rules")).version + 1;
      const save = page.getByRole("button", { name: `Sort by these rules as version ${next}` });
      await page.goto(station.at("/tuning?style=gear"));
      await page.getByText("No rules: every part goes to one of these two lanes.").waitFor();
      await page.getByRole("button", { name: "Add a rule" }).click();
      const rule = page.locator('.sorting-rules li[aria-label="Rule 1"]');
      const lane = rule.locator(".sorting-lane input:visible");
      await lane.click();
      await page.locator("[role=option]:visible").filter({ hasText: "second choice (accepted)" }).click();
      // The name can be read whole.
      const room = await lane.evaluate((input) => [input.scrollWidth, input.clientWidth]);
      assert.ok(room[0] <= room[1], `${room}`);
      await rule.locator(".filter input:visible").first().click();
      assert.deepEqual(await page.locator("[role=option]:visible").allTextContents(), ["Pass"]);
      await page.keyboard.press("Escape");
      await rule.locator(".sorting-score input:visible").first().fill("0.2");
      await save.click();
      await page.getByText("Required").first().waitFor();
      const form = page.locator("form.sorting");
      await form.getByLabel("Author").fill("e2e");
      await form.getByLabel("Reason").fill("small marks sell");
      await save.click();
      const version = page.locator(`tr[data-version="${next}"]`);
      await version.waitFor();
      await version.getByText(/score from 0\.20+ → second choice/).waitFor();
      const { version: inUse, rules } = await station.json("/api/recipes/gear/rules");
      assert.equal(inUse, next);
      assert.deepEqual(rules, [{ lane: "second choice", verdict: null, class: null, score_from: 0.2, score_below: null }]);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "nothing is wider than the screen");
      assert.deepEqual(problems, []);
    } finally {
      await close();
    }
  });
});
