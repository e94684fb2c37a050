import { createHash } from 'node:crypto';
import type { ServerChannel } from 'ssh2';

const MIB = 1024 * 1024;
/** More than any limit: what comes of it is that it is not taken. */
const HUGE = 64 * MIB;
const PIECE = 64 * 1024;

/** What a hostile host does in answer to one program. `honest` is what the program would have said. */
export type Attack = (channel: ServerChannel, honest: string, random: (bytes: number) => Buffer) => Promise<void>;

/** Bytes that depend on the seed alone. */
export function seeded(seed: string): (bytes: number) => Buffer {
  let state = createHash('sha256').update(seed).digest();
  return (bytes) => {
    const parts: Buffer[] = [];
    for (let have = 0; have < bytes; have += state.length) {
      state = createHash('sha256').update(state).digest();
      parts.push(state);
    }
    return Buffer.concat(parts).subarray(0, bytes);
  };
}

/** Resolves when the other side has taken it, or is gone. */
async function send(stream: NodeJS.WritableStream, data: string | Buffer): Promise<boolean> {
  const open = stream as NodeJS.WritableStream & { readonly destroyed?: boolean };
  if (!open.writable || open.destroyed === true) return false;
  if (stream.write(data)) return true;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 5_000).unref();
    stream.once('drain', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

async function flood(stream: NodeJS.WritableStream, line: string, bytes: number): Promise<void> {
  const piece = Buffer.from(line.repeat(Math.max(1, Math.floor(PIECE / line.length))));
  for (let sent = 0; sent < bytes; sent += piece.length) {
    if (!(await send(stream, piece))) return;
    // The victim's end of the channel is seen by this process only between two turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function end(channel: ServerChannel, code: number | string = 0): void {
  try {
    channel.exit(code as number);
    channel.end();
  } catch {
    return;
  }
}

const FRAMES = '@firebreak-frames 2 1.000\n';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms).unref());

const flooding =
  (line: string, before = ''): Attack =>
  async (channel) => {
    await send(channel, before);
    await flood(channel, line, HUGE);
    end(channel);
  };

/** Every shape of finding 1 and 5, and what else comes to mind; each against every program. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  'random bytes': async (channel, _, random) => {
    await send(channel, random(40_000));
    end(channel);
  },
  'random bytes and a lie about the end': async (channel, _, random) => {
    await send(channel, random(20_000));
    await send(channel, '\nend\n');
    end(channel);
  },
  'an honest answer cut short': async (channel, honest, random) => {
    await send(channel, honest.slice(0, (random(1)[0] ?? 0) % Math.max(1, honest.length)));
    end(channel);
  },
  'an honest answer with bytes turned over': async (channel, honest, random) => {
    const bytes = Buffer.from(honest);
    for (const at of random(8)) if (bytes.length > 0) bytes[at % bytes.length] = random(1)[0] ?? 0;
    await send(channel, bytes);
    end(channel);
  },
  'two packets, the second no frame': async (channel) => {
    await send(channel, FRAMES);
    await pause(30);
    await send(channel, 'this is not a frame\n');
    await pause(30);
    end(channel);
  },
  'controls and bidirectional marks': async (channel) => {
    const evil = '\u001b[2J\u009b2J\u202e\u2066\u0007';
    const words = ['outcome applied', 'state applied', 'kind local', 'left 600', 'lasts 600', 'sessions 0', 'flows 0'];
    const lines = ['other', 'card', 'interface', 'preimage', 'reason', 'fault', 'drift', 'part', 'why', 'peer', 'os'];
    await send(
      channel,
      [...words, ...lines.map((key) => `${key} /${evil}/x ${'a'.repeat(64)} 1`), 'end', ''].join('\n'),
    );
    channel.stderr.write(evil);
    end(channel);
  },
  '64 MiB of a': flooding('a\n'),
  '64 MiB of held elements': flooding('held k o 10.1.2.3 60\n'),
  '64 MiB of =': flooding('=\n', `${FRAMES}@begin load plain\n`),
  '64 MiB in a line': flooding('x'),
  '64 MiB of base64': flooding(`${'A'.repeat(8_000)}\n`, `${FRAMES}@begin load plain\n`),
  '64 MiB of directives': flooding('@command =x\n', FRAMES),
  'as many elements as may be': async (channel) => {
    const element = (n: number) =>
      `held k INC-20261120-8H4M:x:y 10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255} 60\n`;
    for (let n = 0; n < 20_000; n += 1_000)
      await send(channel, Array.from({ length: 1_000 }, (__, i) => element(n + i)).join(''));
    await send(channel, 'load 1 1\nclock 1\nstate applied\nleft 600\nlasts 600\npackets 0\nsessions 0\nflows 0\nend\n');
    end(channel);
  },
  '64 MiB of complaints': async (channel) => {
    await flood(channel.stderr, 'firebreak: no\n', HUGE);
    end(channel, 70);
  },
  'no exit code': async (channel, honest) => {
    await send(channel, honest);
    channel.end();
  },
  'a signal': async (channel, honest) => {
    await send(channel, honest);
    end(channel, 'KILL');
  },
  'an exit code of four bytes': async (channel, honest) => {
    await send(channel, honest);
    end(channel, 4_294_967_295);
  },
  'closed at once': (channel) => {
    channel.close();
    return Promise.resolve();
  },
  'silent for ever': () => Promise.resolve(),
  'a byte now and then': async (channel) => {
    for (let n = 0; n < 200; n += 1) {
      if (!(await send(channel, 'a'))) return;
      await pause(20);
    }
  },
};

/** Attacks that only keep one waiting. */
export const WAITING: readonly string[] = ['silent for ever', 'a byte now and then'];

/** What answers are called that are honest, to compare the others with. */
export const FLOOR = 'honest answers in between';
