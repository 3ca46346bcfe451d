using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Sluice.Domain.Kubernetes;
using Sluice.Testing;

namespace Sluice.Domain.Tests.Kubernetes;

/// <summary>
/// An API server over real HTTP that keeps FlinkDeployments, lists them in pages and streams their changes, and that can be told to misbehave:
/// <see cref="Override"/> sees every request first, and <see cref="Send"/> writes whatever a test wants into the open watches.
/// </summary>
internal sealed class FakeApiServer : IAsyncDisposable
{
    public const string Path = "/apis/flink.apache.org/v1beta1/flinkdeployments";
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);
    private readonly List<(long Version, string Line)> _history = [];
    private readonly List<Channel<string?>> _watches = [];
    private readonly WebApplication _app;
    private long _version = 100;
    private long _oldest;
    private int _uids;

    private FakeApiServer(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Answers a request instead of the server, where it returns true.</summary>
    public Func<HttpContext, Task<bool>>? Override { get; set; }

    public int Lists => Requests.Count(r => r.StartsWith("GET " + Path, StringComparison.Ordinal) && !r.Contains("watch=1") && !r.Contains("limit=1&") && !r.EndsWith("limit=1", StringComparison.Ordinal) && !r.Contains("continue"));

    public int Watches => Requests.Count(r => r.Contains("watch=1"));

    public int OpenWatches
    {
        get
        {
            lock (_lock) return _watches.Count;
        }
    }

    public static async Task<FakeApiServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(k => k.Limits.MinResponseDataRate = null);
        var app = builder.Build();
        var server = new FakeApiServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    public KubernetesApi Connect(TimeProvider? time = null) => new("fake", new KubernetesTarget(new Uri(Url), new NoCredential()), time ?? TimeProvider.System);

    public void Put(string name, int parallelism = 1, bool newUid = false)
    {
        lock (_lock)
        {
            var known = _objects.TryGetValue(name, out var old);
            var uid = known && !newUid ? old!["metadata"]!["uid"]!.GetValue<string>() : $"uid-{++_uids}";
            var item = Item(name, uid, ++_version, parallelism);
            _objects[name] = item;
            Record(known && !newUid ? "MODIFIED" : "ADDED", item);
        }
    }

    public void Delete(string name)
    {
        lock (_lock)
        {
            var item = _objects[name];
            _objects.Remove(name);
            item["metadata"]!["resourceVersion"] = $"{++_version}";
            Record("DELETED", item);
        }
    }

    public bool Has(string name)
    {
        lock (_lock) return _objects.ContainsKey(name);
    }

    public IReadOnlyList<string> Describe()
    {
        lock (_lock) return [.. _objects.Select(o => $"{o.Key} {o.Value["metadata"]!["uid"]} {o.Value["spec"]!["job"]!["parallelism"]}").Order(StringComparer.Ordinal)];
    }

    /// <summary>Changes what the server has without telling anybody, as happens while nobody is connected.</summary>
    public void Silently(Action change)
    {
        List<Channel<string?>> watches;
        lock (_lock)
        {
            watches = [.. _watches];
            _watches.Clear();
        }

        change();
        lock (_lock) _watches.AddRange(watches);
    }

    public void Bookmark(long? version = null) => Send("{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"FlinkDeployment\",\"metadata\":{\"resourceVersion\":\"" + (version ?? _version) + "\"}}}\n");

    /// <summary>Forgets the history: watches from before now are too old.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            _oldest = _version;
            _history.Clear();
        }
    }

    /// <summary>Goes back in time, as after a restore from a backup.</summary>
    public void Restore(long version)
    {
        lock (_lock)
        {
            _version = version;
            _history.Clear();
            _oldest = 0;
            foreach (var item in _objects.Values) item["metadata"]!["resourceVersion"] = $"{version}";
        }
    }

    /// <summary>Writes raw text into every open watch.</summary>
    public void Send(string text)
    {
        lock (_lock)
            foreach (var watch in _watches) watch.Writer.TryWrite(text);
    }

    public void EndWatches()
    {
        lock (_lock)
            foreach (var watch in _watches) watch.Writer.TryComplete();
    }

    public void CutWatches()
    {
        lock (_lock)
            foreach (var watch in _watches) watch.Writer.TryWrite(null);
    }

    public Task WatchedAsync(int count = 1) => Until.TrueAsync(() => OpenWatches >= count, "a watch to be open");

    public async ValueTask DisposeAsync()
    {
        EndWatches();
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
    }

    public static Task StatusAsync(HttpContext context, int code, string reason, string message = "", string more = "")
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{{message}}","reason":"{{reason}}","code":{{code}}{{more}}}""");
    }

    private static JsonObject Item(string name, string uid, long version, int parallelism) => new()
    {
        ["apiVersion"] = "flink.apache.org/v1beta1",
        ["kind"] = "FlinkDeployment",
        ["metadata"] = new JsonObject { ["namespace"] = "team", ["name"] = name, ["uid"] = uid, ["resourceVersion"] = $"{version}" },
        ["spec"] = new JsonObject { ["text"] = "Grüße 🌊", ["job"] = new JsonObject { ["parallelism"] = parallelism } },
    };

    public static string Line(string type, string name, string uid, long version, int parallelism) => $$"""{"type":"{{type}}","object":{{Item(name, uid, version, parallelism).ToJsonString()}}}""" + "\n";

    private void Record(string type, JsonObject item)
    {
        var line = $$"""{"type":"{{type}}","object":{{item.ToJsonString()}}}""" + "\n";
        _history.Add((_version, line));
        foreach (var watch in _watches) watch.Writer.TryWrite(line);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        if (Override is { } @override && await @override(context)) return;
        if (context.Request.Path != Path)
        {
            context.Response.StatusCode = 404;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync("404 page not found\n");
        }
        else if (context.Request.Query.ContainsKey("watch")) await WatchAsync(context);
        else await ListAsync(context);
    }

    private async Task ListAsync(HttpContext context)
    {
        string body;
        lock (_lock)
        {
            if (context.Request.Query.TryGetValue("resourceVersion", out var asked) && long.Parse(asked!, CultureInfo.InvariantCulture) > _version)
            {
                context.Response.StatusCode = 504;
                context.Response.ContentType = "application/json";
                body = """{"kind":"Status","message":"Too large resource version","reason":"Timeout","details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1},"code":504}""";
            }
            else
            {
                var limit = context.Request.Query.TryGetValue("limit", out var l) ? int.Parse(l!, CultureInfo.InvariantCulture) : int.MaxValue;
                var from = context.Request.Query.TryGetValue("continue", out var c) ? int.Parse(c!, CultureInfo.InvariantCulture) : 0;
                var items = string.Join(',', _objects.Values.Skip(from).Take(limit).Select(o => o.ToJsonString()));
                var next = from + (long)limit < _objects.Count ? $",\"continue\":\"{from + limit}\"" : "";
                context.Response.ContentType = "application/json";
                body = "{\"apiVersion\":\"flink.apache.org/v1beta1\",\"items\":[" + items + "],\"kind\":\"FlinkDeploymentList\",\"metadata\":{\"resourceVersion\":\"" + _version + "\"" + next + "}}";
            }
        }

        await context.Response.WriteAsync(body);
    }

    private async Task WatchAsync(HttpContext context)
    {
        var from = long.Parse(context.Request.Query["resourceVersion"]!, CultureInfo.InvariantCulture);
        var channel = Channel.CreateUnbounded<string?>();
        lock (_lock)
        {
            if (from < _oldest)
            {
                channel.Writer.TryWrite("""{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version","reason":"Expired","code":410}}""" + "\n");
                channel.Writer.TryComplete();
            }

            foreach (var (_, line) in _history.Where(h => h.Version > from)) channel.Writer.TryWrite(line);
            _watches.Add(channel);
        }

        context.Response.ContentType = "application/json";
        context.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
        await context.Response.Body.FlushAsync();
        try
        {
            await foreach (var text in channel.Reader.ReadAllAsync(context.RequestAborted))
            {
                if (text is null)
                {
                    context.Abort();
                    return;
                }

                await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The client went away.
        }
        finally
        {
            lock (_lock) _watches.Remove(channel);
        }
    }
}
