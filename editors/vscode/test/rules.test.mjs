// What no test of single lines shows: that nothing in real rule files is without a colour, and that what is not finished does no harm to
// what follows.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleFiles, tokenize } from './tokenize.mjs';

const files = ruleFiles();

test('every word and number of the rule files has a scope', () => {
  assert.ok(files.length > 10);
  for (const { path, text } of files) {
    tokenize(text).forEach((tokens, line) => {
      const bare = tokens.filter(token => token.scope === 'source.servanda' && /\w/.test(token.text));
      assert.deepEqual(bare, [], `${path}:${line + 1}`);
    });
  }
});

/** The lines on which a declaration starts. */
function starts(lines) {
  return lines.flatMap((line, index) => (/^(agreement|event|state|reference|define|template|clause)\s/.test(line) ? [index] : []));
}

test('a declaration that stops anywhere leaves the colours of the next one as they are', () => {
  let tried = 0;
  for (const { path, text } of files) {
    const lines = text.split('\n');
    const whole = tokenize(text);
    const declarations = starts(lines);
    declarations.slice(0, -1).forEach((start, position) => {
      const next = declarations[position + 1];
      const rest = lines.slice(next);
      for (let line = start; line < next; line += 1) {
        for (const { index } of lines[line].matchAll(/(?<=\S)(?=\s|$)|[.({[,|"]/g)) {
          // An odd part of the places is enough: all of them take a minute.
          tried += 1;
          if (tried % 7 !== 0) continue;
          const cut = [...lines.slice(start, line), lines[line].slice(0, index + 1), ...rest.slice(0, 12)];
          const colours = tokenize(cut.join('\n')).slice(line - start + 1);
          assert.deepEqual(colours, whole.slice(next, next + colours.length), `${path}:${line + 1}:${index}`);
        }
      }
    });
  }
  assert.ok(tried > 5000);
});
