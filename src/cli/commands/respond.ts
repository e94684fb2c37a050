import { siteOf } from '../../config/site';
import type { InputProblem } from '../../domain/errors';
import { FirebreakError } from '../../domain/errors';
import type { ResponseLimits } from '../../domain/incident';
import { MAX_DOCUMENT_BYTES } from '../../domain/numbers';
import type { HostPreview } from '../../operations/dry-run';
import { dryRun } from '../../operations/dry-run';
import type { RawTrigger } from '../../operations/intake';
import { acceptTrigger, leftOutOf } from '../../operations/intake';
import type { StartedIncident } from '../../operations/respond';
import { respond } from '../../operations/respond';
import type { CommandContext, PersonOptions } from '../context';
import { credentialsOf, readBounded } from '../context';
import { follow } from '../follow';
import { ownAddress, ownAddressInWords } from '../own-address';
import { parseDuration } from '../times';
import { withSignOfLife } from '../sign-of-life';
import { dryRunValue } from '../fact-values';
import { planLines } from '../plan-lines';

export interface RespondFlags extends PersonOptions {
  readonly incidentType: readonly string[];
  readonly severityLevel?: string;
  readonly responseMode?: string;
  readonly incident?: string;
  readonly title?: string;
  readonly host: readonly string[];
  readonly source: readonly string[];
  readonly sourcesFile?: string;
  readonly account: readonly string[];
  readonly segment: readonly string[];
  readonly reason?: string;
  readonly deadline?: string;
  readonly limit: readonly string[];
  readonly detector?: boolean;
  readonly allowUnknown?: boolean;
  readonly dryRun?: boolean;
  readonly drill?: boolean;
  readonly new?: boolean;
  readonly wait?: boolean;
}

const SHARES = ['humanClassification', 'accessControl', 'forcedIsolation', 'logs', 'alternativeLogs'] as const;

/** Reads every input, checks it before anybody is asked for a code, then declares or only plans. */
export async function respondCommand(context: CommandContext, flags: RespondFlags): Promise<number> {
  const raw = await rawTrigger(flags);
  const site = siteOf(context.loaded().config);
  // A detector cannot correct a name: what is known of its order is acted on, and the rest is told (B1).
  const goesOn = flags.allowUnknown === true || flags.detector === true;
  const { document, mode } = acceptTrigger(raw, goesOn ? undefined : site);
  if (document.sources.length === 0 && mode !== 'monitor')
    context.output.say('no source is named: no address will be blocked');
  for (const { path, message } of goesOn ? leftOutOf(raw, site) : [])
    context.output.say(`${path}: ${message} Nothing is done there.`);
  // A detector has no way in that it could lose: nobody is told of it.
  const address = ownAddressSaid(context, document.sources.length > 0 && flags.detector !== true);
  const { operations } = await context.firebreak();
  if (flags.dryRun === true) {
    const preview = dryRun(operations, raw, {
      name: flags.operator ?? 'dry-run',
      trigger: flags.detector === true ? 'detector' : 'operator',
      ...(address === undefined ? {} : { address }),
    });
    const previews = await withSignOfLife(context, 'asking the hosts', preview);
    const values = previews.map(dryRunValue);
    context.output.result(values.length === 1 ? values[0] : values, previews.flatMap(planLines));
    return previews.every(({ hosts }) => hosts.every(isSound)) ? 0 : 4;
  }
  const started = await respond(operations, await credentialsOf(context, flags), raw, {
    drill: flags.drill === true,
    evenIfOpen: flags.new === true,
    trigger: flags.detector === true ? 'detector' : 'operator',
    ...(address === undefined ? {} : { operatorAddress: address }),
  });
  const begun = started.filter(({ joined }) => joined === undefined);
  if (flags.wait !== true || begun.length === 0) {
    context.output.result(started.length === 1 ? started[0] : started, started.flatMap(startedLines));
    return 0;
  }
  for (const line of started.flatMap(startedLines)) context.output.say(line);
  return follow(
    context,
    begun.map((one) => one.incident),
  );
}

/** The operator's own address, which this incident does not block (B5). Where something is to be blocked, it is said which that is. */
function ownAddressSaid(context: CommandContext, isSaid: boolean): string | undefined {
  const own = ownAddress({ env: process.env, pid: process.pid });
  const words = ownAddressInWords(own, process.env);
  if (isSaid && words !== undefined) context.output.say(words);
  return own.known === 'address' ? own.address : undefined;
}

/** The host could be asked, and Firebreak would keep its own way in. */
function isSound({ error, isolations }: HostPreview): boolean {
  return error === null && isolations.every((isolation) => isolation.keepsFirebreak);
}

function startedLines(one: StartedIncident): string[] {
  const { joined } = one;
  if (joined !== undefined)
    return [
      `joined ${joined.incident}: repeat ${joined.repeats}, nothing new`,
      `  follow:  firebreak status ${joined.incident} --watch`,
    ];
  return [
    `${one.incident} declared`,
    `  follow:  firebreak status ${one.incident} --watch`,
    ...(one.temporalUi === null ? [] : [`  live:    ${one.temporalUi}`]),
  ];
}

async function rawTrigger(flags: RespondFlags): Promise<RawTrigger> {
  if (flags.incident === '-' && flags.sourcesFile === '-')
    throw new FirebreakError('BAD_INPUT', 'Only one of --incident and --sources-file can be stdin.');
  const fromFile =
    flags.sourcesFile === undefined
      ? []
      : sourcesIn(await readBounded(flags.sourcesFile, MAX_DOCUMENT_BYTES), flags.sourcesFile);
  return {
    types: flags.incidentType,
    severity: flags.severityLevel,
    mode: flags.responseMode,
    document: flags.incident === undefined ? undefined : await readBounded(flags.incident, MAX_DOCUMENT_BYTES),
    hosts: flags.host,
    sources: [...flags.source.map((text) => ({ text, from: '--source' })), ...fromFile],
    accounts: flags.account,
    segments: flags.segment,
    reason: flags.reason,
    title: flags.title,
    ...limitsOf(flags),
  };
}

function sourcesIn(bytes: Buffer, file: string): { text: string; from: string }[] {
  return bytes
    .toString('utf8')
    .split(/\r?\n/)
    .flatMap((line, index) => {
      const text = line.replace(/#.*$/, '').trim();
      return text === '' ? [] : [{ text, from: `${file === '-' ? 'stdin' : file}:${index + 1}` }];
    });
}

/** The limits that can be read, and what is wrong with the others. */
function limitsOf(flags: RespondFlags): {
  readonly limits: ResponseLimits;
  readonly problems: readonly InputProblem[];
} {
  const limits: Record<string, number> = {};
  const problems: InputProblem[] = [];
  const read = (path: string, key: string, text: string): void => {
    const ms = parseDuration(text);
    if (ms === undefined)
      problems.push({ path, message: `${JSON.stringify(text.slice(0, 20))} is not a duration; write 90s or 5m` });
    else limits[key] = ms;
  };
  if (flags.deadline !== undefined) read('--deadline', 'overallMs', flags.deadline);
  for (const text of flags.limit) {
    const [name = '', value = ''] = text.split('=');
    const share = SHARES.find((candidate) => candidate === name);
    if (share !== undefined) read(`--limit ${share}`, `${share}Ms`, value);
    else
      problems.push({
        path: '--limit',
        message: `${JSON.stringify(name.slice(0, 40))} is none of ${SHARES.join(', ')}`,
      });
  }
  return { limits, problems };
}
