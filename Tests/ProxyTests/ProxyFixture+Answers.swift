import Ledger
import Metering
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Proxy
@testable import TestSupport

extension ProxyFixture {
    /// Sends a request with any body.
    func post(
        _ body: [UInt8], to path: String = "/v1/chat/completions", headers: [(String, String)] = []
    ) throws -> ClientPeer {
        let client = try ClientPeer(handler: ClientConnection(proxy: proxy), loop: loop)
        var fields: HTTPHeaders = [
            "host": "gateway.test", "authorization": "Bearer \(secret)", "content-length": String(body.count),
        ]
        fields.add(contentsOf: headers)
        try client.send(.POST, path, headers: fields, body: ByteBuffer(bytes: body))
        loop.run()
        return client
    }

    /// Begins a request whose hold is written, and accepts its connection to the upstream.
    func begin(stream: Bool) throws -> (ClientPeer, UpstreamPeer) {
        let client = try request(stream: stream)
        let upstream = try connector.accept()
        writeLedger()
        return (client, upstream)
    }

    /// Settles what is answered, and returns its row.
    func row() throws -> LedgerRow {
        writeLedger()
        return try #require(rows.first)
    }
}

extension UpstreamPeer {
    /// Answers with bytes in one part.
    func answer(_ body: [UInt8], status: String = "200 OK", headers: String = "") throws {
        var bytes = ByteBuffer(string: "HTTP/1.1 \(status)\r\n\(headers)content-length: \(body.count)\r\n\r\n")
        bytes.writeBytes(body)
        try send(bytes)
    }
}
