import { rotateCodecKeys } from '../adapters/payload-codec/codec-keys';
import type { CodecServer } from '../adapters/payload-codec/codec-server';
import { startCodecServer } from '../adapters/payload-codec/codec-server';
import type { Config } from '../config/schema';
import { secretFrom } from '../config/secrets';
import { FirebreakError } from '../domain/errors';
import { composeCodec } from './data-converter';

/**
 * Starts the configured codec server.
 * @throws FirebreakError CONFIG_INVALID when no codec is configured, or nobody could ask the server
 */
export async function composeCodecServer(
  config: Config,
): Promise<CodecServer & { readonly origins: readonly string[] }> {
  const { codec: settings, ui } = config.temporal;
  const codec = await composeCodec(config);
  if (codec === undefined || settings === undefined)
    throw new FirebreakError('CONFIG_INVALID', 'temporal.codec is not configured: nothing is encrypted.');
  const named = settings.origins.length > 0 ? settings.origins : ui === undefined ? [] : [ui];
  const origins = named.map((url) => new URL(url).origin);
  const token = secretFrom('FIREBREAK_CODEC_TOKEN', settings.tokenFile);
  if (origins.length === 0 && token === undefined)
    throw new FirebreakError(
      'CONFIG_INVALID',
      'Nobody could ask: set temporal.ui, temporal.codec.origins or tokenFile.',
    );
  const server = await startCodecServer({ codec, port: settings.port, origins, token }).catch((cause: unknown) => {
    throw new FirebreakError('CONFIG_INVALID', `Port ${settings.port} on loopback cannot be had.`, { cause });
  });
  return { ...server, origins };
}

/** One half of a rotation of the codec’s keys. @returns id of the key. @throws FirebreakError CONFIG_INVALID */
export async function rotateCodec(config: Config, half: 'add' | 'activate'): Promise<string> {
  if (config.temporal.codec === undefined)
    throw new FirebreakError('CONFIG_INVALID', 'temporal.codec is not configured.');
  return rotateCodecKeys(config.temporal.codec.keyFile, half);
}
