import { useEffect, useState } from 'react';
import { create } from 'zustand';

export type Toast = {
  id: number;
  text: string;
  bad?: boolean;
  action?: { label: string; run(): void };
};

const SHOWN_MS = 6000;
let count = 0;
const useToasts = create<{ toast: Toast | null; said: string }>(() => ({ toast: null, said: '' }));

/** One at a time: a new one takes the place of the last. */
export function toast(text: string, more: Omit<Toast, 'id' | 'text'> = {}): void {
  useToasts.setState({ toast: { id: ++count, text, ...more } });
}

/** For screen readers only. */
export function announce(text: string): void {
  useToasts.setState({ said: text });
}

const hide = () => useToasts.setState({ toast: null });

export function Toasts() {
  const { toast: shown, said } = useToasts();
  return (
    <>
      <div className="toasts" aria-live="polite">
        {shown && <Card key={shown.id} toast={shown} />}
      </div>
      <p className="hidden" aria-live="assertive">
        {said}
      </p>
    </>
  );
}

function Card({ toast: { text, bad, action } }: { toast: Toast }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    // Nobody loses the chance to undo while reaching for it.
    if (held) return;
    const timer = setTimeout(hide, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [held]);
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
            hide();
            action.run();
          }}
        >
          {action.label}
        </button>
      )}
    </div>
  );
}
