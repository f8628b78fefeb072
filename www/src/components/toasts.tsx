import { type FocusEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { create } from 'zustand';
import { focusHome } from '@/lib/focus';

type Action = { label: string; run(): void };
type More = {
  bad?: boolean;
  action?: Action;
  /** Of the same kind: when many stand there, they become one, which counts them. */
  many?: { kind: string; text(n: number): string };
};
type Toast = More & { id: number; text: string; count: number };

const SHOWN_MS = 6000;
const AT_ONCE = 3;
let count = 0;
const useToasts = create<{ shown: Toast[]; said: string }>(() => ({ shown: [], said: '' }));

/** The newest is below; each has its own clock, and none hides another one's action. */
export function toast(text: string, more: More = {}): void {
  const next: Toast = { id: ++count, text, count: 1, ...more };
  useToasts.setState(({ shown }) => ({ shown: [...makeRoom(shown, next)] }));
}

function makeRoom(shown: Toast[], next: Toast): Toast[] {
  if (shown.length < AT_ONCE) return [...shown, next];
  const plain = shown.find((each) => !each.action);
  if (plain) return [...shown.filter((each) => each !== plain), next];
  const kind = next.many?.kind;
  const same = shown.findLast((each) => kind && each.many?.kind === kind);
  return same ? [...shown.filter((each) => each !== same), together(same, next)] : [...shown, next];
}

function together(old: Toast, next: Toast): Toast {
  const total = old.count + next.count;
  const [first, second] = [next.action!, old.action!];
  const run = () => {
    first.run();
    second.run();
  };
  const text = next.many?.text(total) ?? next.text;
  return { ...next, text, count: total, action: { label: first.label, run } };
}

/** For screen readers only; the same words twice are read twice. */
export function announce(text: string): void {
  useToasts.setState(({ said }) => ({ said: said === text ? `${text}\u00a0` : text }));
}

/** Nobody who comes next may see them, or undo what they are about. */
export const clearToasts = (): void => useToasts.setState({ shown: [], said: '' });

const hide = (id: number) =>
  useToasts.setState(({ shown }) => ({ shown: shown.filter((each) => each.id !== id) }));

export function Toasts() {
  const { shown, said } = useToasts();
  const ref = useRef<HTMLDivElement>(null);
  const before = useRef<Element | null>(null);
  const [high, setHigh] = useState(false);
  const newest = shown.at(-1)?.id;
  // Not over the card that is being written in.
  useLayoutEffect(() => {
    if (newest) setHigh(covers(ref.current));
  }, [newest]);
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: remembers where the focus came from */}
      <div
        ref={ref}
        className={high ? 'toasts toasts-high' : 'toasts'}
        aria-live="polite"
        onFocus={(event: FocusEvent) => {
          const from = event.relatedTarget as Element | null;
          if (from && !ref.current?.contains(from)) before.current = from;
        }}
      >
        {shown.map((each) => (
          <Card key={each.id} toast={each} giveBack={() => giveBack(before.current)} />
        ))}
      </div>
      <p className="hidden" role="status">
        {said}
      </p>
    </>
  );
}

function covers(toasts: HTMLElement | null): boolean {
  const card = document.querySelector('.card')?.getBoundingClientRect();
  if (!card || !toasts) return false;
  const low = card.bottom > innerHeight - 76 - toasts.offsetHeight;
  return low && card.top > toasts.offsetHeight + 16;
}

function giveBack(to: Element | null): void {
  if (to?.isConnected) (to as HTMLElement).focus({ preventScroll: true });
  else focusHome();
}

type CardProps = { toast: Toast; giveBack(): void };

function Card({ toast: { id, text, bad, action }, giveBack: back }: CardProps) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    // Nobody loses the chance to undo while reaching for it.
    if (held) return;
    const timer = setTimeout(() => hide(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [held, id]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only holds the clock while it is pointed at
    <div
      className={bad ? 'toast toast-bad' : 'toast'}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span>{text}</span>
      {action && (
        <button
          type="button"
          onClick={() => {
            back();
            hide(id);
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
    </div>
  );
}
