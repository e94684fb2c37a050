import { createPostgres, type Postgres } from '../adapters/postgres/create-postgres';
import type { PostgresLog } from '../adapters/postgres/pool';
import type { Config } from '../config/schema';
import { databaseWireOf } from '../config/wire';
import { FirebreakError } from '../domain/errors';

/**
 * PostgreSQL as the configuration reaches it; nothing is connected yet.
 * @param url instead of the configuration's
 * @throws FirebreakError CONFIG_INVALID
 */
export function openPostgres(
  config: Config,
  applicationName: string,
  log: PostgresLog,
  url = config.database.url,
): Postgres {
  if (url === undefined)
    throw new FirebreakError('CONFIG_INVALID', undefined, {
      problems: [{ path: 'database.url', message: 'give it in the file or as DATABASE_URL' }],
    });
  return createPostgres({ url, wire: databaseWireOf(config), applicationName, log });
}
