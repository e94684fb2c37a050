import type {
  Cause,
  CauseTexts,
  ChainFault,
  MachineNamed,
  NoCollection,
  ReplyBound,
  ReplyFault,
  SigningKeyFault,
  Unauthorised,
  Unusable,
} from './cause';
import { causeText } from './cause';
import { codeOf, quotedEn } from './quotation';

const REPLY: Readonly<Record<ReplyFault, (key: string) => string>> = {
  outcome: () => 'the host’s reply has no outcome',
  part: () => 'the host’s reply lacks a part',
  key: (key) => `the host’s reply lacks \`${key}\``,
  number: (key) => `the host’s \`${key}\` is not a number`,
  file: (key) => `the host’s \`${key}\` is not a file`,
  'cut-off': () => 'the reply of the host was cut off',
  'no-exit-code': () => 'the host gave no exit code',
  'more-than-asked': () => 'the host sends more than was asked for',
};
const BOUNDS: Readonly<Record<ReplyBound, (most: number) => string>> = {
  bytes: (most) => `said more than ${most} bytes`,
  lines: (most) => `said more than ${most} lines`,
  line: (most) => `said a line of more than ${most} bytes`,
  complaints: (most) => `said more than ${most} bytes of complaints`,
  'noise-bytes': (most) => `said more than ${most} bytes before Firebreak’s program spoke`,
  'noise-lines': (most) => `said more than ${most} lines before Firebreak’s program spoke`,
};
const NO_COLLECTION: Readonly<Record<NoCollection, string>> = {
  line: 'a line is too long',
  'after-end': 'there is more after the end',
  directives: 'it has too many directives',
  outside: 'bytes outside of an artefact',
  'short-lines': 'its lines are too short',
  base64: 'bytes that are not base64',
  'empty-lines': 'it has too many empty lines',
  version: 'it does not begin with frames of version 2',
  directive: 'an unknown directive',
  'directive-inside': 'an unknown directive in an artefact',
};
const UNUSABLE: Readonly<Record<Unusable, string>> = {
  account: 'not an account name',
  'emergency-account': 'not usable as emergency account',
  'public-key': 'not an OpenSSH public key line',
  address: 'not an address or prefix',
  time: 'not a time',
  size: 'not a size',
  prefixes: 'emergency access needs the prefixes it is good from',
  management: 'isolation without a management prefix locks everybody out',
  'nothing-to-cut': 'nothing to cut off',
  'host-by-name': 'the inventory gives the host by name only: put its addresses into serviceAddresses',
  incident: 'not an incident id',
  notes: 'more notes at once than are taken',
};
const CHAIN: Readonly<Record<ChainFault, string>> = {
  shorter: 'it has become shorter',
  'no-record': 'is not a record',
  'does-not-continue': 'does not continue the chain',
  'no-file': 'names no file of its own',
};
const UNAUTHORISED: Readonly<Record<Unauthorised, (name: string) => string>> = {
  'no-order': () => 'it names no order',
  'other-order': (name) => `the order is not one to respond to ${name}`,
  closed: (name) => `${name} is closed`,
  'forged-closing': () => 'no worker has closed it',
  'other-approval': () => 'the approval is not one of this act',
  'host-not-named': (name) => `the order does not name ${name}`,
  'must-stay-up': (name) => `${name} must stay up, says the inventory`,
  'only-watch': () => 'the order is only to watch',
  'other-incident': (name) => `${name} is of another incident`,
  'beyond-mode': (name) => `${name} is beyond the mode of the order`,
  'not-classifying': (name) => `the order does not classify ${name}`,
  'not-about-evidence': (name) => `the order is not about the evidence of ${name}`,
  'never-started': (name) => `no worker has found an order good that starts ${name}`,
  'not-its-run': (name) => `it is no run of ${name}`,
  'not-its-workflow': (name) => `it is not the workflow of ${name}`,
  'started-well': (name) => `${name} was started by an order that is good`,
  'not-unblocking': (name) => `the order unblocks nothing of ${name}`,
  'not-ending': (name) => `the order does not end ${name}`,
  'not-ordered': () => 'nobody has ordered it, and its time is not over',
  'not-of-incident': (name) => `the order is not of ${name}`,
  'other-operator': (name) => `the order is not ${name}’s`,
  'other-plan': () => 'the plan was derived from another order',
  'plan-unsealed': (name) => `the plan ${name} carries no seal of a worker`,
  'row-changed': (name) => `the row of ${name} is not the order that was signed`,
  'document-changed': (name) => `the document of ${name} is not the one that was signed`,
  'control-held': (name) => `access control has not failed on ${name}`,
  'never-done': (name) => `${name} was never carried out`,
  'in-force': (name) => `controls of ${name} are in force`,
  'half-done': (name) => `acts of ${name} did not come to their end: they may be in force`,
  'not-ended': (name) => `nobody has ended ${name}, and its response is not over`,
  'not-itself': (name) => `only ${name} itself closes`,
  'no-such-note': (name) => `a note is no ${name}`,
  'no-such-revision': () => 'there is no such revision',
  'not-its-response': (name) => `it is no response of ${name}`,
};

