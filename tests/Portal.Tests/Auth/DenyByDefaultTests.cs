using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Sluice.Portal.Tests.Auth;

/// <summary>No page and no endpoint answers someone who is not signed in, in any environment: asked of every endpoint that the host has.</summary>
public sealed class DenyByDefaultTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData("Development")]
    [InlineData("Staging")]
    [InlineData("Production")]
    public async Task EveryEndpoint_NotSignedIn_IsRefused(string environment)
    {
        await using var host = new PortalHost(database.ConnectionString, environment);
        using var client = host.Anonymous();
        List<string> answered = [];
        var asked = 0;
        foreach (var endpoint in Endpoints(host))
        {
            var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"];
            foreach (var method in methods.Where(m => (endpoint.RoutePattern.RawText, m) is not ("/sign-in", _)))
            {
                using var request = new HttpRequestMessage(new(method), Path(endpoint)) { Headers = { { "Origin", "https://localhost" } } };
                using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
                asked++;
                var refused = answer.StatusCode == HttpStatusCode.Unauthorized
                    || (answer.StatusCode == HttpStatusCode.Redirect && answer.Headers.Location!.ToString().Contains("/sign-in", StringComparison.Ordinal));
                if (!refused) answered.Add($"{method} {endpoint.RoutePattern.RawText}: {(int)answer.StatusCode}");
            }
        }

        answered.ShouldBeEmpty();
        asked.ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task AllowAnonymous_OnEndpoints_IsTheSignInPageAlone()
    {
        await using var host = new PortalHost(database.ConnectionString);

        var open = Endpoints(host).Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is not null).Select(e => e.RoutePattern.RawText).Distinct();

        open.ShouldBe(["/sign-in"]);
    }

    [Theory]
    [InlineData("/nothing-here")]
    [InlineData("/api/v1/nothing-here")]
    [InlineData("/_content/nothing-here.css")]
    public async Task UnknownAddress_NotSignedIn_DoesNotSayThatItIsUnknown(string path)
    {
        await using var host = new PortalHost(database.ConnectionString, "Production");
        using var client = host.Anonymous();

        using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task EveryAnswer_Always_CarriesTheSecurityHeaders()
    {
        await using var host = new PortalHost(database.ConnectionString);
        using var client = host.WithToken();

        using var answer = await client.GetAsync("/readyz", TestContext.Current.CancellationToken);

        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldContain("script-src 'self';");
        policy.ShouldContain("style-src 'self';");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldNotContain("unsafe-eval");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    private static List<RouteEndpoint> Endpoints(PortalHost host) => [.. host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    private static string Path(RouteEndpoint endpoint) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment =>
        string.Concat(segment.Parts.Select(part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter when parameter.ParameterPolicies.Any(p => p.Content == "guid") => Guid.Empty.ToString(),
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter when parameter.ParameterPolicies.Any(p => p.Content == "int") => "1",
            _ => "x",
        }))));
}
