// The Line page against a station with a PLC, and against one without a line.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { launch, openPage } from "../dev/browser.mjs";
import { canRestart, Station } from "./station.mjs";

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

/** A PLC that sets its control bits again and again, in the words of Modbus TCP. */
function plc(port, bits) {
  const socket = connect(port, "127.0.0.1");
  socket.on("data", () => undefined).on("error", () => undefined);
  const write = Buffer.from([0, 1, 0, 0, 0, 11, 1, 16, 0, 0, 0, 2, 4, bits >> 8, bits & 0xff, 0, 0]);
  const timer = setInterval(() => socket.write(write), 100);
  return () => {
    clearInterval(timer);
    socket.destroy();
  };
}

describe("the Line page", { skip: canRestart ? false : "the station at INSPECTOR_URL is not ours to start anew" }, () => {
  for (const [language, words] of Object.entries({ en: { tab: "Line", waits: "connect and ask", enable: "set Trigger" }, zh: { tab: "产线", waits: "它要连接并发出请求", enable: "置位 Trigger" } })) {
    test(`shows both sides of a handshake as they are, and who waits for what (${language})`, { timeout: 120_000 }, async () => {
      await station.start("wired");
      const { page, problems, close } = await openPage(browser, { language, width: 1024, height: 600 });
      try {
        await page.goto(station.at("/"));
        await page.getByRole("link", { name: words.tab, exact: true }).click();
        const device = page.locator('[data-device="plc"]');
        await device.waitFor();
        if (isReal) {
          assert.equal(await device.getAttribute("data-connected"), "false");
          await page.locator('.wait[data-wait="plc"]').getByText(words.waits).waitFor();
          const leave = plc(station.plcPort, 1);
          await page.locator('[data-bit="TriggerEnable"][data-on]').waitFor();
          await page.locator('[data-device="plc"][data-connected="true"]').waitFor();
          await page.locator('[data-bit="TriggerReady"][data-on]').waitFor();
          await page.locator('.wait[data-wait="trigger"]').getByText(words.enable).waitFor();
          leave();
          await page.locator('[data-device="plc"][data-connected="false"]').waitFor();
        } else {
          await page.locator('[data-signal="trigger"]').waitFor();
        }
        // Nothing is wider than the screen, and no table than its panel.
        for (const width of [1024, 768]) {
          await page.setViewportSize({ width, height: 1024 });
          const wide = () => [document.documentElement, ...document.querySelectorAll(".signals-frame, .panel")].filter((it) => it.scrollWidth > it.clientWidth).map((it) => it.className);
          assert.deepEqual(await page.evaluate(wide), [], `${width} pixels`);
        }
        assert.equal(await page.locator("main button, main input").count(), 0, "nothing can be changed");
        assert.deepEqual(problems, []);
      } finally {
        await close();
        await station.kill();
      }
    });
  }

  test("is not offered where no line is wired, and says how to wire one", { timeout: 60_000 }, async () => {
    await station.start();
    const { page, problems, close } = await openPage(browser, {});
    try {
      await page.goto(station.at("/line"));
      await page.getByText("No line is wired").waitFor();
      await page.getByText("docs/guide/wire.md").waitFor();
      assert.equal(await page.getByRole("link", { name: "Line", exact: true }).count(), 0);
      assert.deepEqual(problems, []);
    } finally {
      await close();
    }
  });
});
