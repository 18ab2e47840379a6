// Log-in, a role and the end of a session, against a real station whose accounts are made with its own command.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { launch, openPage } from "../dev/browser.mjs";
import { peopled, Station } from "./station.mjs";

const binary = process.env.INSPECTOR_BIN;
const settings = process.env.INSPECTOR_SETTINGS ?? "station.toml";
let own = "";
const PASSWORD = "correct horse battery";
const station = new Station();
let browser;

/** `inspector account …`, with the password on its standard input. */
function account(...words) {
  return new Promise((resolve, reject) => {
    const running = spawn(binary, ["account", ...words, "--settings", own], { stdio: ["pipe", "ignore", "inherit"] });
    running.once("error", reject);
    running.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`account ${words.join(" ")}: ${code}`))));
    running.stdin.end(`${PASSWORD}\n`);
  });
}

async function logIn(page, name, password = PASSWORD) {
  const form = page.locator("form.log-in");
  await form.getByLabel("Name", { exact: true }).fill(name);
  await form.getByLabel("Password", { exact: true }).fill(password);
  await form.locator("button[type=submit]").click();
}

describe("a station with accounts", { skip: binary === undefined ? "only a real station has passwords" : false }, () => {
  before(async () => {
    own = peopled(settings);
    await account("add", "li", "--role", "operator");
    await account("add", "chen", "--role", "quality");
    [browser] = await Promise.all([launch(), station.start("peopled")]);
  });
  after(async () => {
    await browser?.close();
    await station.kill();
  });

  async function withPage(path, run) {
    const { page, close } = await openPage(browser, {});
    try {
      await page.goto(station.at(path));
      await run(page);
    } finally {
      await close();
    }
  }

  test("asks who it is, refuses a wrong password, and notes an operator's answer under the account", { timeout: 120_000 }, async () => {
    await withPage("/", async (page) => {
      await logIn(page, "li", "something else");
      await page.getByText("Name or password are wrong").waitFor();
      await logIn(page, "li");
      await page.getByRole("button", { name: "Account li, Operator" }).waitFor();
      await page.waitForSelector(".held-pictures[data-part]", { timeout: 60_000 });
      const held = await page.locator(".held-pictures").getAttribute("data-part");
      await page.waitForTimeout(400);
      await page.getByRole("button", { name: "Real defect" }).click();
      await page.waitForFunction((id) => document.querySelector(".held-pictures")?.getAttribute("data-part") !== id, held);
      const { reviews } = await (await page.request.get(station.at(`/api/results/${held}`))).json();
      assert.equal(reviews.at(-1).author, "li");
      const forbidden = await page.request.post(station.at("/api/teaching/stop"), { data: { lesson: 1 } });
      assert.equal(forbidden.status(), 403);
    });
  });

  test("covers a page when the account gets another password, and gives it back with what was typed", { timeout: 120_000 }, async () => {
    await withPage("/tuning", async (page) => {
      await logIn(page, "chen");
      const reason = page.locator('textarea[name="reason"]');
      await reason.fill("half a reas");
      await account("password", "chen");
      const cover = page.getByRole("dialog", { name: "Log in again" });
      await cover.waitFor({ timeout: 30_000 });
      await page.keyboard.type(PASSWORD);
      await page.keyboard.press("Enter");
      await cover.waitFor({ state: "detached" });
      assert.equal(await reason.inputValue(), "half a reas");
    });
  });
});
