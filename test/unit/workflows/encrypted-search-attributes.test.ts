import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { encodeUnifiedSearchAttributes } from '@temporalio/common/lib/converter/payload-search-attributes';
import type { ConcludeActivationInput } from '@temporalio/workflow';
import { OPEN_SEARCH_ATTRIBUTES, SEARCH_ATTRIBUTES } from '../../../src/domain/queues';
import { interceptors } from '../../../workflows/encrypted/search-attributes';

const indexedFields = () =>
  encodeUnifiedSearchAttributes(undefined, [
    { key: defineSearchAttributeKey('IncidentId', SearchAttributeType.KEYWORD), value: 'INC-20261120-7F3K' },
    { key: defineSearchAttributeKey('Host', SearchAttributeType.KEYWORD_LIST), value: ['web-1', 'db-1'] },
    { key: defineSearchAttributeKey('NeedsHuman', SearchAttributeType.BOOL), value: true },
    { key: defineSearchAttributeKey('OfTomorrow', SearchAttributeType.TEXT), value: 'web-1 again' },
  ]);

test('H5 search attributes: ids, closed words and flags stay, every other text is hidden, in every command', () => {
  const commands: ConcludeActivationInput['commands'] = [
    { upsertWorkflowSearchAttributes: { searchAttributes: { indexedFields: indexedFields() } } },
    { startChildWorkflowExecution: { searchAttributes: { indexedFields: indexedFields() } } },
    { continueAsNewWorkflowExecution: { searchAttributes: { indexedFields: indexedFields() } } },
    { startTimer: { seq: 1 } },
  ];
  const [internals] = interceptors().internals ?? [];
  const seen = internals?.concludeActivation?.({ commands }, (input) => input);
  expect(seen?.commands).toHaveLength(4);
  for (const command of seen?.commands.slice(0, 3) ?? []) {
    const [carrier] = Object.values(command) as { searchAttributes: { indexedFields: Record<string, never> } }[];
    const values = Object.entries(carrier?.searchAttributes.indexedFields ?? {}).map(
      ([name, { data, metadata }]: [string, { data: Uint8Array; metadata: Record<string, Uint8Array> }]) => [
        name,
        Buffer.from(data).toString(),
        Buffer.from(metadata['type'] ?? []).toString(),
      ],
    );
    expect(values).toEqual([
      ['IncidentId', '"INC-20261120-7F3K"', 'Keyword'],
      ['Host', '["encrypted"]', 'KeywordList'],
      ['NeedsHuman', 'true', 'Bool'],
      ['OfTomorrow', '"encrypted"', 'Text'],
    ]);
  }
});

test('H5 of the registered attributes only the host’s name is hidden', () => {
  const texts = Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => (type === 'Bool' ? [] : [name]));
  expect(texts.filter((name) => !OPEN_SEARCH_ATTRIBUTES.includes(name))).toEqual(['Host']);
});
