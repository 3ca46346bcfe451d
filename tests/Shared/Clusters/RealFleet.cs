using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Sluice.Testing.Clusters;

/// <summary>
/// Thousands of FlinkDeployments on a real API server, as the newest operator leaves them: no operator runs there, so this writes their status, too.
/// Which ones fail, and why, follows from their number, so that a test can say what a page has to show.
/// </summary>
/// <param name="client">A client of the API server.</param>
/// <param name="count">How many deployments.</param>
public sealed class RealFleet(HttpClient client, int count)
{
    /// <summary>How many namespaces, a team each, they are spread over.</summary>
    public const int Teams = 40;

    private const int AtOnce = 48;
    private const string Root = "apis/flink.apache.org/v1beta1/namespaces";
    private static readonly DateTimeOffset Begun = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    /// <summary>What is wrong with a deployment.</summary>
    public enum Trouble
    {
        /// <summary>Nothing.</summary>
        None,

        /// <summary>Its image cannot be pulled.</summary>
        Image,

        /// <summary>Its JobManager ends right after its start.</summary>
        Crash,

        /// <summary>Its last change was refused.</summary>
        Refused,

        /// <summary>It is suspended, as it was asked to be.</summary>
        Suspended,
    }

    /// <summary>How many there are.</summary>
    public int Count { get; } = count;

    /// <summary>What is wrong with the deployment of that number.</summary>
    public static Trouble TroubleOf(int number) => (number % 500) switch
    {
        7 or 107 or 207 or 307 => Trouble.Image,
        11 => Trouble.Crash,
        13 => Trouble.Refused,
        17 or 217 => Trouble.Suspended,
        _ => Trouble.None,
    };

    /// <summary>How many have that trouble.</summary>
    public int CountOf(Trouble trouble) => Enumerable.Range(0, Count).Count(number => TroubleOf(number) == trouble);

    /// <summary>The namespace, which is the team's name, too.</summary>
    public static string NamespaceOf(int number) => $"team-{number % Teams:00}";

    /// <summary>The name.</summary>
    public static string NameOf(int number) => $"pipeline-{number:0000}";

