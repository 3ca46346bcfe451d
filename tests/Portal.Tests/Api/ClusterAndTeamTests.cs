using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Testing;
using Xunit;

namespace Sluice.Portal.Tests.Api;

/// <summary>Clusters and teams that are kept over the API.</summary>
public sealed class ClusterAndTeamTests(PostgresFixture database, PostgresServer server) : IClassFixture<PostgresFixture>
{
    private const string Nowhere = "/nowhere/kubeconfig";

    [Fact]
    public async Task Cluster_Saved_IsConnectedOnEveryReplicaAndAfterARestartUntilItIsDeleted()
    {
        await using var here = new PortalHost(database.ConnectionString);
        await using var there = new PortalHost(database.ConnectionString);
        using var client = here.WithToken();
        var elsewhere = there.Services.GetRequiredService<IClusterDirectory>();

        (await PutAsync(client, "/api/v1/clusters/west", new { kubeconfig = Nowhere, context = "west", access = "apiServerProxy" }, HttpStatusCode.OK)).ShouldContain("\"west\"");
        await Until.TrueAsync(() => elsewhere.All.Any(c => c.Name == "west"), "the other replica to connect it");
        await using (var later = new PortalHost(database.ConnectionString))
            later.Services.GetRequiredService<IClusterDirectory>().All.Single().Settings.KubeconfigPath.ShouldBe(Nowhere);

        (await client.DeleteAsync("/api/v1/clusters/west", Token)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        await Until.TrueAsync(() => elsewhere.All.Count == 0, "the other replica to disconnect it");
        (await client.DeleteAsync("/api/v1/clusters/west", Token)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Cluster_OfTheConfigurationOrWrong_IsRefused()
    {
        await using var db = await PostgresFixture.CreateAsync(server);
        await using var host = new PortalHost(db.ConnectionString, settings: new Dictionary<string, string?> { ["Sluice:Clusters:0:Name"] = "fixed", ["Sluice:Clusters:0:Kubeconfig"] = Nowhere });
        using var client = host.WithToken();

        (await PutAsync(client, "/api/v1/clusters/fixed", new { kubeconfig = Nowhere }, HttpStatusCode.Conflict)).ShouldContain("problem:configured");
        (await client.DeleteAsync("/api/v1/clusters/fixed", Token)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await PutAsync(client, "/api/v1/clusters/Not_a_label", new { kubeconfig = Nowhere }, HttpStatusCode.UnprocessableEntity)).ShouldContain("lower-case");
        using var test = await client.PostAsJsonAsync("/api/v1/clusters/test", new { kubeconfig = Nowhere, context = "x" }, Token);
        var found = (await test.Content.ReadFromJsonAsync<JsonObject>(Token))!;
        ((bool)found["ok"]!).ShouldBeFalse();
        ((string?)found["problem"]).ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Team_SavedAndDeleted_OwnsItsNamespacesAlone()
    {
        await using var host = new PortalHost(database.ConnectionString);
        using var client = host.WithToken();
        object[] owned = [new { cluster = "west", @namespace = "orders" }];

        (await PutAsync(client, "/api/v1/teams/orders", new { displayName = "Orders", namespaces = owned }, HttpStatusCode.OK)).ShouldContain("Orders");
        (await PutAsync(client, "/api/v1/teams/thieves", new { namespaces = owned }, HttpStatusCode.Conflict)).ShouldContain("belongs to team orders");
        (await PutAsync(client, "/api/v1/teams/Big", new { namespaces = owned }, HttpStatusCode.UnprocessableEntity)).ShouldContain("is not a name");
        (await client.DeleteAsync("/api/v1/teams/orders", Token)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await client.DeleteAsync("/api/v1/teams/orders", Token)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await PutAsync(client, "/api/v1/teams/heirs", new { namespaces = owned }, HttpStatusCode.OK);

        var teams = await client.GetFromJsonAsync<JsonArray>("/api/v1/teams", Token);
        teams!.Select(t => (string?)t!["name"]).ShouldBe(["heirs"]);
    }

    private static async Task<string> PutAsync(HttpClient client, string path, object body, HttpStatusCode expected)
    {
        using var answer = await client.PutAsJsonAsync(path, body, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        answer.StatusCode.ShouldBe(expected, text);
        return text;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
