// The page Teach in a real browser, against made-up lessons.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, openPage } from "../../dev/browser.mjs";
import { startFixture } from "./fixture.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});

async function withTeach(scene, look, run) {
  const [station, opened] = await Promise.all([startFixture(scene), openPage(browser, look)]);
  try {
    await opened.page.goto(station.at("/teach"));
    await run(opened.page, opened.problems, station);
  } finally {
    await opened.close();
    station.stop();
  }
}

describe("Teach", () => {
  test("begins where the recipe in use looks, and keeps what was typed over Stop, another page and a reload", { timeout: 60_000 }, async () => {
    await withTeach("stopped", {}, async (page) => {
      const region = page.getByLabel("Region");
      await page.getByText("Filled in from version 2 of bracket").waitFor();
      assert.equal(await region.inputValue(), "300, 160, 680, 520");
      await region.fill("10, 20, 300, 400");
      await page.locator('form:has(input[name="model"]) input[name="author"]').fill("e2e");
      await page.getByRole("button", { name: "Teach", exact: true }).click();
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByText("Teaching was stopped.").waitFor();
      assert.equal(await region.inputValue(), "10, 20, 300, 400");
      await page.getByRole("link", { name: "Station", exact: true }).click();
      await page.getByRole("link", { name: "Teach", exact: true }).click();
      assert.equal(await region.inputValue(), "10, 20, 300, 400");
      await page.reload();
      assert.equal(await region.inputValue(), "10, 20, 300, 400");
    });
  });

  test("says what a new model changes of the place before it is used", { timeout: 60_000 }, async () => {
    await withTeach("taught", {}, async (page) => {
      await page.getByText("The new model looks at another place than version 2").waitFor();
      for (const words of ["Region: from 300, 160: 680 × 520 px → from 320, 180: 640 × 480 px", "Ignored places: 0 → 1", "Parts are put in their place: not at all → by bracket-place.png"]) await page.getByText(words).waitFor();
    });
  });

  test("lists images that cannot be aligned in the page's language, and throws them out", { timeout: 60_000 }, async () => {
    await withTeach("taught", { language: "zh" }, async (page) => {
      const listed = page.locator(".unaligned li");
      await page.getByText("图中没有与参考图像相似的部分：相似度 0.21，至少需要 0.4。").waitFor();
      assert.equal(await listed.count(), 2);
      await listed.first().getByRole("button").click();
      await page.waitForFunction(() => document.querySelectorAll(".unaligned li").length === 1);
      await page.getByText("检测区域超出图像 14 像素。").waitFor();
    });
  });
});
