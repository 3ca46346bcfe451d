using System.Net;
using Shouldly;
using Xunit;

namespace Sluice.Portal.Tests.Pages;

/// <summary>Without Blazor's script every page stands there dead, and everything else still answers.</summary>
public sealed class ScriptTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task BlazorScript_WhereverItComesFrom_IsServed()
    {
        await using var host = new PortalHost(database.ConnectionString);
        using var client = host.WithToken();

        using var answer = await client.GetAsync("/_framework/blazor.web.js", TestContext.Current.CancellationToken);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/javascript");
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("Blazor");
    }
}
