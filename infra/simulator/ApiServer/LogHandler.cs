using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sluice.Simulator.Core;

namespace Sluice.Simulator.ApiServer;

/// <summary>Streams a container's log.</summary>
internal sealed class LogHandler(ObjectStore store, SimClock clock, IPodLogs logs, Faults faults)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    public async Task HandleAsync(ApiRequest request)
    {
        var log = Find(request);
        var since = Since(request, log.Started);
        var now = clock.Now;
        IEnumerable<LogLine> lines = log.Between(since, now);
        if (request.Number("tailLines") is { } tail) lines = lines.TakeLast((int)Math.Min(tail, int.MaxValue));
        var left = request.Number("limitBytes") ?? long.MaxValue;
        request.Http.Response.ContentType = "text/plain";
        await request.Http.Response.StartAsync(request.Http.RequestAborted);
        left = await WriteAsync(request, lines, left);
        if (!request.Flag("follow")) return;
        while (left > 0 && log.Ended() is null)
        {
            await Task.Delay(Poll, clock.Time, request.Http.RequestAborted);
            await faults.BeforeAnswerAsync(request.Http.RequestAborted);
            var until = clock.Now;
            left = await WriteAsync(request, log.Between(now, until), left);
            now = until;
        }
    }

    private PodLog Find(ApiRequest request)
    {
        lock (store.Gate)
        {
            var pod = store.Find(ResourceCatalog.Pods, request.Namespace, request.Name!)?.ToNode() ?? throw ApiException.NotFound(ResourceCatalog.Pods, request.Name!);
            var names = (pod["spec"]?["containers"] as JsonArray ?? []).Select(c => c!["name"]!.ToString()).ToList();
            var container = request.Query("container");
            if (container is null && names.Count > 1)
                throw ApiException.BadRequest($"a container name must be specified for pod {request.Name}, choose one of: [{string.Join(' ', names)}]");
            container ??= names.FirstOrDefault() ?? "";
            if (!names.Contains(container)) throw ApiException.BadRequest($"container {container} is not valid for pod {request.Name}");
            var previous = request.Flag("previous");
            if (logs.Find(request.Namespace, request.Name!, container, previous) is { } log) return log;
            if (previous) throw ApiException.BadRequest($"previous terminated container \"{container}\" in pod \"{request.Name}\" not found");
            var reason = (pod["status"]?["containerStatuses"] as JsonArray)?.FirstOrDefault()?["state"]?["waiting"]?["reason"]?.ToString();
            throw ApiException.BadRequest(reason is null
                ? $"pod {request.Name} does not have a host assigned"
                : $"container \"{container}\" in pod \"{request.Name}\" is waiting to start: {(reason is "ErrImagePull" or "ImagePullBackOff" ? "trying and failing to pull image" : reason)}");
        }
    }

    private DateTimeOffset Since(ApiRequest request, DateTimeOffset started)
    {
        if (request.Number("sinceSeconds") is { } seconds) return clock.Now - TimeSpan.FromSeconds(seconds);
        return request.Query("sinceTime") is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var since) ? since : started;
    }

    private static async Task<long> WriteAsync(ApiRequest request, IEnumerable<LogLine> lines, long left)
    {
        var stamps = request.Flag("timestamps");
        foreach (var line in lines)
        {
            if (left <= 0) break;
            var text = stamps ? $"{line.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture)} {line.Text}\n" : line.Text + "\n";
            var bytes = Encoding.UTF8.GetBytes(text);
            await request.Http.Response.Body.WriteAsync(bytes.AsMemory(0, (int)Math.Min(bytes.Length, left)), request.Http.RequestAborted);
            left -= bytes.Length;
        }
        await request.Http.Response.Body.FlushAsync(request.Http.RequestAborted);
        return left;
    }
}
