import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client as TemporalClient } from '@temporalio/client';
import { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { Client } from 'pg';
import { SCENARIO_HOSTS, STOLEN_ACCOUNT, attackSources, incidentDocument } from '../../demo/scenario';
import { makeCodecKeyFile } from '../../src/adapters/payload-codec/codec-keys';
import { updateConfigFile } from '../../src/composition/config-file';
import { composeDataConverter } from '../../src/composition/data-converter';
import { loadConfig } from '../../src/config/load';
import { temporalWireOf } from '../../src/config/wire';
import type { IncidentId } from '../../src/domain/ids';
import { freePort } from '../../src/supervision/free-ports';
import { shownBy } from '../support/browser';
import { mtlsTemporal } from '../support/mtls-temporal';
import { CLI, jsonOf, runCli } from '../support/run-cli';
import { demandTls } from '../support/tls-postgres';
import { WholeWorld } from '../support/whole-world';

/**
 * The whole flow over TLS with client certificates and an encrypted history. The certificates are those that Compose gets, and
 * Temporal's server, its UI and PostgreSQL speak TLS themselves, with the settings of docker-compose.yml.
 */
const NAMESPACE = 'firebreak';
const root = join(__dirname, '../..');
const within = 240_000;

let certificates: string;
let world: WholeWorld;
let incident: IncidentId;
let title: string;
let sources: readonly string[];
let codecServer: ChildProcess | undefined;

function makeCertificates(): string {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-tls-'));
  execFileSync(join(root, 'deploy/compose/make-certificates.sh'), [folder]);
  return folder;
}

beforeAll(async () => {
  certificates = makeCertificates();
  // The workers of this test run as root, which owns their key then.
  chownSync(join(certificates, 'firebreak/key.pem'), 0, 0);
  const port = await freePort();
  world = await WholeWorld.up({
    hosts: SCENARIO_HOSTS,
    operators: 3,
    startTemporal: (directory) =>
      mtlsTemporal({ directory, certificates, namespace: NAMESPACE, codecEndpoint: `http://127.0.0.1:${port}` }),
    config: async (stack, directory) => {
      await demandTls(stack.postgres, join(certificates, 'postgres'));
      const keyFile = join(directory, 'keys', 'codec.keys');
      await makeCodecKeyFile(keyFile);
      const own = (name: string): string => join(certificates, 'firebreak', name);
      const tls = { ca: own('ca.pem'), cert: own('cert.pem'), key: own('key.pem') };
      return {
        'database.tls': { ...tls, serverName: 'postgres' },
        'temporal.tls': { ...tls, serverName: 'temporal' },
        'temporal.codec': { keyFile, port },
      };
    },
  });
}, within);

afterAll(async () => {
  codecServer?.kill();
  await world?.down();
  rmSync(certificates, { recursive: true });
});

const config = () => loadConfig({ file: join(world.world.directory, 'firebreak.yaml'), env: {} }).config;
const ca = () => readFileSync(join(certificates, 'firebreak/ca.pem'));

test('H5 the servers take nobody who comes in plain text, without a certificate, or with one of another CA', async () => {
  const foreign = makeCertificates();
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => readFileSync(join(foreign, 'firebreak', name)));
  rmSync(foreign, { recursive: true });
  if (cert === undefined || key === undefined) throw new TypeError('two files were asked for');
  const { address } = config().temporal;
  const server = { serverNameOverride: 'temporal', serverRootCACertificate: ca() };
  for (const tls of [undefined, server, { ...server, clientCertPair: { crt: cert, key } }])
    await expect(Connection.connect({ address, connectTimeout: '3s', ...(tls && { tls }) })).rejects.toThrow();
  const connectionString = config().database.url ?? '';
  const trusting = { ca: ca().toString(), checkServerIdentity: () => undefined };
  for (const ssl of [false, trusting, { ...trusting, cert, key }]) {
    const client = new Client({ connectionString, ssl });
    client.on('error', () => undefined);
    await expect(client.connect()).rejects.toThrow(/no encryption|certificate|unknown ca/);
    // Not awaited: a client whose handshake failed never says that it has ended.
    void client.end();
  }
});

