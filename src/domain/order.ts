import type { Cause } from './cause';
import type { IncidentId } from './ids';
import type { GroupMember, IncidentOrder, ResponseLimits, Trigger } from './incident';
import type { IncidentType, ResponseMode, Severity } from './words';

/**
 * What an operator signs (B15): one order, spelled out so that nothing of it can be changed afterwards.
 * The signature is over its canonical JSON; the worker compares it with what it was asked to do.
 */
export type Order =
  | {
      readonly action: 'respond';
      /** One per type for a compound trigger; the grant is good once for each. */
      readonly incidents: readonly GroupMember[];
      readonly severity: Severity;
      readonly mode: ResponseMode;
      readonly documentSha256: string;
      /** What may be acted on at all; the gateways of its segments apart. */
      readonly hosts: readonly string[];
      /** Every deadline and lease counts from here. */
      readonly declaredAt: string;
      readonly drill: boolean;
      /** Signed, so that a detector cannot give itself out as a person and escape its maximum mode (B15). */
      readonly trigger: Trigger;
      readonly reason: string;
      readonly limits: ResponseLimits;
      /** Protected for this incident; empty when it is not known. */
      readonly operatorAddress: string;
    }
  | {
      readonly action: 'classify';
      readonly incident: IncidentId;
      readonly type: Exclude<IncidentType, 'unknown'>;
      readonly reason: string;
    }
  | {
      readonly action: 'approve' | 'reject';
      readonly incident: IncidentId;
      readonly planHash: string;
      readonly reason: string;
    }
  | {
      readonly action: 'acknowledge' | 'take-over' | 'escalate';
      readonly incident: IncidentId;
      readonly reason: string;
    }
  | {
      readonly action: 'stand-down' | 'release';
      readonly incident: IncidentId;
      /** Hosts whose machine is gone, for whoever signs: what is not undone there is given up. Left out when there is none. */
      readonly gone?: readonly string[];
      readonly reason: string;
    }
  | {
      /** Lets single sources of the incident's blocks go; the incident and everything else of it go on (B5). */
      readonly action: 'unblock';
      readonly incident: IncidentId;
      /** Canonical addresses and prefixes, as the plan has them; at most MOST_UNBLOCKED. */
      readonly targets: readonly string[];
      /** Empty: every host of the incident. */
      readonly hosts: readonly string[];
      readonly reason: string;
    }
  | {
      readonly action: 'operator-add';
      readonly operator: string;
      readonly publicKey: string;
      /** Separated by commas. */
      readonly roles: string;
      /** X25519 key of whoever gives the order, base64: the TOTP secret comes back encrypted to it, so that no history holds it. */
      readonly handoverKey: string;
    }
  | {
      /** Collects what came after the last seal into a bag of its own (E7). */
      readonly action: 'evidence-supplement';
      readonly incident: IncidentId;
      readonly reason: string;
    }
  | {
      /** Says who has custody of the evidence from now on (E7). */
      readonly action: 'evidence-transfer';
      readonly incident: IncidentId;
      /** Who receives it, in the signer's words. */
      readonly to: string;
      readonly reason: string;
    }
  | {
      /** Deletes the collected bytes for good; what proves that they were there stays (E7). */
      readonly action: 'evidence-dispose';
      readonly incident: IncidentId;
      readonly reason: string;
    }
  | OperatorChange
  | { readonly action: 'operator-remove'; readonly operator: string; readonly reason: string };

/** A change to somebody who is enrolled. It is signed by an admin; a recovery is signed by the person themself. */
export type OperatorChange =
  | {
      readonly action: 'operator-disable' | 'operator-enable' | 'operator-unlock';
      readonly operator: string;
      readonly reason: string;
    }
  | {
      readonly action: 'operator-roles';
      readonly operator: string;
      /** All roles from now on, separated by commas. */
      readonly roles: string;
      readonly reason: string;
    }
  | {
      readonly action: 'operator-rotate';
      readonly operator: string;
      /** OpenSSH public key line; empty when the key stays. */
      readonly publicKey: string;
      /** As for `operator-add`. */
      readonly handoverKey: string;
      readonly reason: string;
    }
  | {
      /** Makes recovery codes for the signer. */
      readonly action: 'operator-recovery-codes';
      readonly operator: string;
      readonly handoverKey: string;
    }
  | {
      /** Unlocks the signer and makes a new TOTP secret. The second factor is a recovery code. */
      readonly action: 'operator-recover';
      readonly operator: string;
      readonly handoverKey: string;
      readonly reason: string;
    };

export type OrderAction = Order['action'];

/** The signed text: the order with who, when and a nonce. */
export interface SignedRequest {
  readonly v: 1;
  readonly order: Order;
  readonly operator: string;
  /** 16 random bytes, hex. */
  readonly nonce: string;
  /** ISO 8601, UTC. */
  readonly issuedAt: string;
}

/** An order as proof for others: its exact text, and the armoured SSH signature over it. */
export interface SignedOrder {
  readonly signedText: string;
  readonly signature: string;
}

/** The order of a grant that a worker found good, with what counts about the person who signed it. */
export interface ConfirmedRequest extends SignedRequest, SignedOrder {
  /**
   * Who vouches for the operator: who enrolled them, who gave them roles, a new secret or their rights back, and who unlocked them within
   * ENROLMENT_SETTLES_MS. A link younger than that brings in the people who vouch for that person.
   */
  readonly enrolledBy: readonly string[];
  /**
   * Those of them whose link is younger than ENROLMENT_SETTLES_MS and no mere unlock. Not somebody whom the key file made the first admin
   * within that time: on the day of the set-up everybody is new.
   */
  readonly enrolledLately: readonly string[];
}

