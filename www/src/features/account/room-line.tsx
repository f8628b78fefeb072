import { useT } from '@/lib/i18n';
import { useSession } from '@/lib/session';

const NEARLY = 0.9;
const MB = 1_000_000;

/** Above the list while the account has hardly any room left. */
export function RoomLine() {
  const t = useT();
  const room = useSession((s) => s.account?.room);
  if (!room || room.used < NEARLY * room.limit) return null;
  return (
    <p className="room-line" role="status">
      {t.room(Math.floor(room.used / MB), Math.round(room.limit / MB))}
    </p>
  );
}