test(
  'H5 the flow: declared, contained on the hosts, reported, released and closed',
  async () => {
    const { v4, v6 } = attackSources(world.world.lab.attacker, 40);
    const document = incidentDocument([...v4, ...v6], new Date());
    title = String(document['title']);
    sources = [...v4, ...v6];
    const asked = ['--incident-type', 'intrusion', '--severity-level', 'high', '--response-mode', 'block'];
    const file = join(world.world.directory, 'document.json');
    writeFileSync(file, JSON.stringify(document));
    [incident] = (await world.declare([...asked, '--incident', file])) as [IncidentId];
    const ended = await world.ended(incident);
    // The stolen account is named, and this mode disables none.
    expect(ended.row).toMatchObject({ outcome: 'contained-in-part', abnormal: 'none' });
    expect(ended.plan?.refused).toMatchObject([{ target: STOLEN_ACCOUNT, reason: 'out-of-mode' }]);
    expect(await world.on('web-1', 'nft list table inet firebreak')).toContain(v4[0]);
    const release = await world.order(['release', incident, '--reason', 'over', '--json']);
    expect({ code: release.code, said: release.code === 0 ? '' : release.stdout + release.stderr }).toEqual({
      code: 0,
      said: '',
    });
    const closed = await world.closed(incident);
    expect(closed.row.report?.json.path).toBeDefined();
    expect(await world.on('web-1', 'nft list table inet firebreak || true')).not.toContain(v4[0]);
  },
  within,
);

/** Every run of the namespace with its history, as the server hands them out. */
async function histories(): Promise<
  readonly { readonly id: string; readonly runId: string; readonly bytes: string }[]
> {
  const connection = await Connection.connect({ ...temporalWireOf({ temporal: config().temporal }, {}) });
  try {
    const service = connection.workflowService;
    const { executions } = await service.listWorkflowExecutions({ namespace: NAMESPACE });
    return await Promise.all(
      executions.map(async (listed) => {
        const execution = listed.execution ?? {};
        const described = await service.describeWorkflowExecution({ namespace: NAMESPACE, execution });
        const parts = [
          temporal.api.workflow.v1.WorkflowExecutionInfo.encode(listed).finish(),
          temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse.encode(described).finish(),
        ];
        let nextPageToken: Uint8Array | undefined;
        do {
          const asked = { namespace: NAMESPACE, execution, ...(nextPageToken && { nextPageToken }) };
          const page = await service.getWorkflowExecutionHistory(asked);
          parts.push(temporal.api.history.v1.History.encode(page.history ?? {}).finish());
          nextPageToken = page.nextPageToken;
        } while (nextPageToken.length > 0);
        return {
          id: execution.workflowId ?? '',
          runId: execution.runId ?? '',
          bytes: Buffer.concat(parts).toString('latin1'),
        };
      }),
    );
  } finally {
    await connection.close();
  }
}

/** What an incident is about, in every form that it has in plain text. */
const telling = (): readonly RegExp[] =>
  [
    ...SCENARIO_HOSTS.map(({ name }) => name),
    ...sources,
    STOLEN_ACCOUNT,
    title,
    title.slice(0, 24),
    'Sato Yuki',
    'op-1',
    'op-2',
    'op-3',
  ].map((text) => new RegExp(`(?<![\\w-])${text.replaceAll(/[.+*?]/g, '\\$&')}(?![\\w.]*\\w)`));

test('H5 no host, title, account, address or person stands in a history, in a listing, or in the server’s files', async () => {
  const runs = await histories();
  expect(runs.map(({ id }) => id)).toEqual(
    expect.arrayContaining([incident, `${incident}:response-1`, expect.stringContaining(':notice:')]),
  );
  const found = runs.flatMap(({ id, bytes }) => {
    expect(bytes).toContain('binary/encrypted');
    return telling().flatMap((text) => {
      const at = bytes.search(text);
      return at < 0 ? [] : [`${id}: ${String(text)} in …${JSON.stringify(bytes.slice(at - 60, at + 60))}…`];
    });
  });
  expect(found).toEqual([]);

  const folder = join(world.world.directory, 'temporal');
  const files = readdirSync(folder).filter((name) => name.startsWith('temporal.db'));
  const stored = files.map((name) => readFileSync(join(folder, name)).toString('latin1')).join('');
  expect(stored).toContain(incident);
  expect(telling().filter((text) => text.test(stored))).toEqual([]);
});

test('H5 who holds the key reads what the others cannot', async () => {
  const dataConverter = await composeDataConverter(config());
  const connection = await Connection.connect({ ...temporalWireOf({ temporal: config().temporal }, {}) });
  const client = new TemporalClient({ connection, namespace: NAMESPACE, ...(dataConverter && { dataConverter }) });
  const described = await client.workflow.getHandle(incident).describe();
  expect(await described.staticSummary()).toContain(title.slice(0, 40));
  expect(described.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])).toEqual(
    expect.arrayContaining([
      ['IncidentId', incident],
      ['Host', ['encrypted']],
    ]),
  );
  await connection.close();
  // Each text is one that the search above would have found.
  expect(telling().some((text) => text.test(`high intrusion, block: ${title}`))).toBe(true);
  expect(telling().some((text) => text.test('contain web-1'))).toBe(true);
});

/** A page's text: without marks, entities and runs of blanks. */
function textOf(page: string): string {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' };
  return page
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (_found, name: string) => entities[name] ?? '')
    .replaceAll(/\s+/g, ' ');
}

