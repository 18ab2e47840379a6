// The operator's screen in a real browser, against the made-up station.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, openPage } from "../../dev/browser.mjs";
import { startFixture } from "./fixture.mjs";

let browser;
let line;
before(async () => {
  [browser, line] = await Promise.all([launch(), startFixture("normal", 200)]);
});
after(async () => {
  await browser?.close();
  line?.stop();
});

async function withLive(station, look, run) {
  const opened = await openPage(browser, look);
  try {
    await opened.page.goto(station.at("/"));
    await run(opened.page, opened.problems);
  } finally {
    await opened.close();
  }
}

const heldPart = (page) => page.locator(".held-pictures[data-part]").getAttribute("data-part");

describe("Live", () => {
  test("holds a reject while parts arrive and over a reload, and notes the answer", { timeout: 60_000 }, async () => {
    await withLive(line, {}, async (page, problems) => {
      await page.waitForSelector(".held-pictures[data-part]");
      const held = await heldPart(page);
      const seen = await page.locator(".verdict-band .verdict-facts").textContent();
      await page.waitForTimeout(2_500);
      assert.equal(await heldPart(page), held, "a newer part took its place");
      assert.notEqual(await page.locator(".verdict-band .verdict-facts").textContent(), seen, "the running part's verdict stood still");
      await page.reload();
      await page.waitForSelector(".held-pictures[data-part]");
      assert.equal(await heldPart(page), held);
      await page.waitForTimeout(400);
      await page.getByRole("button", { name: "False alarm" }).click();
      await page.getByText("Enter your name first").waitFor();
      await page.getByLabel("Your name").fill("e2e");
      await page.getByRole("button", { name: "False alarm" }).click();
      await page.waitForFunction((id) => document.querySelector(".held-pictures")?.getAttribute("data-part") !== id, held);
      const { reviews } = await line.json(`/api/results/${held}`);
      assert.deepEqual(reviews.map(({ author, judgement }) => [author, judgement]), [["e2e", "good"]]);
      assert.deepEqual(problems, []);
    });
  });

  test("opens the part that was under the finger when it came down, 8 of 8 times", { timeout: 120_000 }, async () => {
    let hits = 0;
    for (let tap = 0; tap < 8; tap += 1) {
      await withLive(line, {}, async (page) => {
        await page.waitForFunction(() => document.querySelectorAll(".strip-part[data-slot]").length === 12);
        await page.evaluate(() => window.addEventListener("pointerdown", (event) => (window.tapped = event.target.closest("[data-slot]")?.dataset.slot), true));
        const box = await page.locator(".strip-part").nth((tap * 5) % 12).boundingBox();
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await page.mouse.down();
        // Three or more parts arrive while the finger is down.
        await page.waitForTimeout(700);
        await page.mouse.up();
        await page.waitForURL(/\/parts\/\d+/, { timeout: 5_000 });
        const [, partNo] = (await page.evaluate(() => window.tapped)).split("/");
        const part = await line.json(`/api/results/${new URL(page.url()).pathname.split("/").at(-1)}`);
        hits += Number(part.part_no === Number(partNo));
      });
    }
    assert.equal(hits, 8);
  });

  test("moves no part of the strip but the oldest", { timeout: 30_000 }, async () => {
    await withLive(line, {}, async (page) => {
      await page.waitForFunction(() => document.querySelectorAll(".strip-part[data-slot]").length === 12);
      const slots = () => page.$$eval(".strip-part", (all) => all.map((each) => each.dataset.slot));
      const before = await slots();
      await page.waitForTimeout(1_000);
      const now = await slots();
      for (const [place, slot] of now.entries()) assert.equal(Number(slot.split("/")[1]) % 12, Number(before[place].split("/")[1]) % 12);
      assert.notDeepEqual(now, before);
    });
  });

  for (const [language, words] of [["en", ["Camera gone", "Check cable, power and the camera's settings."]], ["zh", ["相机断开", "检查线缆、电源和相机设置。"]]]) {
    test(`gives the whole screen to a camera that is gone, with what to do, and marks the old picture (${language})`, { timeout: 30_000 }, async () => {
      const faulty = await startFixture("alarms");
      await withLive(faulty, { language }, async (page) => {
        const screen = page.locator(".fault-screen");
        await screen.waitFor();
        for (const each of words) await screen.getByText(each, { exact: true }).waitFor();
        const { width, height } = await screen.boundingBox();
        assert.deepEqual([width, height], [1280, 800]);
        await screen.locator(".fault-hide").click();
        await screen.waitFor({ state: "detached" });
        await page.locator(".fault-bar").getByText(words[0]).waitFor();
        // The held reject is no live picture; behind it is one, and it is old.
        await page.locator(".held-name input").fill("e2e");
        await page.waitForTimeout(400);
        await page.locator('.held-panel .answer[data-judgement="defect"]').click();
        await page.locator(".view-old").first().waitFor();
      }).finally(() => faulty.stop());
    });
  }
});
