import { z } from 'zod';
import { parseRange } from '../domain/addresses';
import { AUDIENCES } from '../domain/notice';
import { DEADLINE_MS, OPEN_INCIDENTS } from '../domain/numbers';
import { QUEUE_NAMES } from '../domain/queues';
import { LOCALES } from '../domain/words';

/** The one schema of the configuration file; unknown keys are refused (O3). Secrets are named by file or variable, never held. */

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const ACCOUNT = /^[a-z_][a-z0-9_-]{0,31}$/;
const JAIL = /^[A-Za-z0-9_-]{1,64}$/;
const HOURS = /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/;
const LISTENER = /^(tcp|udp)\/[1-9]\d{0,4}$/;
const OPERATOR = /^[a-z][a-z0-9._-]{0,31}$/;
const PUBLIC_KEY = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/=]+( .*)?$/;

const name = z.string().regex(NAME, 'a name of letters, digits, dots, dashes');
const account = z.string().regex(ACCOUNT, 'a Linux account name');
const operator = z.string().regex(OPERATOR, 'the name of an operator');
const path = z.string().min(1);
const address = z.string().refine((text) => parseRange(text) !== undefined, 'an IPv4 or IPv6 address or prefix');
const publicKey = z.string().regex(PUBLIC_KEY, 'an OpenSSH public key line');
const port = z.number().int().min(1).max(65_535);
const openBound = z.number().int().min(1).max(10_000);

const host = z.strictObject({
  address: z.string().min(1).describe('Name or address that Firebreak connects to.'),
  port: port.default(22).describe('SSH port.'),
  alternatePort: port.optional().describe('Second management port, tried when the first does not answer.'),
  user: account.default('firebreak').describe('Firebreak’s account on the host.'),
  identityFile: path.optional().describe('Private key; default: ssh.identityFile.'),
  hostKey: publicKey.optional().describe('Pinned host key; a host without one is refused.'),
  role: z.enum(['host', 'gateway']).default('host').describe('A gateway can cut off segments and the hosts behind it.'),
  isolation: z.enum(['allowed', 'approval', 'never']).default('allowed').describe('May the host be cut off?'),
  onUnconfirmed: z
    .enum(['disarm', 'keep'])
    .default('disarm')
    .describe('What an unconfirmed isolation becomes when its timer runs out.'),
  segments: z.array(name).default([]).describe('Segments the host lies in.'),
  management: z.array(address).min(1).describe('Prefixes that keep SSH access while the host is isolated.'),
  gateway: name.optional().describe('Inventory name of the gateway that routes for this host.'),
  serviceAddresses: z.array(address).default([]).describe('Addresses of the host as its gateway sees them.'),
  listeners: z
    .array(z.string().regex(LISTENER, 'a protocol and a port such as tcp/443'))
    .optional()
    .describe('What may listen there for others; else whatever did when the incident began.'),
  fail2banJail: z
    .string()
    .regex(JAIL, 'the name of a jail: letters, digits, dashes, underscores')
    .optional()
    .describe('Jail of its fail2ban that is told of blocked addresses too.'),
});

const person = z.strictObject({
  id: name.describe('Short name in deliveries and reports; once only.'),
  name: z.string().min(1).max(80).describe('Full name.'),
  audience: z.enum(AUDIENCES).describe('Which notices the person gets.'),
  locale: z.enum(LOCALES).default('en').describe('Language of the texts.'),
  phone: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, 'a number in E.164 form, e.g. +81312345678')
    .optional()
    .describe('For calls and SMS.'),
  mail: z.email().optional().describe('Mail address.'),
  slack: z
    .string()
    .regex(/^[CGDUW][A-Z0-9]{2,20}$/, 'a Slack channel or user id such as C0123456789, not a name')
    .optional()
    .describe('Channel or user id.'),
  tier: z
    .number()
    .int()
    .min(1)
    .max(3)
    .default(1)
    .describe('1 is told first. Escalation calls the next tier that is there, an emergency all of them.'),
  hours: z
    .string()
    .regex(HOURS, 'HH:MM-HH:MM')
    .optional()
    .describe('Contact hours, over midnight too; critical incidents ignore them.'),
  timeZone: z.string().optional().describe('IANA zone of the hours; default: UTC.'),
  hosts: z
    .array(name)
    .optional()
    .describe('Of a department: it hears only of incidents that touch one of these; default: of all.'),
});

