import { useCallback, useSyncExternalStore } from 'react';
import { create } from 'zustand';
import { adoptUnsaved, closeUnsaved, keepUnsaved, openUnsaved } from './unsaved/store';
import type { ApiError } from '@/lib/api-client';
import { Tabs } from '@/lib/tabs';
import { stillFor } from './sync/conflict';
import { Engine, type Hooks, type Snapshot } from './sync/engine';
import type { News } from './sync/news';
import { type Intent, inverse } from './sync/ops';
import { forgetAccount, Outbox } from './sync/outbox';
import { remoteFor } from './sync/remote';
import { Turn } from './sync/turn';
import type { Todo } from './types';

const POLL_MS = 30_000;
const UNDO_DEPTH = 100;
/** For the news of an acknowledgement to arrive before its key is missed. */
const NEWS_MS = 1000;
const nothing: Snapshot = {
  ready: false,
  items: new Map(),
  order: [],
  pending: 0,
  syncProblem: null,
};

export const useTodos = create<Snapshot>(() => nothing);

/** Ids of the living items in order; the same array for as long as none comes, goes or moves. */
export const useOrder = (): readonly string[] => useTodos((s) => s.order);

const watchers = new Map<string, Set<() => void>>();

/** One item; only who shows it is drawn again when it changes, however long the list is. */
export function useItem(id: string): Todo | undefined {
  const subscribe = useCallback((tell: () => void) => watch(id, tell), [id]);
  return useSyncExternalStore(subscribe, () => useTodos.getState().items.get(id));
}

function watch(id: string, tell: () => void): () => void {
  const mine = watchers.get(id) ?? new Set();
  watchers.set(id, mine.add(tell));
  return () => {
    mine.delete(tell);
    if (mine.size === 0 && watchers.get(id) === mine) watchers.delete(id);
  };
}

function publish(snapshot: Snapshot, touched: ReadonlySet<string> | null): void {
  useTodos.setState(snapshot, true);
  for (const id of [...(touched ?? watchers.keys())])
    for (const tell of [...(watchers.get(id) ?? [])]) tell();
}

type Events = Pick<Hooks, 'signedOut' | 'otherAccount' | 'conflict' | 'revived'> & {
  /** kept: what was typed can be found among what is not saved. */
  refused(op: Intent, error: ApiError, item: Todo | undefined, kept: boolean): void;
  /** A text was changed elsewhere since: Undo leaves it. */
  overtaken(item: Todo): void;
};
let engine: Engine | null = null;
let sayOvertaken: Events['overtaken'] = () => {};
let stopListening = () => {};
let undoStack: Intent[][] = [];
let redoStack: Intent[][] = [];

/** Opens an account's list; first, if given, is written into it. */
export function openList(account: string, events: Events, first: Intent[] = []): void {
  closeList();
  openUnsaved(account);
  const tabs = new Tabs<News>();
  const turn = new Turn(account, () => tabs.tell({ type: 'sending', account }));
  const met = (message: News) => {
    if (engine !== mine) return;
    say(events, message);
    tabs.tell(message);
  };
  const mine = new Engine(new Outbox(account), remoteFor(account), {
    ...events,
    conflict: (item, kept) => met({ type: 'conflict', account, item, kept }),
    overtaken: (item) => met({ type: 'overtaken', account, item }),
    revived: (item) => met({ type: 'revived', account, item }),
    refused: (op, error, item) => events.refused(op, error, item, keepUnsaved(op, error, item)),
    changed: publish,
    acked: (news) => engine === mine && tabs.tell({ type: 'acked', account, news }),
    online: () => navigator.onLine,
    turn: (work) => turn.take(work),
  });
  tabs.listen((message) => {
    if (message.account !== account) return;
    say(events, message);
    hear(message, mine, turn);
  });
  engine = mine;
  sayOvertaken = events.overtaken;
  const stop = listen(mine, turn);
  stopListening = () => {
    stop();
    turn.release();
    tabs.close();
  };
  if (first.length > 0) mine.dispatch(first);
  void mine.sync();
}

/** What the sender met is said in each tab. */
function say(events: Events, message: News): void {
  if (message.type === 'conflict') events.conflict(message.item, message.kept);
  if (message.type === 'overtaken' || message.type === 'revived')
    events[message.type](message.item);
}

function hear(message: News, mine: Engine, turn: Turn): void {
  if (message.type === 'acked') mine.learn(message.news);
  if (message.type === 'acked' || message.type === 'sending') turn.heard();
}

function listen(mine: Engine, turn: Turn): () => void {
  const abort = new AbortController();
  const options = { signal: abort.signal };
  const look = () => document.visibilityState === 'visible' && void mine.sync();
  addEventListener('focus', look, options);
  addEventListener('online', look, options);
  addEventListener('pageshow', look, options);
  addEventListener('pagehide', () => turn.release(), options);
  document.addEventListener('visibilitychange', look, options);
  addEventListener('storage', (event) => stored(mine, event), options);
  const timer = setInterval(() => useTodos.getState().syncProblem || look(), POLL_MS);
  return () => {
    abort.abort();
    clearInterval(timer);
  };
}

function stored(mine: Engine, { key, newValue }: StorageEvent): void {
  adoptUnsaved(key);
  // Everything was cleared.
  if (key === null) return void mine.sync();
  if (!mine.outbox.owns(key)) return;
  if (newValue) mine.adopt();
  else setTimeout(() => mine.outbox.get(key) && void mine.sync(), NEWS_MS);
}

export function closeList(): void {
  engine?.stop();
  stopListening();
  engine = null;
  stopListening = () => {};
  undoStack = [];
  closeUnsaved();
  publish(nothing, null);
  redoStack = [];
}

/** The user logged out: nothing of the account stays on this device. */
export function abandonList(account: string): void {
  closeList();
  forgetAccount(account);
}

export const syncNow = (): void => engine?.retry();

/** Sends what waits; true when nothing is left. */
export async function drain(): Promise<boolean> {
  await engine?.sync(false);
  return (engine?.outbox.size ?? 0) === 0;
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

/** Items that the list need not know, such as those in the trash. */
export const learn = (items: Todo[]): void => engine?.learn({ keys: [], items, gone: [] });

function revert(back: Intent[]): boolean {
  if (!undoStack.includes(back)) return false;
  undoStack = undoStack.filter((entry) => entry !== back);
  const done = again(back);
  if (done) redoStack = [...redoStack, done];
  return done !== null;
}

/** Does it where nothing else came in between; returns what takes it back, null: nothing was left. */
function again(intents: Intent[]): Intent[] | null {
  const { left, overtaken } = stillFor(intents, useTodos.getState().items);
  for (const item of overtaken) sayOvertaken(item);
  if (left.length === 0) return null;
  const back = opposite(left);
  engine?.dispatch(left);
  return back;
}

/** Undoes the last thing done; false when there is none, null when it could not be and that was said. */
export function undo(): boolean | null {
  const last = undoStack.at(-1);
  return last ? revert(last) || null : false;
}

const opposite = (intents: Intent[]): Intent[] =>
  intents.flatMap((intent) => inverse(intent, useTodos.getState().items)).reverse();

/** Does again what was undone last; false when there is nothing, or something was done since; null as above. */
export function redo(): boolean | null {
  const last = redoStack.at(-1);
  if (!last) return false;
  redoStack = redoStack.slice(0, -1);
  const done = again(last);
  if (done) undoStack = [...undoStack, done];
  return done !== null || null;
}
