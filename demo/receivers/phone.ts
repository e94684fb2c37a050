import { randomBytes } from 'node:crypto';

export type PhoneStatus = 'queued' | 'ringing' | 'in-progress' | 'completed' | 'busy' | 'no-answer' | 'canceled';

/** How the person at the other end takes a call. */
export interface PhoneHabits {
  /** Rings this long before it is answered, milliseconds; default 300. */
  readonly answersAfterMs?: number;
  /** Listens this long, milliseconds; default 500. */
  readonly talksForMs?: number;
}

const QUEUE_MS = 50;

/** A call whose status follows from the clock: queued, ringing, then what the person does. */
export class PhoneCall {
  readonly sid = `CA${randomBytes(16).toString('hex')}`;
  readonly createdAt = new Date();
  #canceledAt: number | undefined;

  constructor(
    readonly to: string,
    readonly from: string,
    readonly twiml: string,
    private readonly person: 'answers' | 'is busy' | 'is away',
    private readonly ringsForMs: number,
    private readonly habits: Required<PhoneHabits>,
  ) {}

  status(now = Date.now()): PhoneStatus {
    const age = (this.#canceledAt ?? now) - this.createdAt.getTime() - QUEUE_MS;
    if (age < 0) return this.#canceledAt === undefined ? 'queued' : 'canceled';
    const end = this.#naturalStatus(age);
    return this.#canceledAt !== undefined && end === 'ringing' ? 'canceled' : end;
  }

  /** Rings off. @returns false when the call is no longer queued or ringing */
  cancel(): boolean {
    const status = this.status();
    if (status !== 'queued' && status !== 'ringing') return false;
    this.#canceledAt = Date.now();
    return true;
  }

  /** The first text to say, with XML unescaped, and its language. */
  said(): { readonly text: string; readonly language: string } {
    const match = /<Say(?: [^>]*?language="([^"]*)")?[^>]*>([^<]*)<\/Say>/.exec(this.twiml);
    return { text: unescapedXml(match?.[2] ?? ''), language: match?.[1] ?? '' };
  }

  #naturalStatus(age: number): PhoneStatus {
    if (this.person === 'is busy') return age < this.habits.answersAfterMs ? 'ringing' : 'busy';
    if (this.person === 'is away' || this.habits.answersAfterMs > this.ringsForMs) {
      return age < this.ringsForMs ? 'ringing' : 'no-answer';
    }
    if (age < this.habits.answersAfterMs) return 'ringing';
    return age < this.habits.answersAfterMs + this.habits.talksForMs ? 'in-progress' : 'completed';
  }
}

function unescapedXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}
