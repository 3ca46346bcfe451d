using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Antiforgery;

namespace Sluice.Portal.Auth;

/// <summary>
/// The sign-in page as one answer with its styles inside, named by their hash in the content security policy: nothing else has to be served to
/// someone who is not signed in. It works without script.
/// </summary>
public static class SignInPage
{
    private static readonly string[] Styles = ["tokens.css", "components.css", "signin.css"];
    private static readonly HtmlEncoder Html = HtmlEncoder.Default;
    private static string? _style;

    public static async Task WriteAsync(HttpContext context, string returnUrl, string name, string? error)
    {
        var style = _style ??= ReadStyles(context.RequestServices.GetRequiredService<IWebHostEnvironment>());
        var local = context.RequestServices.GetService<DemoAccount>() is not null;
        var tokens = context.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(context);
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        context.Response.Headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'sha256-{hash}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Sign in · Sluice</title><link rel="icon" href="data:,">
            <style>{style}</style>
            </head>
            <body>
            <main class="signin"><div class="signin-box">
            <div class="signin-brand">{Logo}<div><h1>Sign in to Sluice</h1><p>Streaming pipelines, under control.</p></div></div>
            {(error is null ? "" : $"""<p class="error" role="alert" id="error">{Html.Encode(error)}</p>""")}
            {(local ? Form(returnUrl, name, error is not null, tokens) : NoWay)}
            </div></main>
            </body>
            </html>
            """, context.RequestAborted);
    }

    private const string Logo = """<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M4 9h24M4 16h10m4 0h10M4 23h24" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round"/></svg>""";

    private const string NoWay = """<p class="hint">No way to sign in is set up on this installation. Its administrator has to connect an OpenID provider; programs use API tokens.</p>""";

    private static string Form(string returnUrl, string name, bool failed, AntiforgeryTokenSet tokens) => $"""
        <form method="post" action="{SignInEndpoints.Path}">
        <input type="hidden" name="{tokens.FormFieldName}" value="{Html.Encode(tokens.RequestToken ?? "")}">
        <input type="hidden" name="{SignInEndpoints.ReturnUrl}" value="{Html.Encode(returnUrl)}">
        <div class="field"><label for="name">Name</label><input class="input" id="name" name="name" autocomplete="username" required value="{Html.Encode(name)}"{(name.Length == 0 ? " autofocus" : "")}></div>
        <div class="field"><label for="password">Password</label><input class="input" id="password" name="password" type="password" autocomplete="current-password" required{(failed ? " aria-describedby=\"error\"" : "")}{(name.Length == 0 ? "" : " autofocus")}></div>
        <button class="btn primary" type="submit">Sign in</button>
        </form>
        <p class="hint muted">This is a development installation with one local account. Its password was printed when it started.</p>
        """;

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
