// As much of Visual Studio Code as the extension needs to start: what it registers and what it says is kept, and the rest does nothing.

const Module = require('node:module');
const { fileURLToPath, pathToFileURL } = require('node:url');

/** Can be called, constructed, extended and asked for anything. */
function nothing() {
  const known = new Map();
  return new Proxy(class {}, {
    apply: () => nothing(),
    construct: () => ({ dispose() {} }),
    get(target, key) {
      if (key === 'then' || key === Symbol.iterator) return undefined;
      if (key === 'prototype' || key === Symbol.toPrimitive) return target[key];
      if (!known.has(key)) known.set(key, nothing());
      return known.get(key);
    },
  });
}

/** An object with some real members, and nothing behind all others. */
function partly(real) {
  const rest = nothing();
  return new Proxy(real, { get: (target, key) => (key in target ? target[key] : rest[key]) });
}

class EventEmitter {
  listeners = new Set();
  event = listener => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };
  fire(value) { for (const listener of this.listeners) listener(value); }
  dispose() { this.listeners.clear(); }
}

class Uri {
  constructor(text) { this.text = text; }
  static parse(text) { return new Uri(text); }
  static file(path) { return new Uri(pathToFileURL(path).href); }
  get scheme() { return this.text.split(':')[0]; }
  get fsPath() { return fileURLToPath(this.text); }
  get path() { return new URL(this.text).pathname; }
  toString() { return this.text; }
}

class CancellationTokenSource {
  token = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };
  cancel() {}
  dispose() {}
}

/** An editor with one folder and one rule file open in it. */
exports.editor = function editor({ folder, file, text, settings }) {
  const said = [];
  const commands = new Map();
  const diagnostics = new Map();
  const changed = new EventEmitter();
  const say = kind => async message => { said.push({ kind, message }); };
  const document = { uri: Uri.file(file), fileName: file, languageId: 'servanda', version: 1, isClosed: false, getText: () => text };
  const log = { logLevel: 3, onDidChangeLogLevel: () => ({ dispose() {} }), append() {}, appendLine() {}, show() {}, clear() {}, dispose() {}, info() {}, warn() {}, error() {}, debug() {}, trace() {}, name: 'Servanda' };
  const never = () => ({ dispose() {} });
  const vscode = partly({
    version: '1.91.0',
    EventEmitter,
    Uri,
    CancellationTokenSource,
    Disposable: class { constructor(call) { this.dispose = call; } static from() { return { dispose() {} }; } },
    env: partly({ language: 'en', appName: 'test' }),
    window: partly({
      createOutputChannel: () => log,
      showErrorMessage: say('error'),
      showWarningMessage: say('warning'),
      showInformationMessage: say('information'),
      visibleTextEditors: [],
      activeTextEditor: undefined,
      tabGroups: partly({ all: [], onDidChangeTabs: never }),
    }),
    commands: partly({
      registerCommand(name, call) {
        commands.set(name, call);
        return { dispose: () => commands.delete(name) };
      },
      executeCommand: async (name, ...given) => { said.push({ kind: 'command', message: name, given }); },
    }),
    languages: partly({
      match: () => 10,
      createDiagnosticCollection: () => ({
        set: (uri, found) => diagnostics.set(uri.toString(), found), delete() {}, clear() {}, dispose() {}, forEach() {}, get() {}, has: () => false,
      }),
    }),
    workspace: partly({
      textDocuments: [document],
      notebookDocuments: [],
      workspaceFolders: [{ uri: Uri.file(folder), name: 'rules', index: 0 }],
      getConfiguration: () => ({ get: (key, otherwise) => settings[key] ?? otherwise }),
      getWorkspaceFolder: () => undefined,
      onDidChangeConfiguration: changed.event,
      createFileSystemWatcher: () => ({ onDidCreate: never, onDidChange: never, onDidDelete: never, dispose() {} }),
    }),
  });
  const load = Module._load;
  Module._load = (name, ...rest) => (name === 'vscode' ? vscode : load(name, ...rest));
  const set = (key, value) => {
    settings[key] = value;
    changed.fire({ affectsConfiguration: asked => asked === key });
  };
  return { said, commands, diagnostics, set };
};
