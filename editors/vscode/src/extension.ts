/** Starts `servanda lsp` for rule files, and says what to do where that can't be. */

import * as vscode from 'vscode';
import { ExecuteCommandRequest, LanguageClient, RevealOutputChannelOn, type ServerOptions } from 'vscode-languageclient/node';
import { commandOf, complaint, find } from './server';

/** The server's command over each clause: it judges the scenarios of one clause, or all. The client registers it when the server offers it. */
const RUN_SCENARIOS = 'servanda.runScenarios';
const PATH_SETTING = 'servanda.server.path';

let client: LanguageClient | undefined;
/** Starts and stops come one after the other, however fast they are asked for. */
let turn: Promise<void> = Promise.resolve();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel('Servanda', { log: true });
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand('servanda.restartServer', () => inTurn(() => restart(output))),
    vscode.commands.registerCommand('servanda.showOutput', () => { output.show(); }),
    vscode.commands.registerCommand('servanda.runAllScenarios', () => runAllScenarios(output)),
    vscode.workspace.onDidChangeConfiguration(change => {
      if (change.affectsConfiguration(PATH_SETTING)) {
        void inTurn(() => restart(output));
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => { void inTurn(() => restart(output)); }),
  );
  await inTurn(() => start(output));
}

export async function deactivate(): Promise<void> {
  await inTurn(stop);
}

async function inTurn(work: () => Promise<void>): Promise<void> {
  turn = turn.then(work, work);
  await turn;
}

async function start(output: vscode.LogOutputChannel): Promise<void> {
  const setting = vscode.workspace.getConfiguration().get<string>(PATH_SETTING, '');
  const folder = vscode.workspace.workspaceFolders?.find(one => one.uri.scheme === 'file');
  const found = await find(commandOf(setting, folder?.uri.fsPath));
  if (found.kind !== 'ready') {
    const message = complaint(found, setting.trim() !== '');
    output.error(message);
    // Not awaited: the message stays until somebody answers it.
    void offerHelp(message, output);
    return;
  }
  output.info(`${found.version} (${found.command})`);
  const server: ServerOptions = { command: found.command, args: ['lsp'] };
  client = new LanguageClient('servanda', 'Servanda', server, {
    documentSelector: [{ scheme: 'file', language: 'servanda' }, { scheme: 'untitled', language: 'servanda' }],
    outputChannel: output,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
  });
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const message = `Servanda: ${found.command} lsp did not start: ${reason(error)}. It may be older than this extension: run "servanda lsp --help".`;
    output.error(message);
    void offerHelp(message, output);
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.stop().catch(() => undefined);
  await running?.dispose().catch(() => undefined);
}

async function restart(output: vscode.LogOutputChannel): Promise<void> {
  await stop();
  await start(output);
}

async function offerHelp(message: string, output: vscode.LogOutputChannel): Promise<void> {
  const openSetting = 'Open Setting';
  const again = 'Try Again';
  const show = 'Show Output';
  const answer = await vscode.window.showErrorMessage(message, openSetting, again, show);
  if (answer === openSetting) {
    await vscode.commands.executeCommand('workbench.action.openSettings', PATH_SETTING);
  } else if (answer === again) {
    await inTurn(() => restart(output));
  } else if (answer === show) {
    output.show();
  }
}

async function runAllScenarios(output: vscode.LogOutputChannel): Promise<void> {
  if (client === undefined) {
    await offerHelp('Servanda: scenarios are judged by the language server, and it does not run.', output);
    return;
  }
  // The server tells by a message of its own what came of them.
  await client.sendRequest(ExecuteCommandRequest.type, { command: RUN_SCENARIOS, arguments: [] });
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
