import CZlib
import CZstd
import Codings

/// Bodies in content codings, for tests.
public enum Encoder {
    public static let text = Array((#"{"model":"m","text":""# + String(repeating: "word ", count: 20) + #""}"#).utf8)

    /// ``text`` as the reference encoder of br writes it.
    public static let brotliText = bytes(
        "1b7a0000046a72a4bfe380322eebd7bc051339606d0b2c503e30bc83e54c8dc35b3d242698308011c1b38c07")

    /// Returns bytes in a coding that has an encoder here.
    public static func encode(_ bytes: [UInt8], _ coding: ContentCoding) -> [UInt8] {
        switch coding {
        case .gzip: deflated(bytes, windowBits: 15 + 16)
        case .deflate: deflated(bytes, windowBits: 15)
        case .zstd: zstd(bytes)
        case .brotli: preconditionFailure("br has no encoder here")
        }
    }

    /// Returns bytes in deflate without the header of RFC 1950.
    public static func rawDeflate(_ bytes: [UInt8]) -> [UInt8] { deflated(bytes, windowBits: -15) }

    private static func deflated(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
        var stream = z_stream()
        precondition(
            deflateInit2_(
                &stream, 9, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK)
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
        let written = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
                return output.count - Int(stream.avail_out)
            }
        }
        return Array(output.prefix(written))
    }

    /// - Parameter windowLog: The window as a power of two; nil to leave it to the library.
    public static func zstd(_ bytes: [UInt8], windowLog: Int32? = nil) -> [UInt8] {
        let context = ZSTD_createCCtx()
        defer { ZSTD_freeCCtx(context) }
        if let windowLog {
            precondition(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowLog)) == 0)
            // Without the size of the content the window is not made smaller than it is set.
            precondition(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)) == 0)
        }
        var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
        let capacity = output.count
        let written = ZSTD_compress2(context, &output, capacity, bytes, bytes.count)
        precondition(ZSTD_isError(written) == 0)
        return Array(output.prefix(written))
    }

    static func bytes(_ hex: String) -> [UInt8] {
        var digits = hex[...]
        var result: [UInt8] = []
        while !digits.isEmpty {
            result.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
            digits = digits.dropFirst(2)
        }
        return result
    }
}
