using Shouldly;
using Sluice.Simulator.ApiServer;
using Xunit;

namespace Sluice.Simulator.Tests;

/// <summary>The walk that two real operators were recorded on, taken again by the simulated ones.</summary>
public sealed class OperatorTraceTests
{
    private static readonly string[] Applications = ["order-totals", "hourly-counts", "fails-at-start"];

    [Theory]
    [InlineData("1.7.0")]
    [InlineData("1.16")]
    public void Walk_SamePatchesAsRecorded_GivesTheSameStatesInTheSameOrder(string version)
    {
        var trace = new Trace(version);
        var world = Walk(version, trace);

        foreach (var name in (string[])[.. Applications, "shared-session", "session-totals"])
            States(world, name).ShouldBe(trace.States(name), name + " of " + version);
        Alternating(States(world, "restarts")).ShouldBe(Alternating(trace.States("restarts")), "restarts of " + version);
    }

    [Theory]
    [InlineData("1.7.0")]
    [InlineData("1.16")]
    public void Walk_SamePatchesAsRecorded_TellsTheSameEvents(string version)
    {
        var trace = new Trace(version);
        var world = Walk(version, trace);

        foreach (var name in (string[])[.. Applications, "shared-session", "session-totals", "restarts"])
        {
            var told = world.Events(name).Select(e => e["reason"]!.ToString());
            Reasons(told, name).ShouldBe(Reasons(trace.Events(name).Select(e => e.Reason), name), name + " of " + version);
            SpecChanges(world.Events(name).Select(e => (e["reason"]!.ToString(), e["message"]!.ToString())))
                .ShouldBe(SpecChanges(trace.Events(name)), name + " of " + version);
        }
    }

    [Fact]
    public void Walk_Newest_SnapshotsGoThroughTheRecordedStates()
    {
        var trace = new Trace("1.16");
        var world = Walk("1.16", trace);

        foreach (var name in (string[])["order-totals-manual-1", "order-totals-unwritable"])
            Trace.SnapshotStates(world.Changes.Where(c => c.Name == name).Select(c => c.Object)).ShouldBe(trace.SnapshotStates(name), name);
        var made = world.Changes.Where(c => c.Kind == "FlinkStateSnapshot" && c.Name.Contains("-savepoint-upgrade-", StringComparison.Ordinal)).GroupBy(c => c.Name).ToList();
        made.Count.ShouldBe(5);
        foreach (var group in made) Trace.SnapshotStates(group.Select(c => c.Object)).ShouldBe(["-", "COMPLETED"]);
    }

    [Theory]
    [InlineData("1.7.0")]
    [InlineData("1.16")]
    public void PeriodicSavepoints_OfARunningJob_ComeByTheInterval(string version)
    {
        var trace = new Trace(version);
        var world = new World(OperatorVersion.Parse(version));
        world.Create(trace.Created("order-totals"));
        world.Live(45);

        world.Patch("order-totals", """{"spec":{"flinkConfiguration":{"kubernetes.operator.periodic.savepoint.interval":"2 min"}}}""");
        world.Live(320);

        var taken = version == "1.16"
            ? world.Changes.Where(c => c.Kind == "FlinkStateSnapshot" && c.Object["status"]?["state"]?.ToString() == "COMPLETED" && c.Object["metadata"]!["labels"]!["snapshot.trigger-type"]!.ToString() == "PERIODIC").Select(c => c.Name).Distinct().Count()
            : world.Read("order-totals")!["status"]!["jobStatus"]!["savepointInfo"]!["savepointHistory"]!.AsArray().Count(s => s!["triggerType"]!.ToString() == "PERIODIC");
        taken.ShouldBeInRange(2, 3);
    }

