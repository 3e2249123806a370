import CZstd

/// Decodes zstd with the reference library.
final class ZstdStage: CodingStage {
    /// The window that receivers of this content coding have to support and senders may not exceed, as a power of two: 8 MiB
    /// (RFC 9659).
    private static let windowLog: Int32 = 23

    private let stream: OpaquePointer
    /// Between two frames, or before the first.
    private(set) var isComplete = true

    init() throws(DecodingFault) {
        guard let stream = ZSTD_createDCtx() else { throw .outOfMemory }
        self.stream = stream
        guard ZSTD_isError(ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Self.windowLog)) == 0 else {
            throw .outOfMemory
        }
    }

    deinit { ZSTD_freeDCtx(stream) }

    func run(_ input: Span<UInt8>, into output: inout [UInt8]) throws(DecodingFault) -> (taken: Int, given: Int) {
        if isComplete {
            guard !input.isEmpty else { return (0, 0) }
            guard Self.mayBeginFrame(input[0]) else { throw .corrupt }
        }
        let (hint, taken, given) = input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
                var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
                let hint = ZSTD_decompressStream(stream, &target, &source)
                return (hint, source.pos, target.pos)
            }
        }
        guard ZSTD_isError(hint) == 0 else { throw .corrupt }
        // The library stops at the end of each frame. Zero: a frame is decoded, and all of it is in the output.
        if taken > 0 || given > 0 { isComplete = hint == 0 }
        return (taken, given)
    }

    /// Whether a frame of RFC 8878 or a skippable one can begin with a byte. The library would also read the formats from before
    /// the standard, whose decoders nobody should feed with foreign bytes.
    private static func mayBeginFrame(_ byte: UInt8) -> Bool { byte == 0x28 || byte & 0xF0 == 0x50 }
}
