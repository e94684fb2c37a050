import { z } from 'zod';
import { parseRange } from '../domain/addresses';
import { INDICATOR_KINDS } from '../domain/incident';
import type { InputProblem } from '../domain/errors';
import { parseIso8601 } from '../domain/iso-8601';
import { nearest, unknownWord } from '../domain/nearest';
import { jsonPath } from './json-document';
import { ONE_LINE, SEVERAL_LINES, unsafeIn } from './plain-text';

/** The incident document as it is accepted at the edge (B1): bounded, no control characters, unknown keys refused. */

const MAX = { sources: 100_000, list: 1_000, text: 10_000 } as const;

const UNSAFE = 'must not hold control characters or marks of writing direction';

/** Names the first character that is not allowed, and its place. */
const only =
  (allowed: RegExp) =>
  (written: string, context: z.RefinementCtx): void => {
    const unsafe = unsafeIn(written, allowed);
    if (unsafe !== undefined) context.addIssue({ code: 'custom', message: `${UNSAFE}: ${unsafe}` });
  };
const line = (max: number): z.ZodString =>
  z.string().trim().min(1, 'must not be empty').max(max).superRefine(only(ONE_LINE));
/** Lines end with LF, as they are stored; CR LF is how other systems write it. */
const text = z
  .string()
  .max(MAX.text)
  .transform((written) => written.replaceAll('\r\n', '\n'))
  .superRefine(only(SEVERAL_LINES));
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be a name of letters, digits, dots and dashes');
/** What systems have, a machine's account with its `$` too; one that cannot be acted on is refused by the plan, alone. */
const accountName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}\$?$/, 'must be a Linux account name');

const moment = z.string().transform((written, context) => {
  const parsed = parseIso8601(written.trim());
  if (parsed !== undefined) return parsed;
  context.addIssue({
    code: 'custom',
    message: 'must be ISO 8601 with date, time and offset, e.g. 2026-11-20T03:00:00+09:00',
  });
  return z.NEVER;
});

const source = z.string().transform((written, context) => {
  const range = parseRange(written.trim());
  if (range !== undefined) return range.text;
  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(written.slice(0, 60))} is not an IPv4 or IPv6 address or prefix`,
  });
  return z.NEVER;
});

const accountRef = z.union(
  [
    z.strictObject({ name: accountName, host: name.optional() }),
    z.string().transform((written, context) => {
      const [first = '', second, ...rest] = written.split('/');
      const parsed = second === undefined ? { name: first } : { host: first, name: second };
      if (
        rest.length === 0 &&
        accountName.safeParse(parsed.name).success &&
        (parsed.host === undefined || name.safeParse(parsed.host).success)
      )
        return parsed;
      context.addIssue({ code: 'custom', message: 'must be an account name, or host/name' });
      return z.NEVER;
    }),
  ],
  'must be an account name, "host/name", or an object with name and host',
);

const indicatorKind = z.string().transform((written, context) => {
  const known = INDICATOR_KINDS.find((kind) => kind === written);
  if (known !== undefined) return known;
  context.addIssue({
    code: 'custom',
    message: unknownWord('kind', written, INDICATOR_KINDS) ?? '',
  });
  return z.NEVER;
});

export const documentSchema = z.strictObject({
  title: line(200),
  description: text.optional(),
  detector: line(100).optional(),
  detectedAt: moment.optional(),
  confidence: z.number().min(0).max(1).optional(),
  hosts: z.array(name).max(MAX.list).default([]),
  sources: z.array(source).max(MAX.sources).default([]),
  accounts: z.array(accountRef).max(MAX.list).default([]),
  segments: z.array(name).max(MAX.list).default([]),
  services: z.array(line(200)).max(MAX.list).default([]),
  indicators: z
    .array(
      z.strictObject({
        kind: indicatorKind,
        value: line(2_000).default('-'),
        count: z.number().int().min(1).max(1e15).default(1),
      }),
    )
    .max(MAX.list)
    .default([]),
  logSources: z
    .array(
      z
        .string()
        .regex(/^\/(var\/log|srv)\/[A-Za-z0-9._/-]{1,200}$/, 'must be a path below /var/log or /srv')
        .refine((path) => !path.includes('..'), 'must not hold ..'),
    )
    .max(100)
    .default([]),
  references: z.array(line(2_000)).max(MAX.list).default([]),
  apiKeys: z.never('is reserved for a later version').optional(),
  tenants: z.never('is reserved for a later version').optional(),
  incident_type: z.string().optional(),
  severity_level: z.string().optional(),
  response_mode: z.string().optional(),
});

export type AcceptedDocument = z.infer<typeof documentSchema>;

/** What zod found, each fault with its own JSON path (B1); an unknown key gets the nearest known one of the document. */
export function problemsOf(error: z.ZodError): InputProblem[] {
  return error.issues.flatMap((issue): InputProblem[] => {
    if (issue.code !== 'unrecognized_keys') return [{ path: jsonPath(issue.path), message: issue.message }];
    return issue.keys.map((key) => ({
      path: jsonPath([...issue.path, key]),
      message:
        issue.path.length > 0
          ? 'unknown key'
          : `unknown key; did you mean ${nearest(key, Object.keys(documentSchema.shape))}?`,
    }));
  });
}
