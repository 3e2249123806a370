import ArgumentParser
import DemoUpstream
import NIOPosix
import UnixSignals

struct DemoUpstreamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-upstream",
        abstract: "Run the built-in upstream: deterministic, all protocols, for trials and tests.",
        discussion: """
            Models: demo-chat, demo-messages, demo-embedding, demo-image. Options follow the model's name behind @ and are \
            joined with &, such as demo-chat@slow=50&chunks=20:

              delay=MS         delay before the response
              status=CODE      respond with this error status
              retry-after=S    Retry-After of an error, in seconds
              slow=MS          delay between the events of a stream
              chunks=N         number of words, regardless of the request's limit
              cut=N            close the connection after N events
              split=N          write the response in pieces of N bytes
              usage=N          report N output tokens
              no-usage         report no usage
              cost             report a cost, as aggregators do
              error-in-stream  end a stream with an error event
              hang             never respond
              garbage          respond with 200 and a body that is not JSON
            """)

    @Option(help: "Address to listen on.") var host = "127.0.0.1"
    @Option(help: "Port to listen on; 0 means any free port.") var port = 8081
    @Option(help: "Key that requests must present; by default any key is accepted.") var key: String?
    @Option(help: "PEM file with a certificate chain; enables TLS together with --tls-key.") var tlsCertificate: String?
    @Option(help: "PEM file with the certificate's private key.") var tlsKey: String?

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
        printLine("demo upstream listening on \(host):\(upstream.port)")
        for await _ in signals { break }
        try await upstream.stop()
    }
}
