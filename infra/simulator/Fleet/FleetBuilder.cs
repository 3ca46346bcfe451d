using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Fleet;

/// <summary>
/// Puts a fleet into its clusters and lets it live through some minutes before anybody looks, so that it stands there
/// with pods, events and checkpoints; what is older than that is written into the records.
/// </summary>
internal sealed class FleetBuilder(IReadOnlyList<SimulatedCluster> clusters)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan UntilSuspended = TimeSpan.FromMinutes(4);
    private static readonly WriteOptions Writer = new() { FieldManager = "deploy-pipeline" };

    public void Build(FleetPlan plan)
    {
        foreach (var cluster in clusters)
        {
            var clock = cluster.Clock;
            var now = clock.Now;
            var mine = plan.Pipelines.Where(p => p.Cluster == cluster.Options.Name).ToList();
            clock.Freeze(now - clock.Scale(WarmUp));
            Prepare(cluster, mine);
            foreach (var pipeline in mine.Where(p => p.StartedSecondsAgo is null)) Create(cluster, pipeline);
            cluster.Agenda.LiveThrough(now - clock.Scale(WarmUp - UntilSuspended));
            foreach (var pipeline in mine) Age(cluster, pipeline);
            foreach (var pipeline in mine.Where(p => p.State == "suspended")) Suspend(cluster, pipeline);
            foreach (var pipeline in mine.Where(p => p.StartedSecondsAgo is not null))
            {
                cluster.Agenda.At(now - clock.Scale(TimeSpan.FromSeconds(pipeline.StartedSecondsAgo!.Value)), () => Create(cluster, pipeline));
            }
            cluster.Agenda.LiveThrough(now);
            clock.Freeze(null);
        }
    }

    private static void Prepare(SimulatedCluster cluster, IReadOnlyList<FleetPipeline> pipelines)
    {
        OperatorObjects.Install(cluster);
        foreach (var group in pipelines.GroupBy(p => p.Home))
        {
            cluster.AddNamespace(group.Key, new Dictionary<string, string> { ["team"] = group.First().Team });
            OperatorObjects.AddServiceAccount(cluster, group.Key);
        }
    }

    private static void Create(SimulatedCluster cluster, FleetPipeline pipeline)
    {
        if (pipeline.Traits is { } traits) cluster.World.SetTraits(pipeline.Home, pipeline.Name, traits);
        var type = Type(cluster, pipeline);
        var webhook = cluster.Writer.Admission;
        // What is in the fleet was accepted once; the webhook of today is not asked again.
        cluster.Writer.Admission = null;
        try { cluster.Writer.Create(type, pipeline.Home, FleetResource.Of(pipeline), Writer); }
        finally { cluster.Writer.Admission = webhook; }
    }

    private static void Suspend(SimulatedCluster cluster, FleetPipeline pipeline) =>
        cluster.Writer.Update(Type(cluster, pipeline), pipeline.Home, pipeline.Name, false, Writer, live =>
        {
            live["spec"]!["job"]!["state"] = "suspended";
            return live;
        });

    private static void Age(SimulatedCluster cluster, FleetPipeline pipeline)
    {
        var age = TimeSpan.FromHours(pipeline.AgeHours);
        if (age <= TimeSpan.Zero) return;
        lock (cluster.Store.Gate)
        {
            if (cluster.Store.Find(Type(cluster, pipeline), pipeline.Home, pipeline.Name)?.ToNode() is { } resource)
            {
                resource["metadata"]!["creationTimestamp"] = ObjectWriter.Stamp(cluster.Clock.Now - age * 1.4);
                cluster.Store.Put(Type(cluster, pipeline), resource);
            }
            var process = cluster.World.Find(pipeline.Home, pipeline.SessionCluster ?? pipeline.Name);
            if (process is null) return;
            foreach (var job in process.Jobs.Where(j => pipeline.Kind != "sessionJob" || j.Name == pipeline.Name)) AgeJob(job, pipeline, age);
            if (pipeline.Kind == "sessionJob") return;
            process.Pod.Backdate(age);
            process.Tasks.Backdate(age);
        }
    }

    private static void AgeJob(FlinkJob job, FleetPipeline pipeline, TimeSpan age)
    {
        job.Backdate(age);
        if (pipeline.BehindSeconds > 0) job.FallBehind(job.Traits.Rate * pipeline.BehindSeconds);
    }

    private static ResourceType Type(SimulatedCluster cluster, FleetPipeline pipeline) =>
        pipeline.Kind == "sessionJob" ? cluster.Catalog.FlinkSessionJobs : cluster.Catalog.FlinkDeployments;
}
