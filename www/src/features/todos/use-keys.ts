import { useEffect } from 'react';
import { useT } from '@/lib/i18n';
import { toggle } from './toggle';
import { closeItem, moveTo, redoLast, removeItem, undoLast } from './commands';
import { focusRow, idOf, TYPING } from './rows';
import { openItem, useUi } from './ui';

/** While one of these is there, keys are its own. */
const ON_TOP = 'dialog[open], .menu-panel, [role=alertdialog], [role=menu]';
/** Not what a key does when it is held. */
const ONCE = new Set([' ', 'Enter', 'Delete', 'Backspace']);

/** The letter on the key, also while the Korean layout is on and the key says ㅜ for n. */
function keyName(event: Pick<KeyboardEvent, 'key' | 'code'>): string {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  const foreign = event.key === 'Process' || (event.key.length === 1 && event.key > '\x7f');
  if (letter && foreign) return letter.toLowerCase();
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

// From the current row, not from the focused one: a row that is not in the page yet gets the focus
// a frame later, and two quick presses must move two rows.
function step(ids: readonly string[], by: number): void {
  const at = ids.indexOf(useUi.getState().current ?? '');
  if (at < 0) focusRow(ids[by > 0 ? 0 : ids.length - 1]);
  else if (!idOf(document.activeElement)) focusRow(ids[at]);
  else focusRow(ids[at + by] ?? ids[at]);
}

/** What was deleted by hand last left this field empty: it is the browser's to undo. */
let emptied: EventTarget | null = null;

function onInput(event: Event): void {
  const { target, inputType = '' } = event as InputEvent;
  const deleted = /^(delete|historyRedo)/.test(inputType);
  emptied = deleted && (target as HTMLInputElement).value === '' ? target : null;
}

export function useKeys(ids: readonly string[]): void {
  const t = useT();
  useEffect(() => {
    const onRow: Record<string, (id: string) => void> = {
      ' ': (id) => toggle(id, t),
      Enter: (id) => openItem(id),
      e: (id) => openItem(id, 'all'),
      d: (id) => openItem(id, 'due'),
      Delete: (id) => removeItem(id, t),
      Backspace: (id) => removeItem(id, t),
    };
    const anywhere: Record<string, () => void> = {
      n: () => document.querySelector<HTMLElement>('.add input')?.focus(),
      j: () => step(ids, 1),
      k: () => step(ids, -1),
      ArrowDown: () => step(ids, 1),
      ArrowUp: () => step(ids, -1),
      '/': () => useUi.setState({ search: useUi.getState().search ?? '' }),
      '?': () => useUi.setState({ sheet: true }),
    };

    // A row's keys are for the row that has the focus: not for its check, not for a control of the
    // open card, and never for an item that is perhaps out of sight.
    function plainKey(event: KeyboardEvent, name: string): (() => void) | undefined {
      const focused = document.activeElement;
      const id = focused?.matches('.row-open') ? idOf(focused) : null;
      // On many keyboards these two are typed with Shift.
      if (event.shiftKey && name !== '?' && name !== '/') return undefined;
      if (id && onRow[name]) return () => onRow[name]?.(id);
      return anywhere[name];
    }

    function withCtrl(event: KeyboardEvent, name: string): (() => void) | undefined {
      const field = (event.target as Element).closest?.(TYPING) as HTMLInputElement | null;
      // A field that holds words, and every field of the card, undoes by itself.
      if (event.altKey || field?.value || field?.closest('.card')) return undefined;
      if (field && field === emptied) return undefined;
      if (name === 'z') return () => (event.shiftKey ? redoLast(t) : undoLast(t));
      return name === 'y' && !event.shiftKey ? () => redoLast(t) : undefined;
    }

    function find(event: KeyboardEvent): (() => void) | undefined {
      const name = keyName(event);
      if (event.ctrlKey || event.metaKey) return withCtrl(event, name);
      if (event.repeat && ONCE.has(name)) return undefined;
      if (name === 'Escape' && useUi.getState().open) return () => closeItem();
      if ((event.target as Element).closest?.(TYPING)) return undefined;
      if (event.altKey) return arrowMove(name);
      return plainKey(event, name);
    }

    function arrowMove(name: string): (() => void) | undefined {
      const id = idOf(document.activeElement);
      const by = name === 'ArrowUp' ? -1 : name === 'ArrowDown' ? 1 : 0;
      if (!id || by === 0) return undefined;
      return () => {
        moveTo(id, ids, ids.indexOf(id) + by, t);
        focusRow(id);
      };
    }

    function onKey(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.isComposing || document.querySelector(ON_TOP)) return;
      const run = find(event);
      if (!run) return;
      event.preventDefault();
      run();
    }
    // Firefox clicks a button when Space is let go, whatever became of the key's first half.
    function onKeyUp(event: KeyboardEvent): void {
      if (event.key === ' ' && (event.target as Element).matches?.('.row-open'))
        event.preventDefault();
    }
    document.addEventListener('keydown', onKey);
    document.addEventListener('keyup', onKeyUp);
    document.addEventListener('input', onInput);
    return () => {
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('keyup', onKeyUp);
      document.removeEventListener('input', onInput);
    };
  }, [ids, t]);
}
