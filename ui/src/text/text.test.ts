import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { ALARM_TOLD } from "./alarm-told";
import { en } from "./en";
import { fill, placeholders } from "./fill";
import { catalogue, startLanguage, told } from "./language";
import { zh } from "./zh";
import { zhHant } from "./zh-hant";

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, path = ""): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    const name = path === "" ? key : `${path}.${key}`;
    if (typeof value === "string") all.set(name, value);
    else flat(value, name).forEach((text, inner) => all.set(inner, text));
  }
  return all;
}
const english = flat(en);
const chinese = flat(zh);

describe("the catalogues", () => {
  test("have the same keys", () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  test("have the same placeholders under each key", () => {
    for (const [key, text] of english) expect(placeholders(chinese.get(key) ?? ""), key).toEqual(placeholders(text));
  });

  test("have no empty text", () => {
    for (const [key, text] of [...english, ...chinese]) expect(text.trim(), key).not.toBe("");
  });

  test("say in Chinese what is said in English, except names and units", () => {
    const same = [...english].filter(([key, text]) => chinese.get(key) === text).map(([key]) => key);
    expect(same.filter((key) => !key.startsWith("unit."))).toEqual(["product", "camera_kind.v4l2", "detail.scale_value"]);
  });

  test("are used up: no key stands unused", () => {
    const source = sources().map((path) => readFileSync(path, "utf8")).join("\n");
    const isUsed = (key: string) => {
      const [group = "", name = ""] = key.split(".");
      return source.includes(`text.${key}`) || source.includes(`text.${group}[`) || source.includes(`.${group}[`) || source.includes(`named(text.${group},`) || (name === "" && source.includes(`.${key}`));
    };
    expect([...english.keys()].filter((key) => !isUsed(key))).toEqual([]);
  });
});

describe("Traditional Chinese", () => {
  const traditional = flat(zhHant);
  test("has every key, with its placeholders", () => {
    expect([...traditional.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [key, text] of english) expect(placeholders(traditional.get(key) ?? ""), key).toEqual(placeholders(text));
  });
  test("is what `npm run hant` makes of the Simplified", async () => {
    const { made } = (await import("../../dev/hant.mjs" as string)) as { made: () => Map<string, string> };
    for (const [path, text] of made()) expect(readFileSync(path, "utf8"), path).toBe(text);
  });
  test("has the words of Taiwan, and one for each thing", () => {
    expect([zhHant.pages.quality, zhHant.pages.review, zhHant.line.devices.slice(0, 2)]).toEqual(["品質", "複判", "設備"]);
  });
  test("tells what the station says, whole sentences and those with a value", async () => {
    await catalogue("zh-Hant");
    expect(told("zh-Hant", { en: "", zh: "相机无应答，其工件一律剔除。" })).toBe("相機無應答，其工件一律剔除。");
    expect(told("zh", { en: "a", zh: "相机" })).toBe("相机");
  });
});

test("every alarm has a name, a meaning and what to do, by its code", () => {
  expect(Object.keys(ALARM_TOLD).sort()).toEqual(Object.keys(en.alarm).sort());
  for (const [code, { meaning, remedy }] of Object.entries(ALARM_TOLD)) for (const words of [meaning, remedy]) expect(/[\u4e00-\u9fff]/.test(words.zh) && !/[\u4e00-\u9fff]/.test(words.en), code).toBe(true);
});

describe("fill", () => {
  test("puts values into placeholders", () => {
    expect(fill("{a} of {b}", { a: 1, b: "two" })).toBe("1 of two");
  });
  test("leaves a placeholder without a value in sight", () => {
    expect(fill("{a} {b}", { a: 0 })).toBe("0 {b}");
  });
});

describe("the language to start with", () => {
  test("is the remembered one", () => expect(startLanguage("zh", ["en-GB"])).toBe("zh"));
  test("is the browser's first known one", () => {
    expect(startLanguage(null, ["fr-FR", "zh-Hans-CN", "en"])).toBe("zh");
    expect(startLanguage("nonsense", ["en-US", "zh"])).toBe("en");
  });
  test("is Traditional Chinese for whoever reads it", () => {
    for (const tag of ["zh-TW", "zh-Hant", "zh-HK", "zh-Hant-MO"]) expect(startLanguage(null, [tag])).toBe("zh-Hant");
    expect(startLanguage("zh-Hant", ["en"])).toBe("zh-Hant");
    expect(startLanguage(null, ["zh"])).toBe("zh");
  });
  test("is English when the browser asks for neither", () => expect(startLanguage(null, ["de"])).toBe("en"));
});

describe("every word on screen", () => {
  test("comes from a catalogue: no page holds text in its markup", () => {
    expect(sources().filter((path) => path.endsWith(".tsx")).flatMap(strayWords)).toEqual([]);
  });
  test("is missed by this check neither as a child nor as an attribute", () => {
    expect(strayWordsIn("a.tsx", `<p title="Hello">Part {"id"} · {x ? "yes" : y}</p>`).map((each) => each.split(": ")[1])).toEqual(["Hello", "Part", "id", "yes"]);
  });
});

function sources(): string[] {
  const root = join(import.meta.dirname, "..");
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".test.ts") && !/^(text|api)\/(en|zh|schema|alarm-told)/.test(path))
    .map((path) => join(root, path));
}

const SHOWN_ATTRIBUTES = ["title", "label", "aria-label", "placeholder", "alt", "description", "aside", "none", "any", "note"];
const hasLetters = (text: string): boolean => /\p{L}{2,}/u.test(text);
/** Units and figures that are written alike in every language. */
const ALIKE = new Set(["p50", "p99", "p99.9", "ns"]);

function strayWords(path: string): string[] {
  return strayWordsIn(path, readFileSync(path, "utf8"));
}

function strayWordsIn(path: string, source: string): string[] {
  const found: string[] = [];
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const report = (text: string) => {
    if (hasLetters(text) && !ALIKE.has(text.trim())) found.push(`${path}: ${text.trim()}`);
  };
  const literals = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) report(node.text);
    else if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(literals);
    else if (ts.isBinaryExpression(node)) literals(node.right);
    else if (ts.isParenthesizedExpression(node)) literals(node.expression);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) report(node.text);
    if (ts.isJsxExpression(node) && node.expression !== undefined && !ts.isJsxAttribute(node.parent)) literals(node.expression);
    if (ts.isJsxAttribute(node) && node.initializer !== undefined && SHOWN_ATTRIBUTES.includes(node.name.getText())) {
      if (ts.isStringLiteral(node.initializer)) report(node.initializer.text);
      else if (ts.isJsxExpression(node.initializer) && node.initializer.expression !== undefined) literals(node.initializer.expression);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
