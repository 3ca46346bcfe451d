using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Pipelines;

public sealed class FleetTableScaleTests
{
    private const int Count = 20_000;
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Set_TwentyThousandResources_StaysSmallAndOneChangeIsCheap()
    {
        var table = new FleetTable();
        var before = GC.GetTotalMemory(true);
        for (var i = 0; i < Count; i++) table.Set(Key(i), Read(i, "RUNNING"), Now);
        var first = table.Take();
        first.Rows.Count.ShouldBe(Count);
        first.Changed.Count.ShouldBe(Count);
        ((GC.GetTotalMemory(true) - before) / Count).ShouldBeLessThan(10_000, "bytes a pipeline");

        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 1000; i++)
        {
            table.Set(Key(i), Read(i, "RESTARTING"), Now);
            table.Take().Changed.ShouldBe([Key(i)]);
        }
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(2), "a change must cost what one row costs, not what the fleet costs");
        table.Row(Key(999))!.State.Health.ShouldBe(HealthState.Degraded);
        first.Rows[Key(999)].State.Health.ShouldBe(HealthState.Healthy, "a snapshot that was handed out does not change");
    }

    [Fact]
    public void Tick_ThousandsWait_TouchesOnlyThoseThatAreDue()
    {
        var table = new FleetTable();
        for (var i = 0; i < Count; i++) table.Set(Key(i), Read(i, "RUNNING"), Now);
        for (var i = 0; i < 10; i++) table.Set(Key(i), Read(i, "RUNNING", generation: 2), Now.AddSeconds(i));
        table.Take();

        table.Tick(Now.AddSeconds(124.5));

        table.Changed.Count.ShouldBe(5);
        table.Row(Key(0))!.State.Cause.ShouldBe("Operator has not taken up the change for 2 min");
        table.NextDue.ShouldBe(Now.AddSeconds(125));
    }

    private static PipelineKey Key(int i) => new("c" + (i % 3), "ns-" + (i % 100), "p-" + i);

    private static FlinkResourceRecord Read(int i, string state, int generation = 1)
    {
        var json = $$$"""
            {"metadata":{"name":"p-{{{i}}}","namespace":"ns-{{{i % 100}}}","uid":"{{{i}}}","resourceVersion":"1","generation":{{{generation}}},"creationTimestamp":"2025-01-01T00:00:00Z","labels":{"app":"p-{{{i}}}","tier":"gold"}},
             "spec":{"image":"registry/flink:1.20-{{{generation}}}","flinkVersion":"v1_20","job":{"jarURI":"local:///a.jar","entryClass":"a.B","parallelism":2}},
             "status":{"lifecycleState":"STABLE","jobManagerDeploymentStatus":"READY","observedGeneration":1,"jobStatus":{"state":"{{{state}}}","jobId":"{{{i:x32}}}"},
              "reconciliationStatus":{"state":"DEPLOYED","reconciliationTimestamp":1735689600000,"lastReconciledSpec":"{\"spec\":{\"job\":{\"state\":\"running\"} } }"} } }
            """;
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(json));
        return FlinkResourceReader.ReadDeployment(document.RootElement)!;
    }
}
