import ArgumentParser
import DemoUpstream
import NIOPosix
import UnixSignals

struct DemoUpstreamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-upstream",
        abstract: "Runs the built-in upstream: deterministic, both protocols, for trying out and for tests.",
        discussion: """
            Models: demo-chat, demo-messages, demo-embedding. Behaviour is asked for in the model's name:
            demo-chat@delay=200, @status=500, @retry-after=7, @cut=3, @no-usage, @slow=50, @chunks=200, @cost,
            @usage=1000, @split=7, @error-in-stream, @hang, @garbage; several are joined with &.
            """)

    @Option(help: "Address to listen on.") var host = "127.0.0.1"
    @Option(help: "Port to listen on; 0 takes a free one.") var port = 8081
    @Option(help: "The key that requests must present; none by default.") var key: String?
    @Option(help: "PEM file of a certificate chain: speaks TLS.") var tlsCertificate: String?
    @Option(help: "PEM file of the certificate's private key.") var tlsKey: String?

    func run() async throws {
        var configuration = DemoUpstream.Configuration()
        configuration.host = host
        configuration.port = port
        configuration.key = key
        if let tlsCertificate, let tlsKey { configuration.tls = (tlsCertificate, tlsKey) }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let upstream: DemoUpstream
        do {
            upstream = try await DemoUpstream.start(configuration, group: MultiThreadedEventLoopGroup.singleton)
        } catch {
            printError("tollgate: the demo upstream cannot start: \(error)")
            throw ExitCode.failure
        }
        printLine("demo upstream listens on \(host):\(upstream.port)")
        for await _ in signals { break }
        try await upstream.stop()
    }
}
