import type { LoadedConfig, Origin } from './load';

/** One effective value with where it came from. */
export interface EffectiveValue {
  readonly key: string;
  readonly value: string;
  readonly origin: Origin;
}

const SECRET = /(password|token|secret)$/i;

/** A connection string without its password, wherever in it that stands. */
export function redactUrl(text: string): string {
  return text
    .replace(/^([a-z]+:\/\/[^:@/?]*):.*@/i, '$1:***@')
    .replace(/([?&][^=&]*(?:password|secret|token)[^=&]*=)[^&]*/gi, '$1***');
}

function show(key: string, value: unknown): string {
  if (SECRET.test(key)) return '***';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return key === 'database.url' ? redactUrl(text) : text;
}

/** All effective values, sorted by key, secrets redacted (U2 `config check`, O4). */
export function effectiveValues(loaded: LoadedConfig): EffectiveValue[] {
  const found: EffectiveValue[] = [];
  const walk = (value: unknown, key: string): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [name, item] of Object.entries(value)) walk(item, key === '' ? name : `${key}.${name}`);
      return;
    }
    if (value === undefined) return;
    found.push({ key, value: show(key, value), origin: loaded.origins.get(key) ?? 'default' });
  };
  walk(loaded.config, '');
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}
