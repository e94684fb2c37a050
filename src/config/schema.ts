import { z } from 'zod';
import { parseRange } from '../domain/addresses';
import { AUDIENCES } from '../domain/notice';
import { LOCALES } from '../domain/words';

/** The one schema of the configuration file; unknown keys are refused (O3). Secrets are named by file or variable, never held. */

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const ACCOUNT = /^[a-z_][a-z0-9_-]{0,31}$/;
const PUBLIC_KEY = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/=]+( .*)?$/;

const name = z.string().regex(NAME, 'a name of letters, digits, dots, dashes');
const account = z.string().regex(ACCOUNT, 'a Linux account name');
const path = z.string().min(1);
const address = z.string().refine((text) => parseRange(text) !== undefined, 'an IPv4 or IPv6 address or prefix');
const publicKey = z.string().regex(PUBLIC_KEY, 'an OpenSSH public key line');
const port = z.number().int().min(1).max(65_535);

const host = z.strictObject({
  address: z.string().min(1).describe('Name or address that Firebreak connects to.'),
  port: port.default(22).describe('SSH port.'),
  alternatePort: port.optional().describe('Second management port, tried when the first does not answer.'),
  user: account.default('firebreak').describe('Firebreak’s account on the host.'),
  identityFile: path.optional().describe('Private key; default: ssh.identityFile.'),
  hostKey: publicKey.optional().describe('Pinned host key; a host without one is refused.'),
  role: z.enum(['host', 'gateway']).default('host'),
  isolation: z.enum(['allowed', 'approval', 'never']).default('allowed').describe('May the host be cut off?'),
  onUnconfirmed: z
    .enum(['disarm', 'keep'])
    .default('disarm')
    .describe('What an unconfirmed isolation becomes when its timer runs out.'),
  segments: z.array(name).default([]),
  management: z.array(address).min(1).describe('Prefixes that keep SSH access while the host is isolated.'),
  gateway: name.optional().describe('Inventory name of the gateway that routes for this host.'),
  serviceAddresses: z.array(address).default([]).describe('Addresses of the host as its gateway sees them.'),
});

const person = z.strictObject({
  id: name,
  name: z.string().min(1).max(80),
  audience: z.enum(AUDIENCES),
  locale: z.enum(LOCALES).default('en'),
  phone: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, 'a number in E.164 form, e.g. +81312345678')
    .optional(),
  mail: z.email().optional(),
  slack: z
    .string()
    .regex(/^[CGDUW][A-Z0-9]{2,20}$/, 'a Slack channel or user id such as C0123456789, not a name')
    .optional()
    .describe('Channel or user id.'),
  tier: z.number().int().min(1).max(3).default(1).describe('1 is told first.'),
  hours: z
    .string()
    .regex(/^\d{2}:\d{2}-\d{2}:\d{2}$/, 'HH:MM-HH:MM')
    .optional()
    .describe('Contact hours; critical incidents ignore them.'),
  timeZone: z.string().optional(),
});

const cell = z.strictObject({
  block: z.enum(['none', 'in', 'both']).optional(),
  accounts: z.enum(['none', 'named', 'all']).optional(),
  isolate: z.enum(['none', 'hosts', 'hosts-and-segments']).optional(),
  emergencyAccess: z.boolean().optional(),
  ttlSeconds: z.number().int().min(60).max(2_000_000).optional(),
});
const modes = z.strictObject({ isolate: cell.optional(), monitor: cell.optional(), block: cell.optional() });
const severities = z.strictObject({ critical: modes.optional(), high: modes.optional(), medium: modes.optional() });

