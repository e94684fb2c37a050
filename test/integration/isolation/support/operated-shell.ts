import { randomBytes } from 'node:crypto';
import { signRequest } from '../../../../src/adapters/authorisation/sign-request';
import { limitsOf } from '../../../../src/adapters/host-script/limits';
import { NodeSshHostShell } from '../../../../src/adapters/ssh/node-ssh-host-shell';
import { HOST_PROGRAMS } from '../../../../src/composition/host-programs';
import { canonicalJson } from '../../../../src/domain/hash';
import type { Host } from '../../../../src/domain/host';
import type { IncidentId } from '../../../../src/domain/ids';
import type { Order, SignedOrder } from '../../../../src/domain/order';
import type { HostRunOptions, HostRunResult, HostScript } from '../../../../src/ports/host-shell';

/** Whom the lab hosts know as a signer. */
export const LAB_OPERATOR = 'oncall';

/** Signs an order as the command line does. @param more other fields of the request than the right ones */
export async function signOrder(
  order: Order,
  identityFile: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<SignedOrder> {
  const request = {
    v: 1,
    order,
    operator: LAB_OPERATOR,
    nonce: randomBytes(16).toString('hex'),
    issuedAt: new Date().toISOString(),
    ...more,
  };
  const signedText = canonicalJson(request);
  return { signedText, signature: await signRequest(signedText, { identityFile }) };
}

/** An operator's order to respond by isolation, as the command line makes it. */
export function isolateOrder(
  incident: IncidentId,
  hosts: readonly string[],
  more: Partial<Extract<Order, { readonly action: 'respond' }>> = {},
): Order {
  return {
    action: 'respond',
    incidents: [{ incident, type: 'intrusion' }],
    severity: 'critical',
    mode: 'isolate',
    documentSha256: 'a'.repeat(64),
    hosts,
    declaredAt: new Date().toISOString(),
    drill: false,
    trigger: 'operator',
    reason: 'a “drill” in {braces}, [brackets] and 日本語 \\ \n',
    limits: { overallMs: 60_000 },
    operatorAddress: '',
    ...more,
  };
}

/** A shell beside which an operator stands who signs every order that a host asks for, unless the caller brings one. */
export class OperatedShell extends NodeSshHostShell {
  readonly #signed = new Map<string, Promise<SignedOrder>>();

  constructor(private readonly identityFile: string) {
    super();
  }

  override async run(host: Host, script: HostScript, options: HostRunOptions): Promise<HostRunResult> {
    const order = options.order ?? (await this.#orderFor(host, script, options));
    return super.run(host, script, { ...options, order });
  }

  async #orderFor(host: Host, { name }: HostScript, { input = '' }: HostRunOptions): Promise<SignedOrder | undefined> {
    if (!HOST_PROGRAMS.some((program) => program.name === name)) return undefined;
    const { needsOrder } = limitsOf(name);
    const incident = /^action (INC-[^:]*):/m.exec(input.toString())?.[1] as IncidentId | undefined;
    if (needsOrder === 'none' || incident === undefined) return undefined;
    const order: Order =
      needsOrder === 'emergency'
        ? isolateOrder(incident, [host.name])
        : { action: 'release', incident, reason: 'the test is over' };
    const key = `${order.action} ${incident} ${host.name}`;
    const signed = this.#signed.get(key) ?? signOrder(order, this.identityFile);
    this.#signed.set(key, signed);
    return signed;
  }
}
