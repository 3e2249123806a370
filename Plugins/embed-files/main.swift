import Foundation

// Writes a Swift file that holds text files: `embed-files OUTPUT ROOT FILE ...`.

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count > 2 else {
    FileHandle.standardError.write(Data("usage: embed-files OUTPUT ROOT FILE ...\n".utf8))
    exit(64)
}
let output = arguments[arguments.startIndex]
let root = arguments[arguments.startIndex + 1] + "/"

func literal(_ text: String) -> String {
    "\""
        + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\r", with: "\\r")
        .replacing("\n", with: "\\n") + "\""
}

var entries = ""
for file in arguments.dropFirst(2) {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let path = file.hasPrefix(root) ? String(file.dropFirst(root.count)) : file
    entries += "        (\(literal(path)), \(literal(text))),\n"
}
let source = """
    /// Text files, by their paths below the target's directory.
    enum EmbeddedFiles {
        static let all: [(path: String, text: StaticString)] = [
    \(entries)    ]
    }

    """
try source.write(toFile: output, atomically: true, encoding: .utf8)
