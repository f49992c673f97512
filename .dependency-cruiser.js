/**
 * Which folder may import from which. The arrows of the layout go one way, and nothing goes in a circle.
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
      severity: 'error',
      from: { path: '^(local|tools)/', pathNot: '/test/' },
      to: { path: '^(test|bench|functions|orchestrations)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|local/functions-host/test/apps)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
