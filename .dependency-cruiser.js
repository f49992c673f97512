/**
 * Which folder may import from which: functions → orchestrations → shared, and no circles. `npm run lint` checks it.
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Files that import each other can only be read together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'contracts-import-nothing',
      severity: 'error',
      from: { path: '^shared/contracts/' },
      to: { path: '^(shared|orchestrations|functions)/', pathNot: '^shared/contracts/' },
    },
    {
      name: 'domain-imports-contracts',
      severity: 'error',
      from: { path: '^shared/domain/' },
      to: {
        path: '^(shared|orchestrations|functions)/',
        pathNot: '^shared/(domain|contracts)/',
      },
    },
    {
      name: 'domain-and-contracts-do-no-io',
      comment: 'zod is the only package that they may import.',
      severity: 'error',
      from: { path: '^shared/(domain|contracts)/' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'],
        pathNot: 'node_modules/zod/',
      },
    },
    {
      name: 'config-graph-and-storage-stand-on-domain',
      severity: 'error',
      from: { path: '^shared/(config|graph|storage|telemetry)/' },
      to: {
        path: '^(shared|orchestrations|functions)/',
        pathNot: ['^shared/(domain|contracts|config)/', '^shared/$1/'],
      },
    },
    {
      name: 'http-stands-on-storage',
      severity: 'error',
      from: { path: '^shared/http/' },
      to: { path: '^shared/(graph|intake)/' },
    },
    {
      name: 'intake-does-not-call-graph',
      severity: 'error',
      from: { path: '^shared/intake/' },
      to: { path: '^shared/graph/' },
    },
    {
      name: 'shared-does-not-know-who-uses-it',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(orchestrations|functions)/' },
    },
    {
      name: 'orchestrations-do-not-know-triggers',
      severity: 'error',
      from: { path: '^orchestrations/' },
      to: { path: '^functions/' },
    },
    {
      name: 'the-app-imports-nothing-local',
      comment: 'What is deployed never imports what runs on a developer machine.',
      severity: 'error',
      from: { path: '^(functions|orchestrations|shared)/' },
      to: { path: '^(local|tools|test|bench)/' },
    },
    {
      name: 'deployed-code-imports-dependencies',
      comment: 'A development dependency is not in the bundle of the app.',
      severity: 'error',
      from: { path: '^(functions|orchestrations|shared)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'the-app-has-no-unused-file',
      comment: 'A deployed file that the entry point does not reach is not in the bundle.',
      severity: 'error',
      from: { path: '^functions/main\\.ts$' },
      to: { path: '^(functions|orchestrations|shared)/', reachable: false },
    },
    {
      name: 'host-and-emulator-stand-alone',
      comment: 'Packages of their own: they share the clock and nothing else.',
      severity: 'error',
      from: { path: '^local/(functions-host|graph-emulator)/', pathNot: '/test/' },
      to: {
        path: '^(functions|orchestrations|shared|local|tools|test|bench)/',
        pathNot: ['^local/$1/', '^local/clock/'],
      },
    },
    {
      name: 'tests-of-local-packages-stand-alone',
      comment: 'They may use the helpers of test/ and the storage emulator of the stack.',
      severity: 'error',
      from: { path: '^local/(functions-host|graph-emulator)/test/' },
      to: {
        path: '^(functions|orchestrations|shared|local|tools|bench)/',
        pathNot: ['^local/$1/', '^local/clock/', '^local/stack/'],
      },
    },
    {
      name: 'the-clock-stands-alone',
      severity: 'error',
      from: { path: '^local/clock/' },
      to: {
        path: '^(functions|orchestrations|shared|local|tools|test|bench)/',
        pathNot: '^local/clock/',
      },
    },
    {
      name: 'local-and-tools-do-not-import-tests',
      comment: 'test/ and bench/ may import anything; nothing but tests may import them.',
      severity: 'error',
      from: { path: '^(local|tools)/', pathNot: '/test/' },
      to: { path: '^(test|bench|functions|orchestrations)/' },
    },
    {
      name: 'local-does-not-import-tools',
      severity: 'error',
      from: { path: '^local/' },
      to: { path: '^tools/' },
    },
    {
      name: 'every-import-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|local/functions-host/test/apps)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
