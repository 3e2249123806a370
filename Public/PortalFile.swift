/// A file of the portal: static, embedded in the executable or made from what is, and the same for everyone.
public struct PortalFile: Sendable {
    /// Where it is served.
    public let path: String
    /// Its `Content-Type`.
    public let contentType: String
    /// Its content.
    public let bytes: [UInt8]
    /// Its `ETag`: changes when the content does.
    public let tag: String

    private init(_ path: String, _ contentType: String, _ bytes: [UInt8]) {
        self.path = path
        self.contentType = contentType
        self.bytes = bytes
        // FNV-1a: a name for the content, not a protection.
        let hash = bytes.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        tag = "\"" + String(hash, radix: 16) + "\""
    }

    /// Nothing is loaded from anywhere else, nothing is inline but pictures, nobody may frame it.
    public static let contentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// Every file of the portal.
    public static let all: [PortalFile] = [
        PortalFile("/", "text/html; charset=utf-8", PackageResources.index_html),
        PortalFile("/portal.css", "text/css; charset=utf-8", PackageResources.portal_css),
        PortalFile("/admin", "text/html; charset=utf-8", PackageResources.admin_html),
        PortalFile("/admin.js", "text/javascript; charset=utf-8", PackageResources.admin_js),
        PortalFile("/console", "text/html; charset=utf-8", PackageResources.console_html),
        PortalFile("/console-earnings.js", "text/javascript; charset=utf-8", PackageResources.console_earnings_js),
        PortalFile("/console-handover.js", "text/javascript; charset=utf-8", PackageResources.console_handover_js),
        PortalFile("/console-key-editor.js", "text/javascript; charset=utf-8", PackageResources.console_key_editor_js),
        PortalFile("/console-keys.js", "text/javascript; charset=utf-8", PackageResources.console_keys_js),
        PortalFile("/console-log.js", "text/javascript; charset=utf-8", PackageResources.console_log_js),
        PortalFile("/console-look.js", "text/javascript; charset=utf-8", PackageResources.console_look_js),
        PortalFile("/console-management-keys.js", "text/javascript; charset=utf-8", PackageResources.console_management_keys_js),
        PortalFile("/console-new-keys.js", "text/javascript; charset=utf-8", PackageResources.console_new_keys_js),
        PortalFile("/console.js", "text/javascript; charset=utf-8", PackageResources.console_js),
        PortalFile("/customer.js", "text/javascript; charset=utf-8", PackageResources.customer_js),
        PortalFile("/page.js", "text/javascript; charset=utf-8", PackageResources.page_js),
        PortalFile("/snippets.js", "text/javascript; charset=utf-8", PackageResources.snippets_js),
        PortalFile("/texts.js", "text/javascript; charset=utf-8", PackageResources.texts_js),
        PortalFile("/ui.js", "text/javascript; charset=utf-8", PackageResources.ui_js),
        PortalFile("/docs", "text/html; charset=utf-8", reference),
        PortalFile("/docs.css", "text/css; charset=utf-8", PackageResources.docs_css),
        PortalFile("/openapi.yaml", "application/yaml; charset=utf-8", PackageResources.openapi_yaml),
    ]

    /// The description as a page.
    private static let reference: [UInt8] = {
        let description = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
        return Array((ReferencePage(description: description)?.html ?? "").utf8)
    }()
}
