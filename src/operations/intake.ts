import { canonicalJson, sha256Hex } from '../domain/hash';
import type { InputProblem } from '../domain/errors';
import { FirebreakError } from '../domain/errors';
import { parseRange } from '../domain/addresses';
import type { IncidentDocument, ResponseLimits } from '../domain/incident';
import { nearest } from '../domain/nearest';
import { MAX_DOCUMENT_BYTES } from '../domain/numbers';
import type { IncidentType, ResponseMode, Severity } from '../domain/words';
import { INCIDENT_TYPES, RESPONSE_MODES, SEVERITIES, priorityRank } from '../domain/words';
import type { AcceptedDocument } from './document-schema';
import { documentSchema, jsonPath } from './document-schema';

/** What a trigger hands in, before anything of it is trusted. */
export interface RawTrigger {
  readonly types: readonly string[];
  readonly severity: string | undefined;
  readonly mode: string | undefined;
  /** Bytes of the incident document, at most MAX_DOCUMENT_BYTES. */
  readonly document: Buffer | undefined;
  readonly hosts: readonly string[];
  readonly sources: readonly { readonly text: string; readonly from: string }[];
  readonly accounts: readonly string[];
  readonly segments: readonly string[];
  readonly reason: string | undefined;
  readonly title: string | undefined;
  readonly limits: ResponseLimits;
}

export interface Trigger {
  /** Most urgent first. */
  readonly types: readonly IncidentType[];
  readonly severity: Severity;
  readonly mode: ResponseMode;
  readonly document: IncidentDocument;
  readonly documentBytes: Buffer;
  readonly documentSha256: string;
  readonly reason: string | undefined;
  readonly limits: ResponseLimits;
}

/**
 * Validates a trigger in one pass and lists every problem with its path (B1). Malformed → nothing starts.
 * @throws FirebreakError BAD_INPUT with `problems`, INPUT_TOO_LARGE
 */
export function acceptTrigger(raw: RawTrigger): Trigger {
  const problems: InputProblem[] = [];
  const document = readDocument(raw, problems);
  const types = words('incident_type', '--incident-type', raw.types, document?.incident_type, INCIDENT_TYPES, problems);
  const [severity] = words(
    'severity_level',
    '--severity-level',
    raw.severity === undefined ? [] : [raw.severity],
    document?.severity_level,
    SEVERITIES,
    problems,
  );
  const [mode] = words(
    'response_mode',
    '--response-mode',
    raw.mode === undefined ? [] : [raw.mode],
    document?.response_mode,
    RESPONSE_MODES,
    problems,
  );
  const reason = raw.reason?.trim();
  if (reason !== undefined && (reason.length > 500 || hasControl(reason)))
    problems.push({ path: '--reason', message: 'must be one line of at most 500 characters' });
  if (severity === 'critical' && mode === 'monitor' && (reason === undefined || reason === '')) {
    problems.push({ path: '--reason', message: 'a critical incident that is only monitored needs a reason' });
  }
  if (types.includes('unknown') && types.length > 1)
    problems.push({ path: '--incident-type', message: 'unknown cannot be combined with another type' });
  for (const [name, value] of Object.entries(raw.limits)) {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1_000)
      problems.push({ path: `limits.${name}`, message: 'must be at least one second' });
  }
  if (document !== undefined && document.hosts.length === 0)
    problems.push({ path: '$.hosts', message: 'name at least one host, here or with --host' });
  if (
    problems.length > 0 ||
    document === undefined ||
    severity === undefined ||
    mode === undefined ||
    types.length === 0
  ) {
    throw new FirebreakError('BAD_INPUT', `${problems.length} problem${problems.length === 1 ? '' : 's'}.`, {
      problems,
    });
  }
  const parameters: ReadonlySet<string> = new Set(['incident_type', 'severity_level', 'response_mode']);
  const kept = Object.entries(document).filter(([key]) => !parameters.has(key));
  const stored = JSON.parse(JSON.stringify(Object.fromEntries(kept))) as IncidentDocument;
  const documentBytes = Buffer.from(canonicalJson(stored), 'utf8');
  return {
    types: [...new Set(types)].sort((a, b) => priorityRank(severity, a) - priorityRank(severity, b)),
    severity,
    mode,
    document: stored,
    documentBytes,
    documentSha256: sha256Hex(documentBytes),
    reason: reason === '' ? undefined : reason,
    limits: raw.limits,
  };
}

