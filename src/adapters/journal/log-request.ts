import { FirebreakError } from '../../domain/errors';
import type { LogOptions } from '../../ports/collection';
import { encodeHeader } from '../host-script/header';

/** Where logs may lie; the host checks the same on the resolved path. */
const ROOTS = ['/var/log/', '/srv/'];
const MAX_PATH = 1_024;

/** Times the cap of one source: what one exec may bring altogether, so that all sources of a busy host have room. */
export const LOGS_TOTAL_FACTOR = 24;

/** Times the cap: what those bring that are several files with a cap each (raw journal files, logs that the incident names). */
export const LOGS_SOURCE_FACTOR = 8;

/** Absolute, under a root for logs, without `..` and without anything that is not a printable character. */
export function isLogPath(path: string): boolean {
  return (
    path.length <= MAX_PATH &&
    ROOTS.some((root) => path.startsWith(root)) &&
    !path.split('/').includes('..') &&
    !/[\p{C}\p{Zl}\p{Zp}]/u.test(path)
  );
}

/** How long an exec may take, and its parts: no source may use up what the others need. */
export interface LogTimes {
  readonly seconds: number;
  readonly journalSeconds: number;
  readonly fileSeconds: number;
}

/** Half of the time for the journal, an eighth for any one file. */
export function logTimes(seconds: number): LogTimes {
  return {
    seconds,
    journalSeconds: Math.max(1, Math.floor(seconds / 2)),
    fileSeconds: Math.max(1, Math.floor(seconds / 8)),
  };
}

/**
 * stdin of logs.sh and ladder.sh.
 * @throws FirebreakError BAD_INPUT when `since` is no time or `maxBytes` no size
 */
export function logRequest(options: LogOptions, times: LogTimes, nowMs: number, rung?: number): string {
  const since = Date.parse(options.since);
  if (!Number.isFinite(since))
    throw new FirebreakError('BAD_INPUT', { cause: 'unusable', what: 'time', value: options.since });
  if (!Number.isInteger(options.maxBytes) || options.maxBytes < 1) {
    throw new FirebreakError('BAD_INPUT', { cause: 'unusable', what: 'size', value: String(options.maxBytes) });
  }
  const header = encodeHeader({
    ...(rung === undefined ? {} : { rung }),
    seconds: times.seconds,
    since: Math.max(0, Math.floor(since / 1_000)),
    now: Math.floor(nowMs / 1_000),
    cap: options.maxBytes,
    journal_seconds: times.journalSeconds,
    file_seconds: times.fileSeconds,
  });
  return (
    header +
    options.paths
      .filter(isLogPath)
      .map((path) => `${path}\n`)
      .join('')
  );
}
