// Starts the server of the made-up station for tests of the screens; the web app must be built.
import { spawn } from "node:child_process";
import { join } from "node:path";

/** `scene` as in `dev/fixture-server.mjs`; a part leaves every so many milliseconds. */
export async function startFixture(scene, everyMs = 500) {
  const script = join(import.meta.dirname, "../../dev/fixture-server.mjs");
  const server = spawn(process.execPath, [script, "--port", "0", "--scene", scene, "--every", String(everyMs)], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    server.stdout.on("data", (text) => {
      const found = /http:\/\/\S+/.exec(String(text));
      if (found !== null) resolve(found[0]);
    });
  });
  return { at: (path) => new URL(path, url).href, json: async (path) => (await fetch(new URL(path, url))).json(), stop: () => server.kill() };
}
