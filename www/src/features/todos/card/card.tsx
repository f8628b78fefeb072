import { useLayoutEffect, useRef } from 'react';
import { Boundary } from '@/components/boundary';
import { CannotLoad } from '@/components/part';
import { loader } from '@/lib/loader';
import type { Todo } from '../types';
import { closeItem } from '../commands';
import type { OpenAt } from '../ui';

type Props = { item: Todo; at: OpenAt };

const file = loader<Props>(() => import('./card-body'));

/** An item that is open. Not part of the first load: it comes as soon as the list is there. */
export function Card(props: Props) {
  const { Body, failed, again } = file.use();
  const missing = (retry: () => void) => <Closed {...props} again={retry} />;
  if (failed) return missing(again);
  if (!Body) return <Closed {...props} />;
  return (
    <Boundary fallback={missing}>
      <Body {...props} />
    </Boundary>
  );
}

function Closed({ item, again }: Props & { again?(): void }) {
  const card = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => card.current?.focus(), []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc closes it as it closes a card
    <div
      className="card card-closed"
      ref={card}
      tabIndex={-1}
      onKeyDown={(event) => event.key !== 'Escape' && !again && event.stopPropagation()}
    >
      <p className="card-title">{item.title}</p>
      {again && (
        <div className="card-foot">
          <div>
            <CannotLoad again={again} />
          </div>
          <button type="button" className="text-button" onClick={() => closeItem()}>
            Esc
          </button>
        </div>
      )}
    </div>
  );
}
