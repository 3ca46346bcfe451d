using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Operations;

public sealed class OperationPlanTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Upgrade_OfTheImage_ShowsTheChangeAndTheRestart()
    {
        var world = await new OperationWorld().WithPipelineAsync();

        var plan = await world.Service.PlanAsync(Request(OperationKind.Upgrade, OperationWorld.Manifest("flink:1.19.4")), Token);

        plan.Problems.ShouldBeEmpty();
        plan.Restart.ShouldBeTrue();
        plan.Change.ShouldContain("-  image: flink:1.19.3");
        plan.Change.ShouldContain("+  image: flink:1.19.4");
        plan.RestoresFrom.ShouldNotBeNull().ShouldContain("savepoint");
        plan.Cautions.ShouldContain(c => c.Contains("last-state", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Upgrade_WithMalformedYaml_NamesTheLine()
    {
        var world = await new OperationWorld().WithPipelineAsync();

        var plan = await world.Service.PlanAsync(Request(OperationKind.Upgrade, "kind: [FlinkDeployment"), Token);

        plan.Problems.ShouldHaveSingleItem().ShouldStartWith("Line ");
    }

    [Fact]
    public async Task Upgrade_FromAnOlderGeneration_IsRefused()
    {
        var world = await new OperationWorld().WithPipelineAsync();

        var plan = await world.Service.PlanAsync(Request(OperationKind.Upgrade, OperationWorld.Manifest("flink:1.19.4")) with { Generation = 0 }, Token);

        plan.Problems.ShouldContain(p => p.Contains("Someone changed the deployment", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Delete_WithoutSavepoint_SaysWhatIsLost()
    {
        var world = await new OperationWorld().WithPipelineAsync();

        var plan = await world.Service.PlanAsync(Request(OperationKind.Delete) with { SavepointBeforeDelete = false }, Token);

        plan.Lost.ShouldContain(l => l.Contains("state since the last savepoint", StringComparison.Ordinal));
        plan.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Resume_OfARunningPipeline_IsAProblem()
    {
        var world = await new OperationWorld().WithPipelineAsync();

        (await world.Service.PlanAsync(Request(OperationKind.Resume), Token)).Problems.ShouldContain("It is not suspended.");
    }

    [Fact]
    public async Task Plan_OnAnUnknownCluster_SaysSo()
    {
        var plan = await new OperationWorld().Service.PlanAsync(Request(OperationKind.Suspend) with { Pipeline = new PipelineKey("nowhere", "a", "b") }, Token);

        plan.Problems.ShouldHaveSingleItem().ShouldContain("nowhere");
    }

    [Fact]
    public void Prepare_OfRemovedSwitches_WritesThemOff()
    {
        var current = Spec("""{"kubernetes":{"operator":{"periodic.savepoint.interval":"6h"}},"kubernetes.operator.job.drain-on-savepoint-deletion":"true","kubernetes.operator.job.upgrade.last-state-fallback.enabled":"false","rest.port":"1"}""");

        var prepared = SpecPatch.Prepare(current, Spec("""{"a":{"b":1}}"""));

        prepared["flinkConfiguration"]!.ToJsonString().ShouldBe(
            """{"a.b":1,"kubernetes.operator.job.drain-on-savepoint-deletion":"false","kubernetes.operator.job.upgrade.last-state-fallback.enabled":"true","kubernetes.operator.periodic.savepoint.interval":""}""");
    }

    [Fact]
    public void Between_OfNestedAndFlat_ReplacesTheNestedTwin()
    {
        var current = Spec("""{"state":{"savepoints.dir":"a"}}""");
        var desired = SpecPatch.Prepare(current, Spec("""{"state.savepoints.dir":"b"}"""));

        SpecPatch.Between(current, desired).ToJsonString().ShouldBe("""{"flinkConfiguration":{"state":null,"state.savepoints.dir":"b"}}""");
    }

    [Theory]
    [InlineData("file:/a/b", "file:///a/b", true)]
    [InlineData("s3://bucket/a", "s3://bucket/a/", true)]
    [InlineData("file:/a/b", "file:/a/c", false)]
    [InlineData(null, "file:/a", false)]
    public void Same_OfPaths_ToleratesSlashes(string? a, string b, bool same) => RestoredState.Same(a, b).ShouldBe(same);

    private static JsonObject Spec(string configuration) => new() { ["flinkConfiguration"] = JsonNode.Parse(configuration) };

    private static OperationRequest Request(OperationKind kind, string? manifest = null) => new(kind, OperationWorld.Key, Manifest: manifest);
}
