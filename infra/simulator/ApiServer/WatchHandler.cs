using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sluice.Simulator.Core;

namespace Sluice.Simulator.ApiServer;

/// <summary>Streams changes until the time is over, the client leaves, or the client has fallen too far behind.</summary>
internal sealed class WatchHandler(ObjectStore store, SimClock clock, Faults faults)
{
    private static readonly TimeSpan BookmarkEvery = TimeSpan.FromSeconds(60);

    public async Task HandleAsync(ApiRequest request)
    {
        var selector = request.Selector();
        var stream = new Stream(request, selector, TableWriter.Wanted(request.Http));
        var bookmarks = request.Flag("allowWatchBookmarks");
        var timeout = TimeSpan.FromSeconds(Math.Clamp(request.Number("timeoutSeconds") ?? 1800, 1, 86_400));
        var deadline = clock.Time.GetUtcNow() + timeout;
        long cursor;
        var initial = Start(request, selector, out cursor);
        await stream.OpenAsync();
        if (initial is null)
        {
            await stream.ErrorAsync(new ApiException(410, "Expired", $"too old resource version: {request.Query("resourceVersion")} ({cursor})"));
            return;
        }
        foreach (var found in initial) await stream.EventAsync("ADDED", found);
        await stream.FlushAsync();
        if (request.Flag("sendInitialEvents")) await stream.BookmarkAsync(cursor, initialEventsEnd: true);
        await FollowAsync(request, stream, selector, cursor, deadline, bookmarks);
    }

    private List<StoredObject>? Start(ApiRequest request, Selector selector, out long cursor)
    {
        var asked = request.Query("resourceVersion");
        var streaming = request.Flag("sendInitialEvents");
        if (!streaming && request.Query("resourceVersionMatch") is not null || streaming && request.Query("resourceVersionMatch") != "NotOlderThan")
            throw new ApiException(422, "Invalid", "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        lock (store.Gate)
        {
            cursor = store.Version;
            if (streaming || string.IsNullOrEmpty(asked) || asked == "0") return [.. store.All(request.Type).Values.Where(selector.Matches)];
            if (!long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
                throw new ApiException(500, null, $"strconv.ParseUint: parsing \"{asked}\": invalid syntax");
            if (version < store.Log(request.Type).Floor) return null;
            cursor = version;
            return [];
        }
    }

    private async Task FollowAsync(ApiRequest request, Stream stream, Selector selector, long cursor, DateTimeOffset deadline, bool bookmarks)
    {
        // The last one is due shortly before the end, also where this stream got its turn late.
        var lastBookmark = deadline - TimeSpan.FromSeconds(1.5);
        var nextBookmark = BookmarkAfter(clock.Time.GetUtcNow());
        var generation = faults.WatchGeneration;
        var garbage = faults.GarbageRound;
        while (generation == faults.WatchGeneration)
        {
            IReadOnlyList<WatchEntry>? entries;
            Task more;
            long current;
            lock (store.Gate)
            {
                entries = store.Log(request.Type).After(cursor, 256, out more);
                current = store.Version;
            }
            // Too slow a reader: the real server ends the stream without a word.
            if (entries is null) return;
            foreach (var entry in entries)
            {
                if (faults.DelaysWatches) await stream.FlushAsync();
                await faults.BeforeWatchEventAsync(request.Http.RequestAborted);
                await stream.ChangeAsync(entry, selector);
                cursor = entry.Version;
            }
            if (entries.Count > 0) await stream.FlushAsync();
            if (garbage != faults.GarbageRound)
            {
                garbage = faults.GarbageRound;
                await stream.GarbageAsync();
            }
            if (entries.Count > 0) continue;
            var now = clock.Time.GetUtcNow();
            if (bookmarks && now >= nextBookmark)
            {
                await faults.BeforeWatchEventAsync(request.Http.RequestAborted);
                await stream.BookmarkAsync(current, initialEventsEnd: false);
                cursor = current;
                nextBookmark = now >= lastBookmark ? DateTimeOffset.MaxValue : BookmarkAfter(now);
            }
            await stream.FlushAsync();
            if (now >= deadline) return;
            var wake = bookmarks && nextBookmark < deadline ? nextBookmark : deadline;
            try { await more.WaitAsync(wake > now ? wake - now : TimeSpan.FromMilliseconds(1), clock.Time, request.Http.RequestAborted); }
            catch (TimeoutException)
            {
                // Nothing changed: a bookmark or the end is due.
            }
        }

        DateTimeOffset BookmarkAfter(DateTimeOffset now) => now + BookmarkEvery < lastBookmark ? now + BookmarkEvery : lastBookmark;
    }

    private sealed class Stream(ApiRequest request, Selector selector, bool table)
    {
        private readonly HttpResponse _response = request.Http.Response;
        private bool _columnsSent;
        private int _unsent;

        public Task OpenAsync()
        {
            _response.ContentType = "application/json";
            return _response.StartAsync(request.Http.RequestAborted);
        }

        public async Task FlushAsync()
        {
            _unsent = 0;
            await _response.BodyWriter.FlushAsync(request.Http.RequestAborted);
        }

        public async Task EventAsync(string type, StoredObject found)
        {
            byte[] body = found.Json;
            if (table)
            {
                body = TableWriter.Row(request, found, withColumns: !_columnsSent);
                _columnsSent = true;
            }
            var writer = _response.BodyWriter;
            writer.Write(Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"object\":"));
            writer.Write(body);
            writer.Write("}\n"u8);
            // What is ready goes out together: a record of its own for each event would cost more than the event.
            _unsent += body.Length;
            if (_unsent > 256 * 1024) await FlushAsync();
        }

        public Task ChangeAsync(WatchEntry entry, Selector selector)
        {
            var matches = selector.Matches(entry.Object);
            var matched = entry.Previous is not null && selector.Matches(entry.Previous);
            return (entry.Kind, matched, matches) switch
            {
                (WatchKind.Deleted, true, _) => EventAsync("DELETED", entry.Object),
                (WatchKind.Deleted, _, _) => Task.CompletedTask,
                (_, false, true) => EventAsync("ADDED", entry.Object),
                (_, true, true) => EventAsync("MODIFIED", entry.Object),
                (_, true, false) => EventAsync("DELETED", entry.Object),
                _ => Task.CompletedTask,
            };
        }

        public async Task BookmarkAsync(long version, bool initialEventsEnd)
        {
            _ = selector;
            var metadata = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) };
            if (initialEventsEnd) metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
            var bookmark = new JsonObject { ["kind"] = request.Type.Kind, ["apiVersion"] = request.Type.ApiVersion, ["metadata"] = metadata };
            await LineAsync("BOOKMARK", bookmark);
        }

        /// <summary>What a broken proxy or a confused server puts between the events.</summary>
        public async Task GarbageAsync()
        {
            foreach (var line in (string[])["{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"FlinkDeploy", "<html><body><h1>502 Bad Gateway</h1></body></html>", "\u0000\u0001\uFFFD", "{\"type\":\"REWOUND\",\"object\":{}}", "[]"])
                await _response.Body.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), request.Http.RequestAborted);
            await FlushAsync();
        }

        public Task ErrorAsync(ApiException error) => LineAsync("ERROR", error.ToStatus());

        private async Task LineAsync(string type, JsonObject body)
        {
            var line = new JsonObject { ["type"] = type, ["object"] = body }.ToJsonString() + "\n";
            await _response.Body.WriteAsync(Encoding.UTF8.GetBytes(line), request.Http.RequestAborted);
            await FlushAsync();
        }
    }
}
