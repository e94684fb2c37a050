import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FirebreakError } from '../../domain/errors';
import { SIGNATURE_NAMESPACE } from '../../domain/order';
import { SSH_AGENT, childEnvironment } from '../../supervision/child-environment';
import { spawn } from '../../supervision/child-process';

/** Where the operator's key is: in a file, or in ssh-agent under its public key. */
export type SigningIdentity =
  | { readonly identityFile: string }
  /** `ssh-ed25519 AAAA…` as enrolled. */
  | { readonly agentKey: string };

/** A person may have to type a passphrase or touch a token. */
const SIGN_WITHIN_MS = 120_000;

/**
 * Signs a text with `ssh-keygen -Y sign`, which asks ssh-agent or, on the terminal, for the passphrase; this process
 * never sees the private key. The text goes to its standard input, no shell is involved.
 *
 * @returns the armoured signature
 * @throws FirebreakError NOT_AUTHORISED with ssh-keygen's own words, or when there is no ssh-keygen
 */
export async function signRequest(text: string, identity: SigningIdentity): Promise<string> {
  if ('identityFile' in identity) return sshKeygenSign(text, identity.identityFile);
  // ssh-keygen wants a file to know which of the agent's keys is meant.
  const directory = await mkdtemp(join(tmpdir(), 'firebreak-sign-'));
  try {
    const file = join(directory, 'key.pub');
    await writeFile(file, `${identity.agentKey.trim()}\n`, { mode: 0o600 });
    return await sshKeygenSign(text, file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function sshKeygenSign(text: string, keyFile: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const refuse = (detail: string, cause?: unknown): void =>
      reject(new FirebreakError('NOT_AUTHORISED', `Signing failed: ${detail}`, { cause }));
    const child = spawn('ssh-keygen', ['-Y', 'sign', '-n', SIGNATURE_NAMESPACE, '-f', keyFile], {
      stdio: 'pipe',
      timeout: SIGN_WITHIN_MS,
      env: childEnvironment(SSH_AGENT),
    });
    let signature = '';
    let talk = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (signature += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (talk += chunk));
    child.on('error', (cause) => refuse(cause.message, cause));
    child.on('close', (code, signal) => {
      if (code === 0 && signature !== '') resolve(signature);
      else refuse(talk.trim() || `ssh-keygen ended with ${signal ?? String(code)}`);
    });
    // It may end before it has read everything; its exit says why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(text);
  });
}
