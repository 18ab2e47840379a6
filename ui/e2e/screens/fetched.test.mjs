// What a browser fetches for the first page, and what it shows where a page cannot be fetched.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, openPage } from "../../dev/browser.mjs";
import { startFixture } from "./fixture.mjs";

let browser;
let station;
before(async () => {
  [browser, station] = await Promise.all([launch(), startFixture("normal", 500)]);
});
after(async () => {
  await browser?.close();
  station?.stop();
});

async function withPage(run) {
  const opened = await openPage(browser, {});
  try {
    await run(opened.page);
  } finally {
    await opened.close();
  }
}

describe("what is fetched", () => {
  test("first is Live and one language alone; the rest comes later", { timeout: 60_000 }, async () => {
    await withPage(async (page) => {
      const files = [];
      page.on("request", (request) => files.push(new URL(request.url()).pathname));
      await page.goto(station.at("/"));
      await page.locator(".verdict-band").waitFor();
      const has = (name) => files.some((file) => file.startsWith(`/assets/${name}`));
      assert.deepEqual([has("live-page"), has("en-"), has("teach-page"), has("zh-")], [true, true, false, false]);
      await page.waitForRequest((request) => request.url().includes("/assets/teach-page"), { timeout: 20_000 });
      await page.waitForTimeout(500);
      assert.deepEqual([has("teach-page"), has("zh-hant")], [true, true]);
    });
  });

  test("last is shown as missing where it does not come, and is there when it does", { timeout: 60_000 }, async () => {
    await withPage(async (page) => {
      await page.route("**/assets/teach-page*", (route) => route.abort());
      await page.goto(station.at("/"));
      await page.getByRole("link", { name: "Teach", exact: true }).click();
      await page.getByRole("heading", { name: "This page could not be fetched" }).waitFor();
      // It was loaded again by itself once, because the station answers; and not over and over.
      await page.waitForFunction(() => window.sessionStorage.getItem("inspector.reloaded_at") !== null);
      await page.getByRole("heading", { name: "This page could not be fetched" }).waitFor();
      await page.unroute("**/assets/teach-page*");
      await page.getByRole("button", { name: "Reload" }).click();
      await page.getByRole("heading", { name: "Teach", exact: true }).waitFor();
    });
  });
});
