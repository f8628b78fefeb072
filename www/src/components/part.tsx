import type { ComponentType } from 'react';
import { useT } from '@/lib/i18n';
import { loader } from '@/lib/loader';
import { Boundary } from './boundary';
import { Dialog } from './dialog';

type Base = { onClose(): void };
type Named = Base & { title: string };

/** A dialog with a file of its own; when it cannot be had, it says so, and the page stays. */
export function part<P extends Base>(
  title: (t: ReturnType<typeof useT>) => string,
  load: () => Promise<{ default: ComponentType<P> }>,
) {
  const file = loader(load);
  function Part(props: P) {
    const name = title(useT());
    const { Body, failed, again } = file.use();
    const missing = (retry: () => void) => (
      <Missing title={name} onClose={props.onClose} again={retry} />
    );
    if (failed) return missing(again);
    if (!Body) return <Loading title={name} onClose={props.onClose} />;
    return (
      <Boundary fallback={missing}>
        <Body {...props} />
      </Boundary>
    );
  }
  return Part;
}

function Loading({ title, onClose }: Named) {
  const t = useT();
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="dialog-text" role="status">
        {t.loading}
      </p>
    </Dialog>
  );
}

function Missing({ title, onClose, again }: Named & { again(): void }) {
  return (
    <Dialog title={title} onClose={onClose}>
      <CannotLoad again={again} />
    </Dialog>
  );
}

/** The file may be gone for good after a release: then only a reload helps. */
export function CannotLoad({ again }: { again(): void }) {
  const t = useT().broken;
  return (
    <>
      <p className="dialog-text" role="alert">
        {t.part}
      </p>
      <div className="actions">
        <button type="button" className="button button-main" onClick={again}>
          {t.again}
        </button>
        <button type="button" className="button" onClick={() => location.reload()}>
          {t.reload}
        </button>
      </div>
    </>
  );
}
