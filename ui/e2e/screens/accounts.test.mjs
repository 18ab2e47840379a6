// Log-in, roles and the end of a session in a real browser, against the made-up station with accounts.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, openPage } from "../../dev/browser.mjs";
import { startFixture } from "./fixture.mjs";

let browser;
let station;
before(async () => {
  [browser, station] = await Promise.all([launch(), startFixture("accounts", 400)]);
});
after(async () => {
  await browser?.close();
  station?.stop();
});

async function withPage(path, look, run) {
  const opened = await openPage(browser, look);
  try {
    await opened.page.goto(station.at(path));
    await run(opened.page, opened.problems);
  } finally {
    await opened.close();
  }
}

async function logIn(page, name, password = `password of ${name}`) {
  const form = page.locator("form.log-in");
  await form.getByLabel("Name", { exact: true }).fill(name);
  await form.getByLabel("Password", { exact: true }).fill(password);
  await form.locator("button[type=submit]").click();
}
const navigation = (page) => page.$$eval(".nav a", (links) => links.map((link) => link.getAttribute("href")));
/** A refusal is what the browser notes as an error; any other is one. */
const strange = (problems) => problems.filter((problem) => !/\b(401|429)\b/.test(problem));

describe("a station with accounts", () => {
  test("asks who it is at every address, and shows that page to whoever logs in", { timeout: 60_000 }, async () => {
    await withPage("/station?from=here", {}, async (page, problems) => {
      await page.getByRole("heading", { name: "Log in" }).waitFor();
      assert.equal(await page.locator(".nav").count(), 0);
      await logIn(page, "li");
      await page.getByRole("heading", { name: "Station", exact: true }).waitFor();
      assert.equal(new URL(page.url()).search, "?from=here");
      await page.getByRole("button", { name: "Account li, Operator" }).waitFor();
      assert.deepEqual(strange(problems), []);
    });
  });

  test("says what to do after a wrong password, and how long to wait after too many", { timeout: 60_000 }, async () => {
    const strict = await startFixture("accounts");
    const opened = await openPage(browser, {});
    try {
      const { page } = opened;
      await page.goto(strict.at("/"));
      await logIn(page, "li", "");
      await page.getByText("Enter name and password").waitFor();
      for (let tries = 0; tries < 4; tries += 1) {
        const answered = page.waitForResponse((response) => response.request().method() === "POST" && response.url().endsWith("/api/session"));
        await logIn(page, "li", "something else");
        assert.equal((await answered).status(), 401);
        await page.getByText("Name or password are wrong").waitFor();
        await page.waitForFunction(() => document.querySelector("input[name=password]").value === "");
        assert.equal(await page.evaluate(() => document.activeElement.name), "password");
      }
      await logIn(page, "li");
      await page.getByText("Too many tries").waitFor();
      await page.getByText(/^Wait \d+ s, then try again\.$/).waitFor();
      assert.ok(await page.locator("form.log-in button[type=submit]").isDisabled());
    } finally {
      await opened.close();
      strict.stop();
    }
  });

  test("takes the right password at once after a wrong one", { timeout: 60_000 }, async () => {
    await withPage("/", {}, async (page) => {
      await logIn(page, "chen", "something else");
      await page.getByText("Name or password are wrong").waitFor();
      await page.keyboard.type("password of chen");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Account chen, Integrator" }).waitFor({ timeout: 2_000 });
    });
  });

  test("offers who logged in here before with one tap", { timeout: 60_000 }, async () => {
    await withPage("/tuning", {}, async (page) => {
      await logIn(page, "M. Schmidt");
      await page.getByRole("button", { name: "Account M. Schmidt, Quality" }).click();
      await page.getByRole("button", { name: "Log out" }).click();
      await page.locator(".log-in-name").click();
      assert.equal(new URL(page.url()).pathname, "/");
      assert.equal(await page.evaluate(() => document.activeElement.name), "password");
      await page.keyboard.type("password of M. Schmidt");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Account M. Schmidt, Quality" }).waitFor();
    });
  });

  for (const [name, pages] of [["Wang", ["/", "/rejects", "/quality", "/station"]], ["li", ["/", "/rejects", "/quality", "/review", "/station"]], ["chen", ["/", "/rejects", "/quality", "/review", "/tuning", "/teach", "/station"]]]) {
    test(`shows ${name} the pages of the role`, { timeout: 60_000 }, async () => {
      await withPage("/", {}, async (page) => {
        await logIn(page, name);
        await page.locator(".nav a").first().waitFor();
        assert.deepEqual(await navigation(page), pages);
      });
    });
  }

  test("says to a viewer why the last reject has no buttons, and to an operator why a threshold is not his", { timeout: 60_000 }, async () => {
    await withPage("/", {}, async (page) => {
      await logIn(page, "Wang");
      await page.locator(".held-panel").getByText("The role Viewer only looks. This is for operators, quality and integrators.").waitFor();
      assert.equal(await page.locator(".held-panel .answer").count(), 0);
    });
    await withPage("/tuning", {}, async (page) => {
      await logIn(page, "li");
      await page.getByText("The role Operator only looks here. What is rejected is for quality to change.").first().waitFor();
      assert.ok(await page.getByRole("button", { name: /^Apply as version/ }).isDisabled());
    });
  });

  test("notes an answer under the account, and asks for no name", { timeout: 60_000 }, async () => {
    await withPage("/", {}, async (page) => {
      await logIn(page, "li");
      await page.waitForSelector(".held-pictures[data-part]");
      const held = await page.locator(".held-pictures").getAttribute("data-part");
      assert.equal(await page.locator(".held-name").count(), 0);
      await page.waitForTimeout(400);
      await page.getByRole("button", { name: "False alarm" }).click();
      await page.waitForFunction((id) => document.querySelector(".held-pictures")?.getAttribute("data-part") !== id, held);
      const { reviews } = await (await page.request.get(station.at(`/api/results/${held}`))).json();
      assert.deepEqual(reviews.map((review) => review.author), ["li"]);
    });
  });

  test("covers a page whose session ended, and gives it back with what was typed", { timeout: 60_000 }, async () => {
    const brief = await startFixture("accounts", 400);
    const opened = await openPage(browser, {});
    try {
      const { page } = opened;
      await page.goto(brief.at("/tuning?style=bracket"));
      await logIn(page, "M. Schmidt");
      const slider = page.locator('[role="slider"][aria-valuetext]').last();
      await slider.focus();
      await page.keyboard.press("Shift+ArrowLeft");
      const moved = await slider.getAttribute("aria-valuenow");
      const reason = page.locator('textarea[name="reason"]');
      await reason.fill("Less false rejects on the ni");
      await fetch(brief.at("/fixture/end-sessions"));
      const cover = page.getByRole("dialog", { name: "Log in again" });
      await cover.waitFor({ timeout: 20_000 });
      await cover.getByText("The session of M. Schmidt has ended.").waitFor();
      // A key that was meant for the field goes to nothing behind the cover.
      await page.keyboard.type("password of M. Schmidt");
      await page.keyboard.press("Enter");
      await cover.waitFor({ state: "detached" });
      assert.equal(await reason.inputValue(), "Less false rejects on the ni");
      assert.equal(await slider.getAttribute("aria-valuenow"), moved);
      assert.equal(await page.evaluate(() => document.activeElement.name), "reason");
      await page.keyboard.type("ght shift");
      await page.getByRole("button", { name: /^Apply as version/ }).click();
      await page.getByText(/is in use from the next part/).waitFor();
      const recipes = await (await page.request.get(brief.at("/api/recipes"))).json();
      const newest = recipes.find((recipe) => recipe.style === "bracket").versions.at(-1);
      assert.deepEqual([newest.author, newest.reason], ["M. Schmidt", "Less false rejects on the night shift"]);
    } finally {
      await opened.close();
      brief.stop();
    }
  });
});
