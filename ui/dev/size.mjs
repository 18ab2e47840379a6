// How much a browser fetches before it shows the page Live: the document, scripts, styles and one language, compressed as the
// station sends them. Fails above a limit, and where a component of Mantine is used without its styles.
//   npm run size
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const ROOT = join(import.meta.dirname, "..");
const LIMIT_BYTES = 200_000;
/** What is fetched at run time for the first page; of the languages, the largest. */
const FIRST_PAGE = "src/pages/live/live-page.tsx";
const LANGUAGES = [["src/text/en.ts"], ["src/text/zh.ts"], ["src/text/zh-hant.ts", "src/text/zh-hant-told.ts"]];

const { output } = await build({ root: ROOT, logLevel: "error", build: { write: false } });
const bytesOf = (file) => Buffer.from(file.type === "chunk" ? file.code : file.source);
const sizeOf = (file) => gzipSync(bytesOf(file), { level: 9 }).length;
const chunks = output.filter((file) => file.type === "chunk");
const byName = new Map(output.map((file) => [file.fileName, file]));
const chunkOf = (module) => {
  const found = chunks.find((chunk) => chunk.facadeModuleId === join(ROOT, module)) ?? chunks.find((chunk) => chunk.moduleIds.includes(join(ROOT, module)));
  if (found === undefined) throw new Error(`no script holds ${module}`);
  return found;
};

/** A script, what it imports, and their styles. */
function needed(chunk, into = new Set()) {
  if (into.has(chunk.fileName)) return into;
  into.add(chunk.fileName);
  for (const style of chunk.viteMetadata?.importedCss ?? []) into.add(style);
  for (const name of chunk.imports) needed(byName.get(name), into);
  return into;
}

const isOfApp = (chunk) => chunk.isEntry && chunk.facadeModuleId?.endsWith("index.html");
const always = new Set(["index.html"]);
needed(chunks.find(isOfApp), always);
needed(chunkOf(FIRST_PAGE), always);
const worker = output.find((file) => file.fileName.includes("event-worker"));
if (worker !== undefined) always.add(worker.fileName);
const total = (names) => [...names].reduce((sum, name) => sum + sizeOf(byName.get(name)), 0);
const [first] = LANGUAGES.map((modules) => {
  const names = new Set(always);
  for (const module of modules) needed(chunkOf(module), names);
  return { names, total: total(names) };
}).sort((a, b) => b.total - a.total);

const isVerbose = process.argv.includes("--all");
if (isVerbose) for (const name of [...first.names].sort((a, b) => sizeOf(byName.get(b)) - sizeOf(byName.get(a)))) console.log(String(sizeOf(byName.get(name))).padStart(8), name);
console.log(`first load: ${(first.total / 1_000).toFixed(1)} kB compressed in ${first.names.size} files; all files: ${(total(byName.keys()) / 1_000).toFixed(1)} kB; limit ${LIMIT_BYTES / 1_000} kB`);
if (first.total > LIMIT_BYTES) {
  console.error("the first load is too large: fetch what it does not need when it is shown (`import()`), see `node dev/size.mjs --all`");
  process.exitCode = 1;
}

const classes = (text) => new Set(text.match(/\bm_[0-9a-f]{6,8}\b/g));
const styles = classes(output.filter((file) => file.fileName.endsWith(".css")).map((file) => String(file.source)).join("\n"));
const whole = classes(readFileSync(join(ROOT, "node_modules/@mantine/core/styles.css"), "utf8"));
const missing = [...classes(chunks.map((chunk) => chunk.code).join("\n"))].filter((name) => whole.has(name) && !styles.has(name));
if (missing.length > 0) {
  console.error(`src/mantine.css lacks the styles of components that are used: grep for ${missing.join(", ")} in node_modules/@mantine/core/styles/`);
  process.exitCode = 1;
}
