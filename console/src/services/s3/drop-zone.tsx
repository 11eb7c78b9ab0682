import { useState, type ReactNode } from 'react';
import { tellFailure } from '../../shell/notices.tsx';
import { filesOfDrop, type Chosen } from './upload/choose.ts';

/** A part of the page on which files and folders are dropped. */
export function DropZone({ onFiles, children }: { onFiles: (files: Chosen[]) => void; children: ReactNode }) {
  const [over, setOver] = useState(false);
  return (
    // What is dropped can be chosen by the button as well: nothing is lost to those without a mouse.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={over ? 's3-drop s3-drop-over' : 's3-drop'}
      data-testid="drop-zone"
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        filesOfDrop(event.dataTransfer).then(onFiles, tellFailure);
      }}
    >
      {children}
    </div>
  );
}
