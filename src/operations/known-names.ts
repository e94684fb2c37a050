import type { InputProblem } from '../domain/errors';
import { FirebreakError } from '../domain/errors';
import type { IncidentId } from '../domain/ids';
import { unknownWord } from '../domain/nearest';
import type { IncidentRow } from '../ports/repositories';
import type { OperationsDeps } from './deps';

/** What people name on the command line. */
export type NamedKind = 'host' | 'segment' | 'operator' | 'incident';

/** A name as it was given. */
export interface GivenName {
  /** Flag, argument or JSON path. */
  readonly path: string;
  readonly name: string;
}

const CODES = {
  host: 'UNKNOWN_HOST',
  segment: 'BAD_INPUT',
  operator: 'BAD_INPUT',
  incident: 'UNKNOWN_INCIDENT',
} as const satisfies Record<NamedKind, string>;

/** Among so many of the newest incidents the nearest id is looked for. */
const NEAREST_OF = 1_000;

/** One problem for each name that nobody knows, with the nearest known name. */
export function unknownNames(
  kind: NamedKind,
  given: readonly GivenName[],
  known: Iterable<string>,
): readonly InputProblem[] {
  const valid = [...known];
  return given.flatMap(({ path, name }) => {
    const message = unknownWord(kind, name, valid);
    return message === undefined ? [] : [{ path, message }];
  });
}

/** @throws FirebreakError UNKNOWN_HOST, UNKNOWN_INCIDENT or BAD_INPUT with one problem for each unknown name */
export function refuseUnknown(kind: NamedKind, given: readonly GivenName[], known: Iterable<string>): void {
  const problems = unknownNames(kind, given, known);
  if (problems.length > 0) throw new FirebreakError(CODES[kind], undefined, { problems });
}

/** @throws FirebreakError UNKNOWN_INCIDENT with the nearest id, DATABASE_UNREACHABLE */
export async function knownIncident(
  { incidents }: Pick<OperationsDeps, 'incidents'>,
  incident: IncidentId,
): Promise<IncidentRow> {
  const row = await incidents.find(incident);
  if (row !== undefined) return row;
  const rows = await incidents.list({ limit: NEAREST_OF });
  refuseUnknown(
    'incident',
    [{ path: 'incident', name: incident }],
    rows.map(({ order }) => order.incident),
  );
  // Declared between the two readings.
  throw new FirebreakError('UNKNOWN_INCIDENT', incident);
}

/** @throws FirebreakError BAD_INPUT with the nearest name, DATABASE_UNREACHABLE */
export async function refuseUnknownOperator(
  { operators }: Pick<OperationsDeps, 'operators'>,
  given: GivenName,
): Promise<void> {
  refuseUnknown(
    'operator',
    [given],
    (await operators.list()).map(({ name }) => name),
  );
}
