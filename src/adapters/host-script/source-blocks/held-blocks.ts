import { ACTION_WORD } from '../reply';
import { Pace } from '../pace';
import { contains, makeRange, parseRange, type AddressRange } from '../../../domain/addresses';

/** One element in force on a host, as `…_read` in acts.sh says it. */
export interface HeldBlock {
  /** The act's key (`blockKey`). */
  readonly key: string;
  /** Comment in the kernel: the action id; `?` when there is none. */
  readonly owner: string;
  readonly range: AddressRange;
  /** null: no end. */
  readonly secondsLeft: number | null;
}

/** Reads `KEY COMMENT RANGE SECONDS`; lines that are not that are left out, so what they name counts as missing. */
export async function parseHeldBlocks(lines: readonly string[], pace = new Pace()): Promise<HeldBlock[]> {
  const blocks: HeldBlock[] = [];
  for (const line of lines) {
    if (pace.due()) await pace.rest();
    const [key = '', owner = '', target = '', seconds = ''] = line.split(' ', 4);
    const range = parseRange(target);
    if (range === undefined || !/^(-|\d{1,10})$/.test(seconds)) continue;
    const known = ACTION_WORD.test(owner) ? owner : NOBODY;
    blocks.push({ key, owner: known, range, secondsLeft: seconds === '-' ? null : Number(seconds) });
  }
  return blocks;
}

/** Owner of an element whose comment is no action id. */
const NOBODY = '?';

/** The incident in a kernel comment, for listings. */
export function incidentInComment(owner: string): string {
  return /^INC-\d{8}-[0-9A-Z]{4}/.exec(owner)?.[0] ?? NOBODY;
}

/** Finds the element that covers a range by its possible prefixes: a look-up per prefix length in use, not per element. */
export class HeldIndex {
  readonly #byText = new Map<string, HeldBlock>();
  readonly #prefixes = new Map<4 | 6, Set<number>>([
    [4, new Set()],
    [6, new Set()],
  ]);

  private constructor() {
    // Filled by `of`.
  }

  /** @param wanted which of the blocks are meant */
  static async of(blocks: readonly HeldBlock[], wanted: (block: HeldBlock) => boolean): Promise<HeldIndex> {
    const index = new HeldIndex();
    const pace = new Pace(2_000);
    for (const block of blocks) {
      if (pace.due()) await pace.rest();
      if (wanted(block)) index.#add(block);
    }
    return index;
  }

  #add(block: HeldBlock): void {
    const other = this.#byText.get(block.range.text);
    if (other === undefined || left(other) < left(block)) this.#byText.set(block.range.text, block);
    this.#prefixes.get(block.range.family)?.add(block.range.prefix);
  }

  /** The covering element that lasts longest. */
  covering(range: AddressRange): HeldBlock | undefined {
    let best: HeldBlock | undefined;
    for (const prefix of this.#prefixes.get(range.family) ?? []) {
      if (prefix > range.prefix) continue;
      const candidate = this.#byText.get(makeRange(range.family, range.first, prefix).text);
      if (candidate && contains(candidate.range, range) && (best === undefined || left(best) < left(candidate))) {
        best = candidate;
      }
    }
    return best;
  }
}

function left(block: HeldBlock): number {
  return block.secondsLeft ?? Number.POSITIVE_INFINITY;
}
