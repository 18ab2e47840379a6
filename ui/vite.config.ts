// How the web app is built and served while it is developed. What it says belongs in `src/`.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const station = process.env.INSPECTOR_URL ?? "http://127.0.0.1:8098";

/** Beside each file that gets smaller by it: the station sends it to browsers that take it, and need not compress. */
const compressed = {
  name: "compressed",
  apply: "build" as const,
  writeBundle({ dir }: { dir?: string }) {
    if (dir === undefined) return;
    for (const file of readdirSync(dir, { recursive: true, withFileTypes: true })) {
      if (!file.isFile() || !/\.(css|html|js|svg)$/.test(file.name)) continue;
      const path = join(file.parentPath, file.name);
      const bytes = readFileSync(path);
      const gzip = gzipSync(bytes, { level: 9 });
      if (gzip.length < bytes.length * 0.9) writeFileSync(`${path}.gz`, gzip);
    }
  },
};

export default defineConfig({
  plugins: [react(), compressed],
  server: { port: 5173, proxy: { "/api": { target: station, changeOrigin: false } } },
  build: { outDir: "dist", emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 900 },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
