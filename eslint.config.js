import eslint from '@eslint/js';
import vitest from '@vitest/eslint-plugin';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const message =
  'Invariant A11: the streams belong to the node. The first touch after a spawn makes a shared pipe non-blocking. Use fs.writeSync.';

export default defineConfig(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/.turbo/**', 'e2e/testchain/**'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-restricted-imports': ['error', { patterns: ['**/../packages/*', '**/../apps/*'] }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
    },
  },
  {
    files: ['apps/*/src/**', 'packages/*/src/**'],
    ignores: ['packages/testkit/**'],
    rules: {
      'no-console': 'error',
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'node:process', message: `An import of it reads every property, the streams too. ${message}` },
          ],
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'stdin', message },
        { object: 'process', property: 'stdout', message },
        { object: 'process', property: 'stderr', message },
      ],
    },
  },
  {
    files: ['packages/*/src/**'],
    ignores: ['packages/testkit/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[object.name="process"][property.name="env"]',
          message: 'Libraries take what they need as arguments.',
        },
        {
          selector: 'CallExpression[callee.object.name="process"][callee.property.name="exit"]',
          message: 'Libraries never exit.',
        },
      ],
    },
  },
  {
    files: ['**/test/**/*.ts'],
    plugins: { vitest },
    rules: { 'vitest/no-focused-tests': 'error', 'vitest/no-identical-title': 'error', 'vitest/expect-expect': 'off' },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
);