function hasControl(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}

function parseJson(bytes: Buffer | undefined, problems: InputProblem[]): Record<string, unknown> | undefined {
  if (bytes === undefined) return {};
  if (bytes.length > MAX_DOCUMENT_BYTES) throw new FirebreakError('INPUT_TOO_LARGE');
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
    problems.push({ path: '$', message: 'must be a JSON object' });
  } catch (thrown) {
    problems.push({ path: '$', message: `is not valid JSON in UTF-8: ${(thrown as Error).message.slice(0, 120)}` });
  }
  return undefined;
}

/** The document with what the flags add; flags and document are joined, never silently replaced. */
function readDocument(raw: RawTrigger, problems: InputProblem[]): AcceptedDocument | undefined {
  const parsed = parseJson(raw.document, problems);
  if (parsed === undefined) return undefined;
  const list = (key: string): unknown[] => (Array.isArray(parsed[key]) ? (parsed[key] as unknown[]) : []);
  const joined: Record<string, unknown> = { ...parsed };
  const add = (key: string, more: readonly unknown[]): void => {
    if (more.length > 0 && (parsed[key] === undefined || Array.isArray(parsed[key])))
      joined[key] = [...list(key), ...more];
  };
  add('hosts', raw.hosts);
  add('accounts', raw.accounts);
  add('segments', raw.segments);
  for (const { text, from } of raw.sources) {
    if (parseRange(text) === undefined)
      problems.push({
        path: from,
        message: `${JSON.stringify(text.slice(0, 60))} is not an IPv4 or IPv6 address or prefix`,
      });
  }
  add(
    'sources',
    raw.sources.filter(({ text }) => parseRange(text) !== undefined).map(({ text }) => text),
  );
  if (joined['title'] === undefined)
    joined['title'] = raw.title ?? `${raw.types.join(' + ')} on ${raw.hosts.join(', ')}`;
  const checked = documentSchema.safeParse(joined);
  if (!checked.success) {
    problems.push(...checked.error.issues.map((issue) => ({ path: jsonPath(issue.path), message: issue.message })));
    return undefined;
  }
  const { data } = checked;
  return { ...data, hosts: [...new Set(data.hosts)], sources: [...new Set(data.sources)] };
}

/** Checks words given by flag, by document or both; the two must not contradict each other. */
function words<T extends string>(
  key: string,
  flag: string,
  given: readonly string[],
  inDocument: string | undefined,
  valid: readonly T[],
  problems: InputProblem[],
): T[] {
  const path = given.length > 0 ? flag : `$.${key}`;
  const all = given.length > 0 ? given : inDocument === undefined ? [] : [inDocument];
  if (all.length === 0) problems.push({ path: flag, message: `is required: ${valid.join(', ')}` });
  if (given.length > 0 && inDocument !== undefined && !given.includes(inDocument)) {
    problems.push({
      path: `$.${key}`,
      message: `says ${JSON.stringify(inDocument.slice(0, 40))}, but ${flag} says ${given.join(', ')}`,
    });
  }
  return all.flatMap((word) => {
    const known = valid.find((candidate) => candidate === word);
    if (known !== undefined) return [known];
    problems.push({
      path,
      message: `unknown value ${JSON.stringify(word.slice(0, 40))}; did you mean ${nearest(word, valid)}?`,
    });
    return [];
  });
}
