import type { Machine, MachineRecord, MachineSeen } from '../../../src/domain/machine';
import { isSameMachine, machineChanged } from '../../../src/domain/machine';

const ACT = 'INC-20261120-7F3K:block-sources:web-1';
const [ONE, OTHER] = ['1', '2'].map((digit) => digit.repeat(64)) as [string, string];
const OLD = 'SHA256:old';
const recorded = (machine: Partial<Machine> = {}): MachineRecord => ({
  known: 'machine',
  machine: { hostKey: OLD, id: ONE, ...machine },
});
const seen = (machine: Partial<Machine>, journal: boolean): MachineSeen => ({
  hostKey: OLD,
  id: ONE,
  ...machine,
  journals: new Set(journal ? [ACT] : ['INC-20261120-7F3K:block-sources:db-1']),
});

describe('whether it is the machine that an act was carried out on', () => {
  test.each<[string, MachineRecord, MachineSeen, boolean]>([
    ['the same key and id', recorded(), seen({}, false), true],
    ['the same key, and it does not say its id now', recorded(), seen({ id: null }, false), true],
    ['the same key, and it did not say its id then', recorded({ id: null }), seen({}, false), true],
    [
      'the same key, another id, with the journal: only the id was made anew',
      recorded(),
      seen({ id: OTHER }, true),
      true,
    ],
    [
      'the same key, another id, no journal: installed anew with the old key',
      recorded(),
      seen({ id: OTHER }, false),
      false,
    ],
    ['a new key on the same id, with the journal', recorded(), seen({ hostKey: 'SHA256:new' }, true), true],
    [
      'a clone: a new key and the same id, without the journal',
      recorded(),
      seen({ hostKey: 'SHA256:new' }, false),
      false,
    ],
    ['another key and another id', recorded(), seen({ hostKey: 'SHA256:new', id: OTHER }, false), false],
    [
      'another key and id, and a journal that it claims',
      recorded(),
      seen({ hostKey: 'SHA256:new', id: OTHER }, true),
      false,
    ],
    [
      'another key and no id, and a journal that it claims',
      recorded(),
      seen({ hostKey: 'SHA256:new', id: null }, true),
      false,
    ],
    [
      'a new key where no id was recorded, with the journal',
      recorded({ id: null }),
      seen({ hostKey: 'SHA256:new' }, true),
      true,
    ],
    [
      'a new key where no id was recorded, no journal',
      recorded({ id: null }),
      seen({ hostKey: 'SHA256:new' }, false),
      false,
    ],
    ['nothing recorded by an earlier version, with the journal', { known: 'in-force' }, seen({}, true), true],
    ['nothing recorded by an earlier version, no journal', { known: 'in-force' }, seen({}, false), false],
    ['an act that nobody knows to have begun anywhere', { known: 'nothing' }, seen({}, false), true],
  ])('%s', (_case, record, found, same) => {
    expect(isSameMachine(record, ACT, found)).toBe(same);
  });

  test('people are told what was recorded and what was found', () => {
    const error = machineChanged('web-1', recorded(), ACT, seen({ hostKey: 'SHA256:new', id: null }, false));
    expect(error).toMatchObject({ code: 'MACHINE_CHANGED' });
    expect(error.message).toContain(
      'web-1: recorded: key SHA256:old, machine 111111111111; found: key SHA256:new, no machine-id, without a journal of this act.',
    );
  });
});
