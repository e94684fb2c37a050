import { type Receivers, startReceivers } from '../../../demo/receivers/start-receivers';
import type { PhoneHabits } from '../../../demo/receivers/phone';
import { FirebreakError } from '../../../src/domain/errors';
import type { Person } from '../../../src/domain/notice';
import type { Channel } from '../../../src/domain/words';
import type { Message } from '../../../src/ports/notifier';

export const ALICE: Person = {
  id: 'alice',
  name: 'Alice Example',
  audience: 'security',
  locale: 'en',
  tier: 1,
  phone: '+15005550101',
  mail: 'alice@example.org',
  slack: 'U0ALICE01',
};

let serial = 0;

/** A message nobody has sent before. */
export function newMessage(channel: Channel, overrides: Partial<Message> = {}): Message {
  serial += 1;
  const number = String(serial).padStart(4, '2');
  return {
    id: `INC-20261120-${number}:start:alice:${channel}`,
    person: ALICE,
    subject: `CRITICAL: Emergency response started ${number}`,
    text: `CRITICAL INC-20261120-${number}\nIntrusion on web-1.\nNext: firebreak ack INC-20261120-${number}`,
    ...overrides,
  };
}

export function receivers(phone: PhoneHabits = { answersAfterMs: 100, talksForMs: 100 }): Promise<Receivers> {
  return startReceivers({ log: { info: () => undefined }, phone });
}

/** The FirebreakError that the work ends with; fails when it succeeds or throws anything else. */
export async function failureOf(work: Promise<unknown>): Promise<FirebreakError> {
  const thrown: unknown = await work.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  if (thrown instanceof FirebreakError) return thrown;
  throw thrown;
}

/** A test that a hanging server must end: the sender's own limit (1.5 s) does, the vendor's (30 s and more) would come too late; milliseconds. */
export const BEFORE_THE_LIBRARY_GIVES_UP_MS = 20_000;

export const never = (): AbortSignal => new AbortController().signal;
