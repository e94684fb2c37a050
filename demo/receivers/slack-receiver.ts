import { randomBytes } from 'node:crypto';
import type { Behaviours } from './behaviour';
import { type Answer, type ReceivedRequest, type Silence, startHttpReceiver } from './http-receiver';
import type { ReceiverLog } from './receiver-log';
import { blockText, mentionsIn } from './slack-blocks';

export interface ReceivedSlackMessage {
  readonly channel: string;
  readonly ts: string;
  /** Fallback text as sent. */
  readonly text: string;
  /** What a reader sees of the blocks. */
  readonly shown: string;
  /** Everybody whom the message would alert: `channel`, `here`, `everyone`, user and group ids. */
  readonly mentions: readonly string[];
  readonly metadata: unknown;
  readonly by: 'api' | 'webhook';
  readonly at: string;
}

export interface SlackReceiver {
  /** `http://127.0.0.1:PORT/api/` */
  readonly url: string;
  /** Made at the start; other tokens are refused. */
  readonly token: string;
  readonly webhookUrl: string;
  messages(): readonly ReceivedSlackMessage[];
  stop(): Promise<void>;
}

/** The part of Slack that Firebreak uses: four Web API methods and an incoming webhook. */
export async function startSlackReceiver(behaviours: Behaviours, log: ReceiverLog): Promise<SlackReceiver> {
  const token = `xoxb-${randomBytes(12).toString('hex')}`;
  const webhookPath = `/services/${randomBytes(12).toString('hex')}`;
  const messages: ReceivedSlackMessage[] = [];
  let lastMicros = 0;

  /** Slack's message id: seconds with six decimals, unique in a conversation. */
  function nextTs(): string {
    lastMicros = Math.max(lastMicros + 1, Date.now() * 1_000);
    return (lastMicros / 1_000_000).toFixed(6);
  }

  function store(message: Pick<ReceivedSlackMessage, 'channel' | 'text' | 'metadata' | 'by'>, blocks: unknown): string {
    const ts = nextTs();
    const mentions = mentionsIn(message.text, blocks);
    messages.push({ ...message, ts, shown: blockText(blocks), mentions, at: new Date().toISOString() });
    log.info({ channel: message.channel, text: message.text }, 'Slack message received');
    return ts;
  }

  function postMessage(form: URLSearchParams): Answer {
    const channel = directConversation(form.get('channel') ?? '');
    const text = form.get('text') ?? '';
    const blocks = parsed(form.get('blocks'));
    if (channel === '') return refusal('channel_not_found');
    if (text === '' && blocks === undefined) return refusal('no_text');
    const ts = store({ channel, text, metadata: parsed(form.get('metadata')), by: 'api' }, blocks);
    return { status: 200, body: { ok: true, channel, ts, message: { type: 'message', text, ts } } };
  }

  function history(form: URLSearchParams): Answer {
    const oldest = Number(form.get('oldest') ?? '0');
    const withMetadata = form.get('include_all_metadata') === 'true';
    const found = messages.filter((one) => one.channel === form.get('channel') && Number(one.ts) > oldest).reverse();
    return {
      status: 200,
      body: {
        ok: true,
        messages: found.map(({ ts, text, metadata }) => ({
          type: 'message',
          ts,
          text,
          ...(withMetadata && { metadata }),
        })),
        has_more: false,
        response_metadata: { next_cursor: '' },
      },
    };
  }

  function api(method: string, request: ReceivedRequest): Answer {
    if (request.authorization !== `Bearer ${token}`) return refusal('invalid_auth');
    const form = new URLSearchParams(request.body);
    if (method === 'chat.postMessage') return postMessage(form);
    if (method === 'conversations.history') return history(form);
    if (method === 'auth.test')
      return { status: 200, body: { ok: true, team: 'drill', user: 'firebreak', bot_id: 'B0FIRE' } };
    if (method === 'conversations.open') {
      return { status: 200, body: { ok: true, channel: { id: directConversation(form.get('users') ?? '') } } };
    }
    return refusal('unknown_method');
  }

  function webhook(request: ReceivedRequest): Answer {
    const sent = parsed(request.body);
    if (typeof sent !== 'object' || sent === null) return { status: 400, body: 'invalid_payload' };
    const text = 'text' in sent && typeof sent.text === 'string' ? sent.text : '';
    if (text === '') return { status: 400, body: 'no_text' };
    const metadata = 'metadata' in sent ? sent.metadata : undefined;
    store({ channel: 'webhook', text, metadata, by: 'webhook' }, 'blocks' in sent ? sent.blocks : undefined);
    return { status: 200, body: 'ok' };
  }

  const server = await startHttpReceiver((request): Answer | Silence => {
    const behaviour = behaviours.of('slack');
    const byWebhook = request.url.pathname === webhookPath;
    if (behaviour.mode === 'hang') return 'hang';
    if (behaviour.mode === 'rate-limit') {
      return {
        status: 429,
        headers: { 'retry-after': String(behaviour.retryAfterS) },
        body: { ok: false, error: 'ratelimited' },
      };
    }
    if (!byWebhook && !request.url.pathname.startsWith('/api/')) return { status: 404, body: 'no_service' };
    if (behaviour.mode === 'refuse')
      return byWebhook ? { status: 404, body: 'no_service' } : refusal('channel_not_found');
    const before = messages.length;
    const answer = byWebhook ? webhook(request) : api(request.url.pathname.replace(/^\/api\//, ''), request);
    return behaviour.mode === 'drop-after-accept' && messages.length > before ? 'cut' : answer;
  });

  return {
    url: `${server.url}/api/`,
    token,
    webhookUrl: `${server.url}${webhookPath}`,
    messages: () => [...messages],
    stop: () => server.stop(),
  };
}

function refusal(error: string): Answer {
  return { status: 200, body: { ok: false, error } };
}

/** A message to a person goes to the direct conversation with them, which has an id of its own. */
function directConversation(address: string): string {
  return /^[UW]/.test(address) ? `D${address.slice(1)}` : address;
}

function parsed(json: string | null): unknown {
  try {
    return json === null ? undefined : (JSON.parse(json) as unknown);
  } catch {
    return undefined;
  }
}
