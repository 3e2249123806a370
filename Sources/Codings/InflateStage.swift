import CZlib

/// Decodes gzip and deflate with zlib.
final class InflateStage: CodingStage {
    enum Format { case gzip, deflate }

    private var stream: UnsafeMutablePointer<z_stream>
    private let format: Format
    private(set) var isComplete = true
    /// A member has begun; nothing is decoded before that.
    private var isInitialized = false

    init(_ format: Format) throws(DecodingFault) {
        self.format = format
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
    }

    deinit {
        if isInitialized { inflateEnd(stream) }
        stream.deallocate()
    }

    func run(_ input: Span<UInt8>, into output: inout [UInt8]) throws(DecodingFault) -> (taken: Int, given: Int) {
        if isComplete {
            guard !input.isEmpty else { return (0, 0) }
            try begin(input[0])
        }
        let (status, taken, given) = input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                // zlib does not write to its input.
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(clamping: input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(clamping: output.count)
                let offered = (Int(stream.pointee.avail_in), Int(stream.pointee.avail_out))
                let status = inflate(stream, Z_NO_FLUSH)
                return (
                    status, offered.0 - Int(stream.pointee.avail_in), offered.1 - Int(stream.pointee.avail_out)
                )
            }
        }
        switch status {
        // A buffer error says that neither input nor room for output was left, which is no fault.
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isComplete = true
        case Z_MEM_ERROR: throw .outOfMemory
        default: throw .corrupt
        }
        return (taken, given)
    }

    /// Begins a member at its first byte.
    private func begin(_ first: UInt8) throws(DecodingFault) {
        isComplete = false
        if isInitialized {
            // Only gzip has further members; what is none, zlib refuses.
            guard format == .gzip, inflateReset(stream) == Z_OK else { throw .corrupt }
            return
        }
        let status = inflateInit2_(stream, windowBits(first), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .outOfMemory }
        isInitialized = true
    }

    /// Returns the window of 15 bits with the mark by which zlib knows the format.
    ///
    /// A deflate stream without the header of RFC 1950 would be a stored block whose padding is not zero if it began with a
    /// byte that such a header begins with, and no encoder writes that.
    private func windowBits(_ first: UInt8) -> Int32 {
        switch format {
        case .gzip: 15 + 16
        case .deflate: first & 0x0F == 8 && first >> 4 <= 7 ? 15 : -15
        }
    }
}
