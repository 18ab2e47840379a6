// How the web app is built and served while it is developed. What it says belongs in `src/`.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const station = process.env.INSPECTOR_URL ?? "http://127.0.0.1:8098";

export default defineConfig({
  plugins: [react()],
  server: { port: 5173, proxy: { "/api": { target: station, changeOrigin: false } } },
  build: { outDir: "dist", emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 900 },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
