import { parseRange } from './addresses';
import { isErrorCode } from './errors';
import type { Fact, FactKind, Recorded } from './fact';
import { onRecord } from './fact';
import type { Fault } from './fault';
import { FACTS_EN } from './fact-words';
import type { IncidentId } from './ids';
import type { NextAction } from './notice';

/** Characters of one text inside a fact. */
const MOST_CHARACTERS = 600;
/** Facts of one notice, and items of a list in a fact. */
const MOST_FACTS = 10;
const MOST_ITEMS = 50;
/** Facts in facts: a failure names a target, which names a rung, which names its failure. */
const MOST_DEPTH = 10;
/** Facts that quote people, or say what they did: only the record of their orders tells these. */
const OF_PEOPLE: ReadonlySet<FactKind> = new Set(['recorded', 'ordered', 'escalated-by', 'taken-over']);

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Variation_Selector}]/gu;
const SCHEME = /\b(?:https?|ftps?|sftp|ssh|file|data)(?=:\/\/)|\b(?:javascript|mailto)(?=:)/giu;
const COMMAND = /^firebreak ((?:block |evidence )?[a-z-]+) INC-\d{8}-[2-9A-Z]{4}((?: \S+)*)$/u;
const BLOCK_LIST = /^firebreak block list --incident INC-\d{8}-[2-9A-Z]{4}$/u;
/** Commands that a notice may ask for, and the words that may follow the incident. */
const VERBS: ReadonlySet<string> = new Set(
  'status ack approve classify take-over escalate report release stand-down'
    .split(' ')
    .concat('block remove', 'evidence supplement'),
);
const ARGUMENT = /^(?:--(?:plan|as|host|gone)|[0-9a-f]{12,64}|intrusion|malware|ddos|…)$/u;
const HOST_NAME = /^[A-Za-z0-9_-]{1,64}$/u;
/** Names that mail readers make links of although no scheme stands before them. */
const DOMAIN =
  /\b([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.(com|net|org|io|co|info|biz|ru|cn|xyz|top|site|online|app|dev|me|tv|cc|link|click)\b/giu;

/**
 * A technical detail as it may stand in a message to people: one line, bounded, and with no address that a mail reader or a phone would
 * make a link of (defanged, as analysts do). What a host or a caller says must not send people anywhere.
 */
export function defanged(text: string): string {
  const line = text.replace(/\s+/gu, ' ').replace(UNSEEN, '').slice(0, MOST_CHARACTERS).trim();
  return line
    .replace(SCHEME, (scheme) => `${scheme.slice(0, 1)}xx${scheme.slice(3)}`)
    .replace(/:\/\//gu, '[:]//')
    .replace(DOMAIN, '$1[.]$2');
}

/** What a person has signed, for the words of a notice. */
export interface Spoken {
  readonly by: string;
  readonly words: string;
  readonly action: string;
  /** Hosts whose machine is gone, says the order. */
  readonly gone?: readonly string[];
}

/**
 * @param spoken the order whose words the notice carries; without it nobody is quoted, and nothing is said to have been ended
 * @returns those facts that are of a known kind, each text defanged
 */
export function tellableFacts(facts: readonly Fact[], incident: IncidentId, spoken?: Spoken): Fact[] {
  return facts.slice(0, MOST_FACTS).flatMap((fact): Fact[] => {
    if (typeof fact?.fact !== 'string' || !Object.hasOwn(FACTS_EN, fact.fact)) return [];
    if (fact.fact === 'in-words')
      return spoken === undefined ? [] : [{ fact: 'in-words', by: spoken.by, words: spoken.words }];
    if (fact.fact === 'ended') {
      const how = spoken?.action;
      return how === 'release' || how === 'stand-down' ? [{ fact: 'ended', how, by: spoken?.by ?? '' }] : [];
    }
    if (fact.fact === 'given-up')
      return spoken?.gone === undefined
        ? []
        : [cleaned({ fact: 'given-up', hosts: spoken.gone, by: spoken.by }, incident) as Fact];
    if (OF_PEOPLE.has(fact.fact)) return [];
    if ('command' in fact && !isOwnCommand(fact.command, incident)) return [];
    return [cleaned(fact, incident) as Fact];
  });
}

/**
 * What a caller has a worker keep for timeline and report: a fact of a known kind, each text defanged, each command one of ours for this
 * incident. Anything else, and a sentence of an earlier version, becomes a quotation.
 */
export function recordable(said: Recorded, incident: IncidentId): Fact {
  if (typeof said === 'string') return { fact: 'recorded', words: onRecord(defanged(said)) };
  const known = typeof said?.fact === 'string' && Object.hasOwn(FACTS_EN, said.fact) && said.fact !== 'ordered';
  if (!known) return { fact: 'recorded', words: onRecord(defanged(String(JSON.stringify(said)))) };
  return cleaned(said, incident) as Fact;
}

const OPERATOR = /^[a-z][a-z0-9._-]{0,31}$/u;
const ACT = /^[A-Za-z0-9:._@-]{1,200}$/u;

/** Facts of a notice that needs no order: that something was tried without one, and nothing that could lead anybody anywhere. */
export function refusalFacts(facts: readonly Fact[]): Fact[] {
  const code = (value: unknown): Fault['code'] =>
    typeof value === 'string' && isErrorCode(value) ? value : 'NOT_AUTHORISED';
  const by = (value: unknown): string => (OPERATOR.test(String(value)) ? String(value) : 'unknown');
  const act = (value: unknown): string => (ACT.test(String(value)) ? String(value) : 'unknown');
  return facts.slice(0, MOST_FACTS).flatMap((fact): Fact[] => {
    switch (fact?.fact) {
      case 'start-unauthorised':
        return [{ fact: 'start-unauthorised', code: code(fact.code), by: by(fact.by) }];
      case 'order-unauthorised':
        return [
          {
            fact: 'order-unauthorised',
            action: act(fact.action),
            code: code(fact.code),
            ...(fact.by === undefined ? {} : { by: by(fact.by) }),
          },
        ];
      case 'act-unauthorised':
        return [{ fact: 'act-unauthorised', act: act(fact.act), code: code(fact.code) }];
      case 'response-unauthorised':
        return [{ fact: 'response-unauthorised', fault: { code: code(fact.fault?.code) } }];
      default:
        return [];
    }
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

function isOwnCommand(command: unknown, incident: IncidentId): boolean {
  if (typeof command !== 'string' || !command.includes(incident)) return false;
  if (BLOCK_LIST.test(command)) return true;
  const [, verb = '', tail = ''] = COMMAND.exec(command) ?? [];
  const words = tail.split(' ').filter((word) => word !== '');
  return (
    VERBS.has(verb) &&
    words.every(
      (word, place) =>
        ARGUMENT.test(word) ||
        parseRange(word)?.text === word ||
        (['--host', '--gone'].includes(words[place - 1] ?? '') && HOST_NAME.test(word)),
    )
  );
}

function cleaned(value: unknown, incident: IncidentId, depth = 0): unknown {
  if (typeof value === 'string') return defanged(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MOST_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map((item) => cleaned(item, incident, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      name === 'command' ? ownCommand(item, incident) : cleaned(item, incident, depth + 1),
    ]),
  );
}

function ownCommand(command: unknown, incident: IncidentId): string {
  return isOwnCommand(command, incident) ? (command as string) : `firebreak status ${incident}`;
}
