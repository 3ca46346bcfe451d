using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Sluice.Portal.Api;

namespace Sluice.Portal.Auth;

/// <summary>API tokens: <c>Authorization: Bearer …</c>.</summary>
public sealed class TokenHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IServiceProvider services)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Prefix = "Bearer ";

    public static bool IsUsedBy(HttpRequest request) => request.Headers.Authorization.ToString().StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!IsUsedBy(Request)) return Task.FromResult(AuthenticateResult.NoResult());
        var token = Request.Headers.Authorization.ToString()[Prefix.Length..].Trim();
        return Task.FromResult(services.GetService<DemoAccount>()?.OwnerOf(token) is { } owner
            ? AuthenticateResult.Success(new(DemoAccount.Script(owner), Scheme.Name))
            : AuthenticateResult.Fail("No such token."));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer realm=\"Sluice\"";
        return Problems.WriteAsync(Context, StatusCodes.Status401Unauthorized, "not-signed-in", "Not signed in", "The API token is not known here or was revoked. Send a valid one in the header Authorization: Bearer.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.WriteAsync(Context, StatusCodes.Status403Forbidden, "forbidden", "Not allowed", "The API token is valid, but it may not do this.");
}
