import { Dialog } from '@/components/dialog';
import { useT } from '@/lib/i18n';
import { useUi } from './ui';

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const named = (keys: string) => (isMac ? keys.replace('Ctrl', '⌘').replace('Alt', '⌥') : keys);

export function KeysSheet() {
  const t = useT();
  const shown = useUi((s) => s.sheet);
  if (!shown) return null;
  return (
    <Dialog title={t.keys.title} onClose={() => useUi.setState({ sheet: false })}>
      <dl className="keys">
        {t.keys.rows.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{named(keys)}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
