import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, utils, type Connection } from 'ssh2';
// @ts-expect-error The library has no types of its own parts.
import { sendPacket as untypedSendPacket } from 'ssh2/lib/protocol/utils.js';
import { hostScript } from '../../../../src/adapters/host-script/host-script';
import { NodeSshHostShell } from '../../../../src/adapters/ssh/node-ssh-host-shell';
import type { Host } from '../../../../src/domain/host';
import { FirebreakError } from '../../../../src/domain/errors';
import { sampleHost } from '../../../support/sample-host';

const sendPacket = untypedSendPacket as (protocol: unknown, packet: Buffer) => void;
const SCRIPT = hostScript('anything', 'true');
const pem = () => utils.generateKeyPairSync('ed25519').private;
const publicLine = (privateKey: string) => {
  const parsed = utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
};

/** What the library's server never says by itself goes out by its own protocol. */
interface Protocol {
  readonly _packetRW: {
    readonly write: { allocStart: number; alloc(bytes: number): Buffer; finalize(packet: Buffer): Buffer };
  };
  disconnect(reason: number): void;
}
const protocolOf = (client: Connection) => (client as unknown as { readonly _protocol: Protocol })._protocol;

/** SSH_MSG_DISCONNECT (RFC 4253 §11.1). */
const sendDisconnect = (client: Connection, reason: number) => protocolOf(client).disconnect(reason);

/** SSH_MSG_USERAUTH_BANNER (RFC 4252 §5.4), as sshd sends PAM's words. */
function sendBanner(client: Connection, text: string): void {
  const protocol = protocolOf(client);
  const { write } = protocol._packetRW;
  const at = write.allocStart;
  const packet = write.alloc(1 + 4 + text.length + 4);
  packet[at] = 53;
  packet.writeUInt32BE(text.length, at + 1);
  packet.write(text, at + 5);
  packet.writeUInt32BE(0, at + 5 + text.length);
  sendPacket(protocol, write.finalize(packet));
}

