// Files that the compiler leaves behind but the program reads at run time.
import { cpSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ASSETS = /\.(sh|py|sql|md)$/;
const ROOTS = ['src', 'demo', 'temporal', 'migrations'];

function copy(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) copy(path);
    else if (ASSETS.test(name)) cpSync(path, join('dist', path));
  }
}

for (const root of ROOTS) if (existsSync(root)) copy(root);
