// Makes the texts in Traditional Chinese, with the words of Taiwan, of those in Simplified Chinese, by the tables of OpenCC; and
// the table of what each alarm means, of the station's own texts.
//   npm run hant
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Converter } from "opencc-js/cn2t";

const TEXT = join(import.meta.dirname, "../src/text");
const ROOT = join(import.meta.dirname, "../..");
/** Where the station's own sentences stand that it tells in English and Chinese. */
const TOLD = ["inspector/telemetry/texts.rs", "inspector/telemetry/texts/events.rs", "inspector/telemetry/texts/line.rs", "inspector/telemetry/why_gone.rs", "inspector/station/handshake/waiting.rs"];
const MADE = "// Made by `npm run hant`: change the file in Simplified Chinese, not this one.\n";

const words = Converter({ from: "cn", to: "twp" });
const letters = Converter({ from: "cn", to: "tw" });
/** Words that the tables leave, or would change into one that stands for something else here. */
const OURS = [["设备", "設備"], ["质量", "品質"], ["复判", "複判"], ["线缆", "纜線"], ["简体中文", "繁體中文"]];
/** Letters that no table knows stand for them meanwhile. */
const kept = (index) => String.fromCharCode(0xe000 + index);
export function convert(text) {
  const hidden = OURS.reduce((all, [from], index) => all.replaceAll(from, kept(index)), text);
  return OURS.reduce((all, [, to], index) => all.replaceAll(kept(index), to), words(hidden));
}

const isChinese = (text) => /[\u4e00-\u9fff]/.test(text);

/** The string literals of a Rust source, as the program says them. */
const literals = (source) => [...source.matchAll(/"((?:[^"\\]|\\[\s\S])*)"/g)].map(([, text]) => text.replace(/\\\n\s*/g, "").replaceAll('\\"', '"').replaceAll("\\\\", "\\"));

/** What each alarm means and what to do, by its code, in the languages that the station tells: the log has only the code. */
function alarms() {
  const read = (path) => readFileSync(join(ROOT, "inspector/telemetry", path), "utf8");
  const texts = ["texts.rs", "texts/events.rs", "texts/line.rs"].map(read).join("\n");
  const lines = [...read("catalogue.rs").matchAll(/^ {4}(\w+) "(\w+)" \w+ Alarm\(/gm)].map(([, name, code]) => {
    const found = new RegExp(`const ${name}: Texts = ([\\s\\S]*?);\\n`).exec(texts);
    const [en, zh, remedyEn, remedyZh] = literals(found?.[1] ?? "");
    if (remedyZh === undefined) throw new Error(`${code} has no texts in inspector/telemetry/texts`);
    return `  ${code}: ${JSON.stringify({ meaning: { en, zh }, remedy: { en: remedyEn, zh: remedyZh } })},`;
  });
  const head = "// Made by `npm run hant` of the station's own texts: change those.\n// What each alarm means and what to do, for alarms of the log, which has only their codes.\n";
  return `${head}interface Words { en: string; zh: string }\nexport const ALARM_TOLD: Record<string, { meaning: Words; remedy: Words }> = {\n${lines.join("\n")}\n};\n`;
}

/** Every file by its path. */
export function made() {
  const files = new Map();
  for (const name of readdirSync(TEXT).filter((each) => /^zh(-[a-z]+)?\.ts$/.test(each) && !each.startsWith("zh-hant"))) {
    const source = readFileSync(join(TEXT, name), "utf8");
    const text = convert(source).replaceAll('"./zh-', '"./zh-hant-').replace("export const zh:", "export const zhHant:");
    files.set(join(TEXT, name.replace(/^zh/, "zh-hant")), MADE + text);
  }
  const told = [...new Set(TOLD.flatMap((path) => literals(readFileSync(join(ROOT, path), "utf8")).filter(isChinese)))].sort();
  const whole = told.filter((text) => !/\{\w*\}/.test(text));
  const single = [...new Set(told.join(""))].filter((letter) => isChinese(letter) && letters(letter) !== letter).sort();
  const lines = whole.map((text) => `  ${JSON.stringify(text)}: ${JSON.stringify(convert(text))},`).join("\n");
  const table = `${MADE}// What the station tells in Chinese: whole sentences, and letters for those that hold a value.\nexport const TOLD: Record<string, string> = {\n${lines}\n};\nexport const LETTERS = ${JSON.stringify(single.join(""))};\nexport const LETTERS_HANT = ${JSON.stringify(single.map((letter) => letters(letter)).join(""))};\n`;
  return files.set(join(TEXT, "zh-hant-told.ts"), table).set(join(TEXT, "alarm-told.ts"), alarms());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const [path, text] of made()) writeFileSync(path, text);
