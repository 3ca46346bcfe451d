using Shouldly;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Pipelines.List;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

/// <summary>The quick way to an order gives the same as comparing rows.</summary>
public sealed class FleetSorterTests
{
    public static TheoryData<string> Orders => [.. Enum.GetNames<FleetColumn>().SelectMany(name => new[] { name.ToLowerInvariant(), "-" + name.ToLowerInvariant() }), "health,-restarts,name", "team,-checkpoint", "-flink,cluster,-name", "-name,health"];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Sort_AnyColumns_AsComparingDoes(string sort)
    {
        var random = new Random(7);
        var rows = Enumerable.Range(0, 3000).Select(i => Row(random, i)).ToList();
        var state = FleetUrlState.Parse("/?sort=" + sort);

        var sorted = FleetSorter.Sort([.. FleetRowCollection.Of(rows)], state.Sort);

        state.Unknown.ShouldBeEmpty();
        rows.Sort(new FleetOrder(state.Sort));
        sorted.Select(row => row.Key).ShouldBe(rows.Select(row => row.Key));
    }

    [Fact]
    public void Sort_NoRows_GivesNone() => FleetSorter.Sort([], FleetUrlState.DefaultSort).ShouldBeEmpty();

    private static PipelineRow Row(Random random, int i)
    {
        var row = Some.Row(
            $"p-{i / 3}", (HealthState)random.Next(7), random.Next(5) == 0 ? null : $"team-{random.Next(40)}", $"cluster-{i % 3}", sync: (SyncState)random.Next(4),
            checkpoint: random.Next(4) == 0 ? null : Some.Now.AddMilliseconds(-random.Next(900_000)), restarts: random.Next(4) == 0 ? null : random.Next(3) * 40_000L, ns: $"ns-{random.Next(9)}");
        return row with
        {
            Kind = (PipelineKind)random.Next(6),
            Revision = random.Next(3) == 0 ? null : random.Next(5000),
            StaleSince = random.Next(9) == 0 ? Some.Now : null,
            State = row.State with { Phase = (PipelinePhase)random.Next(11) },
            Resource = row.Resource with { Parallelism = random.Next(3) == 0 ? null : random.Next(64), FlinkVersion = random.Next(3) == 0 ? null : $"v1_{random.Next(4)}" },
        };
    }
}
