import type { PolicyRow } from '../../domain/policy';
import { DEFAULT_POLICY, DOUBT_BELOW, MODE_BOUNDS, policyCells } from '../../domain/policy';
import { RESPONSE_MODES } from '../../domain/words';
import { heading, markdownTable, spelledSeconds } from './markdown';

const BLOCK: Readonly<Record<PolicyRow['block'], string>> = {
  none: '-',
  in: 'from them',
  both: 'both directions',
};
const ACCOUNTS: Readonly<Record<PolicyRow['accounts'], string>> = {
  none: '-',
  named: 'where named',
  all: 'on every host',
};
const ISOLATE: Readonly<Record<PolicyRow['isolate'], string>> = {
  none: '-',
  hosts: 'hosts',
  'hosts-and-segments': 'hosts and segments',
};

/** docs/policy.md: the default table in words (B4). */
export function policyPage(): string {
  const yes = (allowed: boolean): string => (allowed ? 'yes' : 'no');
  return [
    ...heading(
      'Policy table',
      'What a response plans, by incident type, severity and response mode, unless the configuration says otherwise.',
    ),
    ...markdownTable(
      [
        'Type',
        'Severity',
        'Mode',
        'Sources blocked',
        'Accounts disabled',
        'Isolated',
        'Emergency access',
        'Ends after',
      ],
      policyCells(DEFAULT_POLICY).map(({ type, severity, mode, row }) => [
        type,
        severity,
        mode,
        BLOCK[row.block],
        ACCOUNTS[row.accounts],
        ISOLATE[row.isolate],
        row.emergencyAccess ? 'yes' : '-',
        spelledSeconds(row.ttlSeconds),
      ]),
    ),
    '',
    'Every plan also preserves evidence and heightens monitoring on each host of the incident. An end counts from the declaration.',
    'An incident of unknown type contains nothing until a person has classified it.',
    '',
    '## Mode bounds the kinds of act',
    '',
    ...markdownTable(
      ['Mode', 'Block sources', 'Disable accounts', 'Isolate, emergency access'],
      RESPONSE_MODES.map((mode) => [
        mode,
        yes(MODE_BOUNDS[mode].block),
        yes(MODE_BOUNDS[mode].accounts),
        yes(MODE_BOUNDS[mode].isolate),
      ]),
    ),
    '',
    'No row may go beyond its mode: a configuration that asks for it is refused. Forced isolation alone does, on hosts whose controls failed.',
    '',
    '## Severity sets the scope inside it',
    '',
    '- critical: everything in scope, both directions (完全遮断). Critical and only monitored needs a reason and is shown as a deviation.',
    '- high: named targets. Malware talks outwards, so it is cut in both directions from high on.',
    '- medium: sources, for a short time.',
    '- ddos leaves accounts alone: a flood is not an account’s doing.',
    '',
    '## What is refused or lowered whatever the table says',
    '',
    '- Protected addresses, prefixes wider than `widths`, hosts and segments that are not in the inventory, `root`, Firebreak’s own and its',
    '  emergency account are refused one by one; the rest proceeds.',
    '- A host with `isolation: never` is not isolated; with `approval` it waits for an operator other than the requester.',
    `- A detector’s order with a confidence below ${DOUBT_BELOW} or with contradictions about the type acts one mode lower; a person’s order stands.`,
    '- `detector.maximum` bounds what a detector may do; `propose` makes each of its acts wait for approval.',
    '',
    '## Changing it',
    '',
    'In the configuration, cell by cell; what is left out stays as above:',
    '',
    '```yaml',
    'policy:',
    '  ddos:',
    '    high:',
    '      block: { ttlSeconds: 7200 }',
    '```',
    '',
  ].join('\n');
}