const KEY: Readonly<Record<SigningKeyFault, string>> = {
  name: 'is not usable as the name of a key',
  missing: 'is missing; firebreak setup keys makes it, as the account of the workers',
  vkey: 'evidence.publicKey is no verification key (name+hash+base64)',
  'not-a-worker': 'only a worker signs',
  open: 'must be a regular file that only its owner may read (chmod 600)',
  'not-private': 'holds no private key',
  'not-ed25519': 'holds no Ed25519 key',
  lost: 'cannot be read back',
};

const saying = (says: string | undefined): string => (says === undefined ? '' : `; the host says: ${quotedEn(says)}`);
const after = (words: string | undefined, before = ': '): string =>
  words === undefined ? '' : `${before}${quotedEn(words)}`;
const machine = ({ hostKey, id }: MachineNamed): string =>
  `key ${hostKey}, ${id === undefined ? 'no machine-id' : `machine ${id}`}`;

const CAUSES_EN: CauseTexts = {
  'no-answer-from': ({ where }) => `${where}: no answer`,
  'not-connected': ({ where, words, says }) => `${where}: ${quotedEn(words)}${saying(says)}`,
  'login-closed': ({ where, words, says }) =>
    `${where}: sshd closed the connection during the login${after(words)}${saying(says)}`,
  'login-dropped': ({ where, says }) =>
    `${where}: the connection ended during the login, and sshd gave no reason; its log on the host may have one${saying(says)}`,
  'no-session': ({ host, words }) => `${host} opens no session: ${quotedEn(words)}`,
  'no-host-key': ({ where }) => `${where} shows no SSH host key`,
  'no-end-after': ({ seconds }) => `no end after ${seconds} s`,
  'turned-away': ({ host, seconds, drops, words }) =>
    `${host} ${drops === true ? 'drops logins before they are through' : 'turns new connections away, as a host does that limits them'}; the next try is in ${seconds} s${after(words)}`,
  'called-off': () => 'the act was called off',
  'shutting-down': () => 'Firebreak is shutting down',
  'shows-key': ({ where, key, pinned }) =>
    `${where} shows ${key}${pinned === undefined ? '' : `, pinned is ${pinned}`}`,
  'pinned-key-unusable': ({ host }) => `the pinned key of ${host} is not an OpenSSH key`,
  'own-key-unusable': ({ file, why }) =>
    why === 'unreadable' ? `the private key ${file} cannot be read` : `${file} is not a private key without passphrase`,
  'no-usable-answer': ({ host, seconds }) => `${host} gave no usable answer several times; ${seconds} s are left`,
  'workers-ended': ({ host, minutes }) =>
    `one worker after the other ended while it talked to ${host}; it is left alone for ${minutes} min`,

  'reply-faulty': ({ why, key = '' }) => REPLY[why](key),
  'reply-too-much': ({ what, most, host = 'the host' }) => `${host} ${BOUNDS[what](most)}`,
  'gate-silent': ({ exit, stdout, stderr }) => {
    const said = [after(stdout, 'stdout: '), after(stderr, 'stderr: ')].filter((words) => words !== '');
    return `exit ${exit}; ${said.join('; ') || 'no word on stdout or stderr'}`;
  },
  'program-said': ({ exit, words }) => (words === undefined ? `exit ${exit}` : quotedEn(words)),

  unusable: ({ what, value }) => `${UNUSABLE[what]}${value === undefined ? '' : `: ${quotedEn(value)}`}`,
  'armed-unconfirmed': ({ host, seconds }) =>
    `the isolation of ${host} is armed but not confirmed; ${
      seconds === undefined ? 'it is kept by policy' : `the kernel ends it ${seconds} s after it was armed`
    }`,
  'no-rung-holds': ({ host }) => `no rung of forced isolation holds on ${host}`,
  'machine-differs': ({ where, recorded, found, journal }) =>
    `${where}: recorded: ${
      recorded === undefined ? 'not known, an earlier version put it on' : machine(recorded)
    }; found: ${machine(found)}, ${journal ? 'with' : 'without'} a journal of this act`,
  'gateway-gone': ({ host, key }) => `${host}: its gateway had key ${key}; the inventory names no gateway`,

  'collection-broke': ({ host, exit, words }) =>
    `the collection on ${host} broke off: ${words === undefined ? `exit ${exit}` : quotedEn(words)}`,
  'no-collection': ({ host, why, word }) =>
    `${host} sent something that is not a collection: ${NO_COLLECTION[why]}${after(word)}`,
  'journal-empty': ({ host, since }) => `the journal of ${host} gave nothing since ${since}`,
  'ladder-empty': ({ host }) => `no rung of the ladder gave anything on ${host}`,
  'sent-too-much': ({ host, bytes, name }) =>
    `${host} sent more than ${bytes} bytes${name === undefined ? '' : ` as ${name}`}`,
  'source-unknown': ({ host, name }) => `${host} sent an unknown source ${name}`,
  'source-again': ({ host, name }) => `${host} says ${name} again`,
  'reading-broke': ({ host }) => `the reading of ${host} broke off before its end`,
  'reading-packed': ({ host }) => `${host} packs a reading`,
  'packing-broken': ({ code }) => `what came is not packed as announced (${code})`,

  'chain-broken': ({ path, why, line }) => `${path}: ${line === undefined ? CHAIN[why] : `line ${line} ${CHAIN[why]}`}`,
  'record-too-large': ({ path, type, bytes }) => `${path}: a ${type} record of ${bytes} bytes`,
  'not-a-directory': ({ path }) => `${path} is not a directory`,
  'bag-replaced': () => 'a part of the bag has been replaced',
  'signing-key': ({ why, file }) => `evidence signing key: ${file === undefined ? '' : `${file} `}${KEY[why]}`,
  'record-without-file': ({ seq }) => `record ${seq} names no file`,
  'seal-without': ({ field }) => `the seal record has no ${field}`,
  'report-unwritten': ({ path }) => `the report ${path} could not be written`,
  'document-differs': ({ incident, from }) =>
    from === 'hash'
      ? `the stored document of ${incident} does not have its hash`
      : `the document is not the one that the order for ${incident} names`,
  'bag-absent': ({ bag }) => `there is no evidence bag for ${bag}`,
  'bag-of-other-document': ({ bag }) => `the bag of ${bag} was opened for another incident document`,
  'bag-unsealed': ({ bag }) => `the bag of ${bag} is not sealed`,
  'bag-being-filled': ({ bag }) => `${bag} is being filled`,
  'bag-does-not-stand': ({ bag, verdict, faults }) => `${bag}: ${verdict}, ${faults} faults`,
  'evidence-of-open': ({ incident }) => `${incident} is open: its evidence is kept`,
  'evidence-kept': ({ incident, until }) => `the evidence of ${incident} is kept until ${until}`,
  'evidence-disposed': ({ at, by }) => `the collected bytes were disposed at ${at} by ${by}`,
  'plan-absent': ({ incident, plan }) => `${incident} has no plan ${plan}`,
  'plan-hash-differs': ({ incident, plan, actual }) => `the plan of ${incident} named ${plan} hashes to ${actual}`,
  'act-not-in-plan': ({ act, plan }) => `no act ${act} in plan ${plan}`,
  'not-assessed-yet': () => 'the incident has not been assessed',

  'joined-incident': ({ incident }) => `${incident}: ${codeOf(`firebreak status ${incident}`)}`,
  'begin-at-once': ({ by }) => `too many incidents of ${by} begin at once`,
  'open-count': ({ open, whose, named, more }) =>
    `${open} of ${typeof whose === 'string' ? whose : whose.operator}: ${named.join(', ')}${more === 0 ? '' : ` and ${more} more`}: ${codeOf('firebreak list')}`,
  'channel-limit': ({ most, person, channel }) => `more than ${most} to ${person} by ${channel}`,
  'channel-unset': ({ person, channel }) => `${channel} for ${person}`,
  'no-start-order': ({ use }) => `${use} is no start of an incident`,
  unauthorised: ({ why, name = '' }) => UNAUTHORISED[why](name),
  'signed-by-other': ({ signed, declared }) =>
    declared === undefined ? `it was signed by ${signed}` : `declared by ${declared}, signed by ${signed}`,
  'declared-otherwise': ({ incident }) => `${incident} was declared with another order`,
  'own-request': () => 'nobody approves their own request',
  'requester-enrolled': ({ requester, approver }) =>
    `${requester}, whose request it is, has enrolled or changed ${approver}: somebody else approves`,
  'approver-enrolled': ({ requester, approver }) =>
    `${approver} has enrolled or changed ${requester}, whose request it is: somebody else approves`,
  'enrolled-both': ({ by, requester, approver }) =>
    `${by} has enrolled or changed both ${requester}, whose request it is, and ${approver}, and one of them within a day: somebody else approves`,
};

export function causeInEnglish(cause: Cause): string {
  return causeText(CAUSES_EN, quotedEn, cause);
}