    private static World Walk(string version, Trace trace)
    {
        var world = new World(OperatorVersion.Parse(version));
        var newest = version == "1.16";
        void Step(string patch, double seconds = 60, string name = "order-totals")
        {
            world.Patch(name, patch);
            world.Live(seconds);
        }

        world.Create(trace.Created("order-totals"));
        world.Live(45);
        if (newest)
        {
            world.Create(trace.Created("order-totals-manual-1"));
            world.Live(12);
            world.Create(trace.Created("order-totals-unwritable"));
            world.Live(50);
            world.Delete("order-totals-manual-1", "FlinkStateSnapshot");
        }
        else Step("""{"spec":{"job":{"savepointTriggerNonce":1}}}""", 25);
        Step("""{"spec":{"job":{"args":["--rate","800","--keys","50"]}}}""");
        Step("""{"spec":{"job":{"state":"suspended"}}}""", 2);
        Step("""{"spec":{"job":{"state":"running"}}}""");
        Step("""{"spec":{"job":{"parallelism":3}}}""");
        Step("""{"spec":{"job":{"upgradeMode":"last-state","args":["--rate","500","--keys","50"]}}}""");
        Step("""{"spec":{"flinkConfiguration":{"pipeline.jobvertex-parallelism-overrides":"8eeed16b661251f13cfc6a3c5e75c420:4"}}}""", 40);
        world.Cluster.World.Find("team-orders", "order-totals")!.Tasks.Kill();
        world.Live(40);
        Step("""{"spec":{"image":"localhost/flink:none"}}""");
        Step("""{"spec":{"image":"localhost/flink:1.19.3"}}""");
        Step("""{"spec":{"job":{"entryClass":"samples.Nothing"}}}""");
        Step("""{"spec":{"job":{"entryClass":"samples.OrderTotals"}}}""");
        Step("""{"spec":{"job":{"parallelism":0}}}""", 15);
        Step("""{"spec":{"job":{"parallelism":2,"upgradeMode":"savepoint"}}}""");

        world.Create(trace.Created("hourly-counts"));
        world.Live(45);
        Step("""{"spec":{"flinkConfiguration":{"kubernetes.operator.job.drain-on-savepoint-deletion":"true"}}}""", 11, "hourly-counts");
        Step("""{"spec":{"job":{"state":"suspended"}}}""", 2, "hourly-counts");
        world.Delete("hourly-counts");
        world.Live(30);
        world.Read("hourly-counts").ShouldBeNull();
        Session(world, trace);
        Failures(world, trace, newest);
        return world;
    }

    private static void Session(World world, Trace trace)
    {
        world.Create(trace.Created("shared-session"));
        world.Create(trace.Created("session-totals"));
        world.Live(60);
        world.Patch("session-totals", """{"spec":{"job":{"state":"suspended"}}}""", "FlinkSessionJob");
        world.Live(2);
        world.Patch("session-totals", """{"spec":{"job":{"state":"running"}}}""", "FlinkSessionJob");
        world.Live(40);
        world.Delete("session-totals", "FlinkSessionJob");
        world.Live(2);
        world.Delete("shared-session");
        world.Live(40);
        world.Read("shared-session").ShouldBeNull();
    }

    private static void Failures(World world, Trace trace, bool newest)
    {
        world.Create(trace.Created("fails-at-start"));
        world.Create(trace.Created("restarts"));
        world.Live(75);
        world.Delete("fails-at-start");
        world.Live(60);
        // With 1.7 the finalizer waits for ever: somebody has to take it away.
        if (!newest) world.Patch("fails-at-start", """{"metadata":{"finalizers":null}}""");
        world.Read("fails-at-start").ShouldBeNull();
        world.Delete("restarts");
        world.Delete("order-totals");
        world.Live(40);
        world.Read("order-totals").ShouldBeNull();
    }

    private static List<string> States(World world, string name) => Trace.States(world.Changes.Where(c => c.Name == name).Select(c => c.Object));

    /// <summary>A job that restarts for ever is seen running or restarting as the looks fall: the way there counts, and that both are seen.</summary>
    private static List<string> Alternating(List<string> states)
    {
        var first = states.FindIndex(s => s.Contains("RESTARTING", StringComparison.Ordinal));
        return [.. states.Take(first + 1), .. states.Skip(first + 1).Distinct().Except(states.Take(first + 1))];
    }

    private static List<string> Reasons(IEnumerable<string> reasons, string name) =>
        // Seen or not, as the looks fall: an old pod or an old deployment that is still in the way.
        [.. reasons.Where(r => r != "ImagePullBackOff" && !(r == "ClusterDeploymentException" && name == "order-totals")).Distinct().Order(StringComparer.Ordinal)];

    private static List<string> SpecChanges(IEnumerable<(string Reason, string Message)> events) =>
        [.. events.Where(e => e.Reason == "SpecChanged").Select(e => e.Message).Distinct().Order(StringComparer.Ordinal)];
}
