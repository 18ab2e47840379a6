import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { en } from "../../text/en";
import { zh } from "../../text/zh";
import { notAligned, notAlignedWords, OF_IMAGE, REASONS } from "./not-aligned";

const END = "; throw the image out, or widen the limits of the view";
const said = (n: number, why: string) => `image ${n}: ${OF_IMAGE}${why}${END}`;
const SAID = {
  blank: "nothing is to be seen where the part is looked for: its edges differ by 0.40 grey values",
  unlike: "nothing looks like the reference: expected a likeness of at least 0.4, found 0.21",
  ambiguous: "two places 37 pixels apart look like the reference: likeness 0.81 and 0.80",
  beyond: "the part moved too far: expected turn_deg_max = 10 at most, found -12.500",
  cut: "the region that is looked at left the picture with the part: 14 pixels of it lie outside",
  outside: "62 % of the feature lies within the picture, expected at least 75 %",
};

describe("images that could not be put in their place", () => {
  test("are told with their reason in the reader's language", () => {
    for (const [why, sentence] of Object.entries(SAID)) {
      const found = notAligned(said(12, sentence));
      expect(found.map(({ n, why: each }) => [n, each])).toEqual([[12, why]]);
      for (const text of [en, zh]) for (const each of found) expect(notAlignedWords(text, each), why).not.toMatch(/[{}]/);
    }
    expect(notAlignedWords(zh, notAligned(said(3, SAID.beyond))[0] ?? { n: 0, why: "other", values: {} })).toBe("工件偏离超出允许范围：-12.500，最多 10（turn_deg_max）。");
  });
  test("are a list where the station names several", () => {
    expect(notAligned([said(3, SAID.cut), said(9, SAID.blank)].join("\n")).map(({ n, why }) => [n, why])).toEqual([[3, "cut"], [9, "blank"]]);
    expect(notAligned([said(3, SAID.cut), said(9, "the moon stood low")].join("; ")).map(({ n, why }) => [n, why])).toEqual([[3, "cut"], [9, "other"]]);
  });
  test("are none where something else failed", () => {
    expect(notAligned("image 3 is damaged")).toEqual([]);
    expect(notAligned("image 3: not a PNG")).toEqual([]);
    expect(notAligned("")).toEqual([]);
  });
  test("are said so by the station", () => {
    const read = (path: string) => readFileSync(join(import.meta.dirname, "../../../..", path), "utf8");
    expect(read("inspector/control/teaching/study.rs")).toContain(`"image {image}: ${OF_IMAGE}{error}${END}"`);
    const source = read("calibration/align/refusal.rs");
    const sentences = [...(/impl fmt::Display for NotAligned[\s\S]*?\n}\n/.exec(source)?.[0] ?? "").matchAll(/"([^"]+)"/g)].map(([, sentence = ""]) => sentence.replace(/\{limit\}/g, "turn_deg_max").replace(/\{[^}]*\}/g, "7"));
    expect(sentences.length).toBe(Object.keys(REASONS).length);
    for (const [why, { said: pattern }] of Object.entries(REASONS)) expect(sentences.filter((sentence) => pattern.test(sentence)), why).toHaveLength(1);
  });
});
