import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { FirebreakError } from '../domain/errors';
import { rememberPasswordIn } from '../observability/known-secrets';
import type { Config } from './schema';
import { configSchema } from './schema';
import { WRITABLE_BY_OTHERS, readTrustedFile } from './trusted-file';

/** Where a value came from (U2 `config check`). */
export type Origin = 'flag' | 'environment' | 'file' | 'default';

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the file that was read, when there was one. */
  readonly file: string | undefined;
  /** Origin by dotted key; what is not named is a default. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** Variables that stand for keys of the file; a blank one counts as not set. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  DATABASE_URL: 'database.url',
  TEMPORAL_ADDRESS: 'temporal.address',
  TEMPORAL_NAMESPACE: 'temporal.namespace',
  FIREBREAK_TEMPORAL_UI: 'temporal.ui',
  FIREBREAK_FORENSICS: 'paths.forensics',
  FIREBREAK_REPORTS: 'paths.reports',
  FIREBREAK_TIME_ZONE: 'timeZone',
  FIREBREAK_LOG_LEVEL: 'logLevel',
  FIREBREAK_METRICS: 'metrics.bindAddress',
};

/** Folder of the package that is running. */
export const CHECKOUT = checkoutOf(__dirname);

/**
 * Tried in this order when no file is named: those of the package that is running, then the machine's. Never those of the folder that
 * somebody stands in: it may be a bag of evidence, or somebody else's home.
 */
export const DEFAULT_FILES = [
  'firebreak.yaml',
  'var/firebreak/firebreak.yaml',
  '/etc/security/emergency.conf',
] as const;

function checkoutOf(folder: string): string {
  for (const up of ['../..', '../../..']) {
    const candidate = resolve(folder, up);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  return resolve(folder, '../..');
}

type Tree = Record<string, unknown>;

function setKey(tree: Tree, key: string, value: unknown): void {
  const parts = key.split('.');
  const last = parts.pop() ?? key;
  let node = tree;
  for (const part of parts) {
    const next = node[part];
    if (typeof next === 'object' && next !== null) node = next as Tree;
    else {
      const made: Tree = {};
      node[part] = made;
      node = made;
    }
  }
  node[last] = value;
}

function leaves(tree: unknown, prefix: string, found: Map<string, Origin>, origin: Origin): void {
  if (typeof tree === 'object' && tree !== null && !Array.isArray(tree)) {
    for (const [key, value] of Object.entries(tree))
      leaves(value, prefix === '' ? key : `${prefix}.${key}`, found, origin);
  } else found.set(prefix, origin);
}

function readTree(path: string): Tree | undefined {
  const text = readTrustedFile(path, WRITABLE_BY_OTHERS, 'may be written by others; make it 0640');
  if (text === undefined) return undefined;
  try {
    const tree: unknown = parse(text) ?? {};
    if (typeof tree !== 'object' || tree === null || Array.isArray(tree))
      throw new TypeError('the file must hold a mapping');
    return tree as Tree;
  } catch (thrown) {
    throw new FirebreakError('CONFIG_INVALID', `${path}: ${(thrown as Error).message}`);
  }
}

/**
 * Loads the configuration: flags over environment over file over defaults (DESIGN §1).
 * @param flags dotted keys
 * @throws FirebreakError CONFIG_INVALID naming every problem with its key
 */
export function loadConfig(options: {
  readonly file?: string | undefined;
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
}): LoadedConfig {
  const env = options.env ?? process.env;
  const named = options.file ?? (env['FIREBREAK_CONFIG'] === '' ? undefined : env['FIREBREAK_CONFIG']);
  const candidates = named === undefined ? DEFAULT_FILES.map((file) => resolve(CHECKOUT, file)) : [resolve(named)];
  let file: string | undefined;
  let tree: Tree = {};
  for (const candidate of candidates) {
    const read = readTree(candidate);
    if (read === undefined && named !== undefined)
      throw new FirebreakError('CONFIG_INVALID', `${candidate} cannot be read: there is no such file`);
    if (read === undefined) continue;
    tree = read;
    file = candidate;
    break;
  }
  const origins = new Map<string, Origin>();
  leaves(tree, '', origins, 'file');
  for (const [variable, key] of Object.entries(ENVIRONMENT)) {
    const value = env[variable];
    if (value === undefined || value === '') continue;
    setKey(tree, key, value);
    origins.set(key, 'environment');
  }
  for (const [key, value] of Object.entries(options.flags ?? {})) {
    if (value === undefined) continue;
    setKey(tree, key, value);
    origins.set(key, 'flag');
  }
  const parsed = configSchema.safeParse(tree);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => ({
      path: issue.path.join('.') || '(top)',
      message: issue.message,
    }));
    const count = `${problems.length} problem${problems.length === 1 ? '' : 's'}`;
    throw new FirebreakError('CONFIG_INVALID', `${file ?? 'environment'}: ${count}.`, { problems });
  }
  if (parsed.data.database.url !== undefined) rememberPasswordIn(parsed.data.database.url);
  return { config: parsed.data, file, origins };
}
