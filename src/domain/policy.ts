import type { IncidentType, ResponseMode, Severity } from './words';
import { RESPONSE_MODES, SEVERITIES } from './words';

/** What one cell of the policy table (type × severity × mode) calls for (B4). */
export interface PolicyRow {
  /** Direction in which the sources are cut off. */
  readonly block: 'none' | 'in' | 'both';
  /** `named`: on the host given with the account; `all`: on every host of the incident. */
  readonly accounts: 'none' | 'named' | 'all';
  readonly isolate: 'none' | 'hosts' | 'hosts-and-segments';
  readonly emergencyAccess: boolean;
  /** How long the controls last, seconds; every control has an end. */
  readonly ttlSeconds: number;
}

export type KnownType = Exclude<IncidentType, 'unknown'>;
export type PolicyTable = Readonly<
  Record<KnownType, Readonly<Record<Severity, Readonly<Record<ResponseMode, PolicyRow>>>>>
>;

const HOUR = 3_600;
const TTL: Readonly<Record<Severity, number>> = { critical: 24 * HOUR, high: 4 * HOUR, medium: 1 * HOUR };

const watchOnly = (severity: Severity): PolicyRow => ({
  block: 'none',
  accounts: 'none',
  isolate: 'none',
  emergencyAccess: false,
  ttlSeconds: TTL[severity],
});

const row = (severity: Severity, cells: Omit<PolicyRow, 'ttlSeconds'>): PolicyRow => ({
  ...cells,
  ttlSeconds: TTL[severity],
});

const sources = (severity: Severity, block: 'in' | 'both'): PolicyRow =>
  row(severity, { block, accounts: 'none', isolate: 'none', emergencyAccess: false });

/**
 * The default table. Mode bounds the kinds of act, severity their scope: critical takes everything in both
 * directions, high the named targets, medium the sources for a short time (B4). A flood is not an account's doing,
 * so ddos leaves accounts alone; malware talks outwards, so it is cut in both directions from high on.
 */
export const DEFAULT_POLICY: PolicyTable = {
  intrusion: {
    critical: {
      monitor: watchOnly('critical'),
      block: sources('critical', 'both'),
      isolate: row('critical', {
        block: 'both',
        accounts: 'all',
        isolate: 'hosts-and-segments',
        emergencyAccess: true,
      }),
    },
    high: {
      monitor: watchOnly('high'),
      block: sources('high', 'in'),
      isolate: row('high', { block: 'in', accounts: 'named', isolate: 'hosts', emergencyAccess: true }),
    },
    medium: { monitor: watchOnly('medium'), block: sources('medium', 'in'), isolate: sources('medium', 'in') },
  },
  malware: {
    critical: {
      monitor: watchOnly('critical'),
      block: sources('critical', 'both'),
      isolate: row('critical', {
        block: 'both',
        accounts: 'all',
        isolate: 'hosts-and-segments',
        emergencyAccess: true,
      }),
    },
    high: {
      monitor: watchOnly('high'),
      block: sources('high', 'both'),
      isolate: row('high', { block: 'both', accounts: 'named', isolate: 'hosts', emergencyAccess: true }),
    },
    medium: { monitor: watchOnly('medium'), block: sources('medium', 'in'), isolate: sources('medium', 'in') },
  },
  ddos: {
    critical: {
      monitor: watchOnly('critical'),
      block: sources('critical', 'both'),
      isolate: row('critical', { block: 'both', accounts: 'none', isolate: 'hosts', emergencyAccess: true }),
    },
    high: {
      monitor: watchOnly('high'),
      block: sources('high', 'in'),
      isolate: sources('high', 'in'),
    },
    medium: { monitor: watchOnly('medium'), block: sources('medium', 'in'), isolate: sources('medium', 'in') },
  },
};

export const KNOWN_TYPES: readonly KnownType[] = ['intrusion', 'malware', 'ddos'];

/** All cells in a fixed order, for the row-by-row test and the generated page. */
export function policyCells(
  table: PolicyTable,
): { readonly type: KnownType; readonly severity: Severity; readonly mode: ResponseMode; readonly row: PolicyRow }[] {
  return KNOWN_TYPES.flatMap((type) =>
    SEVERITIES.flatMap((severity) =>
      RESPONSE_MODES.map((mode) => ({ type, severity, mode, row: table[type][severity][mode] })),
    ),
  );
}

/** Kinds of act that each mode allows; forced isolation alone may go beyond (B4). */
export const MODE_BOUNDS: Readonly<
  Record<ResponseMode, { readonly block: boolean; readonly accounts: boolean; readonly isolate: boolean }>
> = {
  monitor: { block: false, accounts: false, isolate: false },
  block: { block: true, accounts: false, isolate: false },
  isolate: { block: true, accounts: true, isolate: true },
};

/** What a row asks for beyond its mode; empty for a lawful row. A configured table is refused when any row has some. */
export function beyondMode(mode: ResponseMode, cell: PolicyRow): string[] {
  const bounds = MODE_BOUNDS[mode];
  const beyond: string[] = [];
  if (!bounds.block && cell.block !== 'none') beyond.push('block');
  if (!bounds.accounts && cell.accounts !== 'none') beyond.push('accounts');
  if (!bounds.isolate && (cell.isolate !== 'none' || cell.emergencyAccess)) beyond.push('isolate');
  return beyond;
}

/** The further a mode goes, the higher. */
export const MODE_RANK: Readonly<Record<ResponseMode | 'propose', number>> = {
  propose: 0,
  monitor: 0,
  block: 1,
  isolate: 2,
};

const LOWER_MODE: Readonly<Record<ResponseMode, ResponseMode>> = {
  isolate: 'block',
  block: 'monitor',
  monitor: 'monitor',
};
/** Below this confidence an unattended trigger acts one step lower (B5). */
export const DOUBT_BELOW = 0.6;

/** The mode after doubt: lowered one step for unattended triggers only; a person's order stands (B5). */
export function modeUnderDoubt(
  mode: ResponseMode,
  doubt: { readonly unattended: boolean; readonly confidence: number; readonly contradictions: number },
): ResponseMode {
  const doubtful = doubt.confidence < DOUBT_BELOW || doubt.contradictions > 0;
  return doubt.unattended && doubtful ? LOWER_MODE[mode] : mode;
}
