// Every page in every language, size and colour: nothing runs over the edge, all can be touched and read, axe finds nothing, and
// no English is left in Chinese.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { launch, openPage } from "../../dev/browser.mjs";
import { startFixture } from "./fixture.mjs";

const LANGUAGES = ["en", "zh", "zh-Hant"];
const SIZES = [[390, 844], [768, 1024], [1024, 600], [1280, 800], [3840, 2160]];
const SCENES = ["normal", "lanes", "line", "alarms", "empty", "accounts", "taught"];
const TARGET_PX = 44;
const TEXT_PX = 14;
const SETTLE_MS = 700;

let browser;
const stations = {};
before(async () => {
  const started = await Promise.all(SCENES.map((scene) => startFixture(scene, 1_000)));
  SCENES.forEach((scene, at) => (stations[scene] = started[at]));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  for (const station of Object.values(stations)) station.stop();
});

/** Addresses of every page, by scene. */
async function addresses(scene) {
  // Nobody is logged in: every address shows the log-in.
  if (scene === "accounts") return ["/"];
  if (scene === "taught") return ["/teach"];
  const { items } = await stations[scene].json("/api/results?verdict=fail&limit=1");
  const part = items[0] === undefined ? [] : [`/parts/${items[0].id}`];
  const all = ["/", "/rejects", "/rejects?view=gallery&show=all", "/review", "/review?view=gallery", "/quality", "/tuning", "/teach", "/line", "/station", "/nowhere", ...part];
  return scene === "normal" ? all : ["/", "/rejects", "/review", "/quality", "/tuning", "/line", "/station", ...part];
}

async function everyPage(scene, look, check) {
  const opened = await openPage(browser, look);
  try {
    for (const path of await addresses(scene)) {
      await opened.page.goto(stations[scene].at(path));
      await opened.page.waitForTimeout(SETTLE_MS);
      await check(opened.page, path);
    }
  } finally {
    await opened.close();
  }
}

describe("every page", () => {
  for (const [width, height] of SIZES) {
    for (const scene of ["normal", "lanes", "line", "accounts", "taught"]) {
      test(`fits ${width} × ${height} without running over the edge (${scene})`, { timeout: 240_000 }, async () => {
        const found = [];
        for (const language of LANGUAGES) {
          await everyPage(scene, { language, width, height }, async (page, path) => {
            const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            if (over > 0) found.push(`${path} ${language}: ${over} px over`);
          });
        }
        assert.deepEqual(found, []);
      });
    }
  }

  test("has nothing to touch below 44 px, and no text below 14 px", { timeout: 240_000 }, async () => {
    const found = new Set();
    for (const scene of SCENES) {
      await everyPage(scene, { language: "en" }, async (page, path) => {
        for (const each of await page.evaluate(tooSmall, { target: TARGET_PX, text: TEXT_PX })) found.add(`${path.replace(/\d+/, "N")} ${each}`);
      });
    }
    assert.deepEqual([...found], []);
  });

  for (const scheme of ["light", "dark"]) {
    test(`passes axe in ${scheme}`, { timeout: 300_000 }, async () => {
      const found = new Set();
      for (const scene of SCENES) {
        await everyPage(scene, { scheme }, async (page, path) => {
          const { violations } = await new AxeBuilder({ page }).analyze();
          for (const each of violations) for (const node of each.nodes) found.add(`${path} ${each.id}: ${node.html.slice(0, 140)} ${node.any[0]?.message ?? ""}`);
        });
      }
      assert.deepEqual([...found], []);
    });
  }

  for (const language of ["zh", "zh-Hant"]) {
    test(`has no English left in ${language}`, { timeout: 240_000 }, async () => {
      const found = new Set();
      for (const scene of SCENES) {
        await everyPage(scene, { language }, async (page, path) => {
          for (const text of await page.evaluate(shownTexts)) for (const word of stray(SAID.reduce((rest, said) => rest.replaceAll(said, ""), text))) found.add(`${path.replace(/\d+/, "N")}: ${word} in "${text.slice(0, 60)}"`);
        });
      }
      assert.deepEqual([...found], []);
    });
  }
});

/** In the page: what can be touched and is too small, and what is written too small. */
function tooSmall({ target, text }) {
  const name = (element) => `${element.tagName.toLowerCase()}.${String(element.className.baseVal ?? element.className).split(" ").filter((each) => !each.startsWith("m_")).join(".")} "${(element.textContent ?? "").trim().slice(0, 20)}"`;
  const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && element.getClientRects().length > 0;
  const found = [];
  for (const element of document.querySelectorAll("a[href], button, input, select, textarea, [role=button], [role=tab], label.mantine-SegmentedControl-label")) {
    // Inside running text a link is as high as its line (WCAG 2.5.8, inline).
    if (!isShown(element) || element.matches(".skip, p a, input[type=radio], input[type=checkbox], input[type=file], input[type=hidden], [aria-hidden=true], [tabindex=\"-1\"]")) continue;
    const { width, height } = element.getBoundingClientRect();
    if (Math.round(height) < target || Math.round(width) < target) found.push(`${name(element)} ${Math.round(width)} × ${Math.round(height)}`);
  }
  const walker = document.createTreeWalker(document.body, window.NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.textContent.trim() === "" || !isShown(element) || element.closest("svg, script, style, .skip") !== null) continue;
    const size = parseFloat(window.getComputedStyle(element).fontSize);
    if (size < text - 0.01) found.push(`${name(element)} ${size} px`);
  }
  return [...new Set(found)];
}

/** In the page: every text and label that is shown or read out, but for what people and machines named. */
function shownTexts() {
  const isNamed = (element) => element.closest(".mono, .bit-column, kbd, code, script, style, [lang=en], [data-named], .mark-name") !== null;
  const found = [];
  const walker = document.createTreeWalker(document.body, window.NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) if (!isNamed(node.parentElement)) found.push(node.textContent.trim());
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    if (isNamed(element)) continue;
    for (const attribute of ["aria-label", "title", "placeholder", "alt"]) if (element.hasAttribute(attribute)) found.push(element.getAttribute(attribute));
  }
  return found.filter((text) => /[A-Za-z]{2}/.test(text));
}

/** Units, products, standards and what the made-up station's people named. */
const KNOWN = new Set((
  "mm px ms ns min kB MB GB TB fps PLC ID EN CPU CUDA OpenVINO TensorRT ONNX CSV JSON Lines Excel DAS XLSX UTC AUROC ISO AQL Laney EWMA PNG JPEG BMP station toml docs guide wire md http listen check inspector " +
  "io plc scanner accept reject gasket bracket housing top side cam patchcore scratch dent edge chip missing hole stain crack burr bent contamination broken Station Li Schmidt first choice rework scrap early late night Asia Shanghai BayerRG on sim Esc Shift"
).split(" "));

/** What people wrote, paths and addresses. */
const SAID = ["bracket-place.png", "Too many false rejects on the night shift", "First thresholds from 400 good parts", "integrator", "/var/lib/inspector", "/nowhere", "[[device]]", "SHA-256", "a class with a long name that somebody taught", "水平 II", "a device with a name that somebody thought about for too long", "with a name that somebody thought about", "work place", "复位 Trigger", "復位 Trigger"];

/** Part IDs, versions and the like have a digit in them. */
function stray(text) {
  return text.replace(/https?:\/\/\S+|\S*\(01\)\S+|\b[A-Z]+(-[A-Z]+)*-\d+/g, "").split(/[^A-Za-z0-9]+/).filter((word) => /^[A-Za-z]{2,}$/.test(word) && !KNOWN.has(word));
}
