import type { InputProblem } from '../domain/errors';
import { FirebreakError } from '../domain/errors';
import { MAX_DOCUMENT_BYTES } from '../domain/numbers';

const MAX_DEPTH = 64;

/** `$.sources[3]`; names that are no plain words are quoted: `$["a b"]`. */
export function jsonPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((built, part) => {
    if (typeof part === 'number') return `${built}[${part}]`;
    const name = String(part);
    return /^[A-Za-z_]\w{0,60}$/.test(name) ? `${built}.${name}` : `${built}[${JSON.stringify(name.slice(0, 60))}]`;
  }, '$');
}

/**
 * Reads a JSON object (RFC 8259) and adds what is wrong with it to `problems`: not UTF-8, not JSON, not an object, nested too deep, or a
 * name that is there twice, of which `JSON.parse` would keep the last one without a word.
 * @throws FirebreakError INPUT_TOO_LARGE
 */
export function readJsonObject(bytes: Buffer, problems: InputProblem[]): Record<string, unknown> | undefined {
  if (bytes.length > MAX_DOCUMENT_BYTES) throw new FirebreakError('INPUT_TOO_LARGE');
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (thrown) {
    problems.push({ path: '$', message: `is not valid JSON in UTF-8: ${(thrown as Error).message.slice(0, 120)}` });
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push({ path: '$', message: 'must be a JSON object' });
    return undefined;
  }
  problems.push(...repeatedNames(text));
  return value as Record<string, unknown>;
}

interface Frame {
  /** Undefined for an array. */
  readonly names: Set<string> | undefined;
  at: string | number;
}

/** Walks over valid JSON without recursion; only structure and names matter. */
function repeatedNames(text: string): InputProblem[] {
  const problems: InputProblem[] = [];
  const frames: Frame[] = [];
  let nameComes = false;
  for (let i = 0; i < text.length; i += 1) {
    const frame = frames.at(-1);
    switch (text[i]) {
      case '"': {
        const end = endOfString(text, i);
        if (nameComes && frame?.names !== undefined) {
          const name = JSON.parse(text.slice(i, end + 1)) as string;
          frame.at = name;
          if (frame.names.has(name))
            problems.push({ path: jsonPath(frames.map(({ at }) => at)), message: 'is there twice' });
          frame.names.add(name);
          nameComes = false;
        }
        i = end;
        break;
      }
      case '{':
      case '[':
        if (frames.length >= MAX_DEPTH) return [{ path: '$', message: `is nested deeper than ${MAX_DEPTH} levels` }];
        nameComes = text[i] === '{';
        frames.push(nameComes ? { names: new Set(), at: '' } : { names: undefined, at: 0 });
        break;
      case '}':
      case ']':
        frames.pop();
        nameComes = false;
        break;
      case ',':
        nameComes = frame?.names !== undefined;
        if (frame !== undefined && typeof frame.at === 'number') frame.at += 1;
        break;
      default:
    }
  }
  return problems;
}

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}
