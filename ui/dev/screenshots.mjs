// Takes pictures of the pages of a running station.
//   node dev/screenshots.mjs --url http://127.0.0.1:8098 --out screenshots [--only live,part] [--sizes 1280x800] [--languages en,zh] [--schemes light,dark] [--account li]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { launch, openPage } from "./browser.mjs";

const { values: options } = parseArgs({
  options: {
    url: { type: "string", default: process.env.INSPECTOR_URL ?? "http://127.0.0.1:8098" },
    out: { type: "string", default: "screenshots" },
    only: { type: "string", default: "live,rejects,quality,review,queue-gallery,list-gallery,part,station,tuning,teach" },
    sizes: { type: "string", default: "1280x800" },
    languages: { type: "string", default: "en,zh" },
    schemes: { type: "string", default: "light,dark" },
    tag: { type: "string", default: "" },
    /** Who is logged in at the made-up station with accounts. */
    account: { type: "string" },
    whole: { type: "boolean", default: false },
  },
});
const SETTLE_MS = 1_600;

/** The newest rejected part with a picture, for the part page. */
async function partAddress() {
  if (options.account !== undefined) return "/parts/1300?among=rejects";
  const answer = await fetch(new URL("/api/results?verdict=fail&limit=20", options.url), { signal: AbortSignal.timeout(3_000) }).then((reply) => (reply.ok ? reply.json() : { items: [] }));
  const part = answer.items?.find((each) => each.views.some((view) => view.has_image)) ?? answer.items?.[0];
  return `/parts/${part?.id ?? 1}?among=rejects`;
}

/** Moves the threshold, so that the tuning page shows what would change. */
async function moveThreshold(page) {
  const handle = page.locator('[role="slider"][aria-valuetext]').last();
  if ((await handle.count()) === 0) return;
  await handle.focus();
  for (let n = 0; n < 6; n += 1) await page.keyboard.press("Shift+ArrowLeft");
  await page.evaluate(() => document.activeElement?.blur());
}

mkdirSync(options.out, { recursive: true });
const browser = await launch();
const addresses = { live: "/", rejects: "/rejects", quality: "/quality", review: "/review", "queue-gallery": "/review?view=gallery", "list-gallery": "/rejects?view=gallery&show=all", part: await partAddress().catch(() => "/parts/1"), station: "/station", tuning: "/tuning", teach: "/teach" };
for (const size of options.sizes.split(",")) {
  const [width, height] = size.split("x").map(Number);
  for (const language of options.languages.split(",")) {
    for (const scheme of options.schemes.split(",")) {
      const { page, problems, close } = await openPage(browser, { language, scheme, width, height });
      if (options.account !== undefined) await page.request.post(new URL("/api/session", options.url).href, { data: { name: options.account, password: `password of ${options.account}` } });
      for (const name of options.only.split(",")) {
        await page.goto(new URL(addresses[name], options.url).href);
        await page.waitForTimeout(SETTLE_MS);
        if (name === "tuning") await moveThreshold(page).then(() => page.waitForTimeout(SETTLE_MS));
        const path = join(options.out, `${[options.tag, name, size, language, scheme].filter(Boolean).join("-")}.png`);
        await page.screenshot({ path, fullPage: options.whole });
        const scroll = await page.evaluate(() => [document.documentElement.scrollWidth - window.innerWidth, document.documentElement.scrollHeight - window.innerHeight]);
        console.log(path, `overflow ${scroll.join(" × ")}`);
      }
      for (const problem of problems) console.log("PROBLEM", problem);
      await close();
    }
  }
}
await browser.close();