/** Who stands behind an order. */
export type Backed = Pick<ConfirmedRequest, 'operator' | 'enrolledBy' | 'enrolledLately'>;

/** Name that no operator has: the key file vouches for the first one. */
export const BOOTSTRAP = 'bootstrap';

/**
 * Whether an approval may come from the same hands as the request (N5): each of them could act as the other when one vouches for the other,
 * and a third person could act as both when that person vouches for both, and did so for one of them lately.
 * @returns what is wrong; undefined when two people are behind it
 */
export function dependence(approver: Backed, requester: Backed): Cause | undefined {
  const who = { requester: requester.operator, approver: approver.operator };
  if (approver.operator === requester.operator) return { cause: 'own-request' };
  if (approver.enrolledBy.includes(requester.operator)) return { cause: 'requester-enrolled', ...who };
  if (requester.enrolledBy.includes(approver.operator)) return { cause: 'approver-enrolled', ...who };
  const lately = [...approver.enrolledLately, ...requester.enrolledLately];
  const third = lately.find((name) => approver.enrolledBy.includes(name) && requester.enrolledBy.includes(name));
  return third === undefined || third === BOOTSTRAP ? undefined : { cause: 'enrolled-both', by: third, ...who };
}

export const OPERATOR_ROLES = ['respond', 'approve', 'admin', 'detector'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** Which role each order needs. */
export const ROLE_FOR: Readonly<Record<OrderAction, OperatorRole>> = {
  respond: 'respond',
  classify: 'respond',
  approve: 'approve',
  reject: 'approve',
  acknowledge: 'respond',
  'take-over': 'respond',
  escalate: 'respond',
  'stand-down': 'respond',
  release: 'respond',
  unblock: 'respond',
  'evidence-supplement': 'respond',
  'evidence-transfer': 'respond',
  'evidence-dispose': 'admin',
  'operator-add': 'admin',
  'operator-remove': 'admin',
  'operator-disable': 'admin',
  'operator-enable': 'admin',
  'operator-unlock': 'admin',
  'operator-roles': 'admin',
  'operator-rotate': 'admin',
  'operator-recovery-codes': 'admin',
  'operator-recover': 'admin',
};

/** Orders about who may give orders; the workflow `enrolment` carries them out. */
export type EnrolmentOrder = Extract<Order, { readonly action: `operator-${string}` }>;

export function isEnrolmentAction(action: unknown): action is EnrolmentOrder['action'] {
  return typeof action === 'string' && action.startsWith('operator-') && Object.hasOwn(ROLE_FOR, action);
}

/** Orders about sealed evidence; the workflow `evidenceOrder` carries them out, also when the incident is closed. */
export type EvidenceOrder = Extract<Order, { readonly action: `evidence-${string}` }>;

export function isEvidenceAction(action: unknown): action is EvidenceOrder['action'] {
  return typeof action === 'string' && action.startsWith('evidence-') && Object.hasOwn(ROLE_FOR, action);
}

/** What the grant of an order about evidence is used up for; also the id of the workflow that carries it out. */
export function evidenceUse(grantId: string): string {
  return `evidence-order:${grantId}`;
}

/** What the grant of an order is used up for that a workflow of its own carries out; undefined for orders of an incident's run. */
export function ownUse(action: OrderAction, grantId: string): string | undefined {
  if (isEnrolmentAction(action)) return enrolmentUse(grantId);
  return isEvidenceAction(action) ? evidenceUse(grantId) : undefined;
}

/** What the grant of an order about an operator is used up for; also the id of the workflow that carries it out. */
export function enrolmentUse(grantId: string): string {
  return `enrolment:${grantId}`;
}

/** Addresses and prefixes that one order may let go. */
export const MOST_UNBLOCKED = 1_000;

/** Namespace of the SSH signature: a signature for another purpose is refused (PROTOCOL.sshsig). */
export const SIGNATURE_NAMESPACE = 'firebreak';

/** The order that an operator signs to start a response, as it follows from what is about to be started. */
export function respondOrder(order: IncidentOrder): Order {
  return {
    action: 'respond',
    incidents: order.groupMembers ?? [{ incident: order.incident, type: order.type }],
    severity: order.severity,
    mode: order.mode,
    documentSha256: order.documentSha256,
    hosts: order.hosts,
    declaredAt: order.declaredAt,
    drill: order.drill,
    trigger: order.trigger,
    reason: order.reason ?? '',
    limits: order.limits,
    operatorAddress: order.operatorAddress ?? '',
  };
}

/** Whether an incident's order names the type that its group was signed with. */
export function namesItsType(order: IncidentOrder): boolean {
  return (
    order.groupMembers === undefined ||
    order.groupMembers.some(({ incident, type }) => incident === order.incident && type === order.type)
  );
}

/**
 * What the grant of a `respond` order is used up for: one incident, in one chain of runs of its workflow. Whoever starts that
 * incident again later, with what its history shows, starts another chain.
 * @param firstRun the first run of the chain, which continue-as-new and reset keep
 */
export function respondUse(incident: IncidentId, firstRun: string): string {
  return `${incident}@${firstRun}`;
}

/** @returns undefined when it is no use of a `respond` order */
export function incidentOfUse(use: string): string | undefined {
  const [incident, firstRun, ...rest] = use.split('@');
  return firstRun === undefined || firstRun === '' || rest.length > 0 ? undefined : incident;
}
