import CBrotli

/// Decodes br with the reference library. Windows beyond 16 MiB, which are an extension, are corrupt.
final class BrotliStage: CodingStage {
    private let state: OpaquePointer
    private var hasBegun = false
    private var hasEnded = false

    var isComplete: Bool { hasEnded || !hasBegun }

    init() throws(DecodingFault) {
        guard let state = BrotliDecoderCreateInstance(nil, nil, nil) else { throw .outOfMemory }
        self.state = state
    }

    deinit { BrotliDecoderDestroyInstance(state) }

    func run(_ input: Span<UInt8>, into output: inout [UInt8]) throws(DecodingFault) -> (taken: Int, given: Int) {
        guard !hasEnded else {
            guard input.isEmpty else { throw .corrupt }
            return (0, 0)
        }
        if !input.isEmpty { hasBegun = true }
        let (result, taken, given) = input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                var (nextIn, nextOut) = (input.baseAddress, output.baseAddress)
                var (leftIn, leftOut) = (input.count, output.count)
                let result = BrotliDecoderDecompressStream(state, &leftIn, &nextIn, &leftOut, &nextOut, nil)
                return (result, input.count - leftIn, output.count - leftOut)
            }
        }
        switch result {
        case BROTLI_DECODER_RESULT_SUCCESS: hasEnded = true
        case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT, BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT: break
        default: throw .corrupt
        }
        return (taken, given)
    }
}
