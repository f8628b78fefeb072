// openapi.mjs FILE: the OpenAPI file against the specification and good manners.
import core from "@redocly/openapi-core";

const config = await core.createConfig({
  extends: ["recommended-strict"],
  rules: {
    // It is served by whoever runs it.
    "no-server-example.com": "off",
    "info-license-url": "off",
  },
});
const problems = await core.lint({ ref: process.argv[2], config });
core.formatProblems(problems, {
  format: "codeframe",
  totals: { errors: problems.length, warnings: 0, ignored: 0 },
});
process.exit(problems.length ? 1 : 0);
