import Configuration
import Foundation
import SystemPackage
import Yams

/// An invalid setting. The gateway prints it as one line and does not start.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line that names the setting, by the name of the source it came from, and the accepted form.
    public var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Reads settings from flags, the environment and a file, in this order of precedence.
struct SettingsReader {
    private struct Source {
        var reader: ConfigReader
        /// Returns the name of a setting in this source: its flag, variable or file key.
        var name: @Sendable (Setting) -> String
    }

    /// The raw text of a value, and the name of its setting in the source it came from.
    struct Value {
        var text: String
        var name: String
    }

    /// Variables with the prefix `TOLLGATE_` that are not settings of the gateway.
    private static let foreignVariables: Set<String> = [
        "TOLLGATE_URL", "TOLLGATE_ACCOUNT_KEY", "TOLLGATE_CLIENT_KEY", "TOLLGATE_CONFIG", "TOLLGATE_BIN",
    ]

    private var sources: [Source] = []

    init(flags: [String], environment: [String: String], file: String?) async throws(ConfigurationError) {
        try Self.checkFlags(flags)
        for variable in environment.keys.sorted()
        where variable.hasPrefix("TOLLGATE_") && !Self.foreignVariables.contains(variable) {
            guard Setting.all.contains(where: { $0.variable == variable }) else {
                throw ConfigurationError("\(variable): no such setting")
            }
        }
        // CommandLineArgumentsProvider skips the first argument, the program's name.
        sources.append(
            Source(reader: ConfigReader(provider: CommandLineArgumentsProvider(arguments: ["tollgate"] + flags))) {
                $0.flag ?? $0.variable
            })
        sources.append(
            Source(
                reader: ConfigReader(
                    provider: EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(
                        with: "tollgate"))
            ) { $0.variable })
        if let file {
            try Self.checkFile(file)
            do {
                let provider = try await FileProvider<YAMLSnapshot>(filePath: FilePath(file))
                sources.append(
                    Source(reader: ConfigReader(provider: provider)) { "'\($0.fileKey)' in \(file)" })
            } catch {
                throw ConfigurationError("--config: \(file) cannot be read as YAML")
            }
        }
    }

    /// Returns the value from the source with the highest precedence, or nil if no source has one.
    func value(_ setting: Setting) -> Value? {
        for source in sources {
            let key = ConfigKey(setting.path)
            if let text = source.reader.string(forKey: key, isSecret: setting.isSecret) {
                return Value(text: text, name: source.name(setting))
            }
        }
        return nil
    }

    /// Returns the value from the source with the highest precedence, or the default value.
    func valueOrDefault(_ setting: Setting) -> Value? {
        value(setting) ?? setting.defaultValue.map { Value(text: $0, name: setting.variable) }
    }

    private static func checkFlags(_ flags: [String]) throws(ConfigurationError) {
        var index = 0
        while index < flags.count {
            let parts = flags[index].split(separator: "=", maxSplits: 1)
            let name = parts.first.map(String.init) ?? ""
            guard Setting.all.contains(where: { $0.flag == name }) else {
                throw ConfigurationError("\(name.isEmpty ? flags[index] : name): no such flag")
            }
            if parts.count == 1 {
                index += 1
                guard index < flags.count, !flags[index].hasPrefix("--") else {
                    throw ConfigurationError("\(name): a value is missing")
                }
            }
            index += 1
        }
    }

    private static func checkFile(_ file: String) throws(ConfigurationError) {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ConfigurationError("--config: \(file) cannot be read")
        }
        let known = Set(Setting.all.map(\.fileKey))
        func check(_ node: Node, _ path: [String]) throws(ConfigurationError) {
            guard let mapping = node.mapping else {
                let key = path.joined(separator: ".")
                guard known.contains(key) else { throw ConfigurationError("'\(key)' in \(file): no such setting") }
                guard node.scalar != nil else { throw ConfigurationError("'\(key)' in \(file): expected one value") }
                return
            }
            for (key, value) in mapping { try check(value, path + [key.scalar?.string ?? ""]) }
        }
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            guard root.mapping != nil else { throw ConfigurationError("--config: \(file) must be a map of settings") }
            try check(root, [])
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError("--config: \(file) is not valid YAML")
        }
    }
}
