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
    public async Task Cluster_WithAToken_IsSealedNeverShownAndReachesEveryReplica()
    {
        const string Secret = "s3cr3t-t0ken-value";
        await using var db = await PostgresFixture.CreateAsync(server);
        await using var here = new PortalHost(db.ConnectionString);
        await using var there = new PortalHost(db.ConnectionString);
        using var client = here.WithToken();
        var elsewhere = there.Services.GetRequiredService<IClusterDirectory>();

        await PostAsync(client, "/api/v1/clusters", new { name = "sealed", server = "https://127.0.0.1:1", token = Secret }, HttpStatusCode.Created);
        await Until.TrueAsync(() => elsewhere.All.Any(c => c.Name == "sealed"), "the other replica to connect it");
        elsewhere.All.Single().Settings.Credentials!.Reveal().ShouldContain(Secret);
        (await PostAsync(client, "/api/v1/clusters", new { name = "sealed", server = "https://127.0.0.1:1", token = Secret }, HttpStatusCode.Conflict)).ShouldContain("problem:taken");

        // Other namespaces, the same credentials: what is left out is kept.
        await PutAsync(client, "/api/v1/clusters/sealed", new { namespaces = new[] { "orders" } }, HttpStatusCode.OK);
        await Until.TrueAsync(() => elsewhere.All.Single().Settings is { Namespaces: ["orders"], Credentials: not null }, "the change");

        await using (var context = db.Contexts.CreateDbContext())
        {
            var row = context.Clusters.Single(c => c.Name == "sealed");
            $"{row.Settings} {row.Credentials}".ShouldNotContain(Secret);
            row.Credentials.ShouldNotBeNullOrEmpty();
        }

        foreach (var path in (string[])["/api/v1/clusters", "/api/v1/clusters/sealed", "/api/v1/clusters/sealed/use"]) (await client.GetStringAsync(path, Token)).ShouldNotContain(Secret);
        (await PostAsync(client, "/api/v1/clusters/sealed/test", new { }, HttpStatusCode.OK)).ShouldSatisfyAllConditions(t => t.ShouldContain("nothing listens there"), t => t.ShouldNotContain(Secret));
    }

    [Fact]
    public async Task Cluster_Disabled_IsDisabledOnEveryReplicaAndAfterARestart_AlsoWhereTheConfigurationNamesIt()
    {
        await using var db = await PostgresFixture.CreateAsync(server);
        var settings = new Dictionary<string, string?> { ["Sluice:Clusters:0:Name"] = "fixed", ["Sluice:Clusters:0:Kubeconfig"] = Nowhere };
        await using var here = new PortalHost(db.ConnectionString, settings: settings);
        await using var there = new PortalHost(db.ConnectionString, settings: settings);
        using var client = here.WithToken();
        var elsewhere = there.Services.GetRequiredService<IClusterDirectory>();
        await PutAsync(client, "/api/v1/clusters/own", new { kubeconfig = Nowhere }, HttpStatusCode.OK);
        await Until.TrueAsync(() => elsewhere.All.Count == 2, "both on the other replica");

        foreach (var name in (string[])["own", "fixed"]) (await PostAsync(client, $"/api/v1/clusters/{name}/disable", new { }, HttpStatusCode.OK)).ShouldContain("\"enabled\":false");

        await Until.TrueAsync(() => elsewhere.All.All(c => !c.Settings.Enabled), "the other replica to disable both");
        await using (var later = new PortalHost(db.ConnectionString, settings: settings))
        {
            var all = later.Services.GetRequiredService<IClusterDirectory>();
            all.All.Select(c => c.Settings.Enabled).ShouldBe([false, false]);
            all.Api("fixed").ShouldBeNull();
        }

        (await client.GetStringAsync("/api/v1/clusters/fixed", Token)).ShouldContain("Enable it to go on");
        foreach (var name in (string[])["own", "fixed"]) await PostAsync(client, $"/api/v1/clusters/{name}/enable", new { }, HttpStatusCode.OK);
        await Until.TrueAsync(() => elsewhere.All.All(c => c.Settings.Enabled), "the other replica to enable both");
        await PostAsync(client, "/api/v1/clusters/gone/disable", new { }, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Cluster_WrongSettings_AreRefusedFieldByField()
    {
        await using var host = new PortalHost(database.ConnectionString);
        using var client = host.WithToken();
        (string Field, object Body)[] wrong =
        [
            ("name", new { name = "Big", kubeconfig = Nowhere }),
            ("kubeconfigText", new { name = "west", kubeconfigText = "garbage" }),
            ("kubeconfigText", new { name = "west", kubeconfigText = new string('x', 2_000_000) }),
            ("server", new { name = "west", server = "http://example.org", token = "t0ken" }),
            ("source", new { name = "west", source = "inCluster" }),
        ];
        foreach (var (field, body) in wrong) (await PostAsync(client, "/api/v1/clusters", body, HttpStatusCode.UnprocessableEntity)).ShouldContain($"\"field\":\"{field}\"");
        (await PutAsync(client, "/api/v1/clusters/west", new { name = "east", kubeconfig = Nowhere }, HttpStatusCode.UnprocessableEntity)).ShouldContain("keeps its name");
        (await PostAsync(client, "/api/v1/clusters/test", new { kubeconfigText = "garbage" }, HttpStatusCode.UnprocessableEntity)).ShouldContain("kubeconfigText");
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

    private static async Task<string> PostAsync(HttpClient client, string path, object body, HttpStatusCode expected)
    {
        using var answer = await client.PostAsJsonAsync(path, body, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        answer.StatusCode.ShouldBe(expected, text);
        return text;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
