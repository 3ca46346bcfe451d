using Sluice.Portal.Api;

namespace Sluice.Portal.Auth;

/// <summary>
/// Refuses what another site makes a browser send in the user's name: changes and WebSockets without an API token must come from this site, which browsers
/// say in Origin or Sec-Fetch-Site. Programs use tokens, which no browser adds by itself.
/// </summary>
public static class SameOriginGuard
{
    public static IApplicationBuilder UseSameOriginGuard(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (IsGuarded(context) && !IsSameOrigin(context.Request))
            await Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "cross-site", "Refused: sent from another site",
                "The request changes something and does not say that it comes from this site. In a browser, use the pages; in a program, send an API token in the header Authorization: Bearer.");
        else
            await next(context);
    });

    private static bool IsGuarded(HttpContext context)
    {
        if (TokenHandler.IsUsedBy(context.Request)) return false;
        var method = context.Request.Method;
        var reads = HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);
        return !reads || context.WebSockets.IsWebSocketRequest;
    }

    private static bool IsSameOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0)
            // Only host and port: a proxy in front may have taken the TLS off.
            return Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
        return request.Headers["Sec-Fetch-Site"].ToString() is "same-origin" or "none";
    }
}
