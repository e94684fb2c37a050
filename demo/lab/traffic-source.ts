import { once } from 'node:events';
import { type OutsidePrefix, outsideAddresses4, outsideAddresses6 } from './address-plan';
import { openSession } from './attacker-session';
import { startHammer } from './hammer';
import { LabError } from './lab-error';
import { collect, spawnTraffic } from './traffic-program';
import type { ProbeRequest, ProbeResult, TrafficSource, TrafficTarget } from './types';

const PROBE_DEFAULTS = { protocol: 'tcp', timeoutMs: 1_500, concurrency: 1_000 } as const;

/** One side of the outside world: `prefix` says whose addresses it has, `managementAddresses` what it cannot reach by design. */
export function createTrafficSource(
  labId: string,
  prefix: OutsidePrefix,
  managementAddresses: ReadonlySet<string>,
): TrafficSource {
  /** A probe of a management address would find everything "blocked", and a test built on it would pass for no reason. */
  function requireOutsideTarget({ target, sources }: TrafficTarget): void {
    if (managementAddresses.has(target)) {
      const hint = 'Use serviceAddress or serviceAddress6 of the host.';
      throw new LabError(
        'LAB_WRONG_TARGET',
        `${target} is a management address; no outside machine has a way to it. ${hint}`,
      );
    }
    const stranger = sources.find((source) => source.includes(':') !== target.includes(':'));
    if (stranger !== undefined) {
      throw new LabError('LAB_WRONG_TARGET', `${stranger} cannot reach ${target}: they are of different IP versions.`);
    }
    if (sources.length === 0) throw new LabError('LAB_WRONG_TARGET', 'No source addresses were given.');
  }

  return {
    prefix4: prefix.prefix4,
    prefix6: prefix.prefix6,
    addresses4: (count) => outsideAddresses4(prefix, count),
    addresses6: (count) => outsideAddresses6(prefix, count),
    probe: async (request) => {
      requireOutsideTarget(request);
      return probe(labId, request);
    },
    hammer: async (request) => {
      requireOutsideTarget(request);
      return startHammer(labId, request);
    },
    ssh: (request) => openSession(labId, request),
  };
}

async function probe(labId: string, request: ProbeRequest): Promise<ProbeResult> {
  const child = spawnTraffic(labId, 'probe', { ...PROBE_DEFAULTS, ...request });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin.end();
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0)
    throw new LabError('LAB_COMMAND_FAILED', `The probe ended with ${code ?? 'a signal'}: ${stderr().trim()}`);
  const { reached } = JSON.parse(stdout()) as { readonly reached: readonly number[] };
  const hits = new Set(reached);
  return {
    reached: request.sources.filter((_, index) => hits.has(index)),
    unreached: request.sources.filter((_, index) => !hits.has(index)),
  };
}
