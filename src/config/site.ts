import type { InputProblem } from '../domain/errors';
import { FirebreakError } from '../domain/errors';
import type { Host } from '../domain/host';
import { unknownWord } from '../domain/nearest';
import type { Person } from '../domain/notice';
import type { KnownType, PolicyRow, PolicyTable } from '../domain/policy';
import { DEFAULT_POLICY, beyondMode, policyCells } from '../domain/policy';
import type { Site } from '../domain/site';
import type { Config } from './schema';

const HOUR_MS = 3_600_000;

/** Leaves out what is undefined, so that exact optional properties stay exact. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function policyOf(config: Config): PolicyTable {
  const table = structuredClone(DEFAULT_POLICY) as Record<KnownType, Record<string, Record<string, PolicyRow>>>;
  for (const [type, severities] of Object.entries(config.policy)) {
    for (const [severity, modes] of Object.entries(severities ?? {})) {
      for (const [mode, cell] of Object.entries(modes ?? {})) {
        const row = table[type as KnownType][severity];
        const before = row?.[mode];
        if (row !== undefined && before !== undefined) row[mode] = { ...before, ...defined(cell ?? {}) };
      }
    }
  }
  return table as PolicyTable;
}

function unknownAt(path: string, kind: string, word: string, valid: readonly string[]): InputProblem[] {
  const message = unknownWord(kind, word, valid);
  return message === undefined ? [] : [{ path, message }];
}

function problemsOf(config: Config, policy: PolicyTable): InputProblem[] {
  const problems: InputProblem[] = [];
  const gateways = Object.keys(config.hosts).filter((name) => config.hosts[name]?.role === 'gateway');
  for (const [name, host] of Object.entries(config.hosts)) {
    if (host.gateway !== undefined)
      problems.push(...unknownAt(`hosts.${name}.gateway`, 'host with role gateway', host.gateway, gateways));
    for (const segment of host.segments)
      problems.push(...unknownAt(`hosts.${name}.segments`, 'segment', segment, Object.keys(config.segments)));
  }
  for (const [name, segment] of Object.entries(config.segments)) {
    problems.push(...unknownAt(`segments.${name}.gateway`, 'host with role gateway', segment.gateway, gateways));
  }
  for (const { id, hosts = [] } of config.people)
    for (const host of hosts)
      problems.push(...unknownAt(`people.${id}.hosts`, 'host', host, Object.keys(config.hosts)));
  const ids = config.people.map((person) => person.id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index)))
    problems.push({ path: 'people', message: `${id} is there twice` });
  for (const { type, severity, mode, row } of policyCells(policy)) {
    const beyond = beyondMode(mode, row);
    if (beyond.length > 0)
      problems.push({ path: `policy.${type}.${severity}.${mode}`, message: `${beyond.join(', ')} go beyond the mode` });
  }
  for (const zone of [config.timeZone, ...config.people.flatMap((person) => person.timeZone ?? [])]) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone });
    } catch {
      problems.push({ path: 'timeZone', message: `there is no time zone ${zone}` });
    }
  }
  return problems;
}

/**
 * The site that the configuration describes, with its references checked.
 * @throws FirebreakError CONFIG_INVALID naming every problem
 */
export function siteOf(config: Config): Site {
  const policy = policyOf(config);
  const problems = problemsOf(config, policy);
  if (problems.length > 0)
    throw new FirebreakError('CONFIG_INVALID', `${problems.length} problem${problems.length === 1 ? '' : 's'}.`, {
      problems,
    });
  const hosts = new Map<string, Host>(
    Object.entries(config.hosts).map(([name, host]) => [
      name,
      { name, ...defined({ ...host, identityFile: host.identityFile ?? config.ssh.identityFile }) },
    ]),
  );
  return {
    hosts,
    segments: new Map(Object.entries(config.segments).map(([name, segment]) => [name, { name, ...segment }])),
    people: config.people.map((person) => defined(person) as Person),
    protectedAddresses: [
      ...config.protected,
      ...Object.entries(config.hosts).flatMap(([name, host]) => [
        ...host.management.map((address) => ({ address, label: `management of ${name}` })),
        ...host.serviceAddresses.map((address) => ({ address, label: `inventory host ${name}` })),
      ]),
    ],
    widths: config.widths,
    policy,
    detectorMaximum: config.detector.maximum,
    openIncidents: config.openIncidents,
    emergency: config.emergencyAccess,
    ownAccounts: [...new Set(Object.values(config.hosts).map((host) => host.user))],
    timeZone: config.timeZone,
    temporalUi: config.temporal.ui?.replace(/\/$/, ''),
    namespace: config.temporal.namespace,
    evidenceKeptMs: config.evidence.keepDays * 24 * HOUR_MS,
    logs: { maxBytesPerSource: config.logs.maxBytesPerSource, lookBackMs: config.logs.lookBackHours * HOUR_MS },
  };
}
