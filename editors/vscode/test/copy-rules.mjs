// Puts the rule files of which snapshots are kept beside them: the tool looks for a snapshot where its file is. Lines that are comments are left
// out, so that a remark in a rule file is no change of its colours.

import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const RULES = ['us-ukraine-2024-pause.clause', 'gdpr-33.clause', 'aws-compute-sla.clause', 'partners/texts.clause'];

for (const path of RULES) {
  const text = readFileSync(new URL(`../../../rules/${path}`, import.meta.url), 'utf8');
  const kept = text.split('\n').filter(line => !/^\s*#/.test(line));
  writeFileSync(new URL(`snapshots/${basename(path)}`, import.meta.url), kept.join('\n'));
}
