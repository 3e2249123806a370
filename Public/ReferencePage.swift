import Yams

/// The API reference in HTML, generated from the OpenAPI description that programs read.
struct ReferencePage {
    private let root: Node

    /// - Returns: Nil if the text is no YAML, which a test rules out.
    init?(description yaml: String) {
        guard let root = try? Yams.compose(yaml: yaml) else { return nil }
        self.root = root
    }

    /// Returns the whole page, in HTML.
    /// - Parameter style: Where its style sheet is.
    func html(style: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(escaped(root["info"]?["title"]?.string)) API</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="\(style)">
        </head>
        <body>
        <nav aria-label="Operations">\(navigation)</nav>
        <main>
        <h1>\(escaped(root["info"]?["title"]?.string)) API</h1>
        \(paragraphs(root["info"]?["description"]))
        <p>For programs: <a href="/openapi.yaml">openapi.yaml</a></p>
        <h2 id="keys">Keys</h2>
        <dl>\(keys)</dl>
        \(tags.map(section).joined())
        <h2 id="schemas">Shapes</h2>
        \(members(root["components"]?["schemas"]).map(shape).joined())
        </main>
        </body>
        </html>

        """
    }

    // MARK: Operations

    private struct Operation {
        var method: String
        var path: String
        var node: Node
        var shared: Node?

        var id: String { node["operationId"]?.string ?? path }
    }

    private static let methods = ["get", "post", "put", "patch", "delete"]

    private var tags: [Node] { root["tags"]?.sequence.map(Array.init) ?? [] }

    private func operations(_ tag: Node) -> [Operation] {
        members(root["paths"]).flatMap { path, item in
            Self.methods.compactMap { method in
                guard let node = item[method], node["tags"]?[0]?.string == tag["name"]?.string else { return nil }
                return Operation(method: method, path: path, node: node, shared: item["parameters"])
            }
        }
    }

    private var navigation: String {
        tags.map { tag in
            "<h2>\(escaped(tag["name"]?.string))</h2><ul>"
                + operations(tag).map { "<li><a href=\"#\($0.id)\">\(title($0))</a></li>" }.joined() + "</ul>"
        }.joined() + "<h2><a href=\"#schemas\">Shapes</a></h2>"
    }

    private var keys: String {
        members(root["components"]?["securitySchemes"]).map { name, node in
            "<dt id=\"key-\(name)\"><code>\(name)</code></dt><dd>\(text(node["description"]))</dd>"
        }.joined()
    }

    private func section(_ tag: Node) -> String {
        "<h2>\(escaped(tag["name"]?.string))</h2>\(paragraphs(tag["description"]))"
            + operations(tag).map(describe).joined()
    }

    private func title(_ operation: Operation) -> String {
        "<span class=\"method \(operation.method)\">\(operation.method.uppercased())</span> "
            + "<code>\(escaped(operation.path))</code>"
    }

    private func describe(_ operation: Operation) -> String {
        let node = operation.node
        let keys = items(node["security"]).flatMap { members($0).map(\.0) }
            .map { "<a href=\"#key-\($0)\"><code>\($0)</code></a>" }.joined(separator: ", ")
        let parameters = (items(operation.shared) + items(node["parameters"])).map(resolved)
        return """
            <section id="\(operation.id)">
            <h3>\(title(operation))</h3>
            <p>\(text(node["summary"]))</p>\(paragraphs(node["description"]))
            <p class="keys">\(keys.isEmpty ? "No key is needed" : "Key: " + keys)</p>
            \(table("Parameters", parameters.map(parameter)))
            \(node["requestBody"].map(body) ?? "")
            \(table("Answers", members(node["responses"]).map { answer($0, resolved($1)) }))
            </section>

            """
    }

    private func parameter(_ node: Node) -> [String] {
        [
            "<code>\(escaped(node["name"]?.string))</code>", escaped(node["in"]?.string), type(node["schema"]),
            text(node["description"]),
        ]
    }

    private func body(_ node: Node) -> String {
        let contents = members(node["content"]).map { kind, content in
            "<p><code>\(escaped(kind))</code>: \(type(content["schema"]))</p>" + fields(content["schema"])
        }
        let isOptional = node["required"]?.bool != true
        return "<h4>Body\(isOptional ? ", if there is one" : "")</h4>\(paragraphs(node["description"]))"
            + contents.joined()
    }

    private func answer(_ status: String, _ node: Node) -> [String] {
        let contents = members(node["content"]).map { kind, content in
            "<code>\(escaped(kind))</code>: \(type(content["schema"]))" + fields(content["schema"])
        }
        let headers = members(node["headers"]).map { "<code>\($0)</code>: \(text(resolved($1)["description"]))" }
        return ["<code>\(status)</code>", text(node["description"]), (contents + headers).joined(separator: "<br>")]
    }

    // MARK: Schemas

    private func shape(_ name: String, _ node: Node) -> String {
        let inner = fields(node)
        return "<section id=\"schema-\(name)\"><h3>\(name)</h3>\(paragraphs(node["description"]))"
            + (inner.isEmpty ? "<p>\(type(node))</p>" : inner) + table("", items(node["x-codes"]).map(code))
            + "</section>\n"
    }

    /// A line of the table of error codes.
    private func code(_ node: Node) -> [String] {
        [
            "<code>\(escaped(node["code"]?.string))</code>", escaped(node["status"]?.scalar?.string),
            text(node["meaning"]),
        ]
    }

    private func fields(_ schema: Node?) -> String {
        guard let schema, schema["properties"] != nil else { return "" }
        let required = Set(items(schema["required"]).compactMap(\.string))
        return table(
            "",
            members(schema["properties"]).map { name, node in
                [
                    "<code>\(escaped(name))</code>", type(node) + (required.contains(name) ? "" : ", optional"),
                    text(node["description"]) + fields(node) + fields(node["items"]),
                ]
            })
    }

    private func type(_ schema: Node?) -> String {
        guard let schema else { return "" }
        if let reference = schema["$ref"]?.string {
            let name = reference.split(separator: "/").last ?? ""
            return "<a href=\"#schema-\(name)\">\(name)</a>"
        }
        if let constant = schema["const"]?.scalar { return "<code>\(escaped(constant.string))</code>" }
        if let values = schema["enum"] {
            return items(values).map { "<code>\(escaped($0.scalar?.string))</code>" }.joined(separator: ", ")
        }
        if let choices = schema["anyOf"], schema["properties"] == nil {
            return items(choices).map { type($0) }.joined(separator: " or ")
        }
        let types = schema["type"]?.string.map { [$0] } ?? items(schema["type"]).compactMap(\.string)
        let named = types.map { $0 == "array" ? "array of " + type(schema["items"]) : $0 }
        let limits = ["format", "minimum", "exclusiveMinimum", "maximum", "maxLength", "maxItems", "default"]
            .compactMap { name in schema[name]?.scalar.map { "\(name) <code>\(escaped($0.string))</code>" } }
        return ([named.isEmpty ? "anything" : named.joined(separator: " or ")] + limits).joined(separator: ", ")
    }

    // MARK: Pieces

    private func members(_ node: Node?) -> [(String, Node)] {
        node?.mapping?.compactMap { key, value in key.string.map { ($0, value) } } ?? []
    }

    private func items(_ node: Node?) -> [Node] { node?.sequence.map(Array.init) ?? [] }

    /// Returns what a reference leads to, or the node itself.
    private func resolved(_ node: Node) -> Node {
        guard let reference = node["$ref"]?.string else { return node }
        return reference.split(separator: "/").dropFirst().reduce(root) { $0[String($1)] ?? node }
    }

    private func table(_ heading: String, _ rows: [[String]]) -> String {
        if rows.isEmpty { return "" }
        let lines = rows.map { "<tr>" + $0.map { "<td>\($0)</td>" }.joined() + "</tr>" }.joined(separator: "\n")
        return (heading.isEmpty ? "" : "<h4>\(heading)</h4>") + "<table>\(lines)</table>"
    }

    private func paragraphs(_ node: Node?) -> String {
        guard let string = node?.string else { return "" }
        return string.split(separator: "\n\n").map { "<p>\(marked(String($0)))</p>" }.joined()
    }

    private func text(_ node: Node?) -> String { marked(node?.string ?? "") }

    /// Sets what stands between backquotes as code.
    private func marked(_ text: String) -> String {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, part in
            index % 2 == 1 ? "<code>\(escaped(String(part)))</code>" : escaped(String(part))
        }.joined()
    }

    private func escaped(_ text: String?) -> String {
        (text ?? "").replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
