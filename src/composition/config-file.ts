import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { FirebreakError } from '../domain/errors';

type Pairs = readonly (readonly [key: readonly string[], value: unknown])[];

function isPairs(values: Readonly<Record<string, unknown>> | Pairs): values is Pairs {
  return Array.isArray(values);
}

/**
 * Sets keys in a configuration file; comments and everything else in it stay as they are. Written whole and renamed; an existing
 * file keeps its owner and mode, a new one gets 0600 because it may hold the database's password.
 * @param values dotted keys, or pairs whose key is a list of names, for names that may hold dots; `undefined` removes a key
 */
export async function updateConfigFile(path: string, values: Readonly<Record<string, unknown>> | Pairs): Promise<void> {
  const document = parseDocument(existsSync(path) ? await readFile(path, 'utf8') : '');
  if (document.errors.length > 0)
    throw new FirebreakError('CONFIG_INVALID', `${path}: ${document.errors[0]?.message ?? ''}`);
  const entries = isPairs(values)
    ? values
    : Object.entries(values).map(([key, value]) => [key.split('.'), value] as const);
  for (const [parts, value] of entries) {
    if (value === undefined) document.deleteIn(parts);
    else document.setIn(parts, document.createNode(value));
  }
  if (document.contents !== null && !isMap(document.contents))
    throw new FirebreakError('CONFIG_INVALID', `${path}: the file must hold a mapping`);
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.new`;
  const before = await stat(path).catch(() => undefined);
  await writeFile(temporary, document.toString(), { mode: 0o600 });
  if (before !== undefined) {
    await chown(temporary, before.uid, before.gid);
    await chmod(temporary, before.mode & 0o777);
  }
  await rename(temporary, path);
}
