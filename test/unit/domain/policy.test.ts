import type { PolicyRow } from '../../../src/domain/policy';
import { DEFAULT_POLICY, beyondMode, modeUnderDoubt, policyCells } from '../../../src/domain/policy';
import { RESPONSE_MODES } from '../../../src/domain/words';

/** `sources/accounts/isolation/emergency access/hours`, row by row. */
const PINNED: Readonly<Record<string, string>> = {
  'intrusion critical isolate': 'both/all/hosts-and-segments/true/24',
  'intrusion critical monitor': 'none/none/none/false/24',
  'intrusion critical block': 'both/none/none/false/24',
  'intrusion high isolate': 'in/named/hosts/true/4',
  'intrusion high monitor': 'none/none/none/false/4',
  'intrusion high block': 'in/none/none/false/4',
  'intrusion medium isolate': 'in/none/none/false/1',
  'intrusion medium monitor': 'none/none/none/false/1',
  'intrusion medium block': 'in/none/none/false/1',
  'malware critical isolate': 'both/all/hosts-and-segments/true/24',
  'malware critical monitor': 'none/none/none/false/24',
  'malware critical block': 'both/none/none/false/24',
  'malware high isolate': 'both/named/hosts/true/4',
  'malware high monitor': 'none/none/none/false/4',
  'malware high block': 'both/none/none/false/4',
  'malware medium isolate': 'in/none/none/false/1',
  'malware medium monitor': 'none/none/none/false/1',
  'malware medium block': 'in/none/none/false/1',
  'ddos critical isolate': 'both/none/hosts/true/24',
  'ddos critical monitor': 'none/none/none/false/24',
  'ddos critical block': 'both/none/none/false/24',
  'ddos high isolate': 'in/none/none/false/4',
  'ddos high monitor': 'none/none/none/false/4',
  'ddos high block': 'in/none/none/false/4',
  'ddos medium isolate': 'in/none/none/false/1',
  'ddos medium monitor': 'none/none/none/false/1',
  'ddos medium block': 'in/none/none/false/1',
};
const EVERYTHING: PolicyRow = {
  block: 'both',
  accounts: 'all',
  isolate: 'hosts-and-segments',
  emergencyAccess: true,
  ttlSeconds: 3_600,
};

describe('B4 policy table', () => {
  const cells = policyCells(DEFAULT_POLICY);

  test('has a cell for each type, severity and mode', () => {
    expect(cells.map(({ type, severity, mode }) => `${type} ${severity} ${mode}`)).toEqual(Object.keys(PINNED));
  });

  test.each(cells)('$type $severity $mode', ({ type, severity, mode, row }) => {
    const { block, accounts, isolate, emergencyAccess, ttlSeconds } = row;
    expect(`${block}/${accounts}/${isolate}/${emergencyAccess}/${ttlSeconds / 3_600}`).toBe(
      PINNED[`${type} ${severity} ${mode}`],
    );
    expect(beyondMode(mode, row)).toEqual([]);
  });

  test('a row that asks for more than its mode is told apart, kind by kind', () => {
    expect(RESPONSE_MODES.map((mode) => [mode, beyondMode(mode, EVERYTHING)])).toEqual([
      ['isolate', []],
      ['monitor', ['block', 'accounts', 'isolate']],
      ['block', ['accounts', 'isolate']],
    ]);
    expect(beyondMode('block', { ...EVERYTHING, accounts: 'none', isolate: 'none' })).toEqual(['isolate']);
  });
});

describe('B5 doubt', () => {
  const doubt = { unattended: true, confidence: 0.59, contradictions: 0 };

  test('lowers an unattended response by one step, and no further than watching', () => {
    expect(RESPONSE_MODES.map((mode) => modeUnderDoubt(mode, doubt))).toEqual(['block', 'monitor', 'monitor']);
    expect(modeUnderDoubt('isolate', { unattended: true, confidence: 1, contradictions: 1 })).toBe('block');
  });

  test('leaves a sure one, and any order of a person, as it is', () => {
    expect(modeUnderDoubt('isolate', { unattended: true, confidence: 0.6, contradictions: 0 })).toBe('isolate');
    expect(modeUnderDoubt('isolate', { unattended: false, confidence: 0, contradictions: 9 })).toBe('isolate');
  });
});
