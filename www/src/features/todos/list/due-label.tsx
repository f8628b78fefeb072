import { Icon } from '@/components/icon';
import { type Due, dueText, urgency } from '@/lib/dates';
import { useT } from '@/lib/i18n';
import { useNow } from '@/lib/now';
import { useLang } from '@/lib/prefs';

export function DueLabel({ due, done }: { due: Due; done: boolean }) {
  const t = useT();
  const lang = useLang();
  const now = useNow();
  const kind = done ? 'later' : urgency(due, now);
  return (
    <span className={`due due-${kind}`}>
      <Icon name="calendar" />
      <span className="hidden">{kind === 'late' ? t.list.late : t.list.due} </span>
      <span>{dueText(due, now, lang)}</span>
    </span>
  );
}
