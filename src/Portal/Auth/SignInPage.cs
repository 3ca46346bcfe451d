using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Antiforgery;
using Sluice.Portal.Pages;

namespace Sluice.Portal.Auth;

/// <summary>The sign-in page.</summary>
public static class SignInPage
{
    private static readonly HtmlEncoder Html = HtmlEncoder.Default;

    public static Task WriteAsync(HttpContext context, string returnUrl, string name, string? error)
    {
        var local = context.RequestServices.GetService<DemoAccount>() is not null;
        var tokens = context.RequestServices.GetRequiredService<IAntiforgery>().GetAndStoreTokens(context);
        return PlainPage.WriteAsync(context, "Sign in", "Sign in to Sluice", "Streaming pipelines, under control.", $"""
            {(error is null ? "" : $"""<p class="error" role="alert" id="error">{Html.Encode(error)}</p>""")}
            {(local ? Form(returnUrl, name, error is not null, tokens) : NoWay)}
            """);
    }

    private const string NoWay = """<p class="hint">No way to sign in is set up on this installation. Its administrator has to connect an OpenID provider; programs use API tokens.</p>""";

    private static string Form(string returnUrl, string name, bool failed, AntiforgeryTokenSet tokens) => $"""
        <form method="post" action="{SignInEndpoints.Path}">
        <input type="hidden" name="{tokens.FormFieldName}" value="{Html.Encode(tokens.RequestToken ?? "")}">
        <input type="hidden" name="{SignInEndpoints.ReturnUrl}" value="{Html.Encode(returnUrl)}">
        <div class="field"><label for="name">Name</label><input class="input" id="name" name="name" autocomplete="username" required value="{Html.Encode(name)}"{(name.Length == 0 ? " autofocus" : "")}></div>
        <div class="field"><label for="password">Password</label><input class="input" id="password" name="password" type="password" autocomplete="current-password" required{(failed ? " aria-describedby=\"error\"" : "")}{(name.Length == 0 ? "" : " autofocus")}></div>
        <button class="btn primary" type="submit">Sign in</button>
        </form>
        <p class="hint muted">This is a development installation with local accounts. The password of demo was printed when it started.</p>
        """;
}
