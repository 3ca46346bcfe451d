using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Control;

/// <summary>
/// The endpoint that makes trouble, on a loopback port of its own: <c>GET /control/scenarios</c> lists what there is,
/// <c>POST /control/scenarios/{name}</c> with a JSON body starts it.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private readonly SimulatorHost _host;
    private readonly Scenarios _scenarios;
    private readonly LoopbackServer _server;
    private readonly ILogger _logger;

    public ControlServer(SimulatorHost host, int port, ILogger logger)
    {
        (_host, _logger) = (host, logger);
        _scenarios = new Scenarios(host, logger);
        _server = new LoopbackServer(HandleAsync, port, null);
    }

    public Uri Url => new($"http://127.0.0.1:{_server.Port}/control");

    public Task StartAsync() => _server.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _scenarios.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext http)
    {
        try
        {
            // A browser on this machine must not be able to make trouble by a link or a script of some page.
            if (http.Request.Headers.ContainsKey("Origin")) throw new ScenarioException(403, "The control endpoint is not for browsers.");
            await JsonAnswer.WriteAsync(http, 200, await AnswerAsync(http));
        }
        catch (ScenarioException refused)
        {
            await JsonAnswer.WriteAsync(http, refused.Code, new JsonObject { ["error"] = refused.Message });
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException or ArgumentException)
        {
            _logger.LogWarning(exception, "A request to the control endpoint was wrong.");
            await JsonAnswer.WriteAsync(http, 400, new JsonObject { ["error"] = exception.Message });
        }
    }

    private async Task<JsonNode> AnswerAsync(HttpContext http)
    {
        var steps = (http.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        switch (http.Request.Method, steps)
        {
            case ("GET", ["control"] or ["control", "scenarios"]):
                return new JsonObject { ["scenarios"] = new JsonArray([.. _scenarios.All.Select(s => new JsonObject { ["name"] = s.Name, ["takes"] = s.Takes, ["does"] = s.Does })]) };
            case ("GET", ["control", "clusters"]):
                return new JsonArray([.. _host.Clusters.Select(Describe)]);
            case ("GET", ["control", "time"]):
                return Time();
            case ("GET", ["control", "churn"]):
                return FleetScenarios.Describe(_host);
            case ("GET", ["control", "commits", var cluster, var plural, var version]):
                return FleetScenarios.Commit(_host, cluster, plural, version);
            case ("GET", ["control", "output", var cluster, var ns, var pipeline]):
                return Output(_host.Clusters.FirstOrDefault(c => c.Options.Name == cluster) ?? throw new ScenarioException(404, $"There is no cluster {cluster}."), ns, pipeline);
            case ("POST", ["control", "scenarios", var name]):
                return await _scenarios.RunAsync(name, await BodyAsync(http));
            default:
                throw new ScenarioException(404, "There is /control/scenarios, /control/scenarios/{name}, /control/clusters, /control/churn, /control/commits/{cluster}/{plural}/{resourceVersion}, /control/output/{cluster}/{namespace}/{pipeline} and /control/time.");
        }
    }

    private static JsonObject Output(SimulatedCluster cluster, string ns, string pipeline)
    {
        lock (cluster.Store.Gate)
        {
            foreach (var job in cluster.World.Processes.Where(p => p.Namespace == ns).SelectMany(p => p.Jobs)) job.Advance(cluster.World.Clock.Now);
            return new JsonObject { ["runs"] = new JsonArray([.. cluster.World.Outputs.GetValueOrDefault((ns, pipeline), []).Select(o => o.Describe())]) };
        }
    }

    private JsonObject Time() => new() { ["now"] = _host.Clock.Now.ToString("O", CultureInfo.InvariantCulture), ["speed"] = _host.Clock.Speed };

    private static JsonObject Describe(SimulatedCluster cluster)
    {
        lock (cluster.Store.Gate)
            return new()
            {
                ["name"] = cluster.Options.Name,
                ["server"] = cluster.Url.ToString(),
                ["operator"] = cluster.Options.Operator.Tag,
                ["operatorRunning"] = cluster.Operator.Running,
                ["silent"] = cluster.Faults.IsSilent,
                ["webhookDown"] = cluster.Faults.WebhookDown,
                ["resourceVersion"] = cluster.Store.Version,
                ["pipelines"] = cluster.Store.All(cluster.Catalog.FlinkDeployments).Count + cluster.Store.All(cluster.Catalog.FlinkSessionJobs).Count,
            };
    }

    private static async Task<JsonObject> BodyAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var text = await reader.ReadToEndAsync(http.RequestAborted);
        return string.IsNullOrWhiteSpace(text) ? [] : JsonNode.Parse(text) as JsonObject ?? throw new ScenarioException(400, "The body must be a JSON object.");
    }
}

/// <summary>A request that cannot be done, and why.</summary>
internal sealed class ScenarioException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}
