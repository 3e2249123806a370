/// Takes the content codings off one body, piece by piece.
///
/// A step yields at most ``pieceSize`` bytes, so that the caller decides how long it goes on at a time, however much the input
/// expands. Memory is bounded by constants: one piece for each coding, and the windows of the libraries (32 KiB for gzip and
/// deflate, 16 MiB for br, 8 MiB for zstd).
///
/// What counts as a whole body: any number of gzip members or zstd frames behind each other; one deflate or br stream; or no
/// byte at all. Everything else is corrupt, bytes behind the end of the coding included, or truncated.
///
/// Not `Sendable`, on purpose: it belongs to the body that it decodes.
public final class Decoder {
    /// Maximum of bytes that a step yields.
    public static let pieceSize = 64 << 10

    /// One coding and what it has yielded that the next has not taken yet.
    private struct Layer {
        let stage: any CodingStage
        var output = [UInt8](repeating: 0, count: Decoder.pieceSize)
        /// The part of `output` that is not taken yet.
        var ready = 0..<0
        /// Bytes yielded so far.
        var total = 0
    }

    /// The coding that was applied last comes first.
    private var layers: [Layer]
    private let limit: Int
    private var inputTotal = 0

    /// Creates a decoder.
    ///
    /// - Parameters:
    ///   - codings: The codings, in the order in which they were applied.
    ///   - limit: Maximum size of the body in bytes: decoded, as it came, and between two codings.
    public init(_ codings: [ContentCoding], limit: Int) throws(DecodingFault) {
        self.limit = limit
        layers = []
        for coding in codings.reversed() { layers.append(Layer(stage: try coding.makeStage())) }
    }

    /// Decodes some input.
    ///
    /// - Parameter take: Gets the next piece of the decoded body, if there is one.
    /// - Returns: How many bytes of the input were taken. If that is none and there is no piece, more input is needed.
    public func step(_ input: Span<UInt8>, take: (Span<UInt8>) -> Void) throws(DecodingFault) -> Int {
        var consumed = 0
        while true {
            var isProgressing = false
            for index in layers.indices where layers[index].ready.isEmpty {
                let (taken, given) =
                    index == 0
                    ? try run(0, on: input.extracting(droppingFirst: consumed))
                    : try run(index, onOutputOf: index - 1)
                if index == 0 {
                    consumed += taken
                    inputTotal += taken
                    guard inputTotal <= limit else { throw .tooLarge }
                }
                if taken > 0 || given > 0 { isProgressing = true }
            }
            guard let last = layers.last else {
                take(input)
                return input.count
            }
            if !last.ready.isEmpty {
                take(last.output.span.extracting(last.ready))
                layers[layers.count - 1].ready = 0..<0
                return consumed
            }
            guard isProgressing else { return consumed }
        }
    }

    /// Notes that the body has ended; to be called when a step needs more input.
    public func finish() throws(DecodingFault) {
        for layer in layers where !layer.stage.isComplete { throw .truncated }
    }

    private func run(_ index: Int, onOutputOf previous: Int) throws(DecodingFault) -> (taken: Int, given: Int) {
        let ready = layers[previous].ready
        // Moved out and back in, so that the bytes are not copied.
        let output = layers[previous].output
        layers[previous].output = []
        defer { layers[previous].output = output }
        let result = try run(index, on: output.span.extracting(ready))
        layers[previous].ready = ready.lowerBound + result.taken..<ready.upperBound
        return result
    }

    private func run(_ index: Int, on input: Span<UInt8>) throws(DecodingFault) -> (taken: Int, given: Int) {
        let stage = layers[index].stage
        let (taken, given) = try stage.run(input, into: &layers[index].output)
        layers[index].ready = 0..<given
        layers[index].total += given
        guard layers[index].total <= limit else { throw .tooLarge }
        return (taken, given)
    }
}

/// The decoder of one coding.
protocol CodingStage: AnyObject {
    /// Decodes input until it is used up or the output is full.
    ///
    /// - Returns: The bytes of the input that were taken, and those of the output that were written.
    func run(_ input: Span<UInt8>, into output: inout [UInt8]) throws(DecodingFault) -> (taken: Int, given: Int)

    /// Whether the body may end here.
    var isComplete: Bool { get }
}

extension ContentCoding {
    fileprivate func makeStage() throws(DecodingFault) -> any CodingStage {
        switch self {
        case .gzip: try InflateStage(.gzip)
        case .deflate: try InflateStage(.deflate)
        case .brotli: try BrotliStage()
        case .zstd: try ZstdStage()
        }
    }
}
