using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Sluice.Portal.Api;

namespace Sluice.Portal.Auth;

/// <summary>The sign-in page and its form: all that answers someone who is not signed in.</summary>
public static partial class SignInEndpoints
{
    public const string Path = "/sign-in";
    public const string ReturnUrl = "returnUrl";

    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, (HttpContext context, string? returnUrl) => SignInPage.WriteAsync(context, Local(returnUrl), "", null))
            .AllowAnonymous().ExcludeFromDescription();
        app.MapPost(Path, SignInAsync).AllowAnonymous().RequireRateLimiting(AuthFeature.SignInLimit).ExcludeFromDescription().DisableAntiforgery();
        app.MapPost("/sign-out", (Delegate)SignOutAsync).ExcludeFromDescription();
    }

    private static async Task SignInAsync(HttpContext context, IAntiforgery antiforgery, ILogger<Program> logger)
    {
        if (!context.Request.HasFormContentType)
        {
            await Problems.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, "content-type", "Not a form", "The sign-in page sends a form. Programs use an API token instead.");
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var name = form["name"].ToString();
        var returnUrl = Local(form[ReturnUrl]);
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await SignInPage.WriteAsync(context, returnUrl, name, "This page had expired. Please sign in again.");
        }
        else if (context.RequestServices.GetService<DemoAccount>()?.NameOf(name, form["password"].ToString()) is not { } known)
        {
            LogRefused(logger, context.Connection.RemoteIpAddress?.ToString());
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            await SignInPage.WriteAsync(context, returnUrl, name, "That name and password do not belong together. Check both; capital letters count.");
        }
        else
        {
            await context.SignInAsync(AuthSchemes.Cookie, DemoAccount.Person(known));
            LogSignedIn(logger, known);
            context.Response.Redirect(returnUrl);
        }
    }

    private static async Task<IResult> SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync(AuthSchemes.Cookie);
        return Results.LocalRedirect(Path);
    }

    /// <summary>The path if it leads to this site, else the start page: a link must not use our sign-in to send people elsewhere.</summary>
    public static string Local(string? url) =>
        url is ['/', ..] and not ['/', '/' or '\\', ..] && !url.Any(c => char.IsControl(c) || c == '\\') ? url : "/";

    [LoggerMessage(1, LogLevel.Information, "{Name} signed in.")]
    private static partial void LogSignedIn(ILogger logger, string name);

    [LoggerMessage(2, LogLevel.Warning, "A sign-in from {Address} was refused.")]
    private static partial void LogRefused(ILogger logger, string? address);
}
