import { expect, test } from "vitest";
import { placeOf, textOf } from "./place-data";

const written = (region: string, ignore: string, isMm = false) => placeOf({ region, ignore, isMm, align: null });

test("an empty place is the whole frame", () => {
  expect(written(" ", "\n")).toEqual({ place: null });
});

test("numbers are read in every notation of a list, one ignored place a line", () => {
  expect(written("320，180, 640 480", "1,2,3,4\n\n0 0; 9 0; 0 9")).toEqual({ place: { unit: "px", region: [320, 180, 640, 480], ignore: [[1, 2, 3, 4], [0, 0, 9, 0, 0, 9]], align: null } });
  expect(written("-5.5,0,30,20", "", true)).toEqual({ place: { unit: "mm", region: [-5.5, 0, 30, 20], ignore: [], align: null } });
});

test("what is no place is told by its field", () => {
  expect(written("320, 180, 640", "")).toEqual({ wrong: "region" });
  expect(written("a, 180, 640, 480", "")).toEqual({ wrong: "region" });
  expect(written("", "1, 2, 3, 4\n1, 2, 3")).toEqual({ wrong: "ignore" });
});

test("a place is written as it was read", () => {
  const place = { unit: "mm" as const, region: [1, 2, 3, 4], ignore: [[5, 6, 7, 8], [0, 0, 9, 0, 0, 9]], align: { reference: "place.png", sha256: "ab", region: [1, 2, 3, 4], shift_px_max: null, turn_deg_max: 10, zoom_max: 0.1, quality_min: 0.4 } };
  expect(placeOf(textOf(place))).toEqual({ place });
  expect(placeOf(textOf(undefined))).toEqual({ place: null });
});
