import { FirebreakError } from '../../domain/errors';

/** What the gate of a host lets one program take (H3). At a limit the kernel ends it; the act's journal says how far it came. */
export interface ProgramLimits {
  /** Wall clock, seconds. Above what the orchestrator waits, so that a lost link alone ends no act. */
  readonly seconds: number;
  /** Processor time of one process, seconds. */
  readonly cpuSeconds: number;
  /** Address space of one process, KiB. */
  readonly memoryKib: number;
  /** Largest file that one process may write, KiB. `useradd` writes the sparse lastlog by uid, hence not less. */
  readonly fileKib: number;
  /**
   * What of it lets somebody in, so that the host wants an operator's signed order for it (H6, check-order.sh). `undo`: all of it.
   * `blocks`, `jail`: some of their ops. `emergency`: it makes an account for people. `none`: it looks, or it narrows access.
   */
  readonly needsOrder: 'none' | 'undo' | 'blocks' | 'jail' | 'emergency';
}

const GIB = 1024 * 1024;

/** Looks, and changes that are one file or one call. */
const SHORT: ProgramLimits = { seconds: 60, cpuSeconds: 60, memoryKib: GIB, fileKib: GIB / 4, needsOrder: 'none' };
/** Acts: the lock is waited for up to 20 s, and 45 to 60 s are the orchestrator's own limit. */
const ACT: ProgramLimits = { seconds: 120, cpuSeconds: 120, memoryKib: 2 * GIB, fileKib: GIB / 4, needsOrder: 'none' };
/** Logs take up to 8 minutes, and journalctl maps whole journal files into memory. They write nothing but their reply. */
const COLLECTION: ProgramLimits = {
  seconds: 600,
  cpuSeconds: 600,
  memoryKib: 8 * GIB,
  fileKib: GIB / 4,
  needsOrder: 'none',
};

/** Every program that a host may run, by name; there is no default. */
const LIMITS: Readonly<Record<string, ProgramLimits>> = {
  'block-sources-nftables': { ...ACT, needsOrder: 'blocks' },
  'block-sources-ipset': { ...ACT, needsOrder: 'blocks' },
  'block-sources-iptables': { ...ACT, needsOrder: 'blocks' },
  'feed-jail': { ...ACT, needsOrder: 'jail' },
  'disable-account': ACT,
  'check-account': SHORT,
  'restore-account': { ...ACT, needsOrder: 'undo' },
  'grant-emergency-access': { ...ACT, needsOrder: 'emergency' },
  'check-emergency-access': SHORT,
  'remove-emergency-access': ACT,
  isolate: ACT,
  'confirm-isolation': SHORT,
  'check-isolation': SHORT,
  'lift-isolation': { ...ACT, needsOrder: 'undo' },
  'interfaces-down': ACT,
  'interfaces-up': { ...ACT, needsOrder: 'undo' },
  'heighten-monitoring': ACT,
  'check-monitoring': SHORT,
  'restore-monitoring': ACT,
  'read-security': SHORT,
  'collect-volatile': { ...COLLECTION, seconds: 120, cpuSeconds: 120 },
  'collect-logs': COLLECTION,
  'collect-ladder': COLLECTION,
  'host-facts': SHORT,
  'read-machine': SHORT,
};

/** @throws FirebreakError UNEXPECTED for a program without a row */
export function limitsOf(program: string): ProgramLimits {
  const limits = LIMITS[program];
  if (limits === undefined) throw new FirebreakError('UNEXPECTED', `the program ${program} has no limits`);
  return limits;
}

/** The third to seventh column of the allow list: seconds, processor seconds, memory and file size in KiB, and needsOrder. */
export function limitColumns(limits: ProgramLimits): string {
  return [limits.seconds, limits.cpuSeconds, limits.memoryKib, limits.fileKib, limits.needsOrder].join(' ');
}
