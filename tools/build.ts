import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({
  options: {
    entry: { type: 'string', default: 'functions/main.ts' },
    out: { type: 'string', default: 'dist/app.cjs' },
  },
});

// One file for deployment. CommonJS, because the worker gives the app `@azure/functions-core` by intercepting `require`.
await build({
  entryPoints: [values.entry],
  outfile: values.out,
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  external: ['@azure/functions-core'],
  sourcemap: true,
  // Less to read and to parse at a cold start. Names of functions and classes stay, and lines stay short, so that a stack
  // trace says something by itself; the source map beside the file says the rest.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 200,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'warning',
});

process.stdout.write(
  `built ${values.out} (${(statSync(values.out).size / 1024 / 1024).toFixed(1)} MB, source map beside it)\n`,
);
