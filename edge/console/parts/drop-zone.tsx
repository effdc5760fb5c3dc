// A place to drop files on, paste into, or choose files from. What the files are is for the caller to find out.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

type DropZoneProps = {
  label: string;
  children: ComponentChildren;
  accept?: string;
  /** Choose a folder with all below it instead of files. */
  folder?: boolean;
  /** Take what is pasted anywhere on the page. */
  takesPaste?: boolean;
  onFiles: (files: File[]) => void;
  /** Called instead of `onFiles` for a drop, where the caller reads folders itself. */
  onDrop?: (data: DataTransfer) => void;
};

export function DropZone({ label, children, accept, folder, takesPaste, onFiles, onDrop }: DropZoneProps) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  usePaste(takesPaste === true, onFiles);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer === null) return;
    if (onDrop !== undefined) onDrop(event.dataTransfer);
    else onFiles([...event.dataTransfer.files]);
  };
  return (
    <label
      class={`drop-zone${isOver ? ' is-over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input
        ref={input}
        class="hidden-input"
        type="file"
        aria-label={label}
        multiple
        accept={accept}
        {...(folder === true ? { webkitdirectory: true } : {})}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          // So that choosing the same file again is a change too.
          event.currentTarget.value = '';
        }}
      />
      {children}
    </label>
  );
}

function usePaste(isOn: boolean, onFiles: (files: File[]) => void): void {
  useEffect(() => {
    if (!isOn) return;
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) onFiles(files);
    };
    addEventListener('paste', paste);
    return () => removeEventListener('paste', paste);
  }, [isOn, onFiles]);
}
