declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** `INC-20261120-7F3K`: the day it was declared (UTC) and four sayable characters. */
export type IncidentId = Brand<string, 'IncidentId'>;

/** `INC-20261120-7F3K:block-sources:web-1`: the idempotency key of one act, everywhere (DESIGN §2). */
export type ActionId = Brand<string, 'ActionId'>;

/** Crockford's base 32 without 0 and 1, which are taken for letters; 30^4 ids a day. */
const SAYABLE = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const INCIDENT_ID = /^INC-\d{8}-[2-9A-HJKMNP-TV-Z]{4}$/;
const ACTION_PART = /^[A-Za-z0-9._@-]{1,96}$/;

/** @param random four integers from a cryptographic source; each is reduced to one sayable character */
export function makeIncidentId(declaredAt: Date, random: readonly [number, number, number, number]): IncidentId {
  const day = declaredAt.toISOString().slice(0, 10).replaceAll('-', '');
  const suffix = random.map((n) => SAYABLE.charAt(n % SAYABLE.length)).join('');
  return `INC-${day}-${suffix}` as IncidentId;
}

export function isIncidentId(text: string): text is IncidentId {
  return INCIDENT_ID.test(text);
}

/** Narrows a text that is known to be an incident id; throws on anything else. */
export function incidentId(text: string): IncidentId {
  if (!isIncidentId(text)) throw new TypeError(`not an incident id: ${JSON.stringify(text.slice(0, 40))}`);
  return text;
}

/** A readable pure function of incident, step, host and (where a step has several) target. */
export function actionId(incident: IncidentId, step: string, host: string, target?: string): ActionId {
  const parts = target === undefined ? [step, host] : [step, host, target];
  for (const part of parts) {
    if (!ACTION_PART.test(part))
      throw new TypeError(`not usable in an action id: ${JSON.stringify(part.slice(0, 40))}`);
  }
  return [incident, ...parts].join(':') as ActionId;
}

/** The incident an action belongs to. */
export function incidentOf(action: ActionId): IncidentId {
  return incidentId(action.slice(0, action.indexOf(':')));
}
