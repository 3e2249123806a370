import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The answer of a route that has succeeded.
struct ControlAnswer: Sendable {
    enum Body: Sendable {
        case json(JSON)
        /// Lines of comma-separated values, written while they are read.
        case csv(@Sendable (_ write: (String) async throws -> Void) async throws -> Void)
    }

    var headers: HTTPFields = [:]
    var body: Body

    static func json(_ value: JSON) -> ControlAnswer { ControlAnswer(body: .json(value)) }

    /// Returns the HTTP response.
    func response(of route: ControlRoute, logger: Logger) -> Response {
        var response =
            switch body {
            case .json(let value): Response.json(.ok, value)
            case .csv(let write): Self.csv(write, route, logger)
            }
        for field in headers { response.headers[field.name] = field.value }
        return response
    }

    /// An export that fails ends the connection: half a file must not look complete.
    private static func csv(
        _ write: @escaping @Sendable (_ write: (String) async throws -> Void) async throws -> Void,
        _ route: ControlRoute, _ logger: Logger
    ) -> Response {
        let body = ResponseBody { writer in
            var writer = writer
            do {
                try await write { try await writer.write(ByteBuffer(string: $0)) }
            } catch {
                logger.warning("export ended early", metadata: ["route": "\(route.name)", "reason": "\(error)"])
                throw error
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
                .contentDisposition: "attachment; filename=\"usage-logs.csv\"",
            ], body: body)
    }
}

extension Response {
    /// Returns a response in JSON.
    static func json(_ status: HTTPResponse.Status, _ value: JSON) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: "application/json", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
            ], body: .init(byteBuffer: ByteBuffer(bytes: value.utf8)))
    }
}
