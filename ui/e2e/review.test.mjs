// Reviews against a station that answers: answer, undo, draw, find again, undo on the part's page; by keys and by mouse.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, openPage } from "../dev/browser.mjs";
import { Station } from "./station.mjs";

const WAITING_WITHIN_MS = 90_000;
const WORDS = {
  en: { title: "Review", real: "Real defect", undo: "Undo", all: "All", yes: "Reviewed", blind: "Blind", gallery: "Gallery" },
  zh: { title: "复判", real: "确有缺陷", undo: "撤销", all: "全部", yes: "已复判", blind: "盲判", gallery: "图库" },
};
const station = new Station();
let browser;
before(async () => {
  [browser] = await Promise.all([launch(), station.start()]);
});
after(async () => {
  await browser?.close();
  await station.kill();
});

/** Rejected parts that wait, once there are so many. */
async function waiting(count) {
  const until = Date.now() + WAITING_WITHIN_MS;
  while (Date.now() < until) {
    const { items } = await station.json("/api/review?why=reject&limit=50");
    if (items.length >= count) return items;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`fewer than ${count} rejected parts wait for a review`);
}

const detail = (id) => station.json(`/api/results/${id}`);
/** Until the station says so of a part: an answer is noted in the background. */
async function told(id, isSo) {
  const until = Date.now() + 10_000;
  for (;;) {
    const part = await detail(id);
    if (isSo(part)) return part;
    assert.ok(Date.now() < until, JSON.stringify(part.reviews));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const isShown = (page, part) => page.waitForFunction((id) => new URL(document.location.href).searchParams.get("part") === id && document.querySelector('.answer[aria-disabled="false"]') !== null, String(part));
const isSideways = (page) => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);

/** Draws over the middle of the picture that is shown. */
async function draw(page) {
  await page.keyboard.press("d");
  await page.locator("[data-drawing]").waitFor();
  const box = await page.locator(".review-picture:not([hidden]) .viewfinder svg").boundingBox();
  await page.mouse.move(box.x + box.width * 0.45, box.y + box.height * 0.4);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.55, box.y + box.height * 0.6, { steps: 4 });
  await page.mouse.up();
  await page.locator("[data-drawing]").waitFor({ state: "detached" });
}

