using System.Text.Json.Nodes;
using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Churn;

/// <summary>One incident: what it is, whom it hit, and when it began.</summary>
internal sealed record Incident(IncidentKind Kind, string Cluster, int Number, DateTimeOffset Began)
{
    public List<(string Namespace, string Name)> Victims { get; } = [];

    /// <summary>What its victims have in common: the tag, the node, the words of the failure.</summary>
    public string Mark { get; set; } = "";
}

/// <summary>Something that goes wrong with many pipelines at once: how it begins, and how people end it. The operator is left to write down what it sees.</summary>
internal sealed record IncidentKind(string Name, double Share, bool OneTeam, Action<Surgeon, Incident> Strike, Action<Surgeon, Incident> Heal)
{
    public static readonly IReadOnlyList<IncidentKind> All =
    [
        new("image-pull", 0.0035, true, MissingTag, PushTag),
        new("node-pull", 0.0015, false, BadNode, GoodNode),
        new("checkpoint-timeout", 0.0025, true, SlowCheckpoints, QuickCheckpoints),
        new("restart-loop", 0.003, true, PoisonRecord, (s, i) => s.Each(i, v => s.Traits(v, t => t with { FailsAfter = null }))),
        new("job-failed", 0.0015, true, JobFails, (s, i) => s.Each(i, s.Nudge)),
        new("start-failure", 0.001, true, StartFails, StartWorks),
        new("unschedulable", 0.001, false, (s, i) => TooLarge(s, i, "96g"), (s, i) => TooLarge(s, i, "4g")),
        new("quota", 0.0005, true, QuotaUsedUp, QuotaRaised),
        new("invalid-spec", 0.0005, true, (s, i) => s.Each(i, v => s.Configure(v, "kubernetes.cluster-id", v.Name + "-v2")), (s, i) => s.Each(i, v => s.Configure(v, "kubernetes.cluster-id", null))),
    ];

    private static void MissingTag(Surgeon surgeon, Incident incident)
    {
        var tag = $"2026.{incident.Number % 50}-rc{incident.Number % 9}";
        incident.Mark = tag;
        surgeon.Each(incident, v => surgeon.World.LostImages.Add(surgeon.Image(v, tag)));
    }

    private static void PushTag(Surgeon surgeon, Incident incident) =>
        surgeon.World.LostImages.RemoveWhere(i => i.EndsWith(":" + incident.Mark, StringComparison.Ordinal));

    private static void BadNode(Surgeon surgeon, Incident incident)
    {
        incident.Mark = "node-" + (11 + incident.Number % 80);
        surgeon.World.BrokenNodes.Add(incident.Mark);
        surgeon.Each(incident, v => surgeon.World.Find(v.Namespace, v.Name)?.Pod.MoveTo(incident.Mark));
    }

    private static void GoodNode(Surgeon surgeon, Incident incident) => surgeon.World.BrokenNodes.Remove(incident.Mark);

    private static void SlowCheckpoints(Surgeon surgeon, Incident incident)
    {
        incident.Mark = "Exceeded checkpoint tolerable failure threshold. The latest checkpoint failed due to Checkpoint expired before completing.";
        surgeon.Each(incident, v =>
        {
            surgeon.Traits(v, t => t with { CheckpointsTimeOut = true, FailsAfter = TimeSpan.FromSeconds(95), FailureClass = "org.apache.flink.util.FlinkRuntimeException", FailureMessage = incident.Mark });
            surgeon.Spec(v, spec =>
            {
                Surgeon.NextTag(spec);
                spec["flinkConfiguration"]!["execution.checkpointing.timeout"] = "30 s";
                spec["flinkConfiguration"]!["execution.checkpointing.tolerable-failed-checkpoints"] = "0";
            });
        });
        // Somebody tries to go back to what ran before, by a savepoint, which does not complete either.
        surgeon.Later(incident, 120, v => surgeon.Spec(v, Surgeon.NextTag), share: 0.5);
    }

    private static void QuickCheckpoints(Surgeon surgeon, Incident incident) => surgeon.Each(incident, v =>
    {
        surgeon.Traits(v, t => t with { CheckpointsTimeOut = false, FailsAfter = null });
        surgeon.Configure(v, "execution.checkpointing.timeout", "10 min");
    });

    private static void PoisonRecord(Surgeon surgeon, Incident incident)
    {
        incident.Mark = $"Failed to deserialize consumer record ConsumerRecord(topic = shared-{incident.Number % 30}, partition = {incident.Number % 12}, offset = {88_000 + incident.Number * 31})";
        surgeon.Each(incident, v =>
        {
            surgeon.Traits(v, t => t with { FailsAfter = TimeSpan.FromSeconds(18), FailureClass = "java.io.IOException", FailureMessage = incident.Mark });
            if (surgeon.World.Find(v.Namespace, v.Name) is { MainJob: { State: "RUNNING" } job } process) process.Tasks.FailNow(job);
        });
    }

    private static void JobFails(Surgeon surgeon, Incident incident)
    {
        incident.Mark = $"Could not commit transaction for sink warehouse-{incident.Number % 7}: the schema of column amount changed";
        surgeon.Each(incident, v =>
        {
            if (surgeon.World.Find(v.Namespace, v.Name) is not { MainJob: { State: "RUNNING" } job } process) return;
            var task = job.Plan.Count > 0 ? $"{job.Plan[^1].Name} (1/{job.ParallelismOf(job.Plan[^1])})" : null;
            job.Fail(new JobFailure("org.apache.flink.util.FlinkRuntimeException", incident.Mark, surgeon.Now, task, process.Tasks.Ready.FirstOrDefault()?.Id), final: true);
            process.Tasks.ReleaseIdle();
            process.Notify();
        });
    }

    private static void StartFails(Surgeon surgeon, Incident incident)
    {
        incident.Mark = $"Topic orders-v{incident.Number % 5 + 2} does not exist in this cluster";
        surgeon.Each(incident, v =>
        {
            surgeon.Traits(v, t => t with { MainThrows = incident.Mark, FailureClass = "org.apache.kafka.common.errors.UnknownTopicOrPartitionException" });
            surgeon.Spec(v, Surgeon.NextTag);
        });
    }

    private static void StartWorks(Surgeon surgeon, Incident incident) => surgeon.Each(incident, v =>
    {
        surgeon.Traits(v, t => t with { MainThrows = null });
        surgeon.Nudge(v);
    });

    private static void TooLarge(Surgeon surgeon, Incident incident, string memory)
    {
        incident.Mark = "taskManager.resource.memory " + memory;
        surgeon.Each(incident, v => surgeon.Spec(v, spec => spec["taskManager"] = new JsonObject { ["resource"] = new JsonObject { ["memory"] = memory, ["cpu"] = 1 } }));
    }

    private static void QuotaUsedUp(Surgeon surgeon, Incident incident)
    {
        incident.Mark = "exceeded quota: team-quota, requested: limits.memory=2Gi, used: limits.memory=64Gi, limited: limits.memory=64Gi";
        surgeon.Each(incident, v =>
        {
            surgeon.World.ExhaustedQuotas[v.Namespace] = incident.Mark;
            surgeon.Spec(v, Surgeon.NextTag);
        });
    }

    private static void QuotaRaised(Surgeon surgeon, Incident incident) => surgeon.Each(incident, v => surgeon.World.ExhaustedQuotas.Remove(v.Namespace));
}
