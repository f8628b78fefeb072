// generate-api.mjs: what the app knows of the API, from its description (docs/openapi.yaml):
// src/lib/api-types.ts (by openapi-typescript) and the limits, src/lib/api-limits.ts. Made at each
// build and not kept, so that neither can be of another day than the description.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const LIMITS = {
  TITLE_MAX: ['#/components/schemas/Title', 'maxLength'],
  NOTE_MAX: ['#/components/schemas/Note', 'maxLength'],
  PASSWORD_MIN: ['#/components/schemas/Password', 'minLength'],
  /** Items that one call takes, and that one page has. */
  IDS_MAX: ['#/components/schemas/Ids/ids', 'maxItems'],
  PAGE_MAX: ['#/components/parameters/Limit', 'maximum'],
};
const MADE = '// Made by generate-api.mjs from docs/openapi.yaml.\n';

const found = {};
function note(schema, { path }) {
  for (const [name, [where, keyword]] of Object.entries(LIMITS))
    if (path === where) found[name] ??= schema[keyword];
}

/** Only what is new is written: the build goes by the times of files. */
async function put(name, text) {
  const file = new URL(`src/lib/${name}`, import.meta.url);
  if ((await readFile(file, 'utf8').catch(() => null)) !== text) await writeFile(file, text);
}

const types = await openapiTS(new URL('../docs/openapi.yaml', import.meta.url), {
  // A default makes a field of a request optional, not one that is always sent.
  defaultNonNullable: false,
  transform: note,
});
const limits = Object.keys(LIMITS).map((name) => {
  if (!Number.isInteger(found[name])) throw new Error(`docs/openapi.yaml has no ${LIMITS[name].join(' ')}`);
  return `export const ${name} = ${found[name]};\n`;
});
await put('api-types.ts', MADE + astToString(types));
await put('api-limits.ts', MADE + limits.join(''));
