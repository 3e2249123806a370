import HTTPTypes
import Hummingbird
import Testing

@testable import ControlAPI
@testable import Portal

/// The static files of the pages: how they are made, and how they are served.
@Suite struct PortalTests {
    private let site = PortalSite(files: [
        "shared/frame.html": "<title>{{title}}</title>{{scripts}}<main>{{content}}</main>{{enter}}",
        "shared/page.js": "import { t } from \"./i18n.js\";\n", "shared/i18n.js": "export const t = 1;\n",
        "console/console.html": "<!--slot brand-->\nB\n<!--slot enter-->\nE\n<!--slot page-->\nP\n",
        "console/console.js": "import { a } from \"./keys.js\";\nimport { b } from \"../shared/page.js\";\n",
        "console/keys.js": "export const a = () => import(\"./editor.js\");\n", "console/editor.js": "1;\n",
        "docs/docs.css": String(repeating: "p { margin: 0; }\n", count: 100), "openapi.yaml": "info: {title: T}",
    ])

    private func page(_ path: String) throws -> String {
        String(decoding: try #require(site.pages.first { $0.path == path }).plain.bytes, as: UTF8.self)
    }

    @Test func `a page is the frame with the page's own parts`() throws {
        let html = try page("/console")
        #expect(html.contains("<title>Console</title>") && html.contains("<main>P\n</main>E\n"))
        #expect(!html.contains("{{"))
    }

    @Test func `a page preloads the modules that its script leads to but not those imported on demand`() throws {
        let html = try page("/console")
        let named = html.split(separator: "\"").filter { $0.hasSuffix(".js") }.map { $0.split(separator: "/") }
        #expect(
            named.map { $0.suffix(2).joined(separator: "/") } == [
                "console/keys.js", "shared/i18n.js", "shared/page.js", "console/console.js",
            ])
    }

    @Test func `assets lie below a path that changes with any of them`() throws {
        let folder = try #require(site.assets.first?.path.split(separator: "/").dropFirst().first)
        #expect(site.assets.allSatisfy { $0.path.hasPrefix("/assets/\(folder)/") && $0.caching == .immutable })
        let other = PortalSite(files: ["console/console.js": "1;", "console/editor.js": "1;\n"])
        #expect(other.assets.first?.path.hasPrefix("/assets/\(folder)/") == false)
        #expect(site.pages.allSatisfy { $0.caching == .revalidated })
    }

    @Test func `every embedded page is complete`() throws {
        #expect((PortalFile.pages + PortalFile.assets).allSatisfy { !$0.plain.bytes.isEmpty })
        let paths = Set(PortalFile.assets.map(\.path))
        for file in PortalFile.pages where file.contentType.hasPrefix("text/html") {
            #expect(!String(decoding: file.plain.bytes, as: UTF8.self).contains("{{"), "\(file.path)")
            for name in String(decoding: file.plain.bytes, as: UTF8.self).split(separator: "\"")
            where name.hasPrefix("assets/") {
                #expect(paths.contains("/" + name), "\(file.path) names \(name)")
            }
        }
    }

    @Test(arguments: [
        ("gzip", true), ("br, gzip;q=0.5", true), ("*", true), ("GZIP", true), ("gzip;q=0", false), ("identity", false),
        ("*;q=0, gzip", true), ("gzip;q=0, *", false), ("", false),
    ])
    func `a file is compressed for clients that accept it`(field: String, isCompressed: Bool) throws {
        let file = try #require(site.assets.first { $0.path.hasSuffix("docs.css") })
        let answer = PortalRoutes.answer(file, [.acceptEncoding: field])
        #expect((answer.headers[.contentEncoding] == "gzip") == isCompressed)
        #expect(answer.headers[.vary] == "Accept-Encoding")
        #expect(answer.body.contentLength == (isCompressed ? file.compressed : file.plain)?.bytes.count)
    }

    @Test func `gzip and plain bytes have tags of their own, and a known tag is answered without a body`() throws {
        let file = try #require(site.assets.first { $0.path.hasSuffix("docs.css") })
        let compressed = try #require(file.compressed)
        #expect(compressed.bytes.starts(with: [0x1F, 0x8B]) && compressed.tag != file.plain.tag)
        let cases: [(fields: HTTPFields, status: HTTPResponse.Status)] = [
            ([.ifNoneMatch: file.plain.tag], .notModified), ([.ifNoneMatch: "W/\(file.plain.tag)"], .notModified),
            ([.ifNoneMatch: "*"], .notModified), ([.ifNoneMatch: "\"x\", \(file.plain.tag)"], .notModified),
            ([.ifNoneMatch: compressed.tag], .ok), ([:], .ok),
            ([.ifNoneMatch: compressed.tag, .acceptEncoding: "gzip"], .notModified),
        ]
        for (fields, status) in cases {
            let answer = PortalRoutes.answer(file, fields)
            #expect(answer.status == status, "\(fields)")
            #expect(answer.headers[.eTag] != nil && answer.headers[.contentSecurityPolicy] != nil)
        }
    }

    @Test func `a short file is sent as it is`() throws {
        let file = try #require(site.assets.first { $0.path.hasSuffix("editor.js") })
        #expect(file.compressed == nil)
        #expect(PortalRoutes.answer(file, [.acceptEncoding: "gzip"]).headers[.vary] == nil)
    }
}
