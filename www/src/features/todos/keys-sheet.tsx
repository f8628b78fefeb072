import { part } from '@/components/part';
import { useUi } from './ui';

const KeysDialog = part(
  (t) => t.keys.title,
  () => import('./keys-dialog'),
);
const OrphanDialog = part(
  (t) => t.draft.goneTitle,
  () => import('./card/orphan-dialog'),
);

/** What opens over the list by itself, or by a key. */
export function KeysSheet() {
  const shown = useUi((s) => s.sheet);
  const orphan = useUi((s) => s.orphan);
  return (
    <>
      {shown && <KeysDialog onClose={() => useUi.setState({ sheet: false })} />}
      {orphan && (
        <OrphanDialog
          key={orphan.id}
          orphan={orphan}
          onClose={() => useUi.setState({ orphan: null })}
        />
      )}
    </>
  );
}
