import { expect, it } from 'vitest';
import { isBlobName } from '../../../shared/storage/blobs.ts';

it.each([
  'a',
  'waves/07.json',
  'a b.json',
  '..a',
  'a..',
  "o'neil",
  'ü',
  '%2e%2e',
  'x'.repeat(1_024),
])('%j can be a blob', (name) => {
  expect(isBlobName(name)).toBe(true);
});

it.each([
  '',
  '.',
  '..',
  '../requests/m-one.json',
  'a/../../b',
  '..\\requests\\m-one.json',
  'a\\..\\b',
  'a/./b',
  'a\u0000',
  'a\nb',
  '\ud800',
  'x'.repeat(1_025),
  'a/'.repeat(300),
])('%j cannot', (name) => {
  expect(isBlobName(name)).toBe(false);
});
