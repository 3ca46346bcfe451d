using System.Text.RegularExpressions;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Flink;

/// <summary>Finds out which sleeping Flink clusters a request is about.</summary>
internal sealed partial class RequestWaker(FlinkWorld world) : IWaker
{
    private const int AtOnce = 20;

    public void Before(ApiRequest request)
    {
        if (request.Type != ResourceCatalog.Pods && request.Type != ResourceCatalog.Services && request.Type != ResourceCatalog.Deployments && request.Type != ResourceCatalog.ConfigMaps) return;
        if (request.Name is { } name)
        {
            Ask(request.Namespace, Owner(request.Type, name));
            return;
        }
        if (request.Query("labelSelector") is { Length: > 0 } selector)
        {
            if (App().Match(selector) is { Success: true } app)
            {
                Ask(request.Namespace, app.Groups[1].Value);
                return;
            }
            if (Foreign().IsMatch(selector)) return;
        }
        // What sleeps runs quietly: nothing of it waits.
        if (request.Query("fieldSelector") is { } fields && (fields.Contains("metadata.name=", StringComparison.Ordinal) || fields.Contains("status.phase=Pending", StringComparison.Ordinal))) return;
        List<(string Namespace, string Name)> all;
        lock (world.Store.Gate) all = [.. world.Sleepers.In(request.Namespace)];
        // In small portions, so that nobody else has to wait for all of them.
        foreach (var some in all.Chunk(AtOnce))
            lock (world.Store.Gate)
                foreach (var (ns, asleep) in some) world.Ask(ns, asleep);
    }

    private void Ask(string ns, string owner)
    {
        lock (world.Store.Gate)
        {
            if (ns.Length > 0) world.Ask(ns, owner);
            else
                foreach (var (home, asleep) in world.Sleepers.In(null))
                    if (asleep == owner) world.Ask(home, asleep);
        }
    }

    private static string Owner(ResourceType type, string name)
    {
        if (type == ResourceCatalog.Deployments) return name;
        if (type == ResourceCatalog.ConfigMaps) return name.StartsWith("flink-config-", StringComparison.Ordinal) ? name["flink-config-".Length..] : "";
        if (type == ResourceCatalog.Services)
        {
            var parts = name.Split(':');
            var service = parts.Length == 3 ? parts[1] : parts[0];
            return service.EndsWith("-rest", StringComparison.Ordinal) ? service[..^"-rest".Length] : "";
        }
        return PodName().Match(name) is { Success: true } pod ? pod.Groups[1].Value : "";
    }

    [GeneratedRegex(@"(?:^|,)\s*app\s*(?:==?|\s+in\s*\()\s*([A-Za-z0-9._-]+)")]
    private static partial Regex App();

    /// <summary>A label that no object of a Flink cluster has.</summary>
    [GeneratedRegex(@"(?:^|,)\s*(?!(?:app|component|type)\b(?![./-]))[A-Za-z0-9._/-]+\s*(?:==?|\s+in\s*\()")]
    private static partial Regex Foreign();

    [GeneratedRegex(@"^(.+?)(?:-taskmanager-\d+-\d+|-[a-z0-9]{10}-[a-z0-9]{5})$")]
    private static partial Regex PodName();
}
