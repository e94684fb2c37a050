/** What any program may know: where programs are, whose home it is, which language and time zone. */
const EVERY_CHILD = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'TERM'];

/** ssh-keygen: the agent, and where a passphrase or a touch may be asked for. */
export const SSH_AGENT = [
  'SSH_AUTH_SOCK',
  'SSH_ASKPASS',
  'SSH_ASKPASS_REQUIRE',
  'SSH_SK_PROVIDER',
  'SSH_SK_HELPER',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'XDG_RUNTIME_DIR',
];

/** Programs that download: proxies, certificates, caches, and the settings of Go, Java and Maven. */
export const DOWNLOADS = [
  /^(?:https?|all|no|ftp)_proxy$/i,
  /^SSL_CERT_/,
  'NODE_EXTRA_CA_CERTS',
  'XDG_CACHE_HOME',
  /^GO[A-Z]*$/,
  'CGO_ENABLED',
  /^(?:JAVA_HOME|JAVA_TOOL_OPTIONS|M2_HOME|MAVEN_[A-Z_]+)$/,
];

/**
 * The environment of a child: what it needs by name, and nothing else. Ours may hold the database's password and the tokens of
 * channels, which `ps e` and a core dump show, and which a program could pass on.
 *
 * @param more names, or patterns of names, that this child needs too
 * @param set values that win over ours
 */
export function childEnvironment(
  more: readonly (string | RegExp)[] = [],
  set: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const wanted = [...EVERY_CHILD, ...more];
  const passes = (name: string): boolean =>
    wanted.some((one) => (typeof one === 'string' ? one === name : one.test(name)));
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => passes(name))), ...set };
}
