import { type KeyboardEvent, useRef } from 'react';

type Field = HTMLInputElement | HTMLTextAreaElement;

const HANGUL = /[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]/;
export const endsInHangul = (text: string): boolean => HANGUL.test(text.slice(-1));

/**
 * Runs act as soon as the field holds what was composed: at once, inside the compositionend event,
 * so that whatever arrives next finds the field as act left it, however long a drawing takes.
 * All browsers known have the text in the field by then (UI Events 5.7.5: the input event comes
 * before compositionend); one that brings it later is waited for by its input event, not by time.
 */
function whenCommitted(field: Field, data: string, act: () => void): void {
  if (field.value.includes(data)) act();
  else field.addEventListener('input', act, { once: true });
}

/*
 * Enter in a text field, right for Hangul. While a syllable is being composed the Enter belongs to
 * the input method, so it is remembered and acted on when the syllable is committed; one press is
 * enough. Browsers then differ: some send a second Enter (the field is already empty, so nothing
 * is added twice), Safari sends the key after the end of the composition, marked by key code 229.
 * Japanese and Chinese use Enter to choose a candidate; there it must not add anything.
 */
export function useEnter(onEnter: (field: Field) => void) {
  const waiting = useRef(false);
  return {
    onKeyDown(event: KeyboardEvent<Field>): void {
      const native = event.nativeEvent;
      const isEnter = native.key === 'Enter' || native.code === 'Enter';
      const field = event.currentTarget;
      if (!isEnter || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) {
        waiting.current = false;
        return;
      }
      if (native.isComposing) {
        waiting.current = true;
        return;
      }
      if (native.keyCode === 229 && !endsInHangul(field.value)) return;
      event.preventDefault();
      waiting.current = false;
      onEnter(field);
    },
    onCompositionEnd(event: { currentTarget: Field; data: string }): void {
      if (!waiting.current) return;
      waiting.current = false;
      const field = event.currentTarget;
      if (!endsInHangul(event.data || field.value)) return;
      whenCommitted(field, event.data, () => onEnter(field));
    },
  };
}
