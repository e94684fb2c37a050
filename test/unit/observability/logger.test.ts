import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** Logs in a process of its own, so that what really reaches stdout and stderr is seen. */
function logged(
  program: string,
  env: Record<string, string> = {},
  parse = (text: string): Record<string, unknown>[] =>
    text
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
): { stdout: string; lines: Record<string, unknown>[] } {
  const hook = `
    const { readFileSync } = require('node:fs');
    const { transformSync } = require('@swc/core');
    require.extensions['.ts'] = (module, file) => module._compile(transformSync(readFileSync(file, 'utf8'),
      { filename: file, module: { type: 'commonjs' }, jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }).code, file);
    const { createLogger, loggingFor, temporalLogger } = require('./src/observability/logger.ts');
    const { rememberSecret, rememberPasswordIn } = require('./src/observability/known-secrets.ts');
    const logger = createLogger({ level: 'info' });`;
  const ran = spawnSync(process.execPath, ['-e', `${hook}\n${program}`], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return {
    stdout: ran.stdout,
    lines: parse(ran.stderr),
  };
}

describe('L2 logs', () => {
  test('are JSON on stderr, never on stdout, from the level on', () => {
    const { stdout, lines } = logged(`logger.debug('no'); logger.info({ incident: 'INC-20261120-7F3K' }, 'yes');`);
    expect(stdout).toBe('');
    expect(lines).toEqual([
      expect.objectContaining({ level: 30, service: 'firebreak', incident: 'INC-20261120-7F3K', msg: 'yes' }),
    ]);
  });

  test('H2 hold no control or bidirectional character, as JSON and made pretty', () => {
    const hostile = 'a\u009b2J\u202eb\u2066c\u001b[2J\r\b\u200fd';
    const { lines } = logged(`logger.warn({ said: ${JSON.stringify(hostile)} }, 'x');`);
    expect(lines).toEqual([expect.objectContaining({ said: hostile })]);
    const raw = (pretty: boolean) =>
      logged(
        `const other = createLogger({ level: 'info', pretty: ${pretty} }); other.warn({ said: ${JSON.stringify(hostile)} }, 'x');`,
        {},
        (text) => [{ text }],
      ).lines[0]!['text'];
    expect(raw(false)).toMatch(/^[^\p{Cc}\p{Cf}]+\n$/u);
    expect(raw(true)).toContain('d');
    expect(String(raw(true)).replaceAll(/\u001b\[\d+m|\n/g, '')).toMatch(/^[^\p{Cc}\p{Cf}]+$/u);
  });

  test('hold no secret, at the top or two levels down', () => {
    const secret = 'hunter2-hunter2';
    const keys = ['password', 'token', 'otp', 'secret', 'signature', 'privateKey', 'authorization'];
    const one = Object.fromEntries(keys.map((key) => [key, secret]));
    const { lines } = logged(`logger.warn(${JSON.stringify({ ...one, a: one, b: { c: one } })}, 'x');`);
    expect(JSON.stringify(lines)).not.toContain(secret);
    expect(JSON.stringify(lines).match(/\*\*\*/g)).toHaveLength(3 * keys.length);
  });

  test('hold no secret at any depth, in whatever case, nor in the errors of vendors', () => {
    const secret = 'hunter2-hunter2';
    const { lines } = logged(`
      const error = Object.assign(new Error('x'), { config: { headers: { Authorization: '${secret}', 'X-Api-Key': '${secret}' } } });
      logger.error({ err: error, a: { b: { c: { d: [{ TOKEN: '${secret}' }] } } } }, 'x');
      logger.child({ smtp: { PassWord: '${secret}' } }).info('y');
      logger.info({ otp: 123456, userPassword: '${secret}', auth_token: '${secret}' }, 'z');`);
    expect(lines).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toContain(secret);
    expect(JSON.stringify(lines)).not.toContain('123456');
  });

  test('hold no secret that was loaded, wherever it stands: the message, a stack, a key, a quotation', () => {
    const secret = 'correct horse "battery" staple';
    const { lines } = logged(`
      rememberSecret(${JSON.stringify(secret)});
      rememberPasswordIn('postgres://firebreak:p%40ss%2Fword-1@db:5432/firebreak');
      const secret = ${JSON.stringify(secret)};
      logger.info('sent ' + secret);
      logger.warn({ err: new Error('refused: ' + secret), [secret]: 1, words: [secret, encodeURIComponent(secret)] }, 'x');
      logger.warn({ said: 'the password p@ss/word-1 was refused' }, 'or p%40ss%2Fword-1');`);
    const text = JSON.stringify(lines);
    expect(lines).toHaveLength(3);
    for (const part of ['horse', 'staple', 'p@ss', 'p%40ss']) expect(text).not.toContain(part);
    expect(text).toContain('the password *** was refused');
  });

  test('hold nothing that has the form of a secret', () => {
    const { lines } = logged(`
      logger.info({ url: 'postgres://firebreak:S3CRET-x@db:5432/firebreak?sslpassword=S3CRET-y&a=b' }, 'x');
      logger.info({ url: 'https://hooks.slack.com/services/T0/B0/S3CRET' }, 'Bearer S3CRET-abcdef');
      logger.info({ said: 'token xoxb-1234-S3CRET-5678' }, 'redis://:S3CRET@cache:6379');`);
    const text = JSON.stringify(lines);
    expect(text).not.toContain('S3CRET');
    expect(text).toContain('postgres://firebreak:***@db:5432/firebreak?sslpassword=***&a=b');
    expect(text).toContain('https://hooks.slack.com/***');
  });

  test('keep what is no secret', () => {
    const { lines } = logged(
      `logger.info({ url: 'https://example.org:8443/a@b', tokens: 12, address: '2001:db8::1', at: '10:20:30' }, 'mail to a@b.c');`,
    );
    expect(lines[0]).toMatchObject({
      url: 'https://example.org:8443/a@b',
      tokens: 12,
      address: '2001:db8::1',
      at: '10:20:30',
      msg: 'mail to a@b.c',
    });
  });

  test('every line that is written for an incident has its id, however deep, and no other line has', () => {
    const { lines } = logged(`
      const { setTimeout } = require('node:timers/promises');
      const within = async (name) => { await setTimeout(5); logger.warn({ name }, 'within'); logger.child({ a: 1 }).info({ name }, 'child'); };
      logger.info('before');
      Promise.all([
        loggingFor('INC-20261120-7F3K', () => within('one')),
        loggingFor('INC-20261120-8G4M', () => within('two')),
        loggingFor(undefined, () => within('none')),
        loggingFor('INC-20261120-7F3K', async () => logger.info({ incident: 'INC-20261120-9H5N' }, 'named')),
      ]).then(() => logger.info('after'));`);
    const incidents = (name: string) => lines.filter((line) => line['name'] === name).map(({ incident }) => incident);
    expect(incidents('one')).toEqual(['INC-20261120-7F3K', 'INC-20261120-7F3K']);
    expect(incidents('two')).toEqual(['INC-20261120-8G4M', 'INC-20261120-8G4M']);
    expect(incidents('none')).toEqual([undefined, undefined]);
    const others = lines.filter(({ name }) => name === undefined);
    expect(others.map(({ msg, incident }) => [msg, incident])).toEqual([
      ['before', undefined],
      ['named', 'INC-20261120-9H5N'],
      ['after', undefined],
    ]);
  });

  test('a worker’s activities write for the incident that they are about', () => {
    const { lines } = logged(`
      const { aboutIncident } = require('./src/worker/about-incident.ts');
      const { execute } = aboutIncident({ within: (_incident, work) => work() });
      const next = async ({ args }) => { await null; logger.info({ args }, 'x'); };
      const given = [{ incident: 'INC-20261120-7F3K' }, { incident: 'INC-1; x' }, { other: 1 }, undefined];
      (async () => { for (const one of given) await execute({ args: [one] }, next); })();`);
    expect(lines.map(({ incident }) => incident)).toEqual(['INC-20261120-7F3K', undefined, undefined, undefined]);
  });

  test('Temporal’s own lines carry the incident of their workflow, and keep their level', () => {
    const { lines } = logged(`const log = temporalLogger(logger);
      log.warn('w', { workflowId: 'INC-20261120-7F3K:response-1' }); log.error('e', { workflowId: 'other' }); log.info('i');`);
    expect(lines.map(({ level, msg, incident }) => [level, msg, incident])).toEqual([
      [40, 'w', 'INC-20261120-7F3K'],
      [50, 'e', undefined],
      [30, 'i', undefined],
    ]);
  });
});
