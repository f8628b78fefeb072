/** The sign of the app: a quiet check. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle cx="16" cy="16" r="14" />
      <path d="M10 16.5l4.2 4.2L22.5 12" />
    </svg>
  );
}
