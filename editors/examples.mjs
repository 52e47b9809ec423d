// Writes the rule blocks of the documentation into a folder, one file each, but for those that show a mistake of form.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const into = process.argv[2];
const docs = fileURLToPath(new URL('../docs', import.meta.url));

for (const page of readdirSync(docs).filter(name => name.endsWith('.md'))) {
  const text = readFileSync(join(docs, page), 'utf8');
  for (const block of text.matchAll(/^```clause.*\n([^]*?)^```$/gm)) {
    const before = text.slice(0, block.index);
    const showsMistake = /\nWrong:\n+$/.test(before) && before.lastIndexOf('\n## `syntax`') === before.lastIndexOf('\n## ');
    if (!showsMistake) {
      writeFileSync(join(into, `${page}-${block.index}.clause`), block[1]);
    }
  }
}
