import Foundation
import Testing

/// A protocol is a folder and its lines in the list; the rest of the sources works by its rules.
@Suite struct ProtocolListTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources")

    /// The folders and the list; the demo, which plays an upstream and its clients; the example of a configuration file.
    private static let exempt = [
        "Metering/Protocols/", "DemoUpstream/", "tollgate/Demo",
        "GatewayServer/Configuration/Setting+Documentation.swift",
    ]

    /// Returns the lines of code outside of the exempt files that contain one of some words.
    private func lines(with words: [String]) throws -> [String] {
        let files = try #require(FileManager.default.enumerator(atPath: Self.root.path))
        var found: [String] = []
        for case let path as String in files where path.hasSuffix(".swift") {
            guard !Self.exempt.contains(where: path.hasPrefix) else { continue }
            let text = try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let code = line.drop { $0 == " " }
                guard !code.hasPrefix("//"), words.contains(where: code.lowercased().contains) else { continue }
                found.append("\(path):\(number + 1): \(code)")
            }
        }
        return found
    }

    /// Returns the names of the operations, as the folders of the protocols declare them.
    private func operations() throws -> [String] {
        let folder = Self.root.appendingPathComponent("Metering/Protocols")
        let files = try #require(FileManager.default.enumerator(atPath: folder.path))
        var names: [String] = []
        for case let path as String in files where path.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
            for match in text.matches(of: /public static let (\w+) = Operation\(/) {
                names.append(String(match.output.1))
            }
        }
        return names
    }

    @Test func `no line outside of the protocols' folders names a protocol`() throws {
        #expect(try lines(with: ["openai", "anthropic", "gemini"]) == [])
    }

    @Test func `no line outside of the protocols' folders names an operation`() throws {
        let names = try operations()
        #expect(names.count > 10)
        // As a member: `.messages` alone is a word of other things, too.
        let members = names.filter { $0 != "messages" && $0 != "responses" && $0 != "completions" }
        #expect(try lines(with: members.map { ".\($0.lowercased())" }) == [])
        let short = ["messages", "responses", "completions"].flatMap {
            ["operation.\($0)", "== .\($0)", "case .\($0)"]
        }
        #expect(try lines(with: short) == [])
    }
}
