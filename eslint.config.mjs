// The import table of DESIGN §1, enforced, and the habits of STYLE that a machine can check.
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const TEMPORAL = (...names) => names.map((name) => `@temporalio/${name}`);
const NODE = ['node:*', 'fs', 'path', 'crypto', 'os', 'child_process', 'net', 'http', 'https', 'stream'];

/** Folders a folder must not import from, by path. */
const zone = (target, from, message) => ({
  target,
  from: [from].flat().map((path) => (path.endsWith('*') ? path : `${path}/**/*`)),
  message,
});

const zones = [
  zone(
    './src/domain',
    ['./src/!(domain)', './workflows', './activities', './demo', './temporal'],
    'domain imports itself only',
  ),
  zone(
    './src/ports',
    ['./src/!(domain|ports)', './workflows', './activities', './demo', './temporal'],
    'ports import domain types only',
  ),
  zone(
    './src/adapters',
    [
      './workflows',
      './activities',
      './src/operations',
      './src/composition',
      './src/worker',
      './src/cli',
      './src/config',
      './demo',
      './temporal',
    ],
    'adapters know ports and domain',
  ),
  zone(
    ['./src/config', './src/observability'],
    ['./src/adapters', './workflows', './activities', './src/operations', './src/composition', './src/cli', './demo'],
    'config and observability know the domain',
  ),
  zone(
    './workflows',
    ['./src/!(domain)', './demo', './temporal', './src/domain/hash*'],
    'workflows know the domain and activity types',
  ),
  zone(
    './activities',
    ['./src/!(domain|ports)', './workflows', './demo', './temporal'],
    'activities get adapters injected',
  ),
  zone(
    './src/operations',
    ['./src/adapters', './src/composition', './src/cli', './src/worker', './demo', './temporal'],
    'operations know ports, domain and message definitions',
  ),
  zone(
    './src/composition',
    ['./workflows', './activities', './src/cli', './src/worker', './demo'],
    'composition wires adapters',
  ),
  zone('./src/worker', ['./src/cli', './demo'], 'entry points do not know each other'),
  zone(
    ['./workflows', './activities', './src', './temporal', './demo'],
    ['./test', './bench'],
    'tests and benchmarks are not imported',
  ),
];

/** Later blocks replace the list of earlier ones for the same files, so each names it again. */
/** People read it in their language: what Firebreak says of a failure is a `Cause`, words of others come in a variable. */
const SENTENCE = {
  selector:
    'NewExpression[callee.name=/^(FirebreakError|NotAsMeant)$/][arguments.1.type=/^(Literal|TemplateLiteral)$/]',
  message: 'say it as a Cause (src/domain/cause.ts), in English and Japanese',
};
const CONNECT_TEMPORAL = {
  selector: 'CallExpression[callee.object.name=/^(Native)?Connection$/][callee.property.name=/^(connect|lazy)$/]',
  message: 'connect through `connectWire(temporalWireOf(config))`',
};

export default tseslint.config(
  { ignores: ['dist/**', 'var/**', 'coverage/**', 'node_modules/**', '**/*.cjs', '**/*.mjs'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver': { typescript: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'import-x/no-cycle': ['error', { maxDepth: 8 }],
      'import-x/no-default-export': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      'max-lines': ['error', { max: 400 }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    // H5: one place for each service decides between TLS, loopback and a refusal.
    files: ['src/**', 'temporal/**', 'demo/**', 'activities/**'],
    ignores: ['temporal/connect.ts', 'temporal/dev-server.ts', 'src/worker/main.ts', 'src/adapters/postgres/**'],
    rules: {
      'no-restricted-syntax': ['error', CONNECT_TEMPORAL],
    },
  },
  {
    files: ['src/adapters/postgres/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'NewExpression[callee.name=/^(Client|Pool)$/] > ObjectExpression.arguments:not(:has(SpreadElement[argument.callee.name="clientSettings"]))',
          message: 'connect with `clientSettings`, which judges the wire',
        },
      ],
    },
  },
  {
    files: ['src/domain/**', 'src/ports/**'],
    ignores: ['src/domain/hash.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [...NODE, '@*', 'pg', 'zod', 'pino'],
              message: 'the language of the domain needs nothing from outside',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['workflows/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [...NODE, ...TEMPORAL('activity', 'client', 'worker', 'testing'), 'zod', 'pg'],
              message: 'workflow code is deterministic',
            },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Program > VariableDeclaration[kind="let"]',
          message: 'no mutable state at module level: the sandbox may be shared',
        },
      ],
    },
  },
  {
    files: ['activities/**'],
    rules: {
      // The workflows' types are derived from what the activities really return.
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: TEMPORAL('client', 'worker', 'workflow'), message: 'activities know ports' }] },
      ],
    },
  },
  {
    // H1: what has effects is reached with a confirmed order only, and only authority.ts confirms.
    files: ['activities/**'],
    ignores: ['guarded', 'index', 'authority', 'tellable', 'enrol'].map((name) => `activities/${name}.ts`),
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: TEMPORAL('client', 'worker', 'workflow'), message: 'activities know ports' },
            { group: ['**/ports/activity-deps'], message: 'take GuardedDeps: effects need a confirmed order (H1)' },
            {
              group: ['**/guarded'],
              importNames: ['markConfirmed', 'markRefusable', 'markTellable', 'guarded'],
              message: 'only authority.ts and tellable.ts confirm (H1)',
            },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'TSAsExpression TSTypeReference > Identifier[name=/^(Confirmed|MayTell|MayRefuse|Effects)$/]',
          message: 'a confirmation is made by authority.ts, not by a cast (H1)',
        },
        CONNECT_TEMPORAL,
        SENTENCE,
      ],
    },
  },
  {
    // P1: these failures reach reports and notices.
    files: [
      'accounts',
      'evidence-bag/files',
      'fail2ban',
      'host-guard',
      'isolation',
      'journal',
      'monitoring',
      'ssh',
    ].map((folder) => `src/adapters/${folder}/**`),
    rules: {
      'no-restricted-syntax': ['error', CONNECT_TEMPORAL, SENTENCE],
    },
  },
  {
    files: ['src/cli/**'],
    ignores: ['src/cli/output.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MemberExpression[object.object.name="process"][object.property.name="stdout"][property.name="write"]',
          message: 'Output (output.ts) writes: it knows what may reach a terminal (H2)',
        },
        CONNECT_TEMPORAL,
      ],
    },
  },
  {
    // A child gets what it needs, not our secrets: only child-process.ts starts programs.
    files: ['src/**', 'temporal/**', 'demo/**', 'activities/**'],
    ignores: ['src/supervision/child-process.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: ['node:child_process', 'child_process'].map((name) => ({
            name,
            allowTypeImports: true,
            message: 'use src/supervision/child-process: a child must not see our secrets',
          })),
        },
      ],
    },
  },
  {
    // What takes the bytes of a host: a function that returns a promise is async, so that it rejects and never throws (H2).
    files: ['src/adapters/ssh/**', 'src/adapters/journal/**'],
    rules: { '@typescript-eslint/promise-function-async': 'error' },
  },
  {
    files: ['src/adapters/ssh/**'],
    ignores: ['src/adapters/ssh/listen.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression > MemberExpression.callee[property.name=/^(on|once|addListener|prependListener)$/]',
          message: 'listen() (listen.ts): an exception that leaves a listener ends the process (H2)',
        },
        CONNECT_TEMPORAL,
        SENTENCE,
      ],
    },
  },
  {
    files: ['test/**', 'bench/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
);
