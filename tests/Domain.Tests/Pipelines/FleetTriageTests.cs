using System.Collections.Immutable;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Pipelines;

public sealed class FleetTriageTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 12, 3, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Image cannot be pulled", "image-cannot-be-pulled", "Image cannot be pulled")]
    [InlineData("Keeps failing: Image cannot be pulled", "image-cannot-be-pulled", "Image cannot be pulled")]
    [InlineData("Not running after 12 min", "does-not-come-up", "Does not come up")]
    [InlineData("Operator has not answered for 3 h", "operator-is-silent", "Operator does not answer")]
    [InlineData("Checkpoint expired before completing.", "checkpoints-time-out", "Checkpoints time out")]
    [InlineData("FlinkRuntimeException: Exceeded checkpoint tolerable failure threshold.", "checkpoints-fail", "Checkpoints fail")]
    [InlineData("main() throws NumberFormatException: For input string: \"17x\"", "main-throws-numberformatexception-for-input-string", "main() throws NumberFormatException: For input string: …")]
    [InlineData("Could not find Flink job (3f2504e04f8941d39a0c0305e82c3301)", "could-not-find-flink-job", "Could not find Flink job (…)")]
    [InlineData("Topic 'orders-eu' of kafka-7.example.com:9092 does not exist", "topic-of-does-not-exist", "Topic … of … does not exist")]
    [InlineData("Reading s3://bucket/a/b failed", "reading-failed", "Reading … failed")]
    public void OfText_NamesAndNumbers_DoNotCount(string text, string key, string label)
    {
        var cause = FleetCauses.OfText(text);

        cause.Key.ShouldBe(key);
        cause.Label.ShouldBe(label);
    }

    [Theory]
    [InlineData("שגיאה בקריאת הנושא", "שגיאה בכתיבת הנושא")]
    [InlineData("🚀 failed", "🔥 failed")]
    [InlineData("A word, then another, and one more that is really very much longer than any key may be and ends in red", "A word, then another, and one more that is really very much longer than any key may be and ends in blue")]
    public void OfText_WhatAKeyCannotHold_StaysApart(string one, string other)
    {
        FleetCauses.OfText(one).Key.ShouldMatch("^[a-z0-9-]{1,64}$");
        (FleetCauses.OfText(one).Key == FleetCauses.OfText(other).Key).ShouldBe(FleetCauses.OfText(one).Label == FleetCauses.OfText(other).Label);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\u202Egnp.tixe\u202C and \u0000\u0007 more")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("((((((((((''''''''\"\"\"\"\"\"````")]
    [InlineData("………………")]
    public void OfText_Hostile_GivesAnAddressableCause(string text)
    {
        var cause = FleetCauses.OfText(text);

        cause.Key.ShouldMatch("^[a-z0-9-]{1,64}$");
        cause.Label.ShouldNotBeNullOrWhiteSpace();
        cause.Label.ShouldNotContain("\u202E");
        FleetCauses.Find(cause.Key).ShouldNotBeNull();
    }

    [Fact]
    public void OfText_AStackTraceOf900KB_IsShort()
    {
        var cause = FleetCauses.OfText(string.Concat(Enumerable.Repeat("java.lang.IllegalStateException: broken at Some.method(Some.java:17) ", 13_000)));

        cause.Key.Length.ShouldBeLessThanOrEqualTo(64);
        cause.Label.Length.ShouldBeLessThanOrEqualTo(140);
    }

    [Fact]
    public void Of_StaleRow_IsItsClusterWhateverItSaid()
    {
        var row = Row("a", HealthState.Failed, "Image cannot be pulled") with { StaleSince = Now };

        FleetCauses.Of(row)!.Key.ShouldBe("unreachable-east");
        FleetCauses.Of(Row("b")).ShouldBeNull();
        FleetCauses.Of(Row("c", HealthState.Finished, "Drained")).ShouldBeNull();
        FleetCauses.Of(Row("d", HealthState.Degraded))!.Key.ShouldBe("unexplained");
    }

    [Fact]
    public void Read_SeveralCauses_WorstFirstThenMostRowsThenUnreachable()
    {
        var triage = Read(
            [
                .. Many(3, i => Row($"restart-{i}", HealthState.Degraded, "Job restarts")),
                .. Many(2, i => Row($"image-{i}", HealthState.Failed, "Image cannot be pulled")),
                .. Many(4, i => Row($"main-{i}", HealthState.Failed, $"main() throws IllegalStateException: no bucket {i}")),
                .. Many(9, i => Row($"west-{i}", cluster: "west") with { StaleSince = Now.AddMinutes(-6), WrongSince = Now.AddMinutes(-6) }),
                .. Many(50, i => Row($"good-{i}")),
            ]);

        triage.Lines.Select(l => $"{l.Cause.Label}: {l.Count}").ShouldBe(["main() throws IllegalStateException: no bucket …: 4", "Image cannot be pulled: 2", "Job restarts: 3", "Cluster west unreachable: 9"]);
        triage.Wrong.ShouldBe(18);
        triage.Lines[^1].Stale.ShouldBeTrue();
        triage.Lines[^1].Since.ShouldBe(Now.AddMinutes(-6));
        triage.Lines[0].Example.ShouldBe("main() throws IllegalStateException: no bucket 0");
    }

    [Fact]
    public void Read_RowsOfOneNamespace_NamesItAndNotTheClusterThatHalfTheFleetIsOn()
    {
        var triage = Read(
            [
                .. Many(10, i => Row($"bad-{i}", HealthState.Failed, "Image cannot be pulled", ns: "pricing")),
                .. Many(10, i => Row($"good-{i}", ns: "pricing")),
                .. Many(80, i => Row($"other-{i}", ns: $"ns-{i % 8}")),
            ]);

        triage.Lines.ShouldHaveSingleItem().Shared.ShouldBe(new TriageShare(TriageTrait.Namespace, "pricing", 10));
    }

    [Fact]
    public void Read_RowsThatShareOnlyWhatAllShare_NamesNothing()
    {
        var triage = Read([.. Many(5, i => Row($"bad-{i}", HealthState.Failed, "Job failed", ns: $"ns-{i}")), .. Many(95, i => Row($"good-{i}", ns: $"ns-{i % 20}"))]);

        triage.Lines.ShouldHaveSingleItem().Shared.ShouldBeNull();
    }

    [Fact]
    public void Read_MostChangedShortlyBefore_SaysSo()
    {
        var triage = Read(
            [
                .. Many(8, i => Row($"up-{i}", HealthState.Degraded, "Job restarts") with { WrongSince = Now, ChangedAt = Now.AddMinutes(-10) }),
                .. Many(2, i => Row($"old-{i}", HealthState.Degraded, "Job restarts") with { WrongSince = Now.AddDays(-20), ChangedAt = Now.AddDays(-90) }),
            ]);

        triage.Lines[0].AfterChange.ShouldBe(8);
        triage.Lines[0].IsAfterChange.ShouldBeTrue();
    }

    [Fact]
    public void Read_OneRowBrokenForWeeks_DoesNotHideWhatBeganNow()
    {
        var triage = Read([Row("old", HealthState.Failed, "Job failed") with { WrongSince = Now.AddDays(-21) }, .. Many(19, i => Row($"new-{i}", HealthState.Failed, "Job failed") with { WrongSince = Now })]);

        triage.Lines[0].Since.ShouldBe(Now);
    }

    [Fact]
    public void Read_NodeOfWaitingPods_IsNamed()
    {
        var triage = FleetTriageReader.Read(Fleet([.. Many(3, i => Row($"bad-{i}", HealthState.Failed, "Image cannot be pulled", ns: $"ns-{i}")), .. Many(20, i => Row($"good-{i}"))]), _ => "ip-10-0-3-17");

        triage.Lines[0].Shared.ShouldBe(new TriageShare(TriageTrait.Node, "ip-10-0-3-17 of east", 3));
    }

    [Fact]
    public void Read_ClusterThatRefuses_SaysThat()
    {
        var fleet = Fleet([Row("a") with { StaleSince = Now }]) with { Clusters = ImmutableDictionary<string, ReflectorState>.Empty.Add("east", new ReflectorState(ReflectorPhase.Denied, Now, "403")) };

        FleetTriageReader.Read(fleet).Lines[0].Cause.ShouldBe(new FleetCause("unreachable-east", "Cluster east refuses access"));
    }

    [Fact]
    public void FleetRowCollection_RandomChanges_HoldsTheSameAsASortedList()
    {
        var random = new Random(11);
        var expected = new SortedDictionary<PipelineKey, PipelineRow>(PipelineKeyOrder.Instance);
        var rows = FleetRowCollection.Empty;
        for (var step = 0; step < 300; step++)
        {
            var changes = new Dictionary<PipelineKey, PipelineRow?>();
            for (var i = random.Next(1, step % 50 == 0 ? 900 : 12); i > 0; i--)
            {
                var row = Row($"p-{random.Next(2000)}", ns: $"ns-{random.Next(5)}");
                changes[row.Key] = random.Next(3) == 0 || step % 70 == 69 ? null : row;
            }

            if (step == 200)
                foreach (var key in expected.Keys) changes[key] = null;
            rows = rows.With([.. changes]);
            foreach (var (key, row) in changes)
                if (row is null) expected.Remove(key);
                else expected[key] = row;
            rows.Count.ShouldBe(expected.Count);
            if (step % 20 == 0 || step is 200 or 201) rows.ShouldBe(expected.Values);
        }

        rows.ShouldBe(expected.Values);
        var copy = new PipelineRow[rows.Count];
        rows.CopyTo(copy);
        copy.ShouldBe(expected.Values);
    }

    private static FleetTriage Read(PipelineRow[] rows) => FleetTriageReader.Read(Fleet(rows));

    private static FleetSnapshot Fleet(PipelineRow[] rows) => new(1, rows.ToImmutableDictionary(r => r.Key), ImmutableDictionary<string, ReflectorState>.Empty);

    private static IEnumerable<PipelineRow> Many(int count, Func<int, PipelineRow> row) => Enumerable.Range(0, count).Select(row);

    private static PipelineRow Row(string name, HealthState health = HealthState.Healthy, string? cause = null, string ns = "team-a", string cluster = "east") => new()
    {
        Key = new PipelineKey(cluster, ns, name),
        Kind = PipelineKind.FlinkJar,
        State = new PipelineState(SyncState.InSync, health, PipelinePhase.None, cause),
        Resource = new FlinkResourceRecord { ObjectKey = new ObjectKey(ns, name), Uid = name, ResourceVersion = "1", Resource = FlinkResource.Deployment, Image = "flink:1.20", FlinkVersion = "v1_20" },
    };
}
