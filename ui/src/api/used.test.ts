import { afterEach, describe, expect, test, vi } from "vitest";
import { getJson, postJson, used } from "./client";
import { Used, USED_HEADER } from "./used";

afterEach(() => vi.unstubAllGlobals());

describe("a touch of the page", () => {
  test("is told once, by the next request, and again where that did not arrive", () => {
    const page = new EventTarget();
    const one = new Used();
    one.listen(page);
    expect(one.take()).toEqual({});
    for (const touch of ["pointerdown", "keydown", "wheel"]) {
      page.dispatchEvent(new Event(touch));
      const headers = one.take();
      expect(headers).toEqual({ [USED_HEADER]: "1" });
      expect(one.take()).toEqual({});
      one.giveBack(headers);
      expect(one.take()).toEqual(headers);
      one.giveBack({});
      expect(one.take()).toEqual({});
    }
  });

  test("is told by the page's own requests, which keep nobody logged in else", async () => {
    const asked: Headers[] = [];
    vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
      asked.push(new Headers(init.headers));
      return Promise.resolve(Response.json({}));
    });
    const page = new EventTarget();
    used.listen(page);
    const isTold = () => asked.map((headers) => headers.get(USED_HEADER));
    await getJson("/api/alarms");
    page.dispatchEvent(new Event("keydown"));
    await getJson("/api/alarms");
    await postJson("/api/alarms/acknowledge", {});
    expect(isTold()).toEqual([null, "1", null]);
    expect(asked[1]?.get("accept")).toBe("application/json");
  });
});
