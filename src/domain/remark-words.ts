import { isErrorCode } from './errors';
import type { Fact, FactTexts, Recorded } from './fact';
import type { Fault } from './fault';
import { quotedEn } from './quotation';
import type {
  AbsenceWord,
  FoundSo,
  HostNeed,
  IsolationLimit,
  IsolationWord,
  JailAct,
  JailCount,
  JailWhy,
  MonitoringPart,
  NoBytes,
  RemarkKind,
} from './remark';
import { TARGET_REASONS } from './target-reason';

const NEEDS: Readonly<Record<HostNeed, string>> = {
  routes: 'its addresses and gateways',
  resolvers: 'its name servers',
  time: 'its time servers',
  proxies: 'its proxies',
  logs: 'its log servers',
};
const FOUND: Readonly<Record<FoundSo, string>> = {
  'put-right': 'somebody had put password, expiry or rights back already: left as they are',
  'shadow-line-gone': 'somebody had removed its line from /etc/shadow: left so',
  'files-gone': 'the directory of a key file or crontab is gone, or the file was never taken: not put back',
  'group-gone': 'a group that it was in is gone',
  'sudoers-gone': 'a sudoers file that named it is gone: not put back',
};
const ISOLATION: Readonly<Record<IsolationWord, string>> = {
  table: 'the isolation table is not in the kernel',
  rules: 'the isolation rules are not the ones Firebreak made',
  disarmed: 'the isolation is disarmed: its time is over, or nobody confirmed it',
  offload: 'a flow table (nft) carries flows past the isolation, and they cannot be ended: is conntrack installed?',
  hold: 'the action does not hold an isolation here',
  released: 'the act was undone before; a released action is not applied again',
  'never-applied': 'the action was never applied here',
  'still-held': 'another incident still holds the isolation',
  drift: 'somebody changed the rules since; they were left as they are',
  'only-management': 'every interface that is up and leads out of the host carries management',
  'way-out': 'an interface that carries management also leads to everywhere, so the host would not be cut off',
  'still-up': 'an interface is up again',
  restore: 'addresses or routes of an interface did not come back as they were',
};
const LIMITS: Readonly<Record<IsolationLimit, string>> = {
  'same-link': 'a gateway cuts off what it routes: hosts on the same link are still in reach',
  'not-listed':
    'management prefixes that the host’s own list does not have stay out: run firebreak host setup again for this host',
  'no-card': 'cut by address only: its hardware address is not known, or is that of a router',
};
const PART_ABSENT: Readonly<Record<MonitoringPart, string>> = {
  'sshd-log-level': 'the host has no sshd, or one that does not read /etc/ssh/sshd_config.d',
  'journald-rate-limit': 'the host has no running journald',
  'drop-logging': 'Firebreak drops nothing on this host through nftables',
  fail2ban: 'fail2ban does not run here, or has no jail',
};
const TAKEN_OUT = {
  taken: 'addresses taken out',
  kept: 'kept for another incident',
  own: 'banned by fail2ban since and left',
  left: 'not taken out, they end with the jail’s own time',
};
const JAIL: Readonly<Record<JailAct, Readonly<Partial<Record<JailCount, string>>>>> = {
  feed: {
    fed: 'addresses fed',
    already: 'banned there before',
    shared: 'fed by another incident',
    left: 'not fed (at most 300, in 4 s)',
    prefixes: 'prefixes left out, a jail bans addresses',
    sent: 'addresses sent',
  },
  let_go: TAKEN_OUT,
  withdraw: TAKEN_OUT,
};
const JAIL_DOUBT: Readonly<Record<JailAct, string>> = {
  feed: 'not fed, or not read back',
  let_go: 'may still ban them',
  withdraw: 'not cleared of this block, or not read back; its own time ends the bans',
};
const JAIL_REASON: Readonly<Record<JailWhy, string>> = {
  absent: 'the host has no fail2ban',
  silent: 'fail2ban does not run, or does not answer in time',
  unknown: 'fail2ban has no such jail',
  lost: 'the host has lost its journal of this block',
  odd: 'its answer is not that of a fail2ban known here',
};
const ABSENT: Readonly<Record<AbsenceWord, string>> = {
  'no-tool': 'the host has no such program, or it does not answer',
  'no-time': 'the time budget was used up before it',
  'no-file': 'there is no such file',
  'not-allowed': 'it is not a regular file under a directory that may be read',
  unreadable: 'the file cannot be read',
  empty: 'the file is empty',
  none: 'it was looked for, and there is none',
  unlisted: 'the program that lists them failed',
  'too-many': 'there are more of them than are taken',
  'too-large': 'it is larger than what is taken of one source, and a part of it is of no use',
};
const NO_BYTES: Readonly<Record<NoBytes, string>> = {
  'no-answer': 'it did not answer in time',
  cut: 'it was cut',
  failed: 'it failed',
  lost: 'what was read on the host did not arrive',
  empty: 'it was empty',
};

type RemarkTexts = Pick<FactTexts, RemarkKind>;

function doubt({ act, doubt: why }: Fact<'jail-told'>): readonly string[] {
  if (why === undefined) return [];
  if (why === null) return [`${JAIL_DOUBT[act]}: the host does not say why`];
  return [isErrorCode(why) ? `${JAIL_DOUBT[act]} (${why})` : `${JAIL_DOUBT[act]}: ${JAIL_REASON[why]}`];
}

