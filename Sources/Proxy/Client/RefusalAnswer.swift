import Accounts
import NIOHTTP1
import Timekeeping

/// The answer to a request that never becomes an exchange.
struct RefusalAnswer {
    let error: ErrorAnswer
    private let shape: RefusalShape
    /// Header fields of the refusal's own.
    private let fields: HTTPHeaders
    /// Whether nothing that follows on the connection can be understood.
    let endsConnection: Bool

    init(_ error: ErrorAnswer, _ shape: RefusalShape, _ fields: HTTPHeaders = [:]) {
        (self.error, self.shape, self.fields) = (error, shape, fields)
        endsConnection = false
    }

    init(_ fault: HTTPFault, _ shape: RefusalShape) {
        (error, self.shape, fields) = (ErrorAnswer(fault), shape, [:])
        endsConnection = true
    }

    func headers(requestID: String, now: Timestamp) -> HTTPHeaders {
        var headers = shape.headers(requestID: requestID, now: now)
        headers.add(name: HeaderName.contentType, value: "application/json")
        headers.add(contentsOf: fields)
        return headers
    }

    func body(requestID: String) -> String { shape.body(error, requestID: requestID) }
}
