import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { FirebreakError } from '../src/domain/errors';
import type { ServiceLog } from '../src/supervision/service-log';

export type SearchAttributeType = 'Keyword' | 'KeywordList' | 'Bool' | 'Text' | 'Int' | 'Double' | 'Datetime';

/** Name to type, as `temporal operator search-attribute` spells them. */
export type SearchAttributeTypes = Readonly<Record<string, SearchAttributeType>>;

/** Wire numbers of `temporal.api.enums.v1.IndexedValueType`. */
const WIRE_TYPE: Readonly<Record<SearchAttributeType, number>> = {
  Text: 1,
  Keyword: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Datetime: 6,
  KeywordList: 7,
};

const GRPC_NOT_FOUND = 5;
const GRPC_ALREADY_EXISTS = 6;
/** For the two calls of one look. */
const CALL_LIMIT_MS = 5_000;
/** Servers cache namespaces for 10 s, and search attributes for a minute. */
const VISIBLE_WITHIN_MS = 75_000;

export interface NamespaceWanted {
  readonly namespace: string;
  readonly searchAttributes: SearchAttributeTypes;
}

/** How a namespace differs from what is wanted. */
export interface NamespaceState {
  readonly exists: boolean;
  /** Search attributes that are not registered. */
  readonly missing: readonly string[];
  /** Search attributes registered with another type; the server cannot change a type. */
  readonly mistyped: readonly string[];
}

/**
 * Compares a namespace with what is wanted; changes nothing.
 *
 * @throws gRPC errors when the server does not answer within 5 s.
 */
export async function inspectNamespace(connection: Connection, wanted: NamespaceWanted): Promise<NamespaceState> {
  const { namespace, searchAttributes } = wanted;
  const customAttributes = await registeredAttributes(connection, namespace);
  if (customAttributes === undefined) return { exists: false, missing: Object.keys(searchAttributes), mistyped: [] };
  const missing: string[] = [];
  const mistyped: string[] = [];
  for (const [name, type] of Object.entries(searchAttributes)) {
    const registered = customAttributes[name];
    if (registered === undefined) missing.push(name);
    else if (registered !== WIRE_TYPE[type]) mistyped.push(name);
  }
  return { exists: true, missing, mistyped };
}

/**
 * Makes the namespace and registers the search attributes on a running server, as far as they are missing,
 * and waits until the server shows them. Harmless to repeat, also from two places at once.
 *
 * @param retentionDays - how long the server keeps closed workflows; only used for a new namespace.
 * @throws FirebreakError `TEMPORAL_UNREACHABLE` when an attribute has another type or nothing shows up in 75 s;
 *   gRPC errors when the server refuses.
 */
export async function ensureNamespace(
  connection: Connection,
  { log, retentionDays, ...wanted }: NamespaceWanted & { readonly log: ServiceLog; readonly retentionDays: number },
): Promise<void> {
  const { namespace, searchAttributes } = wanted;
  const before = await inspectNamespace(connection, wanted);
  if (before.mistyped.length > 0) {
    throw new FirebreakError(
      'TEMPORAL_UNREACHABLE',
      `Search attributes of namespace ${namespace} have another type: ${before.mistyped.join(', ')}. Choose another namespace, or remove them there.`,
    );
  }
  if (!before.exists) {
    log.info({ namespace, retentionDays }, 'registering the namespace');
    await connection.workflowService
      .registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs(`${retentionDays} days`) })
      .catch(unlessExistingAlready);
  }
  const giveUpAt = Date.now() + VISIBLE_WITHIN_MS;
  for (;;) {
    const now = await inspectNamespace(connection, wanted);
    if (now.exists && now.missing.length === 0) return;
    if (Date.now() > giveUpAt) {
      throw new FirebreakError(
        'TEMPORAL_UNREACHABLE',
        `Namespace ${namespace} still lacks ${now.missing.join(', ') || 'itself'}.`,
      );
    }
    if (now.exists) await register(connection, namespace, searchAttributes, now.missing, log);
    await sleep(500);
  }
}

async function register(
  connection: Connection,
  namespace: string,
  types: SearchAttributeTypes,
  names: readonly string[],
  log: ServiceLog,
): Promise<void> {
  log.info({ namespace, names }, 'registering search attributes');
  const entries = Object.entries(types).filter(([name]) => names.includes(name));
  const searchAttributes = Object.fromEntries(entries.map(([name, type]) => [name, WIRE_TYPE[type]]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes }).catch(unlessExistingAlready);
}

/**
 * Undefined while the namespace does not exist for every part of the server: a new one can be
 * described at once, but most calls answer NOT_FOUND until the server's cache of namespaces is renewed.
 */
async function registeredAttributes(
  connection: Connection,
  namespace: string,
): Promise<Readonly<Record<string, number>> | undefined> {
  try {
    const reply = await connection.withDeadline(Date.now() + CALL_LIMIT_MS, async () => {
      await connection.workflowService.describeNamespace({ namespace });
      return connection.operatorService.listSearchAttributes({ namespace });
    });
    return reply.customAttributes;
  } catch (error) {
    if (isGrpcServiceError(error) && Number(error.code) === GRPC_NOT_FOUND) return undefined;
    throw error;
  }
}

function unlessExistingAlready(error: unknown): void {
  if (isGrpcServiceError(error) && Number(error.code) === GRPC_ALREADY_EXISTS) return;
  throw error;
}
