import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { codecKey } from '../../../../src/adapters/payload-codec/codec-keys';
import type { CodecServer } from '../../../../src/adapters/payload-codec/codec-server';
import { startCodecServer } from '../../../../src/adapters/payload-codec/codec-server';
import type { Payload } from '../../../../src/adapters/payload-codec/payload';
import { createPayloadCodec } from '../../../../src/adapters/payload-codec/payload-codec';

const UI = 'http://127.0.0.1:8080';
const codec = createPayloadCodec([codecKey(randomBytes(32))]);
const plain = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"contain web-1"') };
const base64 = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('base64');
const asJson = (payload: Payload) => ({
  metadata: Object.fromEntries(Object.entries(payload.metadata ?? {}).map(([name, value]) => [name, base64(value)])),
  data: base64(payload.data),
});

let open: CodecServer;
let guarded: CodecServer;
let body: string;
beforeAll(async () => {
  open = await startCodecServer({ codec, port: 0, origins: [UI] });
  guarded = await startCodecServer({ codec, port: 0, origins: [UI], token: 'kept-by-people' });
  body = JSON.stringify({ payloads: (await codec.encode([plain])).map(asJson) });
});
afterAll(() => Promise.all([open.stop(), guarded.stop()]));

interface Ask {
  readonly server?: CodecServer;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

function ask(what: Ask): Promise<Answer> {
  const { method = 'POST', path = '/decode', headers = { origin: UI }, server = open } = what;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, method, path, headers }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () =>
        resolve({ status: reply.statusCode, text: Buffer.concat(chunks).toString(), headers: reply.headers }),
      );
    });
    sent.on('error', reject);
    sent.end(what.body ?? body);
  });
}

test('H5 the page of the UI gets payloads decoded, and its browser is told so', async () => {
  const seen = await ask({});
  expect(seen).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': UI } });
  expect(JSON.parse(seen.text)).toEqual({ payloads: [asJson(plain)] });
  expect(await ask({ method: 'OPTIONS', body: '' })).toMatchObject({
    status: 204,
    headers: { 'access-control-allow-origin': UI, 'access-control-allow-methods': 'POST' },
  });
});

test.each<[string, Ask, number]>([
  ['a page of another site', { headers: { origin: 'https://evil.example' } }, 403],
  ['a page without an origin of its own', { headers: { origin: 'null' } }, 403],
  ['a name that was pointed at loopback', { headers: { origin: UI, host: 'evil.example:8234' } }, 403],
  ['a program without a token', { headers: {} }, 401],
  ['a preflight of another site', { method: 'OPTIONS', headers: { origin: 'https://evil.example' }, body: '' }, 403],
  ['what would encode', { path: '/encode' }, 404],
  ['another method', { method: 'GET', body: '' }, 405],
  ['no JSON', { body: '{' }, 400],
  ['JSON of another form', { body: '{"payloads":[{"metadata":{"encoding":7}}]}' }, 400],
  ['too much', { body: `"${'x'.repeat(17 * 1024 * 1024)}"` }, 413],
])('H5 refused: %s', async (_what, asked, status) => {
  const seen = await ask(asked).catch((error: NodeJS.ErrnoException) => error);
  // The connection of a caller who sends too much may end before it has read the answer.
  if (seen instanceof Error)
    expect([413, ['EPIPE', 'ECONNRESET']]).toEqual([status, expect.arrayContaining([seen.code])]);
  else {
    expect(seen.status).toBe(status);
    expect(seen.text).toBe('');
  }
});

test('H5 with a token every caller shows it, in the header or in the path', async () => {
  const server = guarded;
  expect((await ask({ server })).status).toBe(401);
  expect((await ask({ server, path: '/wrong/decode' })).status).toBe(401);
  expect((await ask({ server, headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  for (const good of [
    { path: '/kept-by-people/decode' },
    { headers: { authorization: 'Bearer kept-by-people' } },
    { headers: { origin: UI, authorization: 'Bearer kept-by-people' } },
  ]) {
    expect(JSON.parse((await ask({ server, ...good })).text)).toEqual({ payloads: [asJson(plain)] });
  }
  // The token opens nothing to the page of another site.
  expect(
    (await ask({ server, path: '/kept-by-people/decode', headers: { origin: 'https://evil.example' } })).status,
  ).toBe(403);
});

test('H5 a forged payload comes back as it was and hides nothing', async () => {
  const forged = { metadata: { encoding: base64(Buffer.from('binary/encrypted')) }, data: 'AAAA' };
  const { payloads } = JSON.parse(body) as { payloads: object[] };
  const seen = await ask({ body: JSON.stringify({ payloads: [forged, ...payloads] }) });
  expect(JSON.parse(seen.text)).toEqual({ payloads: [forged, asJson(plain)] });
});

test('H5 it listens on loopback only', async () => {
  const others = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const outside = others.filter(({ internal, family }) => !internal && family === 'IPv4');
  for (const { address } of outside) {
    const outcome = await new Promise((resolve) => {
      const socket = connect(open.port, address, () => resolve('connected'));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(outcome).toBe('ECONNREFUSED');
  }
});
