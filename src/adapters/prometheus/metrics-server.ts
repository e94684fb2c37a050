import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricsSource } from '../../ports/metrics';
import { exposition } from './exposition';

const MAX_CONNECTIONS = 16;
const REQUEST_WITHIN_MS = 10_000;
/** Several who scrape share one look at the tables. */
const KEPT_MS = 2_000;

export interface MetricsServerOptions {
  readonly source: MetricsSource;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly warn: (message: string) => void;
}

export interface MetricsServer {
  readonly port: number;
  stop(): Promise<void>;
}

function isLoopback(name: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|\[?::1\]?|localhost)$/i.test(name);
}

/**
 * Answers `GET /metrics`, and nothing else. Tables that cannot be read are answered with 503, so that Prometheus says `up == 0` and no
 * old figure stands for a new one.
 * @throws the system's error when the address cannot be had
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  let kept: { readonly until: number; readonly made: ReturnType<typeof exposition> } | undefined;
  const latest = (): ReturnType<typeof exposition> => {
    if (kept === undefined || kept.until < Date.now())
      kept = { until: Date.now() + KEPT_MS, made: options.source.families().then(exposition) };
    return kept.made;
  };
  const answer = async (method: string, path: string, reply: ServerResponse): Promise<void> => {
    if (path !== '/metrics') return void reply.writeHead(404).end();
    if (method !== 'GET' && method !== 'HEAD') return void reply.writeHead(405, { allow: 'GET, HEAD' }).end();
    try {
      const { contentType, text } = await latest();
      reply.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' });
      reply.end(method === 'HEAD' ? undefined : text);
    } catch (thrown) {
      options.warn(`metrics cannot be read: ${String(thrown)}`);
      reply.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' }).end('the tables cannot be read\n');
    }
  };
  const limits = { requestTimeout: REQUEST_WITHIN_MS, headersTimeout: REQUEST_WITHIN_MS };
  const server = createServer(limits, (request, reply) => {
    request.resume();
    // A page in a browser on this machine must not read them by another name for loopback.
    const { host = '', origin } = request.headers;
    if (isLoopback(options.host) && (origin !== undefined || !isLoopback(host.replace(/:\d+$/, '')))) {
      reply.writeHead(403, { connection: 'close' }).end();
      return;
    }
    void answer(request.method ?? '', (request.url ?? '').split('?')[0] ?? '', reply);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close').catch(() => undefined);
    },
  };
}