/** The remarks in English. @param say words a fact @param faultWords words a fault */
export function remarksEn(say: (fact: Recorded) => string, faultWords: (fault: Fault) => string): RemarkTexts {
  const all = (facts: readonly Fact[]): string => facts.map(say).join('; ');
  return {
    'journal-in-memory': () =>
      'the disk of the host takes nothing, so its journal lies in memory (/run) until the disk has room: a reboot before that loses what was done meanwhile',
    'journal-stale': () =>
      'the disk of the host could not be told what is over: a reboot may bring it back, so give the order again after one',
    'needs-unread': ({ needs }) =>
      `the host could not read all of what it needs (${needs.map((need) => NEEDS[need]).join(', ')}): name these addresses in the protected set or in /etc/firebreak/protect there`,
    'ended-by-host': ({ at }) => `its time was over: the host ended it by itself at ${at ?? 'a time that is none'}`,
    'held-also-by': ({ by }) => `also held by ${by}`,
    because: ({ why }) => TARGET_REASONS[why],
    'left-as-changed': ({ why }) => `drift: ${TARGET_REASONS[why]}`,
    'link-lost': () => 'the link was lost while arming',
    'tool-said': ({ words }) => quotedEn(words),

    'same-uid': ({ others, drill }) =>
      `other names of its uid${drill ? ' would' : ', which'} still get in: ${others.join(', ')}`,
    'processes-ended': ({ count }) => `${count} processes of the account were ended`,
    'planted-files': ({ count }) => `${count} files planted since the first act were taken as evidence`,
    'files-stuck': ({ count }) => `${count} files of the account could not be taken away`,
    'found-so': ({ what }) => FOUND[what],
    'first-file': ({ path }) => `the first is ${path}`,

    'isolation-because': ({ why }) => ISOLATION[why],
    'isolation-limit': ({ limit }) => LIMITS[limit],
    'card-cut': ({ card }) => `hardware address cut off: ${card}`,
    'interface-down': (fact) => `interface ${fact.interface}`,
    'rung-not-holding': ({ rung, outcome, why }) => `${rung} does not hold: ${why.length === 0 ? outcome : all(why)}`,
    'rung-failed': ({ rung, fault }) => `${rung} failed: ${faultWords(fault)}`,
    'rung-undo': ({ rung, why }) => `${rung}: ${all(why)}`,
    'rung-not-undone': ({ rung, held, fault }) => `${rung}${held ? '' : ', which did not hold'}: ${faultWords(fault)}`,
    'rung-without-way': ({ rung }) => `${rung} held, and the inventory names no way to it`,
    'rung-unreadable': ({ rung }) => `forced isolation by ${rung} cannot be read back`,
    'no-gateway': () => 'the inventory names no gateway for this host',
    'management-lacks': ({ address }) =>
      `management does not hold ${address ?? 'the address that Firebreak comes from'}`,

    'part-absent': ({ part }) => PART_ABSENT[part],
    'part-changed': ({ part }) => `drift: ${part} is not as Firebreak left it; it was left alone`,
    'nothing-to-undo': () => 'there was nothing to undo',

    'flows-ended': ({ sessions, flows }) => `${sessions} sessions ended, ${flows} tracked flows forgotten`,
    'elements-put-back': ({ count }) => `${count} lost elements were put back`,
    'time-over': () => 'its time is over: nothing is in force any more',
    'released-with': ({ source, by }) => `${source} lies in ${by} and is let go with it`,
    'still-blocked': ({ count, by }) => `${count} addresses stay blocked by ${by ?? 'others'}`,
    'foreign-elements': ({ count }) => `drift: ${count} elements in our sets are not ours and were left`,
    'packets-dropped': ({ count }) => `${count} packets dropped so far`,
    'lies-in': ({ by }) => `lies in ${by}`,
    'overlaps-protected': ({ range }) => `${range} is protected`,
    'ends-otherwise': ({ seconds, planned }) => `ends in ${seconds} s instead of ${planned} s`,
    'never-blocked': () => 'was never blocked',
    'was-not-in-force': () => 'was not in force',
    'jail-told': (fact) =>
      `fail2ban jail ${fact.jail}: ${[
        ...fact.counts.map(({ what, count }) => `${count} ${JAIL[fact.act][what] ?? what}`),
        ...doubt(fact),
      ].join(', ')}`,

    'source-absent': ({ why }) => ABSENT[why],
    'collection-ended': ({ why }) => `the collection ended while it was taken: ${ABSENT[why]}`,
    'transfer-broke': ({ code, bytes }) =>
      `the transfer broke off ${bytes === undefined ? 'before it' : `after ${bytes} bytes`} (${code})`,
    'source-cut': ({ bytes, cut }) => `it was cut after ${bytes} bytes (${cut}), and a part of it is of no use`,
    'no-bytes': ({ why, cut }) => `${NO_BYTES[why]}${cut === undefined ? '' : ` (${cut})`}`,
    'path-not-allowed': () => 'it is not an absolute path under /var/log or /srv',

    'source-unread': ({ source, why }) => {
      if (why === 'not-asked') return `${source}: not asked`;
      return `${source}: ${why === 'nothing' ? 'it gave nothing' : say(why)}`;
    },
    'answer-broken': ({ exit, cut, words }) => {
      const how = cut === undefined ? `exit ${exit ?? 'unknown'}` : `cut (${cut})`;
      return words === undefined ? how : `${how}: ${quotedEn(words)}`;
    },
    'tables-unread': ({ read, asked }) => `counters: ${read} of ${asked} tables could be read`,
  };
}
