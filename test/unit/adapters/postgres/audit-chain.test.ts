import { AuditChainWalk } from '../../../../src/adapters/postgres/audit-chain';
import { closingLine, verifyExport } from '../../../../src/adapters/postgres/audit-export';
import {
  EMPTY_LOG,
  eventOf,
  makeLine,
  normaliseEvent,
  type StoredLine,
} from '../../../../src/adapters/postgres/audit-line';
import { sha256Hex } from '../../../../src/domain/hash';
import type { AuditEvent, AuditPosition } from '../../../../src/domain/ledger';

const NOW = '2026-11-20T03:00:00.000Z';

function event(n: number, changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    key: `key-${n}`,
    level: 'AUDIT',
    actor: 'alice',
    stage: 'event',
    action: 'respond',
    subject: 'web-1',
    at: NOW,
    ...changes,
  };
}

function chain(length: number): StoredLine[] {
  const lines: StoredLine[] = [];
  let previous: AuditPosition = EMPTY_LOG;
  for (let n = 1; n <= length; n += 1) {
    const line = makeLine(normaliseEvent(event(n), NOW), previous, NOW);
    lines.push(line);
    previous = line;
  }
  return lines;
}

describe('the audit chain (L1)', () => {
  it('L1 the hash of a line is over its bytes, and the next line names it', () => {
    const [first, second] = chain(2);
    expect(first!.hash).toBe(sha256Hex(first!.line));
    expect(JSON.parse(first!.line)).toMatchObject({ seq: 1, prev: '0'.repeat(64), storedAt: NOW, key: 'key-1' });
    expect(JSON.parse(second!.line)).toMatchObject({ seq: 2, prev: first!.hash });
  });

  it('L1 an event survives storage, absent fields stay absent', () => {
    const full = event(1, { reason: '', result: 'done', late: false, detail: { a: null, b: 1.5, c: true } });
    for (const given of [event(1), full]) {
      const stored = makeLine(normaliseEvent(given, NOW), EMPTY_LOG, NOW);
      expect(eventOf(stored)).toEqual({ ...given, seq: 1, hash: stored.hash });
      expect(Object.keys(eventOf(stored)).sort()).toEqual([...Object.keys(given), 'hash', 'seq'].sort());
    }
  });

  it('L1 an export is broken by dropping, doubling, swapping, changing or adding any line', async () => {
    const lines = chain(8);
    const head = lines.at(-1)!;
    const text = [...lines.map(({ line }) => line), closingLine(head, NOW)];
    expect(await verifyExport(text)).toEqual({ events: 8, head: { seq: 8, hash: head.hash }, faults: [] });
    for (let i = 0; i < text.length; i += 1) {
      const broken = [
        text.toSpliced(i, 1),
        text.toSpliced(i, 0, text[i]!),
        text.toSpliced(i, 1, text[i]!.replace('2026', '2027')),
        ...(i > 0 ? [text.toSpliced(i - 1, 2, text[i]!, text[i - 1]!)] : []),
      ];
      for (const [kind, attempt] of broken.entries()) {
        const harmless = i === 8 && kind === 2; // exportedAt is talk, not chain
        expect((await verifyExport(attempt)).faults.length > 0).toBe(!harmless);
      }
    }
    expect((await verifyExport(text.slice(0, 5))).faults).toEqual([
      { seq: 5, detail: expect.stringMatching(/no head/) as string },
    ]);
    expect((await verifyExport([])).faults).toHaveLength(1);
    expect((await verifyExport(['null', '[]', '{', '1'])).faults.length).toBeGreaterThanOrEqual(4);
  });

  it('L1 a fully rewritten chain is caught by a position known from elsewhere', () => {
    const known = chain(5).at(-1)!;
    const walk = new AuditChainWalk([known]);
    let previous: AuditPosition = EMPTY_LOG;
    for (let i = 0; i < 7; i += 1) {
      const line = makeLine(normaliseEvent(event(i, { actor: 'mallory' }), NOW), previous, NOW);
      walk.take(line.line);
      previous = line;
    }
    expect(walk.end(previous).faults).toEqual([{ seq: 5, detail: expect.stringMatching(/rewritten/) as string }]);
  });
});
