import { type CSSProperties, memo } from 'react';
import { Icon } from '@/components/icon';
import { useT } from '@/lib/i18n';
import { Card } from '../card/card';
import { useItem } from '../store';
import type { Todo } from '../types';
import { toggle } from '../toggle';
import { openItem, useUi } from '../ui';
import { Check } from './check';
import { DueLabel } from './due-label';
import { Marked, NoteHint } from './marked';
import type { Observe } from './use-window';

type RowProps = {
  id: string;
  tabStop: boolean;
  leaving: boolean;
  dragged: boolean;
  /** Rows that are not in the page take this much room before it. */
  gap: number;
  /** How far it makes room for the row that is dragged. */
  shift: number;
  /** The words that are searched for. */
  search: string;
  /** Its place, where the page has not all the rows. */
  at?: number;
  of?: number;
  observe: Observe;
};

export const Row = memo(function Row(props: RowProps) {
  const { id, gap, shift } = props;
  const item = useItem(id);
  const open = useUi((s) => (s.open?.id === id ? s.open.at : null));
  if (!item) return null;
  const names = ['row', item.done && 'row-done', open && 'row-is-open'];
  names.push(props.leaving && 'row-leaving', props.dragged && 'row-dragged');
  const style: CSSProperties & { '--gap'?: string } = {};
  if (gap > 0) style['--gap'] = `${gap}px`;
  // The one in the hand is moved by the hand.
  if (shift !== 0) style.transform = `translateY(${shift}px)`;
  return (
    <li
      ref={props.observe}
      className={names.filter(Boolean).join(' ')}
      data-row={id}
      style={style}
      aria-posinset={props.at}
      aria-setsize={props.of}
    >
      {open ? (
        <Card item={item} at={open} />
      ) : (
        <div className="row-line">
          <Line item={item} tabStop={props.tabStop} search={props.search} />
        </div>
      )}
    </li>
  );
});

type LineProps = { item: Todo; tabStop: boolean; search: string };

const Line = memo(function Line({ item, tabStop, search }: LineProps) {
  const t = useT();
  const focused = () => useUi.setState({ current: item.id });
  return (
    <>
      <Check
        done={item.done}
        label={t.list.done(item.title)}
        tabIndex={tabStop ? 0 : -1}
        onToggle={() => toggle(item.id, t)}
        onFocus={focused}
      />
      <button
        type="button"
        className="row-open"
        tabIndex={tabStop ? 0 : -1}
        aria-expanded={false}
        aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
        onClick={() => openItem(item.id)}
        onFocus={focused}
      >
        <Marked className="row-title" text={item.title} search={search} />
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
        {search && item.note && <NoteHint note={item.note} search={search} />}
      </button>
      <span className="grip" aria-hidden="true" title={t.list.handle}>
        <Icon name="grip" />
      </span>
    </>
  );
});
