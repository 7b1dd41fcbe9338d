import { configs as lit } from "eslint-plugin-lit";
import typescript from "typescript-eslint";

export default typescript.config(
  { ignores: ["dist/", "node_modules/", "scripts/", "tests/browser/", "*.config.*"] },
  ...typescript.configs.recommendedTypeChecked,
  lit["flat/recommended"],
  {
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: new URL(".", import.meta.url).pathname } },
    rules: {
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { arguments: false } }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "no-console": "error",
      "no-eval": "error",
    },
  },
);
