import { canonicalJson, sha256Hex } from '../domain/hash';
import type { InputProblem } from '../domain/errors';
import { FirebreakError } from '../domain/errors';
import { parseRange } from '../domain/addresses';
import type { IncidentDocument, ResponseLimits } from '../domain/incident';
import { unknownWord } from '../domain/nearest';
import { DEADLINE_MS, TIME_SHARES } from '../domain/numbers';
import type { Site } from '../domain/site';
import type { IncidentType, ResponseMode, Severity } from '../domain/words';
import { INCIDENT_TYPES, RESPONSE_MODES, SEVERITIES, priorityRank } from '../domain/words';
import type { AcceptedDocument } from './document-schema';
import { documentSchema, problemsOf } from './document-schema';
import { readJsonObject } from './json-document';
import type { GivenName } from './known-names';
import { unknownNames } from './known-names';
import { reasonProblem } from './plain-text';

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
  /** What was wrong with flags before they could become values; listed together with everything else. */
  readonly problems?: readonly InputProblem[];
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

/** What the inventory knows; names that it does not know are bad input of a person. */
export type Inventory = Pick<Site, 'hosts' | 'segments'>;

/**
 * Validates a trigger in one pass and lists every problem with its path (B1). Malformed → nothing starts.
 * @param inventory when given, names that it does not know are problems too
 * @throws FirebreakError BAD_INPUT with `problems`, INPUT_TOO_LARGE
 */
