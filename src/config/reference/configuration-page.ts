import { z } from 'zod';
import { DEFAULT_FILES, ENVIRONMENT } from '../load';
import { configSchema } from '../schema';
import { heading, markdownTable } from './markdown';

/** The part of JSON Schema that the configuration needs. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | false;
  readonly items?: Node;
}

/** One key of the configuration file. */
export interface ConfigurationKey {
  /** Dotted; `<name>` stands for a name, `[]` for an entry of a list. */
  readonly key: string;
  readonly type: string;
  /** `required`, a value, or empty when the key may be left out. */
  readonly fallback: string;
  readonly description: string;
  readonly variable: string;
}

/** Variables that hold a secret, by the key that names its file instead. */
const SECRET_VARIABLES: Readonly<Record<string, string>> = {
  'temporal.apiKeyFile': 'FIREBREAK_TEMPORAL_API_KEY',
  'temporal.codec.tokenFile': 'FIREBREAK_CODEC_TOKEN',
  'channels.smtp.passwordFile': 'FIREBREAK_SMTP_PASSWORD',
  'channels.slack.tokenFile': 'FIREBREAK_SLACK_TOKEN',
  'channels.slack.webhookFile': 'FIREBREAK_SLACK_WEBHOOK',
  'channels.twilio.tokenFile': 'FIREBREAK_TWILIO_TOKEN',
};

/** Further variables of the command line and the processes, which have no key in the file. */
const OTHER_VARIABLES = [
  ['FIREBREAK_CONFIG', 'path of the configuration file'],
  ['FIREBREAK_OPERATOR', 'who gives orders, instead of `--operator`'],
  ['FIREBREAK_IDENTITY', 'SSH key that signs orders, instead of `--identity`'],
  ['FIREBREAK_BUILD_ID', 'version that workers register under; default: the package’s version'],
  ['FIREBREAK_NO_APT', '`1`: the demo installs no Debian packages'],
  ['NO_COLOR', 'set to anything: no colours'],
] as const;

const RANGE_LIMIT = 1e9;

function typeOf(node: Node): string {
  if (node.enum !== undefined) return node.enum.join(' | ');
  if (node.items !== undefined) return `list of ${typeOf(node.items)}${node.minItems === 1 ? ', not empty' : ''}`;
  if (node.format === 'uri') return 'URL';
  if (node.format === 'email') return 'mail address';
  if (node.type !== 'integer' && node.type !== 'number') return node.type ?? 'text';
  const from = node.minimum === undefined ? '' : ` from ${node.minimum}`;
  const to = node.maximum === undefined || node.maximum > RANGE_LIMIT ? '' : ` to ${node.maximum}`;
  return `${node.type}${from}${to}`;
}

/** Type × severity × mode have the same keys everywhere: shown once. */
function collapsed(key: string, names: readonly string[]): readonly string[] {
  if (key === 'policy' || /^policy\.<[a-z]+>(\.<[a-z]+>)?$/.test(key)) return names.slice(0, 1);
  return names;
}

function placeholder(key: string, name: string): string {
  if (key === 'policy') return '<type>';
  if (key === 'policy.<type>') return '<severity>';
  return key === 'policy.<type>.<severity>' ? '<mode>' : name;
}

function keysBelow(node: Node, key: string, required: boolean): ConfigurationKey[] {
  const below = (name: string, child: Node, needed: boolean): ConfigurationKey[] =>
    keysBelow(child, key === '' ? name : `${key}.${name}`, needed);
  if (node.properties !== undefined) {
    const { properties } = node;
    return collapsed(key, Object.keys(properties)).flatMap((name) => {
      const child = properties[name];
      if (child === undefined) return [];
      return below(placeholder(key, name), child, node.required?.includes(name) ?? false);
    });
  }
  if (typeof node.additionalProperties === 'object') return below('<name>', node.additionalProperties, false);
  if (node.items?.properties !== undefined) return keysBelow(node.items, `${key}[]`, false);
  const variable = Object.entries(ENVIRONMENT).find(([, named]) => named === key)?.[0] ?? SECRET_VARIABLES[key] ?? '';
  const fallback = node.default === undefined ? (required ? 'required' : '') : `\`${JSON.stringify(node.default)}\``;
  return [{ key, type: typeOf(node), fallback, description: node.description ?? '', variable }];
}

/** Every key of the schema, in its order. */
export function configurationKeys(): ConfigurationKey[] {
  return keysBelow(z.toJSONSchema(configSchema, { io: 'input' }) as Node, '', false);
}

/** docs/configuration.md: key, type, default, description, variable. */
export function configurationPage(): string {
  const groups = new Map<string, ConfigurationKey[]>();
  for (const key of configurationKeys()) {
    const group = /^[^.[]*/.exec(key.key)?.[0] ?? '';
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  const sections = [...groups].flatMap(([group, keys]) => [
    `## ${group}`,
    '',
    ...markdownTable(
      ['Key', 'Type', 'Default', 'What', 'Variable'],
      keys.map((key) => [
        `\`${key.key}\``,
        key.type,
        key.fallback,
        key.description,
        key.variable === '' ? '' : `\`${key.variable}\``,
      ]),
    ),
    '',
  ]);
  return [
    ...heading(
      'Configuration',
      `One YAML file: \`--config FILE\`, else \`FIREBREAK_CONFIG\`, else the first of ${DEFAULT_FILES.map((file) => `\`${file}\``).join(', ')}; the first two are of the checkout that the program runs from, never of the current directory. The file belongs to root or to the account that reads it, and nobody else may write it. Flags win over environment variables, variables over the file, the file over defaults; a blank variable counts as not set. Unknown keys are refused. \`firebreak config check\` lists every problem, or every effective value with its origin.`,
    ),
    'Secrets never stand in the file: it names files (mode 0600 or 0640) or a variable holds them. A section that is left out is off',
    '(`channels.*`, `emergencyAccess`) or has its defaults.',
    '',
    ...sections,
    '## Other variables',
    '',
    ...markdownTable(
      ['Variable', 'What'],
      OTHER_VARIABLES.map(([name, what]) => [`\`${name}\``, what]),
    ),
    '',
  ].join('\n');
}
