import type { Socket } from 'node:net';
import type { NodeSSH, SSHExecCommandOptions } from 'node-ssh';
import { FirebreakError } from '../../domain/errors';
import { listen } from './listen';

/** The session channel of one command. */
export type SshChannel = Parameters<NonNullable<SSHExecCommandOptions['onChannel']>>[0];
type SshClient = NonNullable<NodeSSH['connection']>;

/**
 * ssh2 grants a window of 2 MiB a channel, renews it as soon as a little of a full buffer is read, and reads on when the other side
 * does not keep to it. So an honest host can have 4 MiB unread.
 */
const MAX_UNREAD_BYTES = 5 * 1024 * 1024;

/** What SSH itself needs beside the data of commands: keepalives, a change of keys, and frames, which small packets double. */
const SPARE_BYTES = 1024 * 1024;
const FRAMED = 2;

/** One authenticated connection. */
export class SshConnection {
  readonly #ssh: NodeSSH;
  readonly #client: SshClient;
  readonly #socket: Socket;
  #alive = true;
  #channel: SshChannel | undefined;
  #refusal: FirebreakError | undefined;
  /** Bytes that the host may still send, of whatever kind. */
  #allowance = SPARE_BYTES;

  /** Takes over a connected NodeSSH, and the socket it talks over, in the same turn in which it became ready. */
  constructor(ssh: NodeSSH, socket: Socket) {
    if (ssh.connection === null) throw new Error('The SSH connection ended before it was used.');
    this.#ssh = ssh;
    this.#client = ssh.connection;
    this.#socket = socket;
    const dispose = (): void => this.dispose();
    // node-ssh takes its own listener off when the connection is ready; without one a reset ends the process.
    listen(this.#client, 'error', dispose, dispose);
    listen(this.#client, 'end', () => (this.#alive = false), dispose);
    listen(this.#client, 'close', () => (this.#alive = false), dispose);
    // After ssh2's own listener, which has put into the channels what this chunk holds.
    listen(socket, 'data', (chunk: Buffer) => this.#count(chunk.length), dispose);
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Why the connection was given up, when it was because of what the host sent. */
  get refusal(): FirebreakError | undefined {
    return this.#refusal;
  }

  /**
   * Starts a command.
   * @param mayAnswer bytes that it may send on its channel; a host that sends much more of anything loses the connection
   * @throws the library's error when no channel could be opened: then nothing ran
   */
  async open(command: string, mayAnswer: number): Promise<SshChannel> {
    this.#allowance = SPARE_BYTES + FRAMED * mayAnswer;
    return new Promise((resolve, reject) => {
      const onClose = (): void => reject(new Error('The connection closed before the command started.'));
      const forget = listen(this.#client, 'close', onClose, reject);
      this.#client.exec(command, (error, channel) => {
        forget();
        if (error) return reject(error);
        this.#channel = channel;
        resolve(channel);
      });
    });
  }

  /** Drops the connection at once; what runs on it on this side ends. */
  dispose(): void {
    this.#alive = false;
    // ssh2 leaves a socket alone that it has half closed, and the other side could go on sending.
    this.#socket.destroy();
    this.#client.destroy();
    this.#ssh.dispose();
  }

  #count(bytes: number): void {
    this.#allowance -= bytes;
    const unread = (this.#channel?.readableLength ?? 0) + (this.#channel?.stderr.readableLength ?? 0);
    if (this.#allowance >= 0 && unread <= MAX_UNREAD_BYTES) return;
    this.#refusal = new FirebreakError('HOST_REPLY_REFUSED', { cause: 'reply-faulty', why: 'more-than-asked' });
    this.dispose();
  }
}
