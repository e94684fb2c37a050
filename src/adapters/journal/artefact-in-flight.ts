import type { ArtefactInfo } from '../../domain/evidence';
import type { ArtefactSink } from '../../ports/collection';

type Write = (chunk: Buffer) => Promise<void>;

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: Deferred<T>['resolve'] = () => undefined;
  let reject: Deferred<T>['reject'] = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // Who does not wait for it any more must not bring the process down.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/**
 * Turns the sink's pull (`produce` is called when the store is ready) into the push of a stream, without a queue: each
 * write waits until the store has taken it.
 */
export class ArtefactInFlight {
  private readonly ready = deferred<Write>();
  private readonly info = deferred<ArtefactInfo>();
  private readonly stored: Promise<void>;

  constructor(sink: ArtefactSink, name: string) {
    this.stored = sink.artefact(name, async (write) => {
      this.ready.resolve(write);
      return this.info.promise;
    });
    // A store that has the artefact from an earlier attempt may never ask for the bytes again.
    this.stored.then(() => this.ready.resolve(async () => Promise.resolve()), this.ready.reject);
  }

  async write(chunk: Buffer): Promise<void> {
    const write = await this.ready.promise;
    await write(chunk);
  }

  async end(info: ArtefactInfo): Promise<void> {
    this.info.resolve(info);
    await this.stored;
  }

  /** Gives the artefact up: the sink sees the error and keeps nothing of it. */
  async discard(error: unknown): Promise<void> {
    this.info.reject(error);
    await this.stored.catch(() => undefined);
  }
}
