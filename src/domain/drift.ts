import type { Drift } from './plan';

/** What the tables and the kernel of a host say differently of its blocks (B4). */
export function blockDrift(
  host: string,
  controls: readonly { readonly kind: string; readonly target: string }[],
  blocks: readonly { readonly target: string }[],
): Drift[] {
  const wanted = new Set(controls.filter(({ kind }) => kind === 'block-sources').map(({ target }) => target));
  const present = new Set(blocks.map(({ target }) => target));
  const only = (these: ReadonlySet<string>, those: ReadonlySet<string>, kind: Drift['kind']): Drift[] =>
    [...these].filter((target) => !those.has(target)).map((target) => ({ host, target, kind }));
  return [...only(wanted, present, 'wanted-but-missing'), ...only(present, wanted, 'present-but-unknown')];
}
