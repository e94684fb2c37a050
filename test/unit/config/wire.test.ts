import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { clientSettings } from '../../../src/adapters/postgres/pool';
import { configSchema } from '../../../src/config/schema';
import { databaseWireOf, temporalWireOf } from '../../../src/config/wire';

let directory: string;
const file = (name: string, text: string, mode = 0o600): string => {
  const path = join(directory, name);
  writeFileSync(path, text, { mode });
  return path;
};
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'firebreak-wire-'))));
afterAll(() => rmSync(directory, { recursive: true }));

const temporal = (values: object, env: Record<string, string> = {}) =>
  temporalWireOf(configSchema.parse({ temporal: values }), env);
const postgres = (url: string, values: object = {}) =>
  clientSettings({ url, applicationName: 'test', wire: databaseWireOf(configSchema.parse({ database: values })) });
const refusal = expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error;

describe('H5 plaintext', () => {
  test.each(['127.0.0.1:7233', 'localhost:7233', '[::1]:7233', '127.9.9.9:1'])(
    'Temporal at %s needs no TLS',
    (address) => {
      expect(temporal({ address })).toEqual({ address });
    },
  );

  test.each([
    'temporal:7233',
    '192.0.2.7:7233',
    '[2001:db8::1]:7233',
    'localhost.example:7233',
    '127.0.0.1.example:7233',
  ])('Temporal at %s is refused without TLS, and reached when that is said', (address) => {
    expect(() => temporal({ address })).toThrow(refusal);
    expect(temporal({ address, allowPlaintext: true })).toEqual({ address });
    expect(temporal({ address, tls: {} })).toEqual({ address, tls: {} });
  });

  test.each([
    'postgres://u:p@127.0.0.1/fb',
    'postgres://u@localhost/fb',
    'postgres://u@[::1]/fb',
    'socket:/run/pg?db=fb',
  ])('PostgreSQL at %s needs no TLS', (url) => expect(postgres(url).ssl).toBe(false));

  test.each(['postgres://u:hunter2@db.example/fb', 'postgres://u:hunter2@127.0.0.1/fb?host=db.example'])(
    'PostgreSQL at %s is refused without TLS, and its password is not told',
    (url) => {
      expect(() => postgres(url)).toThrow(refusal);
      expect(() => postgres(url)).not.toThrow(/hunter2/);
      expect(postgres(url, { allowPlaintext: true }).ssl).toBe(false);
    },
  );

  test.each(['sslmode=disable', 'sslmode=no-verify', 'ssl=0', 'sslrootcert=/x', 'uselibpqcompat=true&sslmode=require'])(
    'the address cannot weaken TLS by %s',
    (parameters) => {
      expect(() => postgres(`postgres://u@db.example/fb?${parameters}`, { tls: {} })).toThrow(refusal);
    },
  );

  test('the environment cannot either', () => {
    const before = process.env;
    process.env = { ...before, PGSSLMODE: 'no-verify', NODE_TLS_REJECT_UNAUTHORIZED: '0', PGHOST: 'db.example' };
    try {
      expect(() => postgres('postgres:///fb')).toThrow(refusal);
      expect(postgres('postgres:///fb', { tls: {} }).ssl).toMatchObject({ rejectUnauthorized: true });
    } finally {
      process.env = before;
    }
  });
});

describe('H5 TLS', () => {
  test('certificates and keys are read; Temporal gets them as its SDK wants them', () => {
    const tls = {
      serverName: 'temporal.internal',
      ca: file('ca', 'CA'),
      cert: file('crt', 'CRT'),
      key: file('key', 'KEY'),
    };
    expect(temporal({ address: 'temporal:7233', tls })).toEqual({
      address: 'temporal:7233',
      tls: {
        serverNameOverride: 'temporal.internal',
        serverRootCACertificate: Buffer.from('CA'),
        clientCertPair: { crt: Buffer.from('CRT'), key: Buffer.from('KEY\n') },
      },
    });
    const { ssl } = postgres('postgres://u@192.0.2.9/fb', { tls });
    expect(ssl).toMatchObject({ rejectUnauthorized: true, ca: 'CA', cert: 'CRT', key: 'KEY\n' });
  });

  test('PostgreSQL’s certificate must bear the configured name, else that of the host', () => {
    const certificate = { subject: { CN: 'db.internal' }, subjectaltname: 'DNS:db.internal, IP Address:192.0.2.9' };
    const judged = (values: object, host = 'other.example') =>
      (postgres(`postgres://u@${host}/fb`, { tls: values }).ssl as ConnectionOptions).checkServerIdentity?.(
        'db.internal',
        certificate as never,
      );
    expect(judged({ serverName: 'db.internal' })).toBeUndefined();
    expect(judged({})).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(judged({}, '192.0.2.9')).toBeUndefined();
    expect(judged({}, '192.0.2.10')).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  test('a key that others may read, a file that is missing, and half a pair are refused', () => {
    const cert = file('crt2', 'CRT');
    const loose = file('loose', 'KEY', 0o644);
    expect(() => temporal({ tls: { cert, key: loose } })).toThrow(/open to others/);
    expect(() => temporal({ tls: { ca: join(directory, 'none') } })).toThrow(refusal);
    expect(configSchema.safeParse({ temporal: { tls: { cert } } }).success).toBe(false);
  });

  test('an API key goes over TLS only', () => {
    const apiKeyFile = file('api-key', 'secret\n');
    expect(() => temporal({ apiKeyFile })).toThrow(refusal);
    expect(() => temporal({ apiKeyFile, address: 'cloud:7233', allowPlaintext: true })).toThrow(refusal);
    expect(temporal({ apiKeyFile, tls: {} })).toMatchObject({ apiKey: 'secret', tls: {} });
    expect(temporal({ tls: {} }, { FIREBREAK_TEMPORAL_API_KEY: 'from-env' })).toMatchObject({ apiKey: 'from-env' });
  });
});
