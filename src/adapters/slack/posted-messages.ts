import type { WebClient } from '@slack/web-api';

export const NOTICE_EVENT = 'firebreak_notice';

/** Further back than the retries of one notice reach, with room for Slack's clock. */
const LOOK_BACK_S = 3_600;
const PAGE_SIZE = 200;
const MAX_PAGES = 5;

/** What Slack knows of a message id. */
export type PostedLookUp =
  | { readonly found: true; readonly channel: string; readonly ts: string }
  | { readonly found: false; readonly complete: boolean };

/**
 * Looks for a message posted before, by the id in its metadata (scopes `channels:history`, `groups:history` or
 * `im:history`, and `im:write` for people).
 * @returns `complete: false` when the conversation was busier than we read back
 */
export async function findPosted(client: WebClient, address: string, id: string, now: Date): Promise<PostedLookUp> {
  const channel = await conversationOf(client, address);
  const oldest = (now.getTime() / 1_000 - LOOK_BACK_S).toFixed(6);
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await client.conversations.history({
      channel,
      oldest,
      limit: PAGE_SIZE,
      include_all_metadata: true,
      ...(cursor !== undefined && { cursor }),
    });
    const hit = answer.messages?.find((message) => carries(message.metadata, id));
    if (hit?.ts !== undefined) return { found: true, channel, ts: hit.ts };
    cursor = answer.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') return { found: false, complete: true };
  }
  return { found: false, complete: false };
}

/** History is read by conversation; a message to a person lies in the direct conversation with them. */
async function conversationOf(client: WebClient, address: string): Promise<string> {
  if (!/^[UW][A-Z0-9]+$/.test(address)) return address;
  const opened = await client.conversations.open({ users: address });
  return opened.channel?.id ?? address;
}

function carries(metadata: unknown, id: string): boolean {
  if (typeof metadata !== 'object' || metadata === null) return false;
  if (!('event_type' in metadata) || metadata.event_type !== NOTICE_EVENT || !('event_payload' in metadata))
    return false;
  const payload = metadata.event_payload;
  return typeof payload === 'object' && payload !== null && 'id' in payload && payload.id === id;
}