const cell = z.strictObject({
  block: z.enum(['none', 'in', 'both']).optional().describe('Direction in which sources are cut off.'),
  accounts: z
    .enum(['none', 'named', 'all'])
    .optional()
    .describe('Disable accounts: where they are named, or on every host of the incident.'),
  isolate: z.enum(['none', 'hosts', 'hosts-and-segments']).optional().describe('What is isolated.'),
  emergencyAccess: z.boolean().optional().describe('Make the emergency account before isolating.'),
  ttlSeconds: z
    .number()
    .int()
    .min(DEADLINE_MS / 1_000)
    .max(2_000_000)
    .optional()
    .describe('How long controls last, from the declaration on; never shorter than the response itself may take.'),
});
const modes = z.strictObject({ isolate: cell.optional(), monitor: cell.optional(), block: cell.optional() });
const severities = z.strictObject({ critical: modes.optional(), high: modes.optional(), medium: modes.optional() });

const tls = z
  .strictObject({
    serverName: z
      .string()
      .min(1)
      .optional()
      .describe('Name in the server’s certificate; default: the host of the address.'),
    ca: path.optional().describe('PEM file of the CAs that may sign it; default: those of the system.'),
    cert: path.optional().describe('PEM file of the client certificate, with its chain.'),
    key: path.optional().describe('PEM file of its private key; not readable by others.'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), 'cert and key belong together');
const allowPlaintext = z
  .boolean()
  .default(false)
  .describe('Connect without TLS to another machine; by loopback that is always allowed.');

export const configSchema = z.strictObject({
  database: z
    .strictObject({
      url: z.string().optional().describe('PostgreSQL; better given as DATABASE_URL, because it holds a password.'),
      tls: tls.optional(),
      allowPlaintext,
    })
    .prefault({}),
  temporal: z
    .strictObject({
      address: z.string().default('127.0.0.1:7233').describe('Temporal server.'),
      namespace: name.default('firebreak').describe('Its namespace.'),
      ui: z.url().optional().describe('Base address of the Temporal UI, for links.'),
      tls: tls.optional(),
      apiKeyFile: path.optional().describe('File of the API key; needs TLS.'),
      allowPlaintext,
      queues: z
        .array(z.enum(QUEUE_NAMES))
        .min(1)
        .default([...QUEUE_NAMES])
        .describe('Queues that a worker serves; the option --queues wins.'),
      codec: z
        .strictObject({
          keyFile: path
            .default('/etc/security/firebreak/codec.keys')
            .describe('Keys that encrypt payloads; made by `firebreak setup keys`.'),
          port: port.default(8234).describe('Port of `firebreak codec-server` on loopback.'),
          origins: z
            .array(z.url())
            .default([])
            .describe('Origins of Temporal UIs that may ask it; default: that of temporal.ui.'),
          tokenFile: path.optional().describe('File of a token that every caller of it must show.'),
        })
        .optional()
        .describe('Encrypts what is kept in Temporal’s histories. Left out: no encryption.'),
    })
    .prefault({}),
  paths: z
    .strictObject({
      forensics: path.default('/security/forensics').describe('Evidence bags.'),
      reports: path.default('/reports/security').describe('Completion reports.'),
      signingKey: path
        .default('/etc/security/firebreak/evidence-key.pem')
        .describe('Ed25519 key that signs checkpoints; made by `firebreak setup keys`, read by workers only.'),
      totpKey: path
        .default('/etc/security/firebreak/totp.key')
        .describe('Key of the workers that encrypts TOTP secrets; made by `firebreak setup keys`.'),
    })
    .prefault({}),
  evidence: z
    .strictObject({
      origin: z
        .string()
        .regex(/^[a-z0-9.-]+(\/[a-z0-9._-]+)*$/, 'e.g. firebreak.example/evidence')
        .default('firebreak.local/evidence')
        .describe('Name of this log in signed checkpoints; never changed once bags exist.'),
      publicKey: z
        .string()
        .optional()
        .describe('Verification key that `firebreak setup keys` prints; evidence is compared with it.'),
      keepDays: z
        .number()
        .int()
        .min(0)
        .max(36_500)
        .default(400)
        .describe('So long after the close and the last seal no evidence is disposed of.'),
    })
    .prefault({}),
  ssh: z
    .strictObject({
      identityFile: path.default('/etc/security/firebreak/id_ed25519').describe('Firebreak’s private SSH key.'),
    })
    .prefault({}),
  timeZone: z.string().default('UTC').describe('Times are shown in it and in UTC.'),
  hosts: z.record(name, host).default({}),
  segments: z
    .record(
      name,
      z.strictObject({
        gateway: name.describe('Inventory name of the gateway that can cut it off.'),
        prefixes: z.array(address).min(1).describe('Its networks.'),
      }),
    )
    .default({}),
  people: z.array(person).default([]),
  channels: z
    .strictObject({
      smtp: z
        .strictObject({
          host: z.string().min(1).describe('Mail server.'),
          port: port.default(587).describe('Its port.'),
          secure: z
            .boolean()
            .default(false)
            .describe('TLS from the first byte; otherwise STARTTLS is demanded unless allowPlain.'),
          allowPlain: z
            .boolean()
            .default(false)
            .describe('Send without TLS when the server has none; for local receivers.'),
          user: z.string().optional().describe('Login name.'),
          passwordFile: path.optional().describe('Or FIREBREAK_SMTP_PASSWORD.'),
          from: z.string().min(3).describe('Sender.'),
        })
        .optional(),
      slack: z
        .strictObject({
          apiUrl: z.url().default('https://slack.com/api/').describe('Slack Web API.'),
          tokenFile: path.optional().describe('Bot token; or FIREBREAK_SLACK_TOKEN.'),
          webhookFile: path
            .optional()
            .describe('Incoming webhook address, used when there is no token; or FIREBREAK_SLACK_WEBHOOK.'),
        })
        .optional(),
      twilio: z
        .strictObject({
          apiUrl: z.url().default('https://api.twilio.com').describe('Twilio REST API.'),
          accountSid: z.string().min(3).describe('Account id.'),
          from: z.string().min(3).describe('Calling number.'),
          tokenFile: path.optional().describe('Auth token; or FIREBREAK_TWILIO_TOKEN.'),
        })
        .optional(),
    })
    .default({}),
  protected: z
    .array(
      z.strictObject({
        address: address.describe('Address or prefix.'),
        label: z.string().min(1).max(80).describe('What it is, shown where it is refused.'),
      }),
    )
    .default([])
    .describe('Never blocked: bastions, gateways, resolvers, monitoring, customers.'),
  widths: z
    .strictObject({
      v4: z.number().int().min(8).max(32).default(16).describe('Widest IPv4 prefix that may be blocked.'),
      v6: z.number().int().min(16).max(128).default(32).describe('Widest IPv6 prefix that may be blocked.'),
    })
    .prefault({}),
  policy: z
    .strictObject({ intrusion: severities.optional(), malware: severities.optional(), ddos: severities.optional() })
    .default({}),
  detector: z
    .strictObject({
      maximum: z
        .enum(['propose', 'monitor', 'block', 'isolate'])
        .default('propose')
        .describe('What a detector may do without a person; `propose`: every act waits for approval.'),
    })
    .prefault({}),
  openIncidents: z
    .strictObject({
      perOperator: openBound.default(OPEN_INCIDENTS.perOperator).describe('Of one person.'),
      operators: openBound.default(OPEN_INCIDENTS.operators).describe('Of all people together.'),
      perDetector: openBound
        .default(OPEN_INCIDENTS.perDetector)
        .describe('Of one detector: `medium` may fill 60 %, `high` 80 %, `critical` all.'),
      detectors: openBound
        .default(OPEN_INCIDENTS.detectors)
        .describe('Of all detectors together; they never use up what people have.'),
    })
    .prefault({})
    .describe('How many incidents of the last day may be open at once; workers refuse more.'),
  emergencyAccess: z
    .strictObject({
      account: account.default('fb-emergency').describe('Account made on hosts before they are isolated.'),
      publicKeys: z.array(publicKey).min(1).describe('Keys that may use it.'),
      from: z.array(address).default([]).describe('Where from; default: the host’s management prefixes.'),
    })
    .optional(),
  signers: z
    .record(operator, publicKey.describe('The operator’s public SSH key.'))
    .default({})
    .describe('Operators whose signed orders hosts obey where somebody is let in again: name and public key.'),
  logs: z
    .strictObject({
      maxBytesPerSource: z
        .number()
        .int()
        .min(65_536)
        .default(256 * 1024 * 1024)
        .describe('More of one log is cut off, and the cut recorded.'),
      lookBackHours: z.number().min(1).max(720).default(24).describe('How far back logs are collected.'),
    })
    .prefault({}),
  metrics: z
    .strictObject({ bindAddress: z.string().optional().describe('Prometheus, e.g. 127.0.0.1:9464.') })
    .default({}),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Of the log on stderr.'),
});

export type Config = z.infer<typeof configSchema>;
