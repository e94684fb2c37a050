import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CodecCallers } from './codec-callers';
import { judgeCaller } from './codec-callers';
import type { Payload } from './payload';
import type { PayloadCodec } from './payload-codec';

const LOOPBACK = '127.0.0.1';
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const MAX_CONNECTIONS = 32;
const REQUEST_WITHIN_MS = 10_000;

export interface CodecServerOptions extends CodecCallers {
  readonly codec: PayloadCodec;
  /** 0: any free one. */
  readonly port: number;
}

export interface CodecServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** A payload in the JSON of Protocol Buffers: bytes are base64. */
interface JsonPayload {
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly data?: string | null;
}

/**
 * Decodes payloads for the Temporal UI (https://docs.temporal.io/codec-server): `POST /decode` with `{"payloads": […]}`. It listens
 * on loopback only and never encodes, so it gives nobody a payload that a worker would take for ours.
 * @throws the system's error when the port is taken
 */
export async function startCodecServer(options: CodecServerOptions): Promise<CodecServer> {
  const server = createServer(
    { requestTimeout: REQUEST_WITHIN_MS, headersTimeout: REQUEST_WITHIN_MS },
    (request, reply) => {
      answer(request, reply, options).catch(() => {
        if (!reply.headersSent) reply.writeHead(400);
        reply.end();
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(options.port, LOOPBACK);
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

async function answer(request: IncomingMessage, reply: ServerResponse, options: CodecServerOptions): Promise<void> {
  const refuse = (status: number): void => {
    // Unread bodies of refused callers end with their connection.
    reply.writeHead(status, { connection: 'close' }).end();
  };
  const verdict = judgeCaller(request, options);
  if ('refused' in verdict) return refuse(verdict.refused);
  const { origin } = request.headers;
  reply.setHeader('vary', 'origin');
  reply.setHeader('cache-control', 'no-store');
  reply.setHeader('x-content-type-options', 'nosniff');
  if (origin !== undefined) reply.setHeader('access-control-allow-origin', origin);
  if (verdict.path !== '/decode') return refuse(404);
  if (request.method === 'OPTIONS') {
    reply.setHeader('access-control-allow-methods', 'POST');
    reply.setHeader('access-control-allow-headers', 'authorization, content-type, x-namespace');
    reply.setHeader('access-control-allow-private-network', 'true');
    reply.writeHead(204).end();
    return;
  }
  if (request.method !== 'POST') return refuse(405);
  const body = await readBody(request);
  if (body === undefined) return refuse(413);
  const payloads = payloadsOf(body);
  if (payloads === undefined) return refuse(400);
  const decoded = await Promise.all(payloads.map((payload) => decodeOne(payload, options.codec)));
  reply.setHeader('content-type', 'application/json');
  reply.writeHead(200).end(JSON.stringify({ payloads: decoded }));
}

/** @returns undefined when it is too large */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function payloadsOf(body: string): readonly JsonPayload[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { payloads } = (value ?? {}) as { readonly payloads?: unknown };
  return Array.isArray(payloads) && payloads.every(isJsonPayload) ? payloads : undefined;
}

function isJsonPayload(value: unknown): value is JsonPayload {
  if (typeof value !== 'object' || value === null) return false;
  const { metadata, data } = value as { readonly metadata?: unknown; readonly data?: unknown };
  const texts = typeof metadata === 'object' && metadata !== null ? Object.values(metadata) : [];
  return (
    texts.every((text) => typeof text === 'string') && (data === undefined || data === null || typeof data === 'string')
  );
}

/** One that cannot be decoded comes back as it was: a forged payload must not hide the others from the UI. */
async function decodeOne(payload: JsonPayload, codec: PayloadCodec): Promise<JsonPayload> {
  const entries = Object.entries(payload.metadata ?? {});
  const read: Payload = {
    metadata: Object.fromEntries(entries.map(([name, text]) => [name, Buffer.from(text, 'base64')])),
    data: Buffer.from(payload.data ?? '', 'base64'),
  };
  const [decoded = read] = await codec.decode([read]).catch(() => [read]);
  return {
    metadata: Object.fromEntries(Object.entries(decoded.metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)])),
    data: base64(decoded.data ?? new Uint8Array()),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
