import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { en } from "./en";
import { zh } from "./zh";

const glossary = readFileSync(join(import.meta.dirname, "../../../docs/ref/glossary.md"), "utf8");

/** Words and Chinese words of each row; a cell may hold several, apart by commas. */
const rows = glossary
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| word"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, word = "", chinese = "", meaning = ""]) => ({ word, chinese, meaning }));

describe("the glossary", () => {
  test("uses the Chinese words of the pages", () => {
    const pages = JSON.stringify(zh);
    const strange = rows
      .flatMap((row) => row.chinese.split(", "))
      .filter((word) => word !== "–" && !pages.includes(word));
    expect(strange).toEqual([]);
  });

  test("has the words for verdicts, dispositions, states and severities in both languages", () => {
    const english = glossary.toLowerCase();
    for (const group of ["verdict", "disposition", "state"] as const) {
      for (const word of Object.values(en[group])) expect(english, word).toContain(word.toLowerCase());
      for (const word of Object.values(zh[group])) expect(glossary, word).toContain(word);
    }
    for (const word of [en.severity.warning, en.severity.error]) expect(english, word).toContain(word.toLowerCase());
    for (const word of [zh.severity.warning, zh.severity.error]) expect(glossary, word).toContain(word);
  });

  test("is followed in Chinese: no second word for the same thing, on pages, in alarms and in the guide", () => {
    const root = join(import.meta.dirname, "../../..");
    const written = ["inspector/telemetry/texts.rs", "docs/guide/operate.zh.md"];
    const all = [JSON.stringify(zh), ...written.map((file) => readFileSync(join(root, file), "utf8"))].join("\n");
    // 剔除装置, 图像, 磁盘, 工件, 相机
    for (const other of ["剔除机构", "剔除器", "图片", "硬盘", "零件", "摄像头"]) expect(all.includes(other), other).toBe(false);
  });

  test("explains each word once", () => {
    const words = rows.map((row) => row.word);
    expect(new Set(words).size).toBe(words.length);
    for (const row of rows) expect(row.meaning, row.word).not.toBe("");
  });
});
