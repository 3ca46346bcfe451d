using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Portal.Workers;
using Xunit;

namespace Sluice.Portal.Tests.Workers;

public sealed class DemoTeamsTests
{
    [Fact]
    public void Wanted_Namespaces_AreTheLabelsTeamElseTheirOwn()
    {
        var wanted = DemoTeams.Wanted([Namespace("orders-a", ("team", "orders")), Namespace("orders-b", ("team", "x"), ("sluice.dev/team", "orders")), Namespace("alone"), Namespace("empty", ("team", ""))]);

        wanted.ShouldBe([("orders-a", "orders"), ("orders-b", "orders"), ("alone", "alone"), ("empty", "empty")]);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("flink-operator")]
    [InlineData("kube-system")]
    [InlineData("kube-public")]
    public void Wanted_OfTheSystem_IsNobodys(string name) => DemoTeams.Wanted([Namespace(name, ("team", "orders"))]).ShouldBeEmpty();

    private static JsonObject Namespace(string name, params (string Name, string Value)[] labels) =>
        new() { ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject(labels.Select(l => KeyValuePair.Create(l.Name, (JsonNode?)l.Value))) } };
}
