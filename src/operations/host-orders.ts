import type { Operator } from '../ports/authorisation';
import type { HostFacts } from '../ports/containment';

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
      .filter(({ name, roles, locked }) => roles.includes('respond') && !locked && !orders.signers.includes(name))
      .map(({ name }) => name);
    if (missing.length > 0)
      faults.push(`it does not obey a release by ${missing.join(', ')}: put them under \`signers\`, then ${setup}`);
    const gone =
      operators === undefined ? [] : orders.signers.filter((name) => !operators.some((one) => one.name === name));
    if (gone.length > 0)
      faults.push(
        `it still obeys ${gone.join(', ')}, who is not enrolled: remove them from \`signers\`, then ${setup}`,
      );
  }
  if (wantsEmergency && !orders.emergencyList)
    faults.push(`it has no list of emergency keys, so it makes no emergency account: ${setup}`);
  return faults;
}
