import { FirebreakError, ensureFirebreakError } from '../../domain/errors';
import type { ArtefactSink, CollectionContext } from '../../ports/collection';
import type { Host } from '../../domain/host';
import type { HostScript, HostShell } from '../../ports/host-shell';
import { scriptSha256 } from '../host-script/host-script';
import { hostWords } from '../host-script/reply';
import { CollectionFull, Intake } from './intake';
import type { Source } from './sources';

/** One exec of a collecting script. */
export interface HostExec {
  readonly script: HostScript;
  readonly sources: ReadonlyMap<string, Source>;
  readonly rung: number;
  readonly input: string;
  readonly timeoutMs: number;
  readonly maxArtefactBytes: number;
  /** All artefacts of one source together. */
  readonly maxSourceBytes: number;
  /** All artefacts together. */
  readonly maxTotalBytes: number;
}

/** Base64 makes four bytes of three; the rest is for directives. */
const FRAME_OVERHEAD = 1.4;
/** Connecting, the gate and the way back; what is left is the script's. */
const MARGIN_MS = 1_500;

/** Whole seconds a script may use of a budget, so that it ends by itself before the link is cut. */
export function scriptSeconds(budgetMs: number): number {
  return Math.max(1, Math.floor((budgetMs - MARGIN_MS) / 1_000));
}

/**
 * Runs a collecting script and brings what it says into the sink. When time or size is used up, what has come is kept
 * and marked; when the link breaks, a half artefact is given up and the error thrown.
 *
 * Throws FirebreakError: the codes of HostShell, LOGS_UNAVAILABLE for what is no collection; errors of the sink.
 */
export async function collectFrom(
  shell: HostShell,
  host: Host,
  exec: HostExec,
  sink: ArtefactSink,
  context: CollectionContext,
  now: () => number,
): Promise<Intake> {
  const intake = new Intake({
    host: host.name,
    hostKeyFingerprint: shell.fingerprint(host),
    scriptSha256: scriptSha256(exec.script),
    rung: exec.rung,
    sink,
    sources: exec.sources,
    maxArtefactBytes: exec.maxArtefactBytes,
    maxSourceBytes: exec.maxSourceBytes,
    maxTotalBytes: exec.maxTotalBytes,
    onProgress: context.onProgress,
    now,
  });
  const consumer: { failed?: unknown; taking: Promise<void> } = { taking: Promise.resolve() };
  try {
    const result = await shell.stream(
      host,
      exec.script,
      {
        timeoutMs: exec.timeoutMs,
        input: exec.input,
        maxOutputBytes: Math.ceil(exec.maxTotalBytes * FRAME_OVERHEAD),
        signal: context.signal,
        onNoise: (noise) => intake.heard(noise),
      },
      async (chunk) => {
        const taking = intake.feed(chunk);
        consumer.taking = taking.catch((error: unknown) => void (consumer.failed ??= error));
        return taking;
      },
    );
    if (intake.complete) return intake;
    if (!result.truncated) {
      const words = hostWords(result.stderr);
      const broke = { cause: 'collection-broke', host: host.name, exit: result.code } as const;
      throw new FirebreakError('LOGS_UNAVAILABLE', words === '' ? broke : { ...broke, words });
    }
    await intake.cutShort('size-cap');
    return intake;
  } catch (thrown) {
    // A shell that gives up at its time limit does not wait for the store to take the last chunk.
    await consumer.taking;
    // Why the stream ended is what the consumer says, whatever the shell makes of it.
    if (consumer.failed instanceof CollectionFull) {
      await intake.cutShort('size-cap');
      return intake;
    }
    const error = ensureFirebreakError(consumer.failed ?? thrown);
    if (error.code === 'HOST_TIMEOUT' && intake.greeted && !context.signal.aborted) {
      await intake.cutShort('time-cap');
      return intake;
    }
    // A store that refuses refuses the absence too; the first error is the one to know.
    await intake.abandon(error).catch(() => undefined);
    throw error;
  }
}
