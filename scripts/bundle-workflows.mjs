// Bundles the compiled workflows once, plain and for encrypted payloads, so that a worker starts in no time; remade only when they changed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const dist = resolve('dist');
const require = createRequire(import.meta.url);

function digest(folder, hash) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) digest(path, hash);
    else if (name.endsWith('.js')) hash.update(name).update(readFileSync(path));
  }
}

const hash = createHash('sha256').update(readFileSync('package-lock.json'));
for (const folder of ['workflows', 'src/domain']) digest(join(dist, folder), hash);
const stamp = hash.digest('hex');
const bundles = { plain: join(dist, 'workflow-bundle.js'), encrypted: join(dist, 'workflow-bundle-encrypted.js') };
const stampFile = join(dist, '.bundle-stamp');
if (
  !Object.values(bundles).every((bundle) => existsSync(bundle)) ||
  !existsSync(stampFile) ||
  readFileSync(stampFile, 'utf8') !== stamp
) {
  const { buildBundle } = require(join(dist, 'src/worker/bundle.js'));
  for (const [kind, bundle] of Object.entries(bundles)) writeFileSync(bundle, await buildBundle(dist, kind));
  writeFileSync(stampFile, stamp);
}
