import { Reader, Writer } from 'protobufjs/minimal';

/** One value on its way to or from the Temporal server: `temporal.api.common.v1.Payload`. */
export interface Payload {
  metadata?: { [name: string]: Uint8Array } | null;
  data?: Uint8Array | null;
}

const METADATA = 1;
const DATA = 2;
const LENGTH_DELIMITED = 2;
const tag = (field: number): number => (field << 3) | LENGTH_DELIMITED;

/** The payload in Protocol Buffers, so that codecs of other SDKs can read what we wrote. */
export function writePayload(payload: Payload): Uint8Array {
  const writer = Writer.create();
  for (const [name, value] of Object.entries(payload.metadata ?? {})) {
    writer.uint32(tag(METADATA)).fork().uint32(tag(1)).string(name).uint32(tag(2)).bytes(value).ldelim();
  }
  if (payload.data && payload.data.length > 0) writer.uint32(tag(DATA)).bytes(payload.data);
  return writer.finish();
}

/** @throws Error when the bytes are no payload */
export function readPayload(bytes: Uint8Array): { metadata: { [name: string]: Uint8Array }; data: Uint8Array } {
  const reader = Reader.create(bytes);
  const metadata: { [name: string]: Uint8Array } = {};
  let data: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const field = reader.uint32();
    if (field === tag(METADATA)) {
      const [name, value] = readEntry(reader);
      metadata[name] = value;
    } else if (field === tag(DATA)) data = reader.bytes().slice();
    else reader.skipType(field & 7);
  }
  return { metadata, data };
}

function readEntry(reader: Reader): readonly [name: string, value: Uint8Array] {
  const end = reader.uint32() + reader.pos;
  let name = '';
  let value: Uint8Array = new Uint8Array();
  while (reader.pos < end) {
    const field = reader.uint32();
    if (field === tag(1)) name = reader.string();
    else if (field === tag(2)) value = reader.bytes().slice();
    else reader.skipType(field & 7);
  }
  return [name, value];
}
