import type { Config } from '../config/schema';
import { siteOf } from '../config/site';
import { temporalWireOf } from '../config/wire';
import type { InputProblem } from '../domain/errors';
import { ERRORS, ensureFirebreakError } from '../domain/errors';
import { openPostgres } from './open-postgres';

const QUIET = { info: () => undefined, warn: () => undefined };

/**
 * What every command that needs a service would refuse, all of it at once, by the same readers. Nothing is connected or changed.
 * @returns one problem for each key; empty when the configuration is complete
 */
export async function configurationProblems(config: Config): Promise<readonly InputProblem[]> {
  const parts: readonly (readonly [path: string, read: () => unknown])[] = [
    ['database', () => openPostgres(config, 'firebreak config check', QUIET).close()],
    ['temporal', () => temporalWireOf(config)],
    ['site', () => siteOf(config)],
  ];
  const found: InputProblem[] = [];
  for (const [path, read] of parts) {
    try {
      await read();
    } catch (thrown) {
      found.push(...problemsOf(path, thrown));
    }
  }
  return found;
}

/** What was wrong with a configuration that could not be used. */
export function problemsOf(path: string, thrown: unknown): readonly InputProblem[] {
  const { problems, message } = ensureFirebreakError(thrown);
  return problems.length > 0
    ? problems
    : [{ path, message: message.replace(ERRORS.CONFIG_INVALID.message, '').trim() }];
}
