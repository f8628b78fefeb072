import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { focusHome } from '@/lib/focus';
import { useT } from '@/lib/i18n';
import { useLayer } from '@/lib/layers';
import { Icon } from './icon';

type Props = { title: string; onClose(): void; children: ReactNode };

const FIELD = 'input:not([hidden]), select, textarea';
const ACTION = '.dialog-body > :not(.dialog-head) button';

/** The browser's own dialog: it keeps the focus inside, closes on Esc and gives the focus back. */
export function Dialog({ title, onClose, children }: Props) {
  const t = useT();
  const id = useId();
  const ref = useRef<HTMLDialogElement>(null);
  useLayer(true, onClose);
  // In the same step as the drawing: a focus given back late would be taken from somebody else.
  useLayoutEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    const dialog = ref.current;
    dialog?.showModal();
    (
      dialog?.querySelector<HTMLElement>(FIELD) ?? dialog?.querySelector<HTMLElement>(ACTION)
    )?.focus();
    return () => {
      const now = document.activeElement;
      const elsewhere = now !== document.body && !dialog?.contains(now);
      dialog?.close();
      if (elsewhere) return;
      if (opener?.isConnected && opener !== document.body) opener.focus();
      else focusHome();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click outside is a shortcut for the button; Esc works
    <dialog
      ref={ref}
      className="dialog"
      aria-labelledby={id}
      onClose={onClose}
      // At the key itself: the browser's own close event comes a while later.
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div className="dialog-body">
        <div className="dialog-head">
          <h2 id={id}>{title}</h2>
          <button type="button" className="icon-button" aria-label={t.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
