using Shouldly;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Pipelines.List;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class FleetCodeTests
{
    public static TheoryData<int> Rows => [.. Enumerable.Range(0, Variants().Count())];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Code_OfAnyRow_SaysWhatTheRowSays(int index)
    {
        var row = Variants().ElementAt(index);
        var code = FleetCode.Of(row);

        FleetFacets.HealthOf(code[FleetCode.Health]).ShouldBe(FleetFacets.HealthOf(row));
        foreach (var facet in FleetFacets.All)
            if (FleetFacets.FieldOf(facet) is { } field && !IsBeyond(facet, code[field])) FleetFacets.ValueOf(facet, code[field]).ShouldBe(FleetFacets.ValueOf(facet, row), facet.ToString());
    }

    [Fact]
    public void Fields_DoNotOverlap_AndHoldEveryValue()
    {
        var fields = FleetFacets.All.Select(FleetFacets.FieldOf).OfType<FleetField>().OrderBy(f => f.At).ToList();

        fields.Skip(1).Zip(fields, (next, field) => next.At - field.At - field.Bits).ShouldAllBe(room => room >= 0);
        (fields[^1].At + fields[^1].Bits).ShouldBeLessThanOrEqualTo(64);
        Enum.GetValues<HealthState>().Length.ShouldBeLessThanOrEqualTo(8);
        (FleetField Field, TextNumbers Texts)[] texts = [(FleetCode.Team, FleetCode.Teams), (FleetCode.Cluster, FleetCode.Clusters), (FleetCode.FlinkVersion, FleetCode.FlinkVersions), (FleetCode.Cause, FleetCode.Causes)];
        foreach (var (field, numbers) in texts) numbers.Beyond.ShouldBe((1 << field.Bits) - 1);
    }

    [Fact]
    public void Rows_BeyondTheNumbers_AreCountedAndFilteredByWhatTheySay()
    {
        // There is room for 511 versions of Flink; texts of a resource come from whoever writes it.
        var rows = Enumerable.Range(0, 700).Select(i => Some.Row($"p{i:000}") with { Resource = Some.Row("x").Resource with { FlinkVersion = $"v9_{i}" } }).ToList();
        var snapshot = Some.Fleet([.. rows]);

        foreach (var wanted in new[] { "9.3", "9.699" })
        {
            var state = FleetUrlState.Default.Toggle(FleetFacet.Flink, wanted);
            var (found, counts) = FleetQuery.Run(snapshot, state, new FleetMatcher(state));
            found.ShouldHaveSingleItem().Resource.FlinkVersion.ShouldBe("v" + wanted.Replace('.', '_'));
            counts.Of(FleetFacet.Flink)[wanted].ShouldBe(1);
            counts.Of(FleetFacet.Flink).Count.ShouldBe(700);
        }
    }

    [Fact]
    public void Codes_AfterChanges_AreThoseOfTheRowsBesideThem()
    {
        var random = new Random(7);
        var rows = Enumerable.Range(0, 1000).ToDictionary(i => Some.Row($"p{i:0000}").Key, i => Some.Row($"p{i:0000}"));
        var collection = FleetRowCollection.Of(rows.Values);
        for (var round = 0; round < 50; round++)
        {
            var changes = new Dictionary<PipelineKey, PipelineRow?>();
            for (var i = 0; i < 60; i++)
            {
                var row = Some.Row($"p{random.Next(1400):0000}") with { Team = random.Next(3) == 0 ? null : $"team-{random.Next(5)}", Kind = (PipelineKind)random.Next(4) };
                changes[row.Key] = random.Next(4) == 0 ? null : row;
            }

            collection = collection.With(changes);
            foreach (var (key, row) in changes)
                if (row is null) rows.Remove(key);
                else rows[key] = row;
        }

        collection.ShouldBe(rows.Values.OrderBy(r => r.Key, PipelineKeyOrder.Instance));
        collection.Pieces.Sum(p => p.Rows.Length).ShouldBe(rows.Count);
        foreach (var piece in collection.Pieces)
            for (var i = 0; i < piece.Rows.Length; i++) piece.Codes[i].ShouldBe(FleetCode.Of(piece.Rows[i]));
    }

    // The numbers are the process's; another test may have given away all of one kind before.
    private static bool IsBeyond(FleetFacet facet, int number) => facet == FleetFacet.Flink && number == FleetCode.FlinkVersions.Beyond;

    private static IEnumerable<PipelineRow> Variants()
    {
        var plain = Some.Row("a");
        foreach (var health in Enum.GetValues<HealthState>()) yield return plain with { State = plain.State with { Health = health, Cause = "Image cannot be pulled: x" } };
        foreach (var phase in Enum.GetValues<PipelinePhase>()) yield return plain with { State = plain.State with { Phase = phase } };
        foreach (var phase in Enum.GetValues<PipelinePhase>()) yield return plain with { Operation = new ActiveOperation(Guid.Empty, phase, 1, 2) };
        foreach (var sync in Enum.GetValues<SyncState>()) yield return plain with { State = plain.State with { Sync = sync } };
        foreach (var kind in Enum.GetValues<PipelineKind>()) yield return plain with { Kind = kind };
        foreach (var tier in Enum.GetValues<PipelineTier>()) yield return plain with { Tier = tier };
        yield return plain with { Team = null };
        yield return plain with { Team = "أمن 🚀 <b>" };
        yield return plain with { StaleSince = DateTimeOffset.UnixEpoch };
        yield return plain with { Resource = plain.Resource with { FlinkVersion = null } };
        yield return plain with { Resource = plain.Resource with { FlinkVersion = "v2_1" } };
    }
}
