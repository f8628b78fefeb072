import { useSortable } from '@dnd-kit/sortable';
import { memo } from 'react';
import { Icon } from '@/components/icon';
import { useT } from '@/lib/i18n';
import { Card } from '../card/card';
import type { Todo } from '../types';
import { openItem, toggle, useUi } from '../ui';
import { Check } from './check';
import { DueLabel } from './due-label';

type LineProps = { item: Todo; tabStop: boolean };
type Props = LineProps & { leaving: boolean };

export const Row = memo(function Row({ item, tabStop, leaving }: Props) {
  const { id } = item;
  const open = useUi((s) => (s.open?.id === id ? s.open.at : null));
  const sort = useSortable({ id, disabled: open !== null });
  const y = sort.transform ? Math.round(sort.transform.y) : 0;
  const names = ['row', item.done && 'row-done', open && 'row-is-open', leaving && 'row-leaving'];
  if (sort.isDragging) names.push('row-dragged');
  return (
    <li
      ref={sort.setNodeRef}
      className={names.filter(Boolean).join(' ')}
      data-row={id}
      style={{ transform: y ? `translateY(${y}px)` : undefined, transition: sort.transition }}
    >
      {open ? (
        <Card item={item} at={open} />
      ) : (
        <div className="row-line" {...sort.listeners}>
          <Line item={item} tabStop={tabStop} />
        </div>
      )}
    </li>
  );
});

function Line({ item, tabStop }: LineProps) {
  const t = useT();
  return (
    <>
      <Check
        done={item.done}
        label={t.list.done(item.title)}
        tabIndex={tabStop ? 0 : -1}
        onToggle={() => toggle(item.id, t)}
      />
      <button
        type="button"
        className="row-open"
        tabIndex={tabStop ? 0 : -1}
        aria-expanded={false}
        aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
        onClick={() => openItem(item.id)}
        onFocus={() => useUi.setState({ current: item.id })}
      >
        <span className="row-title">{item.title}</span>
        {(item.due || item.note) && (
          <span className="row-meta">
            {item.due && <DueLabel due={item.due} done={item.done} />}
            {item.note && (
              <span className="note-mark">
                <Icon name="note" />
                <span className="hidden">{t.list.note}</span>
              </span>
            )}
          </span>
        )}
      </button>
      <span className="grip" aria-hidden="true" title={t.list.handle}>
        <Icon name="grip" />
      </span>
    </>
  );
}
