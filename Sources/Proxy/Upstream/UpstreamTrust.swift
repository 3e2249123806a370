import NIOSSL

/// The TLS trust of connections to upstreams.
enum UpstreamTrust {
    /// Returns the TLS context of a configuration: full verification against the system's roots and, where one is
    /// given, a file of private ones; nil if no upstream is encrypted.
    static func context(_ configuration: ProxyConfiguration) throws -> NIOSSLContext? {
        guard configuration.upstreams.values.contains(where: \.usesTLS) else { return nil }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.certificateVerification = .fullVerification
        if let file = configuration.certificateAuthorityFile {
            tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(file))]
        }
        return try NIOSSLContext(configuration: tls)
    }
}
