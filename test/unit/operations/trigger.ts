import { FirebreakError } from '../../../src/domain/errors';
import type { RawTrigger, Trigger } from '../../../src/operations/intake';
import { acceptTrigger } from '../../../src/operations/intake';

/** A sound document, as a detector would send it. */
export const DOCUMENT = { title: 'Brute force', hosts: ['web-1'], sources: ['198.51.100.7'] };

export function rawTrigger(document: unknown, more: Partial<RawTrigger> = {}): RawTrigger {
  return {
    types: ['intrusion'],
    severity: 'high',
    mode: 'block',
    document:
      document === undefined || Buffer.isBuffer(document)
        ? document
        : Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)),
    hosts: [],
    sources: [],
    accounts: [],
    segments: [],
    reason: undefined,
    title: undefined,
    limits: {},
    ...more,
  };
}

export function accepted(document: unknown, more: Partial<RawTrigger> = {}): Trigger {
  return acceptTrigger(rawTrigger(document, more));
}

/** `path: message` of everything that is wrong; fails when the trigger is accepted. */
export function problemsWith(document: unknown, more: Partial<RawTrigger> = {}): string[] {
  try {
    acceptTrigger(rawTrigger(document, more));
  } catch (thrown) {
    if (!(thrown instanceof FirebreakError)) throw thrown;
    expect(thrown.code).toBe('BAD_INPUT');
    expect(thrown.problems.length).toBeGreaterThan(0);
    return thrown.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  throw new Error('the trigger was accepted');
}
