import { FirebreakError } from '../src/domain/errors';
import type { Host } from '../src/domain/host';
import type { GuardedDeps } from './guarded';

/** @throws FirebreakError UNKNOWN_HOST */
export function hostOf({ site }: Pick<GuardedDeps, 'site'>, name: string): Host {
  const host = site.hosts.get(name);
  if (host === undefined) throw new FirebreakError('UNKNOWN_HOST', name);
  return host;
}
