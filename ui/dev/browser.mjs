// Starts the system's Chromium for screenshots and end-to-end tests.
import { chromium } from "playwright-core";

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });

/** A page in the given language and colours; problems collects console errors and failed scripts. */
export async function openPage(browser, { language = "en", scheme = "light", width = 1280, height = 800 } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale: { zh: "zh-CN", "zh-Hant": "zh-TW" }[language] ?? "en-GB" });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(`${message.text()} ${message.location().url}`.trim()));
  page.on("pageerror", (error) => problems.push(String(error)));
  return { page, problems, close: () => context.close() };
}