export function acceptTrigger(raw: RawTrigger, inventory?: Inventory): Trigger {
  const problems: InputProblem[] = [...(raw.problems ?? [])];
  const { document, names, parameter } = readDocument(raw, problems);
  if (inventory !== undefined) problems.push(...unknownIn(names, inventory));
  const types = words('incident_type', '--incident-type', raw.types, parameter, INCIDENT_TYPES, problems);
  const one = (text: string | undefined): string[] => (text === undefined ? [] : [text]);
  const [severity] = words('severity_level', '--severity-level', one(raw.severity), parameter, SEVERITIES, problems);
  const [mode] = words('response_mode', '--response-mode', one(raw.mode), parameter, RESPONSE_MODES, problems);
  const reason = raw.reason?.trim();
  const wrong = reason === undefined ? undefined : reasonProblem(reason);
  if (wrong !== undefined) problems.push({ path: '--reason', message: wrong });
  if (severity === 'critical' && mode === 'monitor' && (reason === undefined || reason === '')) {
    problems.push({ path: '--reason', message: 'a critical incident that is only monitored needs a reason' });
  }
  if (types.includes('unknown') && types.length > 1)
    problems.push({ path: '--incident-type', message: 'unknown cannot be combined with another type' });
  checkLimits(raw.limits, problems);
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

/** What each limit may shorten, and the words that set it. */
const LIMITS = {
  overallMs: { flag: '--deadline', most: DEADLINE_MS },
  humanClassificationMs: { flag: '--limit humanClassification', most: TIME_SHARES.humanClassification },
  accessControlMs: { flag: '--limit accessControl', most: TIME_SHARES.accessControl },
  forcedIsolationMs: { flag: '--limit forcedIsolation', most: TIME_SHARES.forcedIsolation },
  logsMs: { flag: '--limit logs', most: TIME_SHARES.logs },
  alternativeLogsMs: { flag: '--limit alternativeLogs', most: TIME_SHARES.alternativeLogs },
} as const satisfies Record<keyof ResponseLimits, { readonly flag: string; readonly most: number }>;

const LEAST_LIMIT_MS = 1_000;

/** A longer limit is refused, not cut down in silence: whoever gave it would count on it (B7). */
function checkLimits(limits: ResponseLimits, problems: InputProblem[]): void {
  for (const [name, value] of Object.entries(limits)) {
    const { flag, most } = LIMITS[name as keyof ResponseLimits];
    if (typeof value === 'number' && Number.isInteger(value) && value >= LEAST_LIMIT_MS && value <= most) continue;
    problems.push({ path: flag, message: `must be from 1s to ${most / 60_000}m: limits only shorten` });
  }
}

/** The document with what the flags add; flags and document are joined, never silently replaced. */
function readDocument(
  raw: RawTrigger,
  problems: InputProblem[],
): {
  readonly document: AcceptedDocument | undefined;
  readonly names: GivenNames;
  /** The word that the document gives for a parameter, also when something else in it is wrong. */
  readonly parameter: (key: string) => string | undefined;
} {
  const parsed = raw.document === undefined ? {} : readJsonObject(raw.document, problems);
  const parameter = (key: string): string | undefined => {
    const word = parsed?.[key];
    return typeof word === 'string' ? word : undefined;
  };
  if (parsed === undefined) return { document: undefined, names: NO_NAMES, parameter };
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
  joined['title'] ??=
    raw.title ?? titleOf(raw.types.length > 0 ? raw.types : [parameter('incident_type')], joined['hosts']);
  const checked = documentSchema.safeParse(joined);
  if (!checked.success) {
    problems.push(...problemsOf(checked.error));
    return { document: undefined, names: NO_NAMES, parameter };
  }
  const { data } = checked;
  const names = namesIn(data, (key) => list(key).length);
  const document = { ...data, hosts: [...new Set(data.hosts)], sources: [...new Set(data.sources)] };
  return { document, names, parameter };
}

interface GivenNames {
  readonly hosts: readonly GivenName[];
  readonly segments: readonly GivenName[];
}

const NO_NAMES: GivenNames = { hosts: [], segments: [] };

/** @param written how many of a list stand in the document; the rest came by flags */
function namesIn(
  { hosts, accounts, segments }: AcceptedDocument,
  written: (key: 'hosts' | 'accounts' | 'segments') => number,
): GivenNames {
  const placeOf = (key: 'hosts' | 'accounts' | 'segments', index: number, part = ''): string =>
    index < written(key) ? `$.${key}[${index}]${part}` : `--${key.slice(0, -1)}`;
  return {
    hosts: [
      ...hosts.map((name, index) => ({ path: placeOf('hosts', index), name })),
      ...accounts.flatMap(({ host }, index) =>
        host === undefined ? [] : [{ path: placeOf('accounts', index, '.host'), name: host }],
      ),
    ],
    segments: segments.map((name, index) => ({ path: placeOf('segments', index), name })),
  };
}

function unknownIn(names: GivenNames, { hosts, segments }: Inventory): readonly InputProblem[] {
  return [
    ...unknownNames('host', names.hosts, hosts.keys()),
    ...unknownNames('segment', names.segments, segments.keys()),
  ];
}

/** The names of a trigger that the inventory does not know, for an order that goes on without them. @throws as `acceptTrigger` */
export function leftOutOf(raw: RawTrigger, inventory: Inventory): readonly InputProblem[] {
  return unknownIn(readDocument(raw, []).names, inventory);
}

/** For a trigger without a title. Words and names are checked where they belong, so nothing of a wrong one is repeated here. */
function titleOf(types: readonly (string | undefined)[], hosts: unknown): string {
  const known = types.flatMap((type) => INCIDENT_TYPES.find((candidate) => candidate === type) ?? []);
  const named = (Array.isArray(hosts) ? hosts : []).filter(
    (host) => typeof host === 'string' && /^[\w.-]+$/.test(host),
  );
  const shown = named.slice(0, 3).map((host) => String(host).slice(0, 40));
  const more = named.length > shown.length ? ` and ${named.length - shown.length} more` : '';
  return `${known.join(' + ') || 'incident'} on ${shown.join(', ') || 'no host'}${more}`;
}

/** Checks words given by flag, by document or both; the two must not contradict each other. */
function words<T extends string>(
  key: string,
  flag: string,
  given: readonly string[],
  parameter: (key: string) => string | undefined,
  valid: readonly T[],
  problems: InputProblem[],
): T[] {
  const inDocument = parameter(key);
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
    problems.push({ path, message: unknownWord('value', word, valid) ?? '' });
    return [];
  });
}
