import { AsyncLocalStorage } from 'node:async_hooks';
import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/worker';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { printableJson } from '../domain/printable';
import { censored, withoutSecrets } from './known-secrets';

export type { Logger } from 'pino';

/**
 * The last step before a line is written, so that nothing gets around it: bindings, errors of vendors with their requests in them, and the
 * message itself (L2).
 */
function cleanLine(line: string): string {
  try {
    return `${JSON.stringify(censored(JSON.parse(line)))}\n`;
  } catch {
    return withoutSecrets(line);
  }
}

const about = new AsyncLocalStorage<string | undefined>();

/** Every line that `work` writes has the incident's id (L2). */
export function loggingFor<T>(incident: string | undefined, work: () => T): T {
  return about.run(incident, work);
}

/** Structured JSON on stderr, pretty on a terminal (L2). stdout is for data. */
export function createLogger(options: { readonly level: string; readonly pretty?: boolean }): Logger {
  const pretty = options.pretty ?? (process.stderr.isTTY && process.env['NO_COLOR'] === undefined);
  const incidentOfLine = (): object => {
    const incident = about.getStore();
    return incident === undefined ? {} : { incident };
  };
  const base = { level: options.level, base: { service: 'firebreak' }, mixin: incidentOfLine };
  if (pretty)
    return pino({
      ...base,
      hooks: { streamWrite: (line) => withoutControls(cleanLine(line)) },
      transport: { target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname,service' } },
    });
  return pino(
    { ...base, hooks: { streamWrite: (line) => oneHarmlessLine(cleanLine(line)) } },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** JSON leaves C1 controls and bidirectional marks as they are, and log lines are read on terminals (H2). */
function oneHarmlessLine(line: string): string {
  return `${printableJson(line.trimEnd())}\n`;
}

/** What makes the lines pretty reads the escapes and would write what they stand for; line ends and tabs may stand. */
function withoutControls(line: string): string {
  return oneHarmlessLine(line).replace(
    /\\\\|\\u(?:00[01][0-9a-f]|007f|00[89][0-9a-f]|00ad|061c|200[b-f]|202[8-9a-e]|206[0-9a-f]|d[89a-f][0-9a-f]{2}|fe[f]f|fff[9ab])|\\[rbf]/g,
    (found) => (found === '\\\\' ? found : '\ufffd'),
  );
}

const LEVELS: Readonly<Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

function withIncident(meta: LogMetadata | undefined): LogMetadata {
  const workflowId: unknown = meta?.['workflowId'];
  return typeof workflowId === 'string' && workflowId.startsWith('INC-')
    ? { ...meta, incident: workflowId.slice(0, 17) }
    : { ...meta };
}

/** Lets Temporal's worker and core write through pino, with the incident id on every line that has one. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const log = (level: LogLevel, message: string, meta?: LogMetadata): void =>
    logger[LEVELS[level]](withIncident(meta), message);
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  };
}
