import { create } from 'zustand';
import { forgetOtherAccounts, Outbox } from './sync/outbox';
import { Tabs } from './sync/channel';
import { Engine, type Hooks, type Snapshot } from './sync/engine';
import { type Intent, inverse } from './sync/ops';
import { remote } from './sync/remote';

const POLL_MS = 30_000;
const UNDO_DEPTH = 100;
const nothing: Snapshot = { ready: false, items: new Map(), pending: 0, trouble: null };

export const useTodos = create<Snapshot>(() => nothing);

type Events = Pick<Hooks, 'refused' | 'signedOut'>;
let engine: Engine | null = null;
let stopListening = () => {};
let undoStack: Intent[][] = [];
let redoStack: Intent[][] = [];
let tellTabs: Tabs['tell'] = () => {};

/** Opens an account's list; first, if given, is written into it. */
export function openList(account: string, events: Events, first: Intent[] = []): void {
  closeList();
  forgetOtherAccounts(account);
  const tabs = new Tabs();
  const mine = new Engine(new Outbox(account), remote, {
    ...events,
    changed: (snapshot) => useTodos.setState(snapshot, true),
    acked: (news) => tabs.tell({ type: 'acked', account, news }),
    online: () => navigator.onLine,
  });
  tabs.listen((message) => {
    if (message.account !== account) return;
    if (message.type === 'acked') mine.learn(message.news);
    else events.signedOut();
  });
  engine = mine;
  tellTabs = (message) => tabs.tell(message);
  stopListening = listen(mine, tabs);
  if (first.length > 0) mine.dispatch(first);
  void mine.sync();
}

function listen(mine: Engine, tabs: Tabs): () => void {
  const abort = new AbortController();
  const options = { signal: abort.signal };
  const look = () => document.visibilityState === 'visible' && void mine.sync();
  addEventListener('focus', look, options);
  addEventListener('online', look, options);
  document.addEventListener('visibilitychange', look, options);
  const adopt = (e: StorageEvent) => e.newValue && mine.outbox.owns(e.key) && mine.adopt();
  addEventListener('storage', adopt, options);
  const timer = setInterval(() => useTodos.getState().trouble || look(), POLL_MS);
  return () => {
    abort.abort();
    clearInterval(timer);
    tabs.close();
  };
}

export function closeList(): void {
  engine?.stop();
  stopListening();
  engine = null;
  stopListening = () => {};
  undoStack = [];
  redoStack = [];
  useTodos.setState(nothing, true);
}

/** The user logged out: the other tabs follow, and nothing stays on this device. */
export function abandonList(account: string): void {
  tellTabs({ type: 'signed-out', account });
  closeList();
  forgetOtherAccounts(null);
}

export const syncNow = (): void => void engine?.sync();

/** Sends what waits; true when nothing is left. */
export async function drain(): Promise<boolean> {
  await engine?.sync(false);
  return (engine?.outbox.ops.length ?? 0) === 0;
}

/** Does what the user meant; what it returns undoes just that. */
export function act(intents: Intent[]): () => void {
  if (!engine || intents.length === 0) return () => {};
  const before = useTodos.getState().items;
  const back = intents.flatMap((intent) => inverse(intent, before)).reverse();
  undoStack = [...undoStack.slice(1 - UNDO_DEPTH), back];
  redoStack = [];
  engine.dispatch(intents);
  return () => revert(back);
}

function revert(back: Intent[]): void {
  if (!undoStack.includes(back)) return;
  undoStack = undoStack.filter((entry) => entry !== back);
  redoStack = [...redoStack, opposite(back)];
  engine?.dispatch(back);
}

/** Undoes the last thing done; false when there is none. */
export function undo(): boolean {
  const last = undoStack.at(-1);
  if (last) revert(last);
  return last !== undefined;
}

const opposite = (intents: Intent[]): Intent[] =>
  intents.flatMap((intent) => inverse(intent, useTodos.getState().items)).reverse();

/** Does again what was undone last; false when there is nothing, or something was done since. */
export function redo(): boolean {
  const last = redoStack.at(-1);
  if (!last) return false;
  redoStack = redoStack.slice(0, -1);
  undoStack = [...undoStack, opposite(last)];
  engine?.dispatch(last);
  return true;
}
