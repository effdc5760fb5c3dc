// What an item and a picture are once their rows have been read, and what makes two items the same.

export type ItemRecord = {
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly environment: string;
  readonly class: string | undefined;
  readonly filename: string | undefined;
  readonly createdAtMs: number;
};

export type StoredPicture = { readonly sha256: string; readonly bytes: number; readonly storageKey: string };

export type ItemPosition = Pick<ItemRecord, 'sha256' | 'environment' | 'class'>;

/** Names hold no control characters. */
export function positionKey(item: ItemPosition): string {
  return `${item.sha256}\t${item.environment}\t${item.class ?? ''}`;
}

export type ItemRow = {
  id: string;
  sha256: string;
  bytes: number;
  environment: string;
  class: string;
  filename: string | null;
  created_at: number;
};
export type PictureRow = { sha256: string; bytes: number; storage_key: string };

export function toItem(row: ItemRow): ItemRecord {
  return {
    id: row.id,
    sha256: row.sha256,
    bytes: row.bytes,
    environment: row.environment,
    class: row.class || undefined,
    filename: row.filename ?? undefined,
    createdAtMs: row.created_at,
  };
}

export function toPicture({ sha256, bytes, storage_key }: PictureRow): StoredPicture {
  return { sha256, bytes, storageKey: storage_key };
}
