/// All files of the pages, made from the embedded ones: `shared/frame.html` is the frame of every page, and each page has
/// a folder that holds its content (`console/console.html`) and its scripts.
struct PortalSite {
    let pages: [PortalFile]
    let assets: [PortalFile]

    /// The files that are embedded in the executable.
    static let embedded = PortalSite(
        files: Dictionary(
            uniqueKeysWithValues: EmbeddedFiles.all.map { path, text in
                (path, text.withUTF8Buffer { String(decoding: $0, as: UTF8.self) })
            }))

    private struct Page {
        var path: String
        var folder: String
        var title: String
        var placeholder = ""
    }

    private static let described = [
        Page(path: "/", folder: "customer", title: "API balance", placeholder: "sk-tg-..."),
        Page(path: "/admin", folder: "admin", title: "Operator"),
        Page(path: "/console", folder: "console", title: "Console", placeholder: "sk-tga-..."),
    ]

    /// - Parameter files: Texts by path, `shared/page.js`.
    init(files: [String: String]) {
        let served = files.filter { Self.contentTypes[Self.extensionName($0.key)] != nil }
            .sorted { $0.key < $1.key }
        var digest = ContentDigest()
        for (path, text) in served {
            digest.add(path.utf8)
            digest.add([0])
            digest.add(text.utf8)
            digest.add([0])
        }
        let root = "assets/\(digest.text)"
        assets = served.map { path, text in
            PortalFile(
                path: "/\(root)/\(path)", contentType: Self.contentTypes[Self.extensionName(path)] ?? "",
                caching: .immutable, content: Array(text.utf8))
        }
        let html = "text/html; charset=utf-8"
        let description = files["openapi.yaml"] ?? ""
        pages =
            Self.described.map { page in
                PortalFile(
                    path: page.path, contentType: html, caching: .revalidated,
                    content: Array(Self.html(of: page, root: root, files: files).utf8))
            } + [
                PortalFile(
                    path: "/docs", contentType: html, caching: .revalidated,
                    content: Array(
                        (ReferencePage(description: description)?.html(style: "\(root)/docs/docs.css") ?? "").utf8)),
                PortalFile(
                    path: "/openapi.yaml", contentType: "application/yaml; charset=utf-8", caching: .revalidated,
                    content: Array(description.utf8)),
            ]
    }

    private static let contentTypes = [
        "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
    ]

    private static func extensionName(_ path: String) -> String {
        path.split(separator: ".").last.map(String.init) ?? ""
    }

    private static func html(of page: Page, root: String, files: [String: String]) -> String {
        let slots = slots(in: files["\(page.folder)/\(page.folder).html"] ?? "")
        let entry = "\(page.folder)/\(page.folder).js"
        let modules = modules(from: entry, in: files).filter { $0 != entry }
        let scripts =
            modules.map { "  <link rel=\"modulepreload\" href=\"\(root)/\($0)\">" } + [
                "  <script type=\"module\" src=\"\(root)/\(entry)\"></script>"
            ]
        let values = [
            "title": page.title, "assets": root, "scripts": scripts.joined(separator: "\n"), "page": page.folder,
            "placeholder": page.placeholder, "brand": slots["brand"] ?? "", "enter": slots["enter"] ?? "",
            "content": slots["page"] ?? "",
        ]
        return values.reduce(files["shared/frame.html"] ?? "") { html, value in
            html.replacing("{{\(value.key)}}", with: value.value)
        }
    }

    /// Returns the parts of a page's content, each headed by a line `<!--slot NAME-->`.
    private static func slots(in content: String) -> [String: String] {
        var slots: [String: String] = [:]
        for part in content.split(separator: "<!--slot ") {
            guard let end = part.firstRange(of: "-->\n") else { continue }
            slots[String(part[..<end.lowerBound])] = String(part[end.upperBound...])
        }
        return slots
    }

    /// Returns the modules that a script loads, itself and those that its imports lead to, sorted by path. Modules that are
    /// imported on demand (`import()`) are not among them.
    static func modules(from entry: String, in files: [String: String]) -> [String] {
        var found: Set<String> = []
        var waiting = [entry]
        while let path = waiting.popLast() {
            guard found.insert(path).inserted, let text = files[path] else { continue }
            for line in text.split(separator: "\n") where line.hasPrefix("import ") || line.hasPrefix("} from ") {
                guard let name = line.split(separator: "\"").dropFirst().first else { continue }
                waiting.append(resolved(String(name), from: path))
            }
        }
        return found.sorted()
    }

    /// Returns the path that a relative import of a module leads to.
    private static func resolved(_ name: String, from path: String) -> String {
        var parts = path.split(separator: "/").dropLast()
        for part in name.split(separator: "/") where part != "." {
            if part == ".." { parts = parts.dropLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }
}
