import Accounts
import ControlAPI
import Foundation
import Logging
import Proxy

/// Parsers, one for each type of value.
extension SettingsReader {
    func count(_ setting: Setting, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        guard let value = valueOrDefault(setting) else { throw ConfigurationError("\(setting.variable): required") }
        guard let number = Int(value.text), range.contains(number) else {
            throw value.mismatch("a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func choice(_ setting: Setting, of choices: [String]) throws(ConfigurationError) -> String {
        guard let value = valueOrDefault(setting) else { throw ConfigurationError("\(setting.variable): required") }
        guard choices.contains(value.text) else { throw value.mismatch(choices.joined(separator: " or ")) }
        return value.text
    }

    func rate(_ setting: Setting) throws(ConfigurationError) -> EndpointLimit {
        guard let value = valueOrDefault(setting) else { throw ConfigurationError("\(setting.variable): required") }
        let numbers = value.text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let burst = numbers[0], let minute = numbers[1],
            [burst, minute].allSatisfy((1...1_000_000).contains)
        else { throw value.mismatch("two whole numbers from 1 to 1000000, like 10/120") }
        return EndpointLimit(burst: burst, perMinute: minute)
    }

    func proxies(_ setting: Setting) throws(ConfigurationError) -> TrustedProxies {
        guard let value = value(setting) else { return TrustedProxies() }
        let ranges = value.list.map { AddressRange($0) }
        guard !ranges.isEmpty, ranges.allSatisfy({ $0 != nil }) else {
            throw value.mismatch("IP addresses or CIDR ranges separated by commas, like 127.0.0.1, 10.0.0.0/8")
        }
        return TrustedProxies(ranges.compactMap(\.self))
    }

    func origins(_ setting: Setting) throws(ConfigurationError) -> CrossOrigin {
        guard let value = value(setting) else { return CrossOrigin() }
        let origins = value.list
        guard !origins.isEmpty, origins.allSatisfy(Self.isOrigin) else {
            throw value.mismatch("origins separated by commas, like https://portal.example, or *")
        }
        return CrossOrigin(origins)
    }

    /// Returns whether a text is a serialized origin (RFC 6454): scheme, lowercase host and optional port, without a path.
    private static func isOrigin(_ text: String) -> Bool {
        if text == "*" { return true }
        guard let host = ["https://", "http://"].first(where: text.hasPrefix).map({ text.dropFirst($0.count) }) else {
            return false
        }
        return !host.isEmpty
            && host.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
                    UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                    true
                default: false
                }
            }
    }

    func seconds(_ setting: Setting) throws(ConfigurationError) -> Duration {
        guard let value = valueOrDefault(setting) else { throw ConfigurationError("\(setting.variable): required") }
        guard let number = Double(value.text), number > 0, number <= 86_400 else {
            throw value.mismatch("a number of seconds, greater than 0 and at most 86400")
        }
        return .milliseconds(Int64((number * 1000).rounded(.up)))
    }

    func address(_ setting: Setting) throws(ConfigurationError) -> (host: String, port: Int) {
        guard let value = valueOrDefault(setting) else { throw ConfigurationError("\(setting.variable): required") }
        let accepted = "host:port, such as 127.0.0.1:8080 or [::1]:8080"
        guard let colon = value.text.lastIndex(of: ":"), let port = Int(value.text[value.text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw value.mismatch(accepted) }
        var host = String(value.text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            throw value.mismatch(accepted)
        }
        guard !host.isEmpty else { throw value.mismatch(accepted) }
        return (host, port)
    }

    func databasePath(_ setting: Setting) throws(ConfigurationError) -> String {
        guard let value = valueOrDefault(setting) else { throw ConfigurationError("\(setting.variable): required") }
        let path = value.text.dropFirst("sqlite:".count)
        guard value.text.hasPrefix("sqlite:"), !path.isEmpty else { throw value.mismatch("sqlite: and a path") }
        return String(path)
    }

    func logLevel(_ setting: Setting) throws(ConfigurationError) -> Logger.Level {
        guard let value = valueOrDefault(setting) else { throw ConfigurationError("\(setting.variable): required") }
        guard let level = Logger.Level(rawValue: value.text.lowercased()) else {
            throw value.mismatch("one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return level
    }

    /// Returns a key; it must consist of visible ASCII characters, as it is sent in a header field.
    func key(_ setting: Setting) throws(ConfigurationError) -> Secret? {
        guard let value = value(setting) else { return nil }
        guard !value.text.isEmpty, value.text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ConfigurationError("\(value.name): expected a key of visible ASCII characters")
        }
        return Secret(value.text)
    }

    func adminKey(_ setting: Setting) throws(ConfigurationError) -> Secret? {
        guard let key = try key(setting) else { return nil }
        guard key.revealed.utf8.count >= 16 else {
            throw ConfigurationError("\(setting.variable): expected at least 16 characters")
        }
        return key
    }

    func sealKey(_ setting: Setting) throws(ConfigurationError) -> [UInt8]? {
        guard let value = value(setting) else { return nil }
        guard let bytes = SealKeyFile.bytes(value.text) else {
            throw ConfigurationError("\(value.name): expected 32 bytes as 64 hex digits or as base64")
        }
        return bytes
    }

    func upstream(_ value: Value, version: String, key: Secret) throws(ConfigurationError) -> Upstream {
        let accepted = "an http or https URL that ends in /\(version), without user, query and fragment"
        guard let url = URLComponents(string: value.text), let scheme = url.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = url.host, !host.isEmpty, url.user == nil,
            url.query == nil, url.fragment == nil
        else { throw value.mismatch(accepted) }
        let path = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
        guard path.hasSuffix("/" + version), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw value.mismatch(accepted)
        }
        let usesTLS = scheme == "https"
        return Upstream(
            host: host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port: url.port ?? (usesTLS ? 443 : 80),
            usesTLS: usesTLS, basePath: path, key: key)
    }
}

extension SettingsReader.Value {
    /// The elements of a comma-separated list.
    fileprivate var list: [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// Returns the error for an invalid value. The error repeats the value, so it must not be used for secrets.
    func mismatch(_ accepted: String) -> ConfigurationError {
        ConfigurationError("\(name): '\(text)' is not accepted; expected \(accepted)")
    }
}