    /// <summary>The number in a name.</summary>
    public static int NumberOf(string name) => int.Parse(name.AsSpan(name.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);

    /// <summary>Creates namespaces and deployments and writes every status.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, Teams), Options(cancellationToken), async (team, token) =>
            await SendAsync(HttpMethod.Post, "api/v1/namespaces", new JsonObject { ["metadata"] = new JsonObject { ["name"] = NamespaceOf(team) } }, token));
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), Options(cancellationToken), async (number, token) =>
        {
            await SendAsync(HttpMethod.Post, $"{Root}/{NamespaceOf(number)}/flinkdeployments", Deployment(number), token);
            await WriteStatusAsync(number, TroubleOf(number), token);
        });
    }

    /// <summary>Writes a status as it would be with that trouble.</summary>
    public Task WriteStatusAsync(int number, Trouble trouble, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Patch, $"{Root}/{NamespaceOf(number)}/flinkdeployments/{NameOf(number)}/status", new JsonObject { ["status"] = Status(number, trouble) }, cancellationToken);

    /// <summary>Deletes one.</summary>
    public Task DeleteAsync(int number, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Delete, $"{Root}/{NamespaceOf(number)}/flinkdeployments/{NameOf(number)}", null, cancellationToken);

    private static ParallelOptions Options(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };

    private static JsonObject Deployment(int number) => new()
    {
        ["apiVersion"] = "flink.apache.org/v1beta1",
        ["kind"] = "FlinkDeployment",
        ["metadata"] = new JsonObject
        {
            ["name"] = NameOf(number),
            ["namespace"] = NamespaceOf(number),
            ["labels"] = new JsonObject { ["tier"] = number % 10 == 0 ? "gold" : "silver", ["app.kubernetes.io/part-of"] = $"product-{number % 60}" },
        },
        ["spec"] = Spec(number, TroubleOf(number)),
    };

    private static JsonObject Spec(int number, Trouble trouble) => new()
    {
        ["image"] = $"registry.example.com/{NamespaceOf(number)}/totals:{(trouble == Trouble.Image ? "none" : $"2.{number % 7}.0")}",
        ["flinkVersion"] = number % 3 == 0 ? "v1_19" : "v1_20",
        ["serviceAccount"] = "flink",
        ["flinkConfiguration"] = new JsonObject
        {
            ["taskmanager.numberOfTaskSlots"] = "2",
            ["execution.checkpointing.interval"] = "30 s",
            ["execution.checkpointing.dir"] = $"s3://state/{NamespaceOf(number)}/{NameOf(number)}/checkpoints",
            ["execution.checkpointing.savepoint-dir"] = $"s3://state/{NamespaceOf(number)}/{NameOf(number)}/savepoints",
            ["high-availability.type"] = "kubernetes",
            ["high-availability.storageDir"] = $"s3://state/{NamespaceOf(number)}/{NameOf(number)}/ha",
            ["state.backend.type"] = "rocksdb",
            ["state.backend.incremental"] = "true",
            ["restart-strategy.type"] = "exponential-delay",
            ["taskmanager.memory.managed.fraction"] = "0.4",
        },
        ["jobManager"] = new JsonObject { ["resource"] = new JsonObject { ["memory"] = "2g", ["cpu"] = 1 } },
        ["taskManager"] = new JsonObject { ["resource"] = new JsonObject { ["memory"] = "4g", ["cpu"] = 2 } },
        ["job"] = new JsonObject
        {
            ["jarURI"] = "local:///opt/flink/usrlib/job.jar",
            ["entryClass"] = "com.example.Totals",
            ["args"] = new JsonArray("--topic", $"{NamespaceOf(number)}-{number}", "--rate", "500"),
            ["parallelism"] = (number % 16) + 1,
            ["upgradeMode"] = "savepoint",
            ["state"] = trouble == Trouble.Suspended ? "suspended" : "running",
        },
    };

    private static JsonObject Status(int number, Trouble trouble)
    {
        var reconciled = new JsonObject { ["spec"] = Spec(number, trouble), ["resource_metadata"] = new JsonObject { ["apiVersion"] = "flink.apache.org/v1beta1", ["firstDeployment"] = false } }.ToJsonString();
        var failing = trouble is Trouble.Image or Trouble.Crash;
        var started = Begun.AddMinutes(number).ToUnixTimeMilliseconds();
        return new JsonObject
        {
            ["lifecycleState"] = trouble == Trouble.Suspended ? "SUSPENDED" : failing ? "DEPLOYED" : "STABLE",
            ["observedGeneration"] = trouble == Trouble.Refused ? 0 : 1,
            ["error"] = Error(number, trouble),
            ["jobManagerDeploymentStatus"] = trouble == Trouble.Suspended ? "MISSING" : failing ? "ERROR" : "READY",
            ["clusterInfo"] = new JsonObject { ["flink-version"] = "1.20.1", ["total-cpu"] = "3.0", ["total-memory"] = "6442450944" },
            ["jobStatus"] = new JsonObject
            {
                ["state"] = trouble == Trouble.Suspended ? "FINISHED" : failing ? "RECONCILING" : "RUNNING",
                ["jobId"] = number.ToString("x32", CultureInfo.InvariantCulture),
                ["jobName"] = NameOf(number),
                ["startTime"] = started.ToString(CultureInfo.InvariantCulture),
                ["updateTime"] = (started + 1600).ToString(CultureInfo.InvariantCulture),
            },
            ["reconciliationStatus"] = new JsonObject
            {
                ["state"] = "DEPLOYED",
                ["reconciliationTimestamp"] = started,
                ["lastReconciledSpec"] = reconciled,
                ["lastStableSpec"] = reconciled,
            },
        };
    }

    private static string? Error(int number, Trouble trouble) => trouble switch
    {
        Trouble.Image => Error("DeploymentFailedException", $"[flink-main-container] Back-off pulling image \"registry.example.com/{NamespaceOf(number)}/totals:none\"", "ErrImagePull"),
        Trouble.Crash => Error("DeploymentFailedException", $"[flink-main-container] back-off 20s restarting failed container=flink-main-container pod={NameOf(number)}-6fd7cd5db-9jc4s", "CrashLoopBackOff"),
        Trouble.Refused => Error("ValidationException", "Job parallelism must be larger than 0", null),
        _ => null,
    };

    private static string Error(string type, string message, string? reason) => new JsonObject
    {
        ["type"] = "org.apache.flink.kubernetes.operator.exception." + type,
        ["message"] = message,
        ["additionalMetadata"] = reason is null ? [] : new JsonObject { ["reason"] = reason },
        ["throwableList"] = new JsonArray(),
    }.ToJsonString();

    private async Task SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json");
        using var answer = await client.SendAsync(request, cancellationToken);
        if (answer.IsSuccessStatusCode || (method == HttpMethod.Post && answer.StatusCode == HttpStatusCode.Conflict)) return;
        throw new HttpRequestException($"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}");
    }
}
