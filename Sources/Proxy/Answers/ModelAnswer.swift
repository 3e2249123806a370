import Metering
import NIOCore
import Pricing

/// Makes answers from an upstream's list of models.
enum ModelAnswer {
    /// Returns an upstream's list without the models that have no price; nil if the list is not understood.
    static func priced(_ list: ByteBuffer, _ upstreamProtocol: UpstreamProtocol, by card: RateCard) -> ByteBuffer? {
        self.list(list, upstreamProtocol, keeping: { card.price(for: $0) != nil })
            .map { completing($0, upstreamProtocol) }
    }

    /// Returns the part of a list whose models pass a filter, without the upstream's prices; nil if the list is not
    /// understood.
    static func list(
        _ list: ByteBuffer, _ upstreamProtocol: UpstreamProtocol, keeping isKept: (String) -> Bool
    ) -> ByteBuffer? {
        ModelList.cuts(in: list.readableBytesUInt8Span, upstreamProtocol.modelListShape, keeping: isKept)
            .flatMap { list.without($0) }
    }

    /// Returns a list in which every entry has the members that clients expect.
    static func completing(_ list: ByteBuffer, _ upstreamProtocol: UpstreamProtocol) -> ByteBuffer {
        list.replacing(ModelList.completions(in: list.readableBytesUInt8Span, upstreamProtocol.modelListShape))
    }

    /// Returns the page of a list that a query asks for.
    static func page(
        of list: ByteBuffer, _ upstreamProtocol: UpstreamProtocol, query: Substring
    ) throws(RequestFault) -> ByteBuffer {
        let values = QueryValues(query)
        return ByteBuffer(
            bytes: try ModelList.page(of: Array(list.readableBytesView), upstreamProtocol.modelListShape) { values[$0] }
        )
    }

    /// Returns the entry of a model in a list; nil if the list does not have it.
    static func entry(of model: String, in list: ByteBuffer, _ upstreamProtocol: UpstreamProtocol) -> ByteBuffer? {
        ModelList.entry(of: model, in: list.readableBytesUInt8Span, upstreamProtocol.modelListShape)
            .flatMap { list.getSlice(at: list.readerIndex + $0.lowerBound, length: $0.count) }
    }
}
