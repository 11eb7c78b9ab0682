import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { useCallback, useEffect, useState } from 'react';
import { send, useClient } from '../../../aws/call.ts';
import { isAbort } from '../../../aws/failure.ts';
import type { ObjectProps } from '../model.ts';

/** Reads a stretch of an object; tells how much has come. */
export async function readBytes(
  client: S3Client,
  { bucket, objectKey, version }: ObjectProps,
  range: { from: number; to: number } | undefined,
  signal: AbortSignal,
  came?: (bytes: number) => void,
): Promise<Blob> {
  const { Body } = await send(
    client,
    GetObjectCommand,
    {
      Bucket: bucket,
      Key: objectKey,
      VersionId: version,
      ...(range ? { Range: `bytes=${range.from}-${range.to}` } : {}),
    },
    signal,
  );
  const reader = Body!.transformToWebStream().getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let count = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(chunks);
    chunks.push(value);
    count += value.byteLength;
    came?.(count);
  }
}

/** A text from the start of an object, longer each time more of it is asked for. */
export function useText({ bucket, objectKey, version }: ObjectProps, size: number, step: number) {
  const client = useClient(S3Client);
  const [wanted, setWanted] = useState(Math.min(size, step));
  const [bytes, setBytes] = useState<Uint8Array<ArrayBuffer>>();
  const [error, setError] = useState<unknown>();
  const [turn, setTurn] = useState(0);
  const have = bytes?.byteLength ?? 0;
  useEffect(() => {
    if (have >= wanted && bytes) return undefined;
    const controller = new AbortController();
    async function read() {
      setError(undefined);
      const range = { from: have, to: wanted - 1 };
      const more =
        size === 0 ? new Blob() : await readBytes(client, { bucket, objectKey, version }, range, controller.signal);
      setBytes(new Uint8Array(await new Blob([bytes ?? new Uint8Array(), more]).arrayBuffer()));
    }
    read().catch((failure: unknown) => {
      if (!isAbort(failure)) setError(failure);
    });
    return () => controller.abort();
    // `turn`: asked again after a failure.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [client, bucket, objectKey, version, size, wanted, have, bytes, turn]);
  return {
    bytes,
    /** A character that is cut off at the end is left out. */
    text: bytes && new TextDecoder().decode(bytes, { stream: have < size }),
    whole: have >= size,
    reading: have < wanted && error === undefined,
    error,
    more: useCallback(() => setWanted((before) => Math.min(size, before + step)), [size, step]),
    retry: useCallback(() => setTurn((before) => before + 1), []),
  };
}

/** A whole object as an address of this page's own, shown as `type`; freed when the page is left. */
export function useBlobAddress({ bucket, objectKey, version }: ObjectProps, type: string, wanted: boolean) {
  const client = useClient(S3Client);
  const [address, setAddress] = useState<string>();
  const [came, setCame] = useState(0);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    if (!wanted) return undefined;
    const controller = new AbortController();
    let made: string | undefined;
    readBytes(client, { bucket, objectKey, version }, undefined, controller.signal, setCame)
      .then((blob) => {
        if (controller.signal.aborted) return;
        made = URL.createObjectURL(new Blob([blob], { type }));
        setAddress(made);
      })
      .catch((failure: unknown) => {
        if (!isAbort(failure)) setError(failure);
      });
    return () => {
      controller.abort();
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [client, bucket, objectKey, version, type, wanted]);
  return { address, came, error };
}
