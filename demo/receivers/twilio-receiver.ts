import { randomBytes } from 'node:crypto';
import type { Behaviours } from './behaviour';
import { type Answer, type ReceivedRequest, type Silence, startHttpReceiver } from './http-receiver';
import { PhoneCall, type PhoneHabits, type PhoneStatus } from './phone';
import type { ReceiverLog } from './receiver-log';

export interface ReceivedCall {
  readonly sid: string;
  readonly to: string;
  readonly from: string;
  readonly status: PhoneStatus;
  readonly said: string;
  /** BCP 47, as in the TwiML. */
  readonly language: string;
  readonly twiml: string;
  readonly at: string;
}

export interface ReceivedText {
  readonly sid: string;
  readonly to: string;
  readonly from: string;
  readonly body: string;
  readonly at: string;
}

export interface TwilioReceiver {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Made at the start; other credentials are refused. */
  readonly accountSid: string;
  readonly authToken: string;
  calls(): readonly ReceivedCall[];
  texts(): readonly ReceivedText[];
  stop(): Promise<void>;
}

const DEFAULT_RING_S = 60;

/** The part of Twilio's 2010-04-01 API that Firebreak uses: calls, messages and the account. */
export async function startTwilioReceiver(
  behaviours: Behaviours,
  phone: PhoneHabits,
  log: ReceiverLog,
): Promise<TwilioReceiver> {
  const accountSid = `AC${randomBytes(16).toString('hex')}`;
  const authToken = randomBytes(16).toString('hex');
  const credentials = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const habits = { answersAfterMs: phone.answersAfterMs ?? 300, talksForMs: phone.talksForMs ?? 500 };
  const calls: PhoneCall[] = [];
  const texts: ReceivedText[] = [];

  function callResource(call: PhoneCall): object {
    const status = call.status();
    const dates = { date_created: rfc2822(call.createdAt), date_updated: rfc2822(new Date()) };
    return {
      sid: call.sid,
      account_sid: accountSid,
      to: call.to,
      from: call.from,
      status,
      direction: 'outbound-api',
      ...dates,
    };
  }

  function textResource(text: ReceivedText): object {
    const date = rfc2822(new Date(text.at));
    const { sid, to, from, body } = text;
    return {
      sid,
      account_sid: accountSid,
      to,
      from,
      body,
      status: 'queued',
      date_created: date,
      date_updated: date,
      date_sent: null,
    };
  }

  function createCall(form: URLSearchParams): Answer {
    const to = form.get('To') ?? '';
    if (!/^\+\d{7,15}$/.test(to)) return failure(400, 21211, `The 'To' number ${to} is not a valid phone number.`);
    const ringsForMs = Number(form.get('Timeout') ?? DEFAULT_RING_S) * 1_000;
    const mode = behaviours.of('voice').mode;
    const person = mode === 'busy' ? 'is busy' : mode === 'no-answer' ? 'is away' : 'answers';
    const call = new PhoneCall(to, form.get('From') ?? '', form.get('Twiml') ?? '', person, ringsForMs, habits);
    calls.push(call);
    log.info({ to, said: call.said().text }, 'phone rings');
    return { status: 201, body: callResource(call) };
  }

  function createText(form: URLSearchParams): Answer {
    const to = form.get('To') ?? '';
    if (!/^\+\d{7,15}$/.test(to)) return failure(400, 21211, `The 'To' number ${to} is not a valid phone number.`);
    const text = {
      sid: `SM${randomBytes(16).toString('hex')}`,
      to,
      from: form.get('From') ?? '',
      body: form.get('Body') ?? '',
      at: new Date().toISOString(),
    };
    texts.push(text);
    log.info({ to, body: text.body }, 'SMS received');
    return { status: 201, body: textResource(text) };
  }

  function oneCall(sid: string, request: ReceivedRequest): Answer {
    const call = calls.find((candidate) => candidate.sid === sid);
    if (call === undefined) return failure(404, 20404, 'The requested resource was not found.');
    const wanted = request.method === 'POST' ? new URLSearchParams(request.body).get('Status') : null;
    if (wanted === 'canceled' && !call.cancel())
      return failure(400, 21220, 'Call is not in a state that can be canceled.');
    return { status: 200, body: callResource(call) };
  }

  function list(kind: 'calls' | 'messages', query: URLSearchParams): Answer {
    const wanted = (one: { readonly to: string; readonly from: string }): boolean =>
      [one.to, null].includes(query.get('To')) && [one.from, null].includes(query.get('From'));
    const items = kind === 'calls' ? calls.filter(wanted).map(callResource) : texts.filter(wanted).map(textResource);
    const page = items.reverse().slice(0, Number(query.get('PageSize') ?? '50'));
    return { status: 200, body: { [kind]: page, page: 0, page_size: page.length, next_page_uri: null } };
  }

  function api(request: ReceivedRequest): Answer {
    if (request.authorization !== credentials) return failure(401, 20003, 'Authenticate');
    const path = request.url.pathname.replace(`/2010-04-01/Accounts/${accountSid}`, '');
    const creates = request.method === 'POST';
    if (path === '.json') return { status: 200, body: { sid: accountSid, status: 'active', type: 'Full' } };
    if (path === '/Calls.json') {
      return creates ? createCall(new URLSearchParams(request.body)) : list('calls', request.url.searchParams);
    }
    if (path === '/Messages.json') {
      return creates ? createText(new URLSearchParams(request.body)) : list('messages', request.url.searchParams);
    }
    const sid = /^\/Calls\/(CA[0-9a-f]{32})\.json$/.exec(path)?.[1];
    return sid === undefined ? failure(404, 20404, 'The requested resource was not found.') : oneCall(sid, request);
  }

  // The account belongs to both channels; it behaves as the phone does.
  const server = await startHttpReceiver((request): Answer | Silence => {
    const behaviour = behaviours.of(request.url.pathname.includes('/Messages') ? 'sms' : 'voice');
    if (behaviour.mode === 'hang') return 'hang';
    if (behaviour.mode === 'rate-limit') {
      return { ...failure(429, 20429, 'Too Many Requests'), headers: { 'retry-after': String(behaviour.retryAfterS) } };
    }
    if (behaviour.mode === 'refuse') {
      const to = new URLSearchParams(request.body).get('To') ?? '';
      return failure(400, 21219, `The number ${to} is unverified.`);
    }
    const before = calls.length + texts.length;
    const answer = api(request);
    return behaviour.mode === 'drop-after-accept' && calls.length + texts.length > before ? 'cut' : answer;
  });

  return {
    url: server.url,
    accountSid,
    authToken,
    calls: () => calls.map(seen),
    texts: () => [...texts],
    stop: () => server.stop(),
  };
}

function seen(call: PhoneCall): ReceivedCall {
  const { sid, to, from, twiml } = call;
  const { text, language } = call.said();
  return { sid, to, from, twiml, status: call.status(), said: text, language, at: call.createdAt.toISOString() };
}

function failure(status: number, code: number, message: string): Answer {
  return { status, body: { status, code, message, more_info: `https://www.twilio.com/docs/errors/${code}` } };
}

/** `Thu, 20 Nov 2026 03:00:00 +0000` */
function rfc2822(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}