export const configSchema = z.strictObject({
  database: z
    .strictObject({
      url: z.string().optional().describe('PostgreSQL; better given as DATABASE_URL, because it holds a password.'),
    })
    .default({}),
  temporal: z
    .strictObject({
      address: z.string().default('127.0.0.1:7233'),
      namespace: name.default('firebreak'),
      ui: z.url().optional().describe('Base address of the Temporal UI, for links.'),
    })
    .prefault({}),
  paths: z
    .strictObject({
      forensics: path.default('/security/forensics').describe('Evidence bags.'),
      reports: path.default('/reports/security').describe('Completion reports.'),
      signingKey: path
        .default('/etc/security/firebreak/evidence-key.pem')
        .describe('Ed25519 key that signs checkpoints; made on first use.'),
      totpKey: path
        .default('/etc/security/firebreak/totp.key')
        .describe('Worker-only key that encrypts TOTP secrets; made on first use.'),
    })
    .prefault({}),
  evidence: z
    .strictObject({
      origin: z
        .string()
        .regex(/^[a-z0-9.-]+(\/[a-z0-9._-]+)*$/, 'e.g. firebreak.example/evidence')
        .default('firebreak.local/evidence'),
    })
    .prefault({}),
  ssh: z.strictObject({ identityFile: path.default('/etc/security/firebreak/id_ed25519') }).prefault({}),
  timeZone: z.string().default('UTC').describe('Times are shown in it and in UTC.'),
  hosts: z.record(name, host).default({}),
  segments: z.record(name, z.strictObject({ gateway: name, prefixes: z.array(address).min(1) })).default({}),
  people: z.array(person).default([]),
  channels: z
    .strictObject({
      smtp: z
        .strictObject({
          host: z.string().min(1),
          port: port.default(587),
          secure: z
            .boolean()
            .default(false)
            .describe('TLS from the first byte; otherwise STARTTLS is demanded unless allowPlain.'),
          allowPlain: z.boolean().default(false),
          user: z.string().optional(),
          passwordFile: path.optional().describe('Or FIREBREAK_SMTP_PASSWORD.'),
          from: z.string().min(3),
        })
        .optional(),
      slack: z
        .strictObject({
          apiUrl: z.url().default('https://slack.com/api/'),
          tokenFile: path.optional().describe('Bot token; or FIREBREAK_SLACK_TOKEN.'),
          webhookFile: path
            .optional()
            .describe('Incoming webhook address, used when there is no token; or FIREBREAK_SLACK_WEBHOOK.'),
        })
        .optional(),
      twilio: z
        .strictObject({
          apiUrl: z.url().default('https://api.twilio.com'),
          accountSid: z.string().min(3),
          from: z.string().min(3),
          tokenFile: path.optional().describe('Or FIREBREAK_TWILIO_TOKEN.'),
        })
        .optional(),
    })
    .default({}),
  protected: z
    .array(z.strictObject({ address, label: z.string().min(1).max(80) }))
    .default([])
    .describe('Never blocked: bastions, gateways, resolvers, monitoring, customers.'),
  widths: z
    .strictObject({
      v4: z.number().int().min(8).max(32).default(16),
      v6: z.number().int().min(16).max(128).default(32),
    })
    .prefault({}),
  policy: z
    .strictObject({ intrusion: severities.optional(), malware: severities.optional(), ddos: severities.optional() })
    .default({}),
  detector: z
    .strictObject({ maximum: z.enum(['propose', 'monitor', 'block', 'isolate']).default('propose') })
    .prefault({}),
  emergencyAccess: z
    .strictObject({
      account: account.default('fb-emergency'),
      publicKeys: z.array(publicKey).min(1),
      from: z.array(address).default([]),
    })
    .optional(),
  logs: z
    .strictObject({
      maxBytesPerSource: z
        .number()
        .int()
        .min(65_536)
        .default(256 * 1024 * 1024),
      lookBackHours: z.number().min(1).max(720).default(24),
    })
    .prefault({}),
  metrics: z
    .strictObject({ bindAddress: z.string().optional().describe('Prometheus, e.g. 127.0.0.1:9464.') })
    .default({}),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type Config = z.infer<typeof configSchema>;
