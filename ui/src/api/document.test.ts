// The API's document, the types made from it and the words for its enumerations say the same.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";
import { expect, test } from "vitest";
import { en } from "../text/en";
import { errorFromBody } from "./client";

const root = join(import.meta.dirname, "../..");
const document = JSON.parse(readFileSync(join(root, "openapi.json"), "utf8")) as { components: { schemas: Record<string, { enum?: string[] }> } };

function names(schema: string): string[] {
  const known = document.components.schemas[schema]?.enum;
  if (known === undefined) throw new Error(`${schema} is no enumeration of the document`);
  return [...known].sort();
}

test("the types are those of the document: else run `npm run types`", { timeout: 60_000 }, async () => {
  const made = astToString(await openapiTS(document as never));
  const committed = readFileSync(join(root, "src/api/schema.d.ts"), "utf8");
  expect(committed.endsWith(made)).toBe(true);
});

test("every kind of error of the document is known, and nothing else", () => {
  for (const kind of names("ErrorName")) expect(errorFromBody(400, { error: { kind, message: "m" } })).toMatchObject({ kind, message: "m" });
  expect(Object.keys(en.error).sort()).toEqual([...names("ErrorName"), "offline"].sort());
});

test("there are words for exactly the names of the document", () => {
  const words = { AlarmCode: en.alarm, Cause: en.cause, Disposition: en.disposition, ImageState: en.image_state, Judgement: en.answer_blind, SeverityName: en.severity, StageName: en.stage, StateName: en.state, Verdict: en.verdict, Why: en.review_why };
  expect(Object.keys(en.answer_pass)).toEqual(Object.keys(en.answer_reject));
  for (const [schema, known] of Object.entries(words)) expect(Object.keys(known).sort(), schema).toEqual(names(schema));
});
