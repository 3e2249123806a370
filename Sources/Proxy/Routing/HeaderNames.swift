/// A set of names of header fields, in which a name is found without regard to case and without a copy of it.
struct HeaderNames: Sendable {
    /// The names in lower case, by their length.
    private let byLength: [[String]]
    private let prefixes: [String]

    /// Creates a set of names, and of all names that have one of the prefixes. All are in lower case.
    init(_ names: [String], prefixes: [String] = []) {
        var byLength = [[String]](repeating: [], count: (names.map(\.utf8.count).max() ?? 0) + 1)
        for name in names { byLength[name.utf8.count].append(name) }
        self.byLength = byLength
        self.prefixes = prefixes
    }

    /// Returns whether a name is in the set.
    func contains(_ name: String) -> Bool {
        let length = name.utf8.count
        return length < byLength.count && byLength[length].contains { name.isASCII(equalTo: $0) }
            || prefixes.contains { name.hasASCIIPrefix($0) }
    }
}

extension String {
    /// Whether an ASCII text equals another one that is in lower case, without regard to case.
    func isASCII(equalTo lowercased: String) -> Bool {
        utf8.count == lowercased.utf8.count && hasASCIIPrefix(lowercased)
    }

    /// Whether an ASCII text begins with another one that is in lower case, without regard to case.
    func hasASCIIPrefix(_ lowercased: String) -> Bool {
        utf8.count >= lowercased.utf8.count
            && zip(utf8, lowercased.utf8).allSatisfy { byte, expected in
                byte == expected || (byte | 0x20 == expected && (0x61...0x7A).contains(expected))
            }
    }
}
