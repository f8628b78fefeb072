import {
  closestCenter,
  DndContext,
  type DragEndEvent,
  MouseSensor,
  TouchSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import { SortableContext, verticalListSortingStrategy } from '@dnd-kit/sortable';
import { useMemo } from 'react';
import { useT } from '@/lib/i18n';
import { useTodos } from '../store';
import type { Todo } from '../types';
import { moveTo, useUi } from '../ui';
import { Row } from './row';

type Props = { rows: readonly { item: Todo; leaving: boolean }[]; ids: string[] };

/** The mouse drags after a few pixels, a finger after a short hold: a swipe still scrolls. */
export function List({ rows, ids }: Props) {
  const t = useT();
  const current = useUi((s) => s.current);
  const stop = current && ids.includes(current) ? current : ids[0];
  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 5 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 220, tolerance: 8 } }),
  );
  const accessibility = useAnnouncements();
  function onDragEnd({ active, over }: DragEndEvent) {
    if (over && over.id !== active.id)
      moveTo(String(active.id), ids, ids.indexOf(String(over.id)), t);
  }
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      accessibility={accessibility}
      onDragEnd={onDragEnd}
    >
      <SortableContext items={ids} strategy={verticalListSortingStrategy}>
        <ul className="list" aria-label={t.list.label}>
          {rows.map(({ item, leaving }) => (
            <Row key={item.id} item={item} tabStop={item.id === stop} leaving={leaving} />
          ))}
        </ul>
      </SortableContext>
    </DndContext>
  );
}

// Where it was dropped is announced by moveTo, the same for mouse, finger and keyboard.
function useAnnouncements() {
  const t = useT();
  return useMemo(() => {
    const title = (id: string | number) => useTodos.getState().items.get(String(id))?.title ?? '';
    return {
      announcements: {
        onDragStart: ({ active }: { active: { id: string | number } }) =>
          t.list.lifted(title(active.id)),
        onDragOver: () => undefined,
        onDragEnd: ({ active }: { active: { id: string | number } }) =>
          t.list.dropped(title(active.id)),
        onDragCancel: ({ active }: { active: { id: string | number } }) =>
          t.list.dropped(title(active.id)),
      },
      screenReaderInstructions: { draggable: t.list.dragHelp },
    };
  }, [t]);
}
