import Foundation

/// A file with a secret beside the database, mode 0600.
struct SecretFile {
    let path: String

    /// Returns the file's text without surrounding white space, or nil if there is no file.
    ///
    /// - Throws: ``ConfigurationError`` if group or others have any permission on the file.
    func read() throws(ConfigurationError) -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let mode = attributes[.posixPermissions] as? Int
        else { throw ConfigurationError("\(path) cannot be read") }
        guard mode & 0o077 == 0 else {
            throw ConfigurationError("\(path) is accessible to group or others; expected mode 0600")
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ConfigurationError("\(path) cannot be read")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Creates the file with mode 0600 and syncs it; fails if it exists.
    func create(_ text: String) throws(ConfigurationError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ConfigurationError("\(path) cannot be created") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data((text + "\n").utf8))
            try handle.synchronize()
        } catch {
            throw ConfigurationError("\(path) cannot be written")
        }
    }
}

/// The file with a generated seal key.
enum SealKeyFile {
    /// Returns the seal key from the file beside a database; generates the file if there is none.
    static func load(besideDatabase database: String) throws(ConfigurationError) -> [UInt8] {
        let file = SecretFile(path: database + ".seal-key")
        if let text = try file.read() {
            guard let key = bytes(text) else {
                throw ConfigurationError("\(file.path): expected 32 bytes as 64 hex digits or as base64")
            }
            return key
        }
        var generator = SystemRandomNumberGenerator()
        let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try file.create(hex(key))
        return key
    }

    /// Decodes 32 bytes from 64 hexadecimal digits or from base64; nil if malformed.
    static func bytes(_ text: String) -> [UInt8]? {
        if text.utf8.count == 64 {
            let digits = text.compactMap(\.hexDigitValue)
            guard digits.count == 64 else { return nil }
            return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        }
        guard let data = Data(base64Encoded: text), data.count == 32 else { return nil }
        return Array(data)
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
