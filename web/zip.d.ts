/** What archive.js uses of zip.js, which stands before it in the same worker. */

export interface ZipEntry {
  filename: string;
  directory: boolean;
  encrypted: boolean;
  uncompressedSize: number;
  getData(target: WritableStream, options: { checkSignature: boolean; checkOverlappingEntry: boolean }): Promise<unknown>;
}

export interface ZipWriter {
  add(name: string, reader: object): Promise<unknown>;
  close(): Promise<unknown>;
}

declare global {
  const zip: {
    configure(options: { useWebWorkers: boolean; chunkSize: number }): void;
    BlobReader: new (blob: Blob) => object;
    Uint8ArrayReader: new (bytes: Uint8Array) => object;
    ZipReader: new (reader: object, options: object) => { getEntries(): Promise<ZipEntry[]> };
    ZipWriter: new (target: WritableStream, options: object) => ZipWriter;
    ERR_UNSAFE_FILENAME: string;
    ERR_ENCRYPTED: string;
    ERR_ENCRYPTED_CENTRAL_DIRECTORY: string;
    ERR_OVERLAPPING_ENTRY: string;
  };
}
