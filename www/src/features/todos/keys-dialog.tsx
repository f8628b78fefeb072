import { Dialog } from '@/components/dialog';
import { useT } from '@/lib/i18n';

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const named = (keys: string) => (isMac ? keys.replace('Ctrl', '⌘').replace('Alt', '⌥') : keys);

export default function KeysDialog({ onClose }: { onClose(): void }) {
  const t = useT();
  return (
    <Dialog title={t.keys.title} onClose={onClose}>
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
