using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using Sluice.Portal.Api;
using Sluice.Portal.Pages;
using Sluice.Portal.Stores;

namespace Sluice.Portal.Auth;

public static class AuthFeature
{
    public const string SignInLimit = "sign-in";

    /// <summary>Sign-in, and the rule that everything is denied to those who are not signed in.</summary>
    public static IServiceCollection AddSluiceAuth(this IServiceCollection services, IHostEnvironment environment)
    {
        if (environment.IsDevelopment()) services.AddSingleton<DemoAccount>();
        services.AddAuthentication(AuthSchemes.Any)
            .AddPolicyScheme(AuthSchemes.Any, null, o => o.ForwardDefaultSelector = c => TokenHandler.IsUsedBy(c.Request) ? AuthSchemes.Token : AuthSchemes.Cookie)
            .AddCookie(AuthSchemes.Cookie, o => Configure(o, environment))
            .AddScheme<AuthenticationSchemeOptions, TokenHandler>(AuthSchemes.Token, null);
        var signedIn = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build();
        services.AddAuthorizationBuilder().SetDefaultPolicy(signedIn).SetFallbackPolicy(signedIn);
        services.AddCascadingAuthenticationState();
        services.AddAntiforgery(o =>
        {
            o.Cookie.Name = CookieName("sluice-form", environment);
            o.Cookie.SameSite = SameSiteMode.Strict;
            o.Cookie.SecurePolicy = Secure(environment);
        });
        services.AddDataProtection().SetApplicationName("Sluice");
        services.AddSingleton<ProtectionKeyRepository>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(s =>
            new ConfigureOptions<KeyManagementOptions>(o => o.XmlRepository = s.GetRequiredService<ProtectionKeyRepository>()));
        services.AddRateLimiter(o =>
        {
            o.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            o.AddPolicy(SignInLimit, c => RateLimitPartition.GetFixedWindowLimiter(
                c.Connection.RemoteIpAddress?.ToString() ?? "",
                _ => new() { PermitLimit = 10, Window = TimeSpan.FromMinutes(1) }));
            o.OnRejected = (rejected, _) => new(SignInPage.WriteAsync(rejected.HttpContext, "/", "", "There were too many attempts. Wait a minute, then try again."));
        });
        return services;
    }

    private static void Configure(CookieAuthenticationOptions options, IHostEnvironment environment)
    {
        options.Cookie.Name = CookieName("sluice", environment);
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = Secure(environment);
        options.Cookie.Path = "/";
        options.ExpireTimeSpan = TimeSpan.FromHours(12);
        options.SlidingExpiration = true;
        options.LoginPath = SignInEndpoints.Path;
        options.ReturnUrlParameter = SignInEndpoints.ReturnUrl;
        options.Events.OnRedirectToLogin = c => PlainPage.IsWanted(c.Request)
            ? Redirect(c.Response, c.RedirectUri)
            : Problems.WriteAsync(c.HttpContext, StatusCodes.Status401Unauthorized, "not-signed-in", "Not signed in", "Sign in at /sign-in, or send an API token in the header Authorization: Bearer.");
        options.Events.OnRedirectToAccessDenied = c =>
            Problems.WriteAsync(c.HttpContext, StatusCodes.Status403Forbidden, "forbidden", "Not allowed", "You are signed in, but your role does not include this.");
    }

    private static Task Redirect(HttpResponse response, string uri)
    {
        response.Redirect(uri);
        return Task.CompletedTask;
    }

    // Browsers take a __Host- cookie over TLS only; the demo on loopback has none.
    private static string CookieName(string name, IHostEnvironment environment) => environment.IsDevelopment() ? name : "__Host-" + name;

    private static CookieSecurePolicy Secure(IHostEnvironment environment) => environment.IsDevelopment() ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
}
