// Colours rule files as an editor does.

import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';

const require = createRequire(import.meta.url);
const GRAMMAR = new URL('../syntaxes/servanda.tmLanguage.json', import.meta.url);

await oniguruma.loadWASM(readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm')));

const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: patterns => new oniguruma.OnigScanner(patterns),
    createOnigString: text => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => textmate.parseRawGrammar(readFileSync(GRAMMAR, 'utf8'), 'servanda.tmLanguage.json'),
});
const grammar = await registry.loadGrammar('source.servanda');

/** For each line its pieces, each with its text and its innermost scope. */
export function tokenize(text) {
  let stack = textmate.INITIAL;
  return text.split('\n').map(line => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    return tokens.map(token => ({ text: line.slice(token.startIndex, token.endIndex), scope: token.scopes.at(-1) }));
  });
}

/** The rule files of the project, by their paths. */
export function ruleFiles() {
  const folder = fileURLToPath(new URL('../../../rules', import.meta.url));
  const paths = readdirSync(folder, { recursive: true }).filter(path => path.endsWith('.clause'));
  return paths.map(path => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}
