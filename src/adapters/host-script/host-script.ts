import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FirebreakError } from '../../domain/errors';
import { sha256Hex } from '../../domain/hash';
import type { SignedOrder } from '../../domain/order';
import type { HostScript } from '../../ports/host-shell';
import { PRELUDE } from './prelude';

/** The one remote command; everything else goes over stdin. */
export const GATE_COMMAND = '/usr/bin/sudo -n /usr/local/sbin/firebreak-gate';

/** The gate takes at most six digits of length. */
const MAX_SCRIPT_BYTES = 999_999;

/** A host script: the shared prelude, then the parts in order. A pure function of its words, so its digest is stable. */
export function hostScript(name: string, ...parts: readonly string[]): HostScript {
  const text = `${[`# ${name}`, PRELUDE, ...parts].map((part) => part.trim()).join('\n\n')}\n`;
  if (Buffer.byteLength(text) > MAX_SCRIPT_BYTES)
    throw new FirebreakError('UNEXPECTED', `host script ${name} is too long`);
  return { name, text };
}

/** Reads a `.sh` file that lies beside the adapter's code, in the source tree as in `dist`. */
export function shellPart(directory: string, file: string): string {
  return readFileSync(join(directory, file), 'utf8');
}

/** Lowercase hex SHA-256 of the script: its line in the host's allow list, and its name in the evidence. */
export function scriptSha256(script: HostScript): string {
  return sha256Hex(script.text);
}

/**
 * What is written to the gate's stdin before the script's own data.
 * @param order to the byte as it was signed; for programs that need one (ProgramLimits.needsOrder)
 */
export function gateRequest(script: HostScript, order?: SignedOrder): Buffer {
  const text = Buffer.from(script.text);
  const parts = order === undefined ? [] : [Buffer.from(order.signedText), Buffer.from(order.signature)];
  const sizes = [text, ...parts].map((part) => part.length).join(' ');
  return Buffer.concat([Buffer.from(`${sha256Hex(text)} ${sizes}\n`), text, ...parts]);
}
