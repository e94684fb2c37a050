import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key pair made by the real ssh-keygen, for this run only. */
export interface TestKey {
  readonly file: string;
  /** A line of an OpenSSH public key file. */
  readonly publicKey: string;
  /** What `ssh-keygen -Y sign` makes. */
  sign(text: string, options?: { namespace?: string; hash?: 'sha256' | 'sha512' }): string;
}

/** A directory of keys; `remove` when done. */
export class KeyRing {
  readonly directory = mkdtempSync(join(tmpdir(), 'firebreak-test-keys-'));
  private count = 0;

  make(type: 'ed25519' | 'ecdsa' | 'rsa', bits?: number): TestKey {
    this.count += 1;
    const file = join(this.directory, `key-${this.count}`);
    const size = bits === undefined ? [] : ['-b', String(bits)];
    execFileSync('ssh-keygen', ['-q', '-t', type, ...size, '-N', '', '-C', 'a comment', '-f', file]);
    return {
      file,
      publicKey: readFileSync(`${file}.pub`, 'utf8'),
      sign: (text, { namespace = 'firebreak', hash = 'sha512' } = {}) =>
        execFileSync('ssh-keygen', ['-Y', 'sign', '-n', namespace, '-O', `hashalg=${hash}`, '-f', file], {
          input: text,
          encoding: 'utf8',
          stdio: ['pipe', 'pipe', 'ignore'],
        }),
    };
  }

  /** What OpenSSH itself says about a signature. */
  opensshAccepts(key: TestKey, text: string, signature: string): boolean {
    const signers = join(this.directory, 'allowed');
    const file = join(this.directory, 'signature');
    writeFileSync(signers, `me ${key.publicKey}`);
    writeFileSync(file, signature);
    try {
      execFileSync('ssh-keygen', ['-Y', 'verify', '-f', signers, '-I', 'me', '-n', 'firebreak', '-s', file], {
        input: text,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      return true;
    } catch {
      return false;
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
