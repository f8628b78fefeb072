import { useEffect, useRef } from 'react';
import { announce } from '@/components/toasts';
import { useT } from '@/lib/i18n';
import { useTodos } from '../store';
import { moveTo } from '../commands';
import { useUi } from '../ui';
import { Row } from './row';
import { useCalmClicks } from './use-calm-clicks';
import { shiftOf, useDrag } from './use-drag';
import { useWindow } from './use-window';

type Props = { ids: readonly string[]; leaving: ReadonlySet<string>; search: string };

/** A long list has in the page only the rows near the window, and those that somebody is on. */
export function List({ ids, leaving, search }: Props) {
  const t = useT();
  const list = useRef<HTMLUListElement>(null);
  const current = useUi((s) => s.current);
  const open = useUi((s) => s.open?.id);
  const lifted = useRef(-1);
  const stop = Math.max(0, current ? ids.indexOf(current) : 0);
  // With its neighbours: where one goes next is there before one goes.
  const keep = [stop - 1, stop, stop + 1, open ? ids.indexOf(open) : -1, lifted.current];
  const { layout, shown, whole, observe } = useWindow(list, ids, keep);
  const say = (what: (title: string) => string) => (id: string) =>
    announce(what(useTodos.getState().items.get(id)?.title ?? ''));
  const { drag, onPointerDown } = useDrag({
    list,
    layout,
    ids,
    onLift: say(t.list.lifted),
    onDrop: (id, to) => moveTo(id, ids, to, t),
    onCancel: say(t.list.dropped),
  });
  lifted.current = drag ? drag.from : -1;
  useFindInLong(!whole);
  const calm = useCalmClicks(leaving);

  const { tops } = layout;
  const end = (shown.at(-1) ?? -1) + 1;
  return (
    <ul
      ref={list}
      className={drag ? 'list list-dragging' : 'list'}
      aria-label={t.list.label}
      style={{ paddingBottom: tops[ids.length]! - tops[end]! || undefined }}
      onPointerDown={onPointerDown}
      {...calm}
    >
      {shown.map((i, at) => {
        const id = ids[i]!;
        const place = whole ? {} : { at: i + 1, of: ids.length };
        return (
          <Row
            key={id}
            id={id}
            tabStop={i === stop}
            leaving={leaving.has(id)}
            dragged={drag?.id === id}
            gap={tops[i]! - tops[(shown[at - 1] ?? -1) + 1]!}
            shift={shiftOf(drag, i)}
            search={search}
            observe={observe}
            {...place}
          />
        );
      })}
    </ul>
  );
}

/** The browser's own search sees only the rows in the page, so ours answers its key first. */
function useFindInLong(long: boolean): void {
  useEffect(() => {
    if (!long) return;
    function onKey(event: KeyboardEvent): void {
      const find = event.code === 'KeyF' && (event.ctrlKey || event.metaKey);
      if (!find || event.shiftKey || event.altKey || document.querySelector('dialog[open]')) return;
      // Pressed once more in our field, it is the browser's.
      if ((event.target as Element).matches?.('.search')) return;
      event.preventDefault();
      useUi.setState({ search: useUi.getState().search ?? '' });
      requestAnimationFrame(() => document.querySelector<HTMLElement>('.search')?.focus());
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [long]);
}
