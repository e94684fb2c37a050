import type { NodeSSH, SSHExecCommandOptions } from 'node-ssh';

/** The session channel of one command. */
export type SshChannel = Parameters<NonNullable<SSHExecCommandOptions['onChannel']>>[0];
type SshClient = NonNullable<NodeSSH['connection']>;

/** One authenticated connection. */
export class SshConnection {
  readonly #ssh: NodeSSH;
  readonly #client: SshClient;
  #alive = true;

  /** Takes over a connected NodeSSH in the same turn in which it became ready. */
  constructor(ssh: NodeSSH) {
    if (ssh.connection === null) throw new Error('The SSH connection ended before it was used.');
    this.#ssh = ssh;
    this.#client = ssh.connection;
    // node-ssh takes its own listener off when the connection is ready; without one a reset ends the process.
    this.#client.on('error', () => this.dispose());
    this.#client.on('end', () => (this.#alive = false));
    this.#client.on('close', () => (this.#alive = false));
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Starts a command. @throws the library's error when no channel could be opened: then nothing ran */
  open(command: string): Promise<SshChannel> {
    return new Promise((resolve, reject) => {
      const onClose = (): void => reject(new Error('The connection closed before the command started.'));
      this.#client.once('close', onClose);
      this.#client.exec(command, (error, channel) => {
        this.#client.removeListener('close', onClose);
        if (error) reject(error);
        else resolve(channel);
      });
    });
  }

  /** Drops the connection at once; what runs on it on this side ends. */
  dispose(): void {
    this.#alive = false;
    this.#client.destroy();
    this.#ssh.dispose();
  }
}
