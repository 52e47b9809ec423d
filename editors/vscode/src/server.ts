/** Where the `servanda` command is, and whether it can be run. Knows nothing of the editor. */

import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What a look for the command found. */
export type Found =
  | { readonly kind: 'ready'; readonly command: string; readonly version: string }
  | { readonly kind: 'missing'; readonly command: string }
  | { readonly kind: 'broken'; readonly command: string; readonly why: string };

/** What the setting means: `~` and `${workspaceFolder}` written out, and the command's own name where nothing is set. */
export function commandOf(setting: string, workspaceFolder: string | undefined): string {
  const path = setting.trim();
  if (path === '') {
    return 'servanda';
  }
  const inHome = path === '~' || path.startsWith('~/') || path.startsWith('~\\') ? join(homedir(), path.slice(1)) : path;
  return workspaceFolder === undefined ? inHome : inHome.replaceAll('${workspaceFolder}', workspaceFolder);
}

/** Runs the command once, to tell one that is not there from one that can't be used. */
export async function find(command: string): Promise<Found> {
  return await new Promise(resolve => {
    execFile(command, ['--version'], { timeout: 10_000 }, (error, stdout, stderr) => {
      if (error === null) {
        resolve({ kind: 'ready', command, version: stdout.trim() });
      } else if (error.code === 'ENOENT') {
        resolve({ kind: 'missing', command });
      } else {
        resolve({ kind: 'broken', command, why: stderr.trim() || error.message });
      }
    });
  });
}

/** What to tell a person of a command that can't be used: what, why and what to do. */
export function complaint(found: Exclude<Found, { kind: 'ready' }>, isSet: boolean): string {
  switch (found.kind) {
    case 'missing':
      return isSet
        ? `Servanda: there is no command at ${found.command}, where the setting servanda.server.path says it is. `
          + 'Correct the setting. Until then there are colours and snippets only.'
        : 'Servanda: the servanda command is not on the PATH. Install it, or say where it is in the setting servanda.server.path. '
          + 'Until then there are colours and snippets only.';
    case 'broken':
      return `Servanda: ${found.command} can't be run: ${found.why}. `
        + 'Check that it is the servanda command, built for this machine, or name another in the setting servanda.server.path.';
  }
}
