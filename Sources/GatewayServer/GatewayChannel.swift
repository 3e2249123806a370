import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Proxy

/// The pipeline of a client connection: HTTP/1, then the data path, then the control plane.
///
/// One listener serves both. The data path takes the proxied requests where they arrive, as HTTP/1 parts on the event
/// loop; all others go on, request by request, to Hummingbird.
struct GatewayChannel: ServerChildChannel, HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let proxy: ProxyService
    let responder: HTTPChannelHandler.Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            // Hummingbird enables half-closure; with it, a client that disconnects during a stream is not noticed.
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
            try proxy.addClientHandlers(to: channel)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(HTTPConnectionStateHandler(logger: logger))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
