// Writes the pages below docs/ that are made from the code. Needs a build: `npm run docs` makes one first.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const require = createRequire(import.meta.url);
const { referencePages } = require(resolve('dist/src/config/reference/pages.js'));
for (const [name, text] of Object.entries(referencePages())) {
  writeFileSync(join('docs', name), text);
  process.stderr.write(`docs/${name}\n`);
}
