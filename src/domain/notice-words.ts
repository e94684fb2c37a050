import type { Fact } from './fact';
import { FACTS_EN } from './fact-words';
import type { IncidentId } from './ids';
import type { NextAction } from './notice';

/** Characters of one text inside a fact. */
const MOST_CHARACTERS = 600;
/** Facts of one notice, and items of a list in a fact. */
const MOST_FACTS = 10;
const MOST_ITEMS = 50;

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Variation_Selector}]/gu;
const SCHEME = /\b(?:https?|ftps?|sftp|ssh|file|data)(?=:\/\/)|\b(?:javascript|mailto)(?=:)/giu;
const COMMAND = /^firebreak [a-z-]+(?: [a-z]+)? INC-\d{8}-[2-9A-Z]{4}(?: [A-Za-z0-9:./|_…@-]+)*$/u;
const BLOCK_LIST = /^firebreak block list --incident INC-\d{8}-[2-9A-Z]{4}$/u;

/**
 * A technical detail as it may stand in a message to people: one line, bounded, and with no address that a mail reader or a phone would
 * make a link of (defanged, as analysts do). What a host or a caller says must not send people anywhere.
 */
export function defanged(text: string): string {
  const line = text.replace(/\s+/gu, ' ').replace(UNSEEN, '').slice(0, MOST_CHARACTERS).trim();
  return line.replace(SCHEME, (scheme) => `${scheme.slice(0, 1)}xx${scheme.slice(3)}`).replace(/:\/\//gu, '[:]//');
}

/** @returns those facts that are of a known kind, each text defanged; words of a person only when `person` gave them */
export function tellableFacts(
  facts: readonly Fact[],
  person?: { readonly by: string; readonly words: string },
): Fact[] {
  return facts.slice(0, MOST_FACTS).flatMap((fact): Fact[] => {
    if (typeof fact?.fact !== 'string' || !Object.hasOwn(FACTS_EN, fact.fact)) return [];
    if (fact.fact === 'in-words') return person === undefined ? [] : [{ fact: 'in-words', ...person }];
    if (fact.fact === 'order-again' && !isOwnCommand(fact.command)) return [];
    return [cleaned(fact) as Fact];
  });
}

/** @returns the command or the call for hands, when it is one of ours for this incident; else the command that shows the incident */
export function tellableAction(action: NextAction | undefined, incident: IncidentId): NextAction {
  const fallback = `firebreak status ${incident}`;
  if (action === undefined) return fallback;
  if (typeof action === 'string') return isOwnCommand(action, incident) ? action : fallback;
  const host = defanged(String(action.host));
  if (action.byHand === 'secure-logs') return { byHand: 'secure-logs', host };
  if (action.byHand !== 'cut-off') return fallback;
  return { byHand: 'cut-off', host, then: isOwnCommand(action.then, incident) ? action.then : fallback };
}

function isOwnCommand(command: unknown, incident?: IncidentId): boolean {
  if (typeof command !== 'string' || command.length > MOST_CHARACTERS) return false;
  if (!COMMAND.test(command) && !BLOCK_LIST.test(command)) return false;
  return incident === undefined || command.includes(incident);
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return defanged(value);
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    // A command stays as it is: it was compared with ours.
    Object.entries(value).map(([name, item]) => [name, name === 'command' ? (item as unknown) : cleaned(item)]),
  );
}
