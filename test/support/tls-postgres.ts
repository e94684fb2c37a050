import { chownSync, copyFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { PostgresServer } from '../../src/adapters/embedded-postgres/start-postgres';

/**
 * Lets a running server take TLS only, from clients that show a certificate of the CA. Connections that are open stay.
 * @param folder holds `cert.pem`, `key.pem` and `ca.pem`
 */
export async function demandTls(postgres: PostgresServer, folder: string): Promise<void> {
  const { uid, gid } = statSync(postgres.cluster);
  for (const name of ['cert.pem', 'key.pem', 'ca.pem']) {
    copyFileSync(join(folder, name), join(postgres.cluster, name));
    chownSync(join(postgres.cluster, name), uid, gid);
  }
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  try {
    const settings = { ssl: 'on', ssl_cert_file: 'cert.pem', ssl_key_file: 'key.pem', ssl_ca_file: 'ca.pem' };
    for (const [name, value] of Object.entries(settings)) await client.query(`ALTER SYSTEM SET ${name} = '${value}'`);
    writeFileSync(
      join(postgres.cluster, 'pg_hba.conf'),
      'hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n',
    );
    await client.query('SELECT pg_reload_conf()');
  } finally {
    await client.end();
  }
}
