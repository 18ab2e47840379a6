// House rules that a linter can hold.
import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "react-hooks": reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "no-restricted-globals": ["error", "fetch", "EventSource"],
      "max-lines": ["error", 400],
    },
  },
  { files: ["src/api/**/*.ts"], rules: { "no-restricted-globals": "off" } },
  {
    files: ["dev/**/*.mjs", "e2e/**/*.mjs"],
    languageOptions: {
      globals: Object.fromEntries(
        ["console", "process", "Buffer", "URL", "fetch", "setTimeout", "setInterval", "clearInterval", "clearTimeout", "document", "window", "localStorage", "performance", "AbortSignal", "MutationObserver", "TextDecoder"].map((name) => [name, "readonly"]),
      ),
    },
  },
);
