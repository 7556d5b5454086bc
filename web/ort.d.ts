/** What networks.js uses of onnxruntime-web, a classic script. */
declare namespace Ort {
  class Tensor {
    constructor(type: "float32", data: Float32Array<ArrayBuffer>, dims: readonly number[]);
    readonly data: Float32Array<ArrayBuffer>;
    readonly dims: readonly number[];
    dispose(): void;
  }
  interface InferenceSession {
    readonly inputNames: readonly string[];
    readonly outputNames: readonly string[];
    run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  }
}

declare const ort: {
  readonly Tensor: typeof Ort.Tensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: { executionProviders: string[] }): Promise<Ort.InferenceSession>;
  };
  readonly env: { logLevel: string; wasm: { numThreads: number; wasmBinary: ArrayBuffer } };
};
