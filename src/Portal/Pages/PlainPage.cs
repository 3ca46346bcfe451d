using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace Sluice.Portal.Pages;

/// <summary>
/// A page as one answer with its styles inside, named by their hash in the content security policy: nothing else has to be served, to someone who is not signed
/// in or by a host that fails. It works without script.
/// </summary>
public static class PlainPage
{
    private static readonly string[] Styles = ["tokens.css", "components.css", "signin.css"];
    private static string? _style;

    /// <summary>True where someone in a browser waits for a page; programs and the API get problem+json.</summary>
    public static bool IsWanted(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && !request.Path.StartsWithSegments("/api")
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes the page.</summary>
    /// <param name="context">The request.</param>
    /// <param name="title">In the window's title.</param>
    /// <param name="heading">Over the box.</param>
    /// <param name="under">Under the heading.</param>
    /// <param name="body">The box as HTML; what comes from outside is encoded by the caller.</param>
    public static async Task WriteAsync(HttpContext context, string title, string heading, string under, string body)
    {
        var style = _style ??= ReadStyles(context.RequestServices.GetRequiredService<IWebHostEnvironment>());
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        context.Response.Headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'sha256-{hash}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{HtmlEncoder.Default.Encode(title)} · Sluice</title><link rel="icon" href="data:,">
            <style>{style}</style>
            </head>
            <body>
            <main class="signin"><div class="signin-box">
            <div class="signin-brand">{Logo}<div><h1>{HtmlEncoder.Default.Encode(heading)}</h1><p>{HtmlEncoder.Default.Encode(under)}</p></div></div>
            {body}
            </div></main>
            </body>
            </html>
            """, context.RequestAborted);
    }

    private const string Logo = """<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M4 9h24M4 16h10m4 0h10M4 23h24" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round"/></svg>""";

    private static string ReadStyles(IWebHostEnvironment environment)
    {
        var all = new StringBuilder();
        foreach (var name in Styles)
        {
            var file = environment.WebRootFileProvider.GetFileInfo("_content/Sluice.Portal.Client/css/" + name);
            if (!file.Exists) continue;
            using var reader = new StreamReader(file.CreateReadStream());
            all.Append(reader.ReadToEnd());
        }

        // Browsers hash the element's text after turning line ends into LF.
        return all.ToString().ReplaceLineEndings("\n");
    }
}
