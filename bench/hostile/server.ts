import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, utils, type Connection } from 'ssh2';
import { ATTACKS, seeded } from './attacks';
import { honestReply } from './honest';

/** Programs are shorter by far, and the mark comes right behind them; bytes. */
const MAX_REQUEST = 1_000_000;

/** A real SSH server that is honest to every program but one, and to that one as hostile as the login name says. */
export interface HostileServer {
  readonly port: number;
  readonly identityFile: string;
  readonly hostKey: string;
  /** Programs that were attacked, by name. */
  readonly attacked: ReadonlySet<string>;
  close(): Promise<void>;
}

export async function startHostileServer(seed: string): Promise<HostileServer> {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-hostile-'));
  const identityFile = join(directory, 'key');
  const hostKey = utils.generateKeyPairSync('ed25519').private;
  writeFileSync(identityFile, utils.generateKeyPairSync('ed25519').private, { mode: 0o600 });
  const parsed = utils.parseKey(hostKey);
  if (parsed instanceof Error) throw parsed;
  const connections = new Set<Connection>();
  const attacked = new Set<string>();
  const server = new Server({ hostKeys: [hostKey] }, (client) => {
    connections.add(client);
    let login = '';
    client.on('error', () => undefined);
    client.on('close', () => connections.delete(client));
    client.on('authentication', (context) => {
      login = context.username;
      context.accept();
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec) => {
        const channel = acceptExec();
        channel.on('error', () => undefined);
        let given = '';
        let answered = false;
        const answer = (): void => {
          const program = /^[0-9a-f]{64} \d+\n# (\S+)\n/.exec(given)?.[1];
          const mark = /\nmark ([0-9a-f]{32})\n/.exec(given)?.[1];
          if (program === undefined || mark === undefined || answered) return;
          answered = true;
          const [target = '', index = ''] = login.split(':');
          const { text, code } = honestReply(program, target);
          const attack = program === target ? Object.values(ATTACKS)[Number(index)] : undefined;
          channel.write(`@firebreak ${mark}\n`);
          if (attack === undefined) {
            channel.write(text);
            channel.exit(code);
            channel.end();
            return;
          }
          attacked.add(program);
          attack(channel, text, seeded(`${seed}/${login}`)).catch(() => undefined);
        };
        channel.on('data', (chunk: Buffer) => {
          if (given.length < MAX_REQUEST) given += chunk.toString('latin1');
          answer();
        });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    identityFile,
    hostKey: `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`,
    attacked,
    close: async () => {
      for (const client of connections) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(directory, { recursive: true });
    },
  };
}
