import { setUpDatabase, setUpKeys } from '../../composition/set-up';
import { FirebreakError } from '../../domain/errors';
import { rememberPasswordIn, rememberSecret } from '../../observability/known-secrets';
import type { CommandContext } from '../context';

/** Secrets come by environment: a flag would show in the list of processes. */
export async function setupDatabaseCommand(context: CommandContext): Promise<number> {
  const adminUrl = process.env['FIREBREAK_ADMIN_DATABASE_URL'] ?? '';
  const passwordOf = (role: string): string => process.env[`FIREBREAK_${role}_DATABASE_PASSWORD`] ?? '';
  const passwords = { worker: passwordOf('WORKER'), cli: passwordOf('CLI'), reader: passwordOf('READER') };
  rememberPasswordIn(adminUrl);
  for (const password of Object.values(passwords)) rememberSecret(password);
  if (adminUrl === '' || Object.values(passwords).includes('')) {
    throw new FirebreakError(
      'BAD_INPUT',
      'Set FIREBREAK_ADMIN_DATABASE_URL (superuser or owner) and FIREBREAK_WORKER_, FIREBREAK_CLI_ and FIREBREAK_READER_DATABASE_PASSWORD.',
    );
  }
  if (new Set(Object.values(passwords)).size < 3)
    throw new FirebreakError('BAD_INPUT', 'Each role needs a password of its own.');
  const say = (_details: object, message: string): void => context.output.say(message);
  const applied = await setUpDatabase(adminUrl, passwords, { info: say, warn: say }, context.loaded().config);
  context.output.result({ applied }, [
    applied.length === 0 ? 'the database is up to date' : `applied: ${applied.join(', ')}`,
  ]);
  return 0;
}

export async function setupKeysCommand(context: CommandContext): Promise<number> {
  const made = await setUpKeys(context.loaded().config);
  context.output.result(made, [
    `evidence key (publish it, and pin it as evidence.publicKey): ${made.evidenceKey}`,
    `SSH key (for hosts):       ${made.sshPublicKey}`,
  ]);
  return 0;
}
