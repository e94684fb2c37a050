import type { HostScript } from '../../../ports/host-shell';
import { DUE } from '../ends';
import { FLOWS } from '../flows';
import { hostScript, shellPart } from '../host-script';

/** A packet filter that can hold source blocks: its name, as journals and results say it, and its shell functions (acts.sh). */
export interface BlockRung {
  readonly name: 'nftables' | 'ipset' | 'iptables';
  readonly functions: string;
}

const PARTS = [
  FLOWS,
  DUE,
  ...['needs.sh', 'lease.sh', 'sessions.sh', 'acts.sh'].map((file) => shellPart(__dirname, file)),
];

/** The shell functions of source blocks for these rungs, whose names are in `$SB_RUNGS`; nothing runs by itself. */
export function blockParts(rungs: readonly BlockRung[]): readonly string[] {
  const names = rungs.map((rung) => rung.name).join(' ');
  return [
    ...PARTS,
    ...rungs.map((rung) => rung.functions),
    `# shellcheck disable=SC2034 # of programs for several rungs\nSB_RUNGS='${names}'`,
  ];
}

/** The program that does every act of one rung. */
export function blockScript(rung: BlockRung): HostScript {
  return hostScript(`block-sources-${rung.name}`, ...blockParts([rung]), `SB_RUNG=${rung.name}\nsb_main`);
}

/** The program that puts confirmed blocks back at boot, for `setupScript({ restorers })` (C10). */
export function restoreBlocksScript(rungs: readonly BlockRung[]): HostScript {
  return hostScript('restore-source-blocks', ...blockParts(rungs), shellPart(__dirname, 'restore.sh'));
}
