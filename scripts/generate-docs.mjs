// Writes the pages below docs/ that are made from the code. Needs a build: `npm run docs` makes one first.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const require = createRequire(import.meta.url);
const { referencePages } = require(resolve('dist/src/config/reference/pages.js'));
for (const [name, text] of Object.entries(referencePages())) {
  writeFileSync(join('docs', name), text);
  process.stderr.write(`docs/${name}\n`);
}

// The one generated line of a page that people write.
const verifier = createHash('sha256').update(readFileSync('src/adapters/evidence-bag/verify.py')).digest('hex');
const page = readFileSync('docs/evidence.md', 'utf8');
writeFileSync('docs/evidence.md', page.replace(/^[0-9a-f]{64} {2}verify\.py$/m, `${verifier}  verify.py`));
