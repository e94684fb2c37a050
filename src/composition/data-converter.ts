import type { DataConverter } from '@temporalio/common';
import { readCodecKeys } from '../adapters/payload-codec/codec-keys';
import type { PayloadCodec } from '../adapters/payload-codec/payload-codec';
import { createPayloadCodec } from '../adapters/payload-codec/payload-codec';
import type { Config } from '../config/schema';

/**
 * The configured codec with its keys.
 * @returns undefined when none is configured
 * @throws FirebreakError CONFIG_INVALID
 */
export async function composeCodec({ temporal }: Pick<Config, 'temporal'>): Promise<PayloadCodec | undefined> {
  if (temporal.codec === undefined) return undefined;
  return createPayloadCodec(await readCodecKeys(temporal.codec.keyFile));
}

/**
 * How clients and workers write and read payloads; both must do the same.
 * @returns undefined when nothing is encrypted
 * @throws FirebreakError CONFIG_INVALID
 */
export async function composeDataConverter(config: Pick<Config, 'temporal'>): Promise<DataConverter | undefined> {
  const codec = await composeCodec(config);
  if (codec === undefined) return undefined;
  const { encryptedConverter } = await import('../../temporal/data-converter.js');
  return encryptedConverter(codec);
}
