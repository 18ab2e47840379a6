// The web app in a real browser against a station that answers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, openPage } from "../dev/browser.mjs";
import { canRestart, INSECURE_BECAUSE, Station } from "./station.mjs";

const REJECT_WITHIN_MS = 60_000;
const station = new Station();
let browser;
before(async () => {
  [browser] = await Promise.all([launch(), station.start()]);
});
after(async () => {
  await browser?.close();
  await station.kill();
});

async function withPage(look, run) {
  const opened = await openPage(browser, look);
  try {
    await run(opened.page, opened.problems);
  } finally {
    await opened.close();
  }
}

async function aRejectWithAnId() {
  const until = Date.now() + REJECT_WITHIN_MS;
  while (Date.now() < until) {
    const { items } = await station.json("/api/results?disposition=reject&limit=1");
    if (items.length > 0) return items[0];
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error("no part was rejected");
}

const GEAR_FAILS = "/api/results?style=gear&verdict=fail&limit=100";
const withImage = (items) => items.filter((item) => item.views[0].has_image);

/** Four from the history, one of them thrown out by keyboard; two files, of which one is no image; one dropped. */
async function defects(page) {
  let fails = [];
  while (fails.length < 6) {
    await page.waitForTimeout(500);
    fails = withImage((await station.json(GEAR_FAILS)).items);
  }
  const zone = page.locator('.drop-zone[data-kind="defect"]');
  const known = zone.locator("li[data-image]");
  const counted = (count) => page.waitForFunction((wanted) => document.querySelectorAll('.drop-zone[data-kind="defect"] li[data-image]').length === wanted, count);
  await page.getByLabel("How many rejected parts").fill("4");
  await page.getByRole("button", { name: "Take rejected parts" }).click();
  await counted(4);
  // A picture that is thrown out while it is fetched is not there, which the browser notes.
  for (const picture of await known.locator("img").all()) await picture.evaluate((image) => image.decode());
  await known.first().locator(".throw-out").focus();
  await page.keyboard.press("Enter");
  await counted(3);
  await page.getByText("3 images: at least 4 are needed").waitFor();
  // Older ones than those that were taken.
  const [first, second] = fails.slice(-2);
  const bytes = async (part) => Buffer.from(await (await fetch(station.at(`/api/results/${part.id}/views/0/image`))).arrayBuffer());
  await zone.locator("input[type=file]").setInputFiles([
    { name: "notes.png", mimeType: "image/png", buffer: Buffer.from("no image at all") },
    { name: "first.png", mimeType: "image/png", buffer: await bytes(first) },
  ]);
  await counted(4);
  await page.getByText("1 taken, 1 not taken").waitFor();
  await page.getByText("is not an image. Expected PNG, JPEG, BMP.").waitFor();
  const dropped = await page.evaluateHandle((encoded) => {
    const transfer = new window.DataTransfer();
    const data = Uint8Array.from(window.atob(encoded), (letter) => letter.charCodeAt(0));
    transfer.items.add(new window.File([data], "dropped.png", { type: "image/png" }));
    return transfer;
  }, (await bytes(second)).toString("base64"));
  await zone.dispatchEvent("dragover", { dataTransfer: dropped });
  await page.getByText("Drop images of defects").waitFor();
  await zone.dispatchEvent("drop", { dataTransfer: dropped });
  await counted(5);
  await page.getByText("dropped.png").waitFor();
}

/** To the version before, which comes back as the next one. */
async function goBack(page, before) {
  const model = async () => (await station.json("/api/status")).recipes.find((each) => each.style === "gear").model;
  const wanted = (await station.json("/api/recipes")).find((each) => each.style === "gear").versions.find((each) => each.version === before);
  await page.getByRole("button", { name: `Use version ${before} again` }).click();
  const form = page.locator(".earlier-form");
  await form.getByRole("button", { name: `Use version ${before} again` }).click();
  await form.getByText("Required").waitFor();
  await form.getByLabel("Reason").fill("the end-to-end test went back");
  await form.getByRole("button", { name: `Use version ${before} again` }).click();
  await page.getByText(`Version ${before + 2} of gear judges as version ${before} did`).waitFor({ timeout: 60_000 });
  assert.equal(await model(), wanted.views[0].model);
  const { versions } = (await station.json("/api/recipes")).find((each) => each.style === "gear");
  const made = versions.find((each) => each.version === before + 2);
  assert.deepEqual([made.author, made.reason, made.views], ["e2e", "the end-to-end test went back", wanted.views]);
}

/** In percent: the largest share that gives at most so many events in so many trials with a chance of 5 % (Clopper and Pearson). */
function shareAtMost(events, trials) {
  const chance = (share) => {
    let [term, sum] = [(1 - share) ** trials, 0];
    for (let k = 0; k <= events; k += 1) {
      sum += term;
      term *= ((trials - k) / (k + 1)) * (share / (1 - share));
    }
    return sum;
  };
  let [low, high] = [0, 1];
  for (let n = 0; n < 50; n += 1) {
    const middle = (low + high) / 2;
    [low, high] = chance(middle) > 0.05 ? [middle, high] : [low, middle];
  }
  return (100 * high).toFixed(1);
}

describe("the web app", () => {
  for (const language of ["en", "zh"]) {
    test(`shows all eight pages without an error in the console (${language})`, { timeout: 120_000 }, async () => {
      const reject = await aRejectWithAnId();
      await withPage({ language }, async (page, problems) => {
        const headings = language === "zh" ? ["剔除记录", "复判", "质量", "工位", "阈值调整", "示教"] : ["Rejected parts", "Review", "Quality", "Station", "Tuning", "Teach"];
        await page.goto(station.at("/"));
        await page.waitForSelector(".verdict-band strong");
        for (const [index, path] of ["/rejects", "/review", "/quality", "/station", "/tuning", "/teach"].entries()) {
          await page.goto(station.at(path));
          await page.getByRole("heading", { level: 1, name: headings[index] }).waitFor();
        }
        await page.goto(station.at(`/parts/${reject.id}`));
        await page.getByText(reject.part_id).first().waitFor();
        await page.waitForSelector(".part-grid, .panel");
        await page.waitForTimeout(800);
        assert.deepEqual(problems, []);
      });
    });
  }

  test("counts on the page Quality what the list of rejects holds", { timeout: 90_000 }, async () => {
    await aRejectWithAnId();
    await withPage({}, async (page, problems) => {
      const [answer] = await Promise.all([page.waitForResponse((reply) => reply.url().includes("/api/quality")), page.goto(station.at("/quality"))]);
      const quality = await answer.json();
      const { matched } = await station.json(`/api/results?disposition=reject&from_us=${quality.from_us}&to_us=${quality.to_us}&limit=1`);
      assert.equal(quality.total.rejected, matched.count);
      assert.ok(quality.total.parts > quality.total.rejected);
      await page.locator(".quality-totals").getByText(String(quality.total.rejected), { exact: true }).first().waitFor();
      await page.getByRole("heading", { name: "What may have got through" }).waitFor();
      await page.getByText("Nothing is known yet of what got through").waitFor();
      await page.getByText("200 parts", { exact: true }).click();
      await page.waitForURL(/by=parts/);
      assert.deepEqual(problems, []);
    });
  });

  test("says on the station page what computes each model", { timeout: 60_000 }, async () => {
    const { models } = await station.json("/api/status");
    assert.ok(models.length > 0);
    await withPage({}, async (page) => {
      await page.goto(station.at("/station"));
      for (const model of models) {
        assert.equal(model.nodes_fallen_back, 0, JSON.stringify(model));
        assert.ok(model.nodes > 0);
        const row = page.getByRole("row").filter({ hasText: model.acceptance });
        await row.waitFor();
        const cells = await row.getByRole("cell").allTextContents();
        const numbers = model.is_quantised ? `8-bit + ${model.precision}` : model.precision;
        assert.deepEqual([cells[0], ...cells.slice(2, 4)], [model.name, model.provider, numbers]);
        for (const used of model.used_by) assert.ok(cells[1].includes(`${used.style} from version\u00a0${used.from_version}`), cells[1]);
      }
    });
  });

  test("shows a reject on the rejects page within a second of its event", { timeout: 90_000 }, async () => {
    await aRejectWithAnId();
    await withPage({}, async (page) => {
      await page.goto(station.at("/rejects"));
      await page.waitForSelector("tr[data-part]");
      await page.evaluate(() => {
        window.seen = {};
        const note = () => document.querySelectorAll("tr[data-part]").forEach((row) => (window.seen[row.dataset.part] ??= Date.now()));
        note();
        new MutationObserver(note).observe(document.body, { childList: true, subtree: true, attributes: true });
      });
      const { part, at } = await station.nextReject(REJECT_WITHIN_MS);
      await page.waitForFunction((id) => window.seen[id] !== undefined, part.part_id, { timeout: 5_000 });
      const tookMs = (await page.evaluate((id) => window.seen[id], part.part_id)) - at;
      console.log(`reject on the page ${tookMs} ms after its event`);
      assert.ok(tookMs <= 1_000, `it took ${tookMs} ms`);
    });
  });

  test("keeps the filters over a reload", { timeout: 60_000 }, async () => {
    const reject = await aRejectWithAnId();
    await withPage({}, async (page) => {
      const prefix = reject.part_id.slice(0, -1);
      await page.goto(station.at("/rejects"));
      await page.getByLabel("Part ID").fill(prefix);
      await page.getByRole("combobox", { name: "Time" }).or(page.getByLabel("Time")).first().click();
      await page.getByRole("option", { name: "Last 24 hours" }).click();
      await page.waitForURL(/period=day/);
      await page.waitForURL((url) => url.searchParams.get("q") === prefix);
      await page.reload();
      await page.waitForSelector("tr[data-part]");
      assert.equal(await page.getByLabel("Part ID").inputValue(), prefix);
      const shown = await page.$$eval("tr[data-part]", (rows) => rows.map((row) => row.dataset.part));
      assert.ok(shown.length > 0 && shown.every((id) => id.startsWith(prefix)), shown.join());
    });
  });

  test("applies a moved threshold as the next version", { timeout: 60_000 }, async () => {
    const newest = async () => {
      const recipes = await station.json("/api/recipes");
      const versions = recipes[0].versions;
      return { style: recipes[0].style, version: Math.max(...versions.map((each) => each.version)), versions };
    };
    const before = await newest();
    await withPage({}, async (page) => {
      await page.goto(station.at(`/tuning?style=${encodeURIComponent(before.style)}`));
      const handle = page.getByRole("slider", { name: "Reject above" });
      await handle.focus();
      const from = Number(await handle.getAttribute("aria-valuenow"));
      await page.keyboard.press(from > 0.5 ? "Shift+ArrowLeft" : "Shift+ArrowRight");
      const wanted = Number(await handle.getAttribute("aria-valuenow"));
      assert.notEqual(wanted, from);
      await page.getByRole("button", { name: `Apply as version ${before.version + 1}` }).click();
      await page.getByText("Required").first().waitFor();
      await page.getByLabel("Author").fill("e2e");
      await page.getByLabel("Reason").fill("the end-to-end test moved it");
      await page.getByRole("button", { name: `Apply as version ${before.version + 1}` }).click();
      await page.getByText(`Version ${before.version + 1} of ${before.style} is in use`).waitFor();
      await page.waitForSelector(`tr[data-version="${before.version + 1}"]`);
      const now = await newest();
      assert.equal(now.version, before.version + 1);
      const added = now.versions.find((each) => each.version === now.version);
      assert.equal(added.author, "e2e");
      assert.ok(Math.abs(added.views[0].reject_above - wanted) < 1e-6);
    });
  });

  test("collects good parts and defects, takes files or says why not, teaches, uses the model, and goes back", { timeout: 600_000, skip: process.env.INSPECTOR_BIN === undefined ? "only a real station of ours is taught" : false }, async () => {
    const before = await station.json("/api/recipes").then((recipes) => recipes.find((each) => each.style === "gear").versions.length);
    await withPage({}, async (page, problems) => {
      await page.goto(station.at("/teach"));
      await page.getByRole("combobox", { name: "Style" }).or(page.getByLabel("Style")).first().click();
      await page.getByRole("option", { name: "gear" }).click();
      await page.getByLabel("Images", { exact: true }).fill("11");
      await page.getByRole("button", { name: "Capture good parts" }).click();
      await page.getByText("Required").waitFor();
      await page.getByLabel("Your name").fill("e2e");
      await page.getByRole("button", { name: "Capture good parts" }).click();
      await page.getByText("Capturing: images come as parts pass").waitFor();
      await page.waitForSelector("li[data-image] img");
      await page.getByText("11 of 11").waitFor({ timeout: 120_000 });
      const first = page.locator("li[data-image]").first();
      const thrownOut = await first.getAttribute("data-image");
      // A picture that is thrown out while it is fetched is not there, which the browser notes.
      await first.locator("img").evaluate((picture) => picture.decode());
      await first.locator(".throw-out").click();
      await page.getByText("10 of 11").waitFor();
      assert.equal(await page.locator(`li[data-image="${thrownOut}"]`).count(), 0);
      await defects(page);
      await page.getByLabel("Name of the model").fill("e2e-gear");
      await page.getByRole("button", { name: "Teach", exact: true }).click();
      await page.getByText("Teaching beside the line, for e2e").waitFor();
      await page.getByRole("heading", { name: "What was learnt" }).waitFor({ timeout: 400_000 });
      assert.equal(await page.locator('.dot-lane[data-kind="good"] .dot').count(), 10);
      const { taught } = (await station.json("/api/teaching")).lesson;
      const images = taught.held_out.length - taught.odd.length;
      await page.getByText(`With 95 % confidence, at most ${shareAtMost(taught.rejected, images)} % of good parts`).waitFor();
      await page.locator(".defects-told tbody tr").first().waitFor();
      assert.match(await page.locator(".defects-told").getAttribute("data-told"), /^(used|worse)$/);
      assert.equal(await page.locator(".defects-told tbody tr").count(), 2);
      await page.locator('.curve-plot path.curve-line[data-line="defects"]').waitFor({ state: "attached" });
      await page.locator('input[name="band"]').click({ force: true });
      const weak = page.locator('input[name="weak"]');
      if (await weak.count() > 0) await weak.check();
      await page.getByRole("button", { name: "Use it" }).click();
      await page.getByText(`Version ${before + 1} of gear uses the new model`).waitFor({ timeout: 60_000 });
      const { recipes } = await station.json("/api/status");
      const gear = recipes.find((each) => each.style === "gear");
      assert.equal(gear.model, "e2e-gear");
      const [view] = gear.views;
      assert.ok(view.accept_below > 0.1 && view.accept_below < view.reject_above, JSON.stringify(view));
      await goBack(page, before);
      await page.getByRole("button", { name: "Discard" }).click();
      await page.getByRole("button", { name: "Discard all images" }).click();
      await page.getByText("Three steps").waitFor();
      // A refused file is an answer, which the browser notes as well.
      assert.deepEqual(problems.filter((problem) => !problem.includes("400 (Bad Request)")), []);
    });
  });

  for (const tabs of [2, 6]) {
    test(`shares one event stream among ${tabs} tabs, and answers each of them`, { timeout: 90_000 }, async () => {
      const heard = async (page) => {
        await page.waitForSelector('.shell[data-link="open"]', { timeout: 15_000 });
        const seen = await page.locator(".live").innerText();
        await page.waitForFunction((before) => document.querySelector(".live").innerText !== before, seen, { timeout: 15_000 });
      };
      const before = await station.settledStreams();
      await withPage({}, async (first, problems) => {
        const pages = [first];
        while (pages.length < tabs) pages.push(await first.context().newPage());
        for (const page of pages) await page.goto(station.at("/"));
        // Each hears the parts, and each is answered beside the stream.
        await Promise.all(pages.map(heard));
        assert.equal(await station.streams(), before + 1);
        const asked = await Promise.all(pages.map((page) => page.evaluate(async () => {
          const begun = performance.now();
          const reply = await fetch("/api/results?limit=5", { signal: AbortSignal.timeout(5_000) });
          return [reply.status, performance.now() - begun];
        })));
        for (const [status, tookMs] of asked) {
          assert.equal(status, 200);
          assert.ok(tookMs < 5_000, `${tookMs} ms`);
        }
        // The tab that opened it may go.
        await pages.at(0).close();
        await Promise.all(pages.slice(1).map(heard));
        assert.equal(await station.streams(), before + 1);
        assert.deepEqual(problems, []);
      });
      const until = Date.now() + 15_000;
      while ((await station.streams()) > before && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(await station.streams(), before);
    });
  }

  // A real station that the network reaches does not start where it would be read-only.
  for (const access of process.env.INSPECTOR_BIN === undefined ? ["read-only", "insecure"] : ["insecure"]) {
    test(`says on every page that a station is ${access}, in both languages`, { timeout: 180_000, skip: canRestart ? false : "the station at INSPECTOR_URL is not ours to start anew" }, async () => {
      const isReadOnly = access === "read-only";
      const titles = isReadOnly ? { en: "Read-only", zh: "只读" } : { en: "Anyone can change this station", zh: "任何人都能更改本工位" };
      await station.kill();
      try {
        await station.start(access);
        const { id } = await aRejectWithAnId();
        for (const language of ["en", "zh"]) {
          await withPage({ language }, async (page, problems) => {
            const open = async (path) => {
              await page.goto(station.at(path));
              const banner = page.locator(`.banner[data-kind="${access}"]`);
              await banner.getByText(titles[language], { exact: true }).waitFor();
              if (!isReadOnly) await banner.getByText(INSECURE_BECAUSE).waitFor();
            };
            for (const path of ["/", "/rejects", "/review", `/parts/${id}`, "/station"]) await open(path);
            // What would change something is there, and cannot be used where it would be refused.
            await open("/teach");
            const capture = page.getByRole("button", { name: language === "zh" ? "采集良品" : "Capture good parts" });
            await capture.waitFor();
            assert.equal(await capture.isDisabled(), isReadOnly);
            await open("/tuning");
            const author = page.locator('input[name="author"]');
            await author.waitFor();
            assert.equal(await author.isDisabled(), isReadOnly);
            assert.deepEqual(problems, []);
          });
        }
      } finally {
        await station.kill();
        await station.start();
      }
    });
  }

  test("says that the station is gone, and recovers by itself", { timeout: 120_000, skip: canRestart ? false : "the station at INSPECTOR_URL is not ours to kill" }, async () => {
    await withPage({}, async (page) => {
      await page.goto(station.at("/"));
      await page.waitForSelector(".verdict-band strong");
      await station.kill();
      const killedAt = Date.now();
      await page.waitForSelector('.banner[data-kind="gone"]', { timeout: 6_000 });
      const tookMs = Date.now() - killedAt;
      console.log(`banner ${tookMs} ms after the kill`);
      assert.ok(tookMs <= 3_000, `the banner took ${tookMs} ms`);
      await page.waitForSelector(".live[data-stale]");
      await station.start();
      await page.waitForSelector('.banner[data-kind="gone"]', { state: "detached", timeout: 6_000 });
      await page.waitForSelector('.shell[data-link="open"]', { timeout: 6_000 });
      await page.waitForSelector(".live:not([data-stale])");
    });
  });
});
