// The extension as it is shipped, in an editor that is none, with the real server where it has been built.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { editor } = require('./editor.cjs');
const built = fileURLToPath(new URL(`../../../target/debug/servanda${process.platform === 'win32' ? '.exe' : ''}`, import.meta.url));
const server = process.env.SERVANDA_COMMAND ?? built;

const PATH_SETTING = 'servanda.server.path';
const RULES = `agreement us {
  party US
}
event attack { id: text }
clause calm {
  US must avoid attack
}
`;
const SCENARIO = `rules: rules.clause
name: nothing happens
start: 2024-07-01T00:00:00Z
events: []
as-of: +1h
expect:
  calm: open
`;

const folder = mkdtempSync(join(tmpdir(), 'servanda-'));
const file = join(folder, 'rules.clause');
writeFileSync(file, RULES);
writeFileSync(join(folder, 'calm.scenario.yaml'), SCENARIO);

const settings = { [PATH_SETTING]: join(folder, 'no-such-command') };
const seen = editor({ folder, file, text: RULES, settings });
const extension = require('../dist/extension.js');

after(async () => { await extension.deactivate(); });

/** Waits for what comes from another process. */
async function until(look) {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = look();
    if (found) return found;
    await new Promise(resolve => { setTimeout(resolve, 50); });
  }
  throw new Error(`nothing came: ${JSON.stringify(seen.said)}`);
}

test('a command that is missing is told of once, with what to do', async () => {
  await extension.activate({ subscriptions: [] });
  assert.equal(seen.said.length, 1);
  assert.equal(seen.said[0].kind, 'error');
  assert.match(seen.said[0].message, /no-such-command/);
  assert.match(seen.said[0].message, /servanda\.server\.path/);
  await seen.commands.get('servanda.runAllScenarios')();
  assert.match(seen.said.at(-1).message, /does not run/);
});

test('the server starts once the setting is right, and the lens over a clause runs its scenarios', { skip: !existsSync(server) && `no ${server}` }, async () => {
  seen.said.length = 0;
  seen.set(PATH_SETTING, server);
  const run = await until(() => seen.commands.get('servanda.runScenarios'));
  await run(`file://${file}`, 'us.calm');
  const told = await until(() => seen.said.find(one => one.message?.includes('scenario')));
  assert.deepEqual(told, { kind: 'information', message: '1 scenario, as expected' });
  seen.said.length = 0;
  await seen.commands.get('servanda.runAllScenarios')();
  await until(() => seen.said.find(one => one.message === '1 scenario, as expected'));
});