for (const language of ["en", "zh"]) {
  const words = WORDS[language];
  describe(`a reviewer (${language})`, () => {
    test("answers by key, takes it back, says more, finds the part again and undoes on its page", { timeout: 240_000 }, async () => {
      const [first, second] = await waiting(3);
      // Those of tests before this one were taken back.
      const before = (await detail(first.id)).reviews.length;
      const { page, problems, close } = await openPage(browser, { language, width: 1024, height: 600 });
      try {
        await page.goto(station.at("/review?why=reject"));
        await page.getByRole("heading", { level: 1, name: words.title }).waitFor({ state: "attached" });
        await isShown(page, first.id);
        // Without a name nothing is noted.
        await page.keyboard.press("1");
        assert.equal((await detail(first.id)).reviews.length, before);
        const name = page.locator('.review-more input[name="author"]');
        assert.ok(await name.evaluate((field) => field === document.activeElement), "the name is asked for");
        await name.fill(`e2e ${language}`);
        await name.blur();

        await page.keyboard.press("1");
        await isShown(page, second.id);
        const once = await told(first.id, (part) => part.reviews.length === before + 1);
        assert.equal(once.review, "defect");
        const [judged] = once.reviews.filter((each) => each.undone === null);
        assert.deepEqual([judged.judgement, judged.author], ["defect", `e2e ${language}`]);
        await page.locator(`.last-answer[data-last="${first.id}"]`).getByText(words.real).waitFor();
        await page.keyboard.press("u");
        await isShown(page, first.id);
        assert.equal((await told(first.id, (part) => part.reviews.every((each) => each.undone !== null))).review, null);

        await draw(page);
        await page.locator('.review-more input[name="reason"]').fill("seen under the lamp");
        const chip = page.locator(".chip").first();
        const hasClasses = (await detail(first.id)).classes.length > 0;
        if (hasClasses && (await chip.getAttribute("aria-pressed")) === "false") await chip.click();
        await page.getByRole("button", { name: words.real }).click();
        await isShown(page, second.id);
        const twice = await told(first.id, (part) => part.reviews.length === before + 2);
        const said = twice.reviews.find((each) => each.undone === null);
        const { frame, name: view } = twice.view_results.find((each) => each.name === said.region.view);
        assert.equal(said.region.view, view);
        assert.ok(said.region.x > frame.width * 0.1 && said.region.x + said.region.width < frame.width * 0.9 && said.region.width > 4, JSON.stringify(said.region));
        assert.ok(said.region.y > 0 && said.region.y + said.region.height < frame.height, JSON.stringify(said.region));
        assert.equal(said.reason, "seen under the lamp");
        assert.equal(said.class !== null, hasClasses);
        assert.equal(await isSideways(page), false);

        // Any piece of its ID finds it, in small letters too, among all parts.
        await page.goto(station.at("/rejects?show=all&reviewed=yes"));
        const piece = first.part_id.slice(-5).toLowerCase();
        await page.locator('.filters input[type="search"]').fill(piece);
        await page.waitForURL((url) => url.searchParams.get("q") === piece);
        const row = page.locator(`tr[data-part="${first.part_id}"]`);
        await row.locator('.review-tag[data-mark="defect"]').getByText(words.real).waitFor();
        const found = await page.$$eval("tr[data-part]", (rows) => rows.map((each) => each.dataset.part.toLowerCase()));
        assert.ok(found.every((id) => id.includes(piece)), found.join());
        assert.equal(await isSideways(page), false);
        await page.reload();
        await row.waitFor();
        await page.locator(".mantine-SegmentedControl-label").filter({ hasText: words.gallery }).click();
        await page.locator(`.gallery li[data-part="${first.part_id}"] img`).waitFor();
        await page.locator(`.gallery li[data-part="${first.part_id}"] a`).click();
        await isShown(page, first.id);

        // On its own page both stand, one of them struck through; the other is taken back there.
        await page.goto(station.at(`/parts/${first.id}`));
        await page.locator(".review-list li").nth(1).waitFor();
        assert.equal(await page.locator(".review-list del").count() > 0, true);
        const standing = page.locator(`.review-list li[data-review="${said.id}"]`);
        await standing.getByText("seen under the lamp").waitFor();
        await standing.locator('button[aria-expanded="false"]').click();
        await standing.locator('form button[type="submit"]').click();
        await page.locator(`.review-list li[data-review="${said.id}"][data-tone="undone"]`).waitFor();
        await told(first.id, (part) => part.reviews.every((each) => each.undone !== null));
        assert.deepEqual(problems, []);
      } finally {
        await close();
      }
    });

    test("goes back and forth by keys, and sees no verdict of parts that are judged blind", { timeout: 120_000 }, async () => {
      const items = await waiting(2);
      const { page, problems, close } = await openPage(browser, { language, width: 1280, height: 800 });
      try {
        await page.addInitScript(() => localStorage.setItem("inspector.review.blind", "all"));
        await page.goto(station.at("/review?why=reject"));
        await isShown(page, items[0].id);
        await page.locator(".review-blind").getByText(words.blind).waitFor();
        assert.equal(await page.locator(".review-panel .verdict-tag, .review-picture:not([hidden]) .finding-box").count(), 0);
        await page.keyboard.press("ArrowRight");
        await isShown(page, items[1].id);
        await page.keyboard.press("ArrowLeft");
        await isShown(page, items[0].id);
        // What one looks at stays, also in an address that is sent to somebody.
        await page.reload();
        await isShown(page, items[0].id);
        await page.locator(".mantine-SegmentedControl-label").filter({ hasText: words.gallery }).click();
        await page.locator(`.gallery li[data-part="${items[0].part_id}"] img`).waitFor();
        assert.equal(await page.locator(".gallery .verdict-tag, .gallery .finding-box").count(), 0);
        assert.deepEqual(problems, []);
      } finally {
        await close();
      }
    });

    test("is told what was not noted, and the part waits on", { timeout: 120_000 }, async () => {
      const [first] = await waiting(2);
      const { page, close } = await openPage(browser, { language, width: 1280, height: 800 });
      try {
        await page.addInitScript(() => localStorage.setItem("inspector.author", "e2e"));
        await page.goto(station.at("/review?why=reject"));
        await isShown(page, first.id);
        await page.route("**/reviews", (route) => route.abort());
        await page.keyboard.press("3");
        const failure = page.locator(`.review-failures li[data-part="${first.part_id}"]`);
        await failure.waitFor();
        assert.equal((await detail(first.id)).reviews.filter((each) => each.undone === null).length, 0);
        await page.unroute("**/reviews");
        await failure.getByRole("button").first().click();
        await failure.waitFor({ state: "detached" });
        const { reviews } = await told(first.id, (part) => part.reviews.some((each) => each.undone === null));
        const noted = reviews.find((each) => each.undone === null);
        assert.equal(noted.judgement, "cannot_tell");
        // As it was, for whoever looks after this.
        await page.locator(`.last-answer[data-last="${first.id}"] .undo-last`).click();
        await told(first.id, (part) => part.reviews.every((each) => each.undone !== null));
      } finally {
        await close();
      }
    });
  });
}
