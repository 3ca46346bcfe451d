using System.Text;
using System.Text.Json.Nodes;
using static Sluice.Simulator.Control.Scenarios;

namespace Sluice.Simulator.Control;

/// <summary>What can be wrong with an API server beyond being away.</summary>
internal sealed class FaultScenarios(Func<JsonObject, SimulatedCluster> cluster, Action<Func<Task>> later, CancellationToken stop)
{
    private const int MostBytes = 1_400_000;

    public IReadOnlyList<Scenario> All =>
    [
        new("list-error", "cluster, after, how? (500 or cut), seconds? (60)", "lists fail when they come to that item: with 500, or in the middle of the answer", ListError),
        new("watch-garbage", "cluster, times? (1), every? (seconds)", "every watch gets lines that are no events", Garbage),
        new("api-latency", "cluster, milliseconds", "every request takes so much longer; 0 ends it", b => Do(() => cluster(b).Faults.DelayAnswers(TimeSpan.FromMilliseconds(Number(b, "milliseconds") ?? throw Missing("milliseconds"))))),
        new("clock-skew", "cluster, seconds", "the cluster's clock is moved: time stamps and the Date header; a second time adds to it", b => Do(() => cluster(b).SkewClock(TimeSpan.FromSeconds(Number(b, "seconds") ?? throw Missing("seconds"))))),
        new("huge-status", "cluster, namespace, name, bytes? (900000)", "the pipeline's status holds so much of stack traces", Huge),
    ];

    private Task ListError(JsonObject body)
    {
        cluster(body).Faults.BreakLists((int)(Number(body, "after") ?? throw Missing("after")), Text(body, "how") == "cut", TimeSpan.FromSeconds(Number(body, "seconds") ?? 60));
        return Task.CompletedTask;
    }

    private Task Garbage(JsonObject body)
    {
        var at = cluster(body);
        var (times, every) = ((int)(Number(body, "times") ?? 1), TimeSpan.FromSeconds(Number(body, "every") ?? 1));
        later(async () =>
        {
            for (var i = 0; i < times; i++)
            {
                if (i > 0) await Task.Delay(every, at.Clock.Time, stop);
                at.Faults.SendGarbage();
                lock (at.Store.Gate) at.Store.PulseAll();
            }
        });
        return Task.CompletedTask;
    }

    private Task Huge(JsonObject body)
    {
        var at = cluster(body);
        var (ns, name) = (Text(body, "namespace") ?? throw Missing("namespace"), Text(body, "name") ?? throw Missing("name"));
        var bytes = (int)Math.Min(MostBytes, Number(body, "bytes") ?? 900_000);
        lock (at.Store.Gate)
        {
            var type = at.Catalog.FlinkDeployments;
            var resource = at.Store.Find(type, ns, name)?.ToNode() ?? throw new ScenarioException(404, $"There is no FlinkDeployment {ns}/{name} in that cluster.");
            if (resource["status"] is not JsonObject status) throw new ScenarioException(409, $"{ns}/{name} has no status yet.");
            status["error"] = new JsonObject
            {
                ["type"] = "org.apache.flink.util.SerializedThrowable",
                ["message"] = Trace(bytes),
                ["additionalMetadata"] = new JsonObject(),
                ["throwableList"] = new JsonArray(),
            }.ToJsonString();
            at.Store.Put(type, resource);
        }
        return Task.CompletedTask;
    }

    private static string Trace(int bytes)
    {
        var text = new StringBuilder("java.lang.IllegalStateException: the state of operator 7 cannot be read\n");
        for (var i = 0; text.Length < bytes; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\tat com.example.pipelines.generated.Step{i % 977}$$Lambda/{i:x8}.apply(Step{i % 977}.java:{i % 1400 + 1})\n");
        return text.ToString(0, bytes);
    }

    private static Task Do(Action act)
    {
        act();
        return Task.CompletedTask;
    }
}
