// A place to drop files on, paste into, or choose files from. What the files are is for the caller to find out. While one
// is shown, files dropped beside it are no longer opened by the browser in place of the console.

import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

type DropZoneProps = {
  label: string;
  children: ComponentChildren;
  accept?: string;
  /** Choose a folder with all below it instead of files. */
  folder?: boolean;
  /** Take what is pasted or dropped anywhere on the page. */
  wholePage?: boolean;
  onFiles: (files: File[]) => void;
  /** Called instead of `onFiles` for a drop, where the caller reads folders itself. */
  onDrop?: (data: DataTransfer) => void;
};

export function DropZone({ label, children, accept, folder, wholePage, onFiles, onDrop }: DropZoneProps) {
  const zone = useRef<HTMLLabelElement>(null);
  const take = (data: DataTransfer) => {
    if (onDrop !== undefined) onDrop(data);
    else onFiles([...data.files]);
  };
  const isOver = useDrop(zone, wholePage === true, take);
  usePaste(wholePage === true, onFiles);
  return (
    <label ref={zone} class={`drop-zone${isOver ? ' is-over' : ''}`}>
      <input
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

/** Listens to the whole page, so that a drop that misses leads nowhere; true while one that would be taken hovers. */
function useDrop(
  zone: RefObject<HTMLElement>,
  wholePage: boolean,
  take: (data: DataTransfer) => void,
): boolean {
  const [isOver, setOver] = useState(false);
  const latest = useRef(take);
  latest.current = take;
  useLayoutEffect(() => {
    const isTaken = ({ target, dataTransfer }: DragEvent) =>
      dataTransfer?.types.includes('Files') === true &&
      (wholePage || (target instanceof Node && zone.current?.contains(target) === true));
    const hover = (event: DragEvent) => {
      event.preventDefault();
      setOver(isTaken(event));
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = isTaken(event) ? 'copy' : 'none';
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      if (isTaken(event) && event.dataTransfer !== null) latest.current(event.dataTransfer);
    };
    addEventListener('dragover', hover);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', hover);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, [zone, wholePage]);
  return isOver;
}

function usePaste(isOn: boolean, onFiles: (files: File[]) => void): void {
  useLayoutEffect(() => {
    if (!isOn) return;
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) onFiles(files);
    };
    addEventListener('paste', paste);
    return () => removeEventListener('paste', paste);
  }, [isOn, onFiles]);
}