/** Summaries of the response, decoded as every reader with the key decodes them. */
async function summaries(): Promise<readonly string[]> {
  const codec = (await composeDataConverter(config()))?.payloadCodecs?.[0];
  const connection = await Connection.connect({ ...temporalWireOf({ temporal: config().temporal }, {}) });
  const client = new TemporalClient({ connection, namespace: NAMESPACE });
  const { events = [] } = await client.workflow.getHandle(`${incident}:response-1`).fetchHistory();
  await connection.close();
  const texts = await Promise.all(
    (events ?? []).map(async ({ eventType, userMetadata }) => {
      // EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: what the page shows first.
      if (Number(eventType) !== 10 || !userMetadata?.summary) return [];
      const [plain] = (await codec?.decode([userMetadata.summary])) ?? [];
      return [JSON.parse(Buffer.from(plain?.data ?? []).toString()) as string];
    }),
  );
  return [...new Set(texts.flat())];
}

test('H5 the UI shows the summaries with the codec server, and nothing of them without it', async () => {
  const ui = config().temporal.ui ?? '';
  const runs = await histories();
  const runId = runs.find(({ id }) => id === `${incident}:response-1`)?.runId ?? '';
  const page = `${ui}/namespaces/${NAMESPACE}/workflows/${encodeURIComponent(`${incident}:response-1`)}/${runId}/history`;
  // Those that quote marks of a page are left to the eye.
  const expected = (await summaries()).filter((summary) => !/[<>]/.test(summary));
  expect(expected.length).toBeGreaterThan(5);

  const without = await shownBy(page, new RegExp(incident));
  expect(without).toContain(incident);
  expect(expected.filter((summary) => without.includes(summary))).toEqual([]);
  expect(without).not.toContain('web-1');

  codecServer = spawn(
    process.execPath,
    [CLI, 'codec-server', '--config', join(world.world.directory, 'firebreak.yaml')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (codecServer.stdout !== null) await once(codecServer.stdout, 'data');
  // The page asks event by event; a busy machine may be looked at before the last answer is there.
  let missing: readonly { readonly summary: string; readonly shown: string }[] = [];
  for (let tries = 0; tries < 3 && (tries === 0 || missing.length > 0); tries += 1) {
    const shown = textOf(await shownBy(page, new RegExp(incident)));
    missing = expected
      // The page cuts what is longer than about a hundred characters.
      .filter((summary) => !shown.includes(textOf(summary).slice(0, 80)))
      .map((summary) => {
        const at = shown.indexOf(textOf(summary).slice(0, 24));
        return { summary, shown: at < 0 ? '' : shown.slice(at, at + 200) };
      });
  }
  expect(missing).toEqual([]);
});

test('H5 doctor tells how long the certificates last, and U3 a key that is not ours reads nothing', async () => {
  const checks = jsonOf<{ what: string; ok: boolean; detail: string }[]>(await world.cli(['doctor', '--json']));
  const certificate = checks.filter(({ what }) => /certificate|^CA/.test(what));
  expect(certificate.map(({ what, ok }) => [what, ok])).toEqual([
    ['client certificate for Temporal', true],
    ['CA of Temporal', true],
    ['client certificate for PostgreSQL', true],
    ['CA of PostgreSQL', true],
    ['certificate of the Temporal server', true],
  ]);
  for (const { detail } of certificate) expect(detail).toMatch(/^\d+ days left/);
});

test('H5 the set-up job comes over TLS; a worker serves the queues it is told, and doctor names those that nobody serves', async () => {
  const file = join(world.world.directory, 'queues.yaml');
  copyFileSync(join(world.world.directory, 'firebreak.yaml'), file);
  await updateConfigFile(file, { 'temporal.namespace': 'queues' });
  const program = (name: string): string => join(root, 'dist', name);
  const setUp = [program('temporal/set-up.js'), 'namespace', '--config', file];
  await promisify(execFile)(process.execPath, setUp, { timeout: 100_000 });
  const told = [program('src/worker/main.js'), '--config', file, '--queues', 'contain,notify'];
  const worker = spawn(process.execPath, told, { stdio: 'ignore' });
  try {
    const served = async (): Promise<Record<string, boolean>> => {
      const { stdout } = await runCli(['doctor', '--json', '--config', file]);
      const checks = JSON.parse(stdout) as { what: string; ok: boolean }[];
      const queues = checks.filter(({ what }) => what.startsWith('worker on firebreak-'));
      return Object.fromEntries(queues.map(({ what, ok }) => [what.slice('worker on firebreak-'.length), ok]));
    };
    let seen = await served();
    for (let tries = 0; tries < 20 && !(seen['contain'] && seen['notify']); tries += 1) seen = await served();
    expect(seen).toEqual({ flow: false, contain: true, evidence: false, notify: true });
  } finally {
    const ended = once(worker, 'exit');
    worker.kill('SIGTERM');
    await ended;
  }
});
