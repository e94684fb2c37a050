import { sha256Hex } from '../domain/hash';
import type { Operator } from '../ports/authorisation';
import type { HostFacts } from '../ports/containment';
import type { OperationsDeps } from './deps';
import { lookingOnly } from './looking-only';

const LIST = '/etc/firebreak/signers';
const LOOK_WITHIN_MS = 20_000;

/** What an operator has to know before the incident: which orders this host will not obey (H6). */
export interface OrderFaultsInput {
  /** Name in the inventory. */
  readonly host: string;
  readonly facts: Pick<HostFacts, 'orders'>;
  /** Emergency access is configured, so that plans ask for it. */
  readonly wantsEmergency: boolean;
  /** Everybody enrolled; undefined when the tables cannot be asked. */
  readonly operators: readonly Operator[] | undefined;
}

/** One sentence each, with the command that mends it; empty when the host obeys everybody it should. */
export function orderFaults({ host, facts, wantsEmergency, operators }: OrderFaultsInput): readonly string[] {
  const { orders } = facts;
  const setup = `firebreak host setup ${host}`;
  const faults: string[] = [];
  if (!orders.verifies)
    faults.push(`it cannot check an operator’s signature, so no order undoes anything there: ${setup}`);
  else if (orders.name !== host)
    faults.push(`it takes itself for “${orders.name}”, so orders that name ${host} are refused: ${setup}`);
  else if (orders.signers.length === 0)
    faults.push(
      `it knows no signer, so no order undoes anything there: put \`signers\` into the configuration, then ${setup}`,
    );
  else {
    const missing = (operators ?? [])
      .filter(
        ({ name, roles, locked, disabled }) =>
          roles.includes('respond') && !locked && !disabled && !orders.signers.some((one) => one.name === name),
      )
      .map(({ name }) => name);
    if (missing.length > 0)
      faults.push(`it does not obey a release by ${missing.join(', ')}: put them under \`signers\`, then ${setup}`);
  }
  if (wantsEmergency && !orders.emergencyList)
    faults.push(`it has no list of emergency keys, so it makes no emergency account: ${setup}`);
  return faults;
}

/**
 * Lines of the host's own list by which it obeys somebody it should not (H6): removing an operator does not reach that list.
 * @returns one sentence each; empty when every line names an able operator who is enrolled with that key
 */
export function signerFaults({
  host,
  facts,
  operators,
}: Pick<OrderFaultsInput, 'host' | 'facts'> & { readonly operators: readonly Operator[] }): readonly string[] {
  const keys = new Map(operators.map(({ name, publicKey }) => [name, keySha256(publicKey)]));
  const disabled = new Set(operators.filter((one) => one.disabled).map(({ name }) => name));
  return facts.orders.signers.flatMap(({ line, name, keySha256: key }) => {
    if (keys.get(name) === key && !disabled.has(name)) return [];
    const known = keys.has(name) ? 'with another key than the enrolled one' : 'who is not enrolled';
    const who = name === '-' ? 'names no operator' : `names ${name}, ${disabled.has(name) ? 'who is disabled' : known}`;
    return [`line ${line} of ${LIST} ${who}: mend \`signers\` in the configuration, then firebreak host setup ${host}`];
  });
}

/** A host whose list still names a person; `lines` is undefined for a host that did not say. */
export interface StillObeys {
  readonly host: string;
  readonly lines: readonly number[] | undefined;
}

/** Hosts that still obey a person, or may. */
export async function stillObeyedBy(
  deps: Pick<OperationsDeps, 'site' | 'inspector'>,
  name: string,
): Promise<readonly StillObeys[]> {
  const asked = await Promise.all(
    [...deps.site.hosts.values()].map(async (host): Promise<StillObeys> => {
      const facts = await deps.inspector
        .facts(host, lookingOnly(AbortSignal.timeout(LOOK_WITHIN_MS)))
        .catch(() => undefined);
      const lines = facts?.orders.signers.filter((signer) => signer.name === name).map(({ line }) => line);
      return { host: host.name, lines };
    }),
  );
  return asked.filter(({ lines }) => lines === undefined || lines.length > 0);
}

/** One sentence for a person who has just removed somebody. */
export function stillObeysInWords({ host, lines }: StillObeys, name: string): string {
  const mend = `Take ${name} out of \`signers\` in the configuration and run \`firebreak host setup ${host}\`.`;
  return lines === undefined
    ? `${host} could not be asked: its ${LIST} may still name ${name}. ${mend}`
    : `${host} still obeys orders of ${name}, by line ${lines.join(', ')} of its ${LIST}. ${mend}`;
}

/** SHA-256 of the key itself, without its comment. */
function keySha256(publicKey: string): string {
  return sha256Hex(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'));
}
