using System.Text.Json.Nodes;
using Sluice.Simulator.Fleet;
using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Control;

/// <summary>One kind of trouble.</summary>
internal sealed record Scenario(string Name, string Takes, string Does, Func<JsonObject, Task> Run);

/// <summary>All the trouble there is.</summary>
internal sealed class Scenarios : IAsyncDisposable
{
    private readonly SimulatorHost _host;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _later = [];

    public Scenarios(SimulatorHost host, ILogger logger)
    {
        (_host, _logger) = (host, logger);
        All =
        [
            new("start-failure", "cluster, namespace, name, message?", "main() throws at the next start of the job", b => Traits(b, t => t with { MainThrows = Text(b, "message") ?? "The topic does not exist" })),
            new("start-failures", "percent, image?, message?, cluster?", "main() throws at the start of so many of a hundred jobs, always the same ones; with an image, only in versions whose image holds that text; 0 ends it", StartFailures),
            new("start-heals", "cluster, namespace, name", "main() no longer throws", b => Traits(b, t => t with { MainThrows = null })),
            new("job-failure", "cluster, namespace, name, message?, every? (seconds)", "the job fails now, or again and again", JobFailure),
            new("checkpoint-timeout", "cluster, namespace, name, seconds?", "checkpoints run into their timeout, for a while or for good", CheckpointTimeout),
            new("slow", "cluster, namespace, name, factor", "every record takes longer by a factor", b => Traits(b, t => t with { Slowness = Number(b, "factor") ?? 3 })),
            new("input-rate", "cluster, namespace, name, rate", "the input changes to so many records a second", b => Traits(b, t => t with { Rate = Number(b, "rate") ?? throw Missing("rate") })),
            new("jobmanager-crash", "cluster, namespace, name", "the JobManager's container ends and is started again", b => With(b, p => p.Pod.Kill())),
            new("taskmanager-kill", "cluster, namespace, name, pod?", "a TaskManager's pod disappears", b => With(b, p => p.Tasks.Kill(Text(b, "pod")))),
            new("api-restart", "cluster, seconds? (2), history? (keep or lose)", "the API server goes away and comes back on the same port", ApiRestart),
            new("partition", "cluster, seconds, how? (silent or refused)", "requests are taken and never answered until it is over, or connections are refused; 0 ends the first kind", Partition),
            new("forget-history", "cluster, as? (event or http), every? (seconds), seconds? (600)", "watches that run end, and none can be continued: 410; once, or again and again for a while", ForgetHistory),
            new("slow-watch", "cluster, milliseconds", "every watch event is delayed by that; 0 ends it", b => On(b, c => c.Faults.DelayWatchEvents(TimeSpan.FromMilliseconds(Number(b, "milliseconds") ?? throw Missing("milliseconds"))))),
            new("end-watches", "cluster", "the server ends all watches, cleanly", b => On(b, c => { c.Faults.EndWatches(); lock (c.Store.Gate) c.Store.PulseAll(); })),
            new("operator-stop", "cluster", "the operator is scaled to nothing", b => Operator(b, false)),
            new("operator-start", "cluster", "the operator is back", b => Operator(b, true)),
            new("webhook-down", "cluster", "the operator's webhook does not answer: writes of its kinds fail", b => On(b, c => c.Faults.WebhookDown = true)),
            new("webhook-up", "cluster", "the webhook answers again", b => On(b, c => c.Faults.WebhookDown = false)),
            new("quota-exhausted", "cluster, namespace", "no new pods fit into the namespace's quota", Quota),
            new("quota-restored", "cluster, namespace", "pods fit again", b => On(b, c => { lock (c.Store.Gate) c.World.ExhaustedQuotas.Remove(Text(b, "namespace") ?? throw Missing("namespace")); })),
            new("speed", "factor", "the simulated world runs so much faster than the clock", b => Do(() => host.SetSpeed(Number(b, "factor") ?? throw Missing("factor")))),
            .. new FaultScenarios(Cluster, Later, _stop.Token).All,
            .. new FleetScenarios(host, Cluster).All,
            new("advance", "seconds", "the clock jumps ahead", b => Do(() => host.Skip(TimeSpan.FromSeconds(Number(b, "seconds") ?? throw Missing("seconds"))))),
        ];
    }

