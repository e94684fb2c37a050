import { setUpDatabase, setUpKeys } from '../../composition/set-up';
import { FirebreakError } from '../../domain/errors';
import { rememberPasswordIn, rememberSecret } from '../../observability/known-secrets';
import type { CommandContext } from '../context';

/** Secrets come by environment: a flag would show in the list of processes. */
export async function setupDatabaseCommand(context: CommandContext): Promise<number> {
  const adminUrl = process.env['FIREBREAK_ADMIN_DATABASE_URL'];
  const appPassword = process.env['FIREBREAK_APP_DATABASE_PASSWORD'];
  if (adminUrl !== undefined) rememberPasswordIn(adminUrl);
  if (appPassword !== undefined) rememberSecret(appPassword);
  if (adminUrl === undefined || adminUrl === '' || appPassword === undefined || appPassword === '') {
    throw new FirebreakError(
      'BAD_INPUT',
      'Set FIREBREAK_ADMIN_DATABASE_URL (superuser or owner) and FIREBREAK_APP_DATABASE_PASSWORD.',
    );
  }
  const say = (_details: object, message: string): void => context.output.say(message);
  const applied = await setUpDatabase(adminUrl, appPassword, { info: say, warn: say }, context.loaded().config);
  context.output.result({ applied }, [
    applied.length === 0 ? 'the database is up to date' : `applied: ${applied.join(', ')}`,
  ]);
  return 0;
}

export async function setupKeysCommand(context: CommandContext): Promise<number> {
  const made = await setUpKeys(context.loaded().config);
  context.output.result(made, [
    `evidence key (publish it): ${made.evidenceKey}`,
    `SSH key (for hosts):       ${made.sshPublicKey}`,
  ]);
  return 0;
}
