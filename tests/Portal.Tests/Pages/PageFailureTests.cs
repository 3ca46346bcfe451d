using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Sluice.Portal.Tests.Pages;

/// <summary>What a person and what a program sees where there is nothing, and where Sluice fails.</summary>
public sealed class PageFailureTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task UnknownAddress_InABrowser_IsThePageThatSaysSo()
    {
        await using var host = new PortalHost(database.ConnectionString);

        using var answer = await GetAsync(host, "/nothing-here", "text/html");

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.Content.ReadAsStringAsync(Token)).ShouldContain("There is no such page");
    }

    [Theory]
    [InlineData("/nothing-here", "application/json")]
    [InlineData("/api/v1/nothing-here", "text/html")]
    public async Task UnknownAddress_InAProgram_IsNoPage(string path, string accept)
    {
        await using var host = new PortalHost(database.ConnectionString);

        using var answer = await GetAsync(host, path, accept);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.Content.ReadAsStringAsync(Token)).ShouldNotContain("<html");
    }

    [Fact]
    public async Task Failure_InABrowser_IsAPageWithTheNumberOfTheLogAndNothingInside()
    {
        await using var host = Failing();

        using var answer = await GetAsync(host, "/fails", "text/html");

        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("default-src 'none'");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        var page = await answer.Content.ReadAsStringAsync(Token);
        page.ShouldContain("This page failed");
        page.ShouldContain("<code>");
        page.ShouldNotContain("secret-of-the-inside");
    }

    [Fact]
    public async Task Failure_InAProgram_IsAProblemWithTheSecurityHeaders()
    {
        await using var host = Failing();

        using var answer = await GetAsync(host, "/fails", "application/json");

        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("default-src 'self'");
        (await answer.Content.ReadAsStringAsync(Token)).ShouldNotContain("secret-of-the-inside");
    }

    private PortalHost Failing() => new(database.ConnectionString, services: s => s.AddSingleton<IStartupFilter, Fails>());

    private static async Task<HttpResponseMessage> GetAsync(PortalHost host, string path, string accept)
    {
        using var client = host.WithToken();
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", accept } } };
        return await client.SendAsync(request, Token);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Adds an address at the very end of the host's pipeline that fails as a page could.</summary>
    private sealed class Fails : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            app.Use((context, rest) => context.Request.Path == "/fails" ? throw new InvalidOperationException("secret-of-the-inside") : rest(context));
        };
    }
}