    public IReadOnlyList<Scenario> All { get; }

    public async Task<JsonNode> RunAsync(string name, JsonObject body)
    {
        var scenario = All.FirstOrDefault(s => s.Name == name) ?? throw new ScenarioException(404, $"There is no scenario {name}; GET /control/scenarios lists them.");
        var run = scenario.Run(body);
        await run;
        var answer = run is Task<JsonObject> told ? await told : [];
        answer["started"] = name;
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] later;
        lock (_later) later = [.. _later];
        await Task.WhenAll(later);
        _stop.Dispose();
    }

    private Task StartFailures(JsonObject body) => Do(() =>
    {
        var failures = new StartFailures(Number(body, "percent") ?? throw Missing("percent"), Text(body, "image") ?? "", Text(body, "message") ?? "The topic does not exist");
        foreach (var cluster in Text(body, "cluster") is null ? _host.Clusters : [Cluster(body)])
            lock (cluster.Store.Gate) cluster.World.StartFailures = failures.Percent > 0 ? failures : null;
    });

    private Task JobFailure(JsonObject body)
    {
        if (Number(body, "every") is { } seconds)
            return Traits(body, t => t with { FailsAfter = TimeSpan.FromSeconds(seconds), FailureMessage = Text(body, "message") ?? t.FailureMessage }, failNow: true);
        return Traits(body, t => t with { FailureMessage = Text(body, "message") ?? t.FailureMessage }, failNow: true);
    }

    private async Task CheckpointTimeout(JsonObject body)
    {
        await Traits(body, t => t with { CheckpointsTimeOut = true });
        if (Number(body, "seconds") is not { } seconds) return;
        var cluster = Cluster(body);
        cluster.Agenda.After(TimeSpan.FromSeconds(seconds), () => Change(cluster, body, t => t with { CheckpointsTimeOut = false }));
    }

    private Task ApiRestart(JsonObject body)
    {
        var (cluster, time, lose) = (Cluster(body), TimeSpan.FromSeconds(Number(body, "seconds") ?? 2), Text(body, "history") == "lose");
        Later(() => cluster.InterruptAsync(time, lose, _stop.Token));
        return Task.CompletedTask;
    }

    private Task Partition(JsonObject body)
    {
        var (cluster, time) = (Cluster(body), TimeSpan.FromSeconds(Number(body, "seconds") ?? throw Missing("seconds")));
        if (Text(body, "how") == "refused")
        {
            Later(() => cluster.InterruptAsync(time, false, _stop.Token));
            return Task.CompletedTask;
        }
        cluster.Faults.FallSilent();
        Later(async () =>
        {
            try { await Task.Delay(time, cluster.Clock.Time, _stop.Token); }
            finally { cluster.Faults.Speak(); }
        });
        return Task.CompletedTask;
    }

    private Task ForgetHistory(JsonObject body)
    {
        var cluster = Cluster(body);
        ForgetOnce(cluster, body);
        if (Number(body, "every") is not { } every) return Task.CompletedTask;
        var until = cluster.Clock.Time.GetUtcNow() + TimeSpan.FromSeconds(Number(body, "seconds") ?? 600);
        Later(async () =>
        {
            while (cluster.Clock.Time.GetUtcNow() < until)
            {
                await Task.Delay(TimeSpan.FromSeconds(Math.Max(0.2, every)), cluster.Clock.Time, _stop.Token);
                ForgetOnce(cluster, body);
            }
        });
        return Task.CompletedTask;
    }

    private void ForgetOnce(SimulatedCluster cluster, JsonObject body)
    {
        cluster.Faults.PlainGone = Text(body, "as") == "http";
        // Only what was seen before it is too old: whoever lists again goes on as usual.
        if (cluster.Faults.PlainGone) Later(async () =>
        {
            try { await Task.Delay(TimeSpan.FromSeconds(2), cluster.Clock.Time, _stop.Token); }
            finally { cluster.Faults.PlainGone = false; }
        });
        cluster.Faults.EndWatches();
        lock (cluster.Store.Gate) cluster.Store.ForgetHistory();
    }

    private Task Operator(JsonObject body, bool run) => On(body, cluster =>
    {
        OperatorObjects.Scale(cluster, run);
        lock (cluster.Store.Gate)
        {
            if (run) cluster.Operator.Start();
            else cluster.Operator.Stop();
        }
    });

    private Task Quota(JsonObject body) => On(body, cluster =>
    {
        lock (cluster.Store.Gate)
            cluster.World.ExhaustedQuotas[Text(body, "namespace") ?? throw Missing("namespace")] = "exceeded quota: team-quota, requested: limits.memory=2Gi, used: limits.memory=64Gi, limited: limits.memory=64Gi";
    });

    private Task Traits(JsonObject body, Func<JobTraits, JobTraits> change, bool failNow = false) => On(body, cluster => Change(cluster, body, change, failNow));

    private static void Change(SimulatedCluster cluster, JsonObject body, Func<JobTraits, JobTraits> change, bool failNow = false)
    {
        lock (cluster.Store.Gate)
        {
            var (ns, name) = (Text(body, "namespace") ?? throw Missing("namespace"), Text(body, "name") ?? throw Missing("name"));
            var job = Job(cluster, ns, name);
            cluster.World.SetTraits(ns, name, change(job?.Job.Traits ?? cluster.World.FixedTraits(ns, name) ?? ArgumentTraits.Guess(cluster.Seeds, ns, name)));
            if (!failNow) return;
            if (job is null || job.Value.Job.State != "RUNNING") throw new ScenarioException(409, $"{ns}/{name} has no running job.");
            job.Value.Process.Tasks.FailNow(job.Value.Job);
        }
    }

    private static (FlinkProcess Process, FlinkJob Job)? Job(SimulatedCluster cluster, string ns, string name)
    {
        foreach (var process in cluster.World.Processes.Where(p => p.Namespace == ns))
            if (process.Jobs.LastOrDefault(j => !j.IsTerminal && (process.Name == name || j.Name == name)) is { } job) return (process, job);
        return null;
    }

    private Task With(JsonObject body, Action<FlinkProcess> act) => On(body, cluster =>
    {
        lock (cluster.Store.Gate)
            act(cluster.World.Find(Text(body, "namespace") ?? throw Missing("namespace"), Text(body, "name") ?? throw Missing("name"))
                ?? throw new ScenarioException(404, $"No Flink cluster {body["namespace"]}/{body["name"]} runs there."));
    });

    private Task On(JsonObject body, Action<SimulatedCluster> act) => Do(() => act(Cluster(body)));

    private static Task Do(Action act)
    {
        act();
        return Task.CompletedTask;
    }

    private SimulatedCluster Cluster(JsonObject body)
    {
        var name = Text(body, "cluster") ?? throw Missing("cluster");
        return _host.Clusters.FirstOrDefault(c => c.Options.Name == name) ?? throw new ScenarioException(404, $"There is no cluster {name}.");
    }

    private void Later(Func<Task> act)
    {
        var task = Task.Run(async () =>
        {
            try { await act(); }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The simulator ends in the middle of it.
            }
            catch (Exception exception) { _logger.LogError(exception, "A scenario failed while it ran."); }
        });
        lock (_later)
        {
            _later.RemoveAll(t => t.IsCompleted);
            _later.Add(task);
        }
    }

    internal static ScenarioException Missing(string field) => new(400, $"The scenario needs \"{field}\".");

    internal static string? Text(JsonObject body, string key) => body[key]?.ToString();

    internal static double? Number(JsonObject body, string key) => body[key]?.GetValue<double>();
}
