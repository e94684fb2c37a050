import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, utils, type Connection } from 'ssh2';
import { hostScript } from '../../../../src/adapters/host-script/host-script';
import { fingerprintOf, parseHostKey } from '../../../../src/adapters/ssh/host-key';
import { NodeSshHostShell } from '../../../../src/adapters/ssh/node-ssh-host-shell';
import { scanHostKey } from '../../../../src/adapters/ssh/scan-host-key';
import type { Host } from '../../../../src/domain/host';

const SCRIPT = hostScript('anything', 'true');
const pem = () => utils.generateKeyPairSync('ed25519').private;
const publicLine = (privateKey: string) => {
  const parsed = utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
};

interface Ran {
  readonly exit: (code: number) => void;
  readonly write: (text: string) => void;
  readonly complain: (text: string) => void;
  readonly input: Promise<string>;
  readonly hangUp: () => void;
}

/** A real SSH peer in this process; each command is answered by `onExec`. */
class Peer {
  readonly commands: string[] = [];
  readonly connections: Connection[] = [];
  onExec: (ran: Ran) => void = ({ exit }) => exit(0);
  readonly #server: Server;

  constructor(
    readonly hostKey: string,
    clientKey: string,
  ) {
    const allowed = utils.parseKey(clientKey);
    if (allowed instanceof Error) throw allowed;
    this.#server = new Server({ hostKeys: [hostKey] }, (client) => {
      this.connections.push(client);
      client.on('error', () => undefined);
      client.on('authentication', (context) => {
        const known = context.method === 'publickey' && context.key.data.equals(allowed.getPublicSSH());
        if (known) context.accept();
        else context.reject(['publickey']);
      });
      client.on('session', (accept) => {
        accept().on('exec', (acceptExec, _reject, { command }) => {
          this.commands.push(command);
          const stream = acceptExec();
          const input = new Promise<string>((resolve) => {
            let text = '';
            stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
            stream.on('end', () => resolve(text));
          });
          const exit = (code: number) => {
            stream.exit(code);
            stream.end();
          };
          this.onExec({
            exit,
            input,
            write: (text) => stream.write(text),
            complain: (text) => stream.stderr.write(text),
            hangUp: () => client.end(),
          });
        });
      });
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.end();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

describe('SSH host shell', () => {
  const clientKey = pem();
  const hostKey = pem();
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-ssh-'));
  const identityFile = join(directory, 'key');
  let peer: Peer;
  let port: number;
  let shell: NodeSshHostShell;

  beforeAll(() => writeFileSync(identityFile, clientKey, { mode: 0o600 }));
  afterAll(() => rmSync(directory, { recursive: true }));
  beforeEach(async () => {
    peer = new Peer(hostKey, clientKey);
    port = await peer.listen();
    shell = new NodeSshHostShell({ timing: { totalMs: 3_000, tcpMs: 1_000, handshakeMs: 1_500, pauseMs: 20 } });
  });
  afterEach(async () => {
    await shell.close();
    await peer.close();
  });

  const host = (more: Partial<Host> = {}): Host => ({
    name: 'web-1',
    address: '127.0.0.1',
    port,
    user: 'firebreak',
    identityFile,
    hostKey: publicLine(hostKey),
    role: 'host',
    isolation: 'allowed',
    onUnconfirmed: 'disarm',
    segments: [],
    management: [],
    serviceAddresses: [],
    ...more,
  });
  const run = (more: Partial<Host> = {}, timeoutMs = 5_000) =>
    shell.run(host(more), SCRIPT, { timeoutMs, input: 'data' });

  test('C11 the only words sent are one constant command; script and data go over stdin', async () => {
    let input = Promise.resolve('');
    peer.onExec = (ran) => {
      input = ran.input;
      void ran.input.then(() => ran.exit(0));
    };
    await run();
    expect(peer.commands).toEqual(['/usr/bin/sudo -n /usr/local/sbin/firebreak-gate']);
    expect(await input).toMatch(/^[0-9a-f]{64} \d+\n[^]*data$/);
  });

  test('C11 pinned keys: none and another one are refused before anything is sent', async () => {
    const seen = fingerprintOf(parseHostKey(publicLine(hostKey))!);
    await expect(shell.run(host({ hostKey: '' }), SCRIPT, { timeoutMs: 3_000 })).rejects.toMatchObject({
      code: 'HOST_KEY_UNKNOWN',
      message: expect.stringContaining(seen) as unknown,
    });
    await expect(run({ hostKey: publicLine(pem()) })).rejects.toMatchObject({ code: 'HOST_KEY_CHANGED' });
    await expect(run({ hostKey: 'ssh-ed25519 nonsense' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(peer.commands).toEqual([]);
    expect(await scanHostKey('127.0.0.1', port)).toEqual({ hostKey: publicLine(hostKey), fingerprint: seen });
  });

  test('C2 a link that ends without an exit code is OUTCOME_UNKNOWN, never success', async () => {
    peer.onExec = ({ write, hangUp }) => {
      write('half');
      hangUp();
    };
    await expect(run()).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  test('C11 a TCP reset on an idle connection does not end the process, and the next run connects anew', async () => {
    await run();
    const [connection] = peer.connections as unknown as { _sock: Socket }[];
    connection!._sock.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(run()).resolves.toMatchObject({ code: 0 });
    expect(peer.connections).toHaveLength(2);
  });

  test('C11 connecting retries while the other side drops connections at random', async () => {
    let drops = 4;
    const open = new Set<Socket>();
    const flooded: TcpServer = createServer((socket) => {
      open.add(socket.on('error', () => undefined));
      if (drops-- > 0) return void socket.destroy();
      const through = new (socket.constructor as typeof Socket)();
      open.add(through.on('error', () => undefined));
      through.connect(port, '127.0.0.1', () => socket.pipe(through).pipe(socket));
    });
    await new Promise<void>((resolve) => flooded.listen(0, '127.0.0.1', resolve));
    await expect(run({ port: (flooded.address() as AddressInfo).port })).resolves.toMatchObject({ code: 0 });
    expect(drops).toBe(-1);
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => flooded.close(resolve));
  });

  test('C11 a server that accepts and says nothing is HOST_TIMEOUT, a closed port HOST_UNREACHABLE', async () => {
    const hasty = new NodeSshHostShell({ timing: { totalMs: 600, pauseMs: 20 } });
    const attempt = (at: number) => hasty.run(host({ port: at }), SCRIPT, { timeoutMs: 5_000 });
    const held: Socket[] = [];
    const mute = createServer((socket) => void held.push(socket));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    await expect(attempt((mute.address() as AddressInfo).port)).rejects.toMatchObject({ code: 'HOST_TIMEOUT' });
    for (const socket of held) socket.destroy();
    await new Promise((resolve) => mute.close(resolve));
    await expect(attempt(1)).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
    await hasty.close();
  });

  test('C11 a refused key is HOST_AUTH_REFUSED at once, an unreadable one CONFIG_INVALID', async () => {
    const other = join(directory, 'other');
    writeFileSync(other, pem(), { mode: 0o600 });
    await expect(run({ identityFile: other })).rejects.toMatchObject({ code: 'HOST_AUTH_REFUSED' });
    expect(peer.connections).toHaveLength(1);
    writeFileSync(other, 'not a key');
    await expect(run({ identityFile: other })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(run({ identityFile: join(directory, 'none') })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test.each([
    ['sudo: a password is required\n', 1, 'SUDO_REFUSED'],
    ['Sorry, user firebreak is not allowed to execute it as root on web-1.\n', 1, 'SUDO_REFUSED'],
    ['sudo: /usr/local/sbin/firebreak-gate: command not found\n', 1, 'SUDO_REFUSED'],
    ['sudo: sorry, you must have a tty to run sudo\n', 1, 'SUDO_REFUSED'],
    ['sudo: unable to resolve host web-1\nsudo: parse error in /etc/sudoers near line 3\n', 1, 'SUDO_REFUSED'],
    ['sudo-rs: I’m sorry firebreak. I’m afraid I can’t do that\n', 1, 'SUDO_REFUSED'],
    ['Password change required but no TTY available.\n', 1, 'HOST_AUTH_REFUSED'],
    ['firebreak-gate: script 00 is not in the list\n', 97, 'HOST_SCRIPT_REFUSED'],
  ])('C11 %j with exit %i is %s', async (stderr, code, expected) => {
    peer.onExec = ({ exit, complain }) => {
      complain(stderr);
      exit(code);
    };
    await expect(run()).rejects.toMatchObject({ code: expected });
  });

  test('a script that ran to its end is a result whatever its exit code, sudo’s warnings included', async () => {
    peer.onExec = ({ exit, complain }) => {
      complain('sudo: unable to resolve host web-1\n');
      exit(1);
    };
    await expect(run()).resolves.toMatchObject({ code: 1 });
  });

  test('C11 one exec at a time per host, in order; streams do not stand in the way; other hosts do not wait', async () => {
    const order: string[] = [];
    let endStream = (): void => undefined;
    peer.onExec = (ran) => {
      void ran.input.then((text) => {
        const name = text.slice(text.lastIndexOf('\n') + 1);
        order.push(`start ${name}`);
        const end = (): void => {
          order.push(`end ${name}`);
          ran.exit(0);
        };
        // The stream ends when it is told to: not by the clock of a busy machine.
        if (name === 'stream') endStream = end;
        else setTimeout(end, 40);
      });
    };
    const of = (input: string) => ({ timeoutMs: 5_000, input: `\n${input}` });
    const stream = shell.stream(host(), SCRIPT, { ...of('stream'), maxOutputBytes: 1_000 }, () => Promise.resolve());
    const runs = ['a', 'b', 'c'].map((name) => shell.run(host(), SCRIPT, of(name)));
    await Promise.all(runs);
    const own = order.filter((entry) => !entry.endsWith('stream'));
    expect(own).toEqual(['start a', 'end a', 'start b', 'end b', 'start c', 'end c']);
    expect(order).toContain('start stream');
    expect(order).not.toContain('end stream');
    endStream();
    await stream;
    expect(peer.connections).toHaveLength(2);
  });

  test('C11 an aborted run gives up its place in the queue and its reason is what is thrown', async () => {
    let started = 0;
    peer.onExec = ({ exit }) => {
      started += 1;
      setTimeout(() => exit(0), 300);
    };
    const first = run();
    const calledOff = new AbortController();
    const second = shell.run(host(), SCRIPT, { timeoutMs: 5_000, signal: calledOff.signal });
    setTimeout(() => calledOff.abort(new Error('called off')), 50);
    await expect(second).rejects.toThrow('called off');
    await first;
    await run();
    expect(started).toBe(2);
  });

  test('C11 closing ends what runs and leaves no connection', async () => {
    peer.onExec = () => undefined;
    const hanging = run();
    setTimeout(() => void shell.close(), 200);
    await expect(hanging).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  });
});
