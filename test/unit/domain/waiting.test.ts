import { incidentId } from '../../../src/domain/ids';
import type { OnRecord } from '../../../src/domain/waiting';
import { questionsFrom, waitsFor } from '../../../src/domain/waiting';

const incident = incidentId('INC-20261120-7F3K');
const DECLARED = Date.parse('2026-11-20T03:00:00.000Z');
const at = (minutes: number): string => new Date(DECLARED + minutes * 60_000).toISOString();
const usual: OnRecord = {
  incident,
  planHash: 'abcdef0123456789',
  needApproval: ['web-1: isolate, management stays open'],
  questions: [],
  declaredAt: at(0),
  drill: false,
  acknowledged: true,
  responding: true,
  closed: false,
  needsHuman: false,
  notUndone: 0,
  otherMachines: [],
  lostJournals: [],
};
const seen = (changes: Partial<OnRecord>, minutes = 1) =>
  waitsFor({ ...usual, ...changes }, DECLARED + minutes * 60_000);

describe('what an incident waits for', () => {
  test('nothing, when it runs and somebody has seen it', () => {
    expect(seen({})).toEqual([]);
  });

  test.each([
    ['classification', ['intrusion', 'malware', 'ddos'].map((type) => `firebreak classify ${incident} --as ${type}`)],
    ['approval', ['approve', 'reject'].map((order) => `firebreak ${order} ${incident} --plan abcdef012345`)],
    ['forced-isolation', ['approve', 'reject'].map((order) => `firebreak ${order} ${incident} --plan abcdef012345`)],
  ] as const)('a question for %s: the commands that answer it, and until when', (kind, commands) => {
    const question = { kind, until: at(3), ...(kind === 'forced-isolation' ? { host: 'web-1' } : {}) };
    const [waiting, ...more] = seen({ questions: [question], needsHuman: true });
    expect(more).toEqual([]);
    expect(waiting).toMatchObject({ kind, commands, until: at(3) });
    expect(waiting?.who).toContain(kind === 'classification' ? 'role respond' : 'role approve');
    if (kind !== 'classification') expect(waiting?.what).toContain('web-1');
  });

  test('the question with the least time comes first; after the response nobody is asked any more', () => {
    const questions = [
      { kind: 'approval', until: at(4) },
      { kind: 'classification', until: at(2) },
    ] as const;
    expect(seen({ questions }).map(({ kind }) => kind)).toEqual(['classification', 'approval']);
    expect(seen({ questions, responding: false })).toEqual([]);
  });

  test('an acknowledgement is waited for until the next people are called; of a drill it is not', () => {
    const until = (minutes: number) => seen({ acknowledged: false }, minutes)[0]?.until;
    expect([until(1), until(6), until(11)]).toEqual([at(5), at(10), null]);
    expect(seen({ acknowledged: false })[0]?.commands).toEqual([`firebreak ack ${incident}`]);
    expect(seen({ acknowledged: false, drill: true })).toEqual([]);
  });

  test('a failed undo is given again; what else needs people is theirs', () => {
    expect(seen({ notUndone: 2, responding: false })[0]).toMatchObject({
      kind: 'undo',
      what: expect.stringContaining('the undo of 2 acts that may be in force') as string,
      commands: [`firebreak release ${incident} --wait`],
    });
    expect(seen({ notUndone: 1, otherMachines: ['web-1'], responding: false })[0]).toMatchObject({
      what: expect.stringContaining('another machine now: web-1') as string,
      commands: [
        'firebreak host repin web-1',
        `firebreak release ${incident} --wait`,
        `firebreak release ${incident} --gone web-1 --wait`,
      ],
    });
    expect(seen({ notUndone: 1, lostJournals: ['web-1'], responding: false })[0]).toMatchObject({
      what: expect.stringContaining('journal lost: web-1 (put it right there by hand') as string,
      commands: [`firebreak release ${incident} --wait`, `firebreak release ${incident} --gone web-1 --wait`],
    });
    expect(seen({ needsHuman: true })[0]).toMatchObject({
      kind: 'hands',
      commands: [`firebreak take-over ${incident}`],
    });
    // Nobody is to look for the urgent one below an acknowledgement, and an undo says the same once only.
    expect(seen({ needsHuman: true, acknowledged: false }).map(({ kind }) => kind)).toEqual([
      'hands',
      'acknowledgement',
    ]);
    expect(seen({ needsHuman: true, notUndone: 1, responding: false }).map(({ kind }) => kind)).toEqual(['undo']);
    expect(seen({ needsHuman: true, responding: false })[0]?.commands[0]).toBe(`firebreak report ${incident}`);
  });

  test('questions whose time is over do not hide that somebody must take over', () => {
    const questions = questionsFrom(
      Array.from({ length: 50 }, () => ({ kind: 'classification', until: at(0) })),
      [],
    );
    expect(seen({ questions, needsHuman: true }).at(-1)?.kind).toBe('hands');
  });

  test('nothing is waited for once it is closed', () => {
    expect(seen({ closed: true, needsHuman: true, notUndone: 1, acknowledged: false })).toEqual([]);
  });
});

test.each([[undefined], [null], ['all'], [[null, 7, {}]], [[{ kind: 'approval', until: 7 }]]])(
  'questions that are none are left out: %j',
  (said) => expect(questionsFrom(said, [])).toEqual([]),
);
