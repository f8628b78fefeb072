type Props = {
  done: boolean;
  label: string;
  tabIndex?: number;
  onToggle(): void;
  onFocus?(): void;
};

/** A real checkbox; what is drawn follows it. */
export function Check({ done, label, tabIndex, onToggle, onFocus }: Props) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={done}
        aria-label={label}
        tabIndex={tabIndex}
        onChange={onToggle}
        onFocus={onFocus}
      />
      <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
        <circle cx="10" cy="10" r="9" />
        <path d="M6 10.4l2.7 2.7 5.3-5.6" pathLength="1" />
      </svg>
    </label>
  );
}
