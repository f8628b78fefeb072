import { toast } from '@/components/toasts';
import type { Dict } from '@/lib/i18n';
import * as actions from './actions';
import { useTodos } from './store';
import { focusRow, neighbour, rowOf } from './rows';
import { useUi } from './ui';
import { sayHidden } from './use-visible';

const STAY_MS = 1000;
const SLIDE_MS = 180;

const timers = new Map<string, ReturnType<typeof setTimeout>>();

function linger(id: string, state: 'stay' | 'leave' | null): void {
  const { [id]: _, ...rest } = useUi.getState().lingering;
  useUi.setState({ lingering: state ? { ...rest, [id]: state } : rest });
}

function startLinger(id: string): void {
  clearTimeout(timers.get(id));
  linger(id, 'stay');
  const end = () => {
    const next = rowOf(id)?.contains(document.activeElement) ? neighbour(id) : null;
    linger(id, null);
    timers.delete(id);
    if (!rowOf(id)) focusRow(next);
  };
  const slide = () => {
    linger(id, 'leave');
    timers.set(id, setTimeout(end, SLIDE_MS));
  };
  timers.set(id, setTimeout(slide, STAY_MS));
}

export function toggle(id: string, t: Dict): void {
  const item = useTodos.getState().items.get(id);
  if (!item) return;
  startLinger(id);
  const back = actions.patch(id, { done: !item.done });
  if (item.done) {
    // An open card stays until it is closed, and says it then.
    const hidden = { ...item, done: false };
    if (useUi.getState().open?.id !== id) sayHidden(id, hidden, t.adding.left(item.title), t);
    return;
  }
  toast(t.toast.completed(item.title), {
    action: { label: t.undo, run: back },
    many: { kind: 'completed', text: t.many.completed },
  });
}
