import Metering
import NIOCore

/// Makes answers from an upstream's list of models.
enum ModelAnswer {
    /// Returns the part of a list whose models pass a filter, without the upstream's prices; nil if the list is not
    /// understood.
    static func list(
        _ list: ByteBuffer, _ upstreamProtocol: UpstreamProtocol, keeping isKept: (String) -> Bool
    ) -> ByteBuffer? {
        ModelList.cuts(in: list.readableBytesUInt8Span, upstreamProtocol.modelListShape, keeping: isKept)
            .flatMap { list.without($0) }
    }

    /// Returns the entry of a model in a list; nil if the list does not have it.
    static func entry(of model: String, in list: ByteBuffer, _ upstreamProtocol: UpstreamProtocol) -> ByteBuffer? {
        ModelList.entry(of: model, in: list.readableBytesUInt8Span, upstreamProtocol.modelListShape)
            .flatMap { list.getSlice(at: list.readerIndex + $0.lowerBound, length: $0.count) }
    }
}