describe('how a connection is made', () => {
  const hostKey = pem();
  const clientKey = pem();
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-connecting-'));
  const identityFile = join(folder, 'key');
  const closing: (() => Promise<unknown>)[] = [];
  let shell: NodeSshHostShell;

  beforeAll(() => writeFileSync(identityFile, clientKey, { mode: 0o600 }));
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    shell = new NodeSshHostShell({ timing: { totalMs: 4_000, tcpMs: 1_000, handshakeMs: 1_500, pauseMs: 20 } });
  });
  afterEach(async () => {
    await shell.close();
    await Promise.all(closing.splice(0).map((close) => close()));
  });

  async function listening(
    server: TcpServer | Server,
    open: Set<{ end(): unknown; destroy?(): unknown }>,
  ): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      for (const one of open) (one.destroy?.bind(one) ?? one.end.bind(one))();
      return new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as AddressInfo).port;
  }

  /** Each connection is treated by the next of these, and the last one by all that follow. */
  async function plain(...treatments: readonly ((socket: Socket) => void)[]) {
    const open = new Set<Socket>();
    const counter = { count: 0 };
    const server = createServer((socket) => {
      open.add(socket.on('error', () => undefined));
      treatments[Math.min(counter.count, treatments.length - 1)]?.(socket);
      counter.count += 1;
    });
    return { port: await listening(server, open), counter };
  }

  /** A real SSH server; `login` decides about who has shown the right key. */
  async function sshd(
    login: (client: Connection, accept: () => void) => void,
    onExec?: (command: string) => void,
    banner?: string,
    key = hostKey,
  ) {
    const open = new Set<Connection>();
    const counter = { count: 0 };
    const server = new Server({ hostKeys: [key], ...(banner === undefined ? {} : { banner }) }, (client) => {
      counter.count += 1;
      open.add(client.on('error', () => undefined));
      client.on('authentication', (context) => {
        if (context.method !== 'publickey') return context.reject(['publickey']);
        login(client, () => context.accept());
      });
      client.on('session', (accept) => {
        accept().on('exec', (acceptExec, _reject, { command }) => {
          onExec?.(command);
          const stream = acceptExec();
          stream.on('data', () => undefined);
          stream.on('end', () => {
            stream.exit(0);
            stream.end();
          });
        });
      });
    });
    return { port: await listening(server, open), counter };
  }

  const at = (port: number, more: Partial<Host> = {}): Host =>
    sampleHost('web-1', { address: '127.0.0.1', port, identityFile, hostKey: publicLine(hostKey), ...more });
  const failing = async (port: number, timeoutMs = 5_000): Promise<FirebreakError> => {
    const thrown: unknown = await shell
      .run(at(port), SCRIPT, { timeoutMs, input: '\n' })
      .catch((error: unknown) => error);
    if (!(thrown instanceof FirebreakError)) throw new Error('the run did not fail as it should');
    return thrown;
  };

  test('acts, looks and collections share one connection', async () => {
    const { port, counter } = await sshd((_client, accept) => accept());
    const options = { timeoutMs: 5_000, input: '\n' };
    await shell.run(at(port), SCRIPT, options);
    await shell.stream(at(port), SCRIPT, { ...options, maxOutputBytes: 1_000 }, () => Promise.resolve());
    await Promise.all([
      shell.run(at(port), SCRIPT, options),
      shell.stream(at(port), SCRIPT, { ...options, maxOutputBytes: 1_000 }, () => Promise.resolve()),
    ]);
    expect(counter.count).toBe(1);
    await shell.run(at(port), SCRIPT, { ...options, fresh: true });
    expect(counter.count).toBe(2);
  });

  test.each([
    ['hangs up at once', (socket: Socket) => void socket.end()],
    ['resets', (socket: Socket) => void socket.resetAndDestroy()],
    ['says that it does not want us', (socket: Socket) => void socket.end('Not allowed at this time\r\n')],
  ])('a host that %s is tried five times and then left alone for more than 30 s', async (_what, treat) => {
    const { port, counter } = await plain(treat);
    const first = await failing(port);
    expect(first.code).toBe('HOST_UNREACHABLE');
    expect(first.retryAfterMs).toBeGreaterThan(30_000);
    expect(first.message).toContain('turns new connections away');
    expect(counter.count).toBe(5);
    const second = await failing(port);
    expect(second.retryAfterMs).toBeGreaterThan(20_000);
    expect(counter.count).toBe(5);
  });

  test('C6 a host that is left alone is tried once by who insists, which the last resort does', async () => {
    const { port, counter } = await plain((socket) => void socket.end());
    await failing(port);
    expect(counter.count).toBe(5);
    await expect(shell.run(at(port), SCRIPT, { timeoutMs: 5_000, input: '\n', insists: true })).rejects.toThrow(
      'turns new connections away',
    );
    expect(counter.count).toBe(6);
    // What was refused once more is due no later than before.
    expect((await failing(port)).retryAfterMs).toBeLessThanOrEqual(41_000);
    expect(counter.count).toBe(6);
  });

  test('who insists is let in at once by a host that has come back inside the rest', async () => {
    const real = await sshd((_client, accept) => accept());
    let isBack = false;
    const { port, counter } = await plain((socket) => {
      if (!isBack) return void socket.end();
      const through = connect(real.port, '127.0.0.1').on('error', () => undefined);
      socket
        .on('close', () => through.destroy())
        .pipe(through)
        .pipe(socket);
    });
    await failing(port);
    isBack = true;
    expect((await failing(port)).message).toContain('turns new connections away');
    const options = { timeoutMs: 5_000, input: '\n', insists: true };
    await expect(shell.run(at(port), SCRIPT, options)).resolves.toMatchObject({ code: 0 });
    expect([counter.count, real.counter.count]).toEqual([6, 1]);
  });

  test('what the host says while it turns us away is what people are told', async () => {
    const { port } = await plain((socket) => socket.end('Not allowed at this time\r\n'));
    expect((await failing(port)).message).toContain('Not allowed at this time');
  });

  test('an sshd that drops some logins at random is tried on, and is not taken for a limit', async () => {
    const { port, counter } = await plain((socket) => socket.end('Exceeded MaxStartups\r\n'));
    const error = await failing(port);
    expect(error.retryAfterMs).toBeUndefined();
    expect(error.message).toContain('Exceeded MaxStartups');
    expect(counter.count).toBeGreaterThan(5);
  });

  test('logins that end without a word are no refused key: the host is left alone after two, and tried again later', async () => {
    const { port, counter } = await sshd((client) => void client.end());
    const error = await failing(port);
    expect(error).toMatchObject({
      code: 'HOST_UNREACHABLE',
      message: expect.stringContaining('drops logins') as unknown,
    });
    expect(error.message).toContain('the connection ended during the login');
    expect(error.retryAfterMs).toBeGreaterThan(30_000);
    expect(counter.count).toBe(2);
    await failing(port);
    expect(counter.count).toBe(2);
  });

  test('a login that ends without a word is tried again, and the next one gets through', async () => {
    const { port, counter } = await sshd((client, accept) => (counter.count === 1 ? client.end() : accept()));
    await shell.run(at(port), SCRIPT, { timeoutMs: 5_000, input: '\n' });
    expect(counter.count).toBe(2);
  });

  test('a banner that greets everybody is no word about the key', async () => {
    const { port } = await sshd((client) => void client.end(), undefined, 'Authorised users only');
    const error = await failing(port);
    expect(error.code).toBe('HOST_UNREACHABLE');
    expect(error.message).toContain('Authorised users only');
  });

  test.each([
    [
      'words after the key',
      (client: Connection) => sendBanner(client, 'Account expired'),
      'the host says: “Account expired”',
    ],
    ['a reason to disconnect', (client: Connection) => sendDisconnect(client, 14), 'NO_MORE_AUTH_METHODS_AVAILABLE'],
  ])(
    'a server that ends the login with %s refuses it: HOST_AUTH_REFUSED, after two logins',
    async (_what, say, words) => {
      const { port, counter } = await sshd((client) => {
        say(client);
        client.end();
      });
      const error = await failing(port);
      expect(error.code).toBe('HOST_AUTH_REFUSED');
      expect(error.message).toContain(words);
      expect(counter.count).toBe(2);
    },
  );

  test('a server that ends the login because it has too many is only full', async () => {
    const { port } = await sshd((client) => {
      sendDisconnect(client, 12);
      client.end();
    });
    expect(await failing(port)).toMatchObject({ code: 'HOST_UNREACHABLE' });
  });

  test('C11 a foreign key on the second port is told, and the first one is tried on', async () => {
    const stranger = await sshd((_client, accept) => accept(), undefined, undefined, pem());
    const own = await sshd((client, accept) => (own.counter.count === 1 ? client.end() : accept()));
    const host = at(own.port, { alternatePort: stranger.port });
    await shell.run(host, SCRIPT, { timeoutMs: 5_000, input: '\n' });
    expect([own.counter.count, stranger.counter.count]).toEqual([2, 1]);

    const { port } = await plain(() => undefined);
    const silent = await shell
      .run(at(port, { alternatePort: stranger.port }), SCRIPT, { timeoutMs: 3_000, input: '\n' })
      .catch((error: unknown) => error);
    expect(silent).toMatchObject({ code: 'HOST_TIMEOUT' });
    expect((silent as Error).message).toMatch(new RegExp(`Port ${stranger.port}: .*another key than the pinned one`));
  });

  test('C11 a foreign key on the first port ends it at once, whatever the second one shows', async () => {
    const stranger = await sshd((_client, accept) => accept(), undefined, undefined, pem());
    const own = await sshd((_client, accept) => accept());
    await expect(
      shell.run(at(stranger.port, { alternatePort: own.port }), SCRIPT, { timeoutMs: 5_000, input: '\n' }),
    ).rejects.toMatchObject({ code: 'HOST_KEY_CHANGED' });
    expect(own.counter.count).toBe(0);
  });

  test('the try that tells most is thrown, and not the last time-out', async () => {
    const { port } = await plain(
      (socket) => socket.end('Exceeded MaxStartups\r\n'),
      () => undefined,
    );
    const error = await failing(port, 2_500);
    expect(error.code).toBe('HOST_UNREACHABLE');
    expect(error.message).toContain('Exceeded MaxStartups');
  });

  test('a closed second port does not hide that the first one is silent', async () => {
    const { port } = await plain(() => undefined);
    const host = at(port, { alternatePort: 1 });
    await expect(shell.run(host, SCRIPT, { timeoutMs: 3_000, input: '\n' })).rejects.toMatchObject({
      code: 'HOST_TIMEOUT',
      retryAfterMs: undefined,
    });
  });
});
