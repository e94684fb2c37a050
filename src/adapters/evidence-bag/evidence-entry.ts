import type { Fact } from '../../domain/fact';
import { onRecord } from '../../domain/fact';
import type { EvidenceEntry } from '../../ports/evidence-store';
import type { ChainRecord } from './format/chain-line';

/** One record of a chain as the report and `evidence show` list it. */
export function entryOf(record: ChainRecord): EvidenceEntry {
  const info = isObject(record['info']) ? record['info'] : {};
  return {
    seq: record.seq,
    type: record.type,
    work: Array.isArray(record['work']) ? text(record['work'][1]) : '',
    host: text(info['host']),
    name: text(record['name']) || text(info['source']),
    bytes: typeof record['sha256'] === 'string' && typeof record['bytes'] === 'number' ? record['bytes'] : 0,
    sha256: text(record['sha256']),
    ...(record.type === 'absence' ? { absence: onRecord(text(info['reason'])), ...whyOf(info['why']) } : {}),
  };
}

function whyOf(value: unknown): Pick<EvidenceEntry, 'why'> {
  return isObject(value) && typeof value['fact'] === 'string' ? { why: value as unknown as Fact } : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
