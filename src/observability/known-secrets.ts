/** Shorter values are words, and cutting them out would maul the text without hiding anything. */
const SHORTEST = 8;
const CENSORED = '***';

const known = new Set<string>();

/** Keys whose value is a secret, wherever it stands and however it is written. */
const SECRET_KEY =
  /(?:passwords?|passphrase|passwd|secrets?|token|otp|signature|private[-_]?key|authori[sz]ation|api[-_]?key|cookie|credentials?|webhook)$/i;

/** Secrets that can be told by their form: passwords in addresses, bearer tokens, tokens and webhooks of Slack. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@"\\]*:)[^\s@/"\\]+@/gi, `$1${CENSORED}@`],
  [/([?&][^=&\s"]*(?:password|secret|token|api_?key)[^=&\s"]*=)[^&\s"\\]*/gi, `$1${CENSORED}`],
  [/\b((?:Bearer|Basic)\s+)[A-Za-z0-9._~+/-]{8,}=*/gi, `$1${CENSORED}`],
  [/\bxox[a-z]-[A-Za-z0-9-]{8,}/g, CENSORED],
  [/(hooks\.slack\.com\/)[A-Za-z0-9/_-]+/gi, `$1${CENSORED}`],
];

/** Makes a secret known when it is loaded: from then on no log line holds it. */
export function rememberSecret(value: string): void {
  const forms = [value, encodeURIComponent(value)];
  for (const form of forms) if (form.length >= SHORTEST) known.add(form);
}

/** Likewise for the password in an address, such as the database's. */
export function rememberPasswordIn(url: string): void {
  const [, password] = /^[a-z][a-z0-9+.-]*:\/\/[^:/?#@]*:([^@/]+)@/i.exec(url) ?? [];
  if (password === undefined) return;
  rememberSecret(password);
  try {
    rememberSecret(decodeURIComponent(password));
  } catch {
    // Not encoded: it is remembered as it stands.
  }
}

/** A text without known secrets and without what has the form of one. */
export function withoutSecrets(text: string): string {
  let clean = text;
  for (const secret of known) clean = clean.replaceAll(secret, CENSORED);
  for (const [form, instead] of FORMS) clean = clean.replace(form, instead);
  return clean;
}

/** A JSON value without secrets, by key and by value, at any depth. */
export function censored(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (Array.isArray(value)) return value.map(censored);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      withoutSecrets(key),
      SECRET_KEY.test(key) && inner !== null && inner !== undefined ? CENSORED : censored(inner),
    ]),
  );
}
