import { sha256Hex } from '../../domain/hash';

const MAX_NAME = 96;

/**
 * A stable name for what a source gave: the source, and where it gives several things the file or process in readable
 * form. Details come from the host, so only letters, digits, `.` and `-` survive; where that loses something, a digest of
 * the detail keeps two of them apart.
 *
 * @param taken names used already; a repeated detail gets a number
 */
export function artefactName(source: string, detail: string, taken: ReadonlySet<string>): string {
  const name = detail === '' ? source : `${source}.${readable(detail)}`;
  if (!taken.has(name)) return name;
  for (let n = 2; ; n += 1) if (!taken.has(`${name}.${n}`)) return `${name}.${n}`;
}

function readable(detail: string): string {
  const plain = detail.replace(/^\/+/, '');
  const words = plain.replaceAll('/', '-').replace(/[^A-Za-z0-9.-]+/g, '-');
  const lossless = words.length <= MAX_NAME - 48 && /^[A-Za-z0-9./]*$/.test(plain) && !plain.includes('..');
  if (lossless) return words;
  const end = words.slice(-(MAX_NAME - 56)).replace(/^[.-]+|[.-]+$/g, '');
  return [end, sha256Hex(detail).slice(0, 8)].filter((part) => part !== '').join('-');
}
