import ArgumentParser
import DemoUpstream
import Foundation
import GatewayServer
import Logging
import NIOPosix
import UnixSignals

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run a demo: gateway, upstream, account, deposit, client key and requests.")

    @Flag(help: "Exit after the requests instead of serving until Ctrl-C.") var exit = false
    @Option(help: "Port of the gateway; the default is 8080, or any free port with --exit.") var port: Int?

    func run() async throws {
        LogOutput.start(.warning)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tollgate-demo-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let signals = exit ? nil : await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await reporting {
            let upstream = try await startUpstream()
            let adminKey = "demo-admin-" + UUID().uuidString
            let gateway = try await openGateway(upstream, folder, adminKey)
            let serving = Task { try await gateway.run() }
            do {
                let gatewayPort = try await listeningPort(gateway)
                try await DemoTour(url: "http://127.0.0.1:\(gatewayPort)", adminKey: adminKey).run()
                if let signals {
                    printLine("\nServing until Ctrl-C ...")
                    for await _ in signals { break }
                }
            } catch {
                await gateway.stop()
                throw error
            }
            await gateway.stop()
            try await serving.value
            try await upstream.stop()
        }
    }

    private func listeningPort(_ gateway: Gateway) async throws -> Int {
        do {
            return try await gateway.port()
        } catch {
            throw CommandError("the gateway cannot listen; if the port is in use, set --port: \(error)")
        }
    }

    private func startUpstream() async throws -> DemoUpstream {
        do {
            return try await DemoUpstream.start(
                DemoUpstream.Configuration(), group: MultiThreadedEventLoopGroup.singleton)
        } catch {
            throw CommandError("the demo upstream cannot start: \(error)")
        }
    }

    private func openGateway(_ upstream: DemoUpstream, _ folder: URL, _ adminKey: String) async throws -> Gateway {
        let base = "http://127.0.0.1:\(upstream.port)"
        do {
            let configuration = try await GatewayConfiguration(
                flags: [],
                environment: [
                    "TOLLGATE_LISTEN": "127.0.0.1:\(port ?? (exit ? 0 : 8080))",
                    "TOLLGATE_DATABASE": "sqlite:\(folder.path)/tollgate.sqlite",
                    "TOLLGATE_UPSTREAM_OPENAI": base + "/v1",
                    "TOLLGATE_UPSTREAM_ANTHROPIC": base + "/v1",
                    "TOLLGATE_UPSTREAM_GEMINI": base + "/v1beta", "TOLLGATE_UPSTREAM_KEY": "demo-upstream-key",
                    "TOLLGATE_ADMIN_KEY": adminKey,
                ], file: nil)
            return try await Gateway.open(configuration, logger: Logger(label: "tollgate"))
        } catch {
            throw CommandError("the gateway cannot start: \(error)")
        }
    }
}
